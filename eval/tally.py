"""Counts for each task and scheme, by label and by the units that a bootstrap draws.

All scores are functions of sums of these counts, so an interval only needs new sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .clitics import with_equal_starts
from .matching import (
    best_counts,
    boundary_pairs,
    equal_pairs,
    lone_pairs,
    overlapping_pairs,
    plain_pairs,
    typed_pairs,
)
from .rates import COUNTS
from .spans import Ints, SpanTable, Two
from .tangles import Flags

SPAN_SCHEMES: tuple[str, ...] = ("strict", "exact", "partial", "type")
BOUNDARIES = {"left": "start", "right": "end"}
OVERLAP = "overlap"
# The schemes whose pairs are counted; partial has the same pairs as exact.
PAIRED = ("strict", "exact", "type", *BOUNDARIES, OVERLAP)
CLITIC = "+clitic"
IOU = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one task under one scheme: an array of rows × COUNTS × units.

    The first row pools all labels; then each of `labels` has a row, counted alone. `confusion`, if
    the task is a choice among labels, is an array of gold labels × (predicted labels, none) × units.
    """

    labels: tuple[str, ...]
    counts: Ints
    confusion: Ints | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a bootstrap draws: `of` has for each document the number of its unit, below `count`."""

    of: Ints
    count: int


def span_tallies(
    gold: SpanTable,
    predicted: SpanTable,
    labels: Sequence[str],
    units: Units,
    texts: Sequence[str] | None = None,
    *,
    iou: float | None = None,
) -> dict[str, Tally]:
    """Tallies of strict, exact, partial and type (SemEval-2013 task 9.1), with `texts` also clitic-tolerant.

    With `iou` there are also left and right, where the label and that boundary must be equal (Tsai et al. 2006), and
    overlap, where the label must be equal and the intersection over union must be at least `iou`.

    Each scheme has its own best pairing: first the most pairs of full credit, then the most further pairs of
    overlapping spans. In strict, exact and partial, spans with full credit have equal boundaries, so they overlap the
    same spans. Therefore full credit is a multiset intersection, and the choice of pairs changes no count.
    """
    tallies = _schemes(gold, predicted, tuple(labels), units, iou)
    if texts is not None:
        moved = _schemes(*with_equal_starts(gold, predicted, texts), tuple(labels), units, None)
        tallies |= {scheme + CLITIC: tally for scheme, tally in moved.items()}
    return tallies


# Gold spans matched at a time: enough to keep Python's share of the time small, but so few that the next block uses the
# same memory again. With twice as many, memory goes back to the system in between, and matching takes half as long
# again.
BLOCK = 100_000


def _schemes(
    gold: SpanTable, predicted: SpanTable, labels: tuple[str, ...], units: Units, iou: float | None
) -> dict[str, Tally]:
    """The tallies by scheme. Documents are matched in blocks, two blocks at a time."""
    count = SpanCounter(labels, units)
    gold, predicted = gold.by_document(), predicted.by_document()
    # Of the documents' own type: else searching would convert all of them.
    bounds = np.unique(np.append(gold.document[::BLOCK], (0, len(units.of)))).astype(gold.document.dtype)
    gold_first, predicted_first = (np.searchsorted(side.document, bounds) for side in (gold, predicted))
    blocks = [
        (
            gold.take(slice(gold_first[n], gold_first[n + 1])),
            predicted.take(slice(predicted_first[n], predicted_first[n + 1])),
        )
        for n in range(len(bounds) - 1)
    ]

    def counted(block: tuple[SpanTable, SpanTable]) -> Ints:
        return _block(*block, count, iou)

    names = SPAN_SCHEMES if iou is None else (*SPAN_SCHEMES, *BOUNDARIES, OVERLAP)
    total = np.zeros((len(names), 2, len(labels) + 1, units.count), np.int64)
    with ThreadPoolExecutor(2) as pool:  # numpy's sorts release the interpreter lock
        for of_block in pool.map(counted, blocks):
            total += of_block
    sizes, pairs = total[0], dict(zip(PAIRED, total[1:], strict=False))
    tallies: dict[str, Tally] = {}
    for name in names:
        full, further = pairs["exact" if name == "partial" else name]
        further = {"par" if name == "partial" else "inc": further}
        tallies[name] = count.tally(gold=sizes[0], predicted=sizes[1], cor=full, **further)
    return tallies


def _block(gold: SpanTable, predicted: SpanTable, count: SpanCounter, iou: float | None) -> Ints:
    """Pairs of arrays, each rows × units: the sizes of gold and predictions, then for each scheme of PAIRED the pairs
    of full credit and the further overlapping pairs. Without `iou` the last three schemes are left out.

    Blocks are added up, so their results are kept small: the counts of all schemes would be several times as large.
    """
    plain = plain_pairs(gold, predicted)
    equal = count.rows(gold.take(plain[0]))
    gold, predicted = gold.without(plain[0]), predicted.without(plain[1])
    sizes = equal + count.rows(gold), equal + count.rows(predicted)
    lone, tangled = lone_pairs(gold, predicted)
    outcomes = np.array(_pairs(gold.take(lone[0]), predicted.take(lone[1]), count, iou))
    if len(tangled[0]):
        outcomes += _tangles(gold.take(tangled[0]), predicted.take(tangled[1]), count, iou)
    outcomes[:, 0] += equal
    return np.concatenate(([sizes], outcomes))


def _pairs(gold: SpanTable, predicted: SpanTable, count: SpanCounter, iou: float | None) -> list[Two]:
    """The outcomes of pairs (each n-th with the n-th) of spans that overlap only each other and are not equal."""
    same_label = gold.label == predicted.label
    bounds = (gold.start == predicted.start) & (gold.end == predicted.end)
    within = count.rows(gold.take(same_label))
    nothing = np.zeros_like(within)
    outcomes = [
        (nothing, count.pooled(gold.document, within)),
        (count.pooled(gold.document[bounds], nothing), count.pooled(gold.document[~bounds], within)),
        (within, count.pooled(gold.document[~same_label], nothing)),
    ]
    if iou is not None:
        near = near_enough(gold.start, gold.end, predicted.start, predicted.end, iou)
        for fits in (gold.start == predicted.start, gold.end == predicted.end, near):
            full = count.rows(gold.take(same_label & fits))
            outcomes.append((full, count.pooled(gold.document[~(same_label & fits)], within - full)))
    return outcomes


def _tangles(gold: SpanTable, predicted: SpanTable, count: SpanCounter, iou: float | None) -> list[Two]:
    """The outcomes of spans that overlap several spans."""
    strict = equal_pairs(gold, predicted, "document", "start", "end", "label")
    equal = count.rows(gold.take(strict[0]))
    gold_left, predicted_left = gold.without(strict[0]), predicted.without(strict[1])
    # Pairs with equal labels: the further pairs of strict, exact and partial in a label's own row.
    within = count.rows(gold_left.take(overlapping_pairs(gold_left, predicted_left, same_label=True)[0]))
    unequal = count.pooled(gold_left.document[overlapping_pairs(gold_left, predicted_left)[0]], within)

    exact = equal_pairs(gold_left, predicted_left, "document", "start", "end")
    bounded = count.pooled(gold_left.document[exact[0]], equal, add=True)
    gold_rest, predicted_rest = gold_left.without(exact[0]), predicted_left.without(exact[1])
    overlapping = count.pooled(gold_rest.document[overlapping_pairs(gold_rest, predicted_rest)[0]], within)

    typed, further = typed_pairs(gold, predicted)
    same = count.rows(gold.take(typed))
    differing = count.pooled(further, np.zeros_like(same))
    outcomes = [(equal, unequal), (bounded, overlapping), (same, differing)]
    if iou is not None:
        outcomes += [_boundary(gold, predicted, count, column) for column in BOUNDARIES.values()]
        outcomes.append(_overlap(gold, predicted, count, iou))
    return outcomes


def _boundary(gold: SpanTable, predicted: SpanTable, count: SpanCounter, column: str) -> Two:
    """Pairs with equal label and one equal boundary, and further overlapping pairs."""
    i, j = boundary_pairs(gold, predicted, column)
    rest = gold.without(i), predicted.without(j)
    within = count.rows(rest[0].take(overlapping_pairs(*rest, same_label=True)[0]))
    pooled = rest[0].document[overlapping_pairs(*rest)[0]]
    return count.rows(gold.take(i)), count.pooled(pooled, within)


def _overlap(gold: SpanTable, predicted: SpanTable, count: SpanCounter, iou: float) -> Two:
    """Pairs with equal label and enough overlap, and further overlapping pairs."""

    def full(start: Ints, end: Ints, label: Ints, start_2: Ints, end_2: Ints, label_2: Ints) -> Flags:
        return (label == label_2) & near_enough(start, end, start_2, end_2, iou)

    cor, within = best_counts(gold, predicted, full, same_label=True)
    pooled = gold.document[best_counts(gold, predicted, full)[1]]
    return count.rows(gold.take(cor)), count.pooled(pooled, count.rows(gold.take(within)))


# Tolerance, in code points, for a product of a share and a length. Two different products differ by more.
_ROUNDING = 1e-6


def near_enough(start: Ints, end: Ints, start_2: Ints, end_2: Ints, iou: float) -> Flags:
    """Whether spans of one document overlap, and their intersection over union is at least `iou`."""
    both = np.minimum(end, end_2) - np.maximum(start, start_2)
    # 0.55 · 100 is a little more than 55 in binary fractions.
    return (both > 0) & (both + _ROUNDING >= iou * (np.maximum(end, end_2) - np.minimum(start, start_2)))


def choice_tally(gold: Ints, predicted: Ints, document: Ints, labels: Sequence[str], units: Units) -> Tally:
    """A choice of one label (as an index) for each item; `predicted` is -1 for a missing answer.

    A wrong answer is missing in its gold label's row and spurious in its predicted label's row. Pooled, it is one
    incorrect answer.
    """
    k = len(labels)
    cells = np.bincount(
        (gold.astype(np.int64) * (k + 1) + np.where(predicted < 0, k, predicted)) * units.count + units.of[document],
        minlength=k * (k + 1) * units.count,
    ).reshape(k, k + 1, units.count)
    right = np.einsum("iiu->iu", cells[:, :k])
    answered, asked = cells[:, :k].sum(0), cells.sum(1)
    pool = [array.sum(0, keepdims=True) for array in (right, asked, answered)]
    zero = np.zeros_like(right)
    counts = np.stack(
        [
            np.concatenate((pool[0], right)),
            np.concatenate((pool[2] - pool[0], zero)),
            np.zeros((k + 1, units.count), np.int64),
            np.concatenate((pool[1], asked)),
            np.concatenate((pool[2], answered)),
        ],
        axis=1,
    )
    return Tally(tuple(labels), counts, cells)


class SpanCounter:
    """Counts spans by row (all labels, then each label) and unit."""

    def __init__(self, labels: tuple[str, ...], units: Units) -> None:
        self._labels, self._units = labels, units

    def units(self, document: Ints) -> Ints:
        return np.bincount(self._units.of[document], minlength=self._units.count)

    def rows(self, spans: SpanTable) -> Ints:
        """Rows × units."""
        at = spans.label.astype(np.int64) * self._units.count + self._units.of[spans.document]
        by_label = np.bincount(at, minlength=len(self._labels) * self._units.count)
        by_label = by_label.reshape(len(self._labels), self._units.count)
        return np.concatenate((by_label.sum(0, keepdims=True), by_label))

    def pooled(self, document: Ints, rows: Ints, *, add: bool = False) -> Ints:
        """`rows` with a new first row that counts these documents; with `add`, they are added to the old first row."""
        first = self.units(document)[None, :]
        return np.concatenate((first + rows[:1] if add else first, rows[1:]))

    def tally(self, **counts: Ints) -> Tally:
        """Makes a tally from these counts (rows × units each). Missing counts are 0."""
        stacked = np.zeros((len(self._labels) + 1, len(COUNTS), self._units.count), np.int64)
        for name, rows in counts.items():
            stacked[:, COUNTS.index(name)] = rows
        return Tally(self._labels, stacked)
