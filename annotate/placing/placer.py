"""Places the parts of a document's prediction that have no offsets, and counts the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...configs.visible import counted
from .finder import Finder, Place
from .mentions import NOWHERE, TIERS, Mention, Rule, place
from .policy import Policy


class Placed(NamedTuple):
    """A mention at one of its places."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Account:
    """The results for mentions: their number in each tier, and the tier of each entity.

    `entities` has the tier and the words of each placed entity. `repeats` says whether a list has a name twice, and
    `unlisted` is the number of names that occur in the text more often than in the list.
    """

    tiers: Mapping[str, int] = field(default_factory=dict[str, int])
    entities: Mapping[Placed, tuple[str, str]] = field(default_factory=dict[Placed, tuple[str, str]])
    repeats: bool = False
    unlisted: int = 0


def mention_notes(accounts: Iterable[Account], rule: Rule) -> Iterator[str]:
    """Notes: the number of mentions in each tier; and a hint if the lists seem to mean all occurrences."""
    tiers: Counter[str] = Counter()
    repeats, unlisted = False, 0
    for account in accounts:
        tiers.update(account.tiers)
        repeats |= account.repeats
        unlisted += account.unlisted
    if tiers:
        counts = ", ".join(f"{tiers[tier]} {tier}" for tier in TIERS)
        yield f"{counted(tiers.total(), 'mention')} without offsets, placed by the rule {rule}: {counts}"
    if rule is Rule.ORDER and unlisted and not repeats:
        yield (
            f"no document lists a name twice, and {unlisted} names occur in their text more than once; "
            "if each name means all its occurrences, give --mentions all"
        )


class Placer:
    """Places the mentions of one document in its text."""

    def __init__(self, text: str, policy: Policy, proclitics: bool = True) -> None:
        self.text = text
        self._finder = Finder(text, proclitics)
        self._policy = policy
        self._tiers: Counter[str] = Counter()
        self._entities: dict[Placed, tuple[str, str]] = {}
        self._repeats, self._unlisted = False, 0

    def entities(self, mentions: Sequence[Mention]) -> list[tuple[Placed, ...]]:
        """The places of each entity; empty for an entity that does not occur."""
        places = place(mentions, self._finder, self._policy.mentions)
        placed: list[tuple[Placed, ...]] = []
        for mention, own in zip(mentions, places, strict=True):
            self._count(own)
            entities = tuple(Placed(at.start, at.end, mention.label) for at in own)
            for entity, at in zip(entities, own, strict=True):
                self._entities[entity] = at.tier.name.lower(), mention.text
            placed.append(entities)
        listed = Counter(mentions)
        self._repeats |= len(listed) < len(mentions)
        self._unlisted += sum(len(self._finder.exact(mention.text)) > count for mention, count in listed.items())
        return placed

    def claims(self, words: Sequence[str]) -> list[tuple[int, int] | None]:
        """The place of each claim. Claims are long, so each means one place."""
        rule = Rule.NTH if self._policy.mentions is Rule.NTH else Rule.ORDER
        places = place([Mention(claim, "") for claim in words], self._finder, rule)
        for own in places:
            self._count(own)
        return [own[0][:2] if own else None for own in places]

    def source(self, words: str, claim: tuple[int, int] | None, among: Collection[tuple[int, int]]) -> Place | None:
        """The place of a claim's source: the nearest to the claim; places where an entity stands are preferred."""
        finder = self._finder
        places = finder.exact(words) or finder.spelled(words) or finder.changed(words)
        places = [at for at in places if at[:2] in among] or places
        start, end = claim or (0, 0)
        nearest = min(places, key=lambda at: max(start - at.end, at.start - end, 0), default=None)
        self._count((nearest,) if nearest else ())
        return nearest

    def lost(self, mention: Mention) -> Mention:
        """The mention, counted as not found."""
        self._count(())
        return mention

    def account(self) -> Account:
        """The results for all mentions so far."""
        return Account(self._tiers, self._entities, self._repeats, self._unlisted)

    def _count(self, places: Sequence[Place]) -> None:
        self._tiers[places[0].tier.name.lower() if places else NOWHERE] += 1
