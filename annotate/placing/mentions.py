"""Places mentions without offsets in a text. The list is placed as a whole, each mention once and in one tier."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from .chain import centred, heaviest_chain, whole_chain
from .finder import Finder, Place, Tier, is_quoted, without_quotes


class Rule(StrEnum):
    """The meaning of a list of mentions."""

    ORDER = "order"  # each mention means one occurrence; in text order as far as the list is in text order
    ALL = "all"  # each name means all its occurrences
    NTH = (
        "nth"  # the k-th mention of equal words means their k-th occurrence, even inside words: the rule of version 0.1
    )


NOWHERE = "nowhere"
TIERS = (*(tier.name.lower() for tier in Tier), NOWHERE)


class Mention(NamedTuple):
    """Words that an extractor found, and a label, without a place in the text."""

    text: str
    label: str


# A list may go through the text several times, such as once for each label; so many times are followed.
_ROUNDS = 8


def place(mentions: Sequence[Mention], text: str | Finder, rule: Rule = Rule.ORDER) -> list[tuple[Place, ...]]:
    """The places of each mention in the text: one; none if it does not occur; several under Rule.ALL.

    No place is inside a word, except under Rule.NTH. Two mentions with the same label have different places.
    """
    if not mentions:
        return []
    finder = Finder(text) if isinstance(text, str) else text
    if rule is Rule.NTH:
        return [(place,) if place else () for place in _nth(mentions, finder.text)]
    bare = _unwrapped(mentions, finder)
    placed = _all(bare, finder) if rule is Rule.ALL else [(p,) if p else () for p in _in_order(bare, finder)]
    if bare is not mentions:  # the quotation marks are not from the text
        placed = [tuple(p._replace(tier=max(p.tier, Tier.SPELLING)) for p in places) for places in placed]
    return placed


def _unwrapped(mentions: Sequence[Mention], finder: Finder) -> Sequence[Mention]:
    """The mentions without their quotation marks, if the marks belong to the list and not to the text.

    That is so if every mention has them, and at least one mention does not occur in the text with them.
    """
    if not all(is_quoted(mention.text) for mention in mentions) or all(finder.exact(m.text) for m in mentions):
        return mentions
    return [Mention(without_quotes(mention.text), mention.label) for mention in mentions]


def _in_order(mentions: Sequence[Mention], finder: Finder) -> list[Place | None]:
    labels = [mention.label for mention in mentions]
    places = [finder.exact(mention.text) for mention in mentions]
    if chain := whole_chain(places, labels):
        return centred(chain, places)
    places = [finder.spelled(mention.text) or finder.changed(mention.text) for mention in mentions]
    chosen = centred(_best_chain(places, labels), places)
    _fill(chosen, labels, lambda n: places[n])
    _fill(chosen, labels, lambda n: finder.changed(mentions[n].text))
    return _kth_at_kth(chosen, mentions)


def _best_chain(places: Sequence[Sequence[Place]], labels: Sequence[str]) -> list[Place | None]:
    """A chain with all mentions that can have a place; if there is none, the heaviest chain."""
    placeable: list[int] = []
    counts: Counter[tuple[int, str]] = Counter()
    for n, (options, label) in enumerate(zip(places, labels, strict=True)):
        counts[id(options), label] += 1
        if counts[id(options), label] <= len(options):  # words listed more often than they occur stay unplaced
            placeable.append(n)
    chosen: list[Place | None] = [None] * len(places)
    options, their_labels = [places[n] for n in placeable], [labels[n] for n in placeable]
    chain = whole_chain(options, their_labels) or heaviest_chain(options, their_labels)
    for n, place in zip(placeable, chain, strict=True):
        chosen[n] = place
    return chosen


def _kth_at_kth(chosen: Sequence[Place | None], mentions: Sequence[Mention]) -> list[Place | None]:
    """The same places, but among mentions of equal words the first gets the first place, and so on."""
    of_words: dict[str, list[int]] = {}
    for n, place in enumerate(chosen):
        if place:
            of_words.setdefault(mentions[n].text, []).append(n)
    moved = list(chosen)
    for equal in of_words.values():
        places = sorted(place for n in equal if (place := chosen[n]))
        labelled = {(*place[:2], mentions[n].label) for n, place in zip(equal, places, strict=True)}
        if len(labelled) == len(equal):  # otherwise a place would have two mentions with the same label
            for n, place in zip(equal, places, strict=True):
                moved[n] = place
    return moved


def _fill(chosen: list[Place | None], labels: Sequence[str], places_of: Callable[[int], Sequence[Place]]) -> None:
    """Gives free places to mentions without one: first in chains, one after another; then the next free place each.

    A place that has a mention with another label counts as free if there is no better place.
    """
    unplaced = [n for n, place in enumerate(chosen) if place is None and places_of(n)]
    for _ in range(_ROUNDS):
        free = _Free(chosen, places_of)
        unplaced = [n for n in unplaced if chosen[n] is None and free.of(n)]
        chain = heaviest_chain([free.of(n) for n in unplaced], [labels[n] for n in unplaced])
        for n, place in zip(unplaced, chain, strict=True):
            chosen[n] = place
        if not any(chain):
            break
    for with_others in (False, True):
        of_label = labels if with_others else [""] * len(labels)
        taken = {(*place[:2], of_label[n]) for n, place in enumerate(chosen) if place}
        exhausted: set[tuple[int, str]] = set()
        for n, place in enumerate(chosen):
            key = id(places_of(n)), of_label[n]
            if place or key in exhausted:
                continue
            free_places = [at for at in places_of(n) if (*at[:2], of_label[n]) not in taken]
            if not free_places:
                exhausted.add(key)
                continue
            before = next((at.start for at in reversed(chosen[:n]) if at), 0)
            chosen[n] = at = free_places[bisect_left(free_places, (before,)) % len(free_places)]
            taken.add((*at[:2], of_label[n]))


class _Free:
    """The places of each mention that are still free; looked up once for equal words."""

    def __init__(self, chosen: Sequence[Place | None], places_of: Callable[[int], Sequence[Place]]) -> None:
        self._taken = {place[:2] for place in chosen if place}
        self._places_of = places_of
        self._free: dict[int, list[Place]] = {}

    def of(self, n: int) -> list[Place]:
        places = self._places_of(n)
        if id(places) not in self._free:
            self._free[id(places)] = [place for place in places if place[:2] not in self._taken]
        return self._free[id(places)]


def _all(mentions: Sequence[Mention], finder: Finder) -> list[tuple[Place, ...]]:
    """All places of each mention, but each place only once for a label."""
    taken: set[tuple[int, int, str]] = set()
    placed: list[tuple[Place, ...]] = []
    for mention in mentions:
        places = finder.spelled(mention.text) or finder.changed(mention.text)
        placed.append(tuple(p for p in places if (p.start, p.end, mention.label) not in taken))
        taken.update((p.start, p.end, mention.label) for p in places)
    return placed


def _nth(mentions: Iterable[Mention], text: str) -> list[Place | None]:
    after: dict[str, int] = {}
    placed: list[Place | None] = []
    for words, _ in mentions:
        start = text.find(words, after.get(words, 0)) if words else -1
        placed.append(None if start < 0 else Place(start, start + len(words), Tier.EXACT))
        if start >= 0:
            after[words] = start + len(words)
    return placed
