"""`mihakk annotate`: from article pages to Label Studio tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from ..configs.scheme import Scheme
    from .label_studio.client import LabelStudio
    from .label_studio.push import Task
    from .pages.outlet import OutletNames
    from .pages.page import Page
    from .pages.sources import Reading

Item = TypeVar("Item")

app = typer.Typer(help="Turn article pages into Label Studio tasks, and get them annotated.", no_args_is_help=True)
annotators_app = typer.Typer(help="Annotators' accounts on a Label Studio.", no_args_is_help=True)
app.add_typer(annotators_app, name="annotators")

Sources = Annotated[
    list[str],
    typer.Argument(
        help="Pages (.txt), HTML, tables (.jsonl, .csv, .parquet), folders and globs of these; - for standard input.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--column", metavar="FIELD=NAME", help="Which column of a table holds a field: text=body; repeatable."
    ),
]
OutletsOption = Annotated[
    Path | None, typer.Option("--outlets", help="More names of outlets and agencies, in the form of outlets.yaml.")
]
SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False)
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Exit with 0 even if some articles could not be read.")]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url", help="Label Studio's address; else LABEL_STUDIO_URL, else of the last login.", show_default=False
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        help="File with the access token; else LABEL_STUDIO_API_KEY, else as `annotate login` kept it.",
        show_default=False,
    ),
]
AnnotatorsPerTaskOption = Annotated[
    int | None,
    typer.Option("--annotators-per-task", min=1, max=50, help="How many people annotate each task.", show_default="1"),
]


@app.command()
def tasks(
    sources: Sources,
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to import into Label Studio.")],
    events: Annotated[
        Path | None, typer.Option(help="events.yaml: which articles report one event, and its claims.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="An extractor's predictions, for annotators to correct.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of that extractor, if its predictions do not say.")] = None,
    blind: Annotated[
        float, typer.Option(min=0, max=1, help="Share of tasks that get no predictions, chosen at random.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Chooses the blind tasks.")] = 13,
    show_removed: Annotated[
        bool, typer.Option("--show-removed", help="Print every line left out of an article, and why.")
    ] = False,
    column: Columns = [],  # noqa: B006 - typer reads the default, nobody changes it
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
    scheme: SchemeOption = None,
) -> None:
    """Write one Label Studio task per article."""
    from ..configs.files import whole_file
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .events import Registry
    from .interface import interface_xml
    from .preannotation import Suggestions
    from .report import removed_lines
    from .task import dump_tasks
    from .task_maker import TaskMaker

    loaded = load_scheme(scheme or DEFAULT)
    maker = TaskMaker(
        loaded,
        interface_xml(loaded),
        Registry(events) if events else None,
        Suggestions.read(predictions, model) if predictions else None,
        blind,
        seed,
    )
    console = terminal()
    bad: list[str] = []
    unread: set[str] = set()

    def made() -> Iterator[dict[str, Any]]:
        for page, encoding in _progress(_good(_read(sources, column, outlets), bad, unread)):
            if show_removed:
                for line in removed_lines(page):
                    console.print(line)
            yield maker.task(page.article, encoding)

    with whole_file(output) as temporary:
        with temporary.open("w", encoding="utf-8") as file:
            file.writelines(dump_tasks(made()))
        _need_some(maker.articles, bad)
        maker.check(unread)
    console.print(maker.summary(output))
    _report_bad(bad, skip_bad)


@app.command()
def inspect(
    sources: Sources,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a web page, right to left.")] = None,
    to_look_at: Annotated[
        bool, typer.Option("--to-look-at", help="Show only articles with something to look at.")
    ] = False,
    column: Columns = [],  # noqa: B006
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
) -> None:
    """Show what was read off each page, what was left out, and what looks wrong."""
    from ..configs.files import whole_file
    from ..configs.terminal import terminal
    from .pages.inspection import inspect as look
    from .pages.inspection import write_html
    from .report import InspectionTable

    bad: list[str] = []
    table = InspectionTable(to_look_at)
    findings = table.watch(look(_progress(_all(_read(sources, column, outlets), bad))))
    if html:
        with whole_file(html) as temporary:
            write_html(findings, temporary)
    else:
        for _ in findings:
            pass
    _need_some(table.articles, bad)
    terminal().print(table.render())
    _report_bad(bad, skip_bad)


@app.command()
def events(
    sources: Sources,
    output: Annotated[Path, typer.Option("-o", "--output", help="The proposed events.yaml.")],
    column: Columns = [],  # noqa: B006
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
) -> None:
    """Propose a first events.yaml, for an editor to correct: articles on one event, near-copies marked."""
    from ..configs.errors import InputError
    from ..configs.files import write_text
    from ..configs.terminal import terminal
    from .clustering import propose_events
    from .events import propose_yaml

    if output.exists():
        raise InputError(f"{output}: exists; a proposal does not replace an editor's work")
    bad: list[str] = []
    articles = [page.article for page, _ in _progress(_good(_read(sources, column, outlets), bad))]
    _need_some(len(articles), bad)
    proposals = propose_events(articles)
    write_text(output, propose_yaml(proposals))
    groups = [proposal for proposal in proposals if len(proposal.articles) > 1]
    terminal().print(
        f"{output}: {len(groups)} proposed events with {sum(len(g.articles) for g in groups)} articles, "
        f"{sum(len(g.copies) for g in groups)} pairs of near-copies, {len(proposals) - len(groups)} articles alone. "
        "Correct it, and write the claims."
    )
    _report_bad(bad, skip_bad)


@app.command()
def interface(
    output: Annotated[Path, typer.Option("-o", "--output", help="The labeling config, for Label Studio.")],
    scheme: SchemeOption = None,
) -> None:
    """Write the labeling interface made from the scheme."""
    from label_studio_sdk.label_interface.interface import LabelInterface

    from ..configs.files import write_text
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .interface import interface_xml

    loaded = load_scheme(scheme or DEFAULT)
    xml = interface_xml(loaded)
    LabelInterface(xml).validate()  # by the library of those who will read it
    write_text(output, xml)
    labels = len(loaded.entities)
    terminal().print(f"{output}: {labels} entity labels and claims of {loaded.id}, checked by the Label Studio SDK")


@app.command()
def guidelines(
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML, for Label Studio's project instructions.")],
) -> None:
    """Write the guidelines for annotators, Arabic first."""
    from ..configs.files import write_text
    from ..configs.terminal import terminal
    from .guidelines import guidelines_html

    write_text(output, guidelines_html())
    terminal().print(f"{output}: guidelines of conflict_news in Arabic and English")


@app.command()
def login(url: Annotated[str, typer.Argument(help="Label Studio's address.")]) -> None:
    """Keep the access token for a Label Studio. It is asked for, or read from standard input."""
    import getpass
    import sys

    from .label_studio.client import LabelStudio
    from .label_studio.connection import check_token, clean_url, remember

    address = clean_url(url)
    typed = getpass.getpass("Access token (Account & Settings in Label Studio): ") if sys.stdin.isatty() else input()
    token = check_token(typed.strip())
    with LabelStudio(address, token) as server:
        who = server.whoami()
    path = remember(address, token, as_default=True)
    typer.echo(f"{address}: you are {who}; the token is kept in {path}, which you alone can read")


@app.command()
def push(
    tasks: Annotated[Path, typer.Argument(help="Tasks, as `annotate tasks` wrote them.")],
    project: Annotated[
        str | None,
        typer.Option(
            help="The project's title, number or address; made if none has the title.", show_default="the scheme's name"
        ),
    ] = None,
    annotators_per_task: AnnotatorsPerTaskOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Put tasks into a Label Studio project. Those that it has already are left as they are."""
    from ..configs.scheme import DEFAULT, load_scheme
    from .label_studio.connection import connect, split_project
    from .label_studio.push import read_task_file

    loaded = load_scheme(scheme or DEFAULT)
    read = read_task_file(tasks, loaded)
    url, project = split_project(project, url)
    with connect(url, token_file) as server:
        _push(server, project, loaded, read, annotators_per_task)


@app.command()
def serve(
    tasks: Annotated[
        Path | None, typer.Argument(help="Tasks to put in, as `annotate tasks` wrote them.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder where the server keeps everything.", show_default="~/.local/share/mihakk/label-studio"
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.", min=0, max=65535)] = 8080,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="MIHAKK_DATABASE",
            help="PostgreSQL as postgresql://user@host/name, for a team; the password from PGPASSWORD or ~/.pgpass.",
            show_default="SQLite in the folder",
        ),
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="Title of the project for the tasks.", show_default="the scheme's name")
    ] = None,
    annotators_per_task: AnnotatorsPerTaskOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Run a Label Studio on this machine until Ctrl-C. What was done in it is there again the next time."""
    import signal
    from contextlib import ExitStack

    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .label_studio.client import LabelStudio
    from .label_studio.connection import data_folder, remember
    from .label_studio.local import running
    from .label_studio.push import read_task_file
    from .report import serving, waiting

    loaded = load_scheme(scheme or DEFAULT)
    read = read_task_file(tasks, loaded) if tasks else []
    folder = data or data_folder()
    console = terminal()
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            with waiting("Starting Label Studio; the first time takes about a minute"):
                local = stack.enter_context(running(folder, port, database))
            if read:
                server = stack.enter_context(LabelStudio(local.url, local.account.token))
                _push(server, project, loaded, read, annotators_per_task)
            remember(local.url, local.account.token, as_default=False)
            console.print(serving(local, show_password=console.is_terminal))
            local.wait()
    except KeyboardInterrupt:
        console.print(f"Label Studio is stopped. Everything is kept in {folder}")


@annotators_app.command()
def add(
    emails: Annotated[list[str], typer.Argument(help="The annotators' e-mail addresses; they name them in exports.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="CSV file for their passwords, for you alone to read; added to.")
    ],
    url: UrlOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Make accounts for annotators, each with a password of its own."""
    from .label_studio.accounts import add_annotators
    from .label_studio.connection import connect

    with connect(url, token_file) as server:
        added = add_annotators(server, emails, output)
    if added.there:
        typer.echo(f"have an account already: {', '.join(added.there)}")
    if added.made:
        typer.echo(f"{len(added.made)} accounts made: {', '.join(added.made)}")
        typer.echo(f"Their passwords are in {output}; they log in at {server.url}")


# --- what the commands share: reading, progress, and what is said of articles that cannot be read ----------


def _read(sources: list[str], column: list[str], outlets: Path | None) -> Iterator[Reading]:
    from ..configs.errors import InputError
    from .pages.outlet import OutletNames, load_outlets
    from .pages.sources import COLUMNS, read_articles

    columns: dict[str, str] = {}
    for item in column:
        field, equals, name = item.partition("=")
        if not equals or not name or field not in COLUMNS:
            raise InputError(f"--column {item}: must look like FIELD=NAME, FIELD one of {', '.join(COLUMNS)}")
        columns[field] = name
    names: OutletNames | None = OutletNames.of(load_outlets(outlets)) if outlets else None
    return read_articles(sources, columns, names)


def _good(
    readings: Iterable[Reading], bad: list[str], unread: set[str] | None = None
) -> Iterator[tuple[Page, str | None]]:
    """The pages that were read, with their encoding; problems of the others go into `bad`, their ids into `unread`."""
    for reading in _all(readings, bad):
        if reading.page is not None:
            yield reading.page, reading.encoding
        elif unread is not None:
            unread.add(Path(reading.source).stem)


def _all(readings: Iterable[Reading], bad: list[str]) -> Iterator[Reading]:
    for reading in readings:
        for note in reading.notes:
            typer.echo(note, err=True)
        if reading.problem is not None:
            bad.append(reading.problem)
        yield reading


def _progress(readings: Iterable[Item]) -> Iterable[Item]:
    from rich.progress import track

    from ..configs.terminal import terminal

    console = terminal(stderr=True)
    return track(readings, "reading", console=console, transient=True) if console.is_terminal else readings


def _need_some(count: int, bad: list[str]) -> None:
    from ..configs.errors import InputError

    if not count:
        raise InputError(*(bad or ["there is no article in what was given"]))


def _report_bad(bad: list[str], skip_bad: bool) -> None:
    """Articles that could not be read cost themselves only, but not in silence."""
    for problem in bad:
        typer.echo(f"mihakk: {problem}", err=True)
    if bad and not skip_bad:
        typer.echo(f"mihakk: {len(bad)} could not be read; the rest is written (--skip-bad accepts that)", err=True)
        raise typer.Exit(1)


def _push(
    server: LabelStudio, project: str | None, scheme: Scheme, tasks: Sequence[Task], annotators_per_task: int | None
) -> None:
    """Puts tasks into the project, with a progress bar, and says what was done."""
    from rich.progress import Progress

    from ..configs.terminal import terminal
    from .label_studio.push import prepare_project
    from .label_studio.push import push as push_tasks
    from .report import push_summary

    prepared = prepare_project(server, project or scheme.id, scheme, annotators_per_task)
    console = terminal()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("Tasks in the project", total=len(tasks))
        pushed = push_tasks(server, prepared, tasks, lambda done, total: bar.update(shown, completed=done, total=total))
    console.print(push_summary(pushed))
