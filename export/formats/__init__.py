"""Writes gold sets in the formats of other tools, and makes gold sets from existing corpora."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...annotate.placing.offsets import Unit
from ...annotate.placing.policy import Policy
from ...annotate.prediction_rows import PARQUET
from ...configs.errors import InputError
from ...configs.files import whole_file
from ...configs.folders import FolderKind, whole_folder
from ...configs.labels import CLAIMS, ENTITIES, LAYER_WORDS, STANCES, layers
from ...configs.languages import language_of
from ...configs.outputs import FileKind, begins, check_outputs
from ...configs.streams import is_stream

if TYPE_CHECKING:
    from ...eval.gold.rows import Gold, GoldDocument
    from .corpus import Reader
    from .labeling_config import OtherInterface

_TEXT = rb'"(?:[^"\\\n]|\\.)*"'
_TEXT_FILES = begins(
    "was not made by this command",
    rb'id,split,event_id,claim,stance,text(?:,language)?\r\n|# id = [^\n]*\n(?:# language = [^\n]*\n)?# text = "|'
    rb'\{"id": %b, "text": %b, (?:"(?:language|title|outlet|agency|published|url|event_id|source)": %b, )*'
    rb'(?:"(?:entities|claims|event_claims)": \[|"stances": \{)|'
    rb'\{"id": %b, "text": %b, (?:"(?:title|outlet|published|event_id)": (?:null|%b), ){4}"claims": \['
    % (_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
)


def _is_written(path: Path) -> bool:
    from .docbin import is_docbin

    return _TEXT_FILES.is_made(path) or is_docbin(path)


# The layers that a format can hold; a gold set needs one of them. Formats that are not listed hold every layer.
_HELD: Mapping[str, Sequence[str]] = {
    "iob2": (ENTITIES, CLAIMS),
    "brat": (ENTITIES, CLAIMS),
    "stance": (STANCES,),
}
# File name endings by which spaCy and `export read` recognise these formats.
_SUFFIX = {"docbin": ".spacy", "stance": ".csv"}


class Written(NamedTuple):
    """The result of writing: the documents, the layers written, what was left out, and notes.

    `left_out` uses the words of `report`.
    """

    documents: Sequence[GoldDocument]
    layers: Sequence[str]
    left_out: Sequence[str] = ()
    notes: Sequence[str] = ()


# A file in any format that `write_as` writes.
_WRITTEN = FileKind(_TEXT_FILES.otherwise, _is_written)


def reader_of(
    form: str,
    *,
    repair: bool = False,
    per: Literal["marker", "sentence"] | None = None,
    tags: Sequence[int] = (),
    token: int | None = None,
    interface: OtherInterface | None = None,
    columns: Mapping[str, str] | None = None,
    offsets: Unit = Unit.CODE_POINTS,
) -> Reader:
    """The reader of a format, for `read_corpus`. Raises InputError for options without effect."""
    from .brat import read_brat
    from .iob2_reading import read_iob2
    from .jsonl import read_jsonl
    from .stance import read_stance

    if form != "stance":
        _only_for("stance", {"--column": bool(columns)})
    if form != "iob2":
        _only_for("iob2", {"--tags": bool(tags), "--token": token is not None, "--per": per is not None})

    if form != "label-studio":
        _only_for("label-studio", {"--interface": interface is not None})
    if form in ("jsonl", "label-studio", "stance"):
        _only_for("iob2 and brat", {"--repair": repair})
    if form != "jsonl":
        _only_for("jsonl", {"--offsets": offsets is not Unit.CODE_POINTS})
    if form == "label-studio":
        from .label_studio import read_label_studio

        if interface is None:
            raise InputError(
                "--as label-studio: needs --interface CONFIG.xml, the project's labeling interface "
                "(in Label Studio: Settings, Labeling Interface, Code), or the project's address in place of a file"
            )
        return partial(read_label_studio, interface=interface)
    if form == "jsonl":
        return partial(read_jsonl, policy=Policy(offsets))
    if form == "stance":
        return partial(read_stance, columns=columns or {})
    if form == "brat":
        return partial(read_brat, repair=repair)
    return partial(read_iob2, repair=repair, per=per, tags=tags, token=token)


def write_as(
    form: str,
    read: Callable[[], Gold],
    split: str,
    output: Path,
    inputs: Sequence[Path] = (),
    force: bool = False,
    *,
    layer: str = "all",
    boundaries: Literal["comment", "docstart", "none"] = "comment",
    tokens: Literal["words", "spaces"] = "words",
    as_read: bool = False,
) -> Written:
    """Writes a split in a format.

    Options and output are checked before the gold set is read; `inputs` are its files. Raises InputError for options
    without effect, if `output` must not be replaced or has a wrong name for the format, and if the format can hold no
    layer of the gold set.
    """
    from . import brat, docbin, iob2, iob2_reading, stance

    def may_write(kind: FileKind | FolderKind) -> None:
        check_outputs([(output, kind)], inputs, force)

    own_layout = {"--layer": layer != "all", "--boundaries": boundaries != "comment", "--tokens": tokens != "words"}
    if form != "iob2":
        _only_for("iob2", {**own_layout, "--as-read": as_read})
    elif as_read:
        _only_for("a layout of its own, not with --as-read", own_layout)
    _check_name(form, output)
    # Files in other layouts of IOB2 may come from any tool.
    is_known = form != "iob2" or (boundaries == "comment" and not as_read)
    if is_known:
        may_write(brat.BRAT_FOLDER if form == "brat" else _WRITTEN)
    gold = read()
    documents: Sequence[GoldDocument] = gold.split(split)
    there = _written_layers(form, gold, documents, claims=layer == "all")
    if form == "brat":
        with whole_folder(output, brat.BRAT_FOLDER, force) as folder:
            brat.write_brat(gold, documents, folder)
        return Written(documents, there, brat.LEFT_OUT, _of_proclitics(gold))
    if form == "docbin":
        with whole_file(output) as temporary:
            docbin.write_docbin(documents, temporary, gold.labels)
        return Written(documents, there)
    left_out: Sequence[str] = ()
    notes: Sequence[str] = ()
    if form in ("jsonl", "documents"):
        from .jsonl import document_lines, jsonl_lines

        lines = (
            jsonl_lines(documents, layers(gold.labels), gold.labels.language)
            if form == "jsonl"
            else document_lines(documents)
        )
    elif form == "stance":
        left_out, lines = stance.LEFT_OUT, stance.stance_lines(gold, split)
    elif as_read:
        documents, lines, notes = iob2_reading.as_read(gold, split)
    else:
        layout, claims = iob2.Layout(boundaries, tokens, language=gold.labels.language), layer == "all"
        left_out = iob2.left_out(layout, claims=claims)
        lines = iob2.iob2_lines(documents, layout, claims=claims)
    if not is_known:
        lines = list(lines)
        same = "".join(lines).encode()
        may_write(FileKind(_WRITTEN.otherwise, lambda path: _WRITTEN.is_made(path) or path.read_bytes() == same))
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return Written(documents, there, left_out, (*notes, *_of_proclitics(gold)))


def _of_proclitics(gold: Gold) -> tuple[str, ...]:
    """A note if a reader of the file would be wrong about proclitics, which it takes from the language."""
    language = language_of(gold.labels.language)
    if gold.labels.proclitics == language.proclitics:
        return ()
    return (f"its scheme differs from {language.name} in `proclitics`: give the scheme when the file is read",)


def _check_name(form: str, output: Path) -> None:
    """Raises InputError for a name with which the file would be read in another format, or not at all."""
    suffix = output.suffix.lower()
    if is_stream(output):
        return
    if form in _SUFFIX and suffix != _SUFFIX[form]:
        raise InputError(f"{output}: does not have the name of a {form} file; end its name in {_SUFFIX[form]}")
    if form == "jsonl" and suffix == PARQUET:
        raise InputError(f"{output}: would be read as Parquet, but has JSON lines; end its name in .jsonl")


def _written_layers(form: str, gold: Gold, documents: Sequence[GoldDocument], *, claims: bool) -> tuple[str, ...]:
    """The gold set's layers that a format can hold. Raises InputError if there are none, or if they are empty."""
    if form == "documents":
        return ()
    there = layers(gold.labels)
    held = [layer for layer in _HELD.get(form, there) if claims or layer != CLAIMS]
    found = tuple(layer for layer in there if layer in held)
    needed = " or ".join(LAYER_WORDS[layer] for layer in held)
    if there and not found:
        has = ", ".join(LAYER_WORDS[layer] for layer in there)
        raise InputError(f"--as {form}: holds {needed}, and {gold.where} has only {has}; --as jsonl holds all")
    if form == "stance" and not any(document.annotation.stances for document in documents):
        raise InputError(f"--as stance: there are no {needed} in these documents of {gold.where}")
    return found


def _only_for(form: str, given: dict[str, bool]) -> None:
    """Raises InputError for options that were given, but have no effect."""
    problems = [f"{option}: is for {form} only" for option, is_given in given.items() if is_given]
    if problems:
        raise InputError(*problems)
