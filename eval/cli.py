"""`mihakk eval`: run extractors on a gold dataset, score their predictions, compare them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..configs.command import ForceOption, MentionsOption, OffsetsOption, RequireOption, commands, example
from ..configs.errors import ExitCode
from ..configs.visible import print_data, print_json, print_line

if TYPE_CHECKING:
    from .sides import AnyMapping

app = commands("Run extractors on a gold dataset and score their predictions.")


class Breakdown(StrEnum):
    """The ways to count errors."""

    label = "label"
    outlet = "outlet"
    event = "event"
    length = "length"
    seen = "seen"


GoldArgument = Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")]
AnyGoldArgument = Annotated[
    Path, typer.Argument(help="Gold dataset folder, or a JSONL or Parquet file in the predictions format.")
]
PredictionsArgument = Annotated[Path, typer.Argument(help="Predictions: one JSON object a line, or Parquet.")]
SplitOption = Annotated[Literal["train", "validation", "test", "all"], typer.Option(help="The split to use.")]
SeedOption = Annotated[int, typer.Option(help="Seed of the bootstrap; part of the signature.")]
MapOption = Annotated[
    str | None, typer.Option("--map", help="Score under this mapping of the scheme's labels, such as wojood.")
]
SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file with the mapping; the gold set's own scheme if left out.")
]
IouOption = Annotated[
    float,
    typer.Option(
        "--iou", min=0.01, max=1.0, help="Two claims match if their intersection over union is at least this."
    ),
]


@app.command(epilog=example("eval predict gold --extractor my_module:extract -o p.jsonl"))
def predict(
    gold: GoldArgument,
    extractor: Annotated[
        str,
        typer.Option(help="package.module:name of a callable that takes a document and returns a prediction."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The predictions, one JSON object a line.")],
    split: SplitOption = "test",
    force: ForceOption = False,
) -> None:
    """Run a Python extractor on the documents of a split.

    A class may learn from the training split first.
    """
    from rich.progress import track

    from ..configs.files import whole_file
    from ..configs.outputs import PREDICTIONS, check_outputs
    from ..configs.terminal import terminal
    from .extractor import load_extractor
    from .extractor import predict as run
    from .gold.rows import read_gold

    check_outputs([(output, PREDICTIONS)], [gold], force)
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
    print_line(f"{output}: predictions on {len(documents)} documents of {split}")


@app.command(epilog=example("eval validate gold predictions.jsonl"))
def validate(
    gold: AnyGoldArgument,
    predictions: PredictionsArgument,
    map_: MapOption = None,
    scheme: SchemeOption = None,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
) -> None:
    """List every problem of a predictions file, by line.

    Exit code 1 if its offsets seem to count something else.
    """
    from ..annotate.placing.policy import Policy
    from .validate import validate as validated

    found = validated(gold, predictions, _mapping(map_, scheme, gold), Policy.named(offsets, mentions))
    for line in found.lines:
        print_line(line)
    if found.doubt:
        print_line(f"mihakk: {found.doubt}", err=True)
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("eval score gold predictions.jsonl --ci -o scores.json"))
def score(
    gold: AnyGoldArgument,
    predictions: PredictionsArgument,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write scores.json here.")] = None,
    split: SplitOption = "test",
    ci: Annotated[bool, typer.Option("--ci", help="Add 95 % intervals, by bootstrap over events.")] = False,
    resamples: Annotated[int, typer.Option(min=100, help="Number of resamples for --ci.")] = 1000,
    seed: SeedOption = 13,
    map_: MapOption = None,
    scheme: SchemeOption = None,
    iou: IouOption = 0.5,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    errors: Annotated[
        Path | None, typer.Option("--errors", help="List wrong entities here, one JSON object a line.")
    ] = None,
    by: Annotated[
        list[Breakdown] | None,
        typer.Option("--by", help="Count errors by this; repeatable."),
    ] = None,
    per_document: Annotated[
        Path | None,
        typer.Option("--per-document", help="Write the scores of each document here, one JSON object a line."),
    ] = None,
    require: RequireOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print scores.json instead of a table.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table instead.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table instead.")] = False,
    force: ForceOption = False,
) -> None:
    """Print precision, recall and F1.

    Entities, claims, sources and stances are scored, if the predictions mention them.
    """
    from ..annotate.placing.policy import Policy
    from ..configs.errors import InputError
    from ..configs.files import dump_json, write_text
    from ..configs.outputs import DOCUMENT_SCORES, ERRORS, SCORES, check_outputs
    from ..configs.terminal import terminal
    from .report import as_csv, as_latex, as_markdown, errors_table, scores_table
    from .score import read_sides, score_sides

    if json + csv + markdown + latex > 1:
        raise InputError("--json, --csv, --markdown and --latex: choose one")
    check_outputs(
        [(output, SCORES), (errors, ERRORS), (per_document, DOCUMENT_SCORES)], [gold, predictions, scheme], force
    )
    policy = Policy.named(offsets, mentions)
    sides = read_sides(gold, predictions, split, _mapping(map_, scheme, gold), policy)
    scores = score_sides(
        sides,
        predictions.name,
        ci=resamples if ci else 0,
        seed=seed,
        iou=iou,
        per_document=per_document is not None,
    )
    from .gate import failures

    failed = failures(scores, require or ())
    if output:
        write_text(output, dump_json(scores.as_json()))
    if per_document:
        write_text(per_document, "".join(scores.document_lines()))
    if json:
        print_json(scores.as_json())
    elif csv or markdown or latex:
        print_data((as_csv if csv else as_markdown if markdown else as_latex)(scores))
    else:
        terminal().print(scores_table(scores))
    if errors or by:
        from .errors import breakdowns, error_lines, find_errors

        classified = find_errors(sides)
        if errors:
            write_text(errors, "".join(error_lines(classified)))
        for name, counts in breakdowns(classified, by or ["label"]).items():
            terminal(stderr=json or csv or markdown or latex).print(errors_table(counts, name))
    for failure in failed:
        print_line(f"mihakk: {failure}", err=True)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("eval compare gold baseline.jsonl system.jsonl"))
def compare(
    gold: AnyGoldArgument,
    predictions: Annotated[
        list[Path], typer.Argument(help="Two or more predictions files; the first is the baseline.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write all differences here.")] = None,
    split: SplitOption = "test",
    resamples: Annotated[int, typer.Option(min=100, help="Number of resamples and of permutations.")] = 1000,
    seed: SeedOption = 13,
    map_: MapOption = None,
    scheme: SchemeOption = None,
    iou: IouOption = 0.5,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    force: ForceOption = False,
) -> None:
    """Compare each system with the first.

    Prints differences, 95 % intervals and p-values, paired by event.
    """
    from ..configs.files import dump_json, write_text
    from ..configs.outputs import COMPARISON, check_outputs
    from ..configs.terminal import terminal
    from .comparison import compare as compare_systems
    from .report import comparison_table

    check_outputs([(output, COMPARISON)], [gold, *predictions, scheme], force)
    comparison = compare_systems(
        gold,
        *predictions,
        split=split,
        resampled=resamples,
        seed=seed,
        mapping=_mapping(map_, scheme, gold),
        iou=iou,
        offsets=offsets,
        mentions=mentions,
    )
    if output:
        write_text(output, dump_json(comparison.as_json()))
    if json:
        print_json(comparison.as_json())
    else:
        terminal().print(comparison_table(comparison))


def _mapping(name: str | None, scheme: Path | None, gold: Path) -> AnyMapping | None:
    """The mapping of a scheme that was given; its name alone if the gold set's own scheme has to give it."""
    if not name or not scheme:
        return name or None
    from ..configs.scheme import load_scheme
    from .gold.scheme import one_content

    loaded = load_scheme(scheme)
    one_content(loaded, gold)
    return loaded.mapping(name)
