"""Tangles: groups of spans from both sides that are connected by overlaps. Each group can be paired alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .spans import Ints, SpanTable, Two, on_one_line

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tangles:
    """The spans of both sides, (gold, predicted), in groups that are connected by overlaps.

    `at` has the spans' positions in their tables, `start` and `end` their offsets on one line, and `group` their
    groups' numbers. `sizes` has each group's number of gold and of predicted spans. Each side is sorted by start.
    """

    at: Two
    start: Two
    end: Two
    group: Two
    sizes: Two

    def chosen(self, side: int, groups: Flags) -> Ints:
        """The spans of a side that are in these groups."""
        return np.flatnonzero(groups[self.group[side]])

    def number(self, side: int, spans: Ints) -> Ints:
        """The groups of these spans of a side."""
        return self.group[side][spans]


def find_tangles(gold: SpanTable, predicted: SpanTable, *, same_label: bool = False) -> Tangles:
    """Groups of spans without overlaps between groups: a new group begins where all earlier spans have ended."""
    at, start, end = on_one_line(gold, predicted, same_label=same_label)
    order = np.argsort(start[0], kind="stable"), np.argsort(start[1], kind="stable")
    at, start, end = ((sides[0][order[0]], sides[1][order[1]]) for sides in (at, start, end))
    starts, ends = np.concatenate(start), np.concatenate(end)
    merged = np.argsort(starts, kind="stable")
    reach = np.maximum.accumulate(ends[merged])
    group = np.empty(len(starts), np.int64)
    group[merged] = np.cumsum(np.concatenate(([False], starts[merged][1:] >= reach[:-1]))[: len(starts)])
    groups = (group[: len(start[0])], group[len(start[0]) :])
    count = int(group.max()) + 1 if len(group) else 0
    sizes = np.bincount(groups[0], minlength=count), np.bincount(groups[1], minlength=count)
    return Tangles(at, start, end, groups, sizes)


def spans_of_each(tangles: Tangles, groups: Flags) -> Iterator[Two]:
    """The spans of each of these groups."""
    sides = tangles.chosen(0, groups), tangles.chosen(1, groups)
    numbers = np.flatnonzero(groups)
    starts = [np.searchsorted(tangles.number(s, sides[s]), numbers) for s in (0, 1)]
    ends = [np.searchsorted(tangles.number(s, sides[s]), numbers, side="right") for s in (0, 1)]
    for n in range(len(numbers)):
        yield sides[0][starts[0][n] : ends[0][n]], sides[1][starts[1][n] : ends[1][n]]
