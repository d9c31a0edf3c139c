"""The commands of `mihakk export` for formats of other tools: read a corpus, write a gold dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...annotate.label_studio.cli import TokenFileOption
from ...configs.command import ForceOption, HtmlOption, NoTextOption, SchemeOption, commands, example
from ...configs.progress import progress

app = commands("Formats of other tools.")


@app.command(epilog=example("export read train.iob2 test.iob2 --as iob2 -o gold"))
def read(
    corpus: Annotated[
        list[str],
        typer.Argument(help="Files; for brat folders; for label-studio also a project's address in the browser."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the gold dataset.")],
    form: Annotated[
        Literal["iob2", "brat", "jsonl", "stance", "label-studio"], typer.Option("--as", help="Format of the corpus.")
    ],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the folder's if left out.")] = None,
    version: Annotated[str, typer.Option(help="Version of the dataset.")] = "1.0",
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(
            help="Put all documents into this split. If left out, files named train, dev or test are these "
            "splits, and all others are split by event.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Entity labels: the scheme's name, or a mapping of it, such as wojood. If left out, all that occur.",
            show_default=False,
        ),
    ] = None,
    scheme: SchemeOption = None,
    language: Annotated[
        str | None,
        typer.Option(help="The corpus's language, such as en; if left out, that of the scheme or the files."),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Read I- after nothing as B-, and a span in pieces as one; each is reported."),
    ] = False,
    per: Annotated[
        Literal["marker", "sentence"] | None,
        typer.Option(help="IOB2: a document for each marker or sentence. If left out, markers if the file has some."),
    ] = None,
    tags: Annotated[
        list[int] | None,
        typer.Option(min=1, help="IOB2: number of a column with tags, from 1; if left out, all except the token's."),
    ] = None,
    token: Annotated[
        int | None,
        typer.Option(min=1, help="IOB2: number of the column with the tokens; found if left out.", show_default=False),
    ] = None,
    interface: Annotated[
        Path | None,
        typer.Option(help="label-studio: the project's labeling interface, as XML.", show_default=False),
    ] = None,
    token_file: TokenFileOption = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=NAME",
            help="Stance: the column for a field, such as text=s2; found if left out.",
            show_default=False,
        ),
    ] = None,
    offsets: Annotated[
        Literal["code-points", "utf-16", "bytes"], typer.Option(help="jsonl: the unit of the spans' offsets.")
    ] = "code-points",
    html: HtmlOption = None,
    no_text: NoTextOption = False,
    force: ForceOption = False,
) -> None:
    """Make a gold dataset from an existing corpus."""
    from tempfile import TemporaryDirectory

    from ...annotate.placing.offsets import Unit
    from ...configs.command import fields_given
    from ...configs.files import write_text
    from ...configs.folders import whole_folder
    from ...configs.outputs import READ_PAGE, check_outputs
    from ...configs.scheme import DEFAULT, load_scheme
    from ...configs.terminal import terminal
    from ...eval.gold.header import title_in
    from ...eval.gold.records import GOLD_FOLDER
    from ..dataset import write_gold
    from ..report import read_summary
    from . import reader_of
    from .corpus import labels_of, language_given, read_corpus, write_record
    from .label_studio import corpus_files, labels_in
    from .stance import COLUMNS

    check_outputs([(output, GOLD_FOLDER), (html, READ_PAGE)], [*corpus, scheme, interface, token_file], force)
    columns = fields_given(column or (), COLUMNS)
    loaded = load_scheme(scheme or DEFAULT)
    named, before = name or output.resolve().name, title_in(output)
    with TemporaryDirectory() as folder:
        paths, control = corpus_files(corpus, form, interface, token_file, Path(folder))
        reader = reader_of(
            form,
            repair=repair,
            per=per,
            tags=tags or (),
            token=token,
            interface=control,
            columns=columns,
            offsets=Unit(offsets),
        )
        known = labels_of(loaded, labels) if labels or scheme else labels_in(control, named, version, loaded)
        code = language_given(language, loaded if scheme or known is loaded else None)
        with progress("reading the corpus"):
            gold, findings = read_corpus(paths, reader, known, loaded, named, version, split, code)
    with progress("writing the gold dataset"), whole_folder(output, GOLD_FOLDER, force) as folder:
        write_gold(gold, folder)
        write_record(findings, form, folder)
    if html:
        from ..page import dataset_page

        write_text(html, dataset_page(gold, "export read", text=not no_text))
    terminal().print(read_summary(gold, output, findings, before))


@app.command(epilog=example("export write gold --as iob2 -o gold.iob2"))
def write(
    gold: Annotated[Path, typer.Argument(help="Gold dataset folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File, or for brat a folder.")],
    form: Annotated[
        Literal["iob2", "docbin", "brat", "jsonl", "stance", "documents"],
        typer.Option(
            "--as",
            help="Format: IOB2 columns, spaCy's DocBin, brat, JSON lines, a table of stances; "
            "documents: JSON lines without annotations, the input of extractors.",
        ),
    ],
    split: Annotated[
        Literal["train", "validation", "test", "all"], typer.Option(help="Which documents to write.")
    ] = "all",
    layer: Annotated[
        Literal["all", "entities"], typer.Option(help="IOB2: with columns for claims, or entities alone.")
    ] = "all",
    boundaries: Annotated[
        Literal["comment", "docstart", "none"],
        typer.Option(help="IOB2: documents begin with `# id = ` comments, with -DOCSTART-, or unmarked."),
    ] = "comment",
    tokens: Annotated[
        Literal["words", "spaces"],
        typer.Option(help="IOB2: a line for each word and punctuation mark, or for each piece between spaces."),
    ] = "words",
    as_read: Annotated[
        bool, typer.Option("--as-read", help="IOB2: write the source file back, byte for byte, or say what differs.")
    ] = False,
    force: ForceOption = False,
) -> None:
    """Write a gold dataset in a format that other tools read."""
    from ...configs.terminal import terminal
    from ...eval.gold.rows import read_gold
    from . import write_as
    from .report import written_summary

    with progress("writing"):
        written = write_as(
            form,
            lambda: read_gold(gold, on_disk=True),
            split,
            output,
            [gold],
            force,
            layer=layer,
            boundaries=boundaries,
            tokens=tokens,
            as_read=as_read,
        )
    terminal().print(written_summary(written, output))
