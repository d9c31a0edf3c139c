"""What others are given says nothing of the machine it was made on: names of files, and no folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import mihakk
import pytest
from mihakk.cli import main

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
Call = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of somebody, with the sample in it."""
    folder = tmp_path / "بيت" / "ann.smith"
    shutil.copytree(SAMPLE, folder)
    return folder


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["mihakk", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        assert end.value.code in (0, 1), said.err
        return said.out

    return run


def names_the_folder(path: Path) -> bool:
    return b"ann.smith" in path.read_bytes()


def test_no_file_that_is_published_has_a_path(call: Call, home: Path) -> None:
    gold, tasks, said = home / "gold", home / "tasks.json", home / "said.jsonl"
    call("annotate", "tasks", home / "pages", "--events", home / "events.yaml", "-o", tasks)
    call("export", "dataset", home / "export.json", "-o", gold, "--pseudonyms", home / "names.csv")
    call("export", "dataset", home / "export.json", "-o", home / "next", "--previous", gold)
    call("export", "agreement", home / "export.json", "--html", home / "a.html", "-o", home / "a.json")
    call("eval", "predict", gold, "--extractor", "mihakk.eval.gazetteer:Gazetteer", "-o", said)
    call("eval", "score", gold, said, "-o", home / "scores.json", "--errors", home / "e.jsonl", "--per-document",
         home / "d.jsonl")  # fmt: skip
    call("eval", "score", said, said, "-o", home / "scores-of-files.json")
    call("eval", "compare", gold, said, said, "-o", home / "compared.json")
    shutil.copy(said, home / "said.txt")
    made = [
        home / name for name in ("tasks.json", "a.html", "a.json", "scores.json", "e.jsonl", "d.jsonl", "compared.json")
    ]
    made += [home / "scores-of-files.json", said, *gold.rglob("*"), *(home / "next").rglob("*")]
    assert {path for path in made if path.is_file() and names_the_folder(path)} == set()
    scores = json.loads((home / "scores.json").read_text(encoding="utf-8"))
    assert (scores["gold"], scores["predictions"]) == ("gold", "said.jsonl")
    assert "export.json" in (home / "a.html").read_text(encoding="utf-8")


def test_the_page_of_a_corpus_names_files_without_folders(call: Call, home: Path) -> None:
    (home / "other").mkdir()
    (home / "other" / "empty.txt").write_text("", encoding="utf-8")
    (home / "other" / "notes.xyz").write_text("x", encoding="utf-8")
    page = (home / "pages").glob("*.txt").__next__().read_text(encoding="utf-8")
    rows = "".join(json.dumps({"id": f"خ {n}", "body": page}) + "\n" for n in range(2))
    (home / "other" / "t.jsonl").write_text(rows + '{"id": "x"}\n', encoding="utf-8")
    (home / "other" / "again.jsonl").write_text(rows, encoding="utf-8")
    call("annotate", "inspect", home / "pages", home / "other", home / "none.txt", "--html", home / "pages.html")
    shown = (home / "pages.html").read_text(encoding="utf-8")
    assert "ann.smith" not in shown and str(home) not in shown
    for words in ("empty.txt: is empty", "none.txt: does not exist", "t.jsonl:3: ", "notes.xyz", "as again.jsonl:1: "):
        assert words in shown or words.replace("as again", "as t") in shown, words
