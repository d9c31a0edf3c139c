"""Counting: what each task and scheme adds up, for each label and each unit that a bootstrap draws.

Everything that is printed is a function of these sums, so an interval is a matter of adding them up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .clitics import with_equal_starts
from .matching import (
    best_counts,
    best_pairs,
    boundary_pairs,
    equal_pairs,
    lone_pairs,
    overlapping_pairs,
    plain_pairs,
    typed_pairs,
)
from .rates import COUNTS
from .spans import Ints, SpanTable, Two, keys
from .tangles import Flags

SPAN_SCHEMES: tuple[str, ...] = ("strict", "exact", "partial", "type")
BOUNDARIES = {"left": "start", "right": "end"}
OVERLAP = "overlap"
CLITIC = "+clitic"
IOU = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one task under one scheme: an array of rows × COUNTS × units.

    The first row is everything pooled, the others are `labels`, each as if there were no other. `confusion`,
    where the task is a choice among labels, is an array of labels × (labels, none) × units: gold, predicted.
    """

    labels: tuple[str, ...]
    counts: Ints
    confusion: Ints | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """What a bootstrap draws: `of` has for each document the number of its unit, of `count`."""

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

    With `iou` also of left and right, where label and that boundary have to fit (Tsai et al. 2006), and of overlap,
    where the label does and intersection over union is at least `iou`.

    Each scheme has its own best pairing: as many pairs of full credit as can be, then as many as can be of the
    other spans that overlap. In strict, exact and partial, spans that earn full credit with each other are alike
    in what they overlap, so full credit is a multiset intersection and no choice of pairs changes a count.
    """
    tallies = _schemes(gold, predicted, tuple(labels), units, iou)
    if texts is not None:
        moved = _schemes(*with_equal_starts(gold, predicted, texts), tuple(labels), units, None)
        tallies |= {scheme + CLITIC: tally for scheme, tally in moved.items()}
    return tallies


# How many gold spans are matched at a time: enough to make little of Python, few enough to stay in cache.
BLOCK = 200_000


def _schemes(
    gold: SpanTable, predicted: SpanTable, labels: tuple[str, ...], units: Units, iou: float | None
) -> dict[str, Tally]:
    """Documents are matched apart from each other, so they come in blocks, of which two are worked on at a time."""
    count = _Counter(labels, units)
    gold, predicted = gold.by_document(), predicted.by_document()
    edges = np.unique(np.append(gold.document[::BLOCK], (0, len(units.of))))
    ours, theirs = (np.searchsorted(side.document, edges) for side in (gold, predicted))
    blocks = [
        (gold.take(slice(ours[n], ours[n + 1])), predicted.take(slice(theirs[n], theirs[n + 1])))
        for n in range(len(edges) - 1)
    ]

    def counted(block: tuple[SpanTable, SpanTable]) -> list[Ints]:
        return _block(*block, count, iou)

    names = SPAN_SCHEMES if iou is None else (*SPAN_SCHEMES, *BOUNDARIES, OVERLAP)
    total = [count.nothing for _ in names]
    with ThreadPoolExecutor(2) as pool:  # numpy's sorts leave the interpreter free
        for found in pool.map(counted, blocks):
            for scheme, counts in zip(total, found, strict=True):
                scheme += counts
    return {name: Tally(labels, scheme) for name, scheme in zip(names, total, strict=True)}


def _block(gold: SpanTable, predicted: SpanTable, count: _Counter, iou: float | None) -> list[Ints]:
    """The counts of strict, exact, partial and type, and with `iou` of left, right and overlap."""
    plain = plain_pairs(gold, predicted)
    equal = count.rows(gold.take(plain[0]))
    gold, predicted = gold.without(plain[0]), predicted.without(plain[1])
    sizes = {"gold": equal + count.rows(gold), "predicted": equal + count.rows(predicted)}
    settled = count.stack(**sizes, cor=equal)
    lone, tangled = lone_pairs(gold, predicted)
    pairs = _pairs(gold.take(lone[0]), predicted.take(lone[1]), count, iou)
    tangles = _tangles(gold.take(tangled[0]), predicted.take(tangled[1]), count, iou)
    return [settled + one + other for one, other in zip(pairs, tangles, strict=True)]


def _pairs(gold: SpanTable, predicted: SpanTable, count: _Counter, iou: float | None) -> list[Ints]:
    """The outcomes of spans that overlap each other and nothing else, n-th with n-th, of which no two are equal."""
    alike = gold.label == predicted.label
    bounds = (gold.start == predicted.start) & (gold.end == predicted.end)
    within = count.rows(gold.take(alike))
    nothing = np.zeros_like(within)
    found = _outcomes(
        count,
        equal=nothing,
        unequal=count.pooled(gold.document, within),
        bounded=count.pooled(gold.document[bounds], nothing),
        overlapping=count.pooled(gold.document[~bounds], within),
        same=within,
        other=count.pooled(gold.document[~alike], nothing),
    )
    if iou is not None:
        near = _near_enough(gold.start, gold.end, predicted.start, predicted.end, iou)
        for fits in (gold.start == predicted.start, gold.end == predicted.end, near):
            cor = count.rows(gold.take(alike & fits))
            found.append(count.stack(cor=cor, inc=count.pooled(gold.document[~(alike & fits)], within - cor)))
    return found


def _tangles(gold: SpanTable, predicted: SpanTable, count: _Counter, iou: float | None) -> list[Ints]:
    """The outcomes of spans of which one may pair with several."""
    strict = equal_pairs(gold, predicted, "document", "start", "end", "label")
    equal = count.rows(gold.take(strict[0]))
    gold_left, predicted_left = gold.without(strict[0]), predicted.without(strict[1])
    # Between spans of one label: what strict, exact and partial have beside equal pairs.
    within = count.rows(gold_left.take(overlapping_pairs(gold_left, predicted_left, same_label=True)[0]))
    unequal = count.pooled(gold_left.document[overlapping_pairs(gold_left, predicted_left)[0]], within)

    exact = equal_pairs(gold_left, predicted_left, "document", "start", "end")
    bounded = count.pooled(gold_left.document[exact[0]], equal, add=True)
    gold_rest, predicted_rest = gold_left.without(exact[0]), predicted_left.without(exact[1])
    overlapping = count.pooled(gold_rest.document[overlapping_pairs(gold_rest, predicted_rest)[0]], within)

    typed, further = typed_pairs(gold, predicted)
    same = count.rows(gold.take(typed))
    other = count.pooled(further, np.zeros_like(same))
    found = _outcomes(
        count, equal=equal, unequal=unequal, bounded=bounded, overlapping=overlapping, same=same, other=other
    )
    if iou is not None:
        found += [_boundary(gold, predicted, count, column) for column in BOUNDARIES.values()]
        found.append(_overlap(gold, predicted, count, iou))
    return found


def _boundary(gold: SpanTable, predicted: SpanTable, count: _Counter, column: str) -> Ints:
    """Label and one boundary fit, or spans overlap besides."""
    i, j = boundary_pairs(gold, predicted, column)
    rest = gold.without(i), predicted.without(j)
    within = count.rows(rest[0].take(overlapping_pairs(*rest, same_label=True)[0]))
    pooled = rest[0].document[overlapping_pairs(*rest)[0]]
    return count.stack(cor=count.rows(gold.take(i)), inc=count.pooled(pooled, within))


def _overlap(gold: SpanTable, predicted: SpanTable, count: _Counter, iou: float) -> Ints:
    """Label fits and enough is shared, or spans overlap besides."""

    def full(start: Ints, end: Ints, label: Ints, their_start: Ints, their_end: Ints, their_label: Ints) -> Flags:
        return (label == their_label) & _near_enough(start, end, their_start, their_end, iou)

    cor, within = best_counts(gold, predicted, full, same_label=True)
    pooled = gold.document[best_counts(gold, predicted, full)[1]]
    return count.stack(cor=count.rows(gold.take(cor)), inc=count.pooled(pooled, count.rows(gold.take(within))))


def _near_enough(start: Ints, end: Ints, their_start: Ints, their_end: Ints, iou: float) -> Flags:
    """Whether intersection over union is at least `iou`, of spans that overlap."""
    both = np.minimum(end, their_end) - np.maximum(start, their_start)
    return both >= iou * (np.maximum(end, their_end) - np.minimum(start, their_start))


def _outcomes(
    count: _Counter, *, equal: Ints, unequal: Ints, bounded: Ints, overlapping: Ints, same: Ints, other: Ints
) -> list[Ints]:
    """Strict, exact, partial and type: what earns full credit, and what overlaps besides."""
    return [
        count.stack(cor=equal, inc=unequal),
        count.stack(cor=bounded, inc=overlapping),
        count.stack(cor=bounded, par=overlapping),
        count.stack(cor=same, inc=other),
    ]


def _meet(gold: SpanTable, predicted: SpanTable, i: Ints, j: Ints) -> Ints:
    return (
        (gold.document[i] == predicted.document[j])
        & (gold.start[i] < predicted.end[j])
        & (predicted.start[j] < gold.end[i])
    ).astype(np.int64)


def _share(gold: SpanTable, predicted: SpanTable, i: Ints, j: Ints, iou: float) -> Ints:
    """1 where intersection over union is at least `iou`, for spans that overlap."""
    return _near_enough(gold.start[i], gold.end[i], predicted.start[j], predicted.end[j], iou).astype(np.int64)


def claim_pairs(gold: SpanTable, predicted: SpanTable, iou: float) -> Two:
    """Claims paired at intersection over union of at least `iou`: most pairs of one stance, then most pairs."""

    def value(i: Ints, j: Ints) -> Ints:
        near = _meet(gold, predicted, i, j) * _share(gold, predicted, i, j, iou)
        same = (gold.label[i] == predicted.label[j]) & (gold.label[i] >= 0)
        return near * (1 + same)

    return best_pairs(gold, predicted, value)


def claim_stance_tallies(
    gold: SpanTable, predicted: SpanTable, stances: Sequence[str], units: Units, iou: float
) -> dict[str, Tally]:
    """Stances on claims: `conditional` on the claim being found, and `end_to_end`, where a missed claim is a miss.

    A claim without stance is left out of the first if it is the gold one, and of the second on its side.
    """
    i, j = claim_pairs(gold, predicted, iou)
    chosen = gold.label[i] >= 0
    conditional = choice_tally(
        gold.label[i[chosen]], predicted.label[j[chosen]], gold.document[i[chosen]], stances, units
    )
    said = gold.label >= 0, predicted.label >= 0
    if not (said[0].all() and said[1].all()):  # else the pairs stay what they are
        gold, predicted = gold.take(said[0]), predicted.take(said[1])
        i, j = claim_pairs(gold, predicted, iou)
    count = _Counter(tuple(stances), units)
    good = gold.label[i] == predicted.label[j]
    cor = count.rows(gold.take(i[good]))
    inc = count.pooled(gold.document[i[~good]], np.zeros_like(cor))
    end_to_end = count.tally(gold=count.rows(gold), predicted=count.rows(predicted), cor=cor, inc=inc)
    return {"conditional": conditional, "end_to_end": end_to_end}


def choice_tally(gold: Ints, predicted: Ints, document: Ints, labels: Sequence[str], units: Units) -> Tally:
    """A choice of one of `labels`, as indices, for each item; `predicted` is -1 where there is none.

    A wrong answer misses one label and is spurious in another; pooled, it is one that is incorrect.
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
    """Relations from claims to sources; each side is (claims, sources), sources carrying their claim's position.

    `strict`: claim and source have the gold's offsets. `overlap`: the claim is the one that claims pair with at
    intersection over union of at least `iou`, the source has the gold's offsets. Labels of sources do not matter.
    """
    document = gold[0].document[gold[1].document], predicted[0].document[predicted[1].document]
    count = _Counter(("source",), units)
    sizes = {
        side: np.repeat(count.units(at)[None, :], 2, axis=0)
        for side, at in zip(("gold", "predicted"), document, strict=True)
    }

    def tally(claim_of: Two) -> Tally:
        ours, theirs = (
            SpanTable(claim, sources.start, sources.end, sources.label)
            for claim, (_, sources) in zip(claim_of, (gold, predicted), strict=True)
        )
        i, _ = equal_pairs(ours, theirs, "document", "start", "end")
        return count.tally(**sizes, cor=np.repeat(count.units(document[0][i])[None, :], 2, axis=0))

    same_place = keys(gold[0], predicted[0], "document", "start", "end")
    i, j = best_pairs(
        gold[0],
        predicted[0],
        lambda i, j: _meet(gold[0], predicted[0], i, j) * _share(gold[0], predicted[0], i, j, iou),
    )
    partner = np.full(len(predicted[0]), -2)  # as no gold claim is
    partner[j] = i
    return {
        "strict": tally((same_place[0][gold[1].document], same_place[1][predicted[1].document])),
        "overlap": tally((gold[1].document, partner[predicted[1].document])),
    }


class _Counter:
    """Counts spans by row (everything, then each label) and unit."""

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
        """`rows` with another first row: one for each of these documents, besides what it has with `add`."""
        first = self.units(document)[None, :]
        return np.concatenate((first + rows[:1] if add else first, rows[1:]))

    @property
    def nothing(self) -> Ints:
        """Counts of no span at all."""
        return np.zeros((len(self._labels) + 1, len(COUNTS), self._units.count), np.int64)

    def stack(self, **counts: Ints) -> Ints:
        """Rows × COUNTS × units, of these counts (rows × units each) and 0 for the others."""
        stacked = self.nothing
        for name, rows in counts.items():
            stacked[:, COUNTS.index(name)] = rows
        return stacked

    def tally(self, **counts: Ints) -> Tally:
        return Tally(self._labels, self.stack(**counts))
