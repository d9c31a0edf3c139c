"""Intervals and tests against scipy, and where they must keep silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mihakk.eval import compare, evaluate
from mihakk.eval.tally import Tally
from mihakk.eval.uncertainty import (
    FEW_EVENTS,
    GROUPS,
    event_units,
    exchanges,
    holm,
    interval,
    numbers,
    p_value,
    resamples,
)
from scipy import stats


def counts(units: int, seed: int) -> np.ndarray[Any, Any]:
    """One label: correct, gold and predicted spans of each unit."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(1, 20, units)
    cor = rng.binomial(gold, 0.7)
    return np.stack((cor, 0 * cor, 0 * cor, gold, cor + rng.integers(0, 6, units)))


def tally(row: np.ndarray[Any, Any]) -> Tally:
    return Tally(("A",), np.stack((row, row)))


def f1(cor: Any, gold: Any, predicted: Any, axis: int = -1) -> Any:
    return 2 * cor.sum(axis) / (gold.sum(axis) + predicted.sum(axis))


def test_intervals_are_scipys() -> None:
    row = counts(200, 1)
    ours = interval(numbers(tally(row), resamples(200, 4000, 5))["rates"])[0, 2]
    theirs = stats.bootstrap(
        (row[0], row[3], row[4]), f1, paired=True, method="percentile", n_resamples=4000, rng=np.random.default_rng(9)
    ).confidence_interval
    # Both edges are of 4000 draws; they are off by about a twentieth of the interval's width.
    assert ours == pytest.approx([theirs.low, theirs.high], abs=0.1 * (theirs.high - theirs.low))


def test_a_resample_is_a_sum_of_the_units_drawn() -> None:
    row = counts(12, 2)
    weights = resamples(12, 50, 3)
    assert (weights.sum(1) == 12).all()
    drawn = numbers(tally(row), weights)["rates"]
    for n, weight in enumerate(weights):
        units = np.repeat(np.arange(12), weight.astype(int))
        assert drawn[n, 0, 2] == pytest.approx(f1(row[0][units], row[3][units], row[4][units]))


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
    swaps, every = exchanges(units, 9999, 6)
    assert every == (units == 8)
    observed = np.array(b[0].sum() - a[0].sum(), float)
    permuted = ((b[0] - a[0]) * (1 - 2 * swaps)).sum(1)
    assert p_value(observed, permuted, every) == pytest.approx(theirs, abs=0.02)


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .5 times 4 3 2 1: .04 .06 .06 .5
    assert holm([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.06, 0.5, 0.04, 0.06])
    assert holm([]) == []


def test_units_are_events_in_whatever_order_documents_come() -> None:
    ids, events = ["d", "b", "a", "c"], ["e2", None, "e1", "e2"]
    units = event_units(ids, events, 1)
    assert units.count == 3
    assert units.of[0] == units.of[3] != units.of[1]
    again = event_units(ids[::-1], events[::-1], 1)
    assert again.of[::-1].tolist() == units.of.tolist()


def test_many_events_are_pooled_into_groups_of_one_size() -> None:
    units = event_units([f"d{n}" for n in range(5 * GROUPS)], None, 1)
    assert units.count == GROUPS
    assert set(np.bincount(units.of).tolist()) == {5}


def test_pooling_does_not_change_what_is_estimated() -> None:
    row = counts(4 * GROUPS, 5)
    of = event_units([f"d{n}" for n in range(4 * GROUPS)], None, 1).of
    pooled = np.stack([np.bincount(of, weights=values) for values in row]).astype(int)
    wide = [
        np.diff(interval(numbers(tally(r), resamples(r.shape[1], 1000, 2))["rates"])[0, 2])[0] for r in (row, pooled)
    ]
    assert wide[1] == pytest.approx(wide[0], rel=0.15)


def files(folder: Path, events: int) -> tuple[Path, Path, Path]:
    """Gold, and two systems of which the second finds more; ORG is in one event only."""
    rng = np.random.default_rng(11)
    sides: list[list[Any]] = [[], [], []]
    for n in range(events * 2):
        gold = [{"start": 10 * k, "end": 10 * k + 4, "label": "GPE"} for k in range(10)]
        if n == 0:
            gold.append({"start": 200, "end": 204, "label": "ORG"})
        for side, share in zip(sides, (1.0, 0.5, 0.8), strict=True):
            found = [span for span in gold if rng.random() < share]
            side.append({"id": f"d{n}", "event_id": f"e{n // 2}", "entities": found})
    paths = folder / "gold.jsonl", folder / "a.jsonl", folder / "b.jsonl"
    for path, rows in zip(paths, sides, strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return paths


def test_every_number_has_an_interval_that_holds_it(tmp_path: Path) -> None:
    gold, a, _ = files(tmp_path, 30)
    scores = evaluate(gold, a, ci=1000)
    for table in scores.tasks["entities"].values():
        for leaf in (table.micro, table.macro, table.labels["GPE"]):
            assert leaf.intervals
            for name, (low, high) in leaf.intervals.items():
                assert low <= getattr(leaf, name) <= high
        assert table.labels["ORG"].intervals is None
    assert f"entities: no intervals for labels that occur in fewer than {FEW_EVENTS} events: ORG" in scores.notes
    assert scores.signature.endswith("|ci:bootstrap(event,1000,seed=13)")
    assert scores == evaluate(gold, a, ci=1000)


def test_too_few_events_have_no_intervals_and_say_so(tmp_path: Path) -> None:
    gold, a, _ = files(tmp_path, FEW_EVENTS - 1)
    scores = evaluate(gold, a, ci=200)
    assert scores.tasks["entities"]["strict"].micro.intervals is None
    assert any("9 events are too few for intervals" in note for note in scores.notes)


def test_a_better_system_is_told_and_a_system_is_no_better_than_itself(tmp_path: Path) -> None:
    gold, a, b = files(tmp_path, 30)
    compared = compare(gold, a, b)
    d = compared.differences["b.jsonl"]["entities.strict.micro.f1"]
    assert d.difference == pytest.approx(d.b - d.a)
    assert d.interval and d.interval[0] > 0 and d.p == pytest.approx(1 / 1001)
    (tmp_path / "c.jsonl").write_bytes(a.read_bytes())
    same = compare(gold, a, tmp_path / "c.jsonl").differences["c.jsonl"]["entities.strict.micro.f1"]
    assert (same.difference, same.interval, same.p) == (0, (0, 0), 1)


def test_p_of_several_systems_is_adjusted(tmp_path: Path) -> None:
    gold, a, b = files(tmp_path, 30)
    (tmp_path / "c.jsonl").write_bytes(a.read_bytes())
    found = compare(gold, a, b, tmp_path / "c.jsonl").differences
    path = "entities.strict.micro.f1"
    assert found["b.jsonl"][path].p_holm == pytest.approx(2 / 1001)
    assert found["c.jsonl"][path].p_holm == 1
