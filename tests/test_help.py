"""The command line's door: help that is readable at 80 columns, an example for each command, choices, completion."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mihakk
import pytest
from mihakk.cli import app, main
from typer.main import get_command

ROOT = Path(mihakk.__file__).parent


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from walk(command.get_command(None, name), (*path, name))


COMMANDS = dict(walk(get_command(app)))


def help_of(
    path: tuple[str, ...], option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["mihakk", *path, option])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    return capsys.readouterr().out


@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_80_columns_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    said = help_of(path, "--help", monkeypatch, capsys)
    assert said == help_of(path, "-h", monkeypatch, capsys)
    assert max(map(len, said.splitlines())) <= 80
    assert "…" not in said.replace("annotator-2 …", "")
    assert not re.search(r"\.\.\.$", said.partition("Commands:")[2], re.MULTILINE), "a command's line is cut"
    command = COMMANDS[path]
    for parameter in command.params:
        for name in parameter.opts:
            assert name.strip("-") in said
    examples = re.findall(r"Example:\n +(mihakk .*)", said)
    assert len(examples) == (0 if hasattr(command, "commands") else 1)


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if not hasattr(command, "commands")])
def test_each_example_is_a_right_call_of_its_command(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    (line,) = re.findall(r"mihakk .*", command.epilog)
    program, *arguments = shlex.split(line)
    assert (program, *arguments[: len(path)]) == ("mihakk", *path)
    with command.make_context(path[-1], arguments[len(path) :]) as context:
        assert context.params


def test_commands_stand_in_the_order_of_the_work() -> None:
    def names(*path: str) -> list[str]:
        return list(COMMANDS[path].commands)

    assert names("annotate") == [
        "inspect", "events", "tasks", "interface", "guidelines", "login", "push", "serve", "annotators"
    ]  # fmt: skip
    assert names("export")[:6] == ["status", "pull", "check", "agreement", "adjudicate", "dataset"]
    assert "suspects" in names("export")
    assert names("eval") == ["predict", "validate", "score", "compare", "plan", "serve"]


@pytest.mark.parametrize(
    ("path", "option", "choices"),
    [
        ("eval score", "--split", "train|validation|test|all"),
        ("eval score", "--by", "label|outlet|event|length|seen"),
        ("export dataset", "--split-by", "event|time"),
        ("export dataset", "--policy", "majority|most|unanimous|ground-truth|NAME"),
        ("export dataset", "--annotators", "expert-generated|crowdsourced|machine-generated|found|other"),
        ("export read", "--per", "marker|sentence"),
        ("export write", "--as", "iob2|docbin|brat|jsonl"),
    ],
)
def test_choices_are_shown_as_choices(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, option: str, choices: str
) -> None:
    said = help_of(tuple(path.split()), "-h", monkeypatch, capsys)
    assert re.search(rf"{option} <?{re.escape(choices)}", said), said


def test_choices_are_those_that_the_code_knows() -> None:
    from mihakk.eval.errors import BREAKDOWNS
    from mihakk.eval.gold.records import ALL, CREATORS, SPLITS

    def choices(path: str, name: str) -> list[str]:
        (found,) = [p for p in COMMANDS[tuple(path.split())].params if p.name == name]
        return [getattr(one, "value", one) for one in found.type.choices]

    assert choices("eval score", "split") == [*SPLITS, ALL]
    assert choices("export read", "split") == list(SPLITS)
    assert choices("eval score", "by") == list(BREAKDOWNS)
    assert choices("export dataset", "annotators") == list(CREATORS)


def test_the_version_and_the_module_and_completion(tmp_path: Path) -> None:
    def said(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "mihakk", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **more},
        )  # fmt: skip
        return done.stdout

    assert said("--version") == f"mihakk {mihakk.__version__}\n"
    assert "_MIHAKK_COMPLETE" in said("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    words = said(_MIHAKK_COMPLETE="complete_bash", COMP_WORDS="mihakk export d", COMP_CWORD="2")
    assert words.split() == ["dataset", "diff"]
    values = said(_MIHAKK_COMPLETE="complete_bash", COMP_WORDS="mihakk eval score --split ", COMP_CWORD="4")
    assert values.split() == ["train", "validation", "test", "all"]


def test_no_file_of_commands_is_long() -> None:
    for path in ROOT.glob("**/cli.py"):
        if ".venv" not in path.parts and "build" not in path.parts:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
