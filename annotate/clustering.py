"""Proposes events: which articles report the same event, and which are near-copies of one text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .copies import copy_sets_of, shingles_of
from .document import Article
from .likeness import CANDIDATES, OTHER_DAYS, Floats, Ints, Likeness, likeness

# Articles of one conflict share most of their words. How alike articles of other days are shows how much that is: as
# alike must those of one event be, times this. Where that cannot be measured, or is not within reason, the bounds hold.
_ABOVE_OTHERS = 1.8
_LEAST, _USUAL, _MOST = 0.06, 0.1, 0.4
_FEWEST_PAIRS = 45
_FEWEST_ARTICLES = 10  # with fewer articles, nobody can tell which words are rare
_SAMPLE = 600  # articles on which the similarity is measured
# The quantile used over all pairs if too few pairs are of different days: then pairs of one event are among them.
_SHARE_OF_ALL = 0.55
# Pairs whose similarity is below this part of the similarity needed count as not similar at all.
_COUNTS = 0.25
# At least so many pairs of two groups are compared, and CANDIDATES pairs of each article; a sample stands for the rest.
_COMPARED = CANDIDATES**2 / 2
_MEMBERS = 16


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group of articles that seem to report one event, in order of time.

    `copies` has the near-copies in the group: the id of each, with the id of the earliest article that has this text.
    That article may be in another group.
    """

    articles: tuple[Article, ...]
    copies: tuple[tuple[str, str], ...]


def propose_events(
    articles: Sequence[Article], shingles: Callable[[str], NDArray[np.uint64]] | None = None
) -> list[Proposal]:
    """Groups of two or more articles, and every other article alone, in order of time.

    `shingles` returns the shingles of an article by its id, if they are known already.

    It is average-linkage clustering over headline and lead (`Likeness`). The similarity that two articles of one event
    must have depends on the similarity of articles of different days. Each article is compared with a limited number of
    others, so time and memory grow with the number of articles, not of pairs.
    """
    if not articles:
        return []
    # Sorted by time first, so that the order of the input changes neither groups nor near-copies.
    articles = sorted(articles, key=lambda a: (a.published or "9", a.id))
    alike = likeness([article.text for article in articles], _days(articles), _FEWEST_ARTICLES)
    same_event = _same_event(alike)
    group_of = linked(len(articles), alike.pairs(_COUNTS * same_event), same_event, alike.of)
    del alike
    groups: dict[int, list[int]] = {}
    for n, group in enumerate(group_of.tolist()):
        groups.setdefault(group, []).append(n)
    known = (shingles(a.id) for a in articles) if shingles else shingles_of(a.text for a in articles)
    earliest = {n: first for first, *others in copy_sets_of(known) for n in others}
    return [
        Proposal(
            tuple(articles[n] for n in group),
            tuple((articles[n].id, articles[earliest[n]].id) for n in group if n in earliest),
        )
        for group in groups.values()
    ]


def _days(articles: Sequence[Article]) -> Floats:
    """The day of each article as a number; NaN if it has no date."""
    days = (date.fromisoformat(a.published[:10]).toordinal() if a.published else np.nan for a in articles)
    return np.array(list(days), dtype=float)


def _same_event(alike: Likeness) -> float:
    """The similarity that two articles must have to be put into one event."""
    some = np.unique(np.linspace(0, len(alike.days) - 1, _SAMPLE).astype(int))
    squares = alike.squares(some)
    apart = np.abs(alike.days[some][:, None] - alike.days[some])
    pairs = np.triu(np.ones_like(squares, dtype=bool), 1)
    other_days = pairs & (apart > OTHER_DAYS)
    if other_days.sum() >= _FEWEST_PAIRS:
        others = np.sqrt(squares[other_days].mean())
    elif pairs.sum() >= _FEWEST_PAIRS:
        others = _SHARE_OF_ALL * np.sqrt(squares[pairs].mean())
    else:
        return _USUAL
    return float(min(max(_ABOVE_OTHERS * others, _LEAST), _MOST))


def linked(count: int, pairs: tuple[Ints, Ints], least: float, alike_of: Callable[[Ints, Ints], Floats]) -> Ints:
    """For each of `count` articles, the first article of its group. Pairs that are not given have no similarity.

    The method is average linkage. In each round, any two groups that are each other's most similar group are joined.
    The result is the same as joining one pair after another (average linkage is reducible: Murtagh 1983), and few
    rounds are enough. In large groups not all members have been compared; their similarity is then measured on some
    members.
    """
    first, second = pairs
    alike = alike_of(first, second)
    group_of = np.arange(count)
    size, held = np.ones(count), np.ones(len(first))
    while True:
        possible = size[first] * size[second]
        compared = np.minimum(possible, np.minimum(CANDIDATES * np.minimum(size[first], size[second]), _COMPARED))
        mean = alike / np.maximum(held, compared)
        near = np.flatnonzero(mean >= least)
        if not len(near):
            return group_of
        # Pairs of equal similarity are shuffled: otherwise a row of copies would join one by one.
        mixed = (first[near] * 0x9E3779B1 + second[near] * 0x85EBCA77) % 0xFFFFFFFB
        near = near[np.lexsort((second[near], first[near], mixed, mean[near]))]
        likeliest = np.full(count, -1)
        rank = np.arange(len(near))
        np.maximum.at(likeliest, first[near], rank)
        np.maximum.at(likeliest, second[near], rank)
        join = near[(likeliest[first[near]] == rank) & (likeliest[second[near]] == rank)]
        large = join[possible[join] > compared[join]]
        if len(large):
            unlike = large[_means(group_of, first[large], second[large], alike_of) < least]
            alike[unlike] = 0.0
            join = np.setdiff1d(join, unlike)
        target = np.arange(count)
        target[second[join]] = first[join]
        size[first[join]] += size[second[join]]
        group_of = target[group_of]
        a, b = target[first], target[second]
        apart = a != b
        key, inverse = np.unique((np.minimum(a, b) * count + np.maximum(a, b))[apart], return_inverse=True)
        alike, held = (np.bincount(inverse, each[apart], len(key)) for each in (alike, held))
        first, second = np.divmod(key, count)


def _means(group_of: Ints, first: Ints, second: Ints, alike_of: Callable[[Ints, Ints], Floats]) -> Floats:
    """The similarity of the two groups of each pair, measured on some members spread evenly over time."""
    order = np.argsort(group_of, kind="stable")
    sides: list[Ints] = []
    for groups in (first, second):
        start, end = (np.searchsorted(group_of[order], groups, side) for side in ("left", "right"))
        sides.append(order[np.linspace(start, end - 1, _MEMBERS).astype(np.int64)].T)
    a, b = np.repeat(sides[0], _MEMBERS, axis=1), np.tile(sides[1], _MEMBERS)
    return alike_of(a.ravel(), b.ravel()).reshape(len(first), -1).mean(axis=1)
