"""Writes docs/commands.md from the commands themselves: every argument and option that `--help` shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mihakk.cli import app
from typer.main import get_command

PAGE = Path(__file__).resolve().parents[1] / "commands.md"
HEAD = """\
# Commands

Written by `make docs` from the commands themselves: `mihakk COMMAND --help` says the same. [All steps](steps.md)
shows the commands at work, [exit codes](exit-codes.md) how they end.
"""


def page() -> str:
    """The text of docs/commands.md."""
    return "\n".join([HEAD, *_command(get_command(app), ("mihakk",))])


def _command(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    context = command.make_context(" ".join(path), [], resilient_parsing=True)
    if len(path) > 1:
        yield f"{'#' * len(path)} {' '.join(path)}\n"
        yield _joined(command.help) + "\n"
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _command(command.get_command(context, name), (*path, name))
        return
    yield f"Usage: `{' '.join([*path, *command.collect_usage_pieces(context)])}`\n"
    rows = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    yield "| argument or option | meaning |"
    yield "|---|---|"
    for name, meaning in (row for row in rows if row and "--help" not in row[0]):
        yield f"| `{_cell(name)}` | {_cell(meaning).replace('<', '&lt;').replace('*', '&#42;')} |"
    yield f"\nExample: `{_joined(command.epilog).removeprefix('Example: ')}`\n"


def _joined(text: str) -> str:
    """Paragraphs of a help text as one, without typer's mark that keeps lines apart."""
    return " ".join(text.replace("\b", "").split())


def _cell(text: str) -> str:
    """For a cell of a table, where a bar would begin the next one."""
    return _joined(text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
