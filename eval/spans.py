"""Spans in columns, and how many of two sides' spans match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SpanTable:
    """Spans of many documents, one array per column, all of one length.

    `document` and `label` are indices into lists that both sides of a comparison share; `start` and `end` are
    code points. A mention that stands nowhere in its document has `end` <= `start` and overlaps nothing.
    """

    document: Ints
    start: Ints
    end: Ints
    label: Ints

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, int]]) -> SpanTable:
        """From (document, start, end, label) rows, in any order, repeated ones included."""
        columns = np.array(list(rows), dtype=np.int64).reshape(-1, 4).T
        return cls(columns[0], columns[1], columns[2], columns[3])

    def __len__(self) -> int:
        return len(self.document)

    def take(self, chosen: NDArray[np.bool_] | Ints) -> SpanTable:
        """The spans at these positions, or where this is true."""
        return SpanTable(self.document[chosen], self.start[chosen], self.end[chosen], self.label[chosen])


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


def strict_counts(gold: SpanTable, predicted: SpanTable) -> Counts:
    """Strict: a pair is correct if document, start, end and label are equal.

    Spans pair one to one, so a span predicted twice is correct at most once. Correct pairs are a multiset
    intersection, which no choice of pairs can change; of the rest, as many overlapping pairs as possible are
    incorrect, and what is left over is missing or spurious.
    """
    left_gold, left_predicted = _without_equal(gold, predicted)
    cor = len(gold) - len(left_gold)
    inc = _overlapping_pairs(left_gold, left_predicted)
    return Counts(cor, inc, 0, len(left_gold) - inc, len(left_predicted) - inc)


def _without_equal(gold: SpanTable, predicted: SpanTable) -> tuple[SpanTable, SpanTable]:
    """Both sides after each span has been struck out against an equal one of the other side."""
    both = [
        np.concatenate(pair)
        for pair in (
            (gold.document, predicted.document),
            (gold.start, predicted.start),
            (gold.end, predicted.end),
            (gold.label, predicted.label),
        )
    ]
    order = np.lexsort(both)
    if not len(order):
        return gold, predicted
    changes = np.any([column[order][1:] != column[order][:-1] for column in both], axis=0)
    group = np.empty(len(order), dtype=np.int64)  # of equal spans, for each span of both sides
    group[order] = np.concatenate(([0], np.cumsum(changes)))
    gold_group, predicted_group = group[: len(gold)], group[len(gold) :]
    groups = int(group.max()) + 1
    equal = np.minimum(np.bincount(gold_group, minlength=groups), np.bincount(predicted_group, minlength=groups))
    return (
        gold.take(_rank_in_group(gold_group) >= equal[gold_group]),
        predicted.take(_rank_in_group(predicted_group) >= equal[predicted_group]),
    )


def _rank_in_group(group: Ints) -> Ints:
    """For each element how many of its group stand before it."""
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], group[order], side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - first
    return rank


def _overlapping_pairs(gold: SpanTable, predicted: SpanTable) -> int:
    """The most pairs of overlapping spans, one gold and one predicted each, no span in two pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    gold, predicted = gold.take(gold.start < gold.end), predicted.take(predicted.start < predicted.end)
    rows, columns = overlaps(gold, predicted)
    if not len(rows):
        return 0
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(gold), len(predicted)))
    return int(np.count_nonzero(maximum_bipartite_matching(graph.tocsr(), perm_type="column") >= 0))


def overlaps(a: SpanTable, b: SpanTable) -> tuple[Ints, Ints]:
    """All pairs (i, j) where a[i] and b[j] share at least one code point. Touching spans share none.

    Two intervals overlap if and only if one of them starts inside the other; the two directions are looked up
    in sorted starts and do not intersect, as equal starts count for the first only.
    """
    if not len(a) or not len(b):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    width = int(max(a.end.max(), b.end.max())) + 1  # keeps documents apart on one line
    a_start, a_end = a.document * width + a.start, a.document * width + a.end
    b_start, b_end = b.document * width + b.start, b.document * width + b.end
    in_a, starts_in_a = _starting_in(a_start, a_end, b_start, "left")
    in_b, starts_in_b = _starting_in(b_start, b_end, a_start, "right")
    return np.concatenate((in_a, starts_in_b)), np.concatenate((starts_in_a, in_b))


def _starting_in(start: Ints, end: Ints, others: Ints, side: str) -> tuple[Ints, Ints]:
    """Pairs (i, j) where others[j] is in [start[i], end[i]), without start[i] itself if side is "right"."""
    order = np.argsort(others, kind="stable")
    low = np.searchsorted(others[order], start, side="left" if side == "left" else "right")
    high = np.maximum(np.searchsorted(others[order], end, side="left"), low)
    size = high - low
    i = np.repeat(np.arange(len(start)), size)
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return i, order[low[i] + within]
