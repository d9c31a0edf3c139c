"""`mihakk export`: from finished annotations to a gold dataset."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..annotate.label_studio.cli import TokenFileOption
from ..configs.command import (
    FiguresOption,
    ForceOption,
    HtmlOption,
    NoTextOption,
    OverNumberOption,
    OverOption,
    RequireOption,
    SchemeOption,
    a_number,
    commands,
    example,
    say_over,
)
from ..configs.errors import ExitCode
from ..configs.progress import progress, watched
from ..configs.visible import counted, print_json, print_line, print_note
from .formats.cli import app as formats_app
from .project_cli import KnownOption, PseudonymsOption, pull, status
from .release_cli import app as release_app

app = commands("Turn finished annotations into a gold dataset.")
app.add_typer(formats_app)
app.add_typer(release_app)


class Creators(StrEnum):
    """The kinds of annotators, in the Hub's words."""

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
        metavar="majority|most|unanimous|ground-truth|NAME",
        help="The work that becomes gold: marked by a `majority` of an article's annotators, given by `most` of them "
        "(for four and more), marked by all (`unanimous`), starred as `ground-truth` in Label Studio, or "
        "the work of one annotator, by name.",
    ),
]
# So many findings of each kind are listed, without --all.
_LISTED = 10


app.command(epilog=example("export status raids"))(status)
app.command(epilog=example("export pull raids -o export.json"))(pull)


@app.command(epilog=example("export check export.json"))
def check(
    export: ExportArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print every finding as JSON.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List every finding, not only the first of each check.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 1 for warnings too.")] = False,
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            help="Write a mended export here (boundaries trimmed, exact duplicates merged), and check that one.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        Literal["annotator"] | None,
        typer.Option(help="Also write a page for each annotator into the folder -o, in Arabic too if the scheme is."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the pages of --by.", show_default=False)
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Label Studio's address, for links to the tasks of a file.", show_default=False),
    ] = None,
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
    force: ForceOption = False,
) -> None:
    """Check finished annotations before they become gold.

    The exit code is 1 if there are errors.
    """
    from ..configs.errors import InputError
    from ..configs.folders import whole_folder
    from ..configs.outputs import FIXED_EXPORT, check_outputs
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.streams import is_stream
    from ..configs.terminal import print_parts, terminal
    from .check.check import check_tasks, page_address
    from .check.fix import write_fixed
    from .check.pages import PAGES_FOLDER, write_pages
    from .raw import read_raw
    from .report import check_report, fix_summary
    from .source import raw_source, server_of

    if fix and is_stream(fix):
        raise InputError(f"{fix}: the file that --fix writes is read again to check it; choose a file")
    if (by is None) != (output is None):
        raise InputError("--by annotator and -o FOLDER: give both; the pages of annotators go into the folder")
    check_outputs([(fix, FIXED_EXPORT), (output, PAGES_FOLDER)], [export, scheme, token_file], force)
    loaded = load_scheme(scheme or DEFAULT)
    server = page_address(url) or server_of(export)
    tasks = raw_source(export, token_file)
    fixes = write_fixed(tasks, loaded, fix) if fix else []
    checked = check_tasks(watched(read_raw(fix) if fix else tasks, "checking"), loaded)
    if output:
        with whole_folder(output, PAGES_FOLDER, force) as folder:
            pages = write_pages(checked.findings, server, folder, loaded)
        print_line(f"{output}: {counted(len(pages), 'page')}: {', '.join(pages) or 'nothing to mend'}", err=as_json)
    if as_json:
        head = {"source": export, "scheme": loaded.id, "fixed": str(fix) if fix else None}
        print_json({**head, "fixes": [made.listed() for made in fixes], **checked.record(server)})
    else:
        if fix:
            terminal().print(fix_summary(fixes, fix))
        print_parts(check_report(str(fix or export), checked, server, None if everything else _LISTED))
    if checked.failed(strict):
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("export agreement export.json --html agreement.html"))
def agreement(
    export: ExportArgument,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write all numbers here, as JSON.")] = None,
    html: HtmlOption = None,
    no_text: NoTextOption = False,
    pseudonyms: PseudonymsOption = None,
    figures: FiguresOption = None,
    known: KnownOption = None,
    ci: OverOption = False,
    resamples: OverNumberOption = None,
    seed: OverNumberOption = None,
    require: RequireOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
    force: ForceOption = False,
) -> None:
    """Show how far annotators agree, and where they do not.

    With --known, also each annotator's F1 on known articles, with its interval and by week.
    """
    from ..configs.files import dump_json, write_text
    from ..configs.outputs import AGREEMENT, AGREEMENT_PAGE, check_outputs, figures_of
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import print_parts, terminal
    from ..eval.agreement.measure import agreement as measure
    from ..eval.gate import unmet
    from ..eval.gold.rows import read_gold
    from ..eval.report import agreement_tables
    from .known import known_json, known_table, known_work
    from .pseudonyms import Pseudonyms
    from .source import name_of_source, read_source

    say_over(ci=ci, resamples=resamples, seed=seed)
    read_from = [export, scheme, token_file, known, pseudonyms]
    outputs = [(output, AGREEMENT), (html, AGREEMENT_PAGE), (figures, figures_of("agreement"))]
    check_outputs(outputs, read_from, force)
    loaded = load_scheme(scheme or DEFAULT)
    gold = read_gold(known) if known else None
    read = read_source(export, loaded, token_file)
    hidden = Pseudonyms(pseudonyms) if pseudonyms else None
    if hidden:
        (read,) = hidden.hide([read])
    with progress("comparing annotators"):
        found = measure(read.tasks, loaded)
        work = known_work(read, gold) if gold else []
    numbers = found.as_json() | ({"known": known_json(work, gold)} if gold else {})
    failed = unmet(numbers, require or ())
    if hidden:
        hidden.write()
    if output:
        write_text(output, dump_json(numbers))
    if html:
        from ..eval.pages.agreement import agreement_page

        with progress("writing the page"):
            write_text(html, agreement_page(found, read.tasks, loaded, name_of_source(export), text=not no_text))
    if figures:
        from ..eval.pages.figures import agreement_figures, write_figures

        names = {name: loaded.text(label) for name, label in loaded.entities.items()}
        write_figures(agreement_figures(found, names), "agreement", found.signature, figures, force)
    if as_json:
        print_json(numbers)
    else:
        terminal().print(agreement_tables(found))
        if gold:
            table, notes = known_table(work, gold)
            print_parts([table, *(f"note: {note}" for note in notes)])
    for note in read.notes:
        print_note(note)
    for failure in failed:
        print_line(f"mihakk: {failure}", err=True)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=example("export adjudicate export.json -o adjudication.json"))
def adjudicate(
    export: ExportArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to push into a separate project.")],
    policy: PolicyOption = "majority",
    sample: Annotated[
        float,
        typer.Option(
            min=0, max=1, callback=a_number, help="Also this share of the fully decided articles, for review."
        ),
    ] = 0.0,
    scheme: SchemeOption = None,
    token_file: TokenFileOption = None,
    force: ForceOption = False,
) -> None:
    """Write tasks for an adjudicator.

    They are the articles where annotators left something undecided.
    """
    from ..annotate.task import dump_tasks
    from ..configs.files import whole_file
    from ..configs.outputs import TASKS, check_outputs
    from ..configs.terminal import terminal
    from .adjudicate import adjudication_tasks
    from .policy import policy_named
    from .report import adjudication_summary
    from .source import read_with_scheme

    check_outputs([(output, TASKS)], [export, scheme, token_file], force)
    read, loaded = read_with_scheme(export, scheme, token_file)
    with progress("looking for what is undecided"):
        tasks = list(adjudication_tasks(read, loaded, policy_named(policy, read), sample))
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
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
    known: Annotated[
        Path | None,
        typer.Option(help="A gold set of known articles, which are left out.", show_default=False),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="An earlier version's folder: its documents stay in their splits.", show_default=False),
    ] = None,
    annotators: Annotated[
        list[Creators] | None,
        typer.Option(help="Who annotated, for the card.", show_default=False),
    ] = None,
    pseudonyms: PseudonymsOption = None,
    annotators_note: Annotated[
        str | None, typer.Option(help="A sentence on the annotators, for the card.", show_default=False)
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Rows of the tokens config have at most this many tokens, cut at sentence ends and outside spans.",
            show_default=False,
        ),
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option("--licence", "--license", help="For the card, in the Hub's words: cc-by-4.0.", show_default=False),
    ] = None,
    html: HtmlOption = None,
    no_text: NoTextOption = False,
    force: ForceOption = False,
) -> None:
    """Write the gold dataset, split by event.

    It is a typed Hugging Face dataset of the annotations that annotators agree on or an adjudicator decided.
    """
    from ..configs.files import write_text
    from ..configs.folders import whole_folder
    from ..configs.outputs import DATASET_PAGE, check_outputs
    from ..configs.scheme import DEFAULT, load_scheme
    from ..configs.terminal import terminal
    from ..eval.gold.header import title_in
    from ..eval.gold.records import GOLD_FOLDER, OwnersWord
    from ..eval.gold.rows import read_gold
    from .dataset import write_gold
    from .known import without_known
    from .licences import check_licence
    from .make_gold import make_gold
    from .policy import policy_named
    from .pseudonyms import Pseudonyms
    from .report import distribution_table, gold_summary
    from .source import read_source
    from .split import read_splitting

    check_licence(licence)
    read_from = [export, adjudicated, known, previous, pseudonyms, scheme, token_file]
    check_outputs([(output, GOLD_FOLDER), (html, DATASET_PAGE)], read_from, force)
    loaded = load_scheme(scheme or DEFAULT)
    splitting = read_splitting(split_by, shares, previous)
    owner = OwnersWord(tuple(annotator.value for annotator in annotators or ()), annotators_note, licence)
    read = read_source(export, loaded, token_file)
    if known:
        read = without_known(read, read_gold(known))
    judged = read_source(adjudicated, loaded, token_file) if adjudicated else None
    named, rule = name or output.resolve().name, policy_named(policy, read)
    hidden, before = Pseudonyms(pseudonyms) if pseudonyms else None, title_in(output)
    if hidden:
        read, judged, rule = hidden.disguise(read, judged, rule)
    with progress("making the gold dataset"):
        gold = make_gold(read, loaded, named, version, rule, judged, splitting, owner)
        with whole_folder(output, GOLD_FOLDER, force) as folder:
            header = write_gold(gold, folder, window)
            if hidden:
                hidden.write()
    if html:
        from .page import dataset_page

        with progress("writing the page"):
            write_text(html, dataset_page(gold, "export dataset", text=not no_text))
    terminal().print(gold_summary(gold, output, before))
    terminal().print(distribution_table(header))
