"""The commands of `mihakk export` for an existing gold dataset: suspect places, versions, a newer scheme, the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..configs.command import ForceOption, commands, example
from ..configs.progress import progress
from ..configs.visible import print_json, print_note

app = commands("An existing gold dataset.")


@app.command(epilog=example("export suspects gold --predictions a.jsonl b.jsonl -o suspects.json"))
def suspects(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The tasks, to push into a separate project.")],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[PREDICTIONS]...", help="More files of predictions.")
    ] = None,
    predictions: Annotated[
        list[Path] | None, typer.Option("--predictions", help="Predictions of systems; more files may follow.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="The largest number of places.")] = 100,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a page with the places in their text.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write tasks for the places where the gold may be wrong.

    They are ranked by the systems that disagree, and by the labels of the same words elsewhere.
    """
    from ..annotate.task import dump_tasks
    from ..configs.errors import InputError
    from ..configs.files import whole_file, write_text
    from ..configs.outputs import SUSPECTS_PAGE, TASKS, check_outputs
    from ..configs.terminal import terminal
    from ..eval.gold.rows import read_gold
    from ..eval.pages.suspects import suspects_page
    from ..eval.suspects.places import ranked_places
    from ..eval.suspects.systems import read_systems
    from .suspects import most_suspect, suspect_tasks, suspects_summary, suspects_table

    given = [*(predictions or ()), *(more or ())]
    if not given:
        raise InputError("--predictions: give at least one file; `mihakk eval predict` makes one with a baseline")
    check_outputs([(output, TASKS), (html, SUSPECTS_PAGE)], [gold, *given], force)
    with progress("looking for suspect places"):
        read = read_gold(gold)
        systems, notes = read_systems(read, given)
        ranked = ranked_places(read, systems)
    chosen = most_suspect(ranked, most)
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(dump_tasks(suspect_tasks(read, chosen, systems)))
    if html:
        write_text(html, suspects_page(read, chosen, systems))
    terminal().print(suspects_table(chosen, read))
    terminal().print(suspects_summary(chosen, ranked, read, systems, output))
    for note in notes:
        print_note(note)


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

    Also shows the effect on scores, and the version number that fits.
    """
    from dataclasses import replace

    from ..configs.terminal import print_parts
    from ..eval.gold.rows import read_gold
    from .diff import diff as compare
    from .diff import score_change
    from .report import diff_report

    with progress("comparing"):
        found = compare(read_gold(old), read_gold(new))
        if predictions:
            found = replace(found, scores=score_change(found.old, found.new, predictions, split))
    if as_json:
        print_json(found.as_json())
    else:
        print_parts(diff_report(found))


@app.command(epilog=example("export migrate gold --scheme health-2.0.yaml -o gold-2.0"))
def migrate(
    source: Annotated[str, typer.Argument(help="Label Studio's JSON export, or a gold dataset folder.")],
    scheme: Annotated[Path, typer.Option(help="The newer scheme; its `from` says what became of older labels.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The export, or the folder, under that scheme.")],
    version: Annotated[
        str | None, typer.Option(help="Version of the gold dataset; the next fitting version if left out.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Bring annotations to a newer version of their scheme.

    Labels are renamed and merged as its `from` says. Pieces without a label are set aside, with the reason.
    """
    from ..configs.outputs import FIXED_EXPORT, check_outputs
    from ..configs.scheme import load_scheme
    from ..configs.terminal import print_parts
    from ..eval.gold.header import title_in
    from ..eval.gold.records import GOLD_FILE, GOLD_FOLDER
    from .diff import diff as compare
    from .migrate import write_migrated
    from .migrate_gold import write_migrated_gold
    from .report import diff_report, gold_migrated, tasks_migrated
    from .source import raw_source

    is_gold = (Path(source) / GOLD_FILE).is_file()
    check_outputs([(output, GOLD_FOLDER if is_gold else FIXED_EXPORT)], [source, scheme], force)
    loaded = load_scheme(scheme)
    with progress("migrating"):
        if is_gold:
            before = title_in(output)
            old, new = write_migrated_gold(Path(source), loaded, output, version, force)
            parts = [*gold_migrated(old, new, output, before), *diff_report(compare(old, new))]
        else:
            parts = tasks_migrated(write_migrated(raw_source(source, None), source, loaded, output), output)
    print_parts(parts)


@app.command(epilog=example("export hub gold me/raids --dry-run"))
def hub(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder, as `mihakk export dataset` writes it.")],
    name: Annotated[str, typer.Argument(help="The dataset on the Hugging Face Hub: owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to see; private if left out.")] = False,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Publish annotators' names and e-mail addresses too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the folder and say what would be sent.")] = False,
) -> None:
    """Put a gold dataset on the Hugging Face Hub.

    It is private unless --public is given, and its version is a tag. Log in with `hf auth login`.
    """
    from ..configs.terminal import terminal
    from .hub import check_name, check_nobody_named, upload, whole_gold
    from .report import hub_summary

    check_name(name)
    with progress("checking the folder"):
        whole = whole_gold(gold)
    if public and not with_names:
        check_nobody_named(whole)
    sent = None if dry_run else upload(whole, name, public)
    terminal().print(hub_summary(whole, name, public, sent))
