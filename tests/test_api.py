"""The Python door: the whole road from `mihakk`'s own names, and all that `evaluate` and `compare` take."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import mihakk
import mihakk.api
import numpy as np
import pytest
from marked import SCHEME, gold, gold_document, marked
from mihakk.cli import app
from mihakk.eval.gazetteer import Gazetteer
from mihakk.eval.gold.rows import prediction_row
from test_wheel import files_of_the_package

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "annotate" / "sample"
EXPORT = SAMPLE / "export.json"

# The road in the names of `mihakk` alone; `sample` is the folder of the sample corpus.
ROAD = """
import json, mihakk
from pathlib import Path

articles = mihakk.read_articles(sample / "pages")
tasks = mihakk.make_tasks(articles, events=sample / "events.yaml")
raw = json.loads((sample / "export.json").read_text(encoding="utf-8"))
checked = mihakk.check(raw)
export = mihakk.read_export(raw)
agreement = mihakk.agreement(export)
gold = mihakk.make_gold(export, name="sample")
gazetteer = mihakk.predict(gold, "mihakk.eval.gazetteer:Gazetteer")
scores = mihakk.evaluate(gold, gazetteer)
nothing = [{"id": row["id"], "entities": [], "claims": [], "stances": {}} for row in gazetteer]
comparison = mihakk.compare(gold, {"nothing": nothing, "gazetteer": gazetteer})
frames = [result.to_frame() for result in (scores, comparison, agreement)]
"""


@pytest.fixture(scope="module")
def sample_gold() -> mihakk.Gold:
    return mihakk.make_gold(EXPORT, name="sample")


@pytest.fixture(scope="module")
def sample_rows(sample_gold: mihakk.Gold) -> list[dict[str, Any]]:
    return mihakk.predict(sample_gold, Gazetteer)


def problems_of(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(mihakk.InputError) as error:
        call()
    return error.value.problems


# --- the names ---


def test_every_name_is_there_and_says_what_it_is() -> None:
    assert set(mihakk.__all__) <= set(dir(mihakk))
    assert sorted(mihakk.__all__) == sorted(mihakk.api.__all__)
    for name in mihakk.__all__:
        assert getattr(mihakk, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = mihakk.evalute


def test_type_checkers_see_the_same_names() -> None:
    # They follow a star only to what the other file lists, which is compared above.
    assert "if TYPE_CHECKING:\n    from .api import *\n" in (ROOT / "__init__.py").read_text(encoding="utf-8")


# --- the road ---


def test_the_whole_road_in_memory() -> None:
    road: dict[str, Any] = {"sample": SAMPLE}
    exec(ROAD, road)
    pages = sorted((SAMPLE / "pages").iterdir())
    assert [article.id for article in road["articles"]] == [page.stem for page in pages]
    assert [task["data"]["doc_id"] for task in road["tasks"]] == [page.stem for page in pages]
    assert road["checked"].tasks == len(road["raw"]) == 14
    assert not road["checked"].failed()
    assert sum(len(documents) for documents in road["gold"].splits.values()) == 14
    # Finding nothing has no true positive, so the baseline's F1 is the difference.
    f1 = road["scores"].tasks["entities"]["strict"].micro.f1
    assert f1 > 0
    assert road["comparison"].differences["gazetteer"]["entities.strict.micro.f1"].difference == f1
    assert all(len(frame) for frame in road["frames"])


def test_the_road_as_it_is_installed(tmp_path: Path) -> None:
    """The files that a wheel has (tests/test_wheel.py), away from the tree."""
    package = tmp_path / "site" / "mihakk"
    for name in files_of_the_package(ROOT):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, package / name)
    (tmp_path / "work").mkdir()
    code = "from pathlib import Path\nimport mihakk\nsample = Path(mihakk.__file__).parent / 'annotate' / 'sample'\n"
    done = subprocess.run(
        [sys.executable, "-c", code + ROAD + "print(mihakk.__file__, len(tasks), len(frames))"],
        cwd=tmp_path / "work",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(package / "__init__.py"), "14", "3"]


def test_the_command_line_and_python_make_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_gold: mihakk.Gold, sample_rows: list[dict[str, Any]]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (
        f"annotate tasks {SAMPLE}/pages --events {SAMPLE}/events.yaml -o tasks.json",
        f"export dataset {EXPORT} -o gold --name sample",
        "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o p.jsonl",
        "eval score gold p.jsonl -o scores.json",
    ):
        app(shlex.split(command), prog_name="mihakk", standalone_mode=False)
    articles = mihakk.read_articles(SAMPLE / "pages")
    tasks = mihakk.make_tasks(articles, SAMPLE / "events.yaml")
    assert tasks == json.loads(Path("tasks.json").read_text(encoding="utf-8"))
    assert mihakk.read_gold("gold").title == sample_gold.title
    lines = Path("p.jsonl").read_text(encoding="utf-8").splitlines()
    # A callable that was given as it is has no name to carry.
    assert [{**row, "model": "mihakk.eval.gazetteer:Gazetteer"} for row in sample_rows] == [*map(json.loads, lines)]
    scores = json.loads(Path("scores.json").read_text(encoding="utf-8"))
    assert mihakk.evaluate("gold", "p.jsonl").as_json() == scores


# --- reading articles, making tasks, writing gold ---


def test_all_articles_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    problems = problems_of(lambda: mihakk.read_articles(tmp_path / "a.txt", tmp_path / "b.txt"))
    assert problems == (f"{tmp_path}/a.txt: is empty", f"{tmp_path}/b.txt: does not exist")


def test_columns_of_a_table_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,body\nجسر,وأُغلق الجسر ٣ أيام\n", encoding="utf-8")
    (article,) = mihakk.read_articles(tmp_path / "a.csv", columns={"text": "body"})
    assert (article.id, article.text) == ("جسر", "وأُغلق الجسر ٣ أيام")
    (problem,) = problems_of(lambda: mihakk.read_articles(tmp_path / "a.csv", columns={"body": "text"}))
    assert problem.startswith("columns: body is no field of an article; use id, text, ")


def test_tasks_take_predictions_as_rows_and_refuse_an_id_given_twice() -> None:
    text, (span,) = marked("وصل إلى [دمشق|GPE]")
    article = mihakk.Article("خبر", text)
    row = {"id": "خبر", "model": "m", "entities": [{"start": span.start, "end": span.end, "label": "GPE"}]}
    (task,) = mihakk.make_tasks([article], predictions=[row])
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "m"
    assert [region["value"]["labels"] for region in prediction["result"]] == [["GPE"]]
    wrong = {**row, "entities": [{"start": 0, "end": 99, "label": "GPE"}]}
    (problem,) = problems_of(lambda: mihakk.make_tasks([article], predictions=[wrong]))
    assert problem.startswith("row 1: document خبر: entities[0]: 0–99 is not a piece of the text")
    (problem,) = problems_of(lambda: mihakk.make_tasks([article, replace(article, text="غيره", text_sha256="")]))
    assert problem == "article خبر: an earlier article has this id; ids must be unique"


def test_a_raw_export_that_is_none_is_refused() -> None:
    (problem,) = problems_of(lambda: mihakk.read_export([{"id": 1}]))
    assert problem.startswith("the export: is not Label Studio's JSON export: its items have no data")


def test_gold_is_written_whole_and_read_back(tmp_path: Path, sample_gold: mihakk.Gold) -> None:
    mihakk.write_gold(sample_gold, tmp_path / "gold")
    mihakk.write_gold(sample_gold, tmp_path / "gold")  # an earlier one is replaced
    read = mihakk.read_gold(str(tmp_path / "gold"))
    assert (read.title, read.split("all")) == (sample_gold.title, sample_gold.split("all"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    (problem,) = problems_of(lambda: mihakk.write_gold(sample_gold, tmp_path / "mine"))
    assert "exists and was not made by this command" in problem
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_class_learns_from_the_training_documents_and_a_function_is_taken_as_it_is(sample_gold: mihakk.Gold) -> None:
    by_hand = mihakk.predict(sample_gold, Gazetteer(sample_gold.split("train")), split="all")
    assert mihakk.predict(sample_gold, Gazetteer, split="all") == by_hand
    assert len(by_hand) == 14
    rows = mihakk.predict(sample_gold, lambda document: {"entities": []})
    assert rows == [{"entities": [], "id": document.article.id} for document in sample_gold.split("test")]
    (problem,) = problems_of(lambda: mihakk.predict(sample_gold, 3))  # pyright: ignore[reportArgumentType]
    assert problem == "extractor int: is not callable"


# --- what gold and predictions can be ---


def results(scores: mihakk.Scores) -> dict[str, Any]:
    return scores.as_json()["tasks"]


def test_results_are_equal_to_the_last_digit_from_whatever_gold_and_predictions_come(
    tmp_path: Path, sample_gold: mihakk.Gold, sample_rows: list[dict[str, Any]]
) -> None:
    mihakk.write_gold(sample_gold, tmp_path / "gold")
    read: Any = datasets.load_dataset(str(tmp_path / "gold"), "documents", cache_dir=str(tmp_path / "cache"))
    rows = [prediction_row(document) for document in sample_gold.split("test")]
    for name, lines in (("gold.jsonl", rows), ("p.jsonl", sample_rows)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in lines), encoding="utf-8")
    predictions: list[Callable[[], Any]] = [
        lambda: tmp_path / "p.jsonl",
        lambda: sample_rows,
        lambda: (row for row in sample_rows),  # can be read once
        lambda: datasets.Dataset.from_list(sample_rows),
    ]
    # A gold set names its labels and their order, and so do its Parquet files; plain rows do not.
    parquet = next((tmp_path / "gold" / "documents").glob("test-*"))
    named = [sample_gold, tmp_path / "gold", str(tmp_path / "gold"), read["test"], parquet]
    plain = [tmp_path / "gold.jsonl", rows, datasets.Dataset.from_list(rows)]
    for golds in (named, plain):
        wanted = results(mihakk.evaluate(golds[0], predictions[0]()))
        assert wanted["entities"]["strict"]["micro"]["cor"] > 0
        for side in golds:
            for made in predictions:
                assert results(mihakk.evaluate(side, made())) == wanted, (type(side), type(made()))
    # Between the two, sums over labels are in another order, and a stance that does not occur has no row.
    one, other = (mihakk.evaluate(golds[0], sample_rows).tasks for golds in (named, plain))
    for task, schemes in one.items():
        for scheme, table in schemes.items():
            assert table.micro == other[task][scheme].micro
            assert table.labels == other[task][scheme].labels
            assert table.macro.f1 == pytest.approx(other[task][scheme].macro.f1, abs=1e-12)


def test_compare_takes_the_same_and_names_the_systems(
    tmp_path: Path, sample_gold: mihakk.Gold, sample_rows: list[dict[str, Any]]
) -> None:
    fewer = [{**row, "entities": row["entities"][:1]} for row in sample_rows]
    for name, lines in (("a.jsonl", sample_rows), ("b.jsonl", fewer)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in lines), encoding="utf-8")
    files = mihakk.compare(sample_gold, tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert (files.baseline, files.systems) == ("a.jsonl", ("b.jsonl",))
    named = mihakk.compare(sample_gold, {"الأول": sample_rows, "الثاني": datasets.Dataset.from_list(fewer)})
    assert (named.baseline, named.systems) == ("الأول", ("الثاني",))
    unnamed = mihakk.compare(sample_gold, sample_rows, fewer)
    assert (unnamed.baseline, unnamed.systems) == ("1:rows", ("2:rows",))
    differences = files.differences["b.jsonl"]
    assert named.differences["الثاني"] == unnamed.differences["2:rows"] == differences
    assert problems_of(lambda: mihakk.compare(sample_gold, {"a": fewer})) == (
        "compare needs at least two systems' predictions",
    )


def test_rows_in_memory_have_a_signature_of_their_content(sample_gold: mihakk.Gold) -> None:
    """The same for a Dataset and a list; another if the text, a span or a label is another."""
    rows = [prediction_row(document) for document in sample_gold.split("test")]

    def title(given: Any) -> str:
        return mihakk.evaluate(given, rows).signature.split("|")[1]

    known = title(rows)
    assert known.startswith("gold:rows#")
    assert title(datasets.Dataset.from_list(rows)) == known
    first, *rest = rows[0]["entities"]
    for changed in ({"label": "MONEY"}, {"end": first["end"] + 1}):
        assert title([{**rows[0], "entities": [{**first, **changed}, *rest]}, *rows[1:]]) != known


def test_one_annotator_s_pass_against_the_other_s_is_their_agreement(tmp_path: Path) -> None:
    export = mihakk.read_export(EXPORT)
    export = replace(export, tasks=tuple(task for task in export.tasks if len(task.annotations) == 2))
    assert len(export.tasks) > 5
    one, other = sorted({a.annotator for task in export.tasks for a in task.annotations})
    wanted = mihakk.agreement(export).overall.spans
    passes = [mihakk.make_gold(export, name=name, policy=name) for name in (one, other)]
    for number, made in enumerate(passes):
        mihakk.write_gold(made, tmp_path / str(number))
    for gold_side, predicted in (passes, passes[::-1], (tmp_path / "0", tmp_path / "1")):
        scores = mihakk.evaluate(gold_side, predicted, split="all").tasks
        # F1 of two annotators is the same whichever of them is called gold (Hripcsak and Rothschild 2005).
        assert scores["entities"]["strict"].micro.f1 == wanted["entities"]["strict"].micro.f1
        assert scores["claims"]["strict"].micro.f1 == wanted["claims"]["strict"].micro.f1


def test_a_gold_set_on_other_texts_is_no_prediction() -> None:
    ours = gold(test=[gold_document("a", "زار [دمشق|GPE]"), gold_document("b", "في [حلب|GPE]")])
    theirs = gold(test=[gold_document("a", "زار ب[دمشق|GPE]"), gold_document("b", "في [حلب|GPE]")])
    (problem,) = problems_of(lambda: mihakk.evaluate(ours, theirs))
    assert problem.startswith(f"{theirs.where}: row 1: document a: its text differs from the gold set's")
    strangers = gold(test=[gold_document("c", "في [حلب|GPE]")])
    assert "the gold set has no document c" in problems_of(lambda: mihakk.evaluate(ours, strangers))[0]


def test_a_dataset_s_selection_counts_and_its_mistakes_have_their_rows() -> None:
    test = [gold_document(name, "زار ب[دمشق|GPE]") for name in ("a", "b", "c")]
    rows = [prediction_row(document) for document in test]
    chosen: Any = datasets.Dataset.from_list(rows).select([2, 0])
    scores = mihakk.evaluate(gold(test=test), chosen)
    # Of three names the two of c and a are found.
    assert (scores.tasks["entities"]["strict"].micro.counts.cor, scores.tasks["entities"]["strict"].micro.recall) == (
        2,
        2 / 3,
    )
    mentions = [{"id": name, "entities": [{"text": "دمشق", "label": "GPE"}]} for name in ("a", "b", "c")]
    for given in (mentions, datasets.Dataset.from_list(mentions)):
        assert mihakk.evaluate(gold(test=test), given).tasks["entities"]["strict"].micro.f1 == 1
    mentions[1]["entities"] = [{"text": "دمشق", "label": "CITY"}]
    for given in (mentions, datasets.Dataset.from_list(mentions)):
        (problem,) = problems_of(lambda given=given: mihakk.evaluate(gold(test=test), given))
        assert problem.startswith("row 2: document b: entities[0]: no label 'CITY'; known are ")


def test_all_that_is_wrong_with_rows_is_said_at_once_by_row() -> None:
    side = gold(test=[gold_document(name, "زار ب[دمشق|GPE]") for name in ("a", "b", "c", "d")])
    rows = [
        {"id": "a", "entities": ({"start": 5, "end": 9, "label": "GPE"},)},  # a tuple is a list in JSON
        {"id": "b", "entities": [{"start": np.int64(5), "end": 9, "label": "GPE"}]},
        "c",
        {"id": "a"},
        {"id": "d", "entities": [{"start": 5, "end": 99, "label": "GPE"}]},
    ]
    found = problems_of(lambda: mihakk.evaluate(side, rows))  # pyright: ignore[reportArgumentType]
    assert [problem.split(":")[0] for problem in found] == ["row 2", "row 3", "row 4", "row 5"]
    assert "int64" in found[0]
    assert found[2] == "row 4: document a was already given on row 1"
    assert "99 is not a piece of the text" in found[3]
    assert mihakk.evaluate(side, rows[:1]).tasks["entities"]["strict"].micro.counts.cor == 1  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "there are no rows; give at least one document"),
        ({"test": []}, "dict: has several parts; give one of them, such as the test split"),
        (3, "int: must be a gold set, a path, a Dataset, or rows in the predictions format"),
        (None, "NoneType: must be a gold set, a path, a Dataset, or rows in the predictions format"),
    ],
)
def test_what_can_be_neither_gold_nor_predictions_is_refused(given: Any, problem: str) -> None:
    side = gold(test=[gold_document("a", "نص")])
    assert problems_of(lambda: mihakk.evaluate(given, [{"id": "a"}])) == (problem,)
    assert problems_of(lambda: mihakk.evaluate(side, given)) == (problem,)


def test_a_mapping_by_its_name_is_the_default_scheme_s() -> None:
    mapping = SCHEME.mappings["wojood"]
    ours, theirs = next((label, to) for label, to in mapping.to.items() if to is not None and to != label)
    document = gold_document("a", f"زار [دمشق|{ours}] [قال نعم|CLAIM:support]")
    (span,) = document.annotation.entities
    said = [
        {
            "id": "a",
            "entities": [{"start": span.start, "end": span.end, "label": theirs}],
            "claims": [{"start": 9, "end": 16, "stance": "support"}],
        }
    ]
    # Rows as gold name no stances, so there may be any.
    for side in (gold(test=[document]), [prediction_row(document)]):
        by_name = mihakk.evaluate(side, said, mapping="wojood")
        assert by_name == mihakk.evaluate(side, said, mapping=SCHEME.mapping("wojood"))
        # Of a mapping alone nobody knows whose it is.
        alone = mihakk.evaluate(side, said, mapping=("wojood", mapping))
        assert (alone.tasks, alone.signature) == (
            by_name.tasks,
            by_name.signature.replace(f"({SCHEME.identity.title})", ""),
        )
        assert by_name.tasks["entities"]["strict"].micro.f1 == 1
        assert by_name.tasks["claim_stance"]["conditional"].micro.f1 == 1
        assert re.search(r"\|map:wojood#[0-9a-f]{8}\(conflict_news@1\.0#[0-9a-f]{8}\)\|", by_name.signature)
        comparison = mihakk.compare(side, said, said, mapping="wojood")
        assert comparison.differences["2:rows"]["entities.strict.micro.f1"].a == 1
        (problem,) = problems_of(lambda side=side: mihakk.evaluate(side, said, mapping="wojod"))
        assert problem.startswith("mapping wojod: conflict_news@1.0 has no such mapping; it has ")


# --- tables ---


def test_scores_as_a_table() -> None:
    side = gold(test=[gold_document("a", "زار [أحمد|PERS] [دمشق|GPE]", {"c1": "agree", "c2": "disagree"})])
    ahmad, damascus = side.split("test")[0].annotation.entities
    said = {
        "id": "a",
        "entities": [
            {"start": damascus.start, "end": damascus.end, "label": "GPE"},
            {"start": ahmad.start, "end": ahmad.end, "label": "ORG"},
            {"start": 0, "end": 3, "label": "ORG"},
        ],
        "stances": {"c1": "agree", "c2": "agree"},
    }
    frame = mihakk.evaluate(side, [said]).to_frame()
    assert list(frame.columns) == [
        *("task", "scheme", "label", "precision", "recall", "f1", "accuracy", "kappa"),
        *("gold", "predicted", "cor", "inc", "par", "mis", "spu"),
    ]
    rows = frame.set_index(["task", "scheme", "label"])
    micro = rows.loc[("entities", "strict", "micro")]
    # One of three predictions is right, and one of two names is found: 2 · 1 / (3 + 2).
    assert (micro["precision"], micro["recall"], micro["f1"]) == (1 / 3, 1 / 2, 2 / 5)
    assert (micro["gold"], micro["predicted"], micro["cor"]) == (2, 3, 1)
    assert rows.loc[("entities", "strict", "GPE")]["f1"] == 1
    # Nobody of ORG is in the gold, so there is no recall.
    assert np.isnan(rows.loc[("entities", "strict", "ORG")]["recall"])
    assert rows.loc[("entities", "strict", "macro")]["f1"] == pytest.approx(1 / 3)  # GPE 1, PERS 0, ORG 0
    assert rows.loc[("stance", "strict", "micro")]["accuracy"] == 1 / 2
    assert frame["f1"].dtype == "float64"
    assert frame["cor"].dtype == "int64"


def test_intervals_are_columns_where_there_are_some() -> None:
    test = [gold_document(f"d{n}", "زار ب[دمشق|GPE]", event_id=f"e{n}") for n in range(12)]
    rows = [prediction_row(document) for document in test]
    frame = mihakk.evaluate(gold(test=test), rows).to_frame()
    ends = [f"{rate}_{end}" for rate in ("precision", "recall", "f1") for end in ("low", "high")]
    assert list(frame.columns[-6:]) == ends
    # All 12 are right, each in an event of its own: 12 / (12 + t²(11)), t(11) = 2.200985.
    strict = frame[(frame["task"] == "entities") & (frame["scheme"] == "strict") & (frame["label"] == "micro")]
    assert strict[["recall_low", "recall_high"]].to_numpy()[0] == pytest.approx((12 / (12 + 2.200985**2), 1))


def test_a_comparison_as_a_table() -> None:
    test = [gold_document(f"d{n}", "زار ب[دمشق|GPE]", event_id=f"e{n}") for n in range(12)]
    rows = [{"id": document.article.id, "entities": prediction_row(document)["entities"]} for document in test]
    nothing = [{"id": row["id"], "entities": []} for row in rows]
    frame = mihakk.compare(gold(test=test), {"a": nothing, "b": rows}).to_frame()
    assert list(frame.columns) == [
        *("baseline", "system", "task", "scheme", "label", "measure"),
        *("a", "b", "difference", "low", "high", "p", "p_holm", "least_p", "events"),
    ]
    found = frame.set_index(["task", "scheme", "label", "measure"]).loc[("entities", "strict", "GPE", "recall")]
    assert (found["baseline"], found["system"]) == ("a", "b")
    assert (found["a"], found["b"], found["difference"], found["high"], found["events"]) == (0, 1, 1, 1, 12)
    # v = 0, so V = (0 + (12 + 1) / 12²) / (12 + 1) = 1 / 144: 1 - t(11) / 12
    assert found["low"] == pytest.approx(1 - 2.200985 / 12)
    assert found["p"] == found["least_p"] == 2**-11
    dotted = [{**row, "entities": [{**row["entities"][0], "label": "X.Y"}]} for row in rows]
    labels = set(mihakk.compare(dotted, {"a": nothing, "b": dotted}).to_frame()["label"])
    assert labels == {"micro", "macro", "weighted", "X.Y"}


def test_agreement_as_a_table() -> None:
    agreement = mihakk.agreement(EXPORT)
    frame = agreement.to_frame()
    assert list(frame.columns) == [
        *("group", "annotators", "task", "scheme", "label"),
        *("f1", "observed", "kappa", "alpha", "agreed", "marked", "pairs", "answers"),
        *(f"{name}_{end}" for name in ("f1", "observed", "kappa", "alpha") for end in ("low", "high")),
    ]
    rows = frame[frame["group"] == "overall"].set_index(["task", "scheme", "label"])
    strict = rows.loc[("entities", "strict", "micro")]
    assert strict["f1"] == 2 * strict["agreed"] / strict["marked"]
    stance = agreement.overall.stances["stance"]["strict"]
    assert rows.loc[("stance", "strict", "micro")]["kappa"] == stance.kappa
    (pair,) = agreement.pairs
    assert set(frame[frame["group"] == "pair"]["annotators"]) == {" and ".join(pair)}
    assert set(frame[frame["group"] == "annotator"]["annotators"]) == set(pair)
