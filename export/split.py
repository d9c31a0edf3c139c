"""Which documents go where: an event's articles stay together, so that no test event was seen in training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from ..eval.gold import SPLITS, GoldDocument

# Of the documents, as far as whole events allow.
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
RULE = "by event: articles of one event, or that speak to a common claim, share a split; 60/20/20 of documents"


def split_by_event(documents: Sequence[GoldDocument]) -> dict[str, list[GoldDocument]]:
    """The documents of each split, each in order of id. Does not depend on the order given.

    Whole groups of connected articles are dealt out, largest first, each to the split that lacks most of its
    share; equal sizes in the order of a hash of their ids, so that no alphabet decides. With fewer than three
    groups, validation stays empty first, then test.
    """
    groups = _connected(documents)
    groups.sort(key=lambda group: (-len(group), _hash(group[0].article.id)))
    wanted = ["train", "test", "validation"][: len(groups)]
    splits: dict[str, list[GoldDocument]] = {split: [] for split in SPLITS}
    for group in groups:
        # A split that has nothing yet goes first, so that none stays empty while another has two events.
        split = min(wanted, key=lambda s: (bool(splits[s]), _filled(splits, s), wanted.index(s)))
        splits[split] += group
    return {split: sorted(rows, key=lambda d: d.article.id) for split, rows in splits.items()}


def _filled(splits: Mapping[str, Sequence[GoldDocument]], split: str) -> float:
    return len(splits[split]) / SHARES[split]


def _connected(documents: Sequence[GoldDocument]) -> list[list[GoldDocument]]:
    """Documents in groups that share an event or a claim, also by way of others; each in order of id."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for document in documents:
        own = f"article {document.article.id}"
        links = [f"claim {claim.id}" for claim in document.claims]
        if document.article.event_id:
            links.append(f"event {document.article.event_id}")
        for link in links:
            parent[root(link)] = root(own)
    groups: dict[str, list[GoldDocument]] = {}
    for document in sorted(documents, key=lambda d: d.article.id):
        groups.setdefault(root(f"article {document.article.id}"), []).append(document)
    return list(groups.values())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
