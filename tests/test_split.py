"""Dealing documents out to splits by event."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import gold, gold_document
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import GoldDocument
from mihakk.export.split import (
    SHARES,
    Splits,
    Splitting,
    read_shares,
    read_splitting,
    split_documents,
)
from mihakk.export.strata import distribution, divergence, strata


def event(name: str, articles: int, *claims: str) -> list[GoldDocument]:
    """So many articles of one event, on these claims."""
    stances = dict.fromkeys(claims)
    return [gold_document(f"{name}-{n}", f"نص {name} {n}", stances, event_id=name) for n in range(articles)]


def sizes(documents: Sequence[GoldDocument]) -> tuple[int, int, int]:
    """Numbers of documents in train, validation and test."""
    splits = split_documents(documents).documents
    assert list(splits) == ["train", "validation", "test"]
    return len(splits["train"]), len(splits["validation"]), len(splits["test"])


def place(documents: Sequence[GoldDocument]) -> dict[str, str]:
    """The split of each article id."""
    return {d.article.id: split for split, rows in split_documents(documents).documents.items() for d in rows}


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
    also = gold_document("also", "نص آخر", {"b1": None, "a1": None}, event_id="b")
    where = place([*event("a", 3, "a1"), *event("b", 2, "b1"), also, *event("c", 1, "c1"), *event("d", 1, "d1")])
    assert len({where[name] for name in ("a-0", "a-1", "a-2", "b-0", "b-1", "also")}) == 1


def test_an_event_and_a_claim_of_one_name_are_not_the_same() -> None:
    documents = [*event("x", 1, "c1"), *event("y", 1, "x"), gold_document("x", "نص")]
    assert len(set(place(documents).values())) == 3


def test_articles_without_event_are_groups_of_their_own() -> None:
    documents = [gold_document(name, f"نص {name}", event_id=None) for name in ("أ", "ب", "ج")]
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
    for rows in split_documents(documents).documents.values():
        names = [d.article.id for d in rows]
        assert names == sorted(names)


_documents = st.lists(
    st.tuples(st.none() | st.integers(0, 6), st.sets(st.integers(0, 12), max_size=2)), max_size=25
).map(
    lambda drawn: [
        gold_document(
            f"d{n}", f"نص {n}", {f"c{c}": None for c in sorted(claims)}, event_id=None if e is None else f"e{e}"
        )
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
    assert split_documents(shuffler.sample(documents, len(documents))) == split_documents(documents)


@given(_documents)
def test_no_split_is_empty_where_there_are_groups_for_all(documents: list[GoldDocument]) -> None:
    filled = sum(size > 0 for size in sizes(documents))
    assert filled == min(3, len(group_sizes(documents)))


@given(_documents)
def test_shares_are_kept_as_far_as_whole_groups_allow(documents: list[GoldDocument]) -> None:
    # A group goes to a split that has at most its share of what was dealt out before, or nothing, so no split
    # exceeds its share of all by more than the largest group; what the others cannot exceed, it cannot lack.
    largest = max(group_sizes(documents), default=0)
    for split, rows in split_documents(documents).documents.items():
        share = SHARES[split] * len(documents)
        assert len(rows) <= share + largest + 1e-9 or len(group_sizes(documents)) < 3
        assert len(rows) >= share - 2 * largest - 1e-9


# --- near-duplicates ---

WIRE = (
    "قال ناطق باسم وزارة الدفاع إن قواتها دخلت بلدة تل الورد فجر اليوم بعد ساعات من القصف وإن ثلاثة من جنودها "
    "أصيبوا بجروح، بينما نفى مجلس البلدة دخول أي قوات إليها وقال إن السكان ما زالوا في بيوتهم"
)


def test_copies_of_one_text_share_a_split_across_events_and_are_told() -> None:
    # The second desk writes without hamza, with harakat, and another headline.
    copied = "عاجل: " + WIRE.replace("إن", "ان").replace("قال", "قَالَ").replace("دخلت", "دخـــلت")
    documents = [
        gold_document("أ", WIRE, event_id="e1"),
        gold_document("ب", copied, event_id="e2"),
        *(d for n in range(8) for d in event(f"x{n}", 1)),
    ]
    split = split_documents(documents)
    where = {d.article.id: name for name, rows in split.documents.items() for d in rows}
    assert where["أ"] == where["ب"]
    assert split.near_copies == (("أ", "ب"),)


@pytest.mark.parametrize("seed", range(20))
def test_copies_never_fall_apart_whatever_else_there_is(seed: int) -> None:
    drawn = random.Random(seed)
    documents = [gold_document(f"n{n}", " ".join(drawn.choices(WIRE.split(), k=40))) for n in range(12)]
    documents += [gold_document(f"copy{n}", WIRE + f" {n}", event_id=f"e{n}") for n in range(3)]
    assert len({place(documents)[f"copy{n}"] for n in range(3)}) == 1


# --- strata ---


def labelled(name: str, label: str, outlet: str | None = None) -> GoldDocument:
    return gold_document(name, f"ذكر [اسم {name}|{label}]", event_id=name, outlet=outlet)


def test_labels_are_in_all_splits_alike_where_events_allow() -> None:
    # Ten documents with each of six labels: 60/20/20 of ten are six, two and two. No luck deals sixty documents so.
    labels = ("PERS", "ORG", "GPE", "DATE", "LOC", "FAC")
    splits = split_documents([labelled(f"{label.lower()}{n}", label) for label in labels for n in range(10)])
    assert {s: dict(strata(rows)) for s, rows in splits.documents.items()} == {
        s: {("entities", label): count for label in labels}
        for s, count in (("train", 6), ("validation", 2), ("test", 2))
    }
    assert splits.notes == ()


def test_outlets_and_stances_are_in_all_splits_alike_where_events_allow() -> None:
    documents = [
        gold_document(f"{n}", f"قال [شيئا {n}|CLAIM:{stance}]", {f"c{n}": answer}, event_id=f"{n}", outlet=outlet)
        for n, (stance, answer, outlet) in enumerate(
            [("deny", "agree", "أولى")] * 5 + [("query", "discuss", "ثانية")] * 5
        )
    ]
    table = distribution(split_documents(documents).documents)
    alike = {"train": 3, "validation": 1, "test": 1}
    assert table == {
        "entities": {},
        "claims": {"deny": alike, "query": alike},
        "article stances": {"agree": alike, "discuss": alike},
        "outlets": {"أولى": alike, "ثانية": alike},
    }


def test_a_label_that_a_split_lacks_is_told_a_missing_outlet_is_not() -> None:
    # EVENT is in one document only, so two splits lack it, whichever they are.
    documents = [labelled(f"d{n}", "PERS", "وكالة") for n in range(9)] + [labelled("rare", "EVENT", "أخرى")]
    split = split_documents(documents)
    has = next(name for name, rows in split.documents.items() if ("entities", "EVENT") in strata(rows))
    assert split.notes == tuple(f"{name} has no EVENT (entities)" for name in split.documents if name != has)


def test_divergence_is_chi_square_over_the_counts_summed_over_kinds() -> None:
    half = {"train": 0.5, "validation": 0.25, "test": 0.25}
    one, two, three, four = (labelled(str(n), label) for n, label in enumerate(("PERS", "PERS", "ORG", "ORG")))
    # Documents 2, 1, 1 of 4 are in their shares. PERS is all in train: (1 - .5)²/.5 + 2 (.25²/.25) = 1; ORG has 0,
    # 1/2 and 1/2: .5 + 2 (.25²/.25) = 1; their mean is 1.
    assert divergence({"train": [one, two], "validation": [three], "test": [four]}, half) == pytest.approx(1)
    # One of each in train: PERS 1/2, 1/2, 0 is off by .25²/.25 twice, and ORG 1/2, 0, 1/2 as well.
    assert divergence({"train": [one, three], "validation": [two], "test": [four]}, half) == pytest.approx(0.5)
    # Documents are a kind of their own: 3/4, 1/4, 0 is off by .25²/.5 and .25²/.25; with one PERS in train and one in
    # validation (.5), and all ORG in train (1).
    moved = {"train": [one, three, four], "validation": [two], "test": []}
    assert divergence(moved, half) == pytest.approx(0.375 + (0.5 + 1) / 2)


_LABELS = ("PERS", "ORG", "GPE", "EVENT")
_labelled = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(_LABELS), st.sampled_from([None, "أ", "ب"])), max_size=30
).map(
    lambda drawn: [
        gold_document(f"d{n}", f"ذكر [اسم {n}|{label}]", event_id=f"e{e}", outlet=outlet)
        for n, (e, label, outlet) in enumerate(drawn)
    ]
)


def by_size_alone(documents: Sequence[GoldDocument]) -> dict[str, list[GoldDocument]]:
    """The rule before there were strata: largest event first, to the split that lacks most of its share."""
    events: dict[str | None, list[GoldDocument]] = {}
    for document in sorted(documents, key=lambda d: d.article.id):
        events.setdefault(document.article.event_id, []).append(document)
    groups = sorted(events.values(), key=lambda g: (-len(g), hashlib.sha256(g[0].article.id.encode()).hexdigest()))
    wanted = ["train", "test", "validation"][: len(groups)]
    splits: dict[str, list[GoldDocument]] = {split: [] for split in SHARES}
    for group in groups:
        split = min(wanted, key=lambda s: (bool(splits[s]), len(splits[s]) / SHARES[s], wanted.index(s)))
        splits[split] += group
    return splits


@given(_labelled)
def test_strata_never_diverge_more_than_if_sizes_alone_counted(documents: list[GoldDocument]) -> None:
    made = split_documents(documents).documents
    assert divergence(made, SHARES) <= divergence(by_size_alone(documents), SHARES) + 1e-9


def test_strata_diverge_much_less_than_if_sizes_alone_counted() -> None:
    drawn = random.Random(5)
    documents = [
        gold_document(f"d{n}", f"ذكر [اسم {n}|{drawn.choices(_LABELS, (70, 20, 8, 2))[0]}]", event_id=f"e{n // 2}")
        for n in range(120)
    ]
    # Not a number of the code's: that a rule which looks at labels is at least twice as good is why there is one.
    made = divergence(split_documents(documents).documents, SHARES)
    assert made < divergence(by_size_alone(documents), SHARES) / 2


# --- shares ---


@pytest.mark.parametrize(
    ("text", "expected"), [("80/10/10", (8, 1, 1)), ("50/0/50", (5, 0, 5)), ("100/0/0", (10, 0, 0))]
)
def test_shares_may_be_chosen(text: str, expected: tuple[int, int, int]) -> None:
    documents = [d for n in range(10) for d in event(f"e{n}", 1)]
    splits = split_documents(documents, Splitting(read_shares(text)))
    assert tuple(len(rows) for rows in splits.documents.values()) == expected
    assert f"; {text} of documents" in splits.rule


@pytest.mark.parametrize(
    "text", ["60/20", "60/20/30", "0/50/50", "60/20/x", "60/-20/60", "٦٠/٢٠/٢٠", "", "33.3/33.3/33.4"]
)
def test_shares_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="must be three whole percentages"):
        read_shares(text)


# --- by time ---


def dated(name: str, *days: str | None) -> list[GoldDocument]:
    """Articles of one event, published on these days."""
    return [gold_document(f"{name}-{n}", f"نص {name} {n}", event_id=name, published=day) for n, day in enumerate(days)]


def names(splits: Splits) -> dict[str, list[str]]:
    return {split: [d.article.id for d in rows] for split, rows in splits.documents.items()}


BY_TIME = Splitting(by_time=True)


def test_by_time_the_oldest_events_are_for_training_and_the_newest_for_test() -> None:
    days = ["2025-05-01", "2025-01-01", "2025-03-01", "2025-02-01", "2025-04-01"]
    made = split_documents([d for n, day in enumerate(days) for d in dated(f"e{n}", day)], BY_TIME)
    assert names(made) == {"train": ["e1-0", "e2-0", "e3-0"], "validation": ["e4-0"], "test": ["e0-0"]}
    assert made.notes == ()
    assert "earlier before later" in made.rule


def test_by_time_an_event_counts_from_its_first_report_and_stays_whole() -> None:
    documents = [
        *dated("a", "2025-09-01", "2025-01-01T08:00:00+03:00", None),
        *dated("b", "2025-02-01"),
        *dated("c", "2025-03-01"),
    ]
    assert names(split_documents(documents, BY_TIME)) == {
        "train": ["a-0", "a-1", "a-2"],
        "validation": ["b-0"],
        "test": ["c-0"],
    }


def test_by_time_cuts_are_where_documents_come_closest_to_their_shares() -> None:
    # Of ten documents 6, 8 and 10 are wanted; events have 5, 3, 1, 1: after the first two there are 8, after the
    # first 5, which is closer to 6. Then 8 is met exactly.
    sizes = {"a": 5, "b": 3, "c": 1, "d": 1}
    documents = [d for n, (e, size) in enumerate(sizes.items()) for d in dated(e, *[f"2025-01-0{n + 1}"] * size)]
    made = {split: len(rows) for split, rows in names(split_documents(documents, BY_TIME)).items()}
    assert made == {"train": 5, "validation": 3, "test": 2}


def test_by_time_events_without_a_date_are_for_training_and_are_told() -> None:
    documents = [
        *dated("x", None, None),
        *dated("a", "2025-01-01"),
        *dated("b", "2025-01-02"),
        *dated("c", "2025-01-03"),
    ]
    made = split_documents(documents, BY_TIME)
    # 3 of 5 are train's: the two without date and the oldest.
    assert names(made) == {"train": ["a-0", "x-0", "x-1"], "validation": ["b-0"], "test": ["c-0"]}
    assert made.notes == ("without a date, so in train: x-0, x-1",)


def test_by_time_with_no_date_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="no article has a publication date"):
        split_documents(event("a", 2), BY_TIME)


_dated = st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(1, 28)), min_size=1, max_size=20).map(
    lambda drawn: [
        gold_document(f"d{n}", f"نص {n}", event_id=f"e{e}", published=day and f"2025-01-{day:02}")
        for n, (e, day) in enumerate(drawn)
    ]
)


@given(_dated)
def test_by_time_no_event_of_an_earlier_split_is_younger_than_one_of_a_later(documents: list[GoldDocument]) -> None:
    if not any(d.article.published for d in documents):
        return
    made = split_documents(documents, BY_TIME).documents
    assert sum(map(len, made.values())) == len(documents)
    first: dict[str | None, str] = {}
    for d in documents:
        if d.article.published:
            first[d.article.event_id] = min(first.get(d.article.event_id, "9"), d.article.published)
    days = [[first[d.article.event_id] for d in made[s] if d.article.event_id in first] for s in SHARES]
    assert all(max(a) <= min(b) for n, a in enumerate(days) for b in days[n + 1 :] if a and b)
    groups = len({d.article.event_id for d in documents})
    assert sum(bool(rows) for rows in made.values()) == min(3, len(first) + (groups > len(first)))


# --- frozen ---


def test_old_documents_stay_and_new_ones_of_their_events_join_them() -> None:
    previous = gold(event("a", 1), event("b", 1), event("c", 1))
    made = split_documents([*event("a", 2), *event("b", 3), *event("c", 2)], Splitting(previous=previous))
    assert names(made) == {"train": ["a-0", "a-1"], "validation": ["b-0", "b-1", "b-2"], "test": ["c-0", "c-1"]}
    assert made.notes == ()
    assert made.rule.endswith("; documents of تجربة@1.0 where they were")


def test_new_events_fill_up_the_shares() -> None:
    # Six in train of what will be ten: the four new ones are what the other splits lack.
    previous = gold([d for n in range(6) for d in event(f"e{n}", 1)])
    made = split_documents([d for n in range(10) for d in event(f"e{n}", 1)], Splitting(previous=previous))
    assert {split: len(rows) for split, rows in made.documents.items()} == {"train": 6, "validation": 2, "test": 2}


def test_documents_that_are_gone_are_told() -> None:
    made = split_documents(event("a", 1), Splitting(previous=gold([*event("a", 2)], test=event("z", 1))))
    assert made.notes == ("2 documents of تجربة@1.0 are no longer here: a-1, z-0",)


def test_a_new_document_that_would_join_two_splits_is_an_error_that_names_it() -> None:
    previous = gold(event("a", 1, "a1"), (), event("b", 1, "b1"))
    bridge = gold_document("جسر", "نص جسر", {"a1": None, "b1": None})
    with pytest.raises(InputError) as error:
        split_documents([*event("a", 1, "a1"), *event("b", 1, "b1"), bridge], Splitting(previous=previous))
    (problem,) = error.value.problems
    assert problem.startswith(
        "جسر: would join documents that تجربة@1.0 has in different splits (train: a-0; test: b-0)"
    )


def test_old_documents_that_belong_together_and_are_apart_stay_and_are_told() -> None:
    one, copy = gold_document("أ", WIRE, event_id="e1"), gold_document("ب", WIRE, event_id="e2")
    made = split_documents([one, copy], Splitting(previous=gold([one], (), [copy])))
    assert names(made) == {"train": ["أ"], "validation": [], "test": ["ب"]}
    assert made.notes == (
        "تجربة@1.0 has documents of one event, claim or text in different splits (train: أ; test: ب)",
    )


@given(_labelled, st.integers(0, 30))
def test_a_new_version_moves_no_old_document_and_breaks_no_event(documents: list[GoldDocument], old: int) -> None:
    before = split_documents(documents[:old]).documents
    previous = gold(before["train"], before["validation"], before["test"])
    after = split_documents(documents, Splitting(previous=previous)).documents
    where = {d.article.id: split for split, rows in after.items() for d in rows}
    assert len(where) == len(documents)
    assert all(where[d.article.id] == split for split, rows in before.items() for d in rows)
    splits_of: dict[str | None, set[str]] = {}
    for d in documents:
        splits_of.setdefault(d.article.event_id, set()).add(where[d.article.id])
    assert all(len(found) == 1 for found in splits_of.values())
    # No split grows beyond its share by more than the largest event, but for what it had before.
    largest = max(Counter(d.article.event_id for d in documents).values(), default=0)
    if len(splits_of) > 2:
        for split, rows in after.items():
            grown = {d.article.event_id for d in before[split]}
            fixed = sum(d.article.event_id in grown for d in rows)
            assert len(rows) <= max(SHARES[split] * len(documents) + largest, fixed) + 1e-9


# --- what the command line has ---


def test_all_that_is_wrong_with_the_options_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_splitting("day", "1/2/3", tmp_path)
    assert [p.split(":")[0] for p in error.value.problems] == ["--split-by day", "--shares 1/2/3", str(tmp_path)]
    with pytest.raises(InputError, match="--split-by time and --previous exclude each other"):
        read_splitting("time", None, tmp_path)


def test_ten_thousand_documents_take_seconds() -> None:
    # A bound that a quadratic step breaks on any machine, not a figure.
    drawn = random.Random(1)
    vocabulary = [f"كلمة{n}" for n in range(5000)]
    documents = [
        gold_document(
            f"d{n}", " ".join(drawn.choices(vocabulary, k=60)) + f" [اسم|{_LABELS[n % 4]}]", event_id=f"e{n // 3}"
        )
        for n in range(10_000)
    ]
    start = time.perf_counter()
    split_documents(documents)
    assert time.perf_counter() - start < 60


def test_of_many_documents_a_note_names_ten() -> None:
    kept, gone = event("a", 1), [d for n in range(12) for d in event(f"z{n:02}", 1)]
    (note,) = split_documents(kept, Splitting(previous=gold([*kept, *gone]))).notes
    assert note.startswith("12 documents of تجربة@1.0 are no longer here: z00-0, z01-0, ")
    assert note.endswith(", z09-0 and 2 more")
