"""The commands of `mihakk annotate` that talk to Label Studio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...configs.command import SchemeOption, commands, example, stopped_by_any
from ...configs.progress import progress
from ...configs.visible import counted, print_json, print_line

if TYPE_CHECKING:
    from ...configs.scheme import Scheme
    from .client import LabelStudio
    from .inventory import Task
    from .push import Pushed

app = commands("Label Studio.")
annotators_app = commands("Accounts for annotators in Label Studio.")

UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url", help="Label Studio's address; else LABEL_STUDIO_URL, else the last login's.", show_default=False
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        help="File with the access token; else LABEL_STUDIO_API_KEY, else that of `annotate login`.",
        show_default=False,
    ),
]
AnnotatorsPerTaskOption = Annotated[
    int | None,
    typer.Option("--annotators-per-task", min=1, max=50, help="How many people annotate each task.", show_default="1"),
]

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done on the server, and do nothing.")]


@app.command(epilog=example("annotate login https://label-studio.example.org"))
def login(url: Annotated[str, typer.Argument(help="Label Studio's address.")]) -> None:
    """Store the access token for Label Studio. The command asks for it, or reads it from standard input."""
    import getpass
    import sys

    from .address import clean_url
    from .client import LabelStudio
    from .connection import check_token, remember, warn_if_open

    address = clean_url(url)
    warn_if_open(address)
    try:
        question = "Access token (Account & Settings in Label Studio): "
        typed = getpass.getpass(question) if sys.stdin.isatty() else input()
    except UnicodeDecodeError:
        typed = ""  # no token has such bytes
    token = check_token(typed.strip())
    with LabelStudio(address, token) as server:
        email = server.whoami()
    path = remember(address, token, as_default=True)
    print_line(f"{address}: you are {email}; the token is stored in {path}, which only you can read")


@app.command(epilog=example("annotate push tasks.json --project raids"))
def push(
    tasks: Annotated[Path, typer.Argument(help="Tasks, as `annotate tasks` wrote them.")],
    project: Annotated[
        str | None,
        typer.Option(
            help="The project's title, number or address; a new title makes a project.",
            show_default="the only one for this scheme and kind of task, else a new one",
        ),
    ] = None,
    annotators_per_task: AnnotatorsPerTaskOption = None,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="random|uncertainty|FILE",
            help="The order of new tasks: shuffled, least certain first, or as a file lists their ids.",
            show_default="that of the file of tasks",
        ),
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(
            help="For --order uncertainty: a system's predictions; repeatable.", show_default="the tasks' own"
        ),
    ] = None,
    reworded: Annotated[
        bool,
        typer.Option("--reworded", help="Change the words of claims in tasks that are already there; answers stay."),
    ] = False,
    dry_run: DryRunOption = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Put tasks into a Label Studio project. Those already there get claims that were added at the end."""
    from ...configs.scheme import DEFAULT, load_scheme
    from .connection import connect, split_project
    from .order import in_order
    from .projects import usual_project
    from .push import read_task_file

    loaded = load_scheme(scheme or DEFAULT)
    read = in_order(read_task_file(tasks, loaded), order, loaded, predictions or ())
    url, project = split_project(project, url)
    with connect(url, token_file) as server:
        if project is None:
            project = usual_project(server, loaded, read)
            is_new = not project.isdecimal()
            print_line(f"No --project is given: {'a new project' if is_new else 'the only fitting project'}, {project}")
        if dry_run:
            from ...configs.terminal import terminal
            from ..report import rehearsal
            from .push import rehearse

            found = rehearse(server, project, loaded, annotators_per_task, read, reworded=reworded)
            terminal().print(rehearsal(found, project, annotators_per_task, server.url))
        else:
            _push(server, project, loaded, read, annotators_per_task, reworded=reworded)


@app.command(epilog=example("annotate serve tasks.json"))
def serve(
    tasks: Annotated[
        Path | None, typer.Argument(help="Tasks to add, as `annotate tasks` wrote them.", show_default=False)
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
            help="PostgreSQL for a team, postgresql://user@host/name; its password in PGPASSWORD or ~/.pgpass.",
            show_default="SQLite in the folder",
        ),
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="Title of the project for the tasks.", show_default="the scheme's name")
    ] = None,
    annotators_per_task: AnnotatorsPerTaskOption = None,
    backend: Annotated[
        str | None,
        typer.Option(help="Address of `mihakk eval serve`, whose suggestions annotators see.", show_default=False),
    ] = None,
    scheme: SchemeOption = None,
) -> None:
    """Run Label Studio on this machine until Ctrl-C. All work is kept for the next time."""
    from contextlib import ExitStack

    from ...configs.errors import InputError
    from ...configs.scheme import DEFAULT, load_scheme
    from ...configs.terminal import terminal
    from ..report import serving
    from .backend import check_backend, connect_backend
    from .client import LabelStudio
    from .connection import data_folder, remember
    from .local import running
    from .push import read_task_file

    loaded = load_scheme(scheme or DEFAULT)
    read = read_task_file(tasks, loaded) if tasks else []
    if backend and not read:
        raise InputError("--backend: needs the file of tasks, to know their project; tasks that are there already stay")
    backend = check_backend(backend) if backend else None
    folder = data or data_folder()
    console = terminal()
    try:
        with ExitStack() as stack:
            stack.enter_context(stopped_by_any())
            with progress("Starting Label Studio; the first time takes about a minute"):
                local = stack.enter_context(running(folder, port, database, backend=backend is not None))
            if read:
                server = stack.enter_context(LabelStudio(local.url, local.account.token))
                pushed = _push(server, project, loaded, read, annotators_per_task)
                if backend:
                    connect_backend(server, pushed.project.id, backend)
                    print_line(f"Suggestions come from {backend}")
            remember(local.url, local.account.token, as_default=False)
            console.print(serving(local, show_password=console.is_terminal))
            local.wait()
    except KeyboardInterrupt:
        console.print(f"Label Studio is stopped. Everything is kept in {folder}")


@annotators_app.command(epilog=example("annotate annotators add ann@example.org -o passwords.csv"))
def add(
    emails: Annotated[list[str], typer.Argument(help="The annotators' e-mail addresses; exports use them as names.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="CSV file for their passwords, readable only by you; an existing file is extended."
        ),
    ],
    dry_run: DryRunOption = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Make accounts for annotators, each with its own password."""
    from .accounts import add_annotators
    from .connection import connect

    with connect(url, token_file) as server:
        added = add_annotators(server, emails, output, dry_run=dry_run)
    if dry_run:
        print_line(
            f"would make {counted(len(added.made), 'account')} on {server.url}: {', '.join(added.made) or 'none'}"
        )
    if added.there:
        print_line(f"already have an account: {', '.join(added.there)}")
    if added.made and not dry_run:
        print_line(f"{counted(len(added.made), 'account')} made: {', '.join(added.made)}")
        print_line(f"Their passwords are in {output}; they log in at {server.url}")


@annotators_app.command("list", epilog=example("annotate annotators list"))
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """List the accounts of the team with their last activity."""
    from ...configs.terminal import terminal
    from ..report import accounts_table
    from .connection import connect

    with connect(url, token_file) as server:
        there = server.accounts()
    if as_json:
        print_json([{"email": a.email, "last_active": a.last_seen} for a in there])
    else:
        terminal().print(accounts_table(there))


@annotators_app.command(epilog=example("annotate annotators reset ann@example.org -o passwords.csv"))
def reset(
    emails: Annotated[list[str], typer.Argument(help="The annotators' e-mail addresses.")],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="CSV file for their new passwords; an existing file is extended."),
    ],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the server.", show_default="~/.local/share/mihakk/label-studio"),
    ] = None,
    database: Annotated[
        str | None, typer.Option(envvar="MIHAKK_DATABASE", help="As for `annotate serve`.", show_default="SQLite")
    ] = None,
    dry_run: DryRunOption = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Give annotators new passwords. Only on the machine of `annotate serve`, while it serves.

    Label Studio lets nobody change another person's password over the network.
    """
    from .accounts import reset_passwords
    from .connection import connect, data_folder
    from .local import set_password

    folder = data or data_folder()
    with connect(url, token_file) as server:
        found = reset_passwords(
            server,
            emails,
            output,
            lambda email, password: set_password(folder, database, email, password),
            dry_run=dry_run,
        )
    if dry_run:
        print_line(f"would change {counted(len(found), 'password')} on {server.url}: {', '.join(found)}")
    else:
        print_line(f"{counted(len(found), 'password')} changed; the new ones are in {output}")


@annotators_app.command(epilog=example("annotate annotators remove ann@example.org"))
def remove(
    emails: Annotated[list[str], typer.Argument(help="The annotators' e-mail addresses.")],
    dry_run: DryRunOption = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Take annotators out of the team: they no longer see any project. Their work stays, under their names.

    There is no way back: Label Studio makes no second account for an e-mail address.
    """
    from .accounts import remove_annotators
    from .connection import connect

    with connect(url, token_file) as server:
        removed = remove_annotators(server, emails, dry_run=dry_run)
    done = f"would remove from the team on {server.url}" if dry_run else "removed from the team"
    print_line(f"{done}: {', '.join(removed)}; their work stays")


def _push(
    server: LabelStudio,
    project: str | None,
    scheme: Scheme,
    tasks: Sequence[Task],
    annotators_per_task: int | None,
    *,
    reworded: bool = False,
) -> Pushed:
    """Puts tasks into the project, with a progress bar, and prints a summary."""
    from ...configs.terminal import terminal
    from ..report import push_summary
    from .push import push_to

    with progress("tasks in the project", len(tasks)) as bar:
        pushed = push_to(
            server,
            project or scheme.id,
            scheme,
            annotators_per_task,
            tasks,
            bar.update,
            reworded=reworded,
        )
    terminal().print(push_summary(pushed))
    return pushed
