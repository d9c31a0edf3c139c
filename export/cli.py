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
) -> None:
    """Write a typed Hugging Face dataset, split by event, of what the majority of annotators marked."""
    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold import GOLD_FILE
    from .dataset import write_gold
    from .gold import make_gold
    from .label_studio import read_export, read_tasks
    from .report import gold_summary

    loaded = load_scheme(scheme or DEFAULT)
    if export.startswith(("http://", "https://")):
        _, tasks = _fetch(export, None, token_file)
        read = read_tasks(tasks, export, loaded)
    else:
        read = read_export(Path(export), loaded)
    gold = make_gold(read, loaded, name or output.resolve().name, version)
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
    terminal().print(gold_summary(gold, output))


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
def check(
    export: Annotated[
        str, typer.Argument(help="Label Studio's JSON export (not JSON-MIN), or a project's address in the browser.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print every finding as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="List every finding, not the first of each kind.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 1 for warnings too.")] = False,
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            help="Write the export here with edges trimmed and exact duplicates merged, and check that.",
            show_default=False,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Label Studio's address, for links to the tasks of a file.", show_default=False),
    ] = None,
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False),
    ] = None,
    token_file: TokenFileOption = None,
) -> None:
    """Look finished annotations over before they become gold. Exit code 1 if there are errors."""
    from ..annotate.connection import split_project
    from ..configs.files import dump_json, parse_json, read_text
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .check import check_tasks, page_address
    from .fix import Fix, write_fixed
    from .label_studio import raw_items
    from .report import check_report, fix_summary

    loaded = load_scheme(scheme or DEFAULT)
    server = page_address(url)
    tasks: list[Any]
    if export.startswith(("http://", "https://")):
        _, tasks = _fetch(export, None, token_file)
        server = server or split_project(export, None)[0]
    else:
        tasks = raw_items(parse_json(read_text(Path(export)), export), export)
    fixes: list[Fix] = []
    if fix:
        tasks = write_fixed(tasks, loaded, fixes, fix)
    checked = check_tasks(tasks, loaded)
    if as_json:
        head = {"source": export, "scheme": loaded.id, "fixed": str(fix) if fix else None}
        typer.echo(dump_json({**head, "fixes": [made.listed() for made in fixes], **checked.record(server)}), nl=False)
    else:
        console = terminal()
        if fix:
            console.print(fix_summary(fixes, fix))
        for part in check_report(str(fix or export), checked, server, None if everything else _LISTED):
            console.print(part)
    if checked.failed(strict):
        raise typer.Exit(1)


# So many findings of each kind are listed, unless all are asked for.
_LISTED = 10


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
