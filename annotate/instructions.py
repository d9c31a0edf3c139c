"""The instructions that annotators read first: the scheme's definitions and guidelines."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from ..configs.scheme import DEFAULT, Choice, Scheme, load_scheme

# Markdown in configs/, in both languages.
GUIDELINES = {
    language: Path(__file__).parents[1] / "configs" / f"guidelines.{language}.md" for language in ("ar", "en")
}


def instructions_html(scheme: Scheme) -> str:
    """The scheme's labels and stances with their one-line definitions; for the default scheme also its guidelines."""
    definitions = (
        '<div dir="rtl" style="text-align: right">'
        f"<h2>{escape(scheme.title.ar)}</h2>"
        f"<h3>الأسماء والادعاءات</h3>{_definitions({**scheme.entities, 'claim': scheme.claim})}"
        f"<h3>موقف المصدر من الادعاء</h3>{_definitions(scheme.claim_stances)}"
        f"<h3>موقف المقال من ادعاءات الحدث</h3>{_definitions(scheme.article_stances)}"
        "</div>"
    )
    # The guidelines explain the default scheme only.
    return definitions + (f"<hr>{guidelines_html()}" if scheme.name == load_scheme(DEFAULT).name else "")


def _definitions(choices: Mapping[str, Choice]) -> str:
    items = (f"<li><b>{escape(choice.ar)}</b>: {escape(choice.definition.ar)}</li>" for choice in choices.values())
    return f"<ul>{''.join(items)}</ul>"


def guidelines_html() -> str:
    """Both languages as HTML, Arabic first and right to left.

    Label Studio removes styles from instructions, but keeps `dir`.
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("js-default")
    arabic, english = (markdown.render(GUIDELINES[language].read_text(encoding="utf-8")) for language in ("ar", "en"))
    return f'<div dir="rtl" lang="ar">\n{arabic}</div>\n<hr>\n<div dir="ltr" lang="en">\n{english}</div>\n'
