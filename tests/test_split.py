"""Dealing documents out to splits by event."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import gold_document
from mihakk.eval.gold import GoldDocument
from mihakk.export.split import SHARES, split_by_event


def event(name: str, articles: int, *claims: str) -> list[GoldDocument]:
    """So many articles of one event, on these claims."""
    stances = dict.fromkeys(claims)
    return [gold_document(f"{name}-{n}", "نص", stances, event_id=name) for n in range(articles)]


def sizes(documents: Sequence[GoldDocument]) -> tuple[int, int, int]:
    """Numbers of documents in train, validation and test."""
    splits = split_by_event(documents)
    assert list(splits) == ["train", "validation", "test"]
    return len(splits["train"]), len(splits["validation"]), len(splits["test"])


def place(documents: Sequence[GoldDocument]) -> dict[str, str]:
    """The split of each article id."""
    return {d.article.id: split for split, rows in split_by_event(documents).items() for d in rows}


def test_articles_of_one_event_share_a_split() -> None:
    documents = [d for n in range(9) for d in event(f"حدث{n}", 1 + n % 3)]
    where = place(documents)
    for n in range(9):
        assert len({where[d.article.id] for d in documents if d.article.event_id == f"حدث{n}"}) == 1


def test_events_joined_by_a_shared_claim_share_a_split() -> None:
    # e1 and e2 share c2, e2 and e3 share c3: all three are one group, though e1 and e3 share nothing.
    joined = [*event("e1", 2, "c1", "c2"), *event("e2", 1, "c2", "c3"), *event("e3", 2, "c3")]
    others = [d for n in range(6) for d in event(f"x{n}", 1, f"k{n}")]
    where = place([*joined, *others])
    assert len({where[d.article.id] for d in joined}) == 1


def test_one_article_that_speaks_to_another_events_claims_joins_the_two() -> None:
    also = gold_document("also", "نص", {"b1": None, "a1": None}, event_id="b")
    where = place([*event("a", 3, "a1"), *event("b", 2, "b1"), also, *event("c", 1, "c1"), *event("d", 1, "d1")])
    assert len({where[name] for name in ("a-0", "a-1", "a-2", "b-0", "b-1", "also")}) == 1


def test_an_event_and_a_claim_of_one_name_are_not_the_same() -> None:
    documents = [*event("x", 1, "c1"), *event("y", 1, "x"), gold_document("x", "نص")]
    assert len(set(place(documents).values())) == 3


def test_articles_without_event_are_groups_of_their_own() -> None:
    documents = [gold_document(name, "نص", event_id=None) for name in ("أ", "ب", "ج")]
    assert sizes(documents) == (1, 1, 1)


def test_one_group_is_all_training() -> None:
    assert sizes(event("e", 4)) == (4, 0, 0)


def test_of_two_groups_the_larger_is_for_training_the_other_for_test() -> None:
    assert sizes([*event("small", 1), *event("large", 3)]) == (3, 0, 1)


def test_three_groups_fill_all_three_splits() -> None:
    assert sizes([*event("a", 1), *event("b", 3), *event("c", 2)]) == (3, 1, 2)


def test_no_documents_are_three_empty_splits() -> None:
    assert sizes([]) == (0, 0, 0)


@pytest.mark.parametrize(("documents", "expected"), [(10, (6, 2, 2)), (100, (60, 20, 20)), (5, (3, 1, 1))])
def test_events_of_one_article_are_dealt_out_sixty_twenty_twenty(documents: int, expected: Any) -> None:
    assert sizes([d for n in range(documents) for d in event(f"e{n}", 1)]) == expected


def test_each_split_lists_its_documents_by_id() -> None:
    documents = [d for n in range(7) for d in event(f"e{n}", 3)]
    random.Random(1).shuffle(documents)
    for rows in split_by_event(documents).values():
        names = [d.article.id for d in rows]
        assert names == sorted(names)


_documents = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.sets(st.integers(0, 12), max_size=2)), max_size=25
).map(
    lambda drawn: [
        gold_document(f"d{n}", "نص", {f"c{c}": None for c in sorted(claims)}, event_id=None if e is None else f"e{e}")
        for n, (e, claims) in enumerate(drawn)
    ]
)


def ties(document: GoldDocument) -> set[str]:
    """What ties a document to others."""
    own = {f"event {document.article.event_id}"} if document.article.event_id else set[str]()
    return own | {f"claim {claim.id}" for claim in document.claims}


def group_sizes(documents: Sequence[GoldDocument]) -> list[int]:
    """Sizes of the groups of tied documents, by merging until nothing merges."""
    groups = [({n}, ties(document)) for n, document in enumerate(documents)]
    merging = True
    while merging:
        merging = False
        for i, (members, tied) in enumerate(groups):
            for other, (more, also) in enumerate(groups[:i]):
                if tied & also:
                    groups[other] = (more | members, also | tied)
                    del groups[i]
                    merging = True
                    break
            if merging:
                break
    return sorted(len(members) for members, _ in groups)


@given(_documents)
def test_tied_documents_share_a_split_and_none_is_lost(documents: list[GoldDocument]) -> None:
    where = place(documents)
    assert sorted(where) == sorted(d.article.id for d in documents)
    for one in documents:
        for other in documents:
            if ties(one) & ties(other):
                assert where[one.article.id] == where[other.article.id]


@given(_documents, st.randoms(use_true_random=False))
def test_the_order_of_the_documents_does_not_matter(documents: list[GoldDocument], shuffler: Any) -> None:
    assert split_by_event(shuffler.sample(documents, len(documents))) == split_by_event(documents)


@given(_documents)
def test_no_split_is_empty_where_there_are_groups_for_all(documents: list[GoldDocument]) -> None:
    filled = sum(size > 0 for size in sizes(documents))
    assert filled == min(3, len(group_sizes(documents)))


@given(_documents)
def test_shares_are_kept_as_far_as_whole_groups_allow(documents: list[GoldDocument]) -> None:
    # A group goes to a split that has at most its share of what was dealt out before, or nothing, so no split
    # exceeds its share of all by more than the largest group; what the others cannot exceed, it cannot lack.
    largest = max(group_sizes(documents), default=0)
    for split, rows in split_by_event(documents).items():
        share = SHARES[split] * len(documents)
        assert len(rows) <= share + largest + 1e-9 or len(group_sizes(documents)) < 3
        assert len(rows) >= share - 2 * largest - 1e-9
