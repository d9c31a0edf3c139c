"""The page of a comparison: differences, spans that one system has right and another wrong, and the articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ...configs.languages import ARABIC
from ...configs.pages.look import packed, page
from ...configs.visible import counted
from ..classes import CLASSES
from ..comparison import Comparison, Difference, Systems
from ..errors import Errors, find_errors
from ..intervals import FEW_EVENTS
from ..rates import Floats
from .articles import article_data
from .score import CARDS, names_of_labels

# The number of steps from 0 to 1 in the diagram of articles.
_STEPS = 20
_LARGEST = 9.0


def comparison_page(comparison: Comparison, systems: Systems, *, text: bool = True) -> str:
    """The page as HTML that needs no other file. Without `text` it contains no words of any article."""
    found = {name: find_errors(sides) for name, sides in zip(systems.names, systems.sides, strict=True)}
    data = article_data(systems.side, found, text=text)
    baseline, *others = found.values()
    shown: list[dict[str, Any]] = [
        {"name": name, "number": n, **_numbers(comparison.differences[name], systems), **_both(baseline, errors)}
        for n, (name, errors) in enumerate(zip(comparison.systems, others, strict=True), 1)
    ]
    events = {event for event in systems.side.columns.events or () if event}
    count = systems.units.count
    documents = len(systems.side.columns.ids)
    return page(
        "comparison.html",
        "eval compare",
        language=data["language"] or ARABIC,
        comparison=comparison,
        systems=shown,
        documents=documents,
        events=len(events),
        gold=systems.side.name,
        split=systems.side.split,
        few=f"{counted(documents, 'document')}, {counted(count, systems.unit)}" if count < FEW_EVENTS else "",
        reach={part: _reach(row["difference"] for each in shown for row in each[part]) for part in ("short", "labels")},
        has_labels=any(each["labels"] for each in shown),
        has_spans=len(baseline.sides.gold.columns.entities) > 0,
        has_events=bool(data["events"]),
        data=packed(data),
        again=f"mihakk eval compare {systems.side.name} {' '.join(systems.names)} --split {systems.side.split} "
        "--html FILE",
    )


def _numbers(differences: Mapping[str, Difference], systems: Systems) -> dict[str, list[dict[str, Any]]]:
    """The differences of the main numbers, and of the strict F1 of each label."""
    paths = [(title, f"{task}.{scheme}.{'micro.' * (rate == 'f1')}{rate}") for title, task, scheme, rate in CARDS]
    names = names_of_labels(systems.sides[0])
    prefix = "entities.strict.labels."
    return {
        "short": [
            {"title": title, "path": path, "difference": differences[path]}
            for title, path in paths
            if path in differences
        ],
        "labels": [
            {"name": (name := path[len(prefix) : -3]), "shown": names.get(name, ""), "path": path, "difference": d}
            for path, d in differences.items()
            if path.startswith(prefix) and path.endswith(".f1")
        ],
    }


def _reach(differences: Iterable[Difference]) -> float:
    """Half the width of a diagram that has room for the widest interval."""
    ends = (abs(x) for d in differences for x in (d.difference, *(d.interval or ())))
    return max(ends, default=0.0) or 1.0


def _both(a: Errors, b: Errors) -> dict[str, Any]:
    """Spans by who has them right, and articles by their F1."""
    right = [_right(errors) for errors in (a, b)]
    spans = {
        "both": int((right[0] & right[1]).sum()),
        "first": int((right[0] & ~right[1]).sum()),
        "second": int((~right[0] & right[1]).sum()),
        "neither": int((~right[0] & ~right[1]).sum()),
        "gold": len(right[0]),
    }
    f1 = [_f1(errors) for errors in (a, b)]
    articles = {
        "worse": int((f1[1] < f1[0]).sum()),
        "equal": int((f1[1] == f1[0]).sum()),
        "better": int((f1[1] > f1[0]).sum()),
    }
    return {"spans": spans, "articles": articles, "points": list(_points(*f1))}


def _right(errors: Errors) -> Any:
    """Whether each gold span is right."""
    right = np.zeros(len(errors.sides.gold.columns.entities), np.bool_)
    right[errors.gold[errors.kind == CLASSES.index("correct")]] = True
    return right


def _f1(errors: Errors) -> Floats:
    """The strict F1 of each document; NaN if neither side has a span."""
    columns = errors.sides.gold.columns
    count = len(columns.ids)
    right = np.bincount(columns.entities.document[_right(errors)], minlength=count)
    spans = sum(
        np.bincount(each.document, minlength=count) for each in (columns.entities, errors.sides.predicted.entities)
    )
    with np.errstate(invalid="ignore"):
        return 2 * right / spans


def _points(a: Floats, b: Floats) -> Iterator[tuple[int, int, float, int]]:
    """Places in the diagram, each with its radius and its number of articles."""
    both = ~(np.isnan(a) | np.isnan(b))
    places = np.rint(np.stack((a[both], b[both]), 1) * _STEPS).astype(int).tolist()
    counts = Counter((x, y) for x, y in places)
    most = max(counts.values(), default=1)
    for (x, y), count in sorted(counts.items()):
        yield x, y, max(2.0, _LARGEST * (count / most) ** 0.5), count
