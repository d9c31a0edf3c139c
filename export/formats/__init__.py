"""Gold sets in the formats of others, and the corpora of others as gold sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...configs.errors import InputError
from ...configs.files import whole_file, whole_folder

if TYPE_CHECKING:
    from ...eval.gold.rows import Gold, GoldDocument
    from .corpus import Reader


def reader_of(
    form: str,
    *,
    repair: bool = False,
    per: Literal["marker", "sentence"] | None = None,
    tags: Sequence[int] = (),
    token: int | None = None,
) -> Reader:
    """The reader of a format, for `read_corpus`. Raises InputError for options that would do nothing."""
    from .brat import read_brat
    from .iob2 import read_iob2
    from .jsonl import read_jsonl

    if form != "iob2":
        _only_for("iob2", {"--tags": bool(tags), "--token": token is not None, "--per": per is not None})
    if form == "jsonl":
        _only_for("iob2 and brat", {"--repair": repair})
        return read_jsonl
    if form == "brat":
        return partial(read_brat, repair=repair)
    return partial(read_iob2, repair=repair, per=per, tags=tags, token=token)


def write_as(
    form: str,
    read: Callable[[], Gold],
    split: str,
    output: Path,
    *,
    layer: str = "all",
    boundaries: Literal["comment", "docstart", "none"] = "comment",
    tokens: Literal["words", "spaces"] = "words",
    as_read: bool = False,
) -> tuple[Sequence[GoldDocument], Sequence[str]]:
    """Writes a split in a format: the documents that were written, and what of them the format has no place for.

    The gold set is read after the options are checked. Raises InputError for options that would do nothing.
    """
    from . import brat, iob2

    own_layout = {"--layer": layer != "all", "--boundaries": boundaries != "comment", "--tokens": tokens != "words"}
    if form != "iob2":
        _only_for("iob2", {**own_layout, "--as-read": as_read})
    elif as_read:
        _only_for("a layout of its own, not with --as-read", own_layout)
    gold = read()
    documents: Sequence[GoldDocument] = gold.split(split)
    if form == "brat":
        with whole_folder(output, marker=brat.MARKER_FILE) as folder:
            brat.write_brat(gold, documents, folder)
        return documents, brat.LEFT_OUT
    if form == "docbin":
        from .docbin import write_docbin

        with whole_file(output) as temporary:
            write_docbin(documents, temporary)
        return documents, ()
    left_out: Sequence[str] = ()
    if form == "jsonl":
        from .jsonl import jsonl_lines

        lines = jsonl_lines(documents)
    elif as_read:
        documents, lines = iob2.as_read(gold, split)
    else:
        layout, claims = iob2.Layout(boundaries, tokens), layer == "all"
        left_out = iob2.left_out(layout, claims=claims)
        lines = iob2.iob2_lines(documents, layout, claims=claims)
    with whole_file(output) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return documents, left_out


def _only_for(form: str, given: dict[str, bool]) -> None:
    """Raises InputError for options that were given, and would do nothing."""
    problems = [f"{option}: is for {form} only" for option, is_given in given.items() if is_given]
    if problems:
        raise InputError(*problems)
