"""An extractor's output becomes suggestions that Label Studio takes, annotators correct, and scores know of."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from drawn import Annotated, annotated
from hypothesis import HealthCheck, given, settings
from label_studio_sdk.label_interface.interface import LabelInterface
from mihakk.annotate.document import Annotation, Article, Claim, EventClaim, Span
from mihakk.annotate.interface import expand_repeater, interface_xml
from mihakk.annotate.preannotation import Suggestions, is_blind
from mihakk.annotate.result import to_result
from mihakk.annotate.task import make_task
from mihakk.annotate.task_maker import TaskMaker
from mihakk.configs.errors import InputError
from mihakk.configs.scheme import load_scheme
from mihakk.eval.gold.rows import read_gold
from mihakk.eval.gold_side import predictions_on
from mihakk.eval.score import score
from mihakk.export.dataset import write_gold
from mihakk.export.finished import read_export
from mihakk.export.make_gold import make_gold
from raw_export import exported, finished

SCHEME = load_scheme()
# What hypothesis draws overlaps, which a flat scheme does not allow.
NESTED = SCHEME.model_copy(update={"nesting": "nested"})
XML = interface_xml(SCHEME)
# The emoji moves offsets where bytes or UTF-16 units are counted.
TEXT = "قال أحمد الشرع 👩‍🚀 إن\n\nالطريق إلى دمشق مقطوع، ودمشق هادئة"
ARTICLE = Article("خبر", TEXT)
CLAIMS = (EventClaim("c1", "الطريق مقطوع"), EventClaim("c2", "المدينة هادئة"))


def at(words: str, nth: int = 1) -> tuple[int, int]:
    start = -1
    for _ in range(nth):
        start = TEXT.index(words, start + 1)
    return start, start + len(words)


def entity(words: str, label: str, nth: int = 1, **fields: Any) -> dict[str, Any]:
    start, end = at(words, nth)
    return {"start": start, "end": end, "label": label, **fields}


def claim(words: str, stance: str | None = None, sources: Sequence[str] = ()) -> dict[str, Any]:
    start, end = at(words)
    joined = [dict(zip(("start", "end"), at(source), strict=True)) for source in sources]
    return {"start": start, "end": end, "stance": stance, "sources": joined}


def write(folder: Path, *rows: Any) -> Path:
    path = folder / "predictions.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def predicted(folder: Path, **row: Any) -> dict[str, Any]:
    """The Label Studio prediction that this row on the article becomes."""
    suggestions = Suggestions.read(write(folder, {"id": ARTICLE.id, **row}), "gazetteer")
    prediction = suggestions.result(ARTICLE, CLAIMS, SCHEME)
    assert prediction is not None
    return prediction


def problems(folder: Path, *rows: Any, model: str | None = "gazetteer") -> list[str]:
    """What is wrong with the file, without its own name in front: line and problem."""
    path = write(folder, *rows)
    with pytest.raises(InputError) as error:
        Suggestions.read(path, model)
    assert all(problem.startswith(f"{path}:") for problem in error.value.problems)
    return [problem.removeprefix(f"{path}:") for problem in error.value.problems]


# --- the file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 5_000, "is not JSON"),
        ("[]", "must be an object"),
        ("5", "must be an object"),
        ('{"entities": []}', "must be an object"),
        ('{"id": 5}', "must be an object"),
        ('{"id": "a"}', "document a was already given on line 1"),
    ],
    ids=["word", "open", "deep", "long number", "list", "number", "no id", "id no text", "twice"],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    (problem,) = problems(tmp_path, {"id": "a"}, "", line)
    assert problem.startswith(f"3: {said}")


def test_every_bad_line_is_named_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "{", {"id": "a"}, {"id": "a"}, "x")
    assert [problem.partition(":")[0] for problem in found] == ["1", "3", "4"]


def test_the_file_names_its_model(tmp_path: Path) -> None:
    path = write(tmp_path, {"id": "a", "model": "نموذج-1"}, {"id": "b", "model": "نموذج-1"}, {"id": "c"})
    assert Suggestions.read(path, None).model == "نموذج-1"


def test_the_name_that_is_given_counts(tmp_path: Path) -> None:
    assert Suggestions.read(write(tmp_path, {"id": "a", "model": "x"}), "y").model == "y"
    assert Suggestions.read(write(tmp_path, {"id": "a"}), "y").model == "y"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"^--model: is empty; give the extractor's name$"):
        Suggestions.read(write(tmp_path, {"id": "a", "model": "x"}), name)


@pytest.mark.parametrize("named", [[None, None], ["x", "y"]], ids=["none", "two"])
def test_without_one_name_the_user_is_asked_for_it(tmp_path: Path, named: list[str | None]) -> None:
    (problem,) = problems(tmp_path, *({"id": str(n), "model": name} for n, name in enumerate(named)), model=None)
    assert f"names {len(set(named) - {None})} models" in problem
    assert "--model" in problem


def test_an_article_that_the_file_does_not_speak_of_has_no_prediction(tmp_path: Path) -> None:
    suggestions = Suggestions.read(write(tmp_path, {"id": "غيره"}), "x")
    assert suggestions.result(ARTICLE, CLAIMS, SCHEME) is None


# --- one prediction ---------------------------------------------------------------------------------


def test_a_prediction_has_the_shape_that_label_studio_gives_and_takes(tmp_path: Path) -> None:
    """A stance has the id of its span and its offsets; an arrow runs from the claim; answers stand by position."""
    prediction = predicted(
        tmp_path,
        entities=[entity("أحمد الشرع", "PERS")],
        claims=[claim("الطريق إلى دمشق مقطوع", "support", ["أحمد الشرع"])],
        stances={"c2": "agree"},
    )
    person, road = at("أحمد الشرع"), at("الطريق إلى دمشق مقطوع")
    name, said, stance, answer, arrow = prediction["result"]

    def region(item: dict[str, Any], kind: str, control: str) -> tuple[Any, ...]:
        assert (item["type"], item["from_name"], item["to_name"]) == (kind, control, "text")
        return item["value"]["start"], item["value"]["end"], item["value"]["text"], item["value"][kind]

    assert region(name, "labels", "span") == (*person, "أحمد الشرع", ["PERS"])
    assert region(said, "labels", "span") == (*road, "الطريق إلى دمشق مقطوع", ["CLAIM"])
    assert region(stance, "choices", "stance") == (*road, "الطريق إلى دمشق مقطوع", ["support"])
    assert stance["id"] == said["id"] != name["id"]
    # c2 is the second of the task's claims, counted from 0.
    assert (answer["type"], answer["from_name"], answer["to_name"]) == ("choices", "claim_stance_1", "claim_text_1")
    assert answer["value"] == {"choices": ["agree"]}
    assert answer["id"] not in (said["id"], name["id"])
    assert arrow == {
        "from_id": said["id"], "to_id": name["id"], "type": "relation", "direction": "right", "labels": ["source"],
    }  # fmt: skip
    assert prediction["model_version"] == "gazetteer"


def test_mentions_without_offsets_are_their_occurrences_in_turn(tmp_path: Path) -> None:
    mention = {"text": "دمشق", "label": "GPE"}
    result = predicted(tmp_path, entities=[mention, mention])["result"]
    assert [(item["value"]["start"], item["value"]["end"]) for item in result] == [at("دمشق"), at("دمشق", 2)]


def test_the_scores_of_entities_are_kept_and_their_mean_is_the_predictions(tmp_path: Path) -> None:
    prediction = predicted(
        tmp_path,
        entities=[
            entity("أحمد الشرع", "PERS", score=0.5),
            entity("دمشق", "GPE", score=1),
            entity("دمشق", "GPE", nth=2),
        ],
    )
    assert [item.get("score") for item in prediction["result"]] == [0.5, 1.0, None]
    # (0.5 + 1) / 2, over the two that have one
    assert prediction["score"] == 0.75


def test_a_prediction_without_scores_has_none(tmp_path: Path) -> None:
    prediction = predicted(tmp_path, entities=[entity("دمشق", "GPE")])
    assert "score" not in prediction
    assert "score" not in prediction["result"][0]


@pytest.mark.parametrize("bad", [1.5, -0.1, float("nan"), float("inf"), "0.5", True])
def test_a_score_that_label_studio_would_not_take_is_left_out_or_refused(tmp_path: Path, bad: Any) -> None:
    """Label Studio's own check wants 0 to 1; JSON has no NaN."""
    try:
        prediction = predicted(tmp_path, entities=[entity("دمشق", "GPE", score=bad)])
    except InputError as error:
        assert error.problems[0].startswith(f"{tmp_path / 'predictions.jsonl'}:1:")
        return
    given_scores = [prediction.get("score"), prediction["result"][0].get("score")]
    assert all(value is None or 0 <= value <= 1 for value in given_scores)


def test_an_entity_given_twice_is_one_region(tmp_path: Path) -> None:
    assert len(predicted(tmp_path, entities=[entity("دمشق", "GPE"), entity("دمشق", "GPE")])["result"]) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"entities": [entity("دمشق", "CITY")]}, "no label 'CITY'; known are PERS"),
        ({"entities": [{"start": 0, "end": 999, "label": "GPE"}]}, "0–999 is not a piece of the text, which has"),
        ({"entities": [{"start": 4, "end": 4, "label": "GPE"}]}, "4–4 is not a piece of the text"),
        ({"entities": [{"start": 3, "end": 8, "label": "GPE"}]}, "white space at a boundary"),
        ({"entities": [{"start": "3", "end": "8", "label": "GPE"}]}, "whole numbers"),
        ({"entities": [{"start": 4, "end": 8}]}, ""),
        ({"entities": [{"text": "حلب", "label": "GPE"}]}, "“حلب” does not occur in the text"),
        ({"entities": [{"text": "", "label": "GPE"}]}, ""),
        ({"entities": ["دمشق"]}, ""),
        ({"entities": {"دمشق": "GPE"}}, ""),
        ({"entities": 5}, ""),
        ({"claims": [claim("الطريق", "maybe")]}, "no claim stance 'maybe'"),
        ({"claims": [claim("الطريق", "support", ["دمشق"])]}, "not an entity"),
        ({"claims": [{"stance": "support"}]}, ""),
        ({"claims": "x"}, ""),
        ({"stances": {"c9": "agree"}}, "no claim c9"),
        ({"stances": {"c1": "support"}}, "stances.c1: no stance 'support'"),
        ({"stances": {"c1": ["agree"]}}, ""),
        ({"stances": ["agree"]}, ""),
        ({"stances": ["ab"]}, ""),
        ({"stances": 5}, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=True)[:60],
)
def test_a_row_that_does_not_fit_the_article_is_refused_with_file_and_line(
    tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    path = write(tmp_path, {"id": "غيره"}, {"id": ARTICLE.id, **row})
    suggestions = Suggestions.read(path, "x")
    with pytest.raises(InputError) as error:
        suggestions.result(ARTICLE, CLAIMS, SCHEME)
    assert all(problem.startswith(f"{path}:2: ") for problem in error.value.problems)
    assert ARTICLE.id in error.value.problems[0]
    assert said in error.value.problems[0]


# --- there and back ---------------------------------------------------------------------------------


def as_row(annotation: Annotation) -> dict[str, Any]:
    """The annotation as a row of a predictions file. Written from the contract in the design, not from the reader."""

    def offsets(span: Span | Claim) -> dict[str, int]:
        return {"start": span.start, "end": span.end}

    return {
        "id": annotation.article_id,
        "entities": [{**offsets(span), "label": span.label} for span in annotation.entities],
        "claims": [
            {**offsets(made), "stance": made.stance, "sources": [offsets(source) for source in made.sources]}
            for made in annotation.claims
        ],
        "stances": dict(annotation.stances),
    }


def said(annotation: Annotation) -> tuple[Any, ...]:
    return annotation.entities, annotation.claims, dict(annotation.stances)


ANY = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ANY
@given(drawn=annotated())
def test_an_annotation_goes_to_label_studio_and_comes_back_the_same(tmp_path: Path, drawn: Annotated) -> None:
    result = to_result(drawn.annotation, drawn.article.text, [c.id for c in drawn.claims])
    task = make_task(drawn.article, drawn.claims, SCHEME)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([exported(task, [finished("a@example.org", result)])]), encoding="utf-8")
    export = read_export(path, SCHEME)
    assert export.set_aside == ()
    ((back,),) = (read.annotations for read in export.tasks)
    assert back == drawn.annotation


@ANY
@given(drawn=annotated(name="خبر"))
def test_a_prediction_that_annotators_submit_unchanged_is_the_prediction(tmp_path: Path, drawn: Annotated) -> None:
    # Two entities on the same letters cannot be told apart as sources, nor can notes be predicted.
    edges = [(span.start, span.end) for span in drawn.annotation.entities]
    entities = tuple(span for span in drawn.annotation.entities if edges.count((span.start, span.end)) == 1)
    claims = tuple(
        Claim(c.start, c.end, c.stance, tuple(s for s in c.sources if s in entities)) for c in drawn.annotation.claims
    )
    stances = drawn.annotation.stances
    expected = Annotation.on(
        drawn.article, NESTED, "a@example.org", entities, claims, stances, [c.id for c in drawn.claims]
    )
    suggestions = Suggestions.read(write(tmp_path, as_row(expected)), "x")
    prediction = suggestions.result(drawn.article, drawn.claims, NESTED)
    assert prediction is not None
    task = make_task(drawn.article, drawn.claims, NESTED, "x")
    path = tmp_path / "export.json"
    submitted = finished("a@example.org", prediction["result"])
    path.write_text(json.dumps([exported(task, [submitted])]), encoding="utf-8")
    (read,) = read_export(path, NESTED).tasks
    assert [said(annotation) for annotation in read.annotations] == [said(expected)]
    assert read.preannotated_by == "x"


def test_overlapping_suggestions_in_a_flat_scheme_are_an_error(tmp_path: Path) -> None:
    start, end = at("دمشق")
    row = {"id": ARTICLE.id, "entities": [
        {"start": start, "end": end, "label": "GPE"}, {"start": start, "end": end - 1, "label": "LOC"}
    ]}  # fmt: skip
    suggestions = Suggestions.read(write(tmp_path, row), "x")
    with pytest.raises(
        InputError, match=r"LOC .*: overlaps GPE .*, and conflict_news@1\.0 is flat; leave one out"
    ) as caught:
        suggestions.result(ARTICLE, CLAIMS, SCHEME)
    assert len(caught.value.problems) == 1
    result = suggestions.result(ARTICLE, CLAIMS, NESTED)
    assert result
    assert len(result["result"]) == 2


@settings(ANY, max_examples=30)
@given(drawn=annotated(name="خبر"))
def test_label_studios_own_check_finds_nothing_wrong_with_a_prediction(drawn: Annotated) -> None:
    interface = LabelInterface(expand_repeater(XML, len(drawn.claims)))
    scores = dict.fromkeys(drawn.annotation.entities, 0.5)
    result = to_result(drawn.annotation, drawn.article.text, [c.id for c in drawn.claims], scores)
    prediction = {"model_version": "x", "score": 0.5, "result": result}
    assert interface.validate_prediction(prediction, return_errors=True) == []


def test_label_studios_own_check_would_find_a_wrong_label() -> None:
    """That the check above can fail: it knows the labels of the scheme, and no others."""
    interface = LabelInterface(expand_repeater(XML, 0))
    annotation = Annotation(ARTICLE.id, "x", (Span(*at("دمشق"), "CITY"),))
    assert interface.validate_prediction({"result": to_result(annotation, TEXT, [])}, return_errors=True)


# --- blind tasks ------------------------------------------------------------------------------------

IDS = [f"خبر-{n}" for n in range(10_000)]


def blind(share: float, seed: int = 13) -> list[bool]:
    return [is_blind(name, share, seed) for name in IDS]


@pytest.mark.parametrize("seed", [0, 13, 2025])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_the_share_of_blind_tasks_is_the_one_asked_for(share: float, seed: int) -> None:
    """Of n = 10,000 each is blind with probability p: np are expected, with standard deviation sqrt(np(1 - p)).

    At p = 0.2 these are 2,000 and 40: within three deviations, 1,880 to 2,120.
    """
    deviation = math.sqrt(len(IDS) * share * (1 - share))
    assert abs(sum(blind(share, seed)) - len(IDS) * share) <= 3 * deviation


def test_a_share_of_none_or_all_is_none_or_all() -> None:
    assert not any(blind(0))
    assert all(blind(1))


def test_another_seed_chooses_others() -> None:
    """Two independent choices of a fifth have 1/25 in common: 400 of 10,000 with deviation sqrt(400 * 0.96) = 19.6."""
    both = sum(one and other for one, other in zip(blind(0.2, 1), blind(0.2, 2), strict=True))
    assert abs(both - 400) <= 3 * 19.6


def test_a_larger_share_leaves_the_same_tasks_blind_and_more() -> None:
    assert all(more or not less for less, more in zip(blind(0.1), blind(0.3), strict=True))


def suggested(folder: Path, names: Sequence[str], share: float, seed: int = 13) -> dict[str, dict[str, Any]]:
    """The tasks of these articles, all of which the file speaks of."""
    rows = ({"id": name, "entities": [{"text": "دمشق", "label": "GPE"}]} for name in names)
    suggestions = Suggestions.read(write(folder, *rows), "gazetteer")
    maker = TaskMaker(SCHEME, XML, suggestions=suggestions, blind=share, seed=seed)
    return {name: maker.task(Article(name, TEXT)) for name in names}


def test_blind_tasks_have_no_predictions_and_say_so(tmp_path: Path) -> None:
    tasks = suggested(tmp_path, IDS[:200], 0.5)
    for name, task in tasks.items():
        if is_blind(name, 0.5, 13):
            assert "predictions" not in task
            assert task["data"]["preannotated_by"] is None
        else:
            assert [prediction["model_version"] for prediction in task["predictions"]] == ["gazetteer"]
            assert task["data"]["preannotated_by"] == "gazetteer"
    assert 0 < sum("predictions" in task for task in tasks.values()) < 200


def test_articles_added_later_change_none_of_the_choices(tmp_path: Path) -> None:
    few, many = suggested(tmp_path, IDS[50:100], 0.3), suggested(tmp_path, IDS[:200], 0.3)
    assert {name: many[name] for name in few} == few


def test_an_article_that_the_file_lacks_counts_as_not_preannotated(tmp_path: Path) -> None:
    suggestions = Suggestions.read(write(tmp_path, {"id": "غيره"}), "gazetteer")
    task = TaskMaker(SCHEME, XML, suggestions=suggestions).task(ARTICLE)
    assert "predictions" not in task
    assert task["data"]["preannotated_by"] is None


def test_predictions_on_articles_that_there_are_none_of_are_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, {"id": ARTICLE.id}, {"id": "غيره"})
    maker = TaskMaker(SCHEME, XML, suggestions=Suggestions.read(path, "x"))
    maker.task(ARTICLE)
    with pytest.raises(InputError) as error:
        maker.check()
    assert error.value.problems == (f"{path}:2: there is no article غيره",)


# --- what becomes of the flag -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gazetteer", "other"])
def test_the_flag_reaches_the_gold_set_and_scores_of_that_model_carry_a_warning(tmp_path: Path, name: str) -> None:
    """Two of four articles were pre-annotated by `gazetteer`; only its own scores are too high by that."""
    tasks = suggested(tmp_path, IDS[:4], 0)
    for blinded in IDS[2:4]:
        tasks[blinded] = make_task(Article(blinded, TEXT), (), SCHEME)
    regions = to_result(Annotation("x", "x", (Span(*at("دمشق"), "GPE"),)), TEXT, [])
    raw = [exported(task, [finished("a@example.org", regions)]) for task in tasks.values()]
    (tmp_path / "export.json").write_text(json.dumps(raw), encoding="utf-8")
    (tmp_path / "gold").mkdir()
    made = make_gold(read_export(tmp_path / "export.json", SCHEME), SCHEME, "تجربة", "1.0")
    write_gold(made, tmp_path / "gold")
    gold = read_gold(tmp_path / "gold")
    flags = {key: document.preannotated_by for key, document in gold.documents().items()}
    assert flags == {IDS[0]: "gazetteer", IDS[1]: "gazetteer", IDS[2]: None, IDS[3]: None}
    rows = ({"id": key, "model": name, "entities": [entity("دمشق", "GPE")]} for key in flags)
    notes = score(gold, predictions_on(gold, write(tmp_path, *rows)), "all").notes
    warnings = [note for note in notes if note.startswith("WARNING")]
    if name == "gazetteer":
        (warning,) = warnings
        assert "annotators of 2 of these documents" in warning
        assert "gazetteer" in warning
    else:
        assert warnings == []


def test_predictions_that_do_not_name_their_model_carry_no_warning(tmp_path: Path) -> None:
    task = suggested(tmp_path, IDS[:1], 0)[IDS[0]]
    (tmp_path / "export.json").write_text(
        json.dumps([exported(task, [finished("a@example.org", [])])]), encoding="utf-8"
    )
    (tmp_path / "gold").mkdir()
    write_gold(make_gold(read_export(tmp_path / "export.json", SCHEME), SCHEME, "x", "1.0"), tmp_path / "gold")
    gold = read_gold(tmp_path / "gold")
    notes = score(gold, predictions_on(gold, write(tmp_path, {"id": IDS[0], "entities": []})), "all").notes
    assert not any(note.startswith("WARNING") for note in notes)


def test_the_flag_is_a_column_of_the_dataset(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    task = suggested(tmp_path, IDS[:1], 0)[IDS[0]]
    (tmp_path / "export.json").write_text(
        json.dumps([exported(task, [finished("a@example.org", [])])]), encoding="utf-8"
    )
    (tmp_path / "gold").mkdir()
    write_gold(make_gold(read_export(tmp_path / "export.json", SCHEME), SCHEME, "x", "1.0"), tmp_path / "gold")
    (path,) = (tmp_path / "gold" / "documents").glob("*.parquet")
    assert pq.read_table(path)["preannotated_by"].to_pylist() == ["gazetteer"]
