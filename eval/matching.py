"""Which gold span goes with which predicted span: one to one, the same whatever order spans come in."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from .assignment import most_full_then_most
from .spans import Ints, SpanTable, Two, keys, on_one_line
from .tangles import Flags, Tangles, find_tangles, spans_of_each

Value = Callable[[Ints, Ints], Ints]
# Of starts, ends and labels of both sides, whether two spans that overlap earn full credit.
Full = Callable[[Ints, Ints, Ints, Ints, Ints, Ints], Flags]


def equal_pairs(gold: SpanTable, predicted: SpanTable, *columns: str) -> Two:
    """Positions (i, j) of as many pairs as there are whose `columns` are equal.

    A multiset intersection: of g gold and p predicted spans that are all equal, min(g, p) pair.
    """
    ours, theirs = keys(gold, predicted, *columns)
    by_ours, ours = _sorted(ours)
    by_theirs, theirs = _sorted(theirs)
    at = np.searchsorted(theirs, ours)
    if not (ours[1:] > ours[:-1]).all():
        at += _rank_among_equals(ours)  # where the k-th of equal ones would stand
    found = np.flatnonzero(at < len(theirs))
    found = found[theirs[at[found]] == ours[found]]
    return by_ours[found], by_theirs[at[found]]


def boundary_pairs(gold: SpanTable, predicted: SpanTable, column: str) -> Two:
    """Positions (i, j) of as many pairs as there are that share label and one boundary, which is `start` or `end`.

    Of spans that could pair alike, the shortest do: the longest overlap whatever the others overlap, so that as many
    as can be of those that are left can be paired otherwise.
    """
    sides: list[Ints] = []
    for table in (gold, predicted):
        somewhere = np.flatnonzero(table.start < table.end)
        length = table.end[somewhere] - table.start[somewhere]
        sides.append(somewhere[np.argsort(length, kind="stable")])
    i, j = equal_pairs(gold.take(sides[0]), predicted.take(sides[1]), "document", "label", column)
    return sides[0][i], sides[1][j]


def _sorted(values: Ints) -> Two:
    """The order that sorts the values, and the values in it; quick on what is in order, as files mostly are."""
    if (values[1:] >= values[:-1]).all():
        return np.arange(len(values)), values
    order = np.argsort(values, kind="stable")
    return order, values[order]


def _rank_among_equals(ordered: Ints) -> Ints:
    """For each element of a sorted array, how many equal ones stand before it."""
    at = np.arange(len(ordered))
    first = np.where(np.diff(ordered, prepend=ordered[:1] - 1) != 0, at, 0)
    return at - np.maximum.accumulate(first)


def plain_pairs(gold: SpanTable, predicted: SpanTable) -> Two:
    """Positions (i, j) of spans that are equal in all columns and overlap no other span of either side.

    Every scheme pairs them, whatever becomes of the others. Most spans are such, and are told at one look.
    """
    at, starts, ends = on_one_line(gold, predicted)
    sides: list[tuple[Ints, Ints, Ints, Ints]] = []
    for n, table in enumerate((gold, predicted)):
        order, start = _sorted(starts[n])
        end, position = ends[n][order], at[n][order]
        alone = np.ones(len(start), np.bool_)
        alone[1:] = start[1:] >= np.maximum.accumulate(end)[:-1]
        alone[:-1] &= end[:-1] <= start[1:]
        sides.append((position[alone], start[alone], end[alone], table.label[position[alone]]))
    (i, start, end, label), (j, their_start, their_end, their_label) = sides
    # Spans that overlap no other of their side have starts of their own.
    found = np.searchsorted(their_start, start)
    near = np.flatnonzero(found < len(their_start))
    found = found[near]
    equal = (their_start[found] == start[near]) & (their_end[found] == end[near]) & (their_label[found] == label[near])
    return i[near[equal]], j[found[equal]]


def lone_pairs(gold: SpanTable, predicted: SpanTable) -> tuple[Two, Two]:
    """Positions (i, j) of spans that overlap each other and nothing else; and positions of all that is still open.

    What is in neither overlaps nothing of the other side.
    """
    tangles = find_tangles(gold, predicted)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    settled = single | (np.minimum(*tangles.sizes) == 0)
    i, j = (tangles.at[s][tangles.chosen(s, single)] for s in (0, 1))
    ours, theirs = np.ones(len(gold), np.bool_), np.ones(len(predicted), np.bool_)
    for s, open_ in enumerate((ours, theirs)):
        open_[tangles.at[s][tangles.chosen(s, settled)]] = False
    return (i, j), (np.flatnonzero(ours), np.flatnonzero(theirs))


def overlapping_pairs(gold: SpanTable, predicted: SpanTable, *, same_label: bool = False) -> Two:
    """Positions (i, j) of as many pairs of overlapping spans as can be made, no span in two of them.

    With `same_label`, only spans of one label pair. Most spans stand alone or overlap one other; only what is
    left of them is swept.
    """
    tangles = find_tangles(gold, predicted, same_label=same_label)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    i, j = (tangles.chosen(side, single) for side in (0, 1))
    # Of one span against several, the first pairs that really overlaps it.
    for one in (0, 1):
        star = (tangles.sizes[one] == 1) & (tangles.sizes[1 - one] > 1)
        sole, many = tangles.chosen(one, star), tangles.chosen(1 - one, star)
        number = tangles.number(1 - one, many)
        partner = np.empty(len(star), np.int64)
        partner[tangles.number(one, sole)] = sole
        partner = partner[number]
        meets = (tangles.start[one][partner] < tangles.end[1 - one][many]) & (
            tangles.start[1 - one][many] < tangles.end[one][partner]
        )
        many, partner, number = many[meets], partner[meets], number[meets]
        first = np.unique(number, return_index=True)[1]
        pair = (partner[first], many[first])
        i, j = np.concatenate((i, pair[one])), np.concatenate((j, pair[1 - one]))
    knot = np.minimum(*tangles.sizes) > 1
    if knot.any():
        swept = _sweep(tangles, knot)
        i, j = np.concatenate((i, swept[0])), np.concatenate((j, swept[1]))
    return tangles.at[0][i], tangles.at[1][j]


def _sweep(tangles: Tangles, groups: Flags) -> Two:
    """As many pairs as can be made among the spans of these groups.

    The span that ends first of all that are left pairs with the one of those it overlaps that ends first. This
    is never worse than another choice: all that it overlaps start before its end and end after it, so of two of
    them the one that ends first overlaps nothing that the other does not. n log n for n spans.
    """
    sides = tangles.chosen(0, groups), tangles.chosen(1, groups)
    starts = np.concatenate([tangles.start[s][sides[s]] for s in (0, 1)])
    ends = np.concatenate([tangles.end[s][sides[s]] for s in (0, 1)])
    side = np.repeat((0, 1), [len(s) for s in sides])
    by_end = np.lexsort((side, starts, ends))
    rank = np.empty(len(ends), np.int64)
    rank[by_end] = np.arange(len(ends))
    # Both sides' spans by start, as (start, rank); the next to be seen is last.
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
        while heap and (heap[0] < n or partner[heap[0]] >= 0):
            heappop(heap)
        if heap:
            other = heappop(heap)
            partner[n], partner[other] = other, n
    found = np.array(partner)[rank[: len(sides[0])]]  # of the gold spans
    paired = found >= 0
    return sides[0][paired], sides[1][by_end[found[paired]] - len(sides[0])]


def best_pairs(gold: SpanTable, predicted: SpanTable, value: Value) -> Two:
    """Pairs (i, j), one to one: as many of value 2 as can be, then as many of value 1; never of value 0.

    `value` is given positions that broadcast against each other, and must be 0 where spans do not overlap.
    """
    tangles = find_tangles(gold, predicted)
    single = tangles.sizes[0] * tangles.sizes[1] == 1
    i, j = (tangles.at[s][tangles.chosen(s, single)] for s in (0, 1))
    good = value(i, j) > 0
    pairs = [(i[good], j[good])]
    for ours, theirs in spans_of_each(tangles, ~single & (np.minimum(*tangles.sizes) > 0)):
        # In an order that does not depend on the files', as one of several equally good pairings is taken.
        ours, theirs = _in_order(gold, tangles.at[0][ours]), _in_order(predicted, tangles.at[1][theirs])
        pairs.append(_assign(ours, theirs, value))
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def _in_order(table: SpanTable, at: Ints) -> Ints:
    return at[np.lexsort((table.label[at], table.end[at], table.start[at]))]


# So many rows of a large tangle are valued at a time: what they take on the way stays in cache.
ROWS = 64


def _assign(ours: Ints, theirs: Ints, value: Value) -> Two:
    values = np.empty((len(ours), len(theirs)), np.int8)
    for first in range(0, len(ours), ROWS):
        rows = slice(first, first + ROWS)
        values[rows] = value(ours[rows, None], theirs[None, :])
    nobody = np.full(len(ours), -1)
    partner = most_full_then_most(values == 2, values > 0, nobody, nobody)
    return ours[partner >= 0], theirs[partner[partner >= 0]]


def typed_pairs(gold: SpanTable, predicted: SpanTable) -> tuple[Ints, Ints]:
    """What pairs if first as many overlapping spans of one label as can be pair, then as many others as can be.

    Returns the positions of the gold spans that pair with one of their label, and an array of document indices,
    one entry for each further pair. Which spans these further ones are is left open; there is mostly more than
    one way.
    """
    tangles = find_tangles(gold, predicted)
    most = np.minimum(*tangles.sizes)
    same = overlapping_pairs(gold, predicted, same_label=True)
    group = np.full(len(gold), -1)
    group[tangles.at[0]] = tangles.group[0]
    done = np.bincount(group[same[0]], minlength=len(most))
    total = np.maximum(done, most == 1)  # one span against any number of others
    unsettled = (most > 1) & (done < most)
    if unsettled.any():
        # At least what can be added to the pairs of one label, at most what could be made without labels.
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
        for n, (ours, theirs) in zip(np.flatnonzero(large), spans_of_each(tangles, large), strict=True):
            total[n] = _most(gold, predicted, (tangles.at[0][ours], tangles.at[1][theirs]), *partners)
    document = np.zeros(len(total), np.int64)
    document[tangles.group[0]] = gold.document[tangles.at[0]]
    return same[0], np.repeat(document, total - done)


def _partners(pairs: Two, count: int) -> Ints:
    partner = np.full(count, -1)
    partner[pairs[0]] = pairs[1]
    return partner


def _most(gold: SpanTable, predicted: SpanTable, at: Two, same: Ints, beside: Ints) -> int:
    """How many pairs these spans have if first of all as many as can be have one label.

    `same` has for each gold span its partner of one label or -1, as many as can be; `beside` further ones.
    """
    ours, theirs = gold.take(at[0]), predicted.take(at[1])
    meet = (ours.start[:, None] < theirs.end) & (theirs.start < ours.end[:, None])
    column = {position: n for n, position in enumerate(at[1].tolist())} | {-1: -1}
    begun = (np.array([column[position] for position in partner[at[0]].tolist()]) for partner in (same, beside))
    return int((most_full_then_most(meet & (ours.label[:, None] == theirs.label), meet, *begun) >= 0).sum())


# Tangles of so many spans a side at most are solved together.
SMALL = 8


def _same_label(start: Ints, end: Ints, label: Ints, their_start: Ints, their_end: Ints, their_label: Ints) -> Flags:
    return label == their_label


def _most_of_small(gold: SpanTable, predicted: SpanTable, tangles: Tangles, groups: Flags, full: Full) -> Two:
    """How many pairs of full credit each of these groups can have, and how many others besides.

    Dynamic programming over which predicted spans are taken: `best` has for each group and each set of its predicted
    spans, as bits, the most that the gold spans seen so far can earn with some of them. A pair of full credit earns
    more than all that a group can have of others.
    """
    numbers = np.flatnonzero(groups)
    found = np.zeros(len(numbers), np.int64)
    width = tangles.sizes[1][numbers]
    for columns in np.unique(width).tolist():
        these = np.flatnonzero(width == columns)
        chosen = np.zeros(len(groups), np.bool_)
        chosen[numbers[these]] = True
        ours, theirs = (_padded(table, tangles, side, chosen) for side, table in enumerate((gold, predicted)))
        best = np.zeros((len(these), 2**columns), np.int16)
        for row in range(ours[0].shape[1]):
            before = best.copy()
            start, end, label = (column[:, row : row + 1] for column in ours)
            meet = (start < theirs[1]) & (theirs[0] < end)
            worth = meet * np.where(full(start, end, label, *theirs), np.int16(SMALL + 1), np.int16(1))
            for column in range(columns):
                shape = (len(these), -1, 2, 2**column)
                without, with_ = before.reshape(shape)[:, :, 0], best.reshape(shape)[:, :, 1]
                np.maximum(with_, without + worth[:, column, None, None], out=with_)
        found[these] = best[:, -1]
    return np.divmod(found, SMALL + 1)


def best_counts(gold: SpanTable, predicted: SpanTable, full: Full, *, same_label: bool = False) -> Two:
    """How many pairs there are if first as many as can be have full credit, then as many as can be overlap.

    Two arrays of positions of gold spans, one entry for each pair of full credit and one for each other: a span
    that is in the same tangle, and with `same_label` has its label, but not always the one that pairs.
    """
    tangles = find_tangles(gold, predicted, same_label=same_label)
    both = np.minimum(*tangles.sizes) > 0
    counts = np.zeros((2, len(both)), np.int64)
    small = both & (np.maximum(*tangles.sizes) <= SMALL)
    if small.any():
        counts[:, small] = _most_of_small(gold, predicted, tangles, small, full)
    large = both & ~small
    for n, (i, j) in zip(np.flatnonzero(large), spans_of_each(tangles, large), strict=True):
        ours, theirs = gold.take(tangles.at[0][i]), predicted.take(tangles.at[1][j])
        start, end, label = ours.start[:, None], ours.end[:, None], ours.label[:, None]
        meet = (start < theirs.end) & (theirs.start < end)
        good = meet & full(start, end, label, theirs.start, theirs.end, theirs.label)
        nobody = np.full(len(ours), -1)
        partner = most_full_then_most(good, meet, nobody, nobody)
        paired = np.flatnonzero(partner >= 0)
        counts[0, n] = good[paired, partner[paired]].sum()
        counts[1, n] = len(paired) - counts[0, n]
    member = np.zeros(len(both), np.int64)
    member[tangles.group[0]] = tangles.at[0]
    return np.repeat(member, counts[0]), np.repeat(member, counts[1])


def _padded(table: SpanTable, tangles: Tangles, side: int, groups: Flags) -> tuple[Ints, Ints, Ints]:
    """Starts, ends and labels, groups × the most spans that one of them has; where it has none, nothing overlaps."""
    at = tangles.chosen(side, groups)
    row = (np.cumsum(groups) - 1)[tangles.number(side, at)]
    place = _rank_among_equals(row)
    columns: list[Ints] = []
    for name, nothing in (("start", 0), ("end", -1), ("label", 0)):
        column = np.full((int(groups.sum()), int(place.max()) + 1), nothing)
        column[row, place] = getattr(table, name)[tangles.at[side][at]]
        columns.append(column)
    return columns[0], columns[1], columns[2]
