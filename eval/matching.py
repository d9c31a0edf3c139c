"""Pairs gold spans with predicted spans, one to one. The result does not depend on the order of spans."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from .assignment import most_full_then_most
from .spans import Ints, SpanTable, Two, keys, on_one_line
from .tangles import Flags, Tangles, find_tangles, spans_of_each

Value = Callable[[Ints, Ints], Ints]
# Decides whether two overlapping spans get full credit, from start, end and label of the gold and predicted span.
Full = Callable[[Ints, Ints, Ints, Ints, Ints, Ints], Flags]


def equal_pairs(gold: SpanTable, predicted: SpanTable, *columns: str) -> Two:
    """Positions (i, j) of as many pairs as possible whose `columns` are equal.

    It is a multiset intersection: of g gold and p predicted spans that are all equal, min(g, p) are paired.
    """
    gold_keys, predicted_keys = keys(gold, predicted, *columns)
    gold_order, gold_keys = _sorted(gold_keys)
    predicted_order, predicted_keys = _sorted(predicted_keys)
    at = np.searchsorted(predicted_keys, gold_keys)
    if not (gold_keys[1:] > gold_keys[:-1]).all():
        at += _rank_among_equals(gold_keys)  # the k-th of several equal spans comes k places later
    paired = np.flatnonzero(at < len(predicted_keys))
    paired = paired[predicted_keys[at[paired]] == gold_keys[paired]]
    return gold_order[paired], predicted_order[at[paired]]


def boundary_pairs(gold: SpanTable, predicted: SpanTable, column: str) -> Two:
    """Positions (i, j) of as many pairs as possible with equal label and one equal boundary, `start` or `end`.

    If several spans could be paired, the shortest are. Longer ones overlap everything that the others overlap, so the
    spans that are left can form as many further pairs as possible.
    """
    sides: list[Ints] = []
    for table in (gold, predicted):
        somewhere = np.flatnonzero(table.start < table.end)
        length = table.end[somewhere] - table.start[somewhere]
        sides.append(somewhere[np.argsort(length, kind="stable")])
    i, j = equal_pairs(gold.take(sides[0]), predicted.take(sides[1]), "document", "label", column)
    return sides[0][i], sides[1][j]


def _sorted(values: Ints) -> Two:
    """The order that sorts the values, and the sorted values. Fast if they are already sorted, as in most files."""
    if (values[1:] >= values[:-1]).all():
        return np.arange(len(values)), values
    order = np.argsort(values, kind="stable")
    return order, values[order]


def _rank_among_equals(ordered: Ints) -> Ints:
    """For each element of a sorted array, the number of equal elements before it."""
    at = np.arange(len(ordered))
    first = np.where(np.diff(ordered, prepend=ordered[:1] - 1) != 0, at, 0)
    return at - np.maximum.accumulate(first)


def plain_pairs(gold: SpanTable, predicted: SpanTable) -> Two:
    """Positions (i, j) of spans that are equal in all columns and overlap no other span of either side.

    Every scheme pairs these spans. Most spans are of this kind, and this function finds them fast.
    """
    at, starts, ends = on_one_line(gold, predicted)
    sides: list[Two] = []
    for n in (0, 1):
        order, start = _sorted(starts[n])
        end = ends[n][order]
        alone = np.ones(len(start), np.bool_)
        alone[1:] = start[1:] >= np.maximum.accumulate(end)[:-1]
        alone[:-1] &= end[:-1] <= start[1:]
        chosen = np.flatnonzero(alone)
        sides.append((at[n][order[chosen]], start[chosen]))
    (i, gold_start), (j, predicted_start) = sides
    # Spans that overlap no other span of their side have unique starts: a gold span comes just before the predicted
    # span with the same start. Merging two sorted lists is much faster than looking one up in the other.
    both = np.concatenate((gold_start, predicted_start))
    merged = np.argsort(both, kind="stable")
    both = both[merged]
    same = np.flatnonzero(both[1:] == both[:-1])
    i, j = i[merged[same]], j[merged[same + 1] - len(i)]
    equal = np.flatnonzero((gold.end[i] == predicted.end[j]) & (gold.label[i] == predicted.label[j]))
    return i[equal], j[equal]


def lone_pairs(gold: SpanTable, predicted: SpanTable) -> tuple[Two, Two]:
    """Positions (i, j) of spans that overlap only each other; and positions of spans that may still pair.

    The remaining spans overlap no span of the other side.
    """
    tangles = find_tangles(gold, predicted)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    settled = single | (np.minimum(*tangles.sizes) == 0)
    i, j = (tangles.at[s][tangles.chosen(s, single)] for s in (0, 1))
    gold_open, predicted_open = np.ones(len(gold), np.bool_), np.ones(len(predicted), np.bool_)
    for s, open_ in enumerate((gold_open, predicted_open)):
        open_[tangles.at[s][tangles.chosen(s, settled)]] = False
    return (i, j), (np.flatnonzero(gold_open), np.flatnonzero(predicted_open))


def overlapping_pairs(gold: SpanTable, predicted: SpanTable, *, same_label: bool = False) -> Two:
    """Positions (i, j) of as many pairs of overlapping spans as possible, each span in at most one pair.

    With `same_label`, only spans with the same label pair. Most spans overlap at most one span; only the rest
    need the sweep.
    """
    tangles = find_tangles(gold, predicted, same_label=same_label)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    i, j = (tangles.chosen(side, single) for side in (0, 1))
    # One span against several: it pairs with the first of them that overlaps it.
    for sole_side in (0, 1):
        star = (tangles.sizes[sole_side] == 1) & (tangles.sizes[1 - sole_side] > 1)
        sole, many = tangles.chosen(sole_side, star), tangles.chosen(1 - sole_side, star)
        number = tangles.number(1 - sole_side, many)
        partner = np.empty(len(star), np.int64)
        partner[tangles.number(sole_side, sole)] = sole
        partner = partner[number]
        meets = (tangles.start[sole_side][partner] < tangles.end[1 - sole_side][many]) & (
            tangles.start[1 - sole_side][many] < tangles.end[sole_side][partner]
        )
        many, partner, number = many[meets], partner[meets], number[meets]
        first = np.unique(number, return_index=True)[1]
        pair = (partner[first], many[first])
        i, j = np.concatenate((i, pair[sole_side])), np.concatenate((j, pair[1 - sole_side]))
    knot = np.minimum(*tangles.sizes) > 1
    if knot.any():
        swept = _sweep(tangles, knot)
        i, j = np.concatenate((i, swept[0])), np.concatenate((j, swept[1]))
    return tangles.at[0][i], tangles.at[1][j]


def _sweep(tangles: Tangles, groups: Flags) -> Two:
    """The most pairs of overlapping spans in these groups, in n log n time.

    Take the free span that ends first. Of the free spans that it overlaps, it pairs with the span that ends first.
    No other choice is better: all candidates start before its end and end after it, so the candidate that ends first
    overlaps no span that the other candidates do not overlap.
    """
    sides = tangles.chosen(0, groups), tangles.chosen(1, groups)
    starts = np.concatenate([tangles.start[s][sides[s]] for s in (0, 1)])
    ends = np.concatenate([tangles.end[s][sides[s]] for s in (0, 1)])
    side = np.repeat((0, 1), [len(s) for s in sides])
    by_end = np.lexsort((side, starts, ends))
    rank = np.empty(len(ends), np.int64)
    rank[by_end] = np.arange(len(ends))
    # Both sides' spans as (start, rank), sorted by start; the next span is last.
    waiting: list[list[tuple[int, int]]] = []
    for s in (0, 1):
        own = np.flatnonzero(side == s)
        own = own[np.argsort(starts[own], kind="stable")][::-1]
        waiting.append(list(zip(starts[own].tolist(), rank[own].tolist(), strict=True)))
    seen: list[list[int]] = [[], []]  # heaps of ranks
    partner = [-1] * len(ends)
    for n, (end, s) in enumerate(zip(ends[by_end].tolist(), side[by_end].tolist(), strict=True)):
        if partner[n] >= 0:
            continue
        coming, heap = waiting[1 - s], seen[1 - s]
        while coming and coming[-1][0] < end:
            heappush(heap, coming.pop()[1])
        while heap and heap[0] < n:  # these have a partner, or overlap no remaining span
            heappop(heap)
        if heap:
            mate = heappop(heap)
            partner[n], partner[mate] = mate, n
    mate_rank = np.array(partner)[rank[: len(sides[0])]]  # of the gold spans
    paired = mate_rank >= 0
    return sides[0][paired], sides[1][by_end[mate_rank[paired]] - len(sides[0])]


def best_pairs(gold: SpanTable, predicted: SpanTable, value: Value) -> Two:
    """Pairs (i, j), one to one: first the most pairs of value 2, then the most of value 1; never of value 0.

    `value` gets positions that broadcast against each other. It must be 0 for spans that do not overlap.
    """
    tangles = find_tangles(gold, predicted)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    i, j = (tangles.at[s][tangles.chosen(s, single)] for s in (0, 1))
    good = value(i, j) > 0
    pairs = [(i[good], j[good])]
    for gold_at, predicted_at in spans_of_each(tangles, ~single & (np.minimum(*tangles.sizes) > 0)):
        # Sorted, so that the choice between equally good pairings does not depend on the files' order.
        gold_at, predicted_at = (
            _in_order(gold, tangles.at[0][gold_at]),
            _in_order(predicted, tangles.at[1][predicted_at]),
        )
        pairs.append(_assign(gold_at, predicted_at, value))
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def _in_order(table: SpanTable, at: Ints) -> Ints:
    return at[np.lexsort((table.label[at], table.end[at], table.start[at]))]


# Rows of a large tangle that are evaluated at a time: few enough to stay in the cache.
ROWS = 64


def _assign(gold_at: Ints, predicted_at: Ints, value: Value) -> Two:
    values = np.empty((len(gold_at), len(predicted_at)), np.int8)
    for first in range(0, len(gold_at), ROWS):
        rows = slice(first, first + ROWS)
        values[rows] = value(gold_at[rows, None], predicted_at[None, :])
    nobody = np.full(len(gold_at), -1)
    partner = most_full_then_most(values == 2, values > 0, nobody, nobody)
    return gold_at[partner >= 0], predicted_at[partner[partner >= 0]]


def typed_pairs(gold: SpanTable, predicted: SpanTable) -> tuple[Ints, Ints]:
    """Pairs for type: first the most overlapping pairs with equal labels, then the most further pairs.

    Returns the positions of the gold spans in pairs with equal labels, and an array with the document index of each
        further pair. It does not tell which spans are in the further pairs, since there are mostly several ways.
    """
    tangles = find_tangles(gold, predicted)
    most = np.minimum(*tangles.sizes)
    same = overlapping_pairs(gold, predicted, same_label=True)
    group = np.full(len(gold), -1)
    group[tangles.at[0]] = tangles.group[0]
    done = np.bincount(group[same[0]], minlength=len(most))
    total = np.maximum(done, most == 1)  # a single span against any number of spans
    unsettled = (most > 1) & (done < most)
    if unsettled.any():
        # Lower bound: pairs that can be added to the pairs with equal labels. Upper bound: pairs regardless of labels.
        at = tuple(tangles.at[s][tangles.chosen(s, unsettled)] for s in (0, 1))
        left = tuple(a[~np.isin(a, s)] for a, s in zip(at, same, strict=True))
        i, j = overlapping_pairs(gold.take(left[0]), predicted.take(left[1]))
        beside = left[0][i], left[1][j]
        free = at[0][overlapping_pairs(gold.take(at[0]), predicted.take(at[1]))[0]]
        total += np.bincount(group[beside[0]], minlength=len(total))
        most = np.bincount(group[free], minlength=len(total))
        unsettled &= total < most
        small = unsettled & (np.maximum(*tangles.sizes) <= SMALL)
        total[small] = np.sum(_most_of_small(gold, predicted, tangles, small, _same_label), axis=0)
        partners = tuple(_partners(pairs, len(gold)) for pairs in (same, beside))
        large = unsettled & ~small
        for n, (gold_at, predicted_at) in zip(np.flatnonzero(large), spans_of_each(tangles, large), strict=True):
            total[n] = _most(gold, predicted, (tangles.at[0][gold_at], tangles.at[1][predicted_at]), *partners)
    document = np.zeros(len(total), np.int64)
    document[tangles.group[0]] = gold.document[tangles.at[0]]
    return same[0], np.repeat(document, total - done)


def _partners(pairs: Two, count: int) -> Ints:
    partner = np.full(count, -1)
    partner[pairs[0]] = pairs[1]
    return partner


def _most(gold: SpanTable, predicted: SpanTable, at: Two, same: Ints, beside: Ints) -> int:
    """The number of pairs of these spans, if as many pairs with equal labels as possible are made first.

    `same` has for each gold span its partner with an equal label or -1, and has the most such pairs. `beside` has
    further pairs in the same form.
    """
    gold_spans, predicted_spans = gold.take(at[0]), predicted.take(at[1])
    meet = (gold_spans.start[:, None] < predicted_spans.end) & (predicted_spans.start < gold_spans.end[:, None])
    column = {position: n for n, position in enumerate(at[1].tolist())} | {-1: -1}
    begun = (np.array([column[position] for position in partner[at[0]].tolist()]) for partner in (same, beside))
    return int(
        (most_full_then_most(meet & (gold_spans.label[:, None] == predicted_spans.label), meet, *begun) >= 0).sum()
    )


# Tangles with at most this many spans on each side are solved together.
SMALL = 8


def _same_label(start: Ints, end: Ints, label: Ints, start_2: Ints, end_2: Ints, label_2: Ints) -> Flags:
    return label == label_2


def _most_of_small(gold: SpanTable, predicted: SpanTable, tangles: Tangles, groups: Flags, full: Full) -> Two:
    """For each of these groups, the largest number of pairs of full credit, and then of further pairs.

    It uses dynamic programming over sets of predicted spans: `best` has, for each group and each set of its predicted
    spans (as bits), the best value of the gold spans so far. A pair of full credit is worth more than all further pairs
    of a group together.
    """
    numbers = np.flatnonzero(groups)
    totals = np.zeros(len(numbers), np.int64)
    width = tangles.sizes[1][numbers]
    for columns in np.unique(width).tolist():
        same_width = np.flatnonzero(width == columns)
        chosen = np.zeros(len(groups), np.bool_)
        chosen[numbers[same_width]] = True
        gold_columns, predicted_columns = (
            _padded(table, tangles, side, chosen) for side, table in enumerate((gold, predicted))
        )
        best = np.zeros((len(same_width), 2**columns), np.int16)
        for row in range(gold_columns[0].shape[1]):
            before = best.copy()
            start, end, label = (column[:, row : row + 1] for column in gold_columns)
            meet = (start < predicted_columns[1]) & (predicted_columns[0] < end)
            worth = meet * np.where(full(start, end, label, *predicted_columns), np.int16(SMALL + 1), np.int16(1))
            for column in range(columns):
                shape = (len(same_width), -1, 2, 2**column)
                without, with_ = before.reshape(shape)[:, :, 0], best.reshape(shape)[:, :, 1]
                np.maximum(with_, without + worth[:, column, None, None], out=with_)
        totals[same_width] = best[:, -1]
    return np.divmod(totals, SMALL + 1)


def best_counts(gold: SpanTable, predicted: SpanTable, full: Full, *, same_label: bool = False) -> Two:
    """The number of pairs of a best pairing: first the most of full credit, then the most that overlap.

    Returns two arrays of positions of gold spans, with an entry for each pair of full credit and for each further pair.
    That gold span is in the tangle of the pair and, with `same_label`, has the pair's label, but it may be a different
    span than the paired one.
    """
    tangles = find_tangles(gold, predicted, same_label=same_label)
    both = np.minimum(*tangles.sizes) > 0
    counts = np.zeros((2, len(both)), np.int64)
    small = both & (np.maximum(*tangles.sizes) <= SMALL)
    if small.any():
        counts[:, small] = _most_of_small(gold, predicted, tangles, small, full)
    large = both & ~small
    for n, (i, j) in zip(np.flatnonzero(large), spans_of_each(tangles, large), strict=True):
        rows, columns = gold.take(tangles.at[0][i]), predicted.take(tangles.at[1][j])
        start, end, label = rows.start[:, None], rows.end[:, None], rows.label[:, None]
        meet = (start < columns.end) & (columns.start < end)
        good = meet & full(start, end, label, columns.start, columns.end, columns.label)
        nobody = np.full(len(rows), -1)
        partner = most_full_then_most(good, meet, nobody, nobody)
        paired = np.flatnonzero(partner >= 0)
        counts[0, n] = good[paired, partner[paired]].sum()
        counts[1, n] = len(paired) - counts[0, n]
    member = np.zeros(len(both), np.int64)
    member[tangles.group[0]] = tangles.at[0]
    return np.repeat(member, counts[0]), np.repeat(member, counts[1])


def _padded(table: SpanTable, tangles: Tangles, side: int, groups: Flags) -> tuple[Ints, Ints, Ints]:
    """Starts, ends and labels as arrays groups × size of the largest group. Unused places overlap nothing."""
    at = tangles.chosen(side, groups)
    row = (np.cumsum(groups) - 1)[tangles.number(side, at)]
    place = _rank_among_equals(row)
    columns: list[Ints] = []
    for name, nothing in (("start", 0), ("end", -1), ("label", 0)):
        column = np.full((int(groups.sum()), int(place.max()) + 1), nothing)
        column[row, place] = getattr(table, name)[tangles.at[side][at]]
        columns.append(column)
    return columns[0], columns[1], columns[2]
