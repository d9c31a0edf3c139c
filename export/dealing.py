"""Assigns groups of documents to splits: with similar labels and outlets in each split, or oldest first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..configs.errors import InputError
from ..eval.gold.records import SPLITS
from .strata import Lot, Strata, divergence_of, parts_of

if TYPE_CHECKING:
    from .strata import Floats

# If there are too few groups for all splits, the last of these splits stay empty.
_FIRST = ("train", "test", "validation")
_DEALS = 10
_LISTED = 10

Group = list[Lot]


def deal(groups: Sequence[Group], shares: Mapping[str, float], stay: Mapping[str, str]) -> dict[str, str]:
    """The split of each document that is not in `stay`; groups are sorted by size."""
    import numpy as np

    if not groups:
        return {}
    strata_of, parts = Strata(groups), parts_of(shares)
    old = {split: [d for group in groups for d in group if stay.get(d.id) == split] for split in SPLITS}
    new = [group for group in groups if group[0].id not in stay]
    vectors = strata_of.of(new) if new else np.zeros((0, len(strata_of.weight)))
    start = _Held(strata_of.of(old.values()), [len(rows) for rows in old.values()])
    open_ = [split for split in _FIRST if shares[split] > 0]
    # With few groups, splits that already have documents count among the splits that must not stay empty.
    wanted = [SPLITS.index(split) for split in open_ if split in open_[: len(groups)] or old[split]]
    shared = _Shares(parts.tolist(), wanted, sum(map(len, groups)))

    weights = (vectors**2).sum(1).round(9).tolist()
    orders = [sorted(range(len(new)), key=lambda n: (-len(new[n]), -weights[n]))]
    for deal in range(1, _DEALS):
        keys = [order_of(f"{deal} {group[0].id}") for group in new]
        orders.append(sorted(range(len(new)), key=lambda n, keys=keys: (-len(new[n]), keys[n])))
    lack = parts[:, None] * strata_of.weight - start.held
    deals = [_stratified([len(group) for group in new], order, vectors, lack, start.sizes, shared) for order in orders]
    deals.append(_by_size([len(group) for group in new], start.sizes, shared))

    def worth(deal: Sequence[int]) -> float:
        held = start.held.copy()
        np.add.at(held, list(deal), vectors)
        return divergence_of(held, strata_of, parts)

    best = min(deals, key=worth)
    return {d.id: SPLITS[split] for group, split in zip(new, best, strict=True) for d in group}


@dataclass(frozen=True, slots=True)
class _Held:
    """The content of splits at the start: splits × strata, and numbers of documents."""

    held: Floats
    sizes: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Shares:
    """The share of each split, the splits to fill (in this order on ties), and the final number of documents."""

    parts: Sequence[float]
    wanted: Sequence[int]
    documents: int


def _stratified(
    groups: Sequence[int], order: Sequence[int], vectors: Floats, lack: Floats, held: Sequence[int], shares: _Shares
) -> list[int]:
    """The split of each group, assigned in this order; `groups` and `held` are numbers of documents."""
    lack, sizes, wanted, parts = lack.copy(), list(held), shares.wanted, shares.parts
    room = [part * shares.documents + 1e-9 for part in parts]  # 0.6 of 5 is 3, despite rounding of floats
    dealt = [0] * len(groups)
    for left, n in zip(range(len(order), 0, -1), order, strict=True):
        size, vector = groups[n], vectors[n]
        among = [s for s in wanted if not sizes[s]]
        if len(among) < left:
            # Some split has less than its share, since groups are left.
            among = [s for s in wanted if sizes[s] + size <= room[s]] or [
                s for s in wanted if sizes[s] < room[s] - 1e-6
            ]
        own, gains = float(vector @ vector), (lack @ vector).tolist()
        dealt[n] = split = min(among, key=lambda s: (round((own - 2 * gains[s]) / parts[s], 9), wanted.index(s)))
        lack[split] -= vector
        sizes[split] += size
    return dealt


def _by_size(groups: Sequence[int], held: Sequence[int], shares: _Shares) -> list[int]:
    """The split of each group: each goes to the split that lacks most of its share; empty splits come first."""
    sizes, wanted, dealt = list(held), shares.wanted, list[int]()
    for size in groups:
        split = min(wanted, key=lambda s: (bool(sizes[s]), sizes[s] / shares.parts[s], wanted.index(s)))
        sizes[split] += size
        dealt.append(split)
    return dealt


def deal_by_time(groups: Sequence[Group], shares: Mapping[str, float]) -> tuple[dict[str, str], list[str]]:
    """The split of each document, and notes. Cuts are made where the numbers of documents are closest to the shares."""
    dated = sorted(
        ((min(days), order_of(group[0].id), group) for group in groups if (days := _days(group))),
        key=lambda item: item[:2],
    )
    undated = [group for group in groups if not _days(group)]
    if groups and not dated:
        raise InputError("--split-by time: no article has a publication date; split by event instead")
    where = {d.id: "train" for group in undated for d in group}
    notes = [f"without a date, so in train: {listed(sorted(where))}"] if undated else []
    open_ = [split for split in _FIRST if shares[split] > 0][: len(dated) + bool(undated)]
    ordered = [split for split in SPLITS if split in open_]
    reached = [len(where)]  # documents before each possible cut
    for *_, group in dated:
        reached.append(reached[-1] + len(group))
    at, share = 0, 0.0
    for place, split in enumerate(ordered):
        share += shares[split]
        later = len(ordered) - place - 1
        first = at + (split != "train" or not undated)
        ends = range(first, len(dated) - later + 1) if later else [len(dated)]
        end = min(ends, key=lambda e: (abs(reached[e] - share * reached[-1]), e))
        where |= {d.id: split for *_, group in dated[at:end] for d in group}
        at = end
    return where, notes


def _days(group: Group) -> list[str]:
    return [d.published[:10] for d in group if d.published]


def order_of(text: str) -> str:
    # So that the order does not depend on the alphabet.
    return hashlib.sha256(text.encode()).hexdigest()


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first few, and the number of the others."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
