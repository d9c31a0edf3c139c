"""`mihakk export`: from finished annotations to a gold dataset."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..annotate.label_studio.cli import TokenFileOption, UrlOption
from ..configs.command import OverNumberOption, OverOption, RequireOption, SchemeOption, commands, example, say_over
from ..configs.errors import ExitCode
from .formats.cli import app as formats_app

app = commands("Turn finished annotations into a gold dataset.")
app.add_typer(formats_app)


class Creators(StrEnum):
    """Who annotated, in the Hub's words."""

    expert_generated = "expert-generated"
    crowdsourced = "crowdsourced"
    machine_generated = "machine-generated"
    found = "found"
    other = "other"


ExportArgument = Annotated[
    str, typer.Argument(help="Label Studio's JSON export (not JSON-MIN), or a project's address in the browser.")
]
PolicyOption = Annotated[
    str,
    typer.Option(
        metavar="majority|unanimous|ground-truth|NAME",
        help="What becomes gold: what a `majority` of an article's annotators marked, what they marked `unanimous`ly, "
        "what is starred as `ground-truth` in Label Studio, or the work of one annotator, by name.",
    ),
]
ProjectArgument = Annotated[
    str | None,
    typer.Argument(
        help="The project's number, title, or address in the browser; the only one if left out.", show_default=False
    ),
]

# So many findings of each kind are listed, unless all are asked for.
_LISTED = 10


@app.command(epilog=example("export status raids"))
def status(
    project: ProjectArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Show how far a Label Studio project is.

    By annotator, with speed, agreement so far, and time left.
    """
    from dataclasses import asdict

    from ..configs.files import dump_json
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .report import status_table
    from .source import fetch
    from .status import project_status

    loaded = load_scheme(scheme or DEFAULT)
    found, tasks = fetch(project, url, token_file)
    made = project_status(tasks, found.annotators_per_task, loaded)
    if as_json:
        typer.echo(dump_json({"project": found.id, "title": found.title, "url": found.url, **asdict(made)}), nl=False)
    else:
        console = terminal()
        for part in status_table(found.title, found.url, made):
            console.print(part)


@app.command(epilog=example("export pull raids -o export.json"))
def pull(
    output: Annotated[Path, typer.Option("-o", "--output", help="The export, as JSON.")],
    project: ProjectArgument = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    scheme: SchemeOption = None,
) -> None:
    """Fetch all annotations of a Label Studio project."""
    from ..configs.files import whole_file
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .report import pull_summary
    from .source import fetch
    from .status import project_status

    loaded = load_scheme(scheme or DEFAULT)
    with whole_file(output) as temporary:
        found, tasks = fetch(project, url, token_file, temporary)
    status = project_status(tasks, found.annotators_per_task, loaded)
    terminal().print(pull_summary(status, output))


@app.command(epilog=example("export check export.json"))
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
    """Check finished annotations before they become gold.

    The exit code is 1 if there are errors.
    """
    from ..configs.files import dump_json
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .check.check import check_tasks, page_address
    from .check.fix import write_fixed
    from .raw import read_raw
    from .report import check_report, fix_summary
    from .source import raw_source, server_of

    loaded = load_scheme(scheme or DEFAULT)
    server = page_address(url) or server_of(export)
    tasks = raw_source(export, token_file)
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
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("export agreement export.json --html agreement.html"))
def agreement(
    export: ExportArgument,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write all numbers here, as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write a page with examples here.")] = None,
    ci: OverOption = False,
    resamples: OverNumberOption = None,
    seed: OverNumberOption = None,
    require: RequireOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Show how far annotators agree, and where they do not."""
    from ..configs.files import dump_json, write_text
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.agreement.measure import agreement as measure
    from ..eval.agreement.page import agreement_page
    from ..eval.gate import unmet
    from ..eval.report import agreement_tables
    from .source import read_source

    say_over(ci=ci, resamples=resamples, seed=seed)
    loaded = load_scheme(scheme or DEFAULT)
    read = read_source(export, loaded, token_file)
    found = measure(read.tasks, loaded)
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
    for note in read.notes:
        typer.echo(f"mihakk: note: {note}", err=True)
    for failure in failed:
        typer.echo(f"mihakk: {failure}", err=True)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("export adjudicate export.json -o adjudication.json"))
def adjudicate(
    export: ExportArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to push into a project of their own.")],
    policy: PolicyOption = "majority",
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Write tasks for an adjudicator.

    They are the articles on which annotators left something undecided.
    """
    from ..annotate.task import dump_tasks
    from ..configs.files import whole_file
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from .adjudicate import adjudication_tasks
    from .merge import policy_named
    from .report import adjudication_summary
    from .source import read_source

    loaded = load_scheme(scheme or DEFAULT)
    read = read_source(export, loaded, token_file)
    tasks = list(adjudication_tasks(read, loaded, policy_named(policy, read)))
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(dump_tasks(tasks))
    terminal().print(adjudication_summary(tasks, read, output))


@app.command(epilog=example("export dataset export.json -o gold"))
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
        Literal["event", "time"],
        typer.Option("--split-by", help="By time: events reported first for training, last for test."),
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
        list[Creators] | None,
        typer.Option(help="Who annotated, for the card.", show_default=False),
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
    """Write the gold dataset, split by event.

    It is a typed Hugging Face dataset of what annotators agree on or an adjudicator decided.
    """
    from ..configs.files import whole_folder
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold.records import GOLD_FILE, OwnersWord
    from .dataset import write_gold
    from .make_gold import make_gold
    from .merge import policy_named
    from .pseudonyms import Pseudonyms
    from .report import distribution_table, gold_summary
    from .source import read_source
    from .split import read_splitting

    loaded = load_scheme(scheme or DEFAULT)
    splitting = read_splitting(split_by, shares, previous)
    owner = OwnersWord(tuple(annotator.value for annotator in annotators or ()), annotators_note, licence)
    read = read_source(export, loaded, token_file)
    judged = read_source(adjudicated, loaded, token_file) if adjudicated else None
    named, rule = name or output.resolve().name, policy_named(policy, read)
    hidden = Pseudonyms(pseudonyms) if pseudonyms else None
    if hidden:
        read, judged, rule = hidden.disguise(read, judged, rule)
    gold = make_gold(read, loaded, named, version, rule, judged, splitting, owner)
    with whole_folder(output, marker=GOLD_FILE) as folder:
        write_gold(gold, folder)
        if hidden:
            hidden.write()
    terminal().print(gold_summary(gold, output))
    terminal().print(distribution_table(gold))


@app.command(epilog=example("export diff gold-1.0 gold-1.1"))
def diff(
    old: Annotated[Path, typer.Argument(help="Folder of the earlier gold dataset.")],
    new: Annotated[Path, typer.Argument(help="Folder of the later one.")],
    predictions: Annotated[
        Path | None, typer.Option(help="Also score this predictions file on both.", show_default=False)
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test", "all"], typer.Option(help="The split that --predictions is scored on.")
    ] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Show what changed between two versions of a gold dataset.

    Also what that does to scores, and which version number fits.
    """
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


@app.command(epilog=example("export hub gold me/raids --dry-run"))
def hub(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")],
    name: Annotated[str, typer.Argument(help="The dataset on the Hugging Face Hub: owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to see; private if left out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the folder and say what would be sent.")] = False,
) -> None:
    """Put a gold dataset on the Hugging Face Hub.

    It is private unless --public is given, and its version is a tag. Log in with `hf auth login`.
    """
    from ..configs.terminal import terminal
    from .hub import upload, whole_gold
    from .report import hub_summary

    whole = whole_gold(gold)
    sent = None if dry_run else upload(whole, name, public)
    terminal().print(hub_summary(whole, name, public, sent))
