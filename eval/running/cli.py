"""`mihakk eval predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...configs.command import ForceOption, MentionsOption, OffsetsOption
from ...configs.errors import ExitCode, grouped
from ...configs.visible import print_line, print_note


def predict(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The predictions: JSON lines, or Parquet if the name ends so.")
    ],
    extractor: Annotated[
        str | None,
        typer.Option(
            help="The extractor: package.module:name of a Python callable, command:PROGRAM, an http(s) address, "
            "llm:MODEL@ADDRESS, hf:MODEL, spacy:NAME, ls-ml:ADDRESS, baseline:crf (gazetteer, linear, majority), "
            "or saved:FOLDER.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[Literal["train", "validation", "test", "all"], typer.Option(help="The split to use.")] = "test",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the extractor, such as timeout=30; repeatable."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="So many documents are asked at the same time.")] = 1,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    map_: Annotated[
        str | None, typer.Option("--map", help="The extractor has the labels of this mapping of the scheme.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", help="Place the answers of this run (NAME.run) again, and call no extractor."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, without the answers of an earlier run.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", help="Also keep a trained baseline in this folder, for saved:FOLDER.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent to the extractor, and send nothing.")
    ] = False,
    force: ForceOption = False,
) -> None:
    """Run an extractor on the documents of a split.

    A run that was stopped goes on with the same command. Exit code 1 if it failed on some documents.
    """
    from ...annotate.placing.policy import Policy
    from ...configs.outputs import PREDICTIONS, check_outputs
    from ..baselines.saved import SAVED
    from .command import Command, run

    check_outputs([(output, PREDICTIONS), (save, SAVED)], [gold], force)
    policy = Policy.named(offsets, mentions)
    asked = Command(gold, output, extractor, split, set_ or (), concurrency, map_, policy, save, force)
    done = run(asked, replay=replay, fresh=fresh, dry_run=dry_run)
    if dry_run:
        print_line(done.said)
        return
    for note in done.notes:
        print_note(note)
    for problem in grouped(done.failures):
        print_line(f"mihakk: {problem}", err=True)
    print_line(f"{output}: predictions on {done.said}")
    if done.failures:
        raise typer.Exit(ExitCode.FAILED)
