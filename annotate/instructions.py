"""What annotators read before they begin: the scheme's definitions and guidelines, as a project's instructions."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..configs.scheme import DEFAULT, Choice, Scheme, load_scheme
from .guidelines import guidelines_html


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
    # The guidelines are written for the default scheme; another one is not explained by them.
    return definitions + (f"<hr>{guidelines_html()}" if scheme.name == load_scheme(DEFAULT).name else "")


def _definitions(choices: Mapping[str, Choice]) -> str:
    items = (f"<li><b>{escape(choice.ar)}</b>: {escape(choice.definition.ar)}</li>" for choice in choices.values())
    return f"<ul>{''.join(items)}</ul>"
