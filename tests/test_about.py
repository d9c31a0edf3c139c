"""Which of the event's claims a claim is about: from Label Studio's result to gold, scores and agreement."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import Annotated, annotated
from hypothesis import given
from marked import SCHEME, gold, gold_document
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim
from mihakk.annotate.result import ResultReader, to_result
from mihakk.annotate.task import make_task
from mihakk.configs.errors import InputError
from mihakk.eval.agreement.measure import agreement
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.running.regions import row_of_regions
from mihakk.eval.score import evaluate
from mihakk.eval.spans import Counts
from mihakk.export.finished import FinishedTask, read_tasks
from mihakk.export.merge import merge
from raw_export import about, answer, exported, finished, region, stance
from test_cli import Run, run  # noqa: F401 - a fixture

# Claims at 4–14 and 20–28; two claims of the event.
TEXT = "قال نصر إن الهدنة بدأت وإن القصف توقف في حلب"
EVENT = (EventClaim("c1", "بدأت الهدنة"), EventClaim("c2", "توقف القصف"))
FIRST, SECOND = (11, 22), (27, 37)
ARTICLE = Article("خبر", TEXT, event_id="هدنة")


def read(*result: dict[str, Any]) -> ResultReader:
    reader = ResultReader(TEXT, [claim.id for claim in EVENT], SCHEME)
    reader.read(list(result))
    return reader


@given(annotated())
def test_what_is_written_is_read_again(one: Annotated) -> None:
    ids = [claim.id for claim in one.claims]
    reader = ResultReader(one.article.text, ids, SCHEME)
    reader.read(to_result(one.annotation, one.article.text, ids))
    assert reader.problems == []
    assert reader.annotation(one.article, one.annotation.annotator).claims == one.annotation.claims


def test_one_claim_of_the_event_counts_and_a_second_is_set_aside() -> None:
    """An interface with several choices, as the export in ../shared/faults/desk has it."""
    reader = read(region("a", *FIRST, "CLAIM"), about("a", *FIRST, "c2", "c1"), about("a", *FIRST, "c2"))
    assert reader.problems == []
    assert [claim.about for claim in reader.annotation(ARTICLE, "x").claims] == ["c2"]
    assert reader.set_aside == [("region a about c1", "it is about c2 already; one claim counts")]


def test_a_claim_that_the_task_does_not_have_is_an_error_with_its_place() -> None:
    (problem,) = read(region("a", *FIRST, "CLAIM"), about("a", *FIRST, "c3")).problems
    assert (problem.check, problem.region, problem.span) == ("unknown-claim", "a", (*FIRST, "CLAIM"))
    assert problem.message == "is about c3, a claim that the task does not have; it has c1, c2"
    (problem,) = read(region("a", *FIRST, "CLAIM"), {**about("a", *FIRST, "c1"), "value": {"choices": []}}).problems
    assert problem.check == "unreadable-result"


def test_of_a_region_that_is_no_claim_it_is_set_aside() -> None:
    """Label Studio drops it when a span is relabelled; other programs may not."""
    reader = read(region("a", *FIRST, "GPE"), about("a", *FIRST, "c1"), about("gone", *SECOND, "c2"))
    assert reader.problems == []
    assert reader.annotation(ARTICLE, "x").claims == ()
    assert [what for what, _ in reader.set_aside] == ["region a about c1", "region gone about c2"]


def test_claims_about_two_things_do_not_repeat_each_other() -> None:
    twice = [region("a", *FIRST, "CLAIM"), region("b", *FIRST, "CLAIM"), about("a", *FIRST, "c1")]
    assert read(*twice, about("b", *FIRST, "c2")).duplicates() == {}
    assert read(*twice, about("b", *FIRST, "c1")).duplicates() == {"b": "a"}


def claim(place: tuple[int, int], of_event: str | None, says: str | None = None) -> Claim:
    return Claim(*place, says, about=of_event)


def said(annotator: str, *claims: Claim) -> Annotation:
    return Annotation.on(ARTICLE, SCHEME, annotator, (), claims, {}, [one.id for one in EVENT])


def test_votes_decide_and_the_rest_is_set_aside() -> None:
    votes = [said(name, claim(FIRST, of)) for name, of in (("a", "c1"), ("b", "c1"), ("d", "c2"))]
    merged = merge(FinishedTask(ARTICLE, EVENT, tuple(votes)))
    assert merged.document is not None
    assert [one.about for one in merged.document.annotation.claims] == ["c1"]
    (aside,) = merged.set_aside
    assert (aside.annotators, aside.what.rpartition(" about ")[2], aside.undecided) == (("d",), "c2", False)
    split = merge(FinishedTask(ARTICLE, EVENT, (votes[0], votes[2])))
    assert split.document is not None
    assert [one.about for one in split.document.annotation.claims] == [None]
    assert [aside.undecided for aside in split.set_aside] == [True, True]


def test_from_an_export_to_gold_and_back(tmp_path: Path, run: Run) -> None:  # noqa: F811
    task = make_task(ARTICLE, EVENT, SCHEME)
    result = [
        region("a", *FIRST, "CLAIM"),
        stance("a", *FIRST, "support"),
        about("a", *FIRST, "c1"),
        region("b", *SECOND, "CLAIM"),
        stance("b", *SECOND, "deny"),
        answer(0, "agree"),
        answer(1, "discuss"),
    ]
    raw = [exported(task, [finished("huda@example.org", result)])]
    Path("export.json").write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    (read_task,) = read_tasks(raw, "x", SCHEME).tasks
    assert {(c.start, c.about) for c in read_task.annotations[0].claims} == {(FIRST[0], "c1"), (SECOND[0], None)}
    made = run("export", "dataset", "export.json", "-o", "gold", "--name", "n")
    assert (made.code, made.err) == (0, "")
    (document,) = read_gold(Path("gold")).split("all")
    assert [c.about for c in document.annotation.claims] == ["c1", None]
    card = (Path("gold") / "README.md").read_text(encoding="utf-8")
    assert "| claims about one of the event's claims | 1 |" in card


def test_the_content_hash_depends_on_it() -> None:
    """It changes a score, so a signature must tell two such gold sets apart; without it the hash is what it was."""
    document = gold_document("خبر", "قال إن [الهدنة بدأت|CLAIM:deny]", {"c1": "agree", "c2": "agree"})
    (only,) = document.annotation.claims
    hashes = {
        gold(
            test=[replace(document, annotation=replace(document.annotation, claims=(replace(only, about=of),)))]
        ).content_hash
        for of in (None, "c1", "c2")
    }
    assert len(hashes) == 3
    assert gold(test=[document]).content_hash in hashes


def test_an_extractor_that_answers_in_regions_says_it_too() -> None:
    regions = to_result(said("x", claim(FIRST, "c2", "deny")), TEXT, ["c1", "c2"])
    (row,) = row_of_regions(regions, ["c1", "c2"])["claims"]
    assert (row["about"], row["stance"]) == ("c2", "deny")


# --- scores


def row(*claims: tuple[int, int, str | None]) -> dict[str, Any]:
    listed = [{"start": s, "end": e, **({"about": of} if of else {})} for s, e, of in claims]
    return {"id": "خبر", "claims": listed}


GOLD = [
    (0, 10, "c1"),  # found, and right
    (20, 30, "c2"),  # found, and wrong
    (40, 50, "c1"),  # found, without an answer
    (60, 70, "c2"),  # not found
    (80, 90, None),  # found; the gold says nothing of it
]
PREDICTED = [(0, 9, "c1"), (20, 30, "c1"), (40, 50, None), (80, 90, "c1"), (100, 110, "c2")]


def scored(folder: Path, of_gold: list[Any], predicted: list[Any], name: str = "said.jsonl") -> Any:
    for path, content in ((folder / "gold.jsonl", of_gold), (folder / name, predicted)):
        path.write_text(json.dumps(row(*content), ensure_ascii=False) + "\n", encoding="utf-8")
    return evaluate(folder / "gold.jsonl", folder / name)


def test_scores_by_hand(tmp_path: Path) -> None:
    tasks = scored(tmp_path, GOLD, PREDICTED).tasks
    assert list(tasks) == ["claims", "claim_about"]
    # Of the three gold answers whose claim is found: one right, one wrong, one not answered.
    conditional = tasks["claim_about"]["conditional"].micro
    assert conditional.counts == Counts(1, 1, 0, 1, 0)
    assert (conditional.precision, conditional.recall) == (1 / 2, 1 / 3)
    # Of four gold answers and four predicted ones one is right, one wrong; two are missing, two are too many.
    assert tasks["claim_about"]["end_to_end"].micro.counts == Counts(1, 1, 0, 2, 2)
    assert tasks["claim_about"]["end_to_end"].labels["about"].counts == Counts(1, 1, 0, 2, 2)


def test_perfect_answers_score_one_whoever_counts(tmp_path: Path) -> None:
    tasks = scored(tmp_path, GOLD, GOLD).tasks["claim_about"]
    assert [tasks[scheme].micro.f1 for scheme in ("conditional", "end_to_end")] == [1.0, 1.0]


def test_claims_of_one_place_are_paired_by_what_they_are_about(tmp_path: Path) -> None:
    """Else the order in the file would decide."""
    tasks = scored(tmp_path, [(0, 10, "c1"), (0, 10, "c2")], [(0, 10, "c2"), (0, 10, "c1")]).tasks
    assert tasks["claim_about"]["end_to_end"].micro.counts == Counts(2, 0, 0, 0, 0)


def test_what_one_side_never_says_is_not_scored(tmp_path: Path) -> None:
    silent = [(start, end, None) for start, end, _ in GOLD]
    assert "claim_about" not in scored(tmp_path, GOLD, silent).tasks
    scores = scored(tmp_path, silent, GOLD)
    assert "claim_about" not in scores.tasks
    assert any("claim_about" in note for note in scores.notes)


def test_a_claim_that_the_event_does_not_have_is_refused(tmp_path: Path) -> None:
    """By the fast reader and by the careful one: of a file, and of rows."""
    document = gold_document("خبر", "قال إن [الهدنة بدأت|CLAIM:deny]", {"c1": "agree"})
    (only,) = document.annotation.claims
    document = replace(document, annotation=replace(document.annotation, claims=(replace(only, about="c1"),)))
    wrong = row((only.start, only.end, "c9"))
    (tmp_path / "said.jsonl").write_text(json.dumps(wrong) + "\n", encoding="utf-8")
    for given_rows in (tmp_path / "said.jsonl", [wrong]):
        with pytest.raises(InputError, match="is about c9, which is not a claim of the document; it has c1"):
            evaluate(gold(test=[document]), given_rows)
    right = evaluate(gold(test=[document]), [row((only.start, only.end, "c1"))])
    assert right.tasks["claim_about"]["conditional"].micro.f1 == 1.0


# --- agreement


def test_agreement_by_hand() -> None:
    """Two annotators, four pairs of answers of which three are equal; a claim without an answer is no answer."""
    text = "".join(f"ادعاء رقم {n} " for n in range(10, 20))
    article = Article("خبر", text)
    places = [(n * 13, n * 13 + 9) for n in range(5)]

    def one(name: str, answers: str) -> Annotation:
        claims = [Claim(*at, about=f"c{k}" if k != "-" else None) for at, k in zip(places, answers, strict=True)]
        return Annotation.on(article, SCHEME, name, (), claims, {}, ["c1", "c2"])

    measured = agreement([FinishedTask(article, EVENT, (one("a", "1122-"), one("b", "11211")))], SCHEME)
    found = measured.overall.stances["claim_about"]["strict"]
    assert (found.observed, found.pairs) == (3 / 4, 4)
    # By chance: a says c1 in 2 of 4, b in 3 of 4, so 1/2 · 3/4 + 1/2 · 1/4 = 1/2; kappa = (3/4 - 1/2) / (1/2).
    assert found.kappa == pytest.approx(0.5)
    (example,) = measured.disagreements.tasks["claim_about"]["about"]["c1/c2"].examples
    assert [marking.label for marking in example.markings if marking] == ["c2", "c1"]


def test_nobody_said_it_no_row() -> None:
    measured = agreement([FinishedTask(ARTICLE, EVENT, (said("a", claim(FIRST, None)), said("b")))], SCHEME)
    assert "claim_about" not in measured.overall.stances
    assert "claim_about" not in measured.disagreements.tasks
