"""The guidelines for annotators: Markdown in configs/, HTML in Label Studio's project instructions."""

from __future__ import annotations

from pathlib import Path

GUIDELINES = {
    language: Path(__file__).parents[1] / "configs" / f"guidelines.{language}.md" for language in ("ar", "en")
}


def guidelines_html() -> str:
    """Both languages as HTML, Arabic first and right to left.

    Label Studio cleans instructions, but keeps `dir`; so nothing rests on styles.
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("js-default")
    arabic, english = (markdown.render(GUIDELINES[language].read_text(encoding="utf-8")) for language in ("ar", "en"))
    return f'<div dir="rtl" lang="ar">\n{arabic}</div>\n<hr>\n<div dir="ltr" lang="en">\n{english}</div>\n'
