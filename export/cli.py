"""`mihakk export`: from finished annotations to a gold dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Turn finished annotations into a gold dataset.", no_args_is_help=True)


@app.callback()
def _export() -> None:  # pyright: ignore[reportUnusedFunction]
    """Keeps `dataset` a sub-command while it is the only one."""


@app.command()
def dataset(
    export: Annotated[Path, typer.Argument(help="Label Studio's JSON export (not JSON-MIN).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the gold dataset.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the folder's if left out.")] = None,
    version: Annotated[str, typer.Option(help="Version of the dataset.")] = "1.0",
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False),
    ] = None,
) -> None:
    """Write a typed Hugging Face dataset, split by event, of what the majority of annotators marked."""
    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold import GOLD_FILE
    from .dataset import write_gold
    from .gold import make_gold
    from .label_studio import read_export
    from .report import gold_summary

    loaded = load_scheme(scheme or DEFAULT)
    gold = make_gold(read_export(export, loaded), loaded, name or output.resolve().name, version)
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
    terminal().print(gold_summary(gold, output))
