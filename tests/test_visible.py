"""What reaches a terminal: no character of others steers it, and an error is one line whatever it names."""

from __future__ import annotations

import ast
import io
import json
import logging
import shlex
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import mihakk
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mihakk.configs.errors import InputError, Problem
from mihakk.configs.terminal import NumberTable, print_parts, terminal
from mihakk.configs.visible import joined, one_line, print_data, print_json, visible, visible_libraries
from mihakk.eval.score import read_sides, score_sides

if TYPE_CHECKING:
    from conftest import Here

ROOT = Path(mihakk.__file__).parent
# What moves the cursor, sets colours or titles, or turns the direction of writing, by the tables of Unicode:
# C0 and DEL, C1, embeddings and overrides, isolates; and what some programs take for the end of a line.
STEERING = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
ATTACK = "\x1b]0;PWNED\x07\x1b[31mأحمر\x1b[2J\x9b31m\u202eمقلوب\u2066\r\x08"


def steers(text: str) -> set[str]:
    return {char for char in text if ord(char) in STEERING - {ord("\n")}}


@given(st.text(st.characters(codec=None, categories=None)))
@example(ATTACK)
def test_nothing_visible_steers_and_the_rest_stays(text: str) -> None:
    shown = visible(text)
    assert not steers(shown)
    shown.encode("utf-8")  # no half of a character is left
    assert "\n" not in one_line(text)
    assert not steers(one_line(text))
    if not steers(text) and not any("\ud800" <= char <= "\udfff" for char in text):
        assert shown == text


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # ZWNJ
        "ب\u200d ــ",  # ZWJ, tatweel
        "قال\u200f: نعم\u200e!",  # RLM, LRM
        "\u061c١٢٣",  # ALM
        "مُحَمَّدٌ\u00a0صلى",  # harakat, no-break space
    ],
)
def test_arabic_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == one_line(text) == text


@pytest.mark.parametrize(
    ("char", "shown"),
    [("\x1b", r"\x1b"), ("\x9b", r"\x9b"), ("\t", r"\t"), ("\n", r"\n"), ("\u202e", r"\u202e"), ("\udcff", r"\udcff")],
)
def test_it_is_written_out_as_python_has_it(char: str, shown: str) -> None:
    assert one_line(f"أ{char}ب") == f"أ{shown}ب"


def test_lines_stay_lines() -> None:
    assert joined(["أ\nب", "ج"]) == "أ\\nب\nج"
    assert visible("أ\nب") == "أ\nب"


# --- the doors ---


def test_an_error_is_one_line_for_programs_too() -> None:
    error = InputError(f"أ\n{ATTACK}", Problem("ملف\n", "سبب\x1b"))
    assert [len(problem.splitlines()) for problem in error.problems] == [1, 1]
    assert not steers(str(error))
    place = error.problems[1]
    assert isinstance(place, Problem) and (place.place, place.text) == ("ملف\\n", "سبب\\x1b")


def test_a_table_keeps_its_columns_and_colours_whatever_the_words_hold(capsys: pytest.CaptureFixture[str]) -> None:
    table = NumberTable(f"عنوان{ATTACK}")
    table.words(f"اسم{ATTACK}")
    table.numbers("n")
    table.row((f"أ\n{ATTACK}", "1\n2"))
    table.row(("ب", "3"), style="bold")
    terminal().print(table, f"نص{ATTACK}\nسطر")
    out = capsys.readouterr().out
    assert not steers(out)
    title, head, first, second, third, *text = out.splitlines()
    assert title.startswith(r"عنوان\x1b]0;PWNED\x07")
    # The numbers stand in one column, which is as far right as the longest cell.
    assert len(head) == len(first) == len(second) == len(third)
    assert (first.split()[-1], second.split(), third.split()) == ("1", ["2"], ["ب", "3"])
    assert text == [f"نص{visible(ATTACK)}", "سطر"]


def test_each_part_of_a_report_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_parts([f"مشروع\n{ATTACK}", "", "سطر"])
    assert capsys.readouterr().out == f"مشروع\\n{visible(ATTACK)}\n\nسطر\n"


def test_own_colours_and_the_progress_still_steer(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.progress import Progress

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    console, out = terminal(), io.StringIO()
    console.file = out
    with Progress(console=console, transient=True) as bar:
        bar.add_task(f"أ{ATTACK}", total=1)
        bar.refresh()
    shown = out.getvalue()
    assert "\x1b[?25l" in shown  # the cursor is hidden while the bar stands
    assert "PWNED" in shown and "\x1b]0;PWNED" not in shown and "\x9b" not in shown and "\u202e" not in shown


def test_json_is_the_same_value_without_what_steers(capsys: pytest.CaptureFixture[str]) -> None:
    value = {f"مفتاح{ATTACK}\x7f\u2028": [ATTACK, "\n\t\\", 1.5, "\ud800"]}
    print_json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert not steers(out)


def test_data_is_as_it_is_in_a_pipe_and_visible_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    print_data(f"a,{ATTACK}\n")
    assert capsys.readouterr().out == f"a,{ATTACK}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_data(f"a,{ATTACK}\n")
    assert capsys.readouterr().out == f"a,{visible(ATTACK)}\n"


def test_what_libraries_log_and_warn_is_visible(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # put back at the end
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    factory = logging.getLogRecordFactory()
    try:
        visible_libraries()
        logging.getLogger("a.library").warning("قالت %s", ATTACK)
        assert caplog.messages == [f"قالت {visible(ATTACK)}"]
        assert not steers(warnings.formatwarning(ATTACK, UserWarning, "f.py", 1))
        sys.excepthook(RuntimeError, RuntimeError(ATTACK), None)
        assert capsys.readouterr().err == f"RuntimeError: {visible(ATTACK)}\n"
    finally:
        logging.setLogRecordFactory(factory)


# --- every command ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample, with control characters wherever names and texts come from."""
    shutil.copytree(ROOT / "annotate" / "sample", tmp_path, dirs_exist_ok=True)
    export = json.loads((tmp_path / "export.json").read_text(encoding="utf-8"))
    for task in export:
        task["data"]["outlet"] = f"{task['data']['outlet']}{ATTACK}"
        task["data"]["title"] = f"{task['data']['title']}{ATTACK}"
        for claim in task["data"]["claims"]:
            claim["text"] += ATTACK
        for annotation in task["annotations"]:
            annotation["completed_by"]["email"] += ATTACK + "\nmihakk: done"
    (tmp_path / "export.json").write_text(json.dumps(export), encoding="utf-8")
    page = f"عنوان الخبر عن غارة{ATTACK}\n\n" + "قال مسؤول إن ثلاثة قتلوا في غارة. " * 20 + f"\n\nشارك{ATTACK}\n"
    (tmp_path / f"صفحة{ATTACK}\n.txt").write_text(page, encoding="utf-8")
    (tmp_path / "said.jsonl").write_text(
        "".join(json.dumps({"id": task["data"]["doc_id"], "entities": []}) + "\n" for task in export), encoding="utf-8"
    )
    (tmp_path / "bad.jsonl").write_text(
        json.dumps({"id": f"x{ATTACK}\ny", "entities": [{"label": ATTACK, ATTACK: 1}], "stances": {ATTACK: ATTACK}}),
        encoding="utf-8",
    )
    return tmp_path


PAGE = shlex.quote(f"صفحة{ATTACK}\n.txt")
COMMANDS = (
    f"annotate inspect {PAGE}",
    f"annotate tasks {PAGE} -o t.json --show-removed",
    f"annotate tasks pages {PAGE}x -o t.json",
    f"annotate tasks pages -o {shlex.quote(ATTACK + chr(10))}",
    f"annotate tasks pages --column {shlex.quote(ATTACK)} -o t.json",
    f"annotate {shlex.quote(ATTACK)}",
    "export check export.json --all",
    "export check export.json --json",
    "export agreement export.json",
    "export agreement export.json --json",
    f"export dataset export.json -o gold --name {shlex.quote(ATTACK)}",
    "export diff old gold",
    "export diff old gold --json",
    "export adjudicate export.json -o adjudication.json",
    "eval score gold said.jsonl --split all --by outlet",
    "eval score gold said.jsonl --markdown",
    "eval score gold said.jsonl --latex",
    "eval score gold bad.jsonl",
    "eval validate gold bad.jsonl",
    "eval compare gold said.jsonl said.jsonl",
    "export write gold --as jsonl -o out.jsonl",
    f"export hub gold {shlex.quote(ATTACK)} --dry-run",
    "export read bad.jsonl --as jsonl -o read",
)


def test_no_command_lets_a_text_or_a_name_steer_the_terminal(here: Here) -> None:
    assert here(f"export dataset {shlex.quote(str(ROOT / 'annotate/sample/export.json'))} -o old")[0] == 0
    codes: dict[str, int] = {}
    for command in COMMANDS:
        code, out, err = here(command)
        assert (steers(out), steers(err)) == (set(), set()), command
        assert "Traceback" not in err
        assert "\nmihakk: done" not in f"{out}{err}"
        codes[command] = code
    # Most did their work, so that there was something to print.
    assert sum(code == 0 for code in codes.values()) >= 15, codes


# --- CSV for spreadsheets ---


def test_no_name_in_csv_is_a_formula_and_numbers_stay(tmp_path: Path) -> None:
    from mihakk.eval.paper import as_csv

    labels = ["=1+1", "+a", "-x", "@SUM", "\tx", "\rx", "-5", "+1.5e-3", "ORG", "＝1"]
    text = "ا" * len(labels)
    row = {"id": "أ", "text": text, "entities": [{"start": n, "end": n + 1, "label": x} for n, x in enumerate(labels)]}
    for name in ("gold", "said"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row), encoding="utf-8")
    import csv

    scores = score_sides(read_sides(tmp_path / "gold.jsonl", tmp_path / "said.jsonl", "all"), "said")
    rows = list(csv.reader(io.StringIO(as_csv(scores), newline="")))
    assert len({len(cells) for cells in rows}) == 1
    names = {cells[2] for cells in rows[1:] if cells[0] == "entities"} - {"micro", "macro", "weighted"}
    assert names == {"'=1+1", "'+a", "'-x", "'@SUM", "'\tx", "'\rx", "-5", "+1.5e-3", "ORG", "'＝1"}
    assert all(float(cells[3]) == 1.0 for cells in rows[1:] if cells[3])


# --- no other door ---

DOORS = {"configs/visible.py", "configs/terminal.py"}
PRINTING = {"print", "pprint", "echo", "secho", "echo_via_pager", "Console", "print_json", "rprint", "breakpoint"}


def prints(source: str) -> Iterator[tuple[int, str]]:
    """Lines that print by other ways than configs/visible.py and configs/terminal.py."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "write" and isinstance(node.value, ast.Attribute):
            of = node.value
            if of.attr in ("stdout", "stderr", "__stdout__", "__stderr__", "buffer"):
                yield node.lineno, f"{of.attr}.write"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("rich", "typer", "click"):
            bad = {name.name for name in node.names} & {"print", "print_json", "echo", "secho", "Console", "inspect"}
            yield from ((node.lineno, name) for name in bad)
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        of = called.value if isinstance(called, ast.Attribute) else None
        if name in ("track", "Progress", "Live") and not any(given.arg == "console" for given in node.keywords):
            yield node.lineno, f"{name} without console="
        elif name in ("basicConfig", "StreamHandler") or (name == "print" and of is None):
            yield node.lineno, name
        elif isinstance(of, ast.Name) and of.id in ("typer", "click", "rich", "pprint") and name in PRINTING:
            yield node.lineno, f"{of.id}.{name}"


def test_nothing_is_printed_by_another_door() -> None:
    found = {
        f"{name}:{line}: {how}"
        for path in (*ROOT.glob("*.py"), *(p for room in ("configs", "annotate", "eval", "export") for p in (ROOT / room).rglob("*.py")))
        if (name := path.relative_to(ROOT).as_posix()) not in DOORS
        for line, how in prints(path.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "print('أ')",
        "import typer\ntyper.echo('أ')",
        "import sys\nsys.stderr.write('أ')",
        "from rich import print",
        "from rich.console import Console\nConsole()",
        "from rich.progress import track\ntrack([])",
        "import logging\nlogging.basicConfig()",
    ],
)
def test_another_door_is_found(source: str) -> None:
    assert list(prints(source))


def test_a_console_and_a_table_are_doors() -> None:
    assert not list(prints("terminal().print('أ')\nprint_line('أ')\ntrack([], console=terminal())"))
