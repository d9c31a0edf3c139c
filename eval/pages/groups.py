"""Strict scores of entities by outlet, event, length and name, with intervals. They show which articles are hard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...annotate.arabic import fold
from ..columns import Columns
from ..errors import training_names
from ..score import table_of
from ..scores import Leaf
from ..sides import Sides
from ..spans import Ints, SpanTable
from ..tally import Tally, Units, span_tallies
from ..uncertainty import event_units

# So many rows of a group are shown: the rows with the lowest F1.
MOST = 40


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a grouping, as name and leaf of scores.json; and the number of rows that are not shown."""

    rows: Sequence[tuple[str, Mapping[str, Any]]]
    more: int = 0


def groups(sides: Sides) -> dict[str, Group]:
    """The groupings for which the gold has data, by title. Equal spans are in one group, so all rates are valid."""
    columns = sides.gold.columns
    units = event_units(columns.ids, columns.events)
    found: dict[str, Group] = {}
    # Each document is counted once; a group of documents is a sum.
    each = Units(np.arange(len(columns.ids)), len(columns.ids))
    counts = span_tallies(columns.entities, sides.predicted.entities, sides.entity_labels, each)["strict"].counts[:1]
    for title, values in (("By outlet", columns.outlets), ("By event", columns.events)):
        of = _positions(values or ())
        if len(of) > 1:
            found[title] = _worst([(name, _leaf(counts[:, :, at], units.of[at])) for name, at in of.items()])
    if columns.texts:
        found["By length in words"] = Group(list(_by(sides, units, _length)))
        # Under a mapping, the training split has other labels.
        training = None if sides.mapping else sides.gold.training_columns()
        if training and training.texts:
            names = training_names(training)

            def seen(label: str, words: str) -> str:
                return "in training" if (label, fold(words)) in names else "new"

            found["By name: in the training split, or new"] = Group(list(_by(sides, units, seen)))
    return found


def _positions(values: Sequence[str | None]) -> dict[str, list[int]]:
    """The documents of each value, in one pass: there may be as many events as documents."""
    found: dict[str, list[int]] = {}
    for n, value in enumerate(values):
        if value:
            found.setdefault(value, []).append(n)
    return found


def _length(_label: str, words: str) -> str:
    count = len(words.split())
    return str(count) if count < 5 else "5+"


def _worst(leaves: list[tuple[str, Leaf]]) -> Group:
    leaves.sort(key=lambda row: (row[1].f1 is None, row[1].f1 or 0.0, row[0]))
    return Group([(name, leaf.as_json()) for name, leaf in leaves[:MOST]], max(0, len(leaves) - MOST))


def _leaf(counts: Ints, of: Ints) -> Leaf:
    """The leaf of several documents, from the counts and the unit of each."""
    units, at = np.unique(of, return_inverse=True)
    summed = np.zeros((len(units), *counts.shape[:2]), counts.dtype)
    np.add.at(summed, at, np.moveaxis(counts, -1, 0))
    return table_of(Tally((), np.moveaxis(summed, 0, -1))).micro


def _by(sides: Sides, units: Units, group: Callable[[str, str], str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The leaf of the spans in each group. The group depends on a span's label and words."""
    columns = sides.gold.columns
    names = [list(_groups_of(table, columns, sides.entity_labels, group)) for table in _tables(sides)]
    for name in sorted({*names[0], *names[1]} - {""}):
        gold, predicted = (
            table.take(np.array([group == name for group in of], np.bool_))
            for table, of in zip(_tables(sides), names, strict=True)
        )
        yield name, table_of(span_tallies(gold, predicted, sides.entity_labels, units)["strict"]).micro.as_json()


def _tables(sides: Sides) -> tuple[SpanTable, SpanTable]:
    return sides.gold.columns.entities, sides.predicted.entities


def _groups_of(
    table: SpanTable, columns: Columns, labels: Sequence[str], group: Callable[[str, str], str]
) -> Iterator[str]:
    texts = columns.texts or ()
    for n in range(len(table)):
        document, start, end, label = table.row(n)
        yield group(labels[label], texts[document][start:end]) if start >= 0 else ""
