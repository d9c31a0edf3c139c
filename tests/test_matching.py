"""Matching under every scheme: the oracle, a matching written another way, and laws that must hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mihakk.eval import matching
from mihakk.eval.claim_tally import claim_pairs, claim_stance_tallies
from mihakk.eval.matching import (
    best_pairs,
    equal_pairs,
    lone_pairs,
    most_full_then_most,
    overlapping_pairs,
    plain_pairs,
    typed_pairs,
)
from mihakk.eval.score import Leaf, table_of
from mihakk.eval.spans import Counts, SpanTable
from mihakk.eval.tally import SPAN_SCHEMES, Units, span_tallies
from mihakk.eval.uncertainty import one_unit
from scipy.optimize import linear_sum_assignment

ORACLE = Path(__file__).parents[2] / "shared" / "oracle" / "scoring_cases.json"
Row = tuple[int, int, int, int]
LABELS = ("A", "B", "C")

_spans = st.builds(
    lambda document, start, length, label: (document, start, start + length, label),
    st.integers(0, 1),
    st.integers(0, 12),
    st.integers(1, 8),
    st.integers(0, 2),
)
sides = st.lists(_spans, max_size=10)


def leaves(gold: Sequence[Row], predicted: Sequence[Row], texts: Sequence[str] | None = None) -> dict[str, Leaf]:
    """The pooled leaf of each scheme."""
    found = span_tallies(SpanTable.of(gold), SpanTable.of(predicted), LABELS, one_unit(2), texts, iou=0.5)
    return {scheme: table_of(tally).micro for scheme, tally in found.items()}


def meet(one: Row, other: Row) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def most(gold: Sequence[Row], predicted: Sequence[Row], worth: Callable[[Row, Row], int]) -> tuple[int, int]:
    """How many pairs of worth 2, then of worth 1, by the Hungarian method on all pairs at once."""
    if not gold or not predicted:
        return 0, 0
    values = np.array([[worth(one, other) for other in predicted] for one in gold])
    i, j = linear_sum_assignment(np.array((0, 1, 1000))[values], maximize=True)
    return int((values[i, j] == 2).sum()), int((values[i, j] == 1).sum())


FULL: dict[str, Callable[[Row, Row], bool]] = {
    "strict": lambda one, other: one == other,
    "exact": lambda one, other: one[:3] == other[:3],
    "partial": lambda one, other: one[:3] == other[:3],
    "type": lambda one, other: one[3] == other[3],
    "left": lambda one, other: (one[1], one[3]) == (other[1], other[3]),
    "right": lambda one, other: (one[2], one[3]) == (other[2], other[3]),
    "overlap": lambda one, other: one[3] == other[3] and shared(one, other) >= 0.5,
}


def shared(one: Row, other: Row) -> float:
    """Intersection over union, by counting places."""
    ours, theirs = set(range(one[1], one[2])), set(range(other[1], other[2]))
    return len(ours & theirs) / len(ours | theirs)


def _cases() -> list[Any]:
    if not ORACLE.exists():
        return []
    cases = json.loads(ORACLE.read_text("utf-8"))["cases"]
    return [pytest.param(case, scheme, id=f"{case['name']}-{scheme}") for case in cases for scheme in SPAN_SCHEMES]


@pytest.mark.skipif(not ORACLE.exists(), reason="the shared oracle is not at hand")
@pytest.mark.parametrize(("case", "scheme"), _cases())
def test_every_scheme_gives_the_oracles_counts_and_scores(case: dict[str, Any], scheme: str) -> None:
    expected = case["expected"][scheme]
    labels = sorted({label for _, _, label in (*case["gold"], *case["pred"])})
    gold, predicted = (
        SpanTable.of((0, start, end, labels.index(label)) for start, end, label in case[side])
        for side in ("gold", "pred")
    )
    leaf = table_of(span_tallies(gold, predicted, labels, one_unit(1))[scheme]).micro
    assert leaf.counts == Counts(*(expected[name] for name in ("cor", "inc", "par", "mis", "spu")))
    for value, name in ((leaf.precision, "p"), (leaf.recall, "r"), (leaf.f1, "f1")):
        assert value == (None if expected[name] is None else pytest.approx(expected[name]))


@pytest.mark.skipif(not ORACLE.exists(), reason="the shared oracle is not at hand")
def test_averages_are_the_oracles() -> None:
    (case,) = (c for c in json.loads(ORACLE.read_text("utf-8"))["cases"] if "averages" in c)
    labels = sorted({label for _, _, label in (*case["gold"], *case["pred"])})
    gold, predicted = (
        SpanTable.of((0, start, end, labels.index(label)) for start, end, label in case[side])
        for side in ("gold", "pred")
    )
    table = table_of(span_tallies(gold, predicted, labels, one_unit(1))["strict"])
    for leaf, average in ((table.micro, "micro"), (table.macro, "macro")):
        assert [leaf.precision, leaf.recall, leaf.f1] == pytest.approx(case["averages"][average])


@given(sides, sides, st.sampled_from(tuple(FULL)), st.sampled_from((0, 3, matching.SMALL)))
def test_each_scheme_has_most_full_pairs_and_then_most_others(
    gold: list[Row], predicted: list[Row], scheme: str, small: int
) -> None:
    full, other = most(gold, predicted, lambda a, b: meet(a, b) * (1 + FULL[scheme](a, b)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "SMALL", small)  # larger tangles are searched in another way
        counts = leaves(gold, predicted)[scheme].counts
    assert (counts.cor, counts.inc + counts.par) == (full, other)
    assert counts.cor + counts.inc + counts.par + counts.mis == len(gold)
    assert counts.cor + counts.inc + counts.par + counts.spu == len(predicted)


@pytest.mark.parametrize("small", [0, 5, matching.SMALL])
def test_tangles_of_all_sizes_have_most_pairs_of_type(monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr(matching, "SMALL", small)
    rng = np.random.default_rng(11)
    schemes = ("type", "left", "right", "overlap")

    def side() -> list[Row]:
        rows: list[Row] = []
        for document in range(400):
            for start, length, label in rng.integers((0, 1, 0), (14, 8, 3), (rng.integers(1, 12), 3)).tolist():
                rows.append((document, start, start + length, label))
        return rows

    gold, predicted = side(), side()
    units = Units(np.arange(400), 400)
    found = span_tallies(SpanTable.of(gold), SpanTable.of(predicted), LABELS, units, iou=0.5)
    for document in range(400):
        ours, theirs = ([row for row in rows if row[0] == document] for rows in (gold, predicted))
        for scheme in schemes:
            counts, fits = found[scheme].counts[0, :, document], FULL[scheme]
            assert tuple(counts[:2]) == most(ours, theirs, lambda a, b, fits=fits: meet(a, b) * (1 + fits(a, b)))


@given(sides, sides)
def test_pairs_are_one_to_one_and_overlap(gold: list[Row], predicted: list[Row]) -> None:
    ours, theirs = SpanTable.of(gold), SpanTable.of(predicted)
    i, j = overlapping_pairs(ours, theirs)
    assert len(set(i.tolist())) == len(i) == len(set(j.tolist())) == len(j)
    assert all(meet(gold[a], predicted[b]) for a, b in zip(i.tolist(), j.tolist(), strict=True))


def alone(n: int, side: list[Row]) -> bool:
    return not any(meet(side[n], other) for k, other in enumerate(side) if k != n)


@given(sides, sides)
def test_plain_pairs_are_equal_and_overlap_nothing_else(gold: list[Row], predicted: list[Row]) -> None:
    i, j = plain_pairs(SpanTable.of(gold), SpanTable.of(predicted))
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == {
        (a, b)
        for a, one in enumerate(gold)
        for b, other in enumerate(predicted)
        if one == other and alone(a, gold) and alone(b, predicted)
    }


@given(sides, sides)
def test_lone_pairs_overlap_nothing_else_and_what_meets_nobody_is_settled(
    gold: list[Row], predicted: list[Row]
) -> None:
    (i, j), (open_gold, open_predicted) = lone_pairs(SpanTable.of(gold), SpanTable.of(predicted))
    lone = {
        (a, b)
        for a, one in enumerate(gold)
        for b, other in enumerate(predicted)
        if meet(one, other) and sum(meet(one, span) or meet(other, span) for span in gold + predicted) == 2
    }
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == lone
    for side, other, still, taken in ((gold, predicted, open_gold, i), (predicted, gold, open_predicted, j)):
        left = {n for n, span in enumerate(side) if any(meet(span, theirs) for theirs in other)} - set(taken.tolist())
        assert left <= set(still.tolist())
        assert not {n for n in still.tolist() if not any(meet(side[n], s) for s in [*side[:n], *side[n + 1 :], *other])}


@given(sides, sides, st.sampled_from((0.3, 0.5, 0.7)))
def test_overlap_counts_claims_that_share_enough(gold: list[Row], predicted: list[Row], iou: float) -> None:
    def share(a: Row, b: Row) -> int:
        both = len(set(range(a[1], a[2])) & set(range(b[1], b[2])))
        either = max(a[2], b[2]) - min(a[1], b[1])
        return meet(a, b) * (1 + (both >= iou * either))

    gold = [(*row[:3], 0) for row in gold]
    predicted = [(*row[:3], 0) for row in predicted]
    found = span_tallies(SpanTable.of(gold), SpanTable.of(predicted), ("CLAIM",), one_unit(2), iou=iou)
    counts = table_of(found["overlap"]).micro.counts
    assert (counts.cor, counts.inc) == most(gold, predicted, share)


def test_claims_without_stance_count_only_where_no_stance_is_asked_for() -> None:
    # Of the two gold claims at 0-10 one has no stance; the other's is answered wrongly. At 20-30 the predicted
    # claim has none, and 20-24 shares too little with it: one stance is missed and one is too many.
    gold = SpanTable.of([(0, 0, 10, -1), (0, 0, 10, 1), (0, 20, 30, 0)])
    predicted = SpanTable.of([(0, 0, 10, 0), (0, 20, 30, -1), (0, 20, 24, 0)])
    found = claim_stance_tallies(gold, predicted, ("support", "deny"), one_unit(1), 0.5)
    assert table_of(found["end_to_end"]).micro.counts == Counts(0, 1, 0, 1, 1)
    # Of the claims found, the one at 20-30 has a gold stance but no answer.
    assert table_of(found["conditional"]).micro.counts.cor == 0


def test_an_identical_pair_is_parted_where_that_makes_more_pairs_of_type() -> None:
    # 0-10 overlaps both others; 0-3 and 7-10 do not overlap each other. Identical first: 1; crosswise: 2.
    counts = leaves([(0, 0, 10, 0), (0, 7, 10, 0)], [(0, 0, 10, 0), (0, 0, 3, 0)])
    assert counts["type"].counts.cor == 2
    assert counts["strict"].counts == Counts(1, 0, 0, 1, 1)


@given(sides, sides, st.randoms(use_true_random=False))
def test_no_order_changes_anything(gold: list[Row], predicted: list[Row], random: Any) -> None:
    before = leaves(gold, predicted)
    gold = [(1 - document, *rest) for document, *rest in random.sample(gold, len(gold))]
    predicted = [(1 - document, *rest) for document, *rest in random.sample(predicted, len(predicted))]
    assert leaves(gold, predicted) == before


@given(sides.filter(bool))
def test_gold_against_itself_is_one(gold: list[Row]) -> None:
    assert all(leaf.f1 == 1 for leaf in leaves(gold, gold[::-1]).values())


@given(sides, sides, _spans)
def test_a_span_that_matches_nothing_never_raises_f1(gold: list[Row], predicted: list[Row], more: Row) -> None:
    assume(not any(meet(more, span) for span in gold))
    before, after = leaves(gold, predicted), leaves(gold, [*predicted, more])
    assert all((after[scheme].f1 or 0) <= (before[scheme].f1 or 0) for scheme in before)


TEXT = "وبكل فلسطين"  # letters at 0-3 and 5-6 may be proclitics


@given(sides, sides)
def test_looser_schemes_are_never_lower(gold: list[Row], predicted: list[Row]) -> None:
    f1 = {scheme: leaf.f1 or 0.0 for scheme, leaf in leaves(gold, predicted, [TEXT * 2] * 2).items()}
    assert f1["strict"] <= f1["exact"] <= f1["partial"]
    assert f1["strict"] <= f1["type"]
    assert all(f1["strict"] <= f1[scheme] <= f1["type"] for scheme in ("left", "right", "overlap"))
    for scheme in SPAN_SCHEMES:
        assert f1[scheme] <= f1[f"{scheme}+clitic"] + 1e-12


@given(sides, sides)
def test_equal_pairs_of_some_columns(gold: list[Row], predicted: list[Row]) -> None:
    i, j = equal_pairs(SpanTable.of(gold), SpanTable.of(predicted), "document", "end")
    assert all((gold[a][0], gold[a][2]) == (predicted[b][0], predicted[b][2]) for a, b in zip(i, j, strict=True))
    assert len(i) == sum(
        min(
            sum((a[0], a[2]) == place for a in gold),
            sum((b[0], b[2]) == place for b in predicted),
        )
        for place in {(a[0], a[2]) for a in gold}
    )


def test_offsets_too_large_to_pack_into_64_bits_still_match() -> None:
    # Three columns of 31 bits do not fit.
    far = 2**31 - 2
    gold = [(0, 0, far, 0), (far, 5, 9, 0), (far, far - 1, far, 2)]
    i, j = equal_pairs(SpanTable.of(gold), SpanTable.of(gold[::-1]), "document", "start", "end", "label")
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 2), (1, 1), (2, 0)]


def test_best_pairs_do_not_depend_on_order() -> None:
    # Two ways to pair them all; the one that stands first is taken, whatever the files' order.
    gold = SpanTable.of([(0, 0, 10, 0), (0, 0, 10, 1)])
    predicted = SpanTable.of([(0, 0, 10, 2), (0, 0, 10, 3)])

    def told(order: list[int]) -> set[tuple[int, int]]:
        shuffled = predicted.take(np.array(order))
        i, j = best_pairs(gold, shuffled, lambda i, j: np.ones(np.broadcast(i, j).shape, np.int64))
        return {(int(gold.label[a]), int(shuffled.label[b])) for a, b in zip(i, j, strict=True)}

    assert told([0, 1]) == told([1, 0])


@pytest.mark.parametrize("longest", [10, 200, 10_000])
def test_a_tangle_of_5000_spans_takes_no_time_to_speak_of(longest: int) -> None:
    rng = np.random.default_rng(7)

    def side() -> SpanTable:
        start = rng.integers(0, 10_000, 2500)
        return SpanTable(np.zeros(2500, int), start, start + rng.integers(1, longest, 2500), rng.integers(0, 10, 2500))

    gold, predicted = side(), side()
    began = time.process_time()
    typed_pairs(gold, predicted)
    assert time.process_time() - began < 5  # a tenth of that on an idle machine; the square of it would be minutes


@pytest.mark.parametrize("longest", [10, 200, 10_000])
def test_a_tangle_of_5000_claims_takes_no_time_to_speak_of(longest: int) -> None:
    rng = np.random.default_rng(7)

    def side() -> SpanTable:
        start = rng.integers(0, 10_000, 2500)
        return SpanTable(np.zeros(2500, int), start, start + rng.integers(1, longest, 2500), rng.integers(0, 3, 2500))

    gold, predicted = side(), side()
    began = time.process_time()
    claim_pairs(gold, predicted, 0.5)
    assert time.process_time() - began < 3  # a fifth of that on an idle machine; half a minute without a first choice


def test_rows_that_took_the_first_free_column_give_it_back() -> None:
    # Row 0 takes column 0 first, which is all that row 1 can have; row 2 takes column 1, all that 0 has besides.
    # Rows 0, 1, 2 can have columns 1, 0, 2: three pairs.
    full = np.array([[True, True, False], [True, False, False], [False, True, True]])
    nobody = np.full(3, -1)
    assert most_full_then_most(full, full, nobody, nobody).tolist() == [1, 0, 2]
