"""`mihakk eval`: run extractors on a gold dataset and score what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Run extractors on a gold dataset and score their predictions.", no_args_is_help=True)

GoldArgument = Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")]
SplitOption = Annotated[str, typer.Option(help="train, validation, test, or all.")]


@app.command()
def score(
    gold: GoldArgument,
    predictions: Annotated[Path, typer.Argument(help="Predictions, one JSON object a line.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write scores.json here.")] = None,
    split: SplitOption = "test",
) -> None:
    """Print strict precision, recall and F1 of entities, claims and stance."""
    from ..configs.files import dump_json, write_text
    from ..configs.terminal import terminal
    from .gold import read_gold
    from .predictions import read_predictions
    from .report import scores_table
    from .score import score

    read = read_gold(gold)
    scores = score(read, read_predictions(predictions, read), split)
    if output:
        write_text(output, dump_json(scores.as_json()))
    terminal().print(scores_table(scores))


@app.command()
def predict(
    gold: GoldArgument,
    extractor: Annotated[
        str,
        typer.Option(help="package.module:name of a callable that takes a document and returns a prediction."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The predictions, one JSON object a line.")],
    split: SplitOption = "test",
) -> None:
    """Run a Python extractor on the documents of a split. A class may learn from the training split first."""
    from rich.progress import track

    from ..configs.files import whole_file
    from ..configs.terminal import terminal
    from .extractor import load_extractor
    from .extractor import predict as run
    from .gold import read_gold

    read = read_gold(gold)
    documents = read.split(split)
    callable_ = load_extractor(extractor, read.splits.get("train", ()))
    progress = terminal(stderr=True)
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8") as file:
        lines = run(read, documents, callable_, extractor)
        file.writelines(
            track(
                lines,
                "predicting",
                len(documents),
                console=progress,
                transient=True,
                disable=not progress.is_terminal,
            )
        )
    terminal().print(f"{output}: predictions on {len(documents)} documents of {split}")
