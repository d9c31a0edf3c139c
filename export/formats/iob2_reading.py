"""Reads IOB2, one document at a time from a file of any length; and writes the source file again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal

from ...configs.errors import InputError, within
from ...configs.files import need_end, read_text
from ...eval.gold.records import ALL, Gold, GoldDocument
from .corpus import Findings, as_record, read_record
from .iob2 import BOM, Depth, Layout, deeper, iob2_lines
from .iob2_dialect import Columns, Dialect, columns_of
from .iob2_parser import COMMENT, DOCSTART, Parser, sentences_of


def as_read(gold: Gold, split: str) -> tuple[list[GoldDocument], list[str], list[str]]:
    """The documents of the split's source file, its lines as they were, and a note if some lines are not.

    Raises InputError if the gold set was not read from IOB2, or if the split is from several files, or from part of a
    file.
    """
    documents = {document.article.id: document for document in gold.split(split)}
    files = read_record(gold, "iob2")
    with as_record(gold):
        records = [record for record in files if not documents.keys().isdisjoint(record["ids"])]
        if len(records) > 1:
            raise InputError(f"{gold.where}: {split} was read from {len(records)} files; choose one split with --split")
        (record,) = records
        if set(record["ids"]) != documents.keys():
            raise InputError(
                f"{gold.where}: {split} is only a part of {record['file']}; the whole of it is in --split {ALL}"
            )
        lines = list(_as_read_lines(record, [documents[name] for name in record["ids"]]))
        notes: list[str] = []
        if hashlib.sha256("".join(lines).encode()).hexdigest() != record["sha256"]:
            why = record.get("difference", "the gold set differs from what was read")
            notes.append(f"this is not exactly the source file {record['file']}: {why}")
        return [documents[name] for name in record["ids"]], lines, notes


def _as_read_lines(
    record: Mapping[str, Any], documents: Iterable[GoldDocument], depth: Depth | None = None
) -> Iterator[str]:
    """The lines of a file as they were, with line ends between them: `record` is its entry in corpus.json."""
    layout = _layout_of(record)
    # Tags of a token that were in another order: a gold set does not know the order of equal spans.
    tag_order = {int(number): line for number, line in record.get("tag_order", {}).items()}
    number = 0
    for number, line in enumerate(_plain_lines(record, documents, layout, depth), 1):
        if number > 1:
            yield layout.line_end
        line = _reordered(line, tag_order.get(number))
        # A text that itself begins with the mark already has another one before it.
        if number == 1 and layout.bom and not line.startswith(BOM):
            yield BOM
        yield line
    if any(not 0 < place <= number for place in tag_order):
        raise LookupError("tag_order")


def _layout_of(record: Mapping[str, Any]) -> Layout:
    given: dict[str, Any] = dict(record["layout"])
    return Layout(dialect=Dialect(**given.pop("dialect", {})), **given)


def _plain_lines(
    record: Mapping[str, Any], documents: Iterable[GoldDocument], layout: Layout, depth: Depth | None
) -> Iterator[str]:
    """The lines without line ends; the last one is empty, since the file ends with a line end."""
    stray: dict[str, list[tuple[int, int]]] = {}
    for place in record["repaired"]:
        stray.setdefault(place["id"], []).append((place["token"], place["column"]))
    begun = ""
    for piece in iob2_lines(documents, layout, stray=stray, depth=depth):
        *whole, begun = (begun + piece).split("\n")
        yield from whole
    yield begun


def _reordered(line: str, first_read: str | None) -> str:
    return first_read if first_read is not None and _is_reordered(line, first_read) else line


def _is_reordered(line: str, first_read: str) -> bool:
    return line != first_read and sorted(line.split()) == sorted(first_read.split())


def read_iob2(
    path: Path,
    known: Collection[str] | None,
    findings: Findings,
    *,
    repair: bool = False,
    per: Literal["marker", "sentence"] | None = None,
    tags: Sequence[int] = (),
    token: int | None = None,
) -> Iterator[GoldDocument]:
    """The documents of a file with a token and its tags in each line, blank lines between sentences.

    Columns are separated by tabs, or else by spaces. `token` is the number of the tokens' column, from 1, and `tags`
    are the numbers of the tags' columns. Without them, the tokens are in the first column, or after a column that
    counts them, and all other columns are tags; CoNLL-U is recognised by its columns. The dialect of the tags is
    detected (iob2_dialect.py). A tag that continues (I-) belongs to the tag in its own column on the line before. If
    there is none that fits, it is a problem, reported with its line; with `repair` it begins a span, as in conlleval.
    `repair` also leaves out lines without a token, and ends spans that lack their end.

    A document begins at `# id = ` or -DOCSTART- (`per` marker), or at each sentence; without `per`, this depends on
    whether the file has markers. Its text is the `# text = ` of iob2_lines. Otherwise it has a line for each sentence:
    the `# text = ` above it, as in CoNLL-U, or its tokens with spaces between them. Ids are `# id = `, or the file's
    name and a running number.
    """
    lines = Lines(path)
    look = _look_at(lines)
    try:
        columns = columns_of(_Sentences(lines), token, tags)
    except InputError as error:
        raise InputError(*within(str(path), error.problems)) from None
    if columns.tags and not tags:
        findings.notes.append(f"{path}: only column {columns.tags[0]} has tags; the others are not read")
    if columns.dialect.name == "IO with I":
        findings.notes.append(f"{path}: no tag begins a span, so equal tags side by side are read as one span (IO)")
    marked = look.has_newdoc if columns.is_conllu else look.has_marker
    if per == "marker" and not marked:
        raise InputError(f"{path}: has neither `# id = ` nor {DOCSTART}; read it with `--per sentence`")
    by_marker = marked if per is None else per == "marker"
    reader = Parser(path, known, findings, repair, columns)
    ids: list[str] = []
    depth: Depth = (1, 0)
    for document in reader.documents(lines, by_marker=by_marker):
        ids.append(document.article.id)
        depth = deeper(depth, document)
        yield document
    for language in reader.languages:
        findings.note_language(language)
    if not findings.problems:
        record = _record(look, ids, reader)
        findings.files.append(record)
        # The file is read again, so that documents need not stay in memory.
        again = Parser(path, known, Findings(), repair, columns).documents(lines, by_marker=by_marker)
        _compare(record, again, depth, lines)
        if not record["comes_back"]:
            findings.notes.append(f"{path}: --as-read will not write exactly this file: {record['difference']}")


class Lines:
    """The lines of a file without line ends, for any number of passes; only one line is in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[str]:
        is_ended = True
        need_end(self.path)
        with self.path.open(encoding="utf-8-sig", newline="\n") as file:
            for line in file:
                is_ended = line.endswith("\n")
                yield line[:-1].removesuffix("\r") if is_ended else line
        if is_ended:
            yield ""


class _Sentences:
    """The sentences of a file, for any number of passes."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[list[list[str]]]:
        return sentences_of(self._lines)


@dataclass(slots=True)
class _Look:
    """Properties of a file that can be seen before its columns are known."""

    path: Path
    has_newdoc: bool = False
    has_marker: bool = False
    separator: str = ""
    widths: set[int] = field(default_factory=set[int])
    blank_end: bool = False


def _look_at(lines: Lines) -> _Look:
    """Raises InputError if the file cannot be read, is empty, or is not UTF-8."""
    look = _Look(lines.path)
    is_empty, before, line, count = True, "x", "x", 0
    try:
        for next_line in lines:
            before, line, count = line, next_line, count + 1
            is_empty = is_empty and not line.strip("\t\n\x0b\x0c\r ")
            look.has_newdoc |= line.startswith("# newdoc id = ")
            look.has_marker |= line.startswith((DOCSTART, "# id = "))
            if line.strip() and not COMMENT.fullmatch(line):
                look.separator = look.separator or ("\t" if "\t" in line else " ")
                look.widths.add(line.count(look.separator))
    except (OSError, UnicodeDecodeError):
        is_empty = True
    if is_empty:
        read_text(lines.path)  # reports the problem
    if count == 1 and "\r" in line:
        raise InputError(f"{lines.path}: its lines end with a carriage return alone; write it with LF line ends")
    look.blank_end = (before, line) == ("", "")
    return look


def _compare(record: dict[str, Any], documents: Iterable[GoldDocument], depth: Depth, lines: Lines) -> None:
    """Compares the file with its documents written again, and stores the differences in the record."""
    layout, tag_order = _layout_of(record), dict[str, str]()
    record["tag_order"] = tag_order
    difference: str | None = None
    with lines.path.open("rb") as file:
        comes_back = True
        given: Iterator[str | None] = chain(lines, repeat(None))
        # One line ahead, since the last line has no line end.
        made: Iterator[str | None] = chain(_plain_lines(record, documents, layout, depth), [None])
        number, written = 0, next(made)
        while written is not None:
            number, following, read = number + 1, next(made), next(given)
            plain = written.removeprefix(BOM) if number == 1 else written
            if layout.line_end == "\n" and following is not None:
                plain = plain.removesuffix("\r")
            if read is not None and _is_reordered(plain, read):
                tag_order[str(number)] = read
                plain = written = _reordered(written, read)
            if read is not None and difference is None and plain != read:
                difference = f"line {number}, “{read}”, becomes “{plain}”"
            if number == 1 and layout.bom and not written.startswith(BOM):
                written = BOM + written
            whole = (written if following is None else written + layout.line_end).encode()
            comes_back = comes_back and file.read(len(whole)) == whole
            written = following
        record["comes_back"] = comes_back and not file.read(1)
    if not record["comes_back"]:
        record["difference"] = difference or "its end, or its line ends, differ"


def _record(look: _Look, ids: list[str], reader: Parser) -> dict[str, Any]:
    """The layout that is needed to write the file again."""
    columns: Columns = reader.columns
    digest, ends, windows_ends, first = hashlib.sha256(), 0, 0, True
    has_bom = False
    with look.path.open("rb") as file:
        for line in file:
            has_bom |= first and line.startswith(BOM.encode())
            first = False
            digest.update(line)
            ends += line.endswith(b"\n")
            windows_ends += line.endswith(b"\r\n")
    layout = Layout(
        "comment" if reader.comments else "docstart" if reader.docstart else "none",
        "words" if reader.comments else "spaces",
        look.separator or " ",
        ragged=len(look.widths) > 1,
        blank_end=look.blank_end,
        dialect=columns.dialect,
        first_index=columns.first_index,
        bom=has_bom,
        line_end="\r\n" if ends == windows_ends > 0 else "\n",
        language=next(iter(reader.languages)) if len(reader.languages) == 1 else None,
    )
    return {
        "file": look.path.name,
        "sha256": digest.hexdigest(),
        "layout": asdict(layout),
        "repaired": reader.stray,
        "ids": ids,
    }
