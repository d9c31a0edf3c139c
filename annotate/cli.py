"""`mihakk annotate`: from article pages to Label Studio tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..configs.scheme import Scheme
    from .label_studio import LabelStudio
    from .push import Task

app = typer.Typer(help="Turn article pages into Label Studio tasks, and get them annotated.", no_args_is_help=True)
annotators_app = typer.Typer(help="Annotators' accounts on a Label Studio.", no_args_is_help=True)
app.add_typer(annotators_app, name="annotators")

SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False)
]
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
    pages: Annotated[list[Path], typer.Argument(help="Pages as copied from news sites (.txt), and folders of them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to import into Label Studio.")],
    events: Annotated[
        Path | None, typer.Option(help="events.yaml: which articles report one event, and its claims.")
    ] = None,
    show_removed: Annotated[
        bool, typer.Option("--show-removed", help="Print every line left out of an article, and why.")
    ] = False,
    scheme: SchemeOption = None,
) -> None:
    """Write one Label Studio task per article page."""
    from dataclasses import replace

    from ..configs.files import dump_json, write_text
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .events import NO_EVENT, load_events
    from .interface import interface_xml
    from .reports import removed_lines, tasks_summary
    from .sources import read_pages
    from .task import check_task, make_task

    loaded = load_scheme(scheme or DEFAULT)
    xml = interface_xml(loaded)
    read = read_pages(pages)
    coverage = load_events(events, [page.article.id for page in read]) if events else {}
    articles = [replace(page.article, event_id=coverage.get(page.article.id, NO_EVENT).event_id) for page in read]
    made = [make_task(a, coverage.get(a.id, NO_EVENT).claims, loaded) for a in articles]
    for task in made:
        check_task(task, xml)
    write_text(output, dump_json(made))
    console = terminal()
    if show_removed:
        console.print(removed_lines(read))
    console.print(tasks_summary(articles, coverage, output))


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
def login(url: Annotated[str, typer.Argument(help="Label Studio's address.")]) -> None:
    """Keep the access token for a Label Studio. It is asked for, or read from standard input."""
    import getpass
    import sys

    from .connection import check_token, clean_url, remember
    from .label_studio import LabelStudio

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
    from .connection import connect, split_project
    from .push import read_task_file

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
    from .connection import data_folder, remember
    from .label_studio import LabelStudio
    from .push import read_task_file
    from .reports import serving, waiting
    from .server import running

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
    from .annotators import add_annotators
    from .connection import connect

    with connect(url, token_file) as server:
        added = add_annotators(server, emails, output)
    if added.there:
        typer.echo(f"have an account already: {', '.join(added.there)}")
    if added.made:
        typer.echo(f"{len(added.made)} accounts made: {', '.join(added.made)}")
        typer.echo(f"Their passwords are in {output}; they log in at {server.url}")


def _push(
    server: LabelStudio, project: str | None, scheme: Scheme, tasks: Sequence[Task], annotators_per_task: int | None
) -> None:
    """Puts tasks into the project, with a progress bar, and says what was done."""
    from rich.progress import Progress

    from ..configs.terminal import terminal
    from .push import prepare_project
    from .push import push as push_tasks
    from .reports import push_summary

    prepared = prepare_project(server, project or scheme.id, scheme, annotators_per_task)
    console = terminal()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("Tasks in the project", total=len(tasks))
        pushed = push_tasks(server, prepared, tasks, lambda done, total: bar.update(shown, completed=done, total=total))
    console.print(push_summary(pushed))
