"""How a command ends: by which code, with what on stderr, and with nothing half-written; in real processes."""

from __future__ import annotations

import errno
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import mihakk
import pytest
from mihakk.configs.errors import ExitCode, InputError, MihakkError, UnavailableError, WriteError, plain_reason

if TYPE_CHECKING:
    from conftest import Here

ROOT = Path(mihakk.__file__).parent
SAMPLE = ROOT / "annotate" / "sample"
MIHAKK = [sys.executable, "-m", "mihakk"]
DATASET = "export dataset export.json -o gold"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(
    folder: Path, command: str, stdout: object = subprocess.PIPE, **more: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MIHAKK, *shlex.split(command)],
        cwd=folder,
        stdout=stdout,  # pyright: ignore
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
        **more,  # pyright: ignore
    )


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def small_files() -> None:
    """Writing fails after 2000 bytes, as on a full disk. Python ignores the signal that would come with it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


# --- what cannot be written ---


@pytest.mark.parametrize("command", ["--help", "--version", "export check export.json"])
def test_a_full_disk_behind_standard_output_is_one_line(folder: Path, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(folder, command, stdout=full)
    assert (done.returncode, done.stderr) == (
        74,
        "mihakk: standard output: cannot be written (No space left on device)\n",
    )


WRITERS = (
    ("annotate tasks pages -o {}", "tasks.json"),
    ("annotate interface -o {}", "interface.xml"),
    ("annotate inspect pages --html {}", "pages.html"),
    ("annotate events pages -o {}", "proposed.yaml"),
    ("export dataset export.json -o {}", "gold"),
    ("export agreement export.json --html {}", "agreement.html"),
    ("demo {}", "walk"),
)


@pytest.mark.parametrize("command", [command for command, _ in WRITERS])
def test_a_name_that_is_too_long(here: Here, folder: Path, command: str) -> None:
    before, long = names(folder), "ط" * 300
    code, _, err = here(command.format(long))
    assert (code, err) == (74, f"mihakk: {long}: cannot be written (File name too long)\n")
    assert names(folder) == before


@pytest.mark.parametrize(("command", "output"), WRITERS[-3:])
def test_a_disk_that_fills_up(folder: Path, command: str, output: str) -> None:
    before = names(folder)
    done = run(folder, command.format(output), preexec_fn=small_files)
    assert (done.returncode, done.stderr) == (74, f"mihakk: {output}: cannot be written (File too large)\n")
    if output != "walk":  # the demo's folder is not one result
        assert names(folder) == before


def test_an_earlier_result_survives_a_full_disk(folder: Path) -> None:
    (folder / "tasks.json").write_text("[\n]\n", encoding="utf-8")
    assert run(folder, "annotate tasks pages -o tasks.json", preexec_fn=small_files).returncode == 74
    assert (folder / "tasks.json").read_text(encoding="utf-8") == "[\n]\n"


def test_a_full_standard_output_is_not_taken_for_the_output_file(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(folder, "annotate tasks pages -o tasks.json --show-removed", stdout=full)
    assert (done.returncode, done.stderr) == (
        74,
        "mihakk: standard output: cannot be written (No space left on device)\n",
    )
    assert not (folder / "tasks.json").exists()


def test_an_output_encoding_without_arabic_ends_no_command(folder: Path) -> None:
    done = run(folder, "annotate inspect pages", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u0627\u0644" in done.stdout  # ال


# --- what cannot be read ---


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("export check pages", "pages: cannot be read (Is a directory)"),
        ("export dataset pages -o gold", "pages: cannot be read (Is a directory)"),
        ("annotate tasks pages --scheme pages -o t.json", "pages: cannot be read (Is a directory)"),
        ("annotate tasks pages --events pages -o t.json", "pages: cannot be read (Is a directory)"),
        ("export check events.yaml/x", "events.yaml/x: cannot be read (Not a directory)"),
        ("annotate tasks pages -o events.yaml/x", "events.yaml/x: events.yaml is no folder"),
        ("export check " + "x" * 300, "x" * 300 + ": cannot be read (File name too long)"),
        ("export dataset export.json -o gold --previous " + "x" * 300, "x" * 300),
        ("eval score pages pages", "pages: is not a gold dataset"),
        ("eval score export.json pages", "export.json: is not a gold dataset"),
        ("export read pages --as iob2 -o gold", "pages: cannot be read (Is a directory)"),
        ("export dataset export.json -o gold --pseudonyms pages", "pages: cannot be read (Is a directory)"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_code_2(here: Here, folder: Path, command: str, problem: str) -> None:
    before = names(folder)
    code, _, err = here(command)
    assert (code, len(err.splitlines())) == (2, 1), err
    assert err.startswith(f"mihakk: {problem}"), err
    assert names(folder) == before


def test_standard_input_that_is_closed_is_one_line(folder: Path) -> None:
    command = f"{shlex.join(MIHAKK)} annotate tasks - -o t.json <&-"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (2, "mihakk: standard input: is closed\n")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nothing", "No such command 'nothing'; see mihakk --help"),
        ("export dataset", "Missing argument 'export'; see mihakk export dataset --help"),
        ("export dataset export.json", "Missing option '-o' / '--output'; see mihakk export dataset --help"),
        ("export dataset export.json -o gold --polcy x", "No such option: --polcy"),
        (
            "export dataset export.json -o gold -q",
            "No such option: -q; write it before the command: mihakk -q export dataset …",
        ),
        (f"{DATASET} --split-by day", "Invalid value for '--split-by': 'day' is not one of 'event', 'time'"),
    ],
)
def test_a_wrong_command_is_one_line_that_names_its_help(here: Here, command: str, said: str) -> None:
    code, out, err = here(command)
    assert (code, out, len(err.splitlines())) == (2, "", 1), err
    assert err.startswith(f"mihakk: {said}"), err


# --- what ends before its time ---


@pytest.mark.parametrize(
    "command", ["export check export.json --all", "export -h", "annotate tasks pages -o t.json --show-removed"]
)
def test_a_closed_pipe_is_silent(folder: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)  # nobody reads, from the first byte on
    done = run(folder, command, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
    assert not [name for name in names(folder) if "/." in f"/{name}"]


def test_the_first_line_is_enough_for_head(folder: Path) -> None:
    command = f"{shlex.join(MIHAKK)} export check export.json --all | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    first, code = done.stdout.splitlines()
    assert first.startswith("export.json: 14 tasks")
    # Small output may be in the pipe before `head` ends.
    assert (code in ("0", "1", "141"), done.stderr) == (True, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize(
    "command", ["annotate tasks - -o tasks.json", "eval predict gold --extractor waiting:extract -o tasks.json"]
)
def test_a_stopped_command_leaves_nothing(folder: Path, command: str, number: signal.Signals, code: int) -> None:
    shutil.copytree(ROOT / "tests" / "old" / "0.1" / "gold", folder / "gold")
    (folder / "waiting.py").write_text(
        "def extract(document):\n    open('asked', 'w').close()\n    return input()\n", encoding="utf-8"
    )
    # Standard input stays open: the command is at work, with its temporary file, until it is stopped.
    process = subprocess.Popen(
        [*MIHAKK, *shlex.split(command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that runs the tests in the background, or nohup, has them ignore the signal, and their children with them.
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),
    )
    end = time.monotonic() + 60
    at_work = ".tasks.json*" if command.startswith("annotate") else "asked"
    while not list(folder.glob(at_work)) and time.monotonic() < end:
        time.sleep(0.02)
    assert list(folder.glob(at_work))
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    # Python ends by the signal itself if it came while code in a string was run, as imports do; to a shell it is the same.
    assert process.returncode in (code, -number)
    assert err == b""
    assert not list(folder.glob("*tasks.json*"))


def test_what_nohup_starts_outlives_the_terminal(folder: Path) -> None:
    shutil.copytree(ROOT / "tests" / "old" / "0.1" / "gold", folder / "gold")
    (folder / "waiting.py").write_text(
        "def extract(document):\n    open('asked', 'w').close()\n    input()\n    return {'entities': []}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [*MIHAKK, *shlex.split("eval predict gold --extractor waiting:extract -o out.jsonl")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_IGN),
    )
    end = time.monotonic() + 60
    while not (folder / "asked").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGHUP)
    process.communicate(b"\n" * 100, timeout=60)
    assert process.returncode == 0
    assert (folder / "out.jsonl").exists()


# --- the errors and the table ---


def test_a_server_that_is_down_is_no_wrong_input() -> None:
    assert not issubclass(UnavailableError, (InputError, ValueError))
    assert issubclass(InputError, ValueError)
    assert [error.exit_code for error in (MihakkError, InputError, WriteError, UnavailableError)] == [1, 2, 74, 75]


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    table = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == [int(code) for code in ExitCode]
    # No code is given by number.
    for path in (path for room in ("annotate", "eval", "export", "configs") for path in (ROOT / room).rglob("*.py")):
        assert not re.search(r"Exit\(\d|sys\.exit\(\d|exit_code = \d", path.read_text(encoding="utf-8")), path


def test_the_shells_codes_are_those_of_the_signals() -> None:
    of_signals = [128 + number for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)]
    assert of_signals == [ExitCode.INTERRUPTED, ExitCode.PIPE_CLOSED, ExitCode.TERMINATED]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("first\n  second"), "first second"),
        (ValueError(), "ValueError"),
        (OSError(errno.ENOENT, "other words", "file"), os.strerror(errno.ENOENT)),
        (OSError("no\nnumber"), "no number"),
    ],
)
def test_the_reason_of_a_failure_is_one_line(error: Exception, shown: str) -> None:
    assert plain_reason(error) == shown
