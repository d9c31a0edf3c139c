"""Two systems held against each other: what is said, for how many events, in which form, and what can be required."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mihakk.configs.errors import InputError
from mihakk.eval import compare, evaluate
from mihakk.eval.comparison import Comparison, Difference, least_p
from mihakk.eval.gate import failures, unmet_differences
from mihakk.eval.paper import as_csv, as_latex, as_markdown, comparison_csv, comparison_latex, comparison_markdown
from mihakk.eval.plan import plan
from test_cli import Run, folder, run  # noqa: F401 - fixtures

PATH = "entities.strict.micro.f1"


def rows(found: Sequence[int], *, of: int = 10, label: str = "GPE") -> list[dict[str, Any]]:
    """A document for each event, with so many of its spans."""
    return [
        {
            "id": f"d{n}",
            "event_id": f"e{n}",
            "entities": [{"start": 10 * k, "end": 10 * k + 4, "label": label} for k in range(count)],
        }
        for n, count in enumerate(found)
    ]


def gold(events: int) -> list[dict[str, Any]]:
    return rows([10] * events)


def of(comparison: Comparison, path: str = PATH) -> Difference:
    (found,) = comparison.differences.values()
    return found[path]


# --- p, and the least p that there can be ---


@pytest.mark.parametrize(("better", "p"), [(5, None), (6, 2 / 64), (8, 2 / 256)])
def test_p_is_given_where_six_events_differ_or_more(better: int, p: float | None) -> None:
    # Of k events on which b is better each time, 2 of 2^k permutations differ as much.
    found = compare(gold(12), rows([8] * 12), rows([9] * better + [8] * (12 - better)))
    d = of(found)
    assert (d.p, d.events, d.least_p) == (p, better, 2.0 ** (1 - better))
    assert d.interval and d.interval[0] < d.difference < d.interval[1]
    note = f"entities: 1:rows and 2:rows differ on only {better} events, so no permutation test can reach p = 0.05"
    assert any(said.startswith(note) for said in found.notes) == (p is None)


def test_the_least_p_of_few_events() -> None:
    assert [least_p(k) for k in (0, 1, 4, 6)] == [1, 1, 0.125, 0.03125]


def test_a_row_has_its_own_events() -> None:
    base = rows([8] * 8)
    system = [
        *rows([9] * 8)[:-1],
        {**base[-1], "entities": [*base[-1]["entities"], {"start": 200, "end": 204, "label": "ORG"}]},
    ]
    found = compare(gold(8), base, system).differences["2:rows"]
    assert found[PATH].events == 8
    assert found["entities.strict.labels.GPE.f1"].events == 7
    assert "entities.strict.labels.ORG.f1" not in found or found["entities.strict.labels.ORG.f1"].p is None


def test_two_equal_files_are_said_to_score_alike() -> None:
    found = compare(gold(8), rows([8] * 8), rows([8] * 8))
    d = of(found)
    assert (d.difference, d.p, d.events, d.least_p) == (0, None, 0, 1)
    # ± t / N: t of 7 degrees of freedom is 2.364624; 80 gold and 64 predicted spans, 72 on average.
    assert d.interval == pytest.approx((-2.364624 / 72, 2.364624 / 72))
    assert "entities: 1:rows and 2:rows have equal counts on every event" in found.notes


def test_what_is_not_told_apart_is_not_called_equal() -> None:
    found = compare(gold(8), rows([8, 7, 9, 8, 7, 8, 9, 8]), rows([7, 8, 8, 9, 8, 7, 8, 9]))
    (note,) = [note for note in found.notes if "no difference in F1" in note]
    assert "which does not mean that there is none: 8 events show a difference of 0." in note


def test_of_two_events_nothing_is_said() -> None:
    found = compare(gold(2), rows([8, 8]), rows([9, 9]))
    assert of(found).interval is None
    assert "2 events are too few for intervals and tests; at least 3 are needed" in found.notes


def test_p_of_several_systems_is_adjusted_and_has_stars() -> None:
    found = compare(gold(12), {"a": rows([5] * 12), "b": rows([9] * 12), "c": rows([6] * 7 + [5] * 5)}).differences
    # All 12 and all 7 that differ are better: 2^-11 and 2^-6; times 2 for the smaller.
    assert found["b"][PATH].p_holm == pytest.approx(2**-10)
    assert found["c"][PATH].p_holm == pytest.approx(2**-6)
    assert (found["b"][PATH].stars, found["c"][PATH].stars) == ("***", "*")


def test_many_events_are_permuted_by_lot() -> None:
    rng = np.random.default_rng(1)
    found = compare(gold(30), rows([5] * 30), rows(rng.integers(6, 9, 30).tolist()))
    assert of(found).p == pytest.approx(1 / 1001)
    assert found.signature.endswith("|ci:jackknife(event)|p:permutation(event,1000,seed=13)")


# --- intervals of scores ---


def test_every_number_has_an_interval_that_holds_it() -> None:
    scores = evaluate([*gold(11), *rows([10] * 12)[11:]], rows([7, 8, 9, 6] * 3))
    for table in scores.tasks["entities"].values():
        for leaf in (table.micro, table.macro, table.weighted, table.labels["GPE"]):
            assert leaf.intervals
            for name, (low, high) in leaf.intervals.items():
                assert low <= getattr(leaf, name) <= high and low < high
    assert scores.signature.endswith("|ci:jackknife(event)")
    assert str(scores.size) == "12 documents of 12 events"


def test_few_events_are_said_to_be_few() -> None:
    def notes(events: int) -> tuple[str, ...]:
        return evaluate(gold(events), rows([8] * events)).notes[1:]  # the first says that there are no texts

    assert notes(2) == ("2 events are too few for intervals; at least 3 are needed",)
    assert notes(3) == ("all numbers rest on 3 events: with fewer than 10, intervals are wide and say little",)
    assert notes(10) == ()


def test_a_label_of_few_events_is_named() -> None:
    truth = gold(12)
    for n, label in ((0, "ORG"), (1, "PERS"), (2, "PERS"), (3, "PERS")):
        truth[n]["entities"].append({"start": 200, "end": 204, "label": label})
    scores = evaluate(truth, rows([8] * 12))
    assert scores.tasks["entities"]["strict"].labels["ORG"].intervals is None
    assert scores.tasks["entities"]["strict"].labels["PERS"].intervals
    assert scores.notes[1:] == (
        "entities: no intervals for labels that occur in fewer than 3 events: ORG",
        "entities: labels that rest on fewer than 10 events, in brackets how many: PERS (3)",
    )


def test_a_bootstrap_is_there_for_who_asks() -> None:
    one, other = (evaluate(gold(12), rows([7, 8, 9, 6] * 3), resamples=200, seed=seed) for seed in (1, 1))
    assert one == other
    assert one.signature.endswith("|ci:bootstrap(event,200,seed=1)")
    with pytest.warns(DeprecationWarning, match="ci has no effect any more"):
        assert evaluate(gold(3), rows([7] * 3), ci=100) == evaluate(gold(3), rows([7] * 3))


def test_a_task_of_few_events_is_named() -> None:
    truth, answers = gold(12), rows([8] * 12)
    for n in range(12):
        truth[n]["claims"] = [{"start": 0, "end": 10, "stance": "deny"}] if n < 4 else []
        answers[n]["claims"] = [{"start": 0, "end": 10, "stance": "deny"}] if n < 2 else []
    scores = evaluate(truth, answers)
    for note in (
        "claims, strict: rests on 4 events alone",
        "claim_stance, conditional: no intervals, as it rests on 2 events alone",
        "claim_stance, end_to_end: rests on 4 events alone",
    ):
        assert note in scores.notes
    assert scores.tasks["claim_stance"]["conditional"].micro.intervals is None
    assert scores.tasks["claim_stance"]["end_to_end"].micro.intervals


# --- requirements ---


def test_the_ends_of_an_interval_can_be_required() -> None:
    scores = evaluate(gold(4), rows([10, 8, 6, 8]))
    # Recall .47320 to .94684: see test_intervals_by_hand.
    path = "entities.strict.micro.recall"
    assert failures(scores, [f"{path}.low>=0.47", f"{path}.high<=0.95", f"tasks.{path}.low>0"]) == []
    assert failures(scores, [f"{path}.low>=0.48"]) == [f"{path}.low is 0.4732, required >= 0.48"]
    with pytest.raises(InputError, match="low is between 0 and 1"):
        failures(scores, [f"{path}.low>=1.5"])
    with pytest.raises(InputError, match=r"did you mean entities\.strict\.micro\.recall\.low"):
        failures(scores, [f"{path}.lov>=0.5"])
    few = evaluate(gold(2), rows([8, 8]))
    assert failures(few, [f"{path}.low>=0"]) == [f"{path}.low is not defined, required >= 0"]


def test_differences_can_be_required() -> None:
    found = compare(gold(4), rows([8] * 4), rows([9, 9, 8, 10]))
    # Recall .8 and .9: -.04343 to .24343, see test_a_difference_by_hand.
    path = "entities.strict.micro.recall.difference"
    assert unmet_differences(found, [f"{path}.low>=-0.05", f"{path}>0.05", f"{path}.high<0.25"]) == []
    assert unmet_differences(found, [f"{path}.low>0"]) == [f"2:rows: {path}.low is -0.0434, required > 0"]
    assert unmet_differences(found, ["entities.strict.micro.recall.p<0.05"]) != []
    with pytest.raises(InputError, match="difference"):
        unmet_differences(found, [f"{path}>1.5"])


def test_a_rule_holds_for_every_system() -> None:
    found = compare(gold(12), {"a": rows([5] * 12), "b": rows([9] * 12), "c": rows([4] * 12)})
    (failure,) = unmet_differences(found, [f"{PATH}.difference.low>=-0.02"])
    assert failure.startswith("c: entities.strict.micro.f1.difference.low is -0.")


# --- tables ---


def test_a_comparison_for_papers_has_averages_labels_stars_and_their_meaning() -> None:
    found = compare(gold(12), {"a_1": rows([5] * 12), "b": rows([9] * 12)})
    read = list(csv.DictReader(io.StringIO(comparison_csv(found))))
    d = found.differences["b"][PATH]
    (row,) = [r for r in read if (r["scheme"], r["label"], r["measure"]) == ("strict", "micro", "f1")]
    assert [float(row[name]) for name in ("a", "b", "difference", "low", "high", "p")] == [
        d.a, d.b, d.difference, *(d.interval or ()), d.p
    ]  # fmt: skip
    assert (row["events"], float(row["least_p"])) == ("12", 2**-11)
    # F1 of 5 and of 9 in 10: 2·5/15 and 2·9/19.
    cells = r"0\.667 \| 0\.947 \| \+0\.281 \(\+0\.\d{3} to \+0\.\d{3}\)\\\*\\\*\\\*"
    table = comparison_markdown(found)
    for name in ("micro", "macro", "weighted", "GPE"):
        assert re.search(rf"^\| {name} \| {cells} \|$", table, re.MULTILINE), table
    assert "p < 0.05" in table
    assert found.signature in table
    latex = comparison_latex(found)
    assert r"entities, strict, F1 & a\_1 & b & difference \\" in latex
    assert re.search(r"^GPE & 0\.667 & 0\.947 & \+0\.281 \[\+0\.\d{3}, \+0\.\d{3}\]\*\*\* \\\\$", latex, re.MULTILINE)
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 1


def test_scores_for_papers_have_labels() -> None:
    truth = [{**row, "entities": [*row["entities"], {"start": 300, "end": 303, "label": "A&B"}]} for row in gold(4)]
    scores = evaluate(truth, rows([10, 8, 6, 8]))
    assert "| entities, strict (2 of 2 labels) | P | R | F1 | gold |" in as_markdown(scores)
    # Recall of GPE is .8 and its interval is known by hand; of A&B, of which nothing is predicted, P is 0/0.
    assert "| 0.800 (0.473–0.947) |" in as_markdown(scores)
    assert r"A\&B & -- & 0.000 [0.000, " in as_latex(scores)
    lines = list(csv.DictReader(io.StringIO(as_csv(scores))))
    (row,) = [r for r in lines if (r["scheme"], r["row"]) == ("strict", "GPE")]
    assert (float(row["recall_low"]), float(row["recall_high"])) == pytest.approx((0.47320, 0.94684), abs=1e-5)
    (none,) = [r for r in lines if (r["scheme"], r["row"]) == ("strict", "A&B")]
    assert none["precision_low"] == ""


# --- how much gold is enough ---


def test_a_plan_by_arithmetic() -> None:
    # Of 4 events v = .0016667 and V = .00203125 with 3 degrees of freedom (test_a_difference_by_hand).
    planned = plan(
        gold(4),
        rows([8] * 4),
        rows([9, 9, 8, 10]),
        number="entities.strict.micro.recall",
        events=(4, 16),
        difference=0.1,
    )
    four, sixteen = planned.rows
    assert four.difference and sixteen.difference
    # χ² of 3 degrees of freedom: its 95th, 50th and 5th percentile are 7.814728, 2.365974 and .351846. t(3): 3.182446
    # and .978472; √V = .0450694.
    now = (3.182446 + 0.978472) * 0.0450694
    assert four.difference.value == pytest.approx(now * (3 / 2.365974) ** 0.5, rel=1e-5)
    assert four.difference.low == pytest.approx(now * (3 / 7.814728) ** 0.5, rel=1e-5)
    assert four.difference.high == pytest.approx(now * (3 / 0.351846) ** 0.5, rel=1e-5)
    # Each event four times: V = (3 · .0016667 + 17/25600) / (4 · 3 + 1), t(15): 2.131450 and .866245. The range is still
    # that of 4 events; its upper end has V / 4 of the pilot, which is more: .00203125 / 4.
    then = 2.131450 + 0.866245
    grown = (3 * 0.01 / 6 + 17 / 25600) / 13
    assert sixteen.difference.value == pytest.approx(then * (grown * 3 / 2.365974) ** 0.5, rel=1e-5)
    assert sixteen.difference.low == pytest.approx(then * (grown * 3 / 7.814728) ** 0.5, rel=1e-5)
    assert sixteen.difference.high == pytest.approx(then * (0.00203125 / 4 * 3 / 0.351846) ** 0.5, rel=1e-5)
    assert planned.difference and planned.difference.events
    assert planned.difference.low <= planned.difference.events <= (planned.difference.high or 10**6)
    assert (planned.a, planned.b) == (pytest.approx(0.8), pytest.approx(0.9))
    assert "WARNING: 4 events are too few to plan from; 10 are the least, 20 are better" in planned.notes


def test_more_events_never_widen_and_the_fewest_is_the_first_that_does() -> None:
    rng = np.random.default_rng(5)
    pilot = rng.integers(4, 11, 20).tolist()
    found = plan(gold(20), rows(pilot), within=0.03, events=range(3, 300))
    widths = [row.half_width.value for row in found.rows]
    assert widths == sorted(widths, reverse=True)
    assert found.within and found.within.events
    assert widths[found.within.events - 3] <= 0.03 < widths[found.within.events - 4]
    assert found.rows[0].difference is None
    assert any("second predictions file" in note for note in found.notes)
    never = plan(gold(20), rows(pilot), within=1e-6).within
    assert never and never.events is None


def test_one_event_that_weighs_as_much_as_the_others_is_named() -> None:
    truth = [*rows([60], of=60), *gold(12)[1:]]
    notes = plan(truth, rows([8] * 12)).notes
    assert any(note.startswith("one event has 35% of all spans") for note in notes)  # 60 of 170


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"number": "entities.strict.micro.f2"}, r"no such number; did you mean entities\.strict\.micro\.f1"),
        ({"difference": 0.1}, "give a second predictions file"),
        ({"within": 0}, "within must be a number above 0, not 0"),
        ({"events": (2,)}, "events must be 3 or more, not 2"),
    ],
)
def test_what_cannot_be_planned_is_said(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(gold(12), rows([8] * 12), **options)


def test_a_plan_takes_the_paths_of_scores_json() -> None:
    short, long = (plan(gold(12), rows([8] * 12), number=f"{prefix}{PATH}") for prefix in ("", "tasks."))
    assert short == long
    assert "|task:entities|match:strict|" in long.signature


def test_a_plan_needs_three_events() -> None:
    with pytest.raises(InputError, match="rests on fewer than 3 events"):
        plan(gold(2), rows([8] * 2))


# --- the commands ---


def written(where: Path, **files: list[dict[str, Any]]) -> None:
    for name, content in files.items():
        (where / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")


def test_the_commands_print_what_python_gives(run: Run, tmp_path: Path) -> None:  # noqa: F811
    written(tmp_path, gold=gold(12), a=rows([5] * 12), b=rows([9] * 12))
    as_json = run("eval", "compare", "gold.jsonl", "a.jsonl", "b.jsonl", "--json")
    found = json.loads(as_json.out)["differences"]["b.jsonl"][PATH]
    assert list(found) == ["a", "b", "difference", "interval", "p", "p_holm", "events", "least_p"]
    assert found["p"] == 2**-11
    assert found["interval"][0] < found["difference"] < found["interval"][1]
    table = run("eval", "compare", "gold.jsonl", "a.jsonl", "b.jsonl").out
    assert re.search(r"^entities\.strict +0\.667 +0\.947 +\+0\.281 .* 0\.000\*\*\*$", table, re.MULTILINE)
    assert "* p < 0.05, ** p < 0.01, *** p < 0.001" in table
    for form in ("--csv", "--markdown", "--latex"):
        assert run("eval", "compare", "gold.jsonl", "a.jsonl", "b.jsonl", form).code == 0
    two = run("eval", "compare", "gold.jsonl", "a.jsonl", "b.jsonl", "--csv", "--json")
    assert (two.code, two.err) == (2, "mihakk: --json, --csv, --markdown and --latex: choose one\n")
    rule = f"{PATH}.difference.low>0"
    assert run("eval", "compare", "gold.jsonl", "a.jsonl", "b.jsonl", "--require", rule).code == 0
    worse = run("eval", "compare", "gold.jsonl", "b.jsonl", "a.jsonl", "--require", rule)
    assert (worse.code, worse.err.startswith(f"mihakk: a.jsonl: {PATH}.difference.low is -0.")) == (1, True)
    planned = run("eval", "plan", "gold.jsonl", "a.jsonl", "b.jsonl", "--within", "0.05", "--difference", "0.03")
    assert planned.code == 0
    assert re.search(r"^a within ±0\.05 needs \d+ events \(\d+–\d+\)$", planned.out, re.MULTILINE)
    assert "12 events are a pilot" in planned.out
    assert json.loads(run("eval", "plan", "gold.jsonl", "a.jsonl", "--json").out)["events"] == 12
    wrong = run("eval", "plan", "gold.jsonl", "a.jsonl", "--events", "ten")
    assert (wrong.code, "must be whole numbers with commas between" in wrong.err) == (2, True)


def test_options_that_do_nothing_any_more_say_so(run: Run, tmp_path: Path) -> None:  # noqa: F811
    written(tmp_path, gold=gold(12), a=rows([5] * 12))
    plain = run("eval", "score", "gold.jsonl", "a.jsonl")
    old = run("eval", "score", "gold.jsonl", "a.jsonl", "--ci", "--resamples", "500", "--seed", "3")
    assert (old.code, old.out, plain.err) == (0, plain.out, "")
    assert old.err.startswith("mihakk: note: --ci, --resamples, --seed: no effect any more")
    assert plain.out.startswith("12 documents of 12 events\n")
