"""Strict matching of spans, against cases counted by hand and a matching written another way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mihakk.eval.score import Leaf
from mihakk.eval.spans import Counts, SpanTable, overlaps, strict_counts

ORACLE = Path(__file__).parents[2] / "shared" / "oracle" / "scoring_cases.json"
Row = tuple[int, int, int, int]

# Few documents, places and labels, so that drawn spans often meet.
_spans = st.builds(
    lambda document, start, length, label: (document, start, start + length, label),
    st.integers(0, 2),
    st.integers(0, 10),
    st.integers(1, 6),
    st.integers(0, 2),
)
# Mentions that stand nowhere in their document.
_nowhere = st.builds(
    lambda document, n, label: (document, -1 - n, -1 - n, label),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 2),
)
gold_sides = st.lists(_spans, max_size=12)
predicted_sides = st.lists(_spans | _nowhere, max_size=12)


def count(gold: Sequence[Row], predicted: Sequence[Row]) -> Counts:
    return strict_counts(SpanTable.of(gold), SpanTable.of(predicted))


def count_labelled(gold: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]]) -> Counts:
    """Counts of (start, end, label) spans of one document, labels being names."""
    labels = sorted({label for _, _, label in (*gold, *predicted)})
    return count(
        [(0, start, end, labels.index(label)) for start, end, label in gold],
        [(0, start, end, labels.index(label)) for start, end, label in predicted],
    )


def meet(one: Row, other: Row) -> bool:
    """Whether both hold a common code point, by listing the code points."""
    return one[0] == other[0] and bool(set(range(one[1], one[2])) & set(range(other[1], other[2])))


def most_pairs(left: Sequence[Row], right: Sequence[Row]) -> int:
    """Size of a maximum matching of spans that meet, by augmenting paths."""
    partner: dict[int, int] = {}

    def augment(i: int, tried: set[int]) -> bool:
        for j, other in enumerate(right):
            if j not in tried and meet(left[i], other):
                tried.add(j)
                if j not in partner or augment(partner[j], tried):
                    partner[j] = i
                    return True
        return False

    return sum(augment(i, set()) for i in range(len(left)))


# (gold, predicted, cor, inc, mis, spu), counted by hand.
BY_HAND = {
    "nothing on either side": ([], [], 0, 0, 0, 0),
    "equal": ([(5, 9, "GPE")], [(5, 9, "GPE")], 1, 0, 0, 0),
    "missed": ([(5, 9, "GPE")], [], 0, 0, 1, 0),
    "made up": ([], [(5, 9, "GPE")], 0, 0, 0, 1),
    "other label": ([(5, 9, "GPE")], [(5, 9, "LOC")], 0, 1, 0, 0),
    # The proclitic of بدمشق taken in.
    "one letter more": ([(5, 9, "GPE")], [(4, 9, "GPE")], 0, 1, 0, 0),
    "one letter less at the end": ([(5, 9, "GPE")], [(5, 8, "GPE")], 0, 1, 0, 0),
    "other edge and label": ([(5, 9, "GPE")], [(4, 9, "LOC")], 0, 1, 0, 0),
    "apart": ([(5, 9, "GPE")], [(20, 24, "GPE")], 0, 0, 1, 1),
    "touching behind": ([(5, 9, "GPE")], [(9, 12, "GPE")], 0, 0, 1, 1),
    "touching before": ([(5, 9, "GPE")], [(2, 5, "GPE")], 0, 0, 1, 1),
    "sharing one letter": ([(5, 9, "GPE")], [(8, 12, "GPE")], 0, 1, 0, 0),
    "predicted twice": ([(5, 9, "GPE")], [(5, 9, "GPE"), (5, 9, "GPE")], 1, 0, 0, 1),
    "marked twice, predicted once": ([(5, 9, "GPE"), (5, 9, "GPE")], [(5, 9, "GPE")], 1, 0, 1, 0),
    "twice on both sides": ([(5, 9, "GPE")] * 2, [(5, 9, "GPE")] * 2, 2, 0, 0, 0),
    # The equal pair counts, though the shorter span stands first and would fit too.
    "shorter one first": ([(0, 5, "ORG")], [(0, 3, "ORG"), (0, 5, "ORG")], 1, 0, 0, 1),
    # وزارة الدفاع السورية with سورية inside; the inner one is given another label.
    "nested": ([(0, 20, "ORG"), (13, 20, "NORP")], [(0, 20, "ORG"), (13, 20, "GPE")], 1, 1, 0, 0),
    # 0–10 meets both predictions, 12–20 only the second: two pairs, if 0–10 takes the first.
    "a pairing that greed would miss": (
        [(0, 10, "ORG"), (12, 20, "ORG")],
        [(8, 14, "ORG"), (0, 5, "ORG")],
        0,
        2,
        0,
        0,
    ),
    "one span over two": ([(0, 5, "ORG"), (6, 10, "ORG")], [(0, 10, "ORG")], 0, 1, 1, 0),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_counts_are_those_counted_by_hand(case: str) -> None:
    gold, predicted, cor, inc, mis, spu = BY_HAND[case]
    assert count_labelled(gold, predicted) == Counts(cor, inc, 0, mis, spu)


def _oracle_cases() -> list[Any]:
    if not ORACLE.exists():
        return []
    return [pytest.param(case, id=case["name"]) for case in json.loads(ORACLE.read_text("utf-8"))["cases"]]


@pytest.mark.skipif(not ORACLE.exists(), reason="the shared oracle is not at hand")
@pytest.mark.parametrize("case", _oracle_cases())
def test_counts_and_scores_are_those_of_the_oracle(case: dict[str, Any]) -> None:
    expected = case["expected"]["strict"]
    counts = count_labelled(case["gold"], case["pred"])
    leaf = Leaf.of(counts)
    assert counts == Counts(*(expected[name] for name in ("cor", "inc", "par", "mis", "spu")))
    for value, name in ((leaf.precision, "p"), (leaf.recall, "r"), (leaf.f1, "f1")):
        assert value == (None if expected[name] is None else pytest.approx(expected[name]))


@given(gold_sides, predicted_sides)
def test_correct_is_the_multiset_intersection(gold: list[Row], predicted: list[Row]) -> None:
    assert count(gold, predicted).cor == (Counter(gold) & Counter(predicted)).total()


@given(gold_sides, predicted_sides)
def test_incorrect_is_a_maximum_matching_of_what_is_not_correct(gold: list[Row], predicted: list[Row]) -> None:
    left = list((Counter(gold) - Counter(predicted)).elements())
    right = list((Counter(predicted) - Counter(gold)).elements())
    assert count(gold, predicted).inc == most_pairs(left, right)


@given(gold_sides, predicted_sides)
def test_every_span_is_counted_once(gold: list[Row], predicted: list[Row]) -> None:
    counts = count(gold, predicted)
    assert counts.cor + counts.inc + counts.par + counts.mis == len(gold) == counts.gold
    assert counts.cor + counts.inc + counts.par + counts.spu == len(predicted) == counts.predicted
    assert counts.par == 0
    assert min(counts.cor, counts.inc, counts.mis, counts.spu) >= 0


@given(gold_sides, predicted_sides, st.randoms(use_true_random=False), st.permutations(range(3)))
def test_order_of_spans_and_documents_does_not_matter(
    gold: list[Row], predicted: list[Row], random: Any, numbers: list[int]
) -> None:
    before = count(gold, predicted)
    gold = [(numbers[document], *rest) for document, *rest in random.sample(gold, len(gold))]
    predicted = [(numbers[document], *rest) for document, *rest in random.sample(predicted, len(predicted))]
    assert count(gold, predicted) == before


@given(gold_sides, predicted_sides)
def test_sides_change_places_by_missing_becoming_spurious(gold: list[Row], predicted: list[Row]) -> None:
    one, other = count(gold, predicted), count(predicted, gold)
    assert other == Counts(one.cor, one.inc, one.par, one.spu, one.mis)


@given(gold_sides)
def test_gold_against_itself_is_all_correct(gold: list[Row]) -> None:
    assert count(gold, list(reversed(gold))) == Counts(len(gold), 0, 0, 0, 0)


@given(gold_sides.filter(bool), predicted_sides, _spans | _nowhere)
def test_a_span_that_gold_does_not_have_never_raises_f1(gold: list[Row], predicted: list[Row], more: Row) -> None:
    assume(predicted.count(more) >= gold.count(more))
    before, after = Leaf.of(count(gold, predicted)), Leaf.of(count(gold, [*predicted, more]))
    assert before.f1 is not None and after.f1 is not None
    assert after.f1 <= before.f1
    assert after.recall == before.recall


@given(gold_sides, gold_sides)
def test_overlaps_are_the_pairs_that_share_a_code_point(a: list[Row], b: list[Row]) -> None:
    rows, columns = overlaps(SpanTable.of(a), SpanTable.of(b))
    expected = [(i, j) for i, one in enumerate(a) for j, other in enumerate(b) if meet(one, other)]
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == expected  # each pair once


def test_spans_of_different_documents_never_pair() -> None:
    # Where one document ends the next begins, at the same and at neighbouring offsets.
    gold = [(0, 0, 100, 0), (1, 50, 60, 0)]
    predicted = [(1, 0, 50, 0), (2, 0, 100, 0), (0, 100, 101, 0)]
    assert count(gold, predicted) == Counts(0, 0, 0, 2, 3)


def test_a_mention_that_stands_nowhere_is_spurious_even_inside_a_gold_span() -> None:
    # Two such mentions, of which neither equals nor meets anything.
    assert count([(0, 0, 9, 0)], [(0, -1, -1, 0), (0, -2, -2, 0)]) == Counts(0, 0, 0, 1, 2)


def test_overlaps_of_nothing_are_none() -> None:
    for a, b in (([], []), ([(0, 0, 5, 0)], []), ([], [(0, 0, 5, 0)])):
        rows, columns = overlaps(SpanTable.of(a), SpanTable.of(b))
        assert len(rows) == len(columns) == 0


def test_take_keeps_the_chosen_spans_in_all_columns() -> None:
    spans = SpanTable.of([(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)])
    taken = spans.take(spans.label > 3)
    assert len(taken) == 2
    columns = [column.tolist() for column in (taken.document, taken.start, taken.end, taken.label)]
    assert columns == [[4, 8], [5, 9], [6, 10], [7, 11]]
