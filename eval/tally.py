"""Counts for each task and scheme, by label and by the units that a bootstrap draws.

All scores are functions of sums of these counts, so an interval only needs new sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clitics import with_equal_starts
from .matching import best_pairs, equal_pairs, lone_pairs, overlapping_pairs, plain_pairs, typed_pairs
from .spans import Ints, SpanTable, Two, keys

Floats = NDArray[np.float64]
COUNTS = ("cor", "inc", "par", "gold", "predicted")
SPAN_SCHEMES: tuple[str, ...] = ("strict", "exact", "partial", "type")
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
) -> dict[str, Tally]:
    """Tallies of strict, exact, partial and type (SemEval-2013 task 9.1), with `texts` also clitic-tolerant.

    Each scheme has its own best pairing: first the most pairs of full credit, then the most further pairs of
    overlapping spans. In strict, exact and partial, spans with full credit have equal boundaries, so they overlap the
    same spans. Therefore full credit is a multiset intersection, and the choice of pairs changes no count.
    """
    sides = [(gold, predicted)]
    if texts is not None:
        sides.append(with_equal_starts(gold, predicted, texts))
    tallies: dict[str, Tally] = {}
    for (gold_spans, predicted_spans), suffix in zip(sides, ("", CLITIC), strict=False):
        four = _four_schemes(gold_spans, predicted_spans, tuple(labels), units)
        tallies |= {scheme + suffix: tally for scheme, tally in zip(SPAN_SCHEMES, four, strict=True)}
    return tallies


# Gold spans matched at a time: enough to keep Python's share small, few enough to stay in cache.
BLOCK = 200_000


def _four_schemes(gold: SpanTable, predicted: SpanTable, labels: tuple[str, ...], units: Units) -> list[Tally]:
    """The tallies of strict, exact, partial and type. Documents are matched in blocks, two blocks at a time."""
    count = _Counter(labels, units)
    gold, predicted = gold.by_document(), predicted.by_document()
    bounds = np.unique(np.append(gold.document[::BLOCK], (0, len(units.of))))
    gold_first, predicted_first = (np.searchsorted(side.document, bounds) for side in (gold, predicted))
    blocks = [
        (
            gold.take(slice(gold_first[n], gold_first[n + 1])),
            predicted.take(slice(predicted_first[n], predicted_first[n + 1])),
        )
        for n in range(len(bounds) - 1)
    ]

    def counted(block: tuple[SpanTable, SpanTable]) -> list[Ints]:
        return _block(*block, count)

    total = [count.nothing for _ in SPAN_SCHEMES]
    with ThreadPoolExecutor(2) as pool:  # numpy's sorts release the interpreter lock
        for block_counts in pool.map(counted, blocks):
            for scheme, counts in zip(total, block_counts, strict=True):
                scheme += counts
    return [Tally(labels, scheme) for scheme in total]


def _block(gold: SpanTable, predicted: SpanTable, count: _Counter) -> list[Ints]:
    """The counts of strict, exact, partial and type."""
    plain = plain_pairs(gold, predicted)
    equal = count.rows(gold.take(plain[0]))
    gold, predicted = gold.without(plain[0]), predicted.without(plain[1])
    sizes = {"gold": equal + count.rows(gold), "predicted": equal + count.rows(predicted)}
    settled = count.stack(**sizes, cor=equal)
    lone, tangled = lone_pairs(gold, predicted)
    pairs = _pairs(gold.take(lone[0]), predicted.take(lone[1]), count)
    tangles = _tangles(gold.take(tangled[0]), predicted.take(tangled[1]), count)
    return [settled + of_pairs + of_tangles for of_pairs, of_tangles in zip(pairs, tangles, strict=True)]


def _pairs(gold: SpanTable, predicted: SpanTable, count: _Counter) -> list[Ints]:
    """The outcomes of pairs (n-th with n-th) of spans that overlap only each other and are not equal."""
    same_label = gold.label == predicted.label
    bounds = (gold.start == predicted.start) & (gold.end == predicted.end)
    within = count.rows(gold.take(same_label))
    nothing = np.zeros_like(within)
    return _outcomes(
        count,
        equal=nothing,
        unequal=count.pooled(gold.document, within),
        bounded=count.pooled(gold.document[bounds], nothing),
        overlapping=count.pooled(gold.document[~bounds], within),
        same=within,
        differing=count.pooled(gold.document[~same_label], nothing),
    )


def _tangles(gold: SpanTable, predicted: SpanTable, count: _Counter) -> list[Ints]:
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
    return _outcomes(
        count, equal=equal, unequal=unequal, bounded=bounded, overlapping=overlapping, same=same, differing=differing
    )


def _outcomes(
    count: _Counter, *, equal: Ints, unequal: Ints, bounded: Ints, overlapping: Ints, same: Ints, differing: Ints
) -> list[Ints]:
    """The counts of strict, exact, partial and type: pairs of full credit, and further overlapping pairs."""
    return [
        count.stack(cor=equal, inc=unequal),
        count.stack(cor=bounded, inc=overlapping),
        count.stack(cor=bounded, par=overlapping),
        count.stack(cor=same, inc=differing),
    ]


def overlap_tally(gold: SpanTable, predicted: SpanTable, label: str, units: Units, iou: float) -> Tally:
    """Spans of one label. A pair is correct if its intersection over union is at least `iou`."""
    count = _Counter((label,), units)
    i, j = best_pairs(
        gold, predicted, lambda i, j: _meet(gold, predicted, i, j) * (1 + _share(gold, predicted, i, j, iou))
    )
    good = _share(gold, predicted, i, j, iou).astype(np.bool_)
    pooled = [
        units_of[None, :] for units_of in (count.units(gold.document[i[good]]), count.units(gold.document[i[~good]]))
    ]
    cor, inc = (np.repeat(row, 2, axis=0) for row in pooled)
    sizes = {"gold": count.rows(gold, single_label=True), "predicted": count.rows(predicted, single_label=True)}
    return count.tally(**sizes, cor=cor, inc=inc)


def _meet(gold: SpanTable, predicted: SpanTable, i: Ints, j: Ints) -> Ints:
    return (
        (gold.document[i] == predicted.document[j])
        & (gold.start[i] < predicted.end[j])
        & (predicted.start[j] < gold.end[i])
    ).astype(np.int64)


def _share(gold: SpanTable, predicted: SpanTable, i: Ints, j: Ints, iou: float) -> Ints:
    """1 where intersection over union is at least `iou`, for spans that overlap."""
    both = np.minimum(gold.end[i], predicted.end[j]) - np.maximum(gold.start[i], predicted.start[j])
    either = np.maximum(gold.end[i], predicted.end[j]) - np.minimum(gold.start[i], predicted.start[j])
    return (both >= iou * either).astype(np.int64)


def claim_pairs(gold: SpanTable, predicted: SpanTable, iou: float) -> Two:
    """Pairs claims whose intersection over union is at least `iou`: first the most with equal stance, then the most."""

    def value(i: Ints, j: Ints) -> Ints:
        near = _meet(gold, predicted, i, j) * _share(gold, predicted, i, j, iou)
        same = (gold.label[i] == predicted.label[j]) & (gold.label[i] >= 0)
        return near * (1 + same)

    return best_pairs(gold, predicted, value)


def claim_stance_tallies(
    gold: SpanTable, predicted: SpanTable, stances: Sequence[str], units: Units, iou: float
) -> dict[str, Tally]:
    """Stances of claims: `conditional`, on matched claims only; and `end_to_end`, where a missed claim is an error.

    A gold claim without a stance is left out of both. A predicted claim without a stance is left out of `end_to_end`.
    """
    i, j = claim_pairs(gold, predicted, iou)
    chosen = gold.label[i] >= 0
    conditional = choice_tally(
        gold.label[i[chosen]], predicted.label[j[chosen]], gold.document[i[chosen]], stances, units
    )
    has_stance = gold.label >= 0, predicted.label >= 0
    if not (has_stance[0].all() and has_stance[1].all()):  # else the pairs stay the same
        gold, predicted = gold.take(has_stance[0]), predicted.take(has_stance[1])
        i, j = claim_pairs(gold, predicted, iou)
    count = _Counter(tuple(stances), units)
    good = gold.label[i] == predicted.label[j]
    cor = count.rows(gold.take(i[good]))
    inc = count.pooled(gold.document[i[~good]], np.zeros_like(cor))
    end_to_end = count.tally(gold=count.rows(gold), predicted=count.rows(predicted), cor=cor, inc=inc)
    return {"conditional": conditional, "end_to_end": end_to_end}


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


def attribution_tallies(
    gold: tuple[SpanTable, SpanTable], predicted: tuple[SpanTable, SpanTable], units: Units, iou: float
) -> dict[str, Tally]:
    """Relations from claims to sources. Each side is (claims, sources); a source's `document` is its claim's position.

    `strict`: claim and source have the gold's offsets. `overlap`: the claims are paired with an intersection over
    union of at least `iou`, and the source has the gold's offsets. Labels of sources do not matter.
    """
    document = gold[0].document[gold[1].document], predicted[0].document[predicted[1].document]
    count = _Counter(("source",), units)
    sizes = {
        side: np.repeat(count.units(at)[None, :], 2, axis=0)
        for side, at in zip(("gold", "predicted"), document, strict=True)
    }

    def tally(claim_of: Two) -> Tally:
        gold_links, predicted_links = (
            SpanTable(claim, sources.start, sources.end, sources.label)
            for claim, (_, sources) in zip(claim_of, (gold, predicted), strict=True)
        )
        i, _ = equal_pairs(gold_links, predicted_links, "document", "start", "end")
        return count.tally(**sizes, cor=np.repeat(count.units(document[0][i])[None, :], 2, axis=0))

    same_place = keys(gold[0], predicted[0], "document", "start", "end")
    i, j = best_pairs(
        gold[0],
        predicted[0],
        lambda i, j: _meet(gold[0], predicted[0], i, j) * _share(gold[0], predicted[0], i, j, iou),
    )
    partner = np.full(len(predicted[0]), -2)  # equal to no gold claim
    partner[j] = i
    return {
        "strict": tally((same_place[0][gold[1].document], same_place[1][predicted[1].document])),
        "overlap": tally((gold[1].document, partner[predicted[1].document])),
    }


class _Counter:
    """Counts spans by row (all labels, then each label) and unit."""

    def __init__(self, labels: tuple[str, ...], units: Units) -> None:
        self._labels, self._units = labels, units

    def units(self, document: Ints) -> Ints:
        return np.bincount(self._units.of[document], minlength=self._units.count)

    def rows(self, spans: SpanTable, *, single_label: bool = False) -> Ints:
        """Rows × units. With `single_label`, all spans have the only label."""
        if single_label:
            return np.repeat(self.units(spans.document)[None, :], 2, axis=0)
        at = spans.label.astype(np.int64) * self._units.count + self._units.of[spans.document]
        by_label = np.bincount(at, minlength=len(self._labels) * self._units.count)
        by_label = by_label.reshape(len(self._labels), self._units.count)
        return np.concatenate((by_label.sum(0, keepdims=True), by_label))

    def pooled(self, document: Ints, rows: Ints, *, add: bool = False) -> Ints:
        """`rows` with a new first row that counts these documents; with `add`, they are added to the old first row."""
        first = self.units(document)[None, :]
        return np.concatenate((first + rows[:1] if add else first, rows[1:]))

    @property
    def nothing(self) -> Ints:
        """Counts of no span at all."""
        return np.zeros((len(self._labels) + 1, len(COUNTS), self._units.count), np.int64)

    def stack(self, **counts: Ints) -> Ints:
        """Rows × COUNTS × units, from these counts (rows × units each). Missing counts are 0."""
        stacked = self.nothing
        for name, rows in counts.items():
            stacked[:, COUNTS.index(name)] = rows
        return stacked

    def tally(self, **counts: Ints) -> Tally:
        return Tally(self._labels, self.stack(**counts))


def rates(counts: NDArray[Any]) -> Floats:
    """Precision, recall and F1 along a new last axis, from counts along the last axis; 0/0 is NaN.

    Partial matches count half, as in SemEval-2013 task 9.1 (Segura-Bedmar et al. 2013, section 4).
    """
    cor, _, par, gold, predicted = np.moveaxis(counts.astype(np.float64), -1, 0)
    credit = cor + par / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack((credit / predicted, credit / gold, 2 * credit / (gold + predicted)), axis=-1)


def macro(counts: NDArray[Any]) -> Floats:
    """The mean of the labels' rates, from counts … × labels × COUNTS: over labels that occur; 0/0 counts as 0."""
    occur = (counts[..., 3] + counts[..., 4]) > 0
    values = np.where(occur[..., None], np.nan_to_num(rates(counts)), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return values.sum(-2) / occur.sum(-1, keepdims=True)


def accuracy_and_kappa(confusion: NDArray[Any]) -> Floats:
    """Accuracy and Cohen's (1960) kappa, from confusion … × labels × (labels, none). A missing answer is wrong."""
    cells = confusion.astype(np.float64)
    k = cells.shape[-2]
    total = cells.sum((-1, -2))
    right = np.trace(cells[..., :k], axis1=-2, axis2=-1)
    chance = (cells.sum(-1) * cells[..., :k].sum(-2)).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed, expected = right / total, chance / total**2
        return np.stack((observed, (observed - expected) / (1 - expected)), axis=-1)
