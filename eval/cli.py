"""`mihakk eval`: run extractors on a gold dataset, score their predictions, compare them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..configs.command import (
    EngineOption,
    FiguresOption,
    ForceOption,
    HtmlOption,
    MentionsOption,
    NoTextOption,
    OffsetsOption,
    OverNumberOption,
    OverOption,
    RequireOption,
    commands,
    example,
    say_over,
)
from ..configs.errors import ExitCode, InputError
from ..configs.progress import progress
from ..configs.visible import print_data, print_json, print_line
from .running.cli import predict
from .serving.cli import serve

app = commands("Run extractors on a gold dataset and score their predictions.")


class Breakdown(StrEnum):
    """The ways to count errors."""

    label = "label"
    outlet = "outlet"
    event = "event"
    length = "length"
    seen = "seen"


AnyGoldArgument = Annotated[
    Path, typer.Argument(help="Gold dataset folder, or a JSONL or Parquet file in the predictions format.")
]
PredictionsArgument = Annotated[Path, typer.Argument(help="Predictions: one JSON object a line, or Parquet.")]
FolderSplitOption = Annotated[
    Literal["train", "validation", "test", "all"] | None,
    typer.Option("--split", help="The split of a gold folder to use.", show_default="test"),
]
MapOption = Annotated[
    str | None, typer.Option("--map", help="Score under this mapping of the scheme's labels, such as wojood.")
]
SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file with the mapping; the gold set's own scheme if left out.")
]
IouOption = Annotated[
    float,
    typer.Option(
        "--iou", min=0.01, max=1.0, help="Scheme overlap: spans match if intersection over union is at least this."
    ),
]


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV instead.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print Markdown tables instead.")]
LatexOption = Annotated[bool, typer.Option("--latex", help="Print LaTeX tables instead.")]


app.command(epilog=example("eval predict gold --extractor my_module:extract -o p.jsonl"))(predict)


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

    Exit code 1 if its offsets seem to be in another unit.
    """
    from ..annotate.placing.policy import Policy
    from .sides import mapping_given
    from .validate import validate as validated

    with progress("checking"):
        found = validated(gold, predictions, mapping_given(map_, scheme, gold), Policy.named(offsets, mentions))
    for line in found.lines:
        print_line(line)
    if found.doubt:
        print_line(f"mihakk: {found.doubt}", err=True)
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("eval score gold predictions.jsonl -o scores.json"))
def score(
    gold: Annotated[
        str,
        typer.Argument(
            help="Gold dataset folder, a JSONL or Parquet file in the predictions format, or a folder, glob or address "
            "(s3://, hf://) of such files (shards)."
        ),
    ],
    predictions: Annotated[
        str,
        typer.Argument(help="Predictions: one JSON object a line, or Parquet; for shards, shards of the same names."),
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write scores.json here.")] = None,
    split: FolderSplitOption = None,
    engine: EngineOption = None,
    ci: OverOption = False,
    resamples: OverNumberOption = None,
    seed: OverNumberOption = None,
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
    html: HtmlOption = None,
    no_text: NoTextOption = False,
    figures: FiguresOption = None,
    require: RequireOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    markdown: MarkdownOption = False,
    latex: LatexOption = False,
    force: ForceOption = False,
) -> None:
    """Print precision, recall and F1, each with its 95 % interval.

    Entities, claims, sources and stances are scored, if the predictions mention them.
    """
    from ..annotate.placing.policy import Policy
    from ..configs.files import dump_json, write_lines, write_text
    from ..configs.outputs import DOCUMENT_SCORES, ERRORS, SCORE_PAGE, SCORES, check_outputs, figures_of
    from ..configs.shards.engines import Engine, over
    from ..configs.shards.places import is_shards
    from ..configs.terminal import terminal
    from .gold.records import GOLD_FILE
    from .paper import as_csv, as_latex, as_markdown
    from .report import errors_table, scores_table
    from .score import read_sides, score_sides
    from .sides import mapping_given

    _choose_one(json, csv, markdown, latex)
    say_over(ci=ci, resamples=resamples, seed=seed)
    outputs = [(output, SCORES), (errors, ERRORS), (per_document, DOCUMENT_SCORES), (html, SCORE_PAGE)]
    check_outputs([*outputs, (figures, figures_of("score"))], [gold, predictions, scheme], force)
    policy = Policy.named(offsets, mentions)
    mapping = mapping_given(map_, scheme, Path(gold))
    sides = None
    if is_shards(gold, GOLD_FILE):
        from .shards.score import score_shards

        of_one = {"--errors": errors, "--by": by, "--per-document": per_document, "--html": html, "--figures": figures}
        if asked := [option for option, value in {"--split": split, **of_one}.items() if value]:
            raise InputError(f"{', '.join(asked)}: not for shards; for this, score a single shard")
        calls = partial(over, Engine(engine or "local"))
        scores = score_shards(gold, predictions, calls, mapping=mapping, policy=policy, iou=iou)
    else:
        if engine:
            raise InputError(f"--engine: is for a folder or glob of shards, which {gold} is not; leave it out")
        with progress("scoring"):
            sides = read_sides(gold, predictions, _split(split, Path(gold)), mapping, policy)
            scores = score_sides(sides, Path(predictions).name, iou=iou, per_document=per_document is not None)
    from .gate import failures

    failed = failures(scores, require or ())
    if output:
        write_text(output, dump_json(scores.as_json()))
    if per_document:
        write_text(per_document, "".join(scores.document_lines()))
    if html and sides:
        from .pages.score import score_page

        with progress("writing the page"):
            write_text(html, score_page(scores, sides, text=not no_text))
    if figures and sides:
        from .pages.figures import score_figures, write_figures
        from .pages.score import label_pairs, names_of_labels

        drawn = score_figures(scores, names_of_labels(sides), label_pairs(sides))
        with progress("drawing"):
            write_figures(drawn, "score", scores.signature, figures, force)
    if json:
        print_json(scores.as_json())
    elif csv or markdown or latex:
        print_data((as_csv if csv else as_markdown if markdown else as_latex)(scores))
    else:
        terminal().print(scores_table(scores))
    if (errors or by) and sides:
        from .errors import breakdowns, error_lines, find_errors

        classified = find_errors(sides)
        if errors:
            write_lines(errors, error_lines(classified))
        for name, counts in breakdowns(classified, by or ["label"]).items():
            terminal(stderr=json or csv or markdown or latex).print(errors_table(counts, name))
    _end_with(failed)


@app.command(epilog=example("eval compare gold baseline.jsonl system.jsonl"))
def compare(
    gold: AnyGoldArgument,
    predictions: Annotated[
        list[Path], typer.Argument(help="Two or more predictions files; the first is the baseline.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write all differences here.")] = None,
    html: HtmlOption = None,
    no_text: NoTextOption = False,
    figures: FiguresOption = None,
    split: FolderSplitOption = None,
    resamples: Annotated[int, typer.Option(min=100, help="Number of permutations.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the permutations; part of the signature.")] = 13,
    map_: MapOption = None,
    scheme: SchemeOption = None,
    iou: IouOption = 0.5,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="RULE",
            help="Exit with 1 if this is not true, such as entities.strict.micro.f1.difference.low>=-0.02.",
        ),
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    markdown: MarkdownOption = False,
    latex: LatexOption = False,
    force: ForceOption = False,
) -> None:
    """Compare each system with the first.

    Prints differences, 95 % intervals and p-values, paired by event.
    """
    from ..annotate.placing.policy import Policy
    from ..configs.files import dump_json, write_text
    from ..configs.outputs import COMPARISON, COMPARISON_PAGE, check_outputs, figures_of
    from ..configs.terminal import terminal
    from .comparison import compare_systems, count_systems
    from .gate import unmet_differences
    from .paper import comparison_csv, comparison_latex, comparison_markdown
    from .report import comparison_table
    from .sides import mapping_given

    _choose_one(json, csv, markdown, latex)
    outputs = [(output, COMPARISON), (html, COMPARISON_PAGE), (figures, figures_of("compare"))]
    check_outputs(outputs, [gold, *predictions, scheme], force)
    with progress("comparing"):
        systems = count_systems(
            gold,
            [(None, path) for path in predictions],
            split=_split(split, gold),
            mapping=mapping_given(map_, scheme, gold),
            iou=iou,
            policy=Policy.named(offsets, mentions),
        )
        comparison = compare_systems(systems, resampled=resamples, seed=seed)
    failed = unmet_differences(comparison, require or ())
    if output:
        write_text(output, dump_json(comparison.as_json()))
    if html:
        from .pages.comparison import comparison_page

        with progress("writing the page"):
            write_text(html, comparison_page(comparison, systems, text=not no_text))
    if figures:
        from .pages.figures import comparison_figures, write_figures
        from .pages.score import names_of_labels

        drawn = comparison_figures(comparison, names_of_labels(systems.sides[0]))
        with progress("drawing"):
            write_figures(drawn, "compare", comparison.signature, figures, force)
    if json:
        print_json(comparison.as_json())
    elif csv or markdown or latex:
        written = comparison_csv if csv else comparison_markdown if markdown else comparison_latex
        print_data(written(comparison))
    else:
        terminal().print(comparison_table(comparison))
    _end_with(failed)


@app.command(epilog=example("eval plan gold a.jsonl baseline.jsonl --within 0.05 --difference 0.03"))
def plan(
    gold: AnyGoldArgument,
    a: Annotated[Path, typer.Argument(help="A system's predictions.")],
    b: Annotated[Path | None, typer.Argument(help="Another system's predictions, to plan for differences.")] = None,
    number: Annotated[
        str, typer.Option(help="The number to plan for: a path of scores.json.")
    ] = "entities.strict.micro.f1",
    events: Annotated[str, typer.Option(help="Numbers of events.")] = "10,20,50,100,200",
    within: Annotated[float | None, typer.Option(help="Target for half the interval of A.")] = None,
    difference: Annotated[float | None, typer.Option(help="Target for a difference of A and B.")] = None,
    split: FolderSplitOption = None,
    map_: MapOption = None,
    scheme: SchemeOption = None,
    iou: IouOption = 0.5,
    json: JsonOption = False,
) -> None:
    """Estimate how much gold is enough.

    Each estimate has a range, since the events so far are only a sample.
    """
    from ..configs.errors import InputError
    from ..configs.terminal import terminal
    from .plan import plan as make_plan
    from .report import plan_table
    from .sides import mapping_given

    try:
        counts = [int(count) for count in events.split(",")]
    except ValueError:
        raise InputError(
            f"--events {events}: must be whole numbers with commas between them, such as 20,50,100"
        ) from None
    with progress("planning"):
        planned = make_plan(
            gold,
            a,
            b,
            number=number,
            events=counts,
            within=within,
            difference=difference,
            split=_split(split, gold),
            mapping=mapping_given(map_, scheme, gold),
            iou=iou,
        )
    if json:
        print_json(planned.as_json())
    else:
        terminal().print(plan_table(planned))


app.command(epilog=example("eval serve baseline:crf --gold gold"))(serve)


def _choose_one(json: bool, csv: bool, markdown: bool, latex: bool) -> None:
    from ..configs.errors import InputError

    if json + csv + markdown + latex > 1:
        raise InputError("--json, --csv, --markdown and --latex: choose one")


def _end_with(failed: Sequence[str]) -> None:
    """Reports unmet requirements, and ends with their exit code."""
    for failure in failed:
        print_line(f"mihakk: {failure}", err=True)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def _split(split: str | None, gold: Path) -> str:
    """The split that was asked for. Raises InputError if the gold is a file: all its rows are scored."""
    if split not in (None, "all") and gold.is_file():
        raise InputError(f"--split {split}: {gold} is a file, which has no splits; give a gold folder, or leave it out")
    return split or "test"
