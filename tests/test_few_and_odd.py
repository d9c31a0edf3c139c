"""Few events, ties, and sides that lack something: every number by hand, and true words where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from marked import SCHEME
from mihakk.annotate.document import Article, Span
from mihakk.annotate.label_studio.order import in_order
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.eval.comparison import compare
from mihakk.eval.plan import plan
from mihakk.eval.score import evaluate
from mihakk.export.known import ENOUGH, known_json, known_table, known_work
from mihakk.export.policy import Policy, most_by_place
from test_corpus import Run, run  # noqa: F401  # pyright: ignore[reportUnusedImport]
from test_known import FULL, HALF, known_gold, work

Rows = list[dict[str, Any]]
P1, G1, P2, G2, M = (0, 4, "PER"), (5, 9, "GPE"), (10, 14, "PER"), (15, 19, "GPE"), (20, 24, "MISC")
ALL = (P1, G1, P2, G2)


def rows(*documents: Sequence[tuple[int, int, str]]) -> Rows:
    """An event for each document."""
    return [
        {
            "id": f"d{n}",
            "text": "x" * 400,
            "event_id": f"e{n}",
            "entities": [dict(zip(("start", "end", "label"), span, strict=True)) for span in spans],
        }
        for n, spans in enumerate(documents)
    ]


def strict(gold: Rows, predicted: Rows, **options: Any) -> Any:
    return evaluate(gold, predicted, **options).tasks["entities"]["strict"]


@pytest.mark.parametrize("events", [1, 2, 3])
def test_from_three_events_on_there_are_intervals(events: int) -> None:
    found = strict(rows(*[ALL] * events), rows(*[ALL] * events))
    assert (found.micro.f1, found.macro.f1) == (1.0, 1.0)
    if events < 3:
        assert not found.micro.intervals
        return
    # Recall: 12 spans, all right: n_eff = 12 / (1 + .1 · 3) = 9.230769, t² of 2 degrees of freedom = 18.51282;
    # Wilson: n / (n + t²) = .332719 to 1.
    assert found.micro.intervals["recall"] == pytest.approx((0.332719, 1.0), abs=1e-5)


def test_all_wrong_is_the_mirror_of_all_right() -> None:
    # Each event has four gold spans and four wrong ones elsewhere: 1 - the interval above.
    wrong = [(start + 100, end + 100, label) for start, end, label in ALL]
    found = strict(rows(*[ALL] * 3), rows(*[wrong] * 3))
    assert (found.micro.f1, found.micro.counts.mis, found.micro.counts.spu) == (0.0, 12, 12)
    assert found.micro.intervals["recall"] == pytest.approx((0.0, 1 - 0.332719), abs=1e-5)


def test_an_event_without_gold_counts_by_what_is_predicted_there() -> None:
    # Four events of four right spans, one of them without gold: P = 12/16, R = 12/12, F1 = 24/28.
    found = strict(rows((), *[ALL] * 3), rows(*[ALL] * 4)).micro
    assert (found.precision, found.recall, found.f1) == pytest.approx((0.75, 1.0, 24 / 28))
    # Without it P = 1; without another one 8/12: v = 3/4 (.25² + 3 · (1/12)²) = .0625.
    # Only one event has a miss: k = 1. r' = 12.5/17, least = r'(1 - r')/16 = .0121648, expected = 1.3 of that, .0158143;
    # V = (.0625 + .0158143)/2 = .0391572, n_eff = .1946367/.0391572 = 4.970650, t² of 3 = 10.127964. Wilson: middle
    # .75 + 1.018776 = 1.768776, half √(10.127964 · .1875/4.970650 + 1.018776²) = 1.191508, 1 + t²/n = 3.037553.
    assert found.intervals["precision"] == pytest.approx((0.190045, 0.974562), abs=1e-4)


def test_a_label_that_only_the_predictions_have() -> None:
    found = strict(rows(*[ALL] * 6), rows(*[(*ALL, M)] * 6))
    # MISC: 0 of 6 predicted are right, there are none to find, F1 = 0 of 3; macro over three labels.
    misc = found.labels["MISC"]
    assert (misc.precision, misc.recall, misc.f1) == (0.0, None, 0.0)
    assert (found.macro.recall, found.macro.f1) == pytest.approx((2 / 3, 2 / 3))
    assert found.micro.precision == pytest.approx(24 / 30)
    # The interval of macro recall: PER and GPE have 12 of 12, two an event: near 12.5/13, least .0369822/12 = .00308185,
    # alike 1.1 of that, .00339004. Of MISC's recall nothing is known: 1/4. V = (2 · .00339004 + .25)/9 = .0285311, since
    # nothing is missed; near = (2 · 12.5/13 + .5)/3 = .807692. n_eff = .155325/.0285311 = 5.44406, t² of 5 = 6.607890.
    # middle .666667 + .606890 = 1.273557, half √(6.607890 · .222222/5.44406 + .606890²) = .798776, 1 + t²/n = 2.213780
    assert found.macro.intervals["recall"] == pytest.approx((0.214467, 0.936109), abs=1e-4)


def test_a_label_that_only_the_gold_has() -> None:
    found = strict(rows(*[(*ALL, M)] * 6), rows(*[ALL] * 6))
    misc = found.labels["MISC"]
    assert (misc.precision, misc.recall, misc.f1) == (None, 0.0, 0.0)
    # The same numbers as above with the sides exchanged.
    assert found.macro.intervals["precision"] == pytest.approx((0.214467, 0.936109), abs=1e-4)


def test_empty_predictions() -> None:
    found = strict(rows(*[ALL] * 6), rows(*[()] * 6))
    assert (found.micro.precision, found.micro.recall, found.micro.f1) == (None, 0.0, 0.0)
    assert "precision" not in found.micro.intervals
    # n_eff = 24 / 1.3 = 18.461538; t² / (n + t²) = 6.607890 / 25.069428
    assert found.micro.intervals["recall"] == pytest.approx((0.0, 0.263584), abs=1e-5)


def test_nothing_on_either_side_is_not_defined() -> None:
    found = strict(rows(*[()] * 4), rows(*[()] * 4))
    assert (found.micro.precision, found.micro.recall, found.micro.f1, found.labels) == (None, None, None, {})


def test_the_same_system_twice() -> None:
    comparison = compare(rows(*[ALL] * 6), {"a": rows(*[ALL] * 6), "b": rows(*[ALL] * 6)})
    difference = comparison.differences["b"]["entities.strict.micro.f1"]
    # V = (0 + 1)/24², no event differs; t of 5 degrees of freedom is 2.570582: ± 2.570582/24.
    assert difference.interval == pytest.approx((-0.107108, 0.107108), abs=1e-5)
    assert (difference.p, difference.events, difference.least_p) == (None, 0, 1.0)
    assert any("have equal counts on every event" in note for note in comparison.notes)


def test_nothing_against_everything() -> None:
    comparison = compare(rows(*[ALL] * 6), {"none": rows(*[()] * 6), "all": rows(*[ALL] * 6)})
    difference = comparison.differences["all"]["entities.strict.micro.f1"]
    # F1 0 and 1. N = (24 + 12)/2 = 18, m = 24, k = 6, v = 0: V = 25/18²/7 = .0110229; 1 - 2.570582 · .104990 = .730115.
    assert difference.interval == pytest.approx((0.730115, 1.0), abs=1e-4)
    assert difference.p == pytest.approx(2 / 2**6)
    # Of precision there is no difference: 0/0 against 1.
    assert "entities.strict.micro.precision" not in comparison.differences["all"]


def test_two_events_are_compared_without_intervals() -> None:
    comparison = compare(rows(*[ALL] * 2), {"a": rows(*[(P1,)] * 2), "b": rows(*[ALL] * 2)})
    difference = comparison.differences["b"]["entities.strict.micro.f1"]
    # a: 2 of 8 found, F1 = 4/10.
    assert (difference.difference, difference.interval, difference.p) == (pytest.approx(0.6), None, None)


@pytest.mark.parametrize("option", ["within", "difference"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_target_is_a_number_above_0(option: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{option} must be a number above 0"):
        plan(rows(*[ALL] * 3), rows(*[ALL] * 3), rows(*[ALL] * 3), **{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "command",
    [
        "annotate tasks x.csv -o t.json --predictions p.jsonl --blind nan",
        "export adjudicate e.json -o t.json --sample nan",
        "eval serve words --blind nan",
    ],
)
def test_a_share_is_a_number(run: Run, command: str) -> None:  # noqa: F811
    code, _, err = run(*command.split())
    assert (code, "nan is not a number" in err) == (2, True), err


def test_a_target_that_no_gold_meets_and_one_that_all_do() -> None:
    gold, half, more = rows(*[ALL] * 6), rows(*[(P1, G1)] * 6), rows(*[(P1, G1, P2)] * 6)
    never = plan(gold, half, more, within=1e-9, difference=1e-9)
    assert never.within and never.difference
    assert {never.within.events, never.within.low, never.within.high, never.difference.events} == {None}
    from_the_start = plan(gold, half, within=1.0)
    assert from_the_start.within and from_the_start.within.events == 3  # the fewest that have an interval


@pytest.mark.parametrize(("events", "message"), [(1, "rests on fewer than 3 events"), (2, "fewer than 3 events")])
def test_too_few_events_to_plan_from(events: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(rows(*[ALL] * events), rows(*[ALL] * events))


def test_an_overlap_of_just_the_share_that_is_asked() -> None:
    # 55 of 100 characters: in binary fractions 0.55 · 100 is 55.00000000000001.
    for share, length in ((0.55, 55), (0.07, 7), (0.29, 29), (0.57, 57), (0.58, 58)):
        found = evaluate(rows([(0, 100, "PER")]), rows([(0, length, "PER")]), iou=share).tasks["entities"]
        assert found["overlap"].micro.counts.cor == 1, share
        found = evaluate(rows([(0, 100, "PER")]), rows([(0, length - 1, "PER")]), iou=share).tasks["entities"]
        assert found["overlap"].micro.counts.cor == 0, share


def test_spans_that_touch_are_no_pair_where_one_has_several_partners() -> None:
    # The first predicted span overlaps the second gold span, and only touches the first. So it takes the second, and
    # the other predicted span, of another label, has no gold span left: type has one right pair and no further one.
    gold, predicted = [(0, 3, "PER"), (2, 6, "PER")], [(3, 8, "PER"), (4, 7, "GPE")]
    counts = evaluate(rows(gold), rows(predicted)).tasks["entities"]["type"].micro.counts
    assert (counts.cor, counts.inc, counts.mis, counts.spu) == (1, 0, 1, 1)


def test_two_claims_without_a_stance_are_not_alike() -> None:
    # IoU: of the first predicted claim with both gold claims 10/14, of the second with the first gold claim 9/12, with
    # the second 5/16. No pair has equal stances, so the most pairs count, which are two: the second gold claim, support,
    # is paired with the claim without a stance. Were it none against none first, it would have no partner.
    gold = [{"start": 0, "end": 12}, {"start": 4, "end": 16, "stance": "support"}]
    predicted = [{"start": 2, "end": 14}, {"start": 0, "end": 9, "stance": "support"}]
    sides = ([{"id": "a", "text": "x" * 40, "claims": claims}] for claims in (gold, predicted))
    counts = evaluate(*sides).tasks["claim_stance"]["conditional"].micro.counts
    assert (counts.gold, counts.cor) == (1, 0)


@pytest.mark.parametrize(("start", "end", "right"), [(20, 24, 1), (20, 26, 0), (18, 24, 0)])
def test_a_source_has_both_boundaries(start: int, end: int, right: int) -> None:
    def side(start: int, end: int) -> Rows:
        claim = {"start": 0, "end": 12, "sources": [{"start": start, "end": end}]}
        entities = [{"start": start, "end": end, "label": "PERS"}]
        return [{"id": "a", "text": "x" * 40, "entities": entities, "claims": [claim]}]

    found = evaluate(side(20, 24), side(start, end)).tasks["attribution"]
    assert [found[scheme].micro.counts.cor for scheme in ("strict", "overlap")] == [right, right]


def test_claims_that_touch_do_not_overlap_however_little_is_asked() -> None:
    # The second predicted claim puts the two that touch into one group.
    gold = [{"start": 0, "end": 10, "stance": "support"}]
    predicted = [{"start": 10, "end": 20, "stance": "support"}, {"start": 9, "end": 12, "stance": "deny"}]
    sides = ([{"id": "a", "text": "x" * 40, "claims": claims}] for claims in (gold, predicted))
    counts = evaluate(*sides, iou=1e-9).tasks["claim_stance"]["conditional"].micro.counts
    assert (counts.gold, counts.cor) == (1, 0)


X, Y, Z = Span(0, 5, "PER"), Span(3, 8, "PER"), Span(20, 25, "GPE")


@pytest.mark.parametrize(
    ("versions", "kept", "tied"),
    [
        ([[X]], {X}, set()),
        ([[X], []], set(), {X}),
        ([[X], [Y]], set(), {X, Y}),
        ([[X], [X]], {X}, set()),
        ([[X], [Y], []], set(), {X, Y}),
        ([[X], [], []], set(), set()),
        ([[X], [X], [Y], []], {X}, set()),
        ([[X], [X], [], []], set(), {X}),
        ([[X], [X], [Y], [Y]], set(), {X, Y}),
        ([[X], [X], [Y], [], []], set(), {X}),
        ([[X], [X], [Y], [Y], []], set(), {X, Y}),
        ([[X], [X], [], [], []], set(), set()),
        # Two places are decided apart: Z by 3 of 5, of the other place X by 2 against 1, 1 and 1.
        ([[X, Z], [X, Z], [Y, Z], [X, Y], []], {X, Z}, set()),
    ],
)
def test_most_with_one_to_five_annotators(versions: list[list[Span]], kept: set[Span], tied: set[Span]) -> None:
    needed = Policy(most=True).needed(len(versions))
    sure = {span for span in (X, Y, Z) if sum(span in version for version in versions) >= needed}
    assert most_by_place(versions, sure, lambda span: (span.start, span.end)) == (kept, tied)


@pytest.mark.parametrize("articles", [1, 2, 4, 5])
def test_known_articles_say_when_they_are_few(articles: int) -> None:
    gold = known_gold(articles)
    found = known_work(work(gold, ("a", FULL), ("b", HALF)), gold)
    # b finds one of two in each article and nothing wrong: F1 = 2/3.
    assert [one.leaf and one.leaf.f1 for one in found] == [1.0, pytest.approx(2 / 3)]
    assert [bool(one.leaf and one.leaf.intervals) for one in found] == [articles >= 3] * 2
    _, notes = known_table(found, gold)
    assert bool(notes) == (articles < ENOUGH)
    assert known_json(found, gold)["f1"] == (None if articles < ENOUGH else pytest.approx(2 / 3))


def test_scores_that_are_no_probabilities_order_before_no_answer() -> None:
    made = [make_task(Article(name, "زار دمشق"), (), SCHEME) for name in "abc"]
    for task, score in ((made[1], 7.5), (made[2], 2.5)):
        task["predictions"] = [{"model_version": "m", "result": [], "score": score}]
    # b is surer than c; a has no answer.
    assert [task["data"]["doc_id"] for task in in_order(made, "uncertainty", SCHEME)] == ["c", "b", "a"]
