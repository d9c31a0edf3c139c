"""The `mihakk` command: mounts the rooms' commands."""

from __future__ import annotations

import sys

import typer

from .annotate.cli import app as annotate_app
from .eval.cli import app as eval_app
from .export.cli import app as export_app

app = typer.Typer(
    name="mihakk",
    help="Mihakk: gold datasets for Arabic news. Pages, Label Studio tasks, annotations, gold dataset, scores.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(annotate_app, name="annotate")
app.add_typer(export_app, name="export")
app.add_typer(eval_app, name="eval")


def main() -> None:
    """Runs the command line; what the user got wrong is said in one line each on stderr, with exit code 2."""
    from .configs.files import InputError

    try:
        app()
    except InputError as error:
        for problem in error.problems:
            typer.echo(f"mihakk: {problem}", err=True)
        sys.exit(2)
