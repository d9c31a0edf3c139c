"""Spans in columns, counts of matches between two sides, and overlaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class SpanTable:
    """Spans of many documents: four arrays of whole numbers, all of one length.

    `document` and `label` are indices into lists that both sides of a comparison share. `start` and `end` are
    code points. A mention that does not occur in its document has `end` <= `start` and overlaps nothing.
    """

    document: Ints
    start: Ints
    end: Ints
    label: Ints

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, int]]) -> SpanTable:
        """Makes a table from (document, start, end, label) rows in any order; duplicates are allowed."""
        columns = np.array(list(rows), dtype=np.int64).reshape(-1, 4).T
        return cls(columns[0], columns[1], columns[2], columns[3])

    def __len__(self) -> int:
        return len(self.document)

    def row(self, n: int) -> tuple[int, int, int, int]:
        """Document, start, end and label of the span at a position."""
        return int(self.document[n]), int(self.start[n]), int(self.end[n]), int(self.label[n])

    def take(self, chosen: NDArray[np.bool_] | Ints | slice) -> SpanTable:
        """The spans at these positions, or where a mask is true. A slice gives a view, anything else a copy."""
        if not isinstance(chosen, slice) and chosen.dtype == np.bool_:
            chosen = np.flatnonzero(chosen)  # with four columns, positions are faster than a mask
        return SpanTable(self.document[chosen], self.start[chosen], self.end[chosen], self.label[chosen])

    def by_document(self) -> SpanTable:
        """The same spans, sorted by document."""
        if (self.document[1:] >= self.document[:-1]).all():
            return self
        return self.take(np.argsort(self.document, kind="stable"))

    def without(self, positions: Ints) -> SpanTable:
        """The spans that are not at these positions."""
        remaining = np.ones(len(self), dtype=np.bool_)
        remaining[positions] = False
        return self.take(np.flatnonzero(remaining))


@dataclass(frozen=True, slots=True)
class Counts:
    """Outcomes in the words of SemEval-2013 task 9.1: correct, incorrect, partial, missing, spurious."""

    cor: int
    inc: int
    par: int
    mis: int
    spu: int

    @property
    def gold(self) -> int:
        return self.cor + self.inc + self.par + self.mis

    @property
    def predicted(self) -> int:
        return self.cor + self.inc + self.par + self.spu


def keys(a: SpanTable, b: SpanTable, *columns: str) -> tuple[Ints, Ints]:
    """A whole number for each span of both tables. Numbers compare as these columns do."""
    key_a, key_b, size = np.zeros(len(a), np.int64), np.zeros(len(b), np.int64), 1
    for column in columns:
        values_a, values_b = getattr(a, column), getattr(b, column)
        limits = [
            int(limit) for values in (values_a, values_b) if len(values) for limit in (values.min(), values.max())
        ]
        low = min(limits, default=0)
        width = max(limits, default=0) - low + 1
        if size * width >= 2**62:
            # Number the combinations that occur, so that 64 bits are enough.
            numbers = np.unique(np.concatenate((key_a, key_b)), return_inverse=True)[1]
            key_a, key_b = numbers[: len(a)], numbers[len(a) :]
            size = len(numbers)
        key_a, key_b = key_a * width, key_b * width
        key_a += values_a
        key_b += values_b
        key_a -= low
        key_b -= low
        size *= width
    return key_a, key_b


def overlaps(a: SpanTable, b: SpanTable) -> tuple[Ints, Ints]:
    """All pairs (i, j) where a[i] and b[j] share at least one code point. Touching spans share none.

    Two intervals overlap if and only if the start of either is inside the other. Both cases are looked up in sorted
        starts. Equal starts only count in the first case, so no pair comes twice.
    """
    (a_at, b_at), (a_start, b_start), (a_end, b_end) = on_one_line(a, b)
    in_a, starts_in_a = _starting_in(a_start, a_end, b_start, "left")
    in_b, starts_in_b = _starting_in(b_start, b_end, a_start, "right")
    return a_at[np.concatenate((in_a, starts_in_b))], b_at[np.concatenate((starts_in_a, in_b))]


Two = tuple[Ints, Ints]


def on_one_line(a: SpanTable, b: SpanTable, *, same_label: bool = False) -> tuple[Two, Two, Two]:
    """Positions, starts and ends of both tables' spans, shifted onto one line so that documents never overlap.

    With `same_label`, spans of different labels do not overlap either. Mentions without a place are left out.
    """
    at = np.flatnonzero(a.start < a.end), np.flatnonzero(b.start < b.end)
    line = keys(a, b, "document", "label") if same_label else (a.document, b.document)
    width = int(max((t.end.max() for t in (a, b) if len(t)), default=0)) + 1
    placed: list[Two] = []
    for table, number, somewhere in zip((a, b), line, at, strict=True):
        chosen = slice(None) if len(somewhere) == len(table) else somewhere
        first = number[chosen].astype(np.int64) * width
        placed.append((first + table.start[chosen], first + table.end[chosen]))
    return at, (placed[0][0], placed[1][0]), (placed[0][1], placed[1][1])


def _starting_in(start: Ints, end: Ints, points: Ints, side: str) -> tuple[Ints, Ints]:
    """Pairs (i, j) where points[j] is in [start[i], end[i]); with side "right", start[i] itself is excluded."""
    order = np.argsort(points, kind="stable")
    points = points[order]
    low = np.searchsorted(points, start, side="left" if side == "left" else "right")
    size = np.maximum(np.searchsorted(points, end, side="left") - low, 0)
    i = np.repeat(np.arange(len(start)), size)
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return i, order[low[i] + within]
