"""Gold sets in the formats of others, and the corpora of others as gold sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...configs.errors import InputError
from ...configs.files import whole_file
from ...configs.folders import FolderKind, whole_folder
from ...configs.labels import layers
from ...configs.outputs import FileKind, begins, check_outputs

if TYPE_CHECKING:
    from ...eval.gold.rows import Gold, GoldDocument
    from .corpus import Reader
    from .labeling_config import OtherInterface

_TEXT = rb'"(?:[^"\\\n]|\\.)*"'
_TEXT_FILES = begins(
    "was not made by this command",
    rb'id,split,event_id,claim,stance,text\r\n|# id = [^\n]*\n# text = "|'
    rb'\{"id": %b, "text": %b, (?:"(?:title|outlet|agency|published|url|event_id|source)": %b, )*'
    rb'(?:"(?:entities|claims|event_claims)": \[|"stances": \{)|'
    rb'\{"id": %b, "text": %b, (?:"(?:title|outlet|published|event_id)": (?:null|%b), ){4}"claims": \['
    % (_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
)


def _is_written(path: Path) -> bool:
    from .docbin import is_docbin

    return _TEXT_FILES.is_made(path) or is_docbin(path)


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
) -> Reader:
    """The reader of a format, for `read_corpus`. Raises InputError for options that would do nothing."""
    from .brat import read_brat
    from .iob2 import read_iob2
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
    if form == "label-studio":
        from .label_studio import read_label_studio

        if interface is None:
            raise InputError(
                "--as label-studio: needs --interface CONFIG.xml, the project's labeling interface "
                "(in Label Studio: Settings, Labeling Interface, Code), or the project's address in place of a file"
            )
        return partial(read_label_studio, interface=interface)
    if form in ("jsonl", "stance"):
        return read_jsonl if form == "jsonl" else partial(read_stance, columns=columns or {})
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
) -> tuple[Sequence[GoldDocument], Sequence[str], Sequence[str]]:
    """Writes a split in a format: the documents that were written, what of them the format has no place for, and notes.

    The gold set is read after the options and the output are checked; `inputs` are the files it is read from. Raises
    InputError for options that would do nothing, and where `output` may not be replaced.
    """
    from . import brat, docbin, iob2, stance

    def may_write(kind: FileKind | FolderKind) -> None:
        check_outputs([(output, kind)], inputs, force)

    own_layout = {"--layer": layer != "all", "--boundaries": boundaries != "comment", "--tokens": tokens != "words"}
    if form != "iob2":
        _only_for("iob2", {**own_layout, "--as-read": as_read})
    elif as_read:
        _only_for("a layout of its own, not with --as-read", own_layout)
    # Other layouts of IOB2 look like anybody's.
    is_known = form != "iob2" or (boundaries == "comment" and not as_read)
    if is_known:
        may_write(brat.BRAT_FOLDER if form == "brat" else _WRITTEN)
    gold = read()
    documents: Sequence[GoldDocument] = gold.split(split)
    if form == "brat":
        with whole_folder(output, brat.BRAT_FOLDER, force) as folder:
            brat.write_brat(gold, documents, folder)
        return documents, brat.LEFT_OUT, ()
    if form == "docbin":
        with whole_file(output) as temporary:
            docbin.write_docbin(documents, temporary, gold.labels)
        return documents, (), ()
    left_out: Sequence[str] = ()
    notes: Sequence[str] = ()
    if form in ("jsonl", "documents"):
        from .jsonl import document_lines, jsonl_lines

        lines = jsonl_lines(documents, layers(gold.labels)) if form == "jsonl" else document_lines(documents)
    elif form == "stance":
        left_out, lines = stance.LEFT_OUT, stance.stance_lines(gold, split)
    elif as_read:
        documents, lines, notes = iob2.as_read(gold, split)
    else:
        layout, claims = iob2.Layout(boundaries, tokens), layer == "all"
        left_out = iob2.left_out(layout, claims=claims)
        lines = iob2.iob2_lines(documents, layout, claims=claims)
    if not is_known:
        lines = list(lines)
        same = "".join(lines).encode()
        may_write(FileKind(_WRITTEN.otherwise, lambda path: _WRITTEN.is_made(path) or path.read_bytes() == same))
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return documents, left_out, notes


def _only_for(form: str, given: dict[str, bool]) -> None:
    """Raises InputError for options that were given, and would do nothing."""
    problems = [f"{option}: is for {form} only" for option, is_given in given.items() if is_given]
    if problems:
        raise InputError(*problems)
