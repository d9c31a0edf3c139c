"""`mihakk annotate`: from article pages to Label Studio tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..configs.command import (
    EngineOption,
    ForceOption,
    MentionsOption,
    OffsetsOption,
    SchemeOption,
    a_number,
    commands,
    example,
    fields_given,
)
from ..configs.errors import ExitCode, InputError, grouped
from ..configs.progress import progress, watched
from ..configs.visible import counted, print_line, print_note
from .label_studio.cli import annotators_app
from .label_studio.cli import app as label_studio_app

if TYPE_CHECKING:
    from .pages.outlet import OutletNames
    from .pages.page import Page
    from .pages.sources import Reading

app = commands("Turn pages into tasks, and get them annotated.")
app.add_typer(label_studio_app)
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
        "--column", metavar="FIELD=NAME", help="The column of a table for a field, such as text=body; repeatable."
    ),
]
OutletsOption = Annotated[
    Path | None, typer.Option("--outlets", help="More names of outlets and agencies, in the form of outlets.yaml.")
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Exit with 0 even if some articles could not be read.")]


@app.command(epilog=example("annotate inspect pages --html pages.html"))
def inspect(
    sources: Sources,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a web page.")] = None,
    to_look_at: Annotated[bool, typer.Option("--to-look-at", help="Show only articles that look wrong.")] = False,
    column: Columns = [],  # noqa: B006
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
    scheme: SchemeOption = None,
    force: ForceOption = False,
) -> None:
    """Show the articles read from pages, with warnings.

    Lines left out of an article are counted; the web page shows them.
    """
    from ..configs.files import whole_file
    from ..configs.languages import ARABIC, language_of
    from ..configs.outputs import INSPECTION, check_outputs
    from ..configs.terminal import terminal
    from .inspection import inspect as look
    from .inspection import write_html
    from .report import InspectionTable

    check_outputs([(html, INSPECTION)], [*_files(sources, outlets), scheme], force)
    language, direction = ARABIC, language_of(ARABIC).direction
    if scheme:  # the default scheme is Arabic, and reading it takes a fifth of the time of a small page
        from ..configs.scheme import load_scheme

        loaded = load_scheme(scheme)
        language, direction = loaded.language, loaded.direction
    bad: list[str] = []
    table = InspectionTable(to_look_at)
    findings = table.watch(look(watched(_all(_read(sources, column, outlets), bad), "reading"), direction))
    if html:
        with whole_file(html) as temporary:
            write_html(findings, temporary, language)
            _need_some(table.articles, bad)
    else:
        for _ in findings:
            pass
        _need_some(table.articles, bad)
    terminal().print(table.render())
    _report_bad(bad, skip_bad)


@app.command(epilog=example("annotate events pages -o events.yaml"))
def events(
    sources: Sources,
    output: Annotated[Path, typer.Option("-o", "--output", help="The proposed events.yaml.")],
    engine: EngineOption = None,
    column: Columns = [],  # noqa: B006
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
    force: ForceOption = False,
) -> None:
    """Propose an events.yaml, for an editor to correct.

    Articles that report the same event are grouped, and near-copies are marked. A JSON Schema is written beside the
    file: text editors use it to complete keys.
    """
    from ..configs.files import write_text
    from ..configs.formats import EVENTS_SCHEMA
    from ..configs.outputs import EVENTS, check_outputs
    from ..configs.shards.engines import Engine, over
    from ..configs.shards.places import is_remote
    from ..configs.streams import is_stream
    from .clustering import propose_events
    from .events import propose_yaml
    from .pages.sources import COLUMNS
    from .shards import propose_event_shards

    remote = any(map(is_remote, sources))
    check_outputs([(output, EVENTS)], [outlets] if remote else _files(sources, outlets), force)
    bad: list[str] = []
    if engine or remote:
        columns = tuple(fields_given(column, COLUMNS).items())
        calls = partial(over, Engine(engine or "local"))
        articles, proposals, notes, unread = propose_event_shards(_one_source(sources), columns, outlets, calls)
        bad += unread
        for note in grouped(notes):
            print_note(note)
    else:
        articles = [page.article for page, _ in watched(_good(_read(sources, column, outlets), bad), "reading")]
        _need_some(len(articles), bad)
        with progress("finding articles of one event"):
            proposals = propose_events(articles)
    write_text(output, propose_yaml(proposals))
    # The installed schema has another path on each machine, so a copy goes beside the file.
    schema = output.with_name(EVENTS_SCHEMA.name)
    if not schema.exists() and not is_stream(output):
        write_text(schema, EVENTS_SCHEMA.read_text(encoding="utf-8"))
    groups = [proposal for proposal in proposals if len(proposal.articles) > 1]
    print_line(
        f"{output}: {counted(len(groups), 'proposed event')} with "
        f"{counted(sum(len(g.articles) for g in groups), 'article')}, "
        f"{counted(sum(len(g.copies) for g in proposals), 'pair')} of near-copies, "
        f"{counted(len(proposals) - len(groups), 'article')} in no "
        "group. Correct the file, then write the claims."
    )
    undated = sum(article.published is None for article in articles)
    if undated and len(articles) > 1:
        print_line(
            f"{counted(undated, 'article')} without a date: compared by rare words only, as if some days "
            "lay between. Check their groups, or give dates.",
            err=True,
        )
    _report_bad(bad, skip_bad)


@app.command(epilog=example("annotate tasks pages --events events.yaml -o tasks.json"))
def tasks(
    sources: Sources,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="The tasks, to import into Label Studio. A folder (FOLDER/) gets a file for each table (shard) "
            "of the source.",
        ),
    ],
    events: Annotated[
        Path | None, typer.Option(help="events.yaml: the events, their articles and their claims.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="An extractor's predictions, for annotators to correct.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of that extractor, if its predictions lack it.")] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            help="A gold set, or a file of gold: its articles are mixed in, to measure annotators.",
            show_default=False,
        ),
    ] = None,
    blind: Annotated[
        float,
        typer.Option(min=0, max=1, callback=a_number, help="Share of tasks that get no predictions, chosen at random."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Chooses the blind tasks.")] = 13,
    engine: EngineOption = None,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
    show_removed: Annotated[
        bool, typer.Option("--show-removed", help="Print every line left out of an article, and why.")
    ] = False,
    column: Columns = [],  # noqa: B006 - typer reads the default; nothing changes it
    outlets: OutletsOption = None,
    skip_bad: SkipBad = False,
    scheme: SchemeOption = None,
    force: ForceOption = False,
) -> None:
    """Write one Label Studio task per article."""
    from ..configs.files import whole_file
    from ..configs.outputs import TASKS, check_outputs
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.shards.engines import Engine, over
    from ..configs.shards.places import is_folder
    from ..configs.terminal import terminal
    from .events import Registry
    from .interface import interface_xml
    from .known import known_articles, mixed
    from .pages.sources import COLUMNS
    from .placing.policy import Policy
    from .preannotation import Suggestions
    from .report import removed_lines
    from .shards import Asked, make_task_shards
    from .task import dump_tasks
    from .task_maker import TaskMaker

    if blind and not predictions:
        raise InputError("--blind: is for tasks that get predictions; give --predictions too, or leave it out")
    policy = Policy.named(offsets, mentions)
    if engine or is_folder(output):
        given = {"--known": known, "--show-removed": show_removed, "--force": force}
        if of_one := [option for option, value in given.items() if value]:
            raise InputError(f"{', '.join(of_one)}: not for a folder of tasks; leave out")
        columns = tuple(fields_given(column, COLUMNS).items())
        asked = Asked(scheme, events, predictions, model, blind, seed, policy, columns, outlets)
        made_shards = make_task_shards(_one_source(sources), output, asked, partial(over, Engine(engine or "local")))
        for note in grouped(made_shards.notes):
            print_note(note)
        print_line(made_shards.summary)
        _report_bad(list(made_shards.bad), skip_bad)
        return
    to = Path(output)
    check_outputs([(to, TASKS)], [*_files(sources, outlets), events, predictions, known, scheme], force)
    loaded = load_scheme(scheme or DEFAULT)
    maker = TaskMaker(
        loaded,
        interface_xml(loaded),
        Registry(events) if events else None,
        Suggestions.read(predictions, model, policy) if predictions else None,
        blind,
        seed,
    )
    console = terminal()
    bad: list[str] = []
    unread: set[str] = set()

    def made() -> Iterator[dict[str, Any]]:
        for page, encoding in watched(_good(_read(sources, column, outlets), bad, unread), "reading"):
            if show_removed:
                for line in removed_lines(page):
                    print_line(line)
            yield maker.task(page.article, encoding)

    def with_known(gold: Path) -> list[dict[str, Any]]:
        new = list(made())
        _need_some(maker.articles, bad)
        return mixed(new, [maker.task(article, None, coverage) for article, coverage in known_articles(gold)])

    with whole_file(to) as temporary:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(dump_tasks(with_known(known) if known else made()))
        _need_some(maker.articles, bad)
        maker.check(unread)
    console.print(maker.summary(to))
    _report_bad(bad, skip_bad)


@app.command(epilog=example("annotate interface -o interface.xml"))
def interface(
    output: Annotated[Path, typer.Option("-o", "--output", help="The labeling config, for Label Studio.")],
    scheme: SchemeOption = None,
    force: ForceOption = False,
) -> None:
    """Write the labeling interface made from the scheme."""
    from label_studio_sdk.label_interface.interface import LabelInterface

    from ..configs.files import write_text
    from ..configs.outputs import check_outputs, exactly
    from ..configs.scheme import DEFAULT, load_scheme
    from .interface import interface_xml

    loaded = load_scheme(scheme or DEFAULT)
    xml = interface_xml(loaded)
    check_outputs([(output, exactly("may have been edited", xml.encode()))], [scheme], force)
    LabelInterface(xml).validate()  # with Label Studio's own library
    write_text(output, xml)
    shown = {"entity labels": len(loaded.entities), "article stances": len(loaded.article_stances)}
    parts = [f"{count} {name}" for name, count in shown.items() if count]
    parts[1:1] = ["claims"] if loaded.claim else []
    print_line(f"{output}: {', '.join(parts)} of {loaded.id}, checked by the Label Studio SDK")


@app.command(epilog=example("annotate guidelines -o guidelines.html"))
def guidelines(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="A web page (HTML), to read or print; or .md, to edit it further."),
    ],
    scheme: SchemeOption = None,
    force: ForceOption = False,
) -> None:
    """Write the scheme's guidelines for annotators.

    A scheme without guidelines gets a skeleton: its labels and stances with their definitions, and room for examples.
    """
    from ..configs.files import write_text
    from ..configs.outputs import check_outputs, exactly
    from ..configs.scheme import DEFAULT, load_scheme
    from .instructions import guideline_files, guidelines_page, guidelines_skeleton

    loaded = load_scheme(scheme or DEFAULT)
    files = guideline_files(loaded)
    is_source = output.suffix == ".md"
    text = guidelines_skeleton(loaded) if is_source else guidelines_page(loaded)
    check_outputs([(output, exactly("may have been edited", text.encode()))], [scheme, *files.values()], force)
    write_text(output, text)
    message = "skeleton of guidelines" if is_source or not files else f"guidelines in {', '.join(files)}"
    print_line(f"{output}: {message} for {loaded.id}")


# --- shared by the commands: reading, reports of unreadable articles ------------------------------


def _one_source(sources: list[str]) -> str:
    if len(sources) > 1:
        raise InputError("with shards, give exactly one input: a folder, a glob (in quotes) or an address")
    return sources[0]


def _files(sources: list[str], outlets: Path | None) -> list[Path | str | None]:
    """All files that the command reads: those with articles, and the file of more outlets."""
    from .pages.sources import source_files

    return [*source_files(sources), outlets]


def _read(sources: list[str], column: list[str], outlets: Path | None) -> Iterator[Reading]:
    from .pages.outlet import OutletNames, load_outlets
    from .pages.sources import COLUMNS, read_articles

    columns = fields_given(column, COLUMNS)
    names: OutletNames | None = OutletNames.of(load_outlets(outlets)) if outlets else None
    return read_articles(sources, columns, names)


def _good(
    readings: Iterable[Reading], bad: list[str], unread: set[str] | None = None
) -> Iterator[tuple[Page, str | None]]:
    """The readable pages with their encodings. Problems of unreadable pages go into `bad`, their ids into `unread`."""
    for reading in _all(readings, bad):
        if reading.page is not None:
            yield reading.page, reading.encoding
        elif unread is not None and reading.article_id is not None:
            unread.add(reading.article_id)


def _all(readings: Iterable[Reading], bad: list[str]) -> Iterator[Reading]:
    for reading in readings:
        for note in reading.notes:
            print_note(note, prefix="")
        if reading.problem is not None:
            bad.append(reading.problem)
        yield reading


def _need_some(count: int, bad: list[str]) -> None:
    from ..configs.errors import InputError

    if not count:
        raise InputError(*(bad or ["the input has no articles"]))


def _report_bad(bad: list[str], skip_bad: bool) -> None:
    """Reports the articles that could not be read; the others were processed."""
    for problem in grouped(bad):
        print_line(f"mihakk: {problem}", err=True)
    if bad and not skip_bad:
        print_line(
            f"mihakk: {len(bad)} could not be read; the others are written (with --skip-bad the exit code is 0)",
            err=True,
        )
        raise typer.Exit(ExitCode.FAILED)
