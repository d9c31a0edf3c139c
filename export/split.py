"""Which documents go where: an event's articles stay together, so that no test event was seen in training."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..annotate.copies import copy_sets, roots
from ..configs.errors import InputError
from ..eval.gold.records import SPLITS, Gold, GoldDocument
from ..eval.gold.rows import read_gold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of the documents, as far as whole events allow.
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
# Kinds of strata, as `strata` counts them. A label is of the first three.
ENTITIES, CLAIMS, STANCES, OUTLETS = "entities", "claims", "article stances", "outlets"
NO_STANCE = "no stance"
# Where there are too few groups for all splits, the last of these stay empty.
_FIRST = ("train", "test", "validation")
_DEALS = 10
_LISTED = 10

Group = list[GoldDocument]


@dataclass(frozen=True, slots=True)
class Splitting:
    """How to split: the share of documents of each split, oldest first or not, after which earlier version.

    By time there is no earlier version.
    """

    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    by_time: bool = False
    previous: Gold | None = None

    @property
    def rule(self) -> str:
        """The rule in words, for gold.json and the card."""
        shares = "/".join(f"{self.shares[split] * 100:g}" for split in SPLITS)
        rule = (
            "by event: articles of one event, that speak to a common claim, or that are near-copies share a "
            f"split; {shares} of documents"
        )
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
    """The documents of each split, each in order of id, and what there is to tell of them.

    `near_copies` are sets of ids of documents with one text; `notes` are for people.
    """

    documents: Mapping[str, Sequence[GoldDocument]]
    rule: str
    near_copies: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def read_shares(text: str) -> dict[str, float]:
    """The shares in "60/20/20": percentages of train, validation and test. Raises InputError if it is nothing such."""
    parts = text.split("/")
    whole = [int(part) for part in parts if part.isascii() and part.isdigit()]
    if len(parts) != len(SPLITS) or len(whole) != len(SPLITS) or sum(whole) != 100 or whole[0] == 0:
        raise InputError(
            f"--shares {text}: must be three whole percentages, of train, validation and test, that make 100, "
            "such as 80/10/10; train must have some"
        )
    return {split: part / 100 for split, part in zip(SPLITS, whole, strict=True)}


def read_splitting(by: str, shares: str | None, previous: Path | None) -> Splitting:
    """From what the command line has. Raises InputError with all that is wrong with it."""
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


def split_documents(documents: Sequence[GoldDocument], splitting: Splitting | None = None) -> Splits:
    """Deals documents out to splits, in whole groups: see `Splitting.rule`. Does not depend on the order given.

    Groups are dealt largest first, each to the split that then departs least from the whole, measured as in
    `divergence`: the greedy stratification of Sechidis et al. (2011), for groups in place of examples. A group
    goes to a split with room for it, or to one that has not got its share yet, so that no split exceeds its
    share by more than the largest group; no split stays empty while there are groups for all. Of ten such deals,
    which differ in the order of groups of one size, and one that looks at sizes alone, the best counts.

    By time, groups are cut into splits in the order of their first report; those without date are training.
    With an earlier version its documents stay where they were, and so new ones of their groups go there.

    Raises InputError where new documents join old ones of two splits, and by time if nothing has a date.
    """
    splitting = splitting or Splitting()
    documents = sorted(documents, key=lambda d: d.article.id)
    copies = [[documents[n].article.id for n in places] for places in copy_sets([d.article.text for d in documents])]
    pairs = [(first, copy) for first, *others in copies for copy in others]
    groups = sorted(_connected(documents, pairs), key=lambda group: (-len(group), _hash(group[0].article.id)))
    notes: list[str] = []
    if splitting.by_time:
        where, notes = _deal_by_time(groups, splitting.shares)
    else:
        where = _stay(groups, splitting.previous, notes) if splitting.previous else {}
        where |= _deal(groups, splitting.shares, where)
    dealt = {
        split: sorted(
            (d for group in groups for d in group if where[d.article.id] == split), key=lambda d: d.article.id
        )
        for split in SPLITS
    }
    return Splits(dealt, splitting.rule, tuple(map(tuple[str, ...], copies)), (*notes, *_missing(dealt)))


def strata(documents: Iterable[GoldDocument]) -> Counter[tuple[str, str]]:
    """How often each label and outlet occurs, by kind and name: what splits should have alike.

    A claim counts under its stance, or NO_STANCE; an article without outlet under none.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for document in documents:
        counts.update((ENTITIES, span.label) for span in document.annotation.entities)
        counts.update((CLAIMS, claim.stance or NO_STANCE) for claim in document.annotation.claims)
        counts.update((STANCES, stance) for stance in document.annotation.stances.values())
        if document.article.outlet:
            counts[OUTLETS, document.article.outlet] += 1
    return counts


def distribution(splits: Mapping[str, Sequence[GoldDocument]]) -> dict[str, dict[str, dict[str, int]]]:
    """The strata of all splits: by kind and name, most frequent first, how often it occurs in each split."""
    counts = {split: strata(rows) for split, rows in splits.items()}
    total = strata(document for rows in splits.values() for document in rows)
    table: dict[str, dict[str, dict[str, int]]] = {kind: {} for kind in (ENTITIES, CLAIMS, STANCES, OUTLETS)}
    for (kind, name), _ in sorted(total.items(), key=lambda one: (-one[1], one[0])):
        table[kind][name] = {split: found[kind, name] for split, found in counts.items()}
    return table


def divergence(splits: Mapping[str, Sequence[GoldDocument]], shares: Mapping[str, float]) -> float:
    """How far splits depart from having each stratum in their shares; 0 if none does.

    Of each stratum, (p - s)² / s summed over the splits, p being what part of it a split has and s the split's
    share: chi-square over the stratum's count. The mean over the strata of each kind (documents are a kind of
    one stratum), summed over kinds, so that many outlets weigh no more than few stances.
    """
    whole = [document for rows in splits.values() for document in rows]
    if not whole:
        return 0.0
    strata_of = _Strata([whole])
    held = strata_of.of(splits[split] for split in SPLITS)
    return _divergence(held, strata_of, _parts(shares))


# --- groups ---


def _connected(documents: Sequence[GoldDocument], pairs: Iterable[tuple[str, str]]) -> list[Group]:
    """Documents in groups that share an event, a claim or a text, also by way of others; each in order of id."""
    links: list[tuple[str, str]] = [(f"article {a}", f"article {b}") for a, b in pairs]
    for document in documents:
        own = f"article {document.article.id}"
        links += ((f"claim {claim.id}", own) for claim in document.claims)
        links.append((f"event {document.article.event_id}" if document.article.event_id else own, own))
    root = roots(links)
    groups: dict[str, Group] = {}
    for document in documents:
        groups.setdefault(root[f"article {document.article.id}"], []).append(document)
    return list(groups.values())


def _hash(text: str) -> str:
    # So that no alphabet decides what is dealt first.
    return hashlib.sha256(text.encode()).hexdigest()


# --- dealing ---


class _Strata:
    """Counts of strata as parts of the whole, weighted so that squared deviations add up to the divergence."""

    def __init__(self, groups: Sequence[Sequence[GoldDocument]]) -> None:
        import numpy as np

        total = strata(document for group in groups for document in group)
        kinds = Counter(kind for kind, _ in total)
        self.at = {stratum: n for n, stratum in enumerate(sorted(total), 1)}
        # Documents are the first stratum.
        totals = [sum(map(len, groups)), *(total[stratum] for stratum in self.at)]
        self.weight = np.sqrt([1.0, *(1 / kinds[kind] for kind, _ in self.at)])
        self._scale = self.weight / np.array(totals)

    def of(self, groups: Iterable[Sequence[GoldDocument]]) -> Floats:
        """Groups × strata."""
        import numpy as np

        rows: list[Floats] = []
        for group in groups:
            row = np.zeros(len(self._scale))
            row[0] = len(group)
            for stratum, count in strata(group).items():
                row[self.at[stratum]] = count
            rows.append(row * self._scale)
        return np.array(rows)


def _parts(shares: Mapping[str, float]) -> Floats:
    import numpy as np

    return np.array([shares[split] for split in SPLITS])


def _divergence(held: Floats, strata_of: _Strata, parts: Floats) -> float:
    """Of what each split holds: splits × strata."""
    wanted = parts > 0
    deviation = held[wanted] - parts[wanted, None] * strata_of.weight
    # Rounded, so that no machine's order of adding decides between deals that are equal.
    return round(float(((deviation**2).sum(1) / parts[wanted]).sum()), 9)


def _deal(groups: Sequence[Group], shares: Mapping[str, float], stay: Mapping[str, str]) -> dict[str, str]:
    """The split of each document that has none in `stay`; groups are in order of size."""
    import numpy as np

    if not groups:
        return {}
    strata_of, parts = _Strata(groups), _parts(shares)
    old = {split: [d for group in groups for d in group if stay.get(d.article.id) == split] for split in SPLITS}
    new = [group for group in groups if group[0].article.id not in stay]
    vectors = strata_of.of(new) if new else np.zeros((0, len(strata_of.weight)))
    start = _Held(strata_of.of(old.values()), [len(rows) for rows in old.values()])
    open_ = [split for split in _FIRST if shares[split] > 0]
    # With few groups the splits that are filled already count among those that are not to stay empty.
    wanted = [SPLITS.index(split) for split in open_ if split in open_[: len(groups)] or old[split]]
    shared = _Shares(parts.tolist(), wanted, sum(map(len, groups)))

    weights = (vectors**2).sum(1).round(9).tolist()
    orders = [sorted(range(len(new)), key=lambda n: (-len(new[n]), -weights[n]))]
    for deal in range(1, _DEALS):
        keys = [_hash(f"{deal} {group[0].article.id}") for group in new]
        orders.append(sorted(range(len(new)), key=lambda n, keys=keys: (-len(new[n]), keys[n])))
    lack = parts[:, None] * strata_of.weight - start.held
    deals = [_stratified([len(group) for group in new], order, vectors, lack, start.sizes, shared) for order in orders]
    deals.append(_by_size([len(group) for group in new], start.sizes, shared))

    def worth(deal: Sequence[int]) -> float:
        held = start.held.copy()
        np.add.at(held, list(deal), vectors)
        return _divergence(held, strata_of, parts)

    best = min(deals, key=worth)
    return {d.article.id: SPLITS[split] for group, split in zip(new, best, strict=True) for d in group}


@dataclass(frozen=True, slots=True)
class _Held:
    """What splits hold before dealing: splits × strata, and numbers of documents."""

    held: Floats
    sizes: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Each split's share, the splits to deal to (where equal, the first of them first), all documents to come."""

    parts: Sequence[float]
    wanted: Sequence[int]
    documents: int


def _stratified(
    groups: Sequence[int], order: Sequence[int], vectors: Floats, lack: Floats, held: Sequence[int], shares: _Shares
) -> list[int]:
    """The split of each group, dealt in this order; `groups` and `held` are numbers of documents."""
    lack, sizes, wanted, parts = lack.copy(), list(held), shares.wanted, shares.parts
    room = [part * shares.documents + 1e-9 for part in parts]  # 0.6 of 5 is 3, whatever floats make of it
    dealt = [0] * len(groups)
    for left, n in zip(range(len(order), 0, -1), order, strict=True):
        size, vector = groups[n], vectors[n]
        among = [s for s in wanted if not sizes[s]]
        if len(among) < left:
            # Some split has less than its share, or there would be nothing left to deal.
            among = [s for s in wanted if sizes[s] + size <= room[s]] or [
                s for s in wanted if sizes[s] < room[s] - 1e-6
            ]
        own, gains = float(vector @ vector), (lack @ vector).tolist()
        dealt[n] = split = min(among, key=lambda s: (round((own - 2 * gains[s]) / parts[s], 9), wanted.index(s)))
        lack[split] -= vector
        sizes[split] += size
    return dealt


def _by_size(groups: Sequence[int], held: Sequence[int], shares: _Shares) -> list[int]:
    """The split of each group, dealt in order to the split that lacks most of its share; to empty ones first."""
    sizes, wanted, dealt = list(held), shares.wanted, list[int]()
    for size in groups:
        split = min(wanted, key=lambda s: (bool(sizes[s]), sizes[s] / shares.parts[s], wanted.index(s)))
        sizes[split] += size
        dealt.append(split)
    return dealt


# --- an earlier version ---


def _stay(groups: Sequence[Group], previous: Gold, notes: list[str]) -> dict[str, str]:
    """The split of each old document, and of new ones in a group with old ones."""
    title = f"{previous.name}@{previous.version}"
    old = {d.article.id: split for split, rows in previous.splits.items() for d in rows}
    where: dict[str, str] = {}
    problems: list[str] = []
    for group in groups:
        ids = [d.article.id for d in group]
        by_split = {split: [i for i in ids if old.get(i) == split] for split in SPLITS}
        told = "; ".join(f"{split}: {_listed(names)}" for split, names in by_split.items() if names)
        new = [i for i in ids if i not in old]
        splits = [split for split, names in by_split.items() if names]
        if len(splits) > 1 and new:
            problems.append(
                f"{_listed(new)}: would join documents that {title} has in different splits ({told}) by event, "
                "claim or text; leave these new articles out, or make new splits without --previous"
            )
        elif len(splits) > 1:
            notes.append(f"{title} has documents of one event, claim or text in different splits ({told})")
        where |= {i: old.get(i, splits[0]) for i in ids if splits}
    if problems:
        raise InputError(*problems)
    gone = sorted(old.keys() - {d.article.id for group in groups for d in group})
    if gone:
        notes.append(f"{len(gone)} documents of {title} are no longer here: {_listed(gone)}")
    return where


def _listed(names: Sequence[str]) -> str:
    """Names for a message, as many as one takes in."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


# --- by time ---


def _deal_by_time(groups: Sequence[Group], shares: Mapping[str, float]) -> tuple[dict[str, str], list[str]]:
    """The split of each document, and notes. Cuts are where the number of documents comes closest to the shares."""
    dated = sorted(
        ((min(days), _hash(group[0].article.id), group) for group in groups if (days := _days(group))),
        key=lambda one: one[:2],
    )
    undated = [group for group in groups if not _days(group)]
    if groups and not dated:
        raise InputError("--split-by time: no article has a publication date; split by event instead")
    where = {d.article.id: "train" for group in undated for d in group}
    notes = [f"without a date, so in train: {_listed(sorted(where))}"] if undated else []
    open_ = [split for split in _FIRST if shares[split] > 0][: len(dated) + bool(undated)]
    ordered = [split for split in SPLITS if split in open_]
    reached = [len(where)]  # documents before each cut
    for *_, group in dated:
        reached.append(reached[-1] + len(group))
    at, share = 0, 0.0
    for place, split in enumerate(ordered):
        share += shares[split]
        later = len(ordered) - place - 1
        first = at + (split != "train" or not undated)
        ends = range(first, len(dated) - later + 1) if later else [len(dated)]
        end = min(ends, key=lambda e: (abs(reached[e] - share * reached[-1]), e))
        where |= {d.article.id: split for *_, group in dated[at:end] for d in group}
        at = end
    return where, notes


def _days(group: Group) -> list[str]:
    return [d.article.published[:10] for d in group if d.article.published]


def _missing(splits: Mapping[str, Sequence[GoldDocument]]) -> list[str]:
    """A note for each split that lacks labels which others have."""
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
