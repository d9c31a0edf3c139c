"""Tables for the terminal: whatever its width, every number is there; words are cut first."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

import mihakk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mihakk.configs.terminal import NumberTable, terminal

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
COMMANDS = (
    "annotate inspect pages",
    "export agreement export.json",
    "export check export.json",
    "export dataset export.json -o again",
    "export diff gold gold --predictions p.jsonl",
    "eval score gold p.jsonl --by label --by outlet",
    "eval compare gold p.jsonl q.jsonl --split all --resamples 100",
    "eval plan gold p.jsonl q.jsonl --split all --within 0.05 --difference 0.03",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mihakk.cli import app

    made = tmp_path_factory.mktemp("tables") / "sample"
    shutil.copytree(SAMPLE, made)
    with contextlib.chdir(made):
        for command in (
            "export dataset export.json -o gold",
            "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o p.jsonl",
        ):
            app(command.split(), standalone_mode=False)
    shutil.copy(made / "p.jsonl", made / "q.jsonl")
    return made


def numbers(text: str) -> list[str]:
    """Every number of a text; one that was cut would be another, or missing."""
    return re.findall(r"[+-]?\d*\.?\d+%?", text)


def shown(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    from mihakk.cli import app

    app(command.split(), standalone_mode=False)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_number_is_lost_at_any_width(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    piped = shown(command, capsys)
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    for columns in (40, 60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        there = numbers(columns_of_numbers(shown(command, capsys)))
        wanted = numbers(columns_of_numbers(piped))
        assert wanted
        words = ["40"] if "inspect" in command else []  # of a headline, which may be cut
        assert not lacking(wanted, there + words), columns


def columns_of_numbers(text: str) -> str:
    """A report without words that hold numbers: names of articles and events, and what stands after a number."""
    return re.sub(r"\S*[^\W\d.]\S*", "", text)


def lacking(wanted: list[str], there: list[str]) -> list[str]:
    """What of `wanted` is not `there`, as often as it is wanted."""
    left = list(there)
    missing: list[str] = []
    for number in wanted:
        if number in left:
            left.remove(number)
        else:
            missing.append(number)
    return missing


def render(table: NumberTable, width: int, is_terminal: bool) -> str:
    console = terminal()
    console.width = width
    console._force_terminal = is_terminal
    with console.capture() as captured:
        console.print(table)
    return re.sub(r"\x1b\[[0-9;]*m", "", captured.get())


def cells() -> st.SearchStrategy[list[tuple[str, int, str]]]:
    words = st.text("ابتثجحخ abc", min_size=1, max_size=60)
    return st.lists(st.tuples(words, st.integers(0, 10**12), words), min_size=1, max_size=5)


@given(cells(), st.integers(10, 200))
def test_numbers_are_whole_and_words_are_cut_only_where_there_is_no_room(
    rows: list[tuple[str, int, str]], width: int
) -> None:
    table = NumberTable()
    table.words("كلمات")
    table.numbers("n")
    table.words("words")
    for first, number, last in rows:
        table.row((first, str(number), last))
    for is_terminal in (False, True):
        lines = render(table, width, is_terminal).splitlines()[1:]
        assert len(lines) == len(rows), "one line for each row"
        for line, (_, number, _) in zip(lines, rows, strict=True):
            assert re.search(rf"(?<!\d){number}(?!\d)", line)
    piped = render(table, width, False)
    assert "…" not in piped
    if max(map(len, piped.splitlines())) <= width:
        assert render(table, width, True) == piped


def test_words_that_must_stay_whole_go_on_several_lines() -> None:
    table = NumberTable()
    table.words("check")
    table.numbers("findings")
    table.words("meaning", whole=True)
    table.row(("overlap", "12345678", "two spans of one label share 17 characters of the text"))
    # 7 + 2, 8 + 2 and 21 for the meaning in 40 columns.
    out = render(table, 40, True)
    assert "…" not in out
    assert re.search(r"\b17\b", out)
    assert max(map(len, (line.rstrip() for line in out.splitlines()))) <= 40
