"""Intervals, resamples and tests: values from arithmetic and from scipy, and what must hold of any counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.eval.difference import difference_spreads
from mihakk.eval.intervals import ALIKE, enough, expected, intervals, spreads
from mihakk.eval.quantiles import t_quantile
from mihakk.eval.rates import every_rate
from mihakk.eval.tally import Tally
from mihakk.eval.uncertainty import (
    GROUPS,
    MOST_EXACT,
    event_units,
    exchanges,
    holm,
    numbers,
    p_value,
    percentiles,
    resamples,
)
from scipy import stats
from scipy.special import stdtrit

PRECISION, RECALL, F1 = range(3)
MICRO, MACRO, WEIGHTED, FIRST = range(4)


def tally(cor: Any, gold: Any, predicted: Any, par: Any = 0) -> Tally:
    """One label, from what each event has."""
    cor, gold, predicted = (np.array(values, np.int64) for values in (cor, gold, predicted))
    row = np.stack((cor, 0 * cor, 0 * cor + par, gold, predicted))
    return Tally(("A",), np.stack((row, row)))


def of_labels(*labels: Tally) -> Tally:
    """Several labels; pooled, their counts add up."""
    rows = [one.counts[1] for one in labels]
    return Tally(tuple("ABCDEFG"[: len(rows)]), np.stack((sum(rows), *rows)))


def choice(*events: list[list[int]]) -> Tally:
    """A choice among labels: for each event its confusion, labels × (labels, none)."""
    cells = np.moveaxis(np.array(events), 0, -1)
    k = len(cells)
    right, asked, answered = np.einsum("iiu->iu", cells[:, :k]), cells.sum(1), cells[:, :k].sum(0)
    zero = np.zeros_like(right)
    rows = np.stack((right, zero, zero, asked, answered), 1)
    return Tally(tuple("ABCDEFG"[:k]), np.concatenate((rows.sum(0, keepdims=True), rows)), cells)


# --- quantiles ---


@given(st.sampled_from((0.6, 0.8, 0.95, 0.975)), st.floats(1, 5000))
def test_quantiles_of_t_are_scipys(share: float, df: float) -> None:
    assert t_quantile(share, np.array([df])) == pytest.approx(stdtrit(df, share), rel=1e-7)


# --- intervals ---

# t² at .975: 5.117355 of 9 degrees of freedom, 7.708647 of 4, 10.127964 of 3, 18.51282 of 2.
BY_HAND = [
    # All right, no event has a miss: only what is expected counts. One span an event: n_eff = 10; 10 / (10 + 5.117355)
    (tally([1] * 10, [1] * 10, [1] * 10), RECALL, (0.66149, 1)),
    # Every event is alike, so the jackknife says 0, and no interval is narrower than that of 50 independent spans.
    (tally([8] * 5, [10] * 5, [10] * 5), RECALL, (0.60834, 0.91151)),
    # v = 3/4 · Σ (r_i - .8)² = .0066667 of 1, .8, .6, .8 in equal events; k = 3 have a miss, n_eff = 23.6405
    (tally([10, 8, 6, 8], [10] * 4, [10] * 4), RECALL, (0.47320, 0.94684)),
    # n_eff = 20 / (1 + .1 · 3)
    (tally([0] * 5, [4] * 5, [4] * 5), RECALL, (0, 0.33381)),
    # n_eff = 60 / (1 + .1 · 19)
    (tally([20] * 3, [20] * 3, [20] * 3), RECALL, (0.52776, 1)),
    # F1 of 10 of 10 right, one an event: near = 10.5 / 11, variance times (2 - near) / 2, so n_eff = 20 / (2 - near)
    # = 19.13043: 19.13043 / (19.13043 + 5.117355)
    (tally([1] * 10, [1] * 10, [1] * 10), F1, (0.78896, 1)),
]


@pytest.mark.parametrize(("counted", "rate", "expected"), BY_HAND)
def test_intervals_by_hand(counted: Tally, rate: int, expected: tuple[float, float]) -> None:
    found = intervals(counted)["rates"]
    assert found[MICRO, rate] == pytest.approx(expected, abs=1e-5)
    # One label: every average is that label.
    assert (found[[MACRO, WEIGHTED, FIRST], rate] == found[MICRO, rate]).all()


def test_the_assumed_likeness_is_what_the_documentation_says() -> None:
    assert ALIKE == 0.1


def test_what_is_not_defined_has_no_interval() -> None:
    nothing_predicted = intervals(tally([0] * 3, [3, 2, 4], [0] * 3))["rates"]
    assert np.isnan(nothing_predicted[MICRO, PRECISION]).all()
    assert nothing_predicted[MICRO, RECALL, 0] == 0
    assert np.isnan(intervals(tally([0] * 5, [0] * 5, [0] * 5))["rates"]).all()
    empty = Tally((), np.zeros((1, 5, 4), np.int64))
    assert np.isnan(intervals(empty)["rates"]).all()
    # One class only: chance would agree as well.
    found = intervals(choice([[3, 0]], [[4, 0]], [[2, 0]]))["choice"]
    assert np.isnan(found[1]).all()
    assert found[0, 1] == 1 > found[0, 0] > 0


def test_kappa_is_an_accuracy_for_the_chance_that_there_is() -> None:
    # 12 right of 16 in 4 events; both sides say A 8 times, so chance is 1/2 and kappa 1/2.
    counted = choice(*[[[2, 0, 0], [0, 2, 0]], [[2, 0, 0], [0, 2, 0]], [[1, 1, 0], [1, 1, 0]], [[1, 1, 0], [1, 1, 0]]])
    accuracy, kappa = intervals(counted)["choice"]
    assert kappa == pytest.approx((accuracy - 0.5) / 0.5, abs=0.02)  # chance is another one without an event
    assert kappa[0] < 0.5 < kappa[1]


def test_an_average_varies_as_its_labels_do() -> None:
    # Macro of two equal labels of 8 of 10 in each of 5 events: half the variance of one of them, least n is 100.
    one = tally([8] * 5, [10] * 5, [10] * 5)
    both = of_labels(one, one)
    spread = spreads(both)["rates"]
    single = spreads(one)["rates"]
    for average in (MACRO, WEIGHTED):
        assert spread.variance[average, RECALL] == pytest.approx(single.variance[MICRO, RECALL] / 2)
        assert spread.value[average, RECALL] == pytest.approx(0.8)


def test_the_weighted_average_counts_labels_by_their_gold() -> None:
    # A: 1 of 2 found, B: 6 of 6, C: predicted only. P (1·2 + 3/4·6) / 8 with P of A 1/1, of B 6/8.
    counted = of_labels(tally([1], [2], [1]), tally([6], [6], [8]), tally([0], [0], [5]))
    found = every_rate(counted.counts.sum(-1))
    assert found[WEIGHTED].tolist() == pytest.approx([(2 * 1 + 6 * 6 / 8) / 8, 7 / 8, (2 * 2 / 3 + 6 * 12 / 14) / 8])
    assert found[MACRO, 1] == pytest.approx((1 / 2 + 1 + 0) / 3)


@st.composite
def tallies(draw: st.DrawFn, least: int = 3) -> Tally:
    """One to three labels in some events, any counts that can be."""
    events = draw(st.integers(least, 12))
    labels: list[Tally] = []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(
            st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=events, max_size=events)
        )  # correct, partial, missed, spurious
        cor, par, mis, spu = np.array(rows).T
        labels.append(tally(cor, cor + par + mis, cor + par + spu, par))
    return of_labels(*labels)


@given(tallies())
def test_every_interval_is_within_0_and_1_and_holds_its_number_with_room(counted: Tally) -> None:
    value = every_rate(counted.counts.sum(-1))
    low, high = np.moveaxis(intervals(counted)["rates"], -1, 0)
    there = ~np.isnan(value)
    assert (np.isnan(low) == ~there).all()
    assert ((low >= 0) & (low <= value) & (value <= high) & (high <= 1))[there].all()
    assert (high > low + 1e-3)[there].all()


@given(tallies(), st.randoms(use_true_random=False))
def test_neither_order_nor_an_event_without_the_label_changes_a_label(counted: Tally, random: Any) -> None:
    events = list(range(counted.counts.shape[-1]))
    random.shuffle(events)
    turned = Tally(counted.labels, counted.counts[..., events])
    one, other = intervals(counted)["rates"], intervals(turned)["rates"]
    assert np.allclose(one, other, equal_nan=True)
    more = np.concatenate((counted.counts, np.zeros_like(counted.counts[..., :1])), axis=-1)
    assert np.allclose(intervals(Tally(counted.labels, more))["rates"], one, equal_nan=True)


@given(tallies())
def test_twice_as_many_events_narrow_an_interval(counted: Tally) -> None:
    twice = Tally(counted.labels, np.concatenate((counted.counts, counted.counts), axis=-1))
    one, two = (np.diff(intervals(t)["rates"])[..., 0] for t in (counted, twice))
    there = ~np.isnan(one)
    assert (two < one)[there].all()


def test_with_many_events_it_is_the_percentile_interval() -> None:
    rng = np.random.default_rng(3)
    gold = rng.integers(20, 60, 1000)
    counted = tally(rng.binomial(gold, rng.beta(12, 4, 1000)), gold, gold)
    wide = np.diff(intervals(counted)["rates"][MICRO, F1])
    drawn = percentiles(numbers(counted, resamples(1000, 4000, 1))["rates"])
    assert wide == pytest.approx(np.diff(drawn[MICRO, F1]), rel=0.05)


@pytest.mark.parametrize("events", [5, 10])
def test_intervals_hold_the_truth(events: int) -> None:
    """Of 400 drawn samples at least 93 in 100: events of about 60 spans, of which some are harder than others."""
    rng = np.random.default_rng(20)
    held = 0
    for _ in range(400):
        gold = np.maximum(rng.lognormal(np.log(60), 0.6, events).astype(int), 1)
        share = 1 / (1 + np.exp(-(1.4 + 0.4 * rng.normal(size=events))))
        cor = rng.binomial(gold, share)
        low, high = intervals(tally(cor, gold, gold))["rates"][MICRO, RECALL]
        held += low <= TRUTH <= high
    assert held >= 0.93 * 400


# The mean of 1 / (1 + exp(-(1.4 + .4 z))) over a standard normal z, by Gauss-Hermite quadrature.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
TRUTH = float((_WEIGHTS / (1 + np.exp(-(1.4 + 0.4 * _NODES)))).sum() / _WEIGHTS.sum())


def test_a_row_needs_three_events() -> None:
    rare = of_labels(tally([1] * 4, [2] * 4, [2] * 4), tally([1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]))
    assert enough(rare).tolist() == [True, True, True, True, False]


@given(tallies(), st.integers(2, 5))
def test_what_is_expected_of_events_that_come_several_times(found: Tally, times: int) -> None:
    cor, _, par, on_gold, predicted = np.moveaxis(found.counts.astype(float), 1, 0)
    size, credit = (on_gold + predicted) / 2, cor + par / 2
    grown = expected(size, credit, times=times)
    written_out = expected(np.tile(size, times), np.tile(credit, times))
    for name in ("near", "least", "alike", "df", "events"):
        assert getattr(grown, name) == pytest.approx(getattr(written_out, name)), name


# --- differences ---


def test_a_difference_by_hand() -> None:
    # Differences by event .1 .1 0 .2: v = 3/4 · (0 + 0 + .01 + .01) / 9 = .0016667; m = 4, N = 40, k = 3:
    # V = (3 v + 5/1600) / 4 = .00203125, t(3) = 3.182446: .1 ± .14343
    a, b = tally([8] * 4, [10] * 4, [10] * 4), tally([9, 9, 8, 10], [10] * 4, [10] * 4)
    found = difference_spreads(a, b)["rates"]
    assert found.value[MICRO, F1] == pytest.approx(0.1)
    assert found.variance[MICRO, F1] == pytest.approx(0.00203125)
    assert found.differ[MICRO, F1] == 3
    assert found.interval()[MICRO, F1] == pytest.approx((-0.04343, 0.24343), abs=1e-5)
    # The same file twice: 0 ± t / N.
    same = difference_spreads(a, a)["rates"]
    assert same.interval()[MICRO, F1] == pytest.approx((-3.182446 / 40, 3.182446 / 40))


@given(st.data())
def test_to_exchange_two_systems_turns_the_difference(data: st.DataObject) -> None:
    a = data.draw(tallies())
    events = a.counts.shape[-1]
    lost = np.array(data.draw(st.lists(st.integers(0, 3), min_size=events, max_size=events)))
    rows = a.counts.copy()
    rows[1, 0] = np.maximum(rows[1, 0] - lost, 0)
    rows[0] = rows[1:].sum(0)
    b = Tally(a.labels, rows)
    one, other = difference_spreads(a, b)["rates"].interval(), difference_spreads(b, a)["rates"].interval()
    assert np.allclose(one, -other[..., ::-1], equal_nan=True)
    assert (np.diff(one)[~np.isnan(one[..., 0])] > 0).all()


# --- the bootstrap, where somebody asks for it ---


def counts(units: int, seed: int) -> np.ndarray[Any, Any]:
    """One label: correct, gold and predicted spans of each unit."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(1, 20, units)
    cor = rng.binomial(gold, 0.7)
    return np.stack((cor, 0 * cor, 0 * cor, gold, cor + rng.integers(0, 6, units)))


def of_row(row: np.ndarray[Any, Any]) -> Tally:
    return Tally(("A",), np.stack((row, row)))


def f1(cor: Any, gold: Any, predicted: Any, axis: int = -1) -> Any:
    return 2 * cor.sum(axis) / (gold.sum(axis) + predicted.sum(axis))


def test_percentiles_are_scipys() -> None:
    row = counts(200, 1)
    ours = percentiles(numbers(of_row(row), resamples(200, 4000, 5))["rates"])[MICRO, F1]
    theirs = stats.bootstrap(
        (row[0], row[3], row[4]), f1, paired=True, method="percentile", n_resamples=4000, rng=np.random.default_rng(9)
    ).confidence_interval
    # Both ends are of 4000 draws; they are off by about a twentieth of the interval's width.
    assert ours == pytest.approx([theirs.low, theirs.high], abs=0.1 * (theirs.high - theirs.low))


def test_a_resample_is_a_sum_of_the_units_drawn() -> None:
    row = counts(12, 2)
    weights = resamples(12, 50, 3)
    assert (weights.sum(1) == 12).all()
    drawn = numbers(of_row(row), weights)["rates"]
    for n, weight in enumerate(weights):
        units = np.repeat(np.arange(12), weight.astype(int))
        assert drawn[MICRO, F1, n] == pytest.approx(f1(row[0][units], row[3][units], row[4][units]))


def test_of_a_number_that_resamples_lack_only_those_that_have_it_count() -> None:
    values = np.array([[1.0, np.nan, 1.0, 1.0], [np.nan] * 4])
    found = percentiles(values)
    assert found[0].tolist() == [1, 1]
    assert np.isnan(found[1]).all()


# --- permutations ---


@pytest.mark.parametrize("units", [8, 300])
def test_p_is_scipys(units: int) -> None:
    a, b = counts(units, 3), counts(units, 4)
    b[0] = np.minimum(a[0] + (np.arange(units) % 5 == 0), a[3])
    b[3:] = a[3:]

    def difference(x: Any, y: Any, axis: int) -> Any:
        # Gold and predicted are alike, so that F1 differs as the correct do.
        return y.sum(axis) - x.sum(axis)

    theirs = stats.permutation_test(
        (a[0], b[0]), difference, permutation_type="samples", n_resamples=9999, rng=np.random.default_rng(1)
    ).pvalue
    swaps, every = exchanges(a[0] != b[0], 9999, 6)
    assert every == ((a[0] != b[0]).sum() <= MOST_EXACT)
    observed = np.array(b[0].sum() - a[0].sum(), float)
    permuted = ((b[0] - a[0]) * (1 - 2 * swaps)).sum(1)
    assert p_value(observed, permuted, every) == pytest.approx(theirs, abs=0.02)


def test_events_on_which_systems_do_not_differ_are_not_exchanged() -> None:
    swaps, every = exchanges(np.array((True, False, True)), 1000, 1)
    assert every
    assert sorted(swaps.tolist()) == [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1]]


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .5 times 4 3 2 1: .04 .06 .06 .5
    assert holm([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.06, 0.5, 0.04, 0.06])
    assert holm([]) == []


# --- units ---


def test_units_are_events_in_whatever_order_documents_come() -> None:
    ids, events = ["d", "b", "a", "c"], ["e2", None, "e1", "e2"]
    units = event_units(ids, events)
    assert units.count == 3
    assert units.of[0] == units.of[3] != units.of[1]
    again = event_units(ids[::-1], events[::-1])
    assert again.of[::-1].tolist() == units.of.tolist()


def test_many_events_are_pooled_into_groups_of_one_size() -> None:
    units = event_units([f"d{n}" for n in range(5 * GROUPS)], None)
    assert units.count == GROUPS
    assert set(np.bincount(units.of).tolist()) == {5}


def test_pooling_does_not_change_what_is_estimated() -> None:
    row = counts(4 * GROUPS, 5)
    of = event_units([f"d{n}" for n in range(4 * GROUPS)], None).of
    pooled = np.stack([np.bincount(of, weights=values) for values in row]).astype(int)
    wide = [np.diff(intervals(of_row(r))["rates"][MICRO, F1])[0] for r in (row, pooled)]
    assert wide[1] == pytest.approx(wide[0], rel=0.05)
