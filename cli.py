"""The `mihakk` command: the commands of all rooms, and `mihakk demo`, which runs all steps on a sample."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_group

from . import __version__
from .configs.command import commands, end, example
from .configs.visible import be_quiet, is_quiet, print_line

ROOMS = ("annotate", "export", "eval")


class House(TyperGroup):
    """The rooms' commands. A room is imported only when its commands are used, so that commands start fast."""

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


app = commands(
    "Mihakk: gold datasets for Arabic news, from pages to scores.",
    name="mihakk",
    cls=House,
)


def _version(asked: bool) -> None:
    if asked:
        print_line(f"mihakk {__version__}")
        raise typer.Exit


@app.callback()
def mihakk(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print results and errors only: no progress, no notes.")
    ] = False,
) -> None:
    # `demo` runs commands inside its own.
    be_quiet(quiet or is_quiet())


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
        "Here people annotate in Label Studio. The sample has a finished export, made by machine in two passes.\n"
        "How far do the two passes agree, and where do they disagree?",
        "export agreement export.json",
    ),
    (
        "The markings of the majority become a gold dataset.",
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


@app.command(epilog=example("demo mihakk-demo"))
def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="New folder to work in; mihakk-demo if left out.", show_default=False)
    ] = None,
) -> None:
    """Run all steps on the sample corpus.

    From pages to tasks, finished annotations, a gold dataset, and scores.
    """
    import contextlib
    import shlex
    import shutil

    from .configs.errors import InputError
    from .configs.files import writing
    from .configs.terminal import terminal

    if folder is None:
        names = (Path("mihakk-demo" + (f"-{n}" if n > 1 else "")) for n in range(1, sys.maxsize))
        folder = next(name for name in names if not name.exists())
    with writing(folder):
        if folder.exists():
            raise InputError(f"{folder}: already exists; the demo needs a new folder")
    console = terminal()
    with writing(folder):
        for file in sorted(SAMPLE.rglob("*")):
            if file.is_file():
                target = folder / file.relative_to(SAMPLE)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    console.print(f"Copied the sample corpus to {folder}: pages, events.yaml, export.json. Its README.md describes it.")
    with contextlib.chdir(folder):
        for step, (why, command) in enumerate(DEMO, 1):
            console.print(f"\n{step}. {why}", style="bold")
            console.print(f"$ mihakk {command}", style="cyan")
            app(shlex.split(command), prog_name="mihakk", standalone_mode=False)
    console.print(f"\nEverything is in {folder}. The sample only shows the steps; its scores mean nothing.")


def main() -> NoReturn:
    """Runs the command line. `end` reports problems on stderr, one line each, and sets the exit code."""
    # Records and imported modules make no cycles. Python searches for cycles so often that it takes a sixth of the
    # time.
    gc.set_threshold(50_000, 20, 50)
    end(lambda: app(prog_name="mihakk", standalone_mode=False))
