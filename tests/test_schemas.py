"""The JSON Schemas and the code say the same of each file: what is right, and what is wrong with its structure."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from marked import SCHEME, gold, gold_document
from mihakk.annotate.events import Registry
from mihakk.annotate.label_studio.push import read_task_file
from mihakk.annotate.prediction_spans import CLAIM_KEYS, SPAN_KEYS, TOKEN_KEYS
from mihakk.annotate.predictions import KEYS, MORE
from mihakk.annotate.task import dump_tasks, scheme_fields
from mihakk.configs.errors import InputError
from mihakk.configs.formats import FORMATS, SCORES, TASK
from mihakk.configs.scheme import DEFAULT, load_scheme
from mihakk.eval.gold_side import predictions_on
from mihakk.eval.score import evaluate
from mihakk.eval.scored import TASKS
from schemas import DRAFT, SCHEMAS, files

ROOT = Path(__file__).resolve().parents[1]
OLD = Path(__file__).with_name("old") / "0.1"
SAMPLE = ROOT / "annotate" / "sample"
NAMES = ("tasks", "predictions", "scores", "events", "scheme")

Say = Callable[[Any], "tuple[str, ...]"]


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def refused(name: str, value: object) -> list[str]:
    """What the schema says against the value, as JSON has it: a date is text."""
    plain = json.loads(json.dumps(value, default=str))
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(plain)]


def load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)


# --- the files themselves


def test_the_schemas_are_those_listed_and_each_is_a_schema_of_its_draft() -> None:
    assert sorted(path.name for path in SCHEMAS.iterdir()) == sorted(f"{name}.schema.json" for name in NAMES)
    for name in NAMES:
        schema = validator(name).schema
        assert (schema["$schema"], schema["$id"]) == (DRAFT, f"urn:mihakk:{name}")
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("path", "text"), list(files()), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_the_schemas_of_models_are_what_the_models_make(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: .venv/bin/python tests/schemas.py"


def test_the_schemas_have_the_keys_and_numbers_of_the_code() -> None:
    predictions, tasks, scores = (validator(name).schema for name in ("predictions", "tasks", "scores"))
    assert set(predictions["properties"]) == {*KEYS, *MORE, *TOKEN_KEYS}
    for part, keys in (("Span", SPAN_KEYS), ("Mention", SPAN_KEYS), ("Source", SPAN_KEYS), ("Claim", CLAIM_KEYS)):
        assert set(predictions["$defs"][part]["properties"]) == set(keys), part
    assert tasks["$defs"]["Data"]["properties"]["format"]["maximum"] == FORMATS[TASK]
    assert scores["properties"]["format"]["maximum"] == FORMATS[SCORES]
    assert set(scores["properties"]["tasks"]["properties"]) == set(TASKS)


@pytest.mark.parametrize("path", [DEFAULT, SAMPLE / "events.yaml"], ids=lambda path: path.name)
def test_the_yaml_files_name_a_schema_that_is_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named, first
    schema = load(path.parent / named[1])
    assert Draft202012Validator(schema).is_valid(json.loads(json.dumps(load(path), default=str)))


# --- what Mihakk writes, now and before


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("tasks", OLD / "tasks.json"),
        ("scores", OLD / "scores.json"),
        ("events", OLD / "events.yaml"),
        ("events", SAMPLE / "events.yaml"),
        ("scheme", DEFAULT),
    ],
    ids=lambda value: value if isinstance(value, str) else value.parent.name,
)
def test_the_sample_files_fit(name: str, path: Path) -> None:
    assert refused(name, load(path)) == []


def test_what_the_demo_writes_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mihakk.cli import app

    monkeypatch.chdir(tmp_path)
    app(["demo", "demo"], standalone_mode=False)
    rows = (tmp_path / "demo" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3
    for name, value in (
        ("tasks", load(tmp_path / "demo" / "tasks.json")),
        ("scores", load(tmp_path / "demo" / "scores.json")),
        ("events", load(tmp_path / "demo" / "events.yaml")),
        *(("predictions", json.loads(row)) for row in rows),
        *(("predictions", json.loads(row)) for row in (OLD / "predictions.jsonl").read_text("utf-8").splitlines()),
    ):
        assert refused(name, value) == []
    # The gold set as JSON lines says all that a row can.
    app(["export", "write", "demo/gold", "-o", "gold.jsonl", "--as", "jsonl"], standalone_mode=False)
    for line in (tmp_path / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        assert refused("predictions", json.loads(line)) == []


def test_scores_with_all_that_can_be_asked_for_fit(tmp_path: Path) -> None:
    """Every task, intervals, a label mapping, and numbers that are not defined."""
    path = tmp_path / "predictions.jsonl"
    documents = [
        gold_document(f"وثيقة{n}", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny] و[الفصيل|GROUP]", {"c1": "agree"})
        for n in range(12)
    ]
    (claim,) = documents[0].annotation.claims
    claims = (replace(claim, about="c1"),)
    documents = [replace(one, annotation=replace(one.annotation, claims=claims)) for one in documents]
    row = {
        "claims": [{"start": 11, "end": 21, "stance": "deny", "about": "c1", "sources": [{"start": 4, "end": 7}]}],
        "stances": {"c1": "discuss"},
    }
    lines = [
        json.dumps({"id": one.article.id, "entities": [{"start": 4, "end": 7, "label": "PERS"}], **row})
        for one in documents
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    for options in ({"resamples": 100}, {}, {"mapping": SCHEME.mapping("conll")}):
        if "mapping" in options:
            path.write_text(path.read_text(encoding="utf-8").replace("PERS", "PER"), encoding="utf-8")
        written = evaluate(gold(test=documents), path, **options).as_json()
        assert set(written["tasks"]) == set(TASKS)
        assert ("unmapped" in written) == ("mapping" in options)
        assert refused("scores", written) == []


# --- what is wrong: both say no, or both say yes


def read_tasks(value: Any, folder: Path) -> None:
    path = folder / "tasks.json"
    path.write_text(
        "".join(dump_tasks(value)) if isinstance(value, list) and value else json.dumps(value), encoding="utf-8"
    )
    read_task_file(path, SCHEME)


def read_events(value: Any, folder: Path) -> None:
    Registry(written_yaml(folder / "events.yaml", value))


def read_scheme(value: Any, folder: Path) -> None:
    load_scheme(written_yaml(folder / "scheme.yaml", value))


def read_row(value: Any, folder: Path) -> None:
    path = folder / "predictions.jsonl"
    path.write_text(json.dumps(value), encoding="utf-8")
    predictions_on(GOLD, path)


def written_yaml(path: Path, value: Any) -> Path:
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


TEXT = "قال نصر إن دمشق بعيدة"
GOLD = gold(test=[gold_document("أ", "قال [نصر|PERS] إن [دمشق بعيدة|CLAIM:deny]", {"c1": "agree"})])
ROW = {
    "id": "أ",
    "model": "x",
    "text": TEXT,
    "event_id": None,
    "entities": [
        {"start": 4, "end": 7, "label": "PERS", "score": 0.5, "text": "نصر", "id": 3, "note": None},
        {"text": "دمشق", "label": "GPE", "start": None},
    ],
    "claims": [
        {"start": 11, "end": 21, "stance": "deny", "about": "c1", "label": "", "sources": [{"start": 4, "end": 7, "label": None}]},
        {"start": 11, "end": 15, "stance": None, "annotators": ["هدى"], "votes": 1, "adjudicated": False},
    ],
    "stances": {"c1": "discuss"},
    "event_claims": [{"id": "c1", "text": "ادعاء"}],
    "annotators": ["هدى"],
}  # fmt: skip
OLD_TASK, NEW_TASK = load(OLD / "tasks.json")[:2]
NEW_TASK["data"] |= scheme_fields(SCHEME.identity)
EXAMPLES: dict[str, tuple[Any, Callable[[Any, Path], None]]] = {
    "tasks": ([OLD_TASK, NEW_TASK], read_tasks),
    "events": (load(OLD / "events.yaml"), read_events),
    "scheme": (load(DEFAULT), read_scheme),
    "predictions": (ROW, read_row),
}
GONE = object()


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*at, key))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at one place, or nothing there."""
    value = copy.deepcopy(value)
    if not place:
        return new
    node = value
    for key in place[:-1]:
        node = node[key]
    if new is GONE:
        del node[place[-1]]
    else:
        node[place[-1]] = new
    return value


# What a schema cannot say: how values have to fit each other, the text, the scheme, and the gold set.
OF_CONTENT = (
    "is not a piece of the text",  # the end before the start, or behind the text
    "its text is “",
    "its text differs from the gold set's",
    "text_sha256 is not that of the text",
    "no label ",
    "no claim stance ",
    "no stance ",
    "the document has no claim ",
    "which is not a claim of the document",
    "the gold set has no",
    "the text differs from the annotated text",
    "was made with the scheme ",
    "has two contents",
    "is not a date like ",
    "is there twice",
    "is already ",
    "already belongs to ",
    "must be among the `articles` of another event",
    "has no event",
    "the scheme has no entity label ",
    "is not among the labels of ",
    "says nothing of ",
    "is too pale on white",
    "is reserved for claims",
    "there is no such check",
    "needs its text in ",
    "a scheme that names its `language` may leave it out",
    "is missing, but there are claim_stances",
    "marks nothing: ",
    "for another, also give `direction`",
    "looks like ",
    "a stance of articles is on screen once for each claim",
    "there is no file ",
)
# Text of spaces only is no text: the schema has the length alone.
OF_CONTENT += ("must not be empty",)


def held(name: str, value: Any, folder: Path) -> bool:
    """Whether the schema refuses; the reader does, too, and if the reader refuses the structure, so does the schema."""
    read = EXAMPLES[name][1]
    against = refused(name, value)
    try:
        read(value, folder)
    except InputError as error:
        structure = [one for one in error.problems if not any(words in one for words in OF_CONTENT)]
        assert bool(against) >= bool(structure), f"only the reader refuses: {structure}"
    else:
        assert not against, f"only the schema refuses: {against}"
    return bool(against)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_right_by_both(name: str, tmp_path: Path) -> None:
    value, read = EXAMPLES[name]
    assert refused(name, value) == []
    read(value, tmp_path)


VALUES = st.sampled_from(
    [GONE, None, True, 3, -1, 0.5, "", "نص", "A", [], ["نص"], [3], [None], {}, {"x": 1}, {"ar": "نص", "en": "x"}]
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_schema_and_reader_agree_on_any_change_of_one_value(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp(name)
    value = EXAMPLES[name][0]
    there = [place for place in places(value) if place]

    @given(place=st.sampled_from(there), new=VALUES)
    def agree(place: tuple[Any, ...], new: object) -> None:
        held(name, changed(value, place, new), folder)

    agree()


@pytest.mark.parametrize("name", EXAMPLES)
def test_schema_and_reader_agree_on_an_unknown_key_anywhere(name: str, tmp_path: Path) -> None:
    value = EXAMPLES[name][0]
    for place in places(value):
        node = value
        for key in place:
            node = node[key]
        if isinstance(node, dict):
            held(name, changed(value, place, node | {"غيره": 3}), tmp_path)


@pytest.mark.parametrize(
    ("name", "place", "new"),
    [
        ("tasks", (), []),
        ("tasks", (), {}),
        ("tasks", (0, "data"), GONE),
        ("tasks", (0, "annotations"), []),
        ("tasks", (0, "data", "format"), 3),
        ("tasks", (0, "data", "format"), "1"),
        ("tasks", (0, "data", "format"), None),
        ("tasks", (0, "data", "doc_id"), "غارة على حلب"),
        ("tasks", (0, "data", "text"), " \n"),
        ("tasks", (0, "data", "title"), None),
        ("tasks", (0, "data", "claims"), None),
        ("tasks", (0, "data", "claims", 0), {"id": "c1"}),
        ("tasks", (0, "data", "outlet"), 7),
        ("events", (), []),
        ("events", ("events",), GONE),
        ("events", ("events", 0, "titel"), "خبر"),
        ("events", ("events", 0, "id"), "id with spaces"),
        ("events", ("events", 0, "title"), ""),
        ("events", ("events", 0, "date"), "أمس"),
        ("events", ("events", 0, "date"), "2025-11-31"),
        ("events", ("events", 0, "articles"), "01_sanunu_raid"),
        ("events", ("events", 0, "claims", 0, "text"), GONE),
        ("scheme", ("entities",), {}),
        ("scheme", ("entities", "pers"), {"ar": "شخص"}),
        ("scheme", ("entities", "PERS", "color"), "red"),
        ("scheme", ("entities", "PERS", "hotkey"), "ق"),
        ("scheme", ("entities", "PERS", "definition"), GONE),
        ("scheme", ("nesting",), "deep"),
        ("scheme", ("version",), 1.0),
        ("scheme", ("claim_stances",), {}),
        ("scheme", ("checks",), {"claim-without-source": "loud"}),
        ("scheme", ("mappings", "wojood", "labels"), []),
        ("predictions", (), []),
        ("predictions", ("id",), ""),
        ("predictions", ("entites",), []),
        ("predictions", ("entities",), {}),
        ("predictions", ("entities", 0, "start"), -1),
        ("predictions", ("entities", 0, "start"), "4"),
        ("predictions", ("entities", 0, "end"), GONE),
        ("predictions", ("entities", 0, "label"), None),
        ("predictions", ("entities", 0, "lable"), "GPE"),
        ("predictions", ("entities", 0, "score"), "0.5"),
        ("predictions", ("entities", 1, "text"), ""),
        ("predictions", ("entities", 1, "end"), 3),
        ("predictions", ("claims", 0, "sources", 0, "stance"), "deny"),
        ("predictions", ("claims", 0, "stance"), ""),
        ("predictions", ("claims", 0, "start"), None),
        ("predictions", ("stances",), []),
        ("predictions", ("stances", ""), "agree"),
        ("predictions", ("stances", "c1"), None),
        ("predictions", ("event_claims", 0), {"id": "c1"}),
    ],
)
def test_both_refuse(name: str, place: tuple[Any, ...], new: object, tmp_path: Path) -> None:
    value, read = EXAMPLES[name]
    value = changed(value, place, new)
    assert refused(name, value)
    with pytest.raises(InputError):
        read(value, tmp_path)


@pytest.mark.parametrize(
    ("name", "place", "new"),
    [
        ("tasks", (0, "data", "format"), 1),
        ("tasks", (0, "data", "format"), 0),
        ("tasks", (0, "data", "agency"), GONE),
        ("tasks", (0, "predictions"), [{"model_version": "x", "result": []}]),
        ("events", ("events", 0, "date"), None),
        ("events", ("events", 0, "date"), "2025-11-03"),
        ("events", ("events", 0, "claims"), []),
        ("scheme", ("entities", "PERS", "color"), GONE),
        ("scheme", ("entities", "PERS", "hotkey"), "shift+p"),
        ("scheme", ("entities", "PERS", "fa"), "شخص"),
        ("scheme", ("title",), "أخبار"),
        ("scheme", ("mappings",), {}),
        ("scheme", ("checks",), {"claim-without-source": "error"}),
        ("scheme", ("entities", "PERS", "hotkey"), GONE),
        ("predictions", ("entities",), None),
        ("predictions", ("entities",), []),
        ("predictions", ("entities", 1, "end"), None),
        ("predictions", ("claims", 0, "sources"), None),
        ("predictions", ("claims", 0, "label"), "CLAIM"),
        ("predictions", ("stances",), {}),
        ("predictions", ("text",), GONE),
    ],
)
def test_both_take(name: str, place: tuple[Any, ...], new: object, tmp_path: Path) -> None:
    value, read = EXAMPLES[name]
    value = changed(value, place, new)
    assert refused(name, value) == []
    read(value, tmp_path)


@pytest.mark.parametrize(
    ("place", "new"),
    [
        (("format",), 2),
        (("format",), "1"),
        (("signature",), GONE),
        (("score",), 1),
        (("tasks", "entites"), {}),
        (("tasks", "entities", "strict", "micro", "f1"), 1.5),
        (("tasks", "entities", "strict", "micro", "f1"), "0.5"),
        (("tasks", "entities", "strict", "micro", "cor"), -1),
        (("tasks", "entities", "strict", "micro", "cor"), GONE),
        (("tasks", "entities", "strict", "labels"), GONE),
        (("tasks", "stance", "accuracy"), 1),
        (("notes",), "x"),
    ],
)
def test_wrong_scores_are_refused(place: tuple[Any, ...], new: object) -> None:
    """Mihakk itself reads no scores.json, so there is no reader to hold the schema to."""
    assert refused("scores", changed(load(OLD / "scores.json"), place, new))
