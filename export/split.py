"""Splits documents. Articles of an event stay together, so that no test event was seen in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..annotate.copies import copy_sets, roots
from ..configs.errors import InputError
from ..configs.spool import Picked
from ..eval.gold.records import SPLITS, Gold, GoldDocument
from ..eval.gold.rows import read_gold
from .dealing import Group, deal, deal_by_time, listed, order_of
from .strata import NO_STANCE, OUTLETS, Lot, strata

# Shares of the documents, as far as whole events allow.
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


@dataclass(frozen=True, slots=True)
class Splitting:
    """How to split: the share of each split, by time or not, and the earlier version to follow.

    A split by time cannot follow an earlier version.
    """

    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    by_time: bool = False
    previous: Gold | None = None

    @property
    def rule(self) -> str:
        """The rule in words, for gold.json and the card, if events have claims."""
        return self.rule_in_words(claims=True)

    def rule_in_words(self, *, claims: bool) -> str:
        """The rule in words; without `claims`, events have no claims."""
        shares = "/".join(f"{self.shares[split] * 100:g}" for split in SPLITS)
        alike = "of one event, that speak to a common claim, or" if claims else "of one event, or"
        rule = f"by event: articles {alike} that are near-copies share a split; {shares} of documents"
        if self.by_time:
            return rule + ", events first reported earlier before later ones"
        rule += ", labels and outlets alike as far as whole groups allow"
        if self.previous:
            rule += f"; documents of {self.previous.name}@{self.previous.version} where they were"
        return rule


RULE = Splitting().rule
GIVEN = "as the corpus has them"


@dataclass(frozen=True, slots=True)
class Splits:
    """The documents of each split, sorted by id, and facts about the splits.

    `near_copies` are sets of ids of documents with nearly the same text; `notes` are for people.
    """

    documents: Mapping[str, Sequence[GoldDocument]]
    rule: str
    near_copies: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def read_shares(text: str) -> dict[str, float]:
    """The shares in "60/20/20": percentages of train, validation and test. Raises InputError for any other text."""
    parts = text.split("/")
    whole = [int(part) for part in parts if part.isascii() and part.isdigit()]
    if len(parts) != len(SPLITS) or len(whole) != len(SPLITS) or sum(whole) != 100 or whole[0] == 0:
        raise InputError(
            f"--shares {text}: must be three whole percentages, of train, validation and test, that make 100, "
            "such as 80/10/10; train must have some"
        )
    return {split: part / 100 for split, part in zip(SPLITS, whole, strict=True)}


def read_splitting(by: str, shares: str | None, previous: Path | None) -> Splitting:
    """Makes it from the values of the command line. Raises InputError with every problem."""
    problems: list[str] = []
    parts, earlier = dict(SHARES), None
    if by not in ("event", "time"):
        problems.append(f"--split-by {by}: must be event or time")
    try:
        parts = read_shares(shares) if shares else parts
    except InputError as error:
        problems += error.problems
    if previous and by == "time":
        problems.append(
            "--split-by time and --previous exclude each other: the newest events cannot be the test split while "
            "old documents stay where they were; leave one out"
        )
    try:
        earlier = read_gold(previous) if previous else None
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(*problems)
    return Splitting(parts, by == "time", earlier)


def split_documents(
    documents: Sequence[GoldDocument], splitting: Splitting | None = None, *, claims: bool = True
) -> Splits:
    """Assigns documents to splits, in whole groups: see `Splitting.rule`. The order of the input does not matter.

    `claims` says whether the scheme has claims of events.

    The largest group comes first. Each group goes to the split that then differs least from the whole, as `divergence`
    measures it: the greedy stratification of Sechidis et al. (2011), with groups in place of examples. A group goes to
    a split with room for it, or to a split below its share, so no split exceeds its share by more than the largest
    group. No split stays empty if there are groups for all. Ten such assignments, which differ in the order of groups
    of equal size, and one by size alone are made, and the best is used.

    By time, groups are cut into splits in the order of their first report; groups without date go to training. With an
    earlier version, its documents stay in their splits, and new documents of their groups go there too.

    Raises InputError if new documents connect old documents of two splits, or by time if no document has a date.
    """
    splitting = splitting or Splitting()
    lots = list(map(Lot.of, documents))
    order = sorted(range(len(lots)), key=lambda n: lots[n].id)
    lots, documents = [lots[n] for n in order], Picked(documents, order)
    copies = [[lots[n].id for n in places] for places in copy_sets(d.article.text for d in documents)]
    pairs = [(first, copy) for first, *others in copies for copy in others]
    groups = sorted(_connected(lots, pairs), key=lambda group: (-len(group), order_of(group[0].id)))
    notes: list[str] = []
    if splitting.by_time:
        where, notes = deal_by_time(groups, splitting.shares)
    else:
        where = _stay(groups, splitting.previous, notes, claims=claims) if splitting.previous else {}
        where |= deal(groups, splitting.shares, where)
    places = {split: [n for n, lot in enumerate(lots) if where[lot.id] == split] for split in SPLITS}
    dealt = {split: Picked(documents, own) for split, own in places.items()}
    missing = _missing({split: [lots[n] for n in own] for split, own in places.items()})
    rule = splitting.rule_in_words(claims=claims)
    return Splits(dealt, rule, tuple(map(tuple[str, ...], copies)), (*notes, *missing))


# --- groups ---


def _connected(documents: Sequence[Lot], pairs: Iterable[tuple[str, str]]) -> list[Group]:
    """Groups of documents that share an event, a claim or a text, directly or through others; each sorted by id."""
    links: list[tuple[str, str]] = [(f"article {a}", f"article {b}") for a, b in pairs]
    for document in documents:
        own = f"article {document.id}"
        links += ((f"claim {claim}", own) for claim in document.claims)
        links.append((f"event {document.event_id}" if document.event_id else own, own))
    root = roots(links)
    groups: dict[str, Group] = {}
    for document in documents:
        groups.setdefault(root[f"article {document.id}"], []).append(document)
    return list(groups.values())


def _stay(groups: Sequence[Group], previous: Gold, notes: list[str], *, claims: bool) -> dict[str, str]:
    """The split of each old document, and of new documents in a group with old ones."""
    title = f"{previous.name}@{previous.version}"
    event = "event, claim" if claims else "event"
    old = {d.article.id: split for split, rows in previous.splits.items() for d in rows}
    where: dict[str, str] = {}
    problems: list[str] = []
    for group in groups:
        ids = [d.id for d in group]
        by_split = {split: [i for i in ids if old.get(i) == split] for split in SPLITS}
        message = "; ".join(f"{split}: {listed(names)}" for split, names in by_split.items() if names)
        new = [i for i in ids if i not in old]
        splits = [split for split, names in by_split.items() if names]
        if len(splits) > 1 and new:
            problems.append(
                f"{listed(new)}: would join documents that {title} has in different splits ({message}) by {event} "
                "or text; leave these new articles out, or make new splits without --previous"
            )
        elif len(splits) > 1:
            notes.append(f"{title} has documents of one {event} or text in different splits ({message})")
        where |= {i: old.get(i, splits[0]) for i in ids if splits}
    if problems:
        raise InputError(*problems)
    gone = sorted(old.keys() - {d.id for group in groups for d in group})
    if gone:
        notes.append(f"{len(gone)} documents of {title} are no longer here: {listed(gone)}")
    return where


def _missing(splits: Mapping[str, Sequence[Lot]]) -> list[str]:
    """A note for each split that lacks labels of other splits."""
    counts = {split: strata(rows) for split, rows in splits.items() if rows}
    labels = sorted({stratum for found in counts.values() for stratum in found})
    notes: list[str] = []
    for split, found in counts.items():
        lacking = [
            f"{name} ({kind})"
            for kind, name in labels
            if not found[kind, name] and kind != OUTLETS and name != NO_STANCE
        ]
        if lacking:
            notes.append(f"{split} has no {', '.join(lacking)}")
    return notes
