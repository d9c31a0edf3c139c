"""`mihakk export`: from finished annotations to a gold dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..annotate.cli import TokenFileOption, UrlOption

if TYPE_CHECKING:
    from ..annotate.label_studio import Project

app = typer.Typer(help="Turn finished annotations into a gold dataset.", no_args_is_help=True)

ProjectArgument = Annotated[
    str | None,
    typer.Argument(
        help="The project's number, title, or address in the browser; the only one if left out.", show_default=False
    ),
]


@app.command()
def dataset(
    export: Annotated[
        str, typer.Argument(help="Label Studio's JSON export (not JSON-MIN), or a project's address in the browser.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the gold dataset.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the folder's if left out.")] = None,
    version: Annotated[str, typer.Option(help="Version of the dataset.")] = "1.0",
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False),
    ] = None,
    token_file: TokenFileOption = None,
    split_by: Annotated[
        str, typer.Option("--split-by", help="event, or time: events reported first for training, last for test.")
    ] = "event",
    shares: Annotated[
        str | None,
        typer.Option(help="Percentages of train/validation/test; 60/20/20 if left out.", show_default=False),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="An earlier version's folder: its documents stay in their splits.", show_default=False),
    ] = None,
    annotators: Annotated[
        list[str] | None,
        typer.Option(
            help="Who annotated, for the card: expert-generated, crowdsourced, machine-generated, found or other.",
            show_default=False,
        ),
    ] = None,
    annotators_note: Annotated[
        str | None, typer.Option(help="A sentence on the annotators, for the card.", show_default=False)
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option("--licence", "--license", help="For the card, such as cc-by-4.0.", show_default=False),
    ] = None,
) -> None:
    """Write a typed Hugging Face dataset, split by event, of what the majority of annotators marked."""
    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold import GOLD_FILE
    from .dataset import OwnersWord, write_gold
    from .gold import make_gold
    from .label_studio import read_export, read_tasks
    from .report import distribution_table, gold_summary
    from .split import read_splitting

    loaded = load_scheme(scheme or DEFAULT)
    splitting = read_splitting(split_by, shares, previous)
    owner = OwnersWord(tuple(annotators or ()), annotators_note, licence)
    if export.startswith(("http://", "https://")):
        _, tasks = _fetch(export, None, token_file)
        read = read_tasks(tasks, export, loaded)
    else:
        read = read_export(Path(export), loaded)
    gold = make_gold(read, loaded, name or output.resolve().name, version, splitting, owner)
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
    terminal().print(gold_summary(gold, output))
    terminal().print(distribution_table(gold))


@app.command()
def pull(
    output: Annotated[Path, typer.Option("-o", "--output", help="The export, as JSON.")],
    project: ProjectArgument = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False),
    ] = None,
) -> None:
    """Fetch everything that annotators did in a Label Studio project."""
    from ..configs.files import whole_file
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .report import pull_summary
    from .status import project_status

    loaded = load_scheme(scheme or DEFAULT)
    with whole_file(output) as temporary:
        found, tasks = _fetch(project, url, token_file, temporary)
    status = project_status(tasks, found.annotators_per_task, loaded)
    terminal().print(pull_summary(status, output))


@app.command()
def status(
    project: ProjectArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False),
    ] = None,
) -> None:
    """Say how far a Label Studio project is: by annotator, with speed, agreement so far, and time left."""
    from dataclasses import asdict

    from ..configs.files import dump_json
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .report import status_table
    from .status import project_status

    loaded = load_scheme(scheme or DEFAULT)
    found, tasks = _fetch(project, url, token_file)
    made = project_status(tasks, found.annotators_per_task, loaded)
    if as_json:
        typer.echo(dump_json({"project": found.id, "title": found.title, "url": found.url, **asdict(made)}), nl=False)
    else:
        console = terminal()
        for part in status_table(found.title, found.url, made):
            console.print(part)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Folder of the earlier gold dataset.")],
    new: Annotated[Path, typer.Argument(help="Folder of the later one.")],
    predictions: Annotated[
        Path | None, typer.Option(help="Also score this predictions file on both.", show_default=False)
    ] = None,
    split: Annotated[str, typer.Option(help="The split that --predictions is scored on.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Say what changed between two versions of a gold dataset, what that does to scores, and how to number it."""
    from dataclasses import replace

    from ..configs.files import dump_json
    from ..configs.terminal import terminal
    from ..eval.gold import read_gold
    from .diff import diff as compare
    from .diff import score_change
    from .report import diff_report

    found = compare(read_gold(old), read_gold(new))
    if predictions:
        found = replace(found, scores=score_change(found.old, found.new, predictions, split))
    if as_json:
        typer.echo(dump_json(found.as_json()), nl=False)
    else:
        for part in diff_report(found):
            terminal().print(part)


@app.command()
def hub(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")],
    name: Annotated[str, typer.Argument(help="The dataset on the Hugging Face Hub: owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to see; private if left out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the folder and say what would be sent.")] = False,
) -> None:
    """Put a gold dataset on the Hugging Face Hub, private, its version as a tag. Log in with `hf auth login`."""
    from ..configs.terminal import terminal
    from .hub import upload, whole_gold
    from .report import hub_summary

    whole = whole_gold(gold)
    sent = None if dry_run else upload(whole, name, public)
    terminal().print(hub_summary(whole, name, public, sent))


def _fetch(
    project: str | None, url: str | None, token_file: Path | None, output: Path | None = None
) -> tuple[Project, list[dict[str, Any]]]:
    """The project and its raw export, written to `output` as well if given."""
    from ..annotate.connection import connect, find_project, split_project
    from ..annotate.reports import waiting
    from .pull import fetch_export

    url, project = split_project(project, url)
    with connect(url, token_file) as server, waiting(f"Waiting for the export of {server.url}"):
        found = find_project(server, project)
        content, tasks = fetch_export(server, found)
    if output:
        output.write_bytes(content)
    return found, tasks
