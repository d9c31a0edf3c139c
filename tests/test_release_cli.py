"""From one version of a gold dataset to the next, as commands: split options, diff, hub."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mihakk import cli
from mihakk.cli import main

SAMPLE = Path(cli.__file__).parent / "annotate" / "sample"
Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `mihakk` in a folder with the sample's export; gives exit code, stdout and stderr."""
    shutil.copy(SAMPLE / "export.json", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(command: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mihakk", *shlex.split(command)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


def load(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def splits(folder: str) -> dict[str, int]:
    return load(f"{folder}/gold.json")["splits"]


def test_the_summary_tells_what_each_split_has(run: Run) -> None:
    code, out, err = run("export dataset export.json -o gold")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["in", "the", "splits", "train", "validation", "test"] in lines
    assert ["documents", "8", "57%", "3", "21%", "3", "21%"] in lines  # of 14
    table = load("gold/gold.json")["distribution"]
    gpe = table["entities"]["GPE"]
    row = next(line for line in lines if line[0] == "GPE")
    assert row[1::2] == [str(count) for count in gpe.values()]
    assert row[2::2] == [f"{count / sum(gpe.values()):.0%}" for count in gpe.values()]
    missing = {
        f"{name} ({kind})"
        for kind in ("entities", "claims", "article stances")
        for name, counts in table[kind].items()
        if not counts["test"] and name != "no stance"
    }
    told = next((line for line in out.splitlines() if line.startswith("  warning: test has no ")), "")
    assert {part for part in told.removeprefix("  warning: test has no ").split(", ") if part} == missing


def test_the_owner_says_who_annotated_and_under_what_licence(run: Run) -> None:
    said = run(
        "export dataset export.json -o gold --annotators machine-generated --annotators-note 'كتبه برنامج.' --licence mit"
    )
    assert said[0] == 0
    assert load("gold/gold.json")["owner"] == {
        "creators": ["machine-generated"],
        "note": "كتبه برنامج.",
        "licence": "mit",
    }
    assert "license: mit\n" in Path("gold/README.md").read_text(encoding="utf-8")


def test_the_sample_can_be_split_by_time_and_in_other_shares(run: Run) -> None:
    # Groups of 5, 3, 3 and 3 articles, as its README has events; every group is of days of its own.
    assert run("export dataset export.json -o gold --split-by time")[0] == 0
    assert sum(splits("gold").values()) == 14
    assert "earlier before later" in load("gold/gold.json")["split_rule"]
    assert run("export dataset export.json -o gold --shares 50/0/50")[0] == 0
    assert splits("gold") == {"train": 8, "validation": 0, "test": 6}


def test_the_next_version_keeps_documents_where_they_were_and_diff_tells_what_changed(run: Run) -> None:
    export = load("export.json")
    Path("some.json").write_text(json.dumps(export[:-3]), encoding="utf-8")
    assert run("export dataset some.json -o one --name عينة")[0] == 0
    assert run("export dataset export.json -o two --name عينة --version 1.1 --previous one")[0] == 0
    code, out, err = run("export diff one two --json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    new = {task["data"]["doc_id"] for task in export[-3:]}
    assert set(found["added"]) == new
    assert (found["removed"], found["documents"]) == ({}, [])
    assert found["version"] == {"level": "minor", "reason": "documents were added", "suggested": "1.1"}
    code, out, err = run("export diff one two")
    assert [line[2:].split()[0] for line in out.splitlines() if line.startswith("+ ")] == sorted(new)
    assert out.endswith("documents added: 3\nsuggested: version 1.1 (minor: documents were added)\n")


def test_diff_scores_a_predictions_file_on_both(run: Run) -> None:
    assert run("export dataset export.json -o gold")[0] == 0
    assert run("eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o p.jsonl")[0] == 0
    assert run("eval score gold p.jsonl -o scores.json")[0] == 0
    code, out, _ = run("export diff gold gold --predictions p.jsonl")
    assert code == 0
    f1 = load("scores.json")["tasks"]["entities"]["strict"]["micro"]["f1"]
    row = next(line.split() for line in out.splitlines() if line.startswith("entities."))
    assert row == ["entities.strict.micro.f1", f"{f1:.3f}", f"{f1:.3f}", "+0.000"]
    code, out, _ = run("export diff gold gold --predictions p.jsonl --json")
    assert json.loads(out)["scores"]["numbers"]["entities.strict.micro.f1"] == [f1, f1]


@pytest.mark.parametrize(
    ("command", "problems"),
    [
        (
            "export dataset export.json -o gold --split-by day --shares 1/2/3",
            ["Invalid value for '--split-by': 'day' is not one of 'event', 'time'"],
        ),
        (
            "export dataset export.json -o gold --annotators robots",
            ["Invalid value for '--annotators': 'robots' is not one of 'expert-generated'"],
        ),
        ("export dataset export.json -o gold --previous nothing", ["nothing: there is no such file or folder"]),
        ("export diff nothing nothing", ["nothing: there is no such file or folder"]),
        ("export hub nothing me/gold --dry-run", ["nothing: there is no such file or folder"]),
        ("export hub nothing gold --dry-run", ["gold: must be owner/name"]),
        (
            "export dataset nothing.json -o gold --licence cc-by-4",
            ["licence cc-by-4: is not known to the Hugging Face Hub"],
        ),
    ],
)
def test_what_is_wrong_is_one_line_each_and_nothing_is_made(run: Run, command: str, problems: list[str]) -> None:
    code, out, err = run(command)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == len(problems)
    for line, problem in zip(err.splitlines(), problems, strict=True):
        assert line.startswith(f"mihakk: {problem}")
    assert not Path("gold").exists()
