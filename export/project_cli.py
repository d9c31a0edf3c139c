"""The commands of `mihakk export` that ask a Label Studio server: the status of a project, and its annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..annotate.label_studio.cli import TokenFileOption, UrlOption
from ..configs.command import ForceOption, SchemeOption
from ..configs.visible import counted, print_json, print_line

ProjectArgument = Annotated[
    str | None,
    typer.Argument(
        help="The project's number, title, or address in the browser; the only one if left out.", show_default=False
    ),
]

PseudonymsOption = Annotated[
    Path | None,
    typer.Option(
        help="Write annotator-1, annotator-2 … in place of names; this file, which only you can read, has the names, "
        "for later versions too.",
        show_default=False,
    ),
]
KnownOption = Annotated[
    Path | None,
    typer.Option(
        help="A gold set with known articles (`annotate tasks --known`).",
        show_default=False,
    ),
]


def status(
    project: ProjectArgument = None,
    known: KnownOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Show how far a Label Studio project is.

    By annotator, with speed, agreement so far, and time left; with --known, each annotator's F1 on known articles.
    """
    from dataclasses import asdict

    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import print_parts
    from ..eval.gold.rows import read_gold
    from .finished import read_tasks
    from .known import known_json, known_table, known_work
    from .report import status_table
    from .source import fetch
    from .status import project_status

    loaded = load_scheme(scheme or DEFAULT)
    gold = read_gold(known) if known else None
    found, tasks = fetch(project, url, token_file)
    made = project_status(tasks, found.annotators_per_task, loaded)
    work = known_work(read_tasks(tasks, found.url, loaded), gold) if gold else []
    if as_json:
        of_known = {"known": known_json(work, gold)} if gold else {}
        print_json({"project": found.id, "title": found.title, "url": found.url, **asdict(made), **of_known})
        return
    print_parts(status_table(found.title, found.url, made))
    if gold:
        table, notes = known_table(work, gold)
        print_parts([table, *(f"  note: {note}" for note in notes)])


def pull(
    output: Annotated[Path, typer.Option("-o", "--output", help="The export, as JSON.")],
    projects: Annotated[
        list[str] | None,
        typer.Argument(
            help="The projects' numbers, titles, or addresses in the browser; the only one if left out. Several become "
            "one export, with all annotations of an article together.",
            show_default=False,
        ),
    ] = None,
    finished: Annotated[
        bool,
        typer.Option("--finished", help="Only tasks that were submitted by as many people as the project asks for."),
    ] = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
    force: ForceOption = False,
) -> None:
    """Fetch all annotations of Label Studio projects."""
    from ..annotate.task import dump_tasks
    from ..configs.files import whole_file
    from ..configs.outputs import EXPORT, check_outputs
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .pull import joined
    from .report import pull_summary
    from .source import fetch
    from .status import is_finished, project_status

    check_outputs([(output, EXPORT)], [token_file, scheme], force)
    loaded = load_scheme(scheme or DEFAULT)
    with whole_file(output) as temporary:
        fetched = [fetch(project, url, token_file, temporary) for project in projects or [None]]
        tasks = joined(fetched)
        # An article in two projects needs as many annotators as the project that asks for more.
        each = max(found.annotators_per_task for found, _ in fetched)
        left_out = [task for task in tasks if finished and not is_finished(task, each)]
        if finished:
            tasks = [task for task in tasks if is_finished(task, each)]
        if finished or len(fetched) > 1:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(dump_tasks(tasks))
    status = project_status(tasks, each, loaded)
    terminal().print(pull_summary(status, output))
    if left_out:
        print_line(f"  left out: {counted(len(left_out), 'task')} not finished")
