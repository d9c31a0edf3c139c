"""What annotators read before they begin: the scheme's definitions, as Label Studio shows a project's instructions."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..configs.scheme import Choice, Scheme


def instructions_html(scheme: Scheme) -> str:
    """The scheme's labels and stances with their one-line definitions, right to left."""
    return (
        '<div dir="rtl" style="text-align: right">'
        f"<h2>{escape(scheme.title.ar)}</h2>"
        f"<h3>الأسماء والادعاءات</h3>{_definitions({**scheme.entities, 'claim': scheme.claim})}"
        f"<h3>موقف المصدر من الادعاء</h3>{_definitions(scheme.claim_stances)}"
        f"<h3>موقف المقال من ادعاءات الحدث</h3>{_definitions(scheme.article_stances)}"
        "</div>"
    )


def _definitions(choices: Mapping[str, Choice]) -> str:
    items = (f"<li><b>{escape(choice.ar)}</b>: {escape(choice.definition.ar)}</li>" for choice in choices.values())
    return f"<ul>{''.join(items)}</ul>"
