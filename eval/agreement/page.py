"""The agreement of annotators as a web page: the numbers, and examples of disagreements."""

from __future__ import annotations

from pathlib import Path

from ...configs.scheme import Choice, Scheme
from .chance import reading
from .records import Agreement

_KINDS = {
    "labels": "Different labels on the same or overlapping words",
    "edges": "Different boundaries",
    "one_only": "Marked by one annotator only",
    "stances": "Different stances",
    "about": "About different claims of the event",
}


def agreement_page(agreement: Agreement, scheme: Scheme, source: str) -> str:
    """The page as HTML that needs no other file. `source` names the export. Text of articles is escaped."""
    from jinja2 import Environment, select_autoescape

    environment = Environment(autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = _number
    template = environment.from_string(Path(__file__).with_name("agreement.html").read_text(encoding="utf-8"))
    choices: dict[str, Choice] = {**scheme.labels, **scheme.claim_stances, **scheme.article_stances}
    return template.render(
        agreement=agreement,
        source=source,
        kinds=_KINDS,
        names={name: scheme.text(choice) for name, choice in choices.items()},
        language=scheme.language,
        direction=scheme.direction,
        proclitics=scheme.proclitics,
        reading=reading,
        schemes_shown=[
            name
            for name in ("strict", "strict+clitic", "exact", "overlap")
            if any(name in schemes for schemes in agreement.overall.spans.values())
        ],
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
