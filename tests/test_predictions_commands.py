"""Every command that reads predictions says the same of a file: taken by all, or refused by all in the same words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
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


# --- words without offsets, and other units: placed alike by all ---

# دمشق stands at 18 and 36; the emoji behind it takes three code points, five UTF-16 units.
REPEATED = "زار لبناني دمشق، ثم عاد 👩\u200d🚀 إلى دِمشق"


def alike(folder: Path, run: Run, row: dict[str, Any], *options: str, text: str = REPEATED) -> list[list[int]]:
    """Where `annotate tasks` puts the entities, after `validate` and `score` took the row; the score must be 1."""
    path = folder / "said.jsonl"
    path.write_text(json.dumps({"id": "a", **row}, ensure_ascii=False), encoding="utf-8")
    table = folder / "articles.jsonl"
    table.write_text(json.dumps({"id": "a", "text": text}, ensure_ascii=False) + "\n", encoding="utf-8")
    code, _, err = run("annotate", "tasks", table, "-o", "tasks.json", "--predictions", path, "--model", "m", *options)
    assert (code, err) == (0, "")
    ((task,),) = [json.loads((folder / "tasks.json").read_text(encoding="utf-8"))]
    regions = [region["value"] for region in task["predictions"][0]["result"] if region["type"] == "labels"]
    gold = folder / "gold.jsonl"
    entities = [{"start": r["start"], "end": r["end"], "label": r["labels"][0]} for r in regions]
    gold.write_text(json.dumps({"id": "a", "text": text, "entities": entities}, ensure_ascii=False), encoding="utf-8")
    assert run("eval", "validate", gold, path, *options)[0] == 0
    code, out, _ = run("eval", "score", gold, path, "--json", *options)
    assert code == 0
    micro = json.loads(out)["tasks"]["entities"]["strict"]["micro"]
    assert (micro["f1"], micro["predicted"]) == (1.0, len(entities))
    return [[r["start"], r["end"]] for r in regions]


def test_mentions_are_placed_alike_by_all_commands(tmp_path: Path, run: Run) -> None:
    mention = {"text": "دمشق", "label": "GPE"}
    first, second = REPEATED.index("دمشق"), REPEATED.index("دِمشق")
    places = [[first, first + 4], [second, second + 5]]
    assert alike(tmp_path, run, {"entities": [mention]}) == places[:1]
    assert alike(tmp_path, run, {"entities": [mention, mention]}) == places
    assert alike(tmp_path, run, {"entities": [mention]}, "--mentions", "all") == places
    assert alike(tmp_path, run, {"entities": [mention]}, "--mentions", "nth") == places[:1]
    words = REPEATED.replace("،", " ،").split()
    tagged = {"tokens": words, "tags": ["B-GPE" if word in ("دمشق", "دِمشق") else "O" for word in words]}
    assert alike(tmp_path, run, tagged) == places


def test_offsets_of_each_unit_are_read_alike_by_all_commands(tmp_path: Path, run: Run) -> None:
    second = REPEATED.index("دِمشق")
    before, words = REPEATED[:second], REPEATED[second:]
    for unit, encoding, size in (("utf-16", "utf-16-le", 2), ("bytes", "utf-8", 1)):
        start = len(before.encode(encoding)) // size
        entity = {"start": start, "end": start + len(words.encode(encoding)) // size, "label": "GPE", "text": words}
        assert alike(tmp_path, run, {"entities": [entity]}, "--offsets", unit) == [[second, len(REPEATED)]]
        # Without the option, all say what it is, in the same words.
        path = tmp_path / "said.jsonl"
        commands = (
            ("annotate", "tasks", tmp_path / "articles.jsonl", "-o", "t.json", "--predictions", path, "--model", "m"),
            ("eval", "validate", tmp_path / "gold.jsonl", path),
            ("eval", "score", tmp_path / "gold.jsonl", path),
            ("eval", "compare", tmp_path / "gold.jsonl", path, path),
        )
        for command in commands:
            code, _, err = run(*command)
            assert (code, len(err.splitlines())) == (2, 1)
            assert f"{path}:1: document a: entities[0]: " in err
            assert f"(1 of 1 texts beside them agree); give --offsets {unit}" in err


def test_an_own_text_is_read_alike_by_all_commands(tmp_path: Path, run: Run) -> None:
    own = REPEATED.replace("\u0650", "").replace("إ", "ا")
    row = {"text": own, "entities": [{"start": len(own) - 4, "end": len(own), "label": "GPE"}]}
    assert alike(tmp_path, run, row, "--offsets", "own-text") == [[REPEATED.index("دِمشق"), len(REPEATED)]]


def test_claims_and_sources_may_be_words(tmp_path: Path, run: Run) -> None:
    text = "قال كريم الساري إن الجسر مفتوح. ونفى وائل ذلك، وقال كريم الساري إن الطريق مقطوع اليوم"
    claim, source = "الطريق مقطوع", "كريم الساري"
    start, near = text.index(claim), text.rindex(source)
    gold = {
        "id": "a",
        "text": text,
        "entities": [{"start": near, "end": near + len(source), "label": "PERS"}],
        "claims": [
            {
                "start": start,
                "end": start + len(claim),
                "stance": "support",
                "sources": [{"start": near, "end": near + len(source)}],
            }
        ],
    }
    said = {
        "id": "a",
        "claims": [
            {"text": "الطَّريق  مقطوع", "stance": "support", "sources": [{"text": "كريم الساري"}, {"text": "حلب"}]},
            {"text": "البحر هائج", "stance": "deny", "sources": [{"text": "وائل"}]},
        ],
    }
    for name, row in (("gold", gold), ("said", said)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    code, out, _ = run("eval", "score", "gold.jsonl", "said.jsonl", "--json")
    assert code == 0
    scores = json.loads(out)
    claims, attribution = (scores["tasks"][task]["strict"]["micro"] for task in ("claims", "attribution"))
    # One claim of two stands in the text; of its sources one; the other claim's source has no claim to go with.
    assert (claims["cor"], claims["spu"], claims["mis"]) == (1, 1, 0)
    assert (attribution["cor"], attribution["spu"], attribution["mis"]) == (1, 2, 0)
    # الطريق is spelled otherwise; three sources are as they are, or nowhere.
    note = "5 mentions without offsets, placed by the rule order: 2 exact, 1 spelling, 0 article, 2 nowhere"
    assert note in scores["notes"]
    assert "|mentions:order|" in scores["signature"]


def test_validate_takes_the_labels_of_a_mapping(tmp_path: Path, run: Run) -> None:
    gold = sample_gold(tmp_path, run)
    path = labelled(tmp_path, "PER", "MISC")
    assert run("eval", "validate", gold, path)[0] == 2
    code, out, _ = run("eval", "validate", gold, path, "--map", "conll")
    assert (code, out.rstrip().endswith("nothing wrong")) == (0, True)
    assert run("eval", "score", gold, path, "--map", "conll", "--split", "all")[0] == 0
    code, _, error = run("eval", "validate", gold, labelled(tmp_path, "CITY"), "--map", "conll")
    assert (code, "no label 'CITY'" in error) == (2, True)


def test_a_list_of_names_brings_a_hint(tmp_path: Path, run: Run) -> None:
    text = "دمشق ثم دمشق"
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "a", "text": text, "entities": []}), encoding="utf-8")
    for count, hint in ((1, True), (2, False)):
        row = {"id": "a", "entities": [{"text": "دمشق", "label": "GPE"}] * count}
        (tmp_path / "said.jsonl").write_text(json.dumps(row), encoding="utf-8")
        _, out, _ = run("eval", "score", "gold.jsonl", "said.jsonl", "--json")
        assert any("give --mentions all" in note for note in json.loads(out)["notes"]) is hint


def test_the_rule_nth_gives_the_scores_of_version_0_1(tmp_path: Path, run: Run) -> None:
    # بنان of لبناني at 1–5, as by the letters alone.
    text = "لبناني ثم بنان"
    gold = {"id": "a", "text": text, "entities": [{"start": 1, "end": 5, "label": "PERS"}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold), encoding="utf-8")
    said = {"id": "a", "entities": [{"text": "بنان", "label": "PERS"}]}
    (tmp_path / "said.jsonl").write_text(json.dumps(said), encoding="utf-8")
    for rule, f1 in (("nth", 1.0), ("order", 0.0)):
        _, out, _ = run("eval", "score", "gold.jsonl", "said.jsonl", "--json", "--mentions", rule)
        scores = json.loads(out)
        assert scores["tasks"]["entities"]["strict"]["micro"]["f1"] == f1
        assert f"|mentions:{rule}|" in scores["signature"]


# --- a folder of predictions ---


def said_of(name: str, nth: int) -> dict[str, Any]:
    return {"id": name, "model": "m:x", "entities": [at("دمشق", nth) | {"label": "GPE"}]}


@pytest.fixture
def several(tmp_path: Path) -> tuple[Path, Path]:
    """A gold file of three documents, and a folder with their predictions in a file of each form."""
    rows = [{"id": name, "text": TEXT, "entities": [at("دمشق", 2) | {"label": "GPE"}]} for name in ("a", "b", "c")]
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = tmp_path / "said"
    folder.mkdir()
    (folder / "first.jsonl").write_text(json.dumps(said_of("a", 1)) + "\n")
    # One document over several lines, which the file's name alone names.
    (folder / "b.json").write_text(json.dumps({k: v for k, v in said_of("b", 2).items() if k != "id"}, indent=1))
    pq.write_table(pa.Table.from_pylist([said_of("c", 2)]), folder / "last.parquet")
    (folder / "notes.txt").write_text("not read")
    (folder / ".hidden.json").write_text("{")
    return tmp_path / "gold.jsonl", folder


def test_the_files_of_a_folder_are_read_together(several: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    gold, folder = several
    code, out, err = run("eval", "score", gold, folder, "-o", "scores.json")
    assert code == 0, err
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["predictions"] == "said"
    # b and c are right, a is at the first place and not at the second: P = R = 2 / 3.
    assert scores["tasks"]["entities"]["strict"]["micro"]["f1"] == pytest.approx(2 / 3)
    code, out, _ = run("eval", "validate", gold, folder)
    assert (code, out) == (0, f"{folder}: 3 documents (3 of 3 in {gold}), with entities: nothing wrong\n"), out
    one = folder / "b.json"
    assert "b.json: 1 document (1 of 3" in run("eval", "validate", gold, one)[1], (
        "a file alone is read as in the folder"
    )


def test_what_is_wrong_in_a_folder_is_told_with_its_file(several: tuple[Path, Path], run: Run) -> None:
    gold, folder = several
    (folder / "again.jsonl").write_text("\n" + json.dumps(said_of("c", 2)) + "\n{\n")
    (folder / "list.json").write_text(json.dumps([said_of("d", 1), 3]))
    code, _, err = run("eval", "score", gold, folder)
    assert code == 2
    assert f"{folder / 'again.jsonl'}:3: is not JSON" in err
    assert f"{folder / 'last.parquet'}:1: document c was already given in {folder / 'again.jsonl'}:2" in err
    assert f"{folder / 'list.json'}:1: the gold set has no document d" in err
    assert f"{folder / 'list.json'}:2: must be an object with the document's id" in err


def test_a_folder_without_predictions_is_told(run: Run, tmp_path: Path, several: tuple[Path, Path]) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = run("eval", "score", several[0], "empty")
    assert (code, err) == (
        2,
        "mihakk: empty: is not a gold dataset, and has no predictions (.jsonl, .json, .parquet)\n",
    )


def test_a_gold_file_with_texts_is_enough_to_place_words_tags_and_units(run: Run, several: tuple[Path, Path]) -> None:
    gold = several[0]
    mention = {"text": "دمشق", "label": "GPE"}
    utf16 = at("دمشق", 2)
    rows = [
        {"id": "a", "entities": [mention, mention], "claims": [{"text": "عاد إلى دمشق", "sources": [mention]}]},
        {"id": "b", "tokens": TEXT.split(), "tags": ["O"] * 3 + ["B-GPE"] + ["O"] * (len(TEXT.split()) - 4)},
        {"id": "c", "entities": [utf16 | {"label": "GPE"}]},
    ]
    Path("p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, err = run("eval", "validate", gold, "p.jsonl")
    assert (code, "3 documents" in out) == (0, True), err
    assert "4 mentions without offsets" in out
