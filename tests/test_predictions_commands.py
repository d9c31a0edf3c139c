"""Every command that reads predictions says the same of a file: taken by all, or refused by all in the same words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mihakk.cli import main
from mihakk.eval.gold.rows import read_gold
from test_gold import missing

TEXT = "زار وزير الخارجية دمشق، ثم عاد إلى دمشق 👩\u200d🚀 مساء"
OLD = Path(__file__).with_name("old") / "0.1"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk` in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mihakk", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return int(done.value.code or 0), captured.out, captured.err

    return call


def at(words: str, nth: int = 1) -> dict[str, int]:
    start = -1
    for _ in range(nth):
        start = TEXT.index(words, start + 1)
    return {"start": start, "end": start + len(words)}


def articles(folder: Path) -> Path:
    """A table with the article `a`, of which `TEXT` is the whole text."""
    path = folder / "articles.jsonl"
    path.write_text(json.dumps({"id": "a", "text": TEXT}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def gold_file(folder: Path) -> Path:
    row = {"id": "a", "text": TEXT, "entities": [at("دمشق") | {"label": "GPE"}, at("دمشق", 2) | {"label": "GPE"}]}
    path = folder / "gold.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def written(folder: Path, row: dict[str, Any], kind: str = ".jsonl") -> Path:
    path = folder / f"said{kind}"
    if kind == ".jsonl":
        path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist([row]), path)
    return path


def commands(folder: Path, path: Path) -> dict[str, list[str | Path]]:
    gold = gold_file(folder)
    return {
        "score": ["eval", "score", gold, path],
        "validate": ["eval", "validate", gold, path],
        "tasks": ["annotate", "tasks", articles(folder), "-o", "tasks.json", "--predictions", path, "--model", "m"],
        "read": ["export", "read", path, "-o", "read", "--as", "jsonl"],
    }


GOOD: dict[str, dict[str, Any]] = {
    "offsets": {"entities": [at("دمشق") | {"label": "GPE", "score": 0.5}]},
    "words": {"entities": [{"start": None, "end": None, "text": "دمشق", "label": "GPE", "note": "x", "id": "e"}]},
    "both": {"entities": [at("دمشق", 2) | {"label": "GPE", "text": "دمشق"}], "claims": []},
}


@pytest.mark.parametrize("kind", [".jsonl", ".parquet"])
@pytest.mark.parametrize("case", GOOD)
def test_a_good_file_is_taken_by_all(tmp_path: Path, run: Run, case: str, kind: str) -> None:
    path = written(tmp_path, {"id": "a", "text": TEXT, **GOOD[case]}, kind)
    for name, command in commands(tmp_path, path).items():
        assert (name, *run(*command)[::2]) == (name, 0, "")
    ((task,),) = [json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))]
    ((region,),) = (prediction["result"] for prediction in task["predictions"])
    want = at("دمشق", 2 if case == "both" else 1)
    assert {key: region["value"][key] for key in ("start", "end")} == want
    (document,) = read_gold(tmp_path / "read").split("all")
    assert [(span.start, span.end) for span in document.annotation.entities] == [(want["start"], want["end"])]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "key of a row": ({"entitys": []}, "unknown key 'entitys'"),
    "key of a span": ({"entities": [at("دمشق") | {"label": "GPE", "kind": "x"}]}, "entities[0]: unknown key 'kind'"),
    "key of a mention": (
        {"entities": [{"text": "دمشق", "label": "GPE", "kind": 1}]},
        "entities[0]: unknown key 'kind'",
    ),
    "words of a span": (
        {"entities": [at("دمشق") | {"label": "GPE", "text": "حلب"}]},
        f"entities[0]: its text is “حلب”, but the document has “دمشق” at {TEXT.index('دمشق')}–{TEXT.index('دمشق') + 4}",
    ),
    "inclusive ends": (
        # دمشق from the first letter to the last, as if the end were included.
        {"entities": [{"start": at("دمشق")["start"], "end": at("دمشق")["end"] - 1, "label": "GPE", "text": "دمشق"}]},
        "its text is “دمشق”, but the document has “دمش” at",
    ),
    "words of a claim": ({"claims": [at("زار") | {"stance": None, "text": "عاد"}]}, "claims[0]: its text is “عاد”"),
    "offsets": ({"entities": [{"start": 0, "end": 999, "label": "GPE"}]}, "0–999 is not a piece of the text"),
    "stance of a claim": ({"claims": [at("زار") | {"stance": 5}]}, "claims[0]: "),
    "stance null": ({"stances": {"c": None}}, "stances.c: "),
    "stance number": ({"stances": {"c": 5}}, "stances.c: "),
    "stance list": ({"stances": {"c": ["agree"]}}, "stances.c: "),
    "stances a list": ({"stances": ["agree"]}, "stances must be an object"),
    "stances text": ({"stances": "agree"}, "stances must be an object"),
    "entities no list": ({"entities": 5}, "entities must be a list of objects"),
    "model": ({"model": 5}, "model must be text, not 5"),
    "score": ({"entities": [at("دمشق") | {"label": "GPE", "score": "high"}]}, "entities[0].score must be a number"),
}


@pytest.mark.parametrize("text", [{"text": TEXT}, {}], ids=["with text", "without"])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_line_of_all(tmp_path: Path, run: Run, case: str, text: dict[str, str]) -> None:
    row, message = BAD[case]
    path = written(tmp_path, {"id": "a", **text, **row})
    for name, command in commands(tmp_path, path).items():
        if name == "read" and not text:
            continue  # which needs the text
        code, _, err = run(*command)
        lines = [line for line in err.splitlines() if "no claim c" not in line]
        assert (name, code, len(lines)) == (name, 2, 1), err
        assert f"{path}:1: " in lines[0], name
        assert message in lines[0], name
    assert not (tmp_path / "tasks.json").exists()
    assert not (tmp_path / "read").exists()


def test_a_row_with_another_text_is_refused_and_both_are_shown(tmp_path: Path, run: Run) -> None:
    other = TEXT.replace("الخارجية", "الداخلية")
    path = written(tmp_path, {"id": "a", "text": other, "entities": []})
    for name, command in commands(tmp_path, path).items():
        if name == "read":
            continue  # which has no other text
        code, _, err = run(*command)
        assert (name, code, len(err.splitlines())) == (name, 2, 1)
        # "زار وزير ال" is the same, 11 characters; then both go on with their own.
        assert "its text differs from the gold" in err
        assert "at character 11 it has “داخلية دمشق، ثم عاد ”" in err
        assert "“خارجية دمشق، ثم عاد ”" in err


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", b"PAR1" + bytes(100) + b"PAR1"])
def test_a_broken_or_empty_parquet_file_is_one_line(tmp_path: Path, run: Run, content: bytes) -> None:
    path = tmp_path / "said.parquet"
    path.write_bytes(content)
    for name, command in commands(tmp_path, path).items():
        code, _, err = run(*command)
        assert (name, code, len(err.splitlines())) == (name, 2, 1), err
        assert f"{path}: " in err
    code, _, err = run("eval", "score", path, path)
    assert (code, len(err.splitlines())) == (2, 1)


def test_a_parquet_file_without_rows_is_empty(tmp_path: Path, run: Run) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "said.parquet"
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    for command in commands(tmp_path, path).values():
        code, _, err = run(*command)
        assert (code, err) == (2, f"mihakk: {path}: is empty\n")


@pytest.mark.parametrize("blind", ["0", "1"])
def test_a_row_that_does_not_fit_is_an_error_whatever_task_is_blind(tmp_path: Path, run: Run, blind: str) -> None:
    path = written(tmp_path, {"id": "a", "entities": [{"start": 0, "end": 999, "label": "GPE"}]})
    code, _, err = run(*commands(tmp_path, path)["tasks"], "--blind", blind)
    assert code == 2
    assert "0–999" in err


def test_documents_of_other_splits_are_checked_by_score_as_by_validate(tmp_path: Path, run: Run) -> None:
    gold = read_gold(OLD / "gold")
    name = gold.splits["train"][0].article.id
    for row, is_right in (
        ({"id": name, "entities": [{"start": 0, "end": 10**6, "label": "GPE"}]}, False),
        ({"id": name, "stances": {"c999": "agree"}}, False),
        ({"id": name, "text": "نص آخر"}, False),
        ({"id": name, "entities": [{"start": 0, "end": 3, "label": "GPE"}]}, True),
    ):
        path = written(tmp_path, row)
        for command in ("score", "validate"):
            code, _, err = run("eval", command, OLD / "gold", path)
            assert (command, code) == (command, 0 if is_right else 2), err


def test_scores_are_those_of_version_0_1_to_the_last_digit(tmp_path: Path, run: Run) -> None:
    old = json.loads((OLD / "scores.json").read_text(encoding="utf-8"))
    code, _, _ = run("eval", "score", OLD / "gold", OLD / "predictions.jsonl", "-o", "scores.json")
    assert code == 0
    now = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert missing(old["tasks"], now["tasks"]) == []
    assert list(now["tasks"]) == list(old["tasks"])


def sample_gold(tmp_path: Path, run: Run) -> Path:
    export = Path(__file__).parents[1] / "annotate" / "sample" / "export.json"
    assert run("export", "dataset", export, "-o", tmp_path / "gold")[0] == 0
    return tmp_path / "gold"


def labelled(folder: Path, *labels: str) -> Path:
    return written(folder, {"id": "01_sanunu_raid", "entities": [{"start": 0, "end": 7, "label": x} for x in labels]})


@pytest.mark.parametrize("command", ["score", "validate"])
def test_labels_of_a_mapping_bring_a_hint_at_it(tmp_path: Path, run: Run, command: str) -> None:
    gold = sample_gold(tmp_path, run)
    # MISC and LOC are labels of CoNLL and of ANERcorp, PER of CoNLL alone; CITY is nobody's.
    for labels, hint in {("PER",): "conll", ("MISC", "LOC"): "conll or anercorp", ("PER", "CITY"): None}.items():
        code, _, error = run("eval", command, gold, labelled(tmp_path, *labels))
        assert code == 2
        assert (f"is --map {hint} missing?" in error) is (hint is not None)
        assert "no label" in error
