"""Chooses a place for each mention of a list that follows the order of the text: the heaviest chain of places."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from .finder import Place

# For each mention, its possible places in text order.
Places: TypeAlias = Sequence[Sequence[Place]]

# The value of each placed mention in a chain, and the costs of its places. Placing one more mention outweighs all
# costs.
_PLACED, _TIER, _OVERLAP, _PROCLITIC = 1000, 100, 10, 1
_PER, _FARTHEST = 400, 60  # code points that cost 1, and the highest cost
_SHIFT = 40  # weights are in the bits above; in the bits below, the earlier of two places counts more
# At most so many places of a mention are weighed: those nearest to its expected place, by its position in the list.
_MOST = 32


def whole_chain(places: Places, labels: Sequence[str]) -> list[Place] | None:
    """A place for every mention, in text order; None if some mention has no place. Linear in simple cases.

    If several chains are possible, it is the cheapest: its spans do not overlap, begin words, and come early.
    """
    first = _earliest(places, labels)
    if first is None or _is_free(first):
        return first
    last = _latest(places, labels)
    within = [
        list(options[bisect_left(options, a) : bisect_right(options, b)])
        for options, a, b in zip(places, first, last or first, strict=True)
    ]
    chosen, n = list(first), 0
    while n < len(within):
        if len(within[n]) <= 1:
            n += 1
            continue
        # Mentions that may move, between two mentions that may not.
        begin = max(0, n - 1)
        while n < len(within) and len(within[n]) > 1:
            n += 1
        part = heaviest_chain(within[begin : n + 1], labels[begin : n + 1])
        if None not in part:
            chosen[begin : n + 1] = [place for place in part if place]
    distinct = {(*place[:2], label) for place, label in zip(chosen, labels, strict=True)}
    return chosen if len(distinct) == len(chosen) else first


def _is_free(chain: Sequence[Place]) -> bool:
    """Whether a chain has no costs."""
    return not any(place.behind or place.tier for place in chain) and all(
        before.end <= place.start for before, place in pairwise(chain)
    )


def _earliest(places: Places, labels: Sequence[str]) -> list[Place] | None:
    chosen: list[Place] = []
    taken: set[tuple[int, int, str]] = set()
    at = 0
    for options, label in zip(places, labels, strict=True):
        n = bisect_left(options, (at,))
        while n < len(options) and (*options[n][:2], label) in taken:
            n += 1
        if n == len(options):
            return None
        at = options[n].start
        taken.add((*options[n][:2], label))
        chosen.append(options[n])
    return chosen


def _latest(places: Places, labels: Sequence[str]) -> list[Place] | None:
    chosen: list[Place] = []
    taken: set[tuple[int, int, str]] = set()
    at = 1 << 60
    for options, label in zip(reversed(places), reversed(labels), strict=True):
        n = bisect_left(options, (at + 1,)) - 1
        while n >= 0 and (*options[n][:2], label) in taken:
            n -= 1
        if n < 0:
            return None
        at = options[n].start
        taken.add((*options[n][:2], label))
        chosen.append(options[n])
    return chosen[::-1]


def heaviest_chain(places: Places, labels: Sequence[str]) -> list[Place | None]:
    """Places in text order for as many mentions as possible, then in the best tiers; None for mentions without one.

    O(n log n) in the pairs of mentions and places. No place is used twice with the same label.
    """
    places = _nearest(places)
    pairs = [(n, place) for n, options in enumerate(places) for place in options]
    starts = sorted({place.start for _, place in pairs})
    ends = sorted({place.end for _, place in pairs})
    beside, over = _Highest(len(ends)), _Highest(len(starts))
    weights: list[int] = []
    before: list[int] = []
    first = 0
    while first < len(pairs):
        last = first
        while last < len(pairs) and pairs[last][0] == pairs[first][0]:
            place = pairs[last][1]
            weight, previous = beside.up_to(bisect_right(ends, place.start))
            at = bisect_right(starts, place.start)
            other_weight, overlapping = over.up_to(at)
            if overlapping >= 0 and _is_same(pairs[overlapping], pairs[last], labels):
                other_weight, overlapping = over.up_to(bisect_left(starts, place.start))
            other_weight -= _OVERLAP << _SHIFT
            if overlapping >= 0 and other_weight > weight:
                weight, previous = other_weight, overlapping
            weight = (weight >> _SHIFT) + _PLACED - _TIER * place.tier - _PROCLITIC * place.behind
            weights.append((weight << _SHIFT) + (1 << _SHIFT) - 1 - place.start)
            before.append(previous)
            last += 1
        for n in range(first, last):
            beside.put(bisect_left(ends, pairs[n][1].end) + 1, weights[n], n)
            over.put(bisect_left(starts, pairs[n][1].start) + 1, weights[n], n)
        first = last
    chosen: list[Place | None] = [None] * len(places)
    n = max(range(len(pairs)), key=lambda n: weights[n] - (_far(pairs[n][1].start - starts[0]) << _SHIFT), default=-1)
    chain: list[int] = []
    while n >= 0:
        chain.append(n)
        n = before[n]
    taken: set[tuple[int, int, str]] = set()
    for n in reversed(chain):
        mention, place = pairs[n]
        if (*place[:2], labels[mention]) not in taken:
            taken.add((*place[:2], labels[mention]))
            chosen[mention] = place
    return chosen


def centred(chosen: Sequence[Place | None], places: Places) -> list[Place | None]:
    """The same places, except that of several equally good places each mention takes the most central one.

    The places lie between those of its two neighbours. Names keep some distance from each other, so the most central
    place is right more often than the first.
    """
    moved = list(chosen)
    placed = [n for n, place in enumerate(chosen) if place]
    for before, n, after in zip(placed, placed[1:], placed[2:], strict=False):
        left, place, right = moved[before], moved[n], moved[after]
        if not left or not place or not right or not left.end <= place.start < place.end <= right.start:
            continue
        low, high = left.end, right.start
        between = places[n][bisect_left(places[n], (low,)) : bisect_left(places[n], (high,))]
        if len(between) > 1:
            cost = place.tier, place.behind
            free = [p for p in between if (p.tier, p.behind) == cost and p.end <= high]
            moved[n] = min(free, key=lambda p, middle=low + high: abs(p.start + p.end - middle), default=place)
    return moved


def _far(length: int) -> int:
    """The cost of a chain's length: a list is not stretched far into the text to save a small cost."""
    return min(length // _PER, _FARTHEST)


def _is_same(a: tuple[int, Place], b: tuple[int, Place], labels: Sequence[str]) -> bool:
    return a[1][:2] == b[1][:2] and labels[a[0]] == labels[b[0]]


def _nearest(places: Places) -> Places:
    """At most `_MOST` places of each mention: those nearest to its relative position in the list."""
    length = max((options[-1].end for options in places if options), default=0)
    chosen: list[Sequence[Place]] = []
    for n, options in enumerate(places):
        if len(options) > _MOST:
            at = bisect_left(options, (length * n // len(places),)) - _MOST // 2
            at = min(max(at, 0), len(options) - _MOST)
            options = options[at : at + _MOST]
        chosen.append(options)
    return chosen


class _Highest:
    """The highest weight among the first n positions, and its owner: a Fenwick tree of maxima."""

    def __init__(self, size: int) -> None:
        self._tree = [(0, -1)] * (size + 1)

    def up_to(self, n: int) -> tuple[int, int]:
        best = (0, -1)
        while n:
            if self._tree[n][0] > best[0]:
                best = self._tree[n]
            n -= n & -n
        return best

    def put(self, n: int, weight: int, owner: int) -> None:
        while n < len(self._tree):
            if weight > self._tree[n][0]:
                self._tree[n] = (weight, owner)
            n += n & -n
