"""`mihakk export`: from finished annotations to a gold dataset."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..annotate.cli import TokenFileOption, UrlOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..annotate.label_studio.client import Project
    from ..configs.scheme import Scheme
    from .finished import Export

app = typer.Typer(help="Turn finished annotations into a gold dataset.", no_args_is_help=True)

ExportArgument = Annotated[
    str, typer.Argument(help="Label Studio's JSON export (not JSON-MIN), or a project's address in the browser.")
]
SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False)
]
PolicyOption = Annotated[
    str,
    typer.Option(
        help="What becomes gold: what a `majority` of an article's annotators marked, what they marked `unanimous`ly, "
        "what is starred as `ground-truth` in Label Studio, or the work of one annotator, by name."
    ),
]
ProjectArgument = Annotated[
    str | None,
    typer.Argument(
        help="The project's number, title, or address in the browser; the only one if left out.", show_default=False
    ),
]


@app.command()
def dataset(
    export: ExportArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the gold dataset.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the folder's if left out.")] = None,
    version: Annotated[str, typer.Option(help="Version of the dataset.")] = "1.0",
    policy: PolicyOption = "majority",
    adjudicated: Annotated[
        str | None,
        typer.Option(help="The export of the adjudication project, or its address.", show_default=False),
    ] = None,
    scheme: SchemeOption = None,
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
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            help="Write annotator-1, annotator-2 … for annotators; this file, which only you can read, says who is who "
            "and is kept for later versions.",
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
    """Write a typed Hugging Face dataset, split by event, of what annotators agree on or an adjudicator decided."""
    from dataclasses import replace

    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold.rows import GOLD_FILE
    from .dataset import OwnersWord, write_gold
    from .make_gold import make_gold
    from .merge import policy_named
    from .pseudonyms import Pseudonyms
    from .report import distribution_table, gold_summary
    from .split import read_splitting

    loaded = load_scheme(scheme or DEFAULT)
    splitting = read_splitting(split_by, shares, previous)
    owner = OwnersWord(tuple(annotators or ()), annotators_note, licence)
    read = _read(export, loaded, token_file)
    judged = _read(adjudicated, loaded, token_file) if adjudicated else None
    named, rule = name or output.resolve().name, policy_named(policy, read)
    hidden = Pseudonyms(pseudonyms) if pseudonyms else None
    if hidden:
        read, *rest = hidden.hide([read, *([judged] if judged else [])])
        judged = rest[0] if rest else None
        rule = replace(rule, trusted=hidden.of(rule.trusted)) if rule.trusted else rule
    gold = make_gold(read, loaded, named, version, rule, judged, splitting, owner)
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
        if hidden:
            hidden.write()
    terminal().print(gold_summary(gold, output))
    terminal().print(distribution_table(gold))


@app.command()
def adjudicate(
    export: ExportArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to push into a project of their own.")],
    policy: PolicyOption = "majority",
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Write tasks for an adjudicator: the articles on which annotators left something undecided."""
    from ..annotate.task import dump_tasks
    from ..configs.files import whole_file
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .adjudicate import adjudication_tasks
    from .merge import policy_named
    from .report import adjudication_summary

    loaded = load_scheme(scheme or DEFAULT)
    read = _read(export, loaded, token_file)
    tasks = list(adjudication_tasks(read, loaded, policy_named(policy, read)))
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(dump_tasks(tasks))
    terminal().print(adjudication_summary(tasks, read, output))


@app.command()
def pull(
    output: Annotated[Path, typer.Option("-o", "--output", help="The export, as JSON.")],
    project: ProjectArgument = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
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
    scheme: SchemeOption = None,
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
    from ..eval.gold.rows import read_gold
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


@app.command()
def agreement(
    export: ExportArgument,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write all numbers here, as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write a page with examples here.")] = None,
    ci: Annotated[bool, typer.Option("--ci", help="95 % intervals by bootstrap over events.")] = False,
    resamples: Annotated[int, typer.Option(min=100, help="How many resamples --ci draws.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap; part of the signature.")] = 13,
    require: Annotated[
        list[str] | None, typer.Option("--require", help="Exit with 1 unless, say, entities.strict.micro.f1>=0.80.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Say how far annotators agree before their work is merged, and what they disagree on."""
    from ..configs.files import dump_json, write_text
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.agreement.measure import agreement as measure
    from ..eval.agreement.page import agreement_page
    from ..eval.gate import unmet
    from ..eval.report import agreement_tables

    loaded = load_scheme(scheme or DEFAULT)
    found = measure(_read(export, loaded, token_file).tasks, loaded, ci=resamples if ci else 0, seed=seed)
    numbers = found.as_json()
    failed = unmet(numbers, require or ())
    if output:
        write_text(output, dump_json(numbers))
    if html:
        write_text(html, agreement_page(found, loaded, export))
    if as_json:
        typer.echo(dump_json(numbers), nl=False)
    else:
        terminal().print(agreement_tables(found))
    for failure in failed:
        typer.echo(f"mihakk: {failure}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def check(
    export: ExportArgument,
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
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Look finished annotations over before they become gold. Exit code 1 if there are errors."""
    from ..annotate.label_studio.connection import split_project
    from ..configs.files import dump_json
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .check.check import check_tasks, page_address
    from .check.fix import write_fixed
    from .raw import read_raw
    from .report import check_report, fix_summary

    loaded = load_scheme(scheme or DEFAULT)
    server = page_address(url)
    tasks: Iterable[Any]
    if export.startswith(("http://", "https://")):
        _, tasks = _fetch(export, None, token_file)
        server = server or split_project(export, None)[0]
    else:
        tasks = read_raw(Path(export))
    fixes = write_fixed(tasks, loaded, fix) if fix else []
    checked = check_tasks(read_raw(fix) if fix else tasks, loaded)
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


def _read(export: str, scheme: Scheme, token_file: Path | None) -> Export:
    """The export in a file, or of the project with that address."""
    from .finished import read_export, read_tasks

    if export.startswith(("http://", "https://")):
        _, tasks = _fetch(export, None, token_file)
        return read_tasks(tasks, export, scheme)
    return read_export(Path(export), scheme)


def _fetch(
    project: str | None, url: str | None, token_file: Path | None, output: Path | None = None
) -> tuple[Project, list[dict[str, Any]]]:
    """The project and its raw export, written to `output` as well if given."""
    from ..annotate.label_studio.connection import connect, find_project, split_project
    from ..annotate.report import waiting
    from .pull import fetch_export

    url, project = split_project(project, url)
    with connect(url, token_file) as server, waiting(f"Waiting for the export of {server.url}"):
        found = find_project(server, project)
        return found, fetch_export(server, found, output)


class Written(StrEnum):
    """Formats that gold is written in."""

    iob2 = "iob2"
    docbin = "docbin"
    brat = "brat"
    jsonl = "jsonl"


class Read(StrEnum):
    """Formats of corpora that become gold."""

    iob2 = "iob2"
    brat = "brat"
    jsonl = "jsonl"


class Boundaries(StrEnum):
    """How an IOB2 file shows where documents begin."""

    comment = "comment"
    docstart = "docstart"
    none = "none"


class Tokens(StrEnum):
    """What a line of an IOB2 file has."""

    words = "words"
    spaces = "spaces"


class Layer(StrEnum):
    """Which spans an IOB2 file has."""

    all = "all"
    entities = "entities"


class Per(StrEnum):
    """What becomes a document."""

    marker = "marker"
    sentence = "sentence"


def _only_for(form: str, **given: bool) -> None:
    """Raises InputError for options that were given, and would do nothing."""
    from ..configs.errors import InputError

    problems = [f"{option}: is for {form} only" for option, is_given in given.items() if is_given]
    if problems:
        raise InputError(*problems)


@app.command()
def write(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File, or for brat a folder.")],
    form: Annotated[Written, typer.Option("--as", help="Format: IOB2 columns, spaCy's DocBin, brat, JSON lines.")],
    split: Annotated[str, typer.Option(help="train, validation, test, or all.")] = "all",
    layer: Annotated[Layer, typer.Option(help="IOB2: with columns for claims, or entities alone.")] = Layer.all,
    boundaries: Annotated[
        Boundaries, typer.Option(help="IOB2: documents begin with `# id = ` comments, with -DOCSTART-, or unmarked.")
    ] = Boundaries.comment,
    tokens: Annotated[
        Tokens, typer.Option(help="IOB2: a line for each word and mark, or for what stands between spaces.")
    ] = Tokens.words,
    as_read: Annotated[
        bool, typer.Option("--as-read", help="IOB2: the very file that the gold was read from.")
    ] = False,
) -> None:
    """Write a gold dataset in a format that other tools read."""
    from ..configs.files import whole_file, whole_folder
    from ..configs.terminal import terminal
    from ..eval.gold.rows import read_gold
    from .formats import brat, iob2

    own_layout = {"--layer": layer is not Layer.all, "--boundaries": boundaries is not Boundaries.comment}
    own_layout["--tokens"] = tokens is not Tokens.words
    if form is not Written.iob2:
        _only_for("iob2", **own_layout, **{"--as-read": as_read})
    elif as_read:
        _only_for("a layout of its own, not with --as-read", **own_layout)
    from .formats.docbin import write_docbin
    from .formats.jsonl import jsonl_lines
    from .report import written_summary

    read = read_gold(gold)
    documents = read.split(split)
    left_out: tuple[str, ...] = ()
    if form is Written.brat:
        left_out = brat.LEFT_OUT
        with whole_folder(output, marker=brat.MARKER_FILE) as folder:
            brat.write_brat(read, documents, folder)
    elif form is Written.docbin:
        with whole_file(output) as temporary:
            write_docbin(documents, temporary)
    else:
        if form is Written.jsonl:
            lines = jsonl_lines(documents)
        elif as_read:
            documents, lines = iob2.as_read(read, split)
        else:
            layout, claims = iob2.Layout(boundaries.value, tokens.value), layer is Layer.all
            left_out = iob2.left_out(layout, claims=claims)
            lines = iob2.iob2_lines(documents, layout, claims=claims)
        with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
    terminal().print(written_summary(documents, output, left_out))


@app.command()
def read(
    corpus: Annotated[list[Path], typer.Argument(help="Files, or for brat folders.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the gold dataset.")],
    form: Annotated[Read, typer.Option("--as", help="Format: IOB2 columns, brat, JSON lines.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the folder's if left out.")] = None,
    version: Annotated[str, typer.Option(help="Version of the dataset.")] = "1.0",
    split: Annotated[
        str | None,
        typer.Option(
            help="Put all into this split. If left out, files called train, dev or test are these, "
            "and others are split by event.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Entity labels: the scheme's name, or one of its mappings, such as wojood. If left out, those found.",
            show_default=False,
        ),
    ] = None,
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Scheme file with labels and stances; conflict_news if left out."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Read I- after nothing as B-, and a span in pieces as one; each is told.")
    ] = False,
    per: Annotated[
        Per | None, typer.Option(help="IOB2: a document for each marker or sentence. If left out, what the file has.")
    ] = None,
    tags: Annotated[
        list[int] | None,
        typer.Option(min=2, help="IOB2: number of a column with tags, from 1; all but the first if left out."),
    ] = None,
) -> None:
    """Make a gold dataset of a corpus that somebody else annotated."""
    from functools import partial

    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold.rows import GOLD_FILE
    from .dataset import write_gold
    from .formats.brat import read_brat
    from .formats.corpus import labels_of, read_corpus, write_record
    from .formats.iob2 import read_iob2
    from .formats.jsonl import read_jsonl
    from .report import read_summary

    if form is not Read.iob2:
        _only_for("iob2", **{"--tags": bool(tags), "--per": per is not None})
    if form is Read.jsonl:
        _only_for("iob2 and brat", **{"--repair": repair})
    loaded = load_scheme(scheme or DEFAULT)
    reader = {
        Read.iob2: partial(read_iob2, repair=repair, per=None if per is None else per.value, tags=tags or ()),
        Read.brat: partial(read_brat, repair=repair),
        Read.jsonl: read_jsonl,
    }[form]
    gold, findings = read_corpus(
        corpus,
        reader,
        labels_of(loaded, labels) if labels or scheme else None,
        loaded,
        name or output.resolve().name,
        version,
        split,
    )
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
        write_record(findings, form.value, folder)
    terminal().print(read_summary(gold, output, findings))
