"""`mihakk eval predict`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...configs.command import EngineOption, ForceOption, MentionsOption, OffsetsOption
from ...configs.errors import ExitCode, InputError, grouped
from ...configs.visible import print_line, print_note


def predict(
    gold: Annotated[
        str,
        typer.Argument(
            help="Gold dataset folder, as `mihakk export dataset` writes it; or a folder, glob or address of files of "
            "articles (shards)."
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", help="The predictions: JSON lines, or Parquet if the name ends so; of shards, a folder."
        ),
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
    split: Annotated[
        Literal["train", "validation", "test", "all"] | None,
        typer.Option(help="The split to use.", show_default="test"),
    ] = None,
    engine: EngineOption = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting of the extractor, such as timeout=30, or for Ray gpus=1; repeatable.",
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Number of documents in work at the same time.")] = 1,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    map_: Annotated[
        str | None, typer.Option("--map", help="The extractor has the labels of this mapping of the scheme.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", help="Place the answers of this run (NAME.run) again, and call no extractor."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start from the beginning, without the answers of an earlier run.")
    ] = False,
    save: Annotated[
        Path | None, typer.Option("--save", help="Also keep a trained baseline in this folder, for saved:FOLDER.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent to the extractor, and send nothing.")
    ] = False,
    scheme: Annotated[
        Path | None,
        typer.Option(
            "--scheme",
            help="Scheme file with the mapping, or with the labels of shards that name none.",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Run an extractor on the documents of a split, or of all shards.

    The same command continues a run that was stopped. Exit code 1 if it failed on some documents.
    """
    from ...annotate.placing.policy import Policy
    from ...configs.outputs import PREDICTIONS, check_outputs
    from ...configs.shards.places import is_shards
    from ..baselines.saved import SAVED
    from ..gold.records import GOLD_FILE
    from .command import Command, run

    policy = Policy.named(offsets, mentions)
    if is_shards(gold, GOLD_FILE):
        from ...configs.shards.engines import Engine, needs_of, over
        from ..shards.predict import Asked, predict_shards

        given = {"--split": split, "--replay": replay, "--save": save, "--dry-run": dry_run, "--force": force}
        if of_gold := [option for option, value in given.items() if value]:
            raise InputError(f"{', '.join(of_gold)}: not for shards; leave out")
        if extractor is None:
            raise InputError("--extractor: is missing; it names the program that predicts")
        needs, rest = needs_of(set_ or ())
        calls = partial(over, Engine(engine or "local", needs, keeps=True))
        of_all = Asked(extractor, tuple(rest), concurrency, map_, policy, scheme)
        done = predict_shards(gold, output, of_all, calls, fresh=fresh)
    else:
        from ..sides import mapping_given

        if engine:
            raise InputError(f"--engine: only for a folder or glob of shards, which {gold} is not; leave out")
        if scheme and not map_:
            raise InputError(f"--scheme: only with --map, since {gold} has its own labels; give both, or leave out")
        mapping, to = mapping_given(map_, scheme, Path(gold)), Path(output)
        check_outputs([(to, PREDICTIONS), (save, SAVED)], [gold], force)
        part, settings = split or "test", set_ or ()
        asked = Command(Path(gold), to, extractor, part, settings, concurrency, mapping, policy, save, force)
        done = run(asked, replay=replay, fresh=fresh, dry_run=dry_run)
        if dry_run:
            print_line(done.summary)
            return
    for note in done.notes:
        print_note(note)
    for problem in grouped(done.failures):
        print_line(f"mihakk: {problem}", err=True)
    print_line(f"{output}: predictions on {done.summary}")
    if done.failures:
        raise typer.Exit(ExitCode.FAILED)
