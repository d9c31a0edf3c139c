"""`mihakk annotate`: from article pages to Label Studio tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Turn article pages into Label Studio tasks.", no_args_is_help=True)

SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False)
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
