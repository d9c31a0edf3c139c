"""The `mihakk` command: mounts the rooms' commands, and walks the whole road once with `mihakk demo`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

ROOMS = ("annotate", "export", "eval")


class House(TyperGroup):
    """The rooms' commands. A room is opened when it is asked for, so that no command waits for those of the others."""

    def list_commands(self, ctx: Any) -> list[str]:
        self._open(ROOMS)
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        self._open([cmd_name] if cmd_name in ROOMS else ROOMS)
        return super().get_command(ctx, cmd_name)

    def _open(self, rooms: Iterable[str]) -> None:
        for room in rooms:
            if room not in self.commands:
                group = get_group(import_module(f".{room}.cli", __package__).app)
                group.name = room
                self.add_command(group)


app = typer.Typer(
    name="mihakk",
    cls=House,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def mihakk() -> None:
    """Mihakk: gold datasets for Arabic news. Pages, Label Studio tasks, annotations, gold dataset, scores."""


SAMPLE = Path(__file__).with_name("annotate") / "sample"
DEMO = (
    (
        "Article pages become Label Studio tasks.",
        "annotate tasks pages --events events.yaml -o tasks.json",
    ),
    (
        "The scheme becomes the interface that annotators work in.",
        "annotate interface -o interface.xml",
    ),
    (
        "Here people annotate in Label Studio. The sample brings a finished export: two machine-made passes.\n"
        "How far do they agree, and on what do they not?",
        "export agreement export.json",
    ),
    (
        "What the majority marked becomes a gold dataset.",
        "export dataset export.json --annotators machine-generated -o gold --name sample",
    ),
    (
        "An extractor, the gazetteer baseline, learns from the training split and runs on the test split.",
        "eval predict gold --extractor mihakk.eval.gazetteer:Gazetteer -o predictions.jsonl",
    ),
    (
        "Its predictions are scored against the gold.",
        "eval score gold predictions.jsonl -o scores.json",
    ),
)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="New folder to work in; mihakk-demo if left out.", show_default=False)
    ] = None,
) -> None:
    """Walk the whole road on the sample corpus: pages, tasks, finished annotations, gold dataset, scores."""
    import contextlib
    import shlex
    import shutil

    from .configs.errors import InputError
    from .configs.terminal import terminal

    if folder is None:
        names = (Path("mihakk-demo" + (f"-{n}" if n > 1 else "")) for n in range(1, sys.maxsize))
        folder = next(name for name in names if not name.exists())
    if folder.exists():
        raise InputError(f"{folder}: exists; the demo wants a new folder")
    console = terminal()
    shutil.copytree(SAMPLE, folder)
    console.print(f"Copied the sample corpus to {folder}: pages, events.yaml, export.json. README.md says what it is.")
    with contextlib.chdir(folder):
        for step, (why, command) in enumerate(DEMO, 1):
            console.print(f"\n{step}. {why}", style="bold")
            console.print(f"$ mihakk {command}", style="cyan")
            app(shlex.split(command), standalone_mode=False)
    console.print(f"\nEverything is in {folder}. The sample shows the road; its scores mean nothing.")


def main() -> None:
    """Runs the command line; what the user got wrong is said in one line each on stderr.

    The exit code is 2, or 75 where a server failed and the same command may succeed later.
    """
    from .configs.errors import InputError

    # Neither records nor modules being loaded make cycles: looking for some as often as Python does takes a sixth of
    # the time.
    gc.set_threshold(50_000, 20, 50)
    try:
        app()
    except InputError as error:
        for problem in error.problems:
            typer.echo(f"mihakk: {problem}", err=True)
        sys.exit(error.exit_code)
