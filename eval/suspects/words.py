"""Describes a suspect place to people."""

from __future__ import annotations

from collections.abc import Iterator

from ...annotate.document import Span
from ...configs.visible import counted
from .places import Place, Version

# Below this value, a model's confidence in the gold is a reason for suspicion.
_DOUBT = 0.5


def say(version: Version, place: Place, text: str) -> str:
    """A version in words: its labels, and the words of spans that do not cover the whole place."""
    if not version:
        return "nothing"
    return ", ".join(_say(span, place, text) for span in sorted(version))


def _say(span: Span, place: Place, text: str) -> str:
    whole = (span.start, span.end) == (place.start, place.end)
    return span.label if whole else f"{span.label} “{' '.join(text[span.start : span.end].split())}”"


def reasons(place: Place, text: str) -> Iterator[str]:
    """The reasons against the gold's version, and the number of people behind it."""
    for version, systems in sorted(place.said_by.items(), key=lambda item: (-len(item[1]), sorted(item[0]))):
        if version != place.gold:
            yield f"{say(version, place, text)}: {len(systems)} of {place.systems} ({', '.join(systems)})"
    if place.confidence is not None and place.confidence < _DOUBT:
        yield f"a system gives the gold a probability of {place.confidence:.2f}"
    if place.elsewhere.odds > 0:
        yield "elsewhere " + ", ".join(_elsewhere(place))
    if place.annotators:
        yield f"behind the gold: {counted(place.annotators, 'person', 'people')}"


def _elsewhere(place: Place) -> Iterator[str]:
    """How the same words are marked elsewhere."""
    found = place.elsewhere
    for label, n in found.otherwise.most_common():
        yield f"{label} {_times(n)}"
    if found.unmarked:
        yield f"not marked {_times(found.unmarked)}"
    yield f"as here {_times(found.same)}"


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
