"""Scores: averages by hand, stance against scikit-learn, and what is scored at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import mihakk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import SCHEME, annotation, gold, gold_document
from mihakk.annotate.document import EventClaim
from mihakk.annotate.predictions import Prediction, Predictions
from mihakk.configs.errors import InputError
from mihakk.eval.gold.records import Gold, GoldDocument
from mihakk.eval.score import Leaf, Scores, evaluate, score, score_spans
from mihakk.eval.spans import Counts

STANCES = tuple(SCHEME.article_stances)


def predictions(*documents: Prediction, tasks: str = "entities claims stances", notes: tuple[str, ...] = ()) -> Any:
    return Predictions(Path("predictions.jsonl"), documents, frozenset(tasks.split()), notes)


def prediction(name: str, source: str = "", stances: Mapping[str, str] | None = None) -> Prediction:
    said = annotation(source or "لا شيء")
    return Prediction(name, said.entities, said.claims, dict(stances or {}))


def on_input(scores: Scores) -> tuple[str, ...]:
    """The notes but those on few events, which these small samples all have."""
    return tuple(note for note in scores.notes if "few" not in note)


def numbers(leaf: Leaf) -> tuple[float | None, float | None, float | None]:
    return leaf.precision, leaf.recall, leaf.f1


def test_documents_that_predictions_lack_have_scores_whatever_the_others_say_of_themselves(tmp_path: Path) -> None:
    row = {
        "id": "أ",
        "text": "دمشق",
        "event_id": "e",
        "outlet": "و",
        "entities": [{"start": 0, "end": 4, "label": "GPE"}],
    }
    rows = [row, row | {"id": "ب"}]
    for name, some in (("gold", rows), ("said", rows[1:])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in some), encoding="utf-8")
    scores = evaluate(tmp_path / "gold.jsonl", tmp_path / "said.jsonl", per_document=True)
    micro = {name: of["entities"]["strict"].counts for name, of in scores.documents.items()}
    assert {name: (counts.cor, counts.mis) for name, counts in micro.items()} == {"أ": (0, 1), "ب": (1, 0)}


def test_predictions_in_memory_say_how_their_places_were_found() -> None:
    one = gold(test=[gold_document("a", "[دمشق|GPE]")])
    for placed in (False, True):
        read = replace(predictions(prediction("a", "[دمشق|GPE]")), has_mentions=placed)
        assert ("|mentions:order|" in score(one, read, "test").signature) is placed


# --- one row ---


def test_precision_recall_and_f1_are_shares_of_the_counts() -> None:
    # 3 of 4 predicted, 3 of 6 gold; F1 = 2·3 / (6 + 4)
    leaf = Leaf.of(Counts(cor=3, inc=1, par=0, mis=2, spu=0))
    assert numbers(leaf) == (0.75, 0.5, 0.6)


def test_partial_matches_count_half() -> None:
    # (1 + 2/2) = 2 of 4 predicted, 2 of 5 gold; F1 = 4 / 9
    leaf = Leaf.of(Counts(cor=1, inc=0, par=2, mis=2, spu=1))
    assert numbers(leaf) == (0.5, 0.4, pytest.approx(4 / 9))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(0, 0, 0, 0, 0), (None, None, None)),
        (Counts(0, 0, 0, 3, 0), (None, 0.0, 0.0)),  # nothing predicted
        (Counts(0, 0, 0, 0, 3), (0.0, None, 0.0)),  # no gold
        (Counts(0, 1, 0, 0, 0), (0.0, 0.0, 0.0)),
    ],
)
def test_zero_by_zero_is_none_and_f1_is_zero_where_one_side_is_empty(counts: Counts, expected: Any) -> None:
    assert numbers(Leaf.of(counts)) == expected


@given(*[st.integers(0, 50)] * 5)
def test_f1_is_the_harmonic_mean_where_both_are_defined(cor: int, inc: int, par: int, mis: int, spu: int) -> None:
    leaf = Leaf.of(Counts(cor, inc, par, mis, spu))
    if leaf.precision and leaf.recall:
        assert leaf.f1 == pytest.approx(2 / (1 / leaf.precision + 1 / leaf.recall))


# --- averages ---


def test_averages_are_those_of_the_seqeval_example() -> None:
    # seqeval: A B O A predicted as O B C A, each tag one span.
    table = score_spans(
        [[(0, 1, "A"), (1, 2, "B"), (3, 4, "A")]], [[(1, 2, "B"), (2, 3, "C"), (3, 4, "A")]], ("A", "B", "C", "D")
    )
    assert numbers(table.labels["A"]) == (1.0, 0.5, pytest.approx(2 / 3))
    assert numbers(table.labels["B"]) == (1.0, 1.0, 1.0)
    # Only predicted: it has no recall, and counts in macro as 0.
    assert numbers(table.labels["C"]) == (0.0, None, 0.0)
    # P (1 + 1 + 0) / 3, R (1/2 + 1 + 0) / 3, F1 (2/3 + 1 + 0) / 3
    assert numbers(table.macro) == (pytest.approx(0.667, abs=5e-4), 0.5, pytest.approx(0.556, abs=5e-4))
    # 2 of 3 predicted, 2 of 3 gold.
    assert numbers(table.micro) == (pytest.approx(2 / 3),) * 3
    assert table.micro.counts == Counts(cor=2, inc=0, par=0, mis=1, spu=1)


def test_labels_that_occur_nowhere_have_no_row_and_do_not_count_in_macro() -> None:
    table = score_spans([[(0, 4, "GPE")]], [[(0, 4, "GPE")]], ("PERS", "GPE", "LOC"))
    assert list(table.labels) == ["GPE"]
    assert numbers(table.macro) == (1.0, 1.0, 1.0)


def test_rows_are_in_scheme_order() -> None:
    spans = [(0, 4, "LOC"), (5, 9, "PERS"), (10, 14, "GPE")]
    assert list(score_spans([spans], [[]], ("PERS", "GPE", "LOC")).labels) == ["PERS", "GPE", "LOC"]


def test_a_labels_own_row_compares_spans_of_that_label_only() -> None:
    # Pooled, the two spans are one pair with the wrong label; each label alone sees one side.
    table = score_spans([[(0, 4, "GPE")]], [[(0, 4, "LOC")]], ("GPE", "LOC"))
    assert table.micro.counts == Counts(0, 1, 0, 0, 0)
    assert table.labels["GPE"].counts == Counts(0, 0, 0, 1, 0)
    assert table.labels["LOC"].counts == Counts(0, 0, 0, 0, 1)


def test_macro_carries_the_pooled_counts() -> None:
    table = score_spans([[(0, 4, "GPE")]], [[(0, 4, "GPE"), (5, 9, "LOC")]], ("GPE", "LOC"))
    assert table.macro.counts == table.micro.counts == Counts(1, 0, 0, 0, 1)


def test_nothing_on_both_sides_has_no_numbers() -> None:
    table = score_spans([[]], [[]], ("GPE",))
    assert numbers(table.micro) == numbers(table.macro) == (None, None, None)
    assert table.labels == {}


def test_equal_offsets_in_different_documents_do_not_match() -> None:
    table = score_spans([[(0, 4, "GPE")], []], [[], [(0, 4, "GPE")]], ("GPE",))
    assert table.micro.counts == Counts(0, 0, 0, 1, 1)


def test_the_example_of_the_numbers_page() -> None:
    """docs/numbers.md: each scheme's counts in its table, and the averages below it."""
    spans = [(0, 4, "GPE"), (10, 20, "ORG"), (30, 34, "PERS"), (50, 60, "GPE"), (70, 74, "LOC")]
    answers = [(0, 4, "GPE"), (10, 18, "ORG"), (30, 34, "ORG"), (56, 60, "GPE"), (80, 84, "LOC")]
    gold_rows, rows = (
        [{"id": "d", "entities": [{"start": s, "end": e, "label": label} for s, e, label in side]}]
        for side in (spans, answers)
    )
    schemes = mihakk.evaluate(gold_rows, rows).tasks["entities"]
    right = {"strict": 1, "exact": 2, "partial": 2, "type": 3, "left": 2, "right": 2, "overlap": 2}
    for scheme, cor in right.items():
        rest = 4 - cor
        counts = Counts(cor, 0, rest, 1, 1) if scheme == "partial" else Counts(cor, rest, 0, 1, 1)
        assert schemes[scheme].micro.counts == counts
    assert schemes["partial"].micro.f1 == 0.6
    strict = schemes["strict"]
    assert (strict.micro.f1, strict.macro.f1, strict.weighted.f1) == (0.2, 0.125, 0.2)
    assert strict.labels["GPE"].f1 == 0.5


# --- what is scored ---


TWO_NAMES = "زار [أحمد الشرع|PERS] [دمشق|GPE]"


def test_each_task_is_scored_on_its_own_spans() -> None:
    sample = gold(test=[gold_document("a", "قال [نصر|PERS] إن [الطريق مقطوع|CLAIM:support]", {"c1": "agree"})])
    said = prediction("a", "قال [نصر|GPE] إن [الطريق مقطوع|CLAIM:deny]", {"c1": "agree"})
    tasks = score(sample, predictions(said), "test").tasks
    assert tasks["entities"]["strict"].micro.counts == Counts(0, 1, 0, 0, 0)
    # The claim's span is right; its stance is no part of this task.
    assert tasks["claims"]["strict"].micro.counts == Counts(1, 0, 0, 0, 0)
    assert list(tasks["claims"]["strict"].labels) == ["CLAIM"]
    assert tasks["stance"]["strict"].micro.counts == Counts(1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("mentioned", "scored"),
    [
        ("entities", ["entities"]),
        ("claims", ["claims"]),
        ("stances", ["stance"]),
        ("stances entities", ["entities", "stance"]),
    ],
)
def test_a_task_never_mentioned_is_not_scored(mentioned: str, scored: list[str]) -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES, {"c1": "agree"})])
    scores = score(sample, predictions(prediction("a"), tasks=mentioned), "test")
    assert list(scores.tasks) == scored
    assert f"|task:{','.join(scored)}|" in scores.signature


def test_predictions_without_a_task_have_no_score() -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES, {"c1": "agree"})])
    with pytest.raises(InputError, match="the predictions have nothing, and the gold has claims, entities, stances"):
        score(sample, predictions(prediction("a"), tasks=""), "test")


@pytest.mark.parametrize("iou", [0.0, -0.5, 1.5, float("nan"), 5])
def test_an_intersection_over_union_outside_its_range_is_refused(iou: float) -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES, {"c1": "agree"})])
    with pytest.raises(InputError, match=r"iou: is .*above 0 and at most 1"):
        evaluate(sample, [{"id": "a", "entities": []}], iou=iou)


def test_a_document_without_prediction_counts_as_missed_and_is_noted() -> None:
    sample = gold(test=[gold_document(name, TWO_NAMES, {"c1": "agree"}) for name in ("قريب", "بعيد", "غائب")])
    scores = score(sample, predictions(prediction("قريب", TWO_NAMES, {"c1": "agree"})), "test")
    assert scores.tasks["entities"]["strict"].micro.counts == Counts(2, 0, 0, 4, 0)
    assert scores.tasks["stance"]["strict"].micro.counts == Counts(1, 0, 0, 2, 0)
    assert on_input(scores) == ("2 documents without a prediction count as missed: بعيد, غائب",)


def test_documents_of_another_split_are_noted_and_not_scored() -> None:
    sample = gold(
        train=[gold_document("t1", TWO_NAMES), gold_document("t2", TWO_NAMES)], test=[gold_document("a", TWO_NAMES)]
    )
    said = predictions(*(prediction(name, TWO_NAMES) for name in ("t1", "a", "t2")), tasks="entities")
    scores = score(sample, said, "test")
    assert scores.tasks["entities"]["strict"].micro.counts == Counts(2, 0, 0, 0, 0)
    assert on_input(scores) == ("2 predicted documents are not in the split test and are not scored",)


def test_all_scores_the_documents_of_every_split() -> None:
    sample = gold([gold_document("t", TWO_NAMES)], [gold_document("v", TWO_NAMES)], [gold_document("a", TWO_NAMES)])
    said = predictions(*(prediction(name, TWO_NAMES) for name in "tva"), tasks="entities")
    scores = score(sample, said, "all")
    assert scores.tasks["entities"]["strict"].micro.counts == Counts(6, 0, 0, 0, 0)
    assert on_input(scores) == ()


def test_documents_pair_by_id_and_not_by_place() -> None:
    sample = gold(test=[gold_document("a", "زار [دمشق|GPE]"), gold_document("b", "غادر [بغداد|GPE]")])
    said = predictions(prediction("b", "غادر [بغداد|GPE]"), prediction("a", "زار [دمشق|GPE]"), tasks="entities")
    assert score(sample, said, "test").tasks["entities"]["strict"].micro.counts == Counts(2, 0, 0, 0, 0)


def test_notes_on_the_predictions_are_passed_on() -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES)])
    found = score(sample, predictions(prediction("a"), notes=("ملاحظة",)), "test")
    assert on_input(found) == ("ملاحظة",)


def test_the_same_claim_span_from_two_sources_needs_two_predictions() -> None:
    one = "قال [الطريق مقطوع|CLAIM:support]"
    document = gold_document("a", one)
    twice = replace(document, annotation=replace(document.annotation, claims=document.annotation.claims * 2))
    scores = score(gold(test=[twice]), predictions(prediction("a", one), tasks="claims"), "test")
    assert scores.tasks["claims"]["strict"].micro.counts == Counts(1, 0, 0, 1, 0)


# --- stance ---


def stance_scores(given: Mapping[str, str | None], predicted: Mapping[str, str]) -> Scores:
    """Scores of one document with these gold stances and predicted ones, by claim."""
    sample = gold(test=[gold_document("a", "نص", given)])
    return score(sample, predictions(prediction("a", stances=predicted), tasks="stances"), "test")


def test_stance_by_hand_with_a_wrong_a_missing_and_an_open_answer() -> None:
    table = stance_scores(
        {"c1": "agree", "c2": "agree", "c3": "disagree", "c4": "discuss", "c5": None},
        {"c1": "agree", "c2": "disagree", "c3": "disagree", "c5": "agree"},
    ).tasks["stance"]["strict"]
    # Four pairs have gold: two right, c2 wrong, c4 not answered; c5 is open and out.
    assert table.micro.counts == Counts(cor=2, inc=1, par=0, mis=1, spu=0)
    # 2 of 3 answers, 2 of 4 pairs; F1 = 4 / 7
    assert numbers(table.micro) == (pytest.approx(2 / 3), 0.5, pytest.approx(4 / 7))
    # agree: answered once, rightly, of 2; disagree: answered twice, rightly once, of 1; discuss: never answered.
    assert numbers(table.labels["agree"]) == (1.0, 0.5, pytest.approx(2 / 3))
    assert numbers(table.labels["disagree"]) == (0.5, 1.0, pytest.approx(2 / 3))
    assert numbers(table.labels["discuss"]) == (None, 0.0, 0.0)
    assert table.labels["agree"].counts == Counts(1, 0, 0, 1, 0)
    assert table.labels["disagree"].counts == Counts(1, 0, 0, 0, 1)
    assert list(table.labels) == ["agree", "disagree", "discuss"]  # unrelated occurs nowhere
    # P (1 + 1/2 + 0) / 3, R (1/2 + 1 + 0) / 3, F1 (2/3 + 2/3 + 0) / 3
    assert numbers(table.macro) == (0.5, 0.5, pytest.approx(4 / 9))


def test_predictions_on_open_pairs_are_noted_and_not_scored() -> None:
    scores = stance_scores({"c1": "agree", "c2": None, "c3": None}, {"c1": "agree", "c2": "agree", "c3": "discuss"})
    assert scores.tasks["stance"]["strict"].micro.counts == Counts(1, 0, 0, 0, 0)
    assert on_input(scores) == ("2 stances were predicted where the gold stance is undecided, and not scored",)


def test_stance_without_any_gold_has_no_numbers() -> None:
    table = stance_scores({"c1": None}, {"c1": "agree"}).tasks["stance"]["strict"]
    assert numbers(table.micro) == numbers(table.macro) == (None, None, None)
    assert table.labels == {}


def test_answers_to_the_same_claim_in_two_documents_are_two_pairs() -> None:
    sample = gold(test=[gold_document("a", "نص", {"c1": "agree"}), gold_document("b", "نص", {"c1": "disagree"})])
    said = predictions(*(prediction(name, stances={"c1": "agree"}) for name in "ab"), tasks="stances")
    assert score(sample, said, "test").tasks["stance"]["strict"].micro.counts == Counts(1, 1, 0, 0, 0)


@given(st.lists(st.tuples(st.sampled_from(STANCES), st.none() | st.sampled_from(STANCES)), min_size=1, max_size=25))
def test_stance_agrees_with_scikit_learn(pairs: list[tuple[str, str | None]]) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    table = stance_scores(
        {f"c{n}": gold for n, (gold, _) in enumerate(pairs)},
        {f"c{n}": answer for n, (_, answer) in enumerate(pairs) if answer},
    ).tasks["stance"]["strict"]
    truth = [gold for gold, _ in pairs]
    answers = [answer or "no answer" for _, answer in pairs]
    occurring = [stance for stance in STANCES if stance in truth or stance in answers]

    def theirs(average: str | None) -> Any:
        return precision_recall_fscore_support(truth, answers, labels=occurring, average=average, zero_division=0)

    assert list(table.labels) == occurring
    precision, recall, f1, support = theirs(None)
    for n, stance in enumerate(occurring):
        ours = table.labels[stance]
        assert [value or 0.0 for value in numbers(ours)] == pytest.approx([precision[n], recall[n], f1[n]])
        assert ours.counts.gold == support[n]
    for leaf, average in ((table.micro, "micro"), (table.macro, "macro")):
        assert [value or 0.0 for value in numbers(leaf)] == pytest.approx(theirs(average)[:3])


@given(st.lists(st.tuples(st.sampled_from(STANCES), st.none() | st.sampled_from(STANCES)), min_size=1, max_size=25))
def test_kappa_of_stance_is_that_of_scikit_learn(pairs: list[tuple[str, str | None]]) -> None:
    from sklearn.metrics import accuracy_score, cohen_kappa_score

    table = stance_scores(
        {f"c{n}": gold for n, (gold, _) in enumerate(pairs)},
        {f"c{n}": answer for n, (_, answer) in enumerate(pairs) if answer},
    ).tasks["stance"]["strict"]
    truth, answers = [gold for gold, _ in pairs], [answer or "no answer" for _, answer in pairs]
    assert table.choice
    assert table.choice.accuracy == pytest.approx(accuracy_score(truth, answers))
    if len({*truth, *answers}) == 1:  # 0/0: chance gives full agreement
        assert table.choice.kappa is None
    else:
        assert table.choice.kappa == pytest.approx(cohen_kappa_score(truth, answers))


# --- scores.json and the signature ---


def test_scores_json_has_a_path_for_each_number() -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES)])
    scores = score(sample, predictions(prediction("a", "زار [أحمد الشرع|PERS] دمشق"), tasks="entities"), "test")
    written = json.loads(json.dumps(scores.as_json()))
    assert list(written) == ["format", "signature", "gold", "predictions", "size", "tasks", "notes"]
    assert written["size"] == {"documents": 1, "events": 0, "without_event": 1}
    assert (written["gold"], written["predictions"]) == ("تجربة@1.0", "predictions.jsonl")
    assert written["signature"] == scores.signature
    strict = written["tasks"]["entities"]["strict"]
    assert list(strict) == ["micro", "macro", "weighted", "averaged", "labels"]
    assert strict["averaged"] == {"labels": 2, "of": len(SCHEME.entity_labels)}
    # One of one predicted, one of two gold: P 1, R 1/2, F1 2/3.
    assert strict["micro"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "cor": 1,
        "inc": 0,
        "par": 0,
        "mis": 1,
        "spu": 0,
        "gold": 2,
        "predicted": 1,
    }
    assert strict["labels"]["GPE"]["precision"] is None
    # F1 (1 + 0) / 2
    assert strict["macro"]["f1"] == 0.5


def test_the_signature_says_what_the_numbers_depend_on() -> None:
    sample = gold(test=[gold_document("a", TWO_NAMES)])
    scores = score(sample, predictions(prediction("a"), tasks="entities claims"), "test")
    assert scores.signature == (
        f"mihakk:{mihakk.__version__}|gold:تجربة@1.0#{sample.content_hash[:8]}|split:test|task:entities,claims"
        "|match:strict,exact,partial,type,left,right,overlap(0.5)|tolerance:none,clitic"
        "|avg:micro,macro(seen),weighted(gold)|ci:jackknife(document)"
    )


@pytest.mark.parametrize(
    ("change", "split"),
    [
        ({"name": "أخرى"}, "test"),
        ({"version": "1.1"}, "test"),
        ({"test": [gold_document("a", TWO_NAMES, event_id="e")]}, "test"),
        ({}, "all"),
    ],
)
def test_the_signature_changes_with_name_version_content_and_split(change: dict[str, Any], split: str) -> None:
    def signature(sample: Gold, split: str) -> str:
        return score(sample, predictions(prediction("a")), split).signature

    documents = [gold_document("a", TWO_NAMES)]
    assert signature(gold(**({"test": documents} | change)), split) != signature(gold(test=documents), "test")


def test_scores_do_not_depend_on_the_order_of_documents() -> None:
    documents: list[GoldDocument] = [gold_document(name, TWO_NAMES, {"c1": "agree"}) for name in "abc"]
    said = [prediction(name, TWO_NAMES, {"c1": "agree"}) for name in "ab"]
    one = score(gold(test=documents), predictions(*said), "test").as_json()
    other = score(gold(test=documents[::-1]), predictions(*said[::-1]), "test").as_json()
    assert one == other


def test_a_claim_of_the_event_without_gold_stance_is_open_and_not_missed() -> None:
    document = gold_document("a", "نص", {"c1": "agree"})
    more = replace(document, claims=(*document.claims, EventClaim("c2", "ادعاء")))
    said = predictions(prediction("a", stances={"c1": "agree"}), tasks="stances")
    assert score(gold(test=[more]), said, "test").tasks["stance"]["strict"].micro.counts == Counts(1, 0, 0, 0, 0)
