"""Progress is shown on a terminal's standard error alone; `-q` leaves results and errors."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import mihakk
import pytest
from conftest import Here
from mihakk.configs import progress as module
from mihakk.configs.progress import progress, watched
from mihakk.configs.visible import be_quiet

SAMPLE = Path(mihakk.__file__).parent / "annotate" / "sample"
NOTE = "mihakk: note: "
# Draws at once, so that no test has to be slow.
RUN = "import sys; from mihakk.configs import progress; progress.DELAY = 0; from mihakk.cli import main; main()"
# What each long command shows at first.
SHOWN = {
    "annotate inspect pages": "reading",
    "annotate events pages -o e.yaml": "finding articles of one event",
    "annotate tasks pages -o t.json": "reading",
    "export check export.json": "checking",
    "export agreement export.json": "comparing annotators",
    "export adjudicate export.json -o a.json": "looking for what is undecided",
    "export dataset export.json -o gold --force": "making the gold dataset",
    "export suspects gold p.jsonl -o s.json": "looking for suspect places",
    "export diff gold gold": "comparing",
    "export write gold -o g.jsonl --as jsonl": "writing",
    "export read g.jsonl -o again --as jsonl --force": "reading the corpus",
    "eval predict gold --extractor baseline:gazetteer -o p.jsonl --fresh": "predicting",
    "eval validate gold p.jsonl": "checking",
    "eval score gold p.jsonl": "scoring",
    "eval compare gold p.jsonl p.jsonl --resamples 100": "comparing",
}
# Ask a server, or need a scheme of their own; tests/test_push_dry_run.py and tests/server/ try the first.
OTHER = {
    *("annotate login", "annotate push", "annotate serve", "annotate annotators add", "annotate annotators list"),
    *("annotate annotators reset", "annotate annotators remove", "export status", "export pull", "export migrate"),
    *("export hub", "eval plan", "eval serve", "annotate interface", "annotate guidelines", "demo"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("progress") / "work"
    shutil.copytree(SAMPLE, folder)
    for command in (
        "export dataset export.json -o gold",
        "eval predict gold --extractor baseline:gazetteer -o p.jsonl",
        "export write gold -o g.jsonl --as jsonl",
    ):
        subprocess.run([sys.executable, "-m", "mihakk", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "work"))


def on_a_terminal(folder: Path, *arguments: str) -> tuple[str, str]:
    """Standard output into a pipe, and what a terminal gets as standard error."""
    ours, its = pty.openpty()
    pieces: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 65536):
                pieces.append(piece)
        except OSError:  # the other end is closed
            pass

    reader = Thread(target=read)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=its, check=False, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(its)
    reader.join()
    os.close(ours)
    assert done.returncode in (0, 1)
    return done.stdout.decode(), b"".join(pieces).decode()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The words of all that would be drawn in this process."""
    words: list[str] = []

    def start(self: module.Bar) -> None:
        words.append(self._words)

    monkeypatch.setattr(module.Bar, "start", start)
    monkeypatch.setattr(module, "is_shown", lambda: True)
    yield words


@pytest.mark.parametrize("command", SHOWN)
def test_each_long_command_says_what_is_at_work(here: Here, drawn: list[str], command: str) -> None:
    code, _, err = here(command)
    assert code in (0, 1), err
    assert SHOWN[command] in drawn


def test_no_command_is_forgotten() -> None:
    from test_help import COMMANDS

    leaves = {" ".join(path) for path, command in COMMANDS.items() if not hasattr(command, "commands")}
    tried = {next(leaf for leaf in leaves if f"{command} ".startswith(f"{leaf} ")) for command in SHOWN}
    assert leaves == tried | OTHER


def test_a_terminal_sees_it_and_a_pipe_does_not(folder: Path) -> None:
    command = ["annotate", "tasks", "pages", "-o", "-"]
    out, shown = on_a_terminal(folder, *command)
    assert "reading" in shown
    assert "\x1b[2K" in shown.rpartition("reading")[2], "it vanishes again"
    piped = subprocess.run([sys.executable, "-m", "mihakk", *command], cwd=folder, capture_output=True, check=True)
    assert piped.stdout.decode() == out
    assert b"reading" not in piped.stderr
    assert b"\x1b" not in piped.stderr + piped.stdout


def test_what_is_printed_meanwhile_goes_where_it_is_sent(folder: Path) -> None:
    """rich would take standard output along to the terminal."""
    out, shown = on_a_terminal(folder, "annotate", "tasks", "pages", "-o", "t.json", "--show-removed")
    lines = [line for line in out.splitlines() if line.startswith("01_sanunu_raid  ")]
    assert lines
    assert not any(line in shown for line in lines)


def test_quiet_shows_nothing_on_a_terminal_but_results_and_errors(folder: Path) -> None:
    command = ["eval", "predict", "gold", "--extractor", "baseline:gazetteer", "-o", "p.jsonl"]
    out, shown = on_a_terminal(folder, *command)
    assert NOTE in shown  # answers of an earlier run
    quiet_out, quiet_shown = on_a_terminal(folder, "-q", *command)
    assert (quiet_out, quiet_shown) == (out, "")


def test_quiet_holds_for_one_command_line_and_leaves_errors(here: Here) -> None:
    command = "eval predict gold --extractor baseline:gazetteer -o p.jsonl"
    loud = here(command)
    assert NOTE in loud[2]
    assert here(f"-q {command}") == (0, loud[1], "")
    assert here(command) == loud
    assert here("-q eval score none p.jsonl") == here("eval score none p.jsonl")
    assert here("--quiet annotate tasks pages pages/none.txt -o t.json")[2].startswith("mihakk: ")


def test_the_demo_is_quiet_in_all_its_commands(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("mihakk.cli.be_quiet", asked.append)
    monkeypatch.setattr("mihakk.cli.is_quiet", lambda: any(asked))
    code, _, err = here("-q demo demo")
    assert (code, err) == (0, "")
    assert len(asked) > 5
    assert all(asked)


def test_the_items_are_counted_as_they_pass(monkeypatch: pytest.MonkeyPatch, drawn: list[str]) -> None:
    seen: list[tuple[int, int | None]] = []
    monkeypatch.setattr(module.Bar, "update", lambda self, done: seen.append((done, self._total)))
    assert list(watched(["أ", "ب"], "reading")) == ["أ", "ب"]
    assert list(watched(iter("x"), "reading")) == ["x"]
    assert (seen, drawn) == ([(0, 2), (1, 2), (0, None)], ["reading", "reading"])


def test_short_work_draws_nothing_and_long_work_what_is_done_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    is_drawn = Event()
    calls: list[dict[str, Any]] = []

    class Drawn:
        task_ids = (0,)

        def __init__(self, *columns: object, **options: object) -> None:
            pass

        def add_task(self, words: str, total: int | None) -> None:
            pass

        def update(self, task: int, **values: Any) -> None:
            calls.append(values)

        def start(self) -> None:
            is_drawn.set()

        def stop(self) -> None:
            pass

    monkeypatch.setattr("rich.progress.Progress", Drawn)
    monkeypatch.setattr(module.sys, "stderr", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(module, "DELAY", 3600)
    with progress("predicting", 7):
        pass
    assert not is_drawn.is_set()
    monkeypatch.setattr(module, "DELAY", 0.001)
    with progress("predicting", 7) as bar:
        bar.update(3)
        assert is_drawn.wait(30)
        bar.update(4, words="predicting, 1 failed")
    assert calls[-1] == {"description": "predicting, 1 failed", "completed": 4, "total": 7}
    be_quiet(True)
    try:
        is_drawn.clear()
        with progress("predicting", 7):
            assert not is_drawn.is_set()
    finally:
        be_quiet(False)


def test_what_draws_is_not_loaded_where_nothing_is_drawn(folder: Path) -> None:
    code = RUN.replace("main()", "").replace("progress.DELAY = 0; ", "") + (
        "\ntry:\n    main()\nfinally:\n    print({'rich.progress', 'filelock', 'platformdirs'} & {*sys.modules}, file=sys.stderr)"
    )
    for command in ("--version", "-q eval score gold p.jsonl", "eval score gold p.jsonl"):
        done = subprocess.run(
            [sys.executable, "-c", code, *command.split()], cwd=folder, capture_output=True, text=True, check=True
        )
        assert done.stderr == "set()\n", command
