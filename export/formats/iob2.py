"""IOB2 in columns: a token a line with its tags, a column for each layer of nested spans; written and read.

Sentences are the text's lines, since no sentence splitter is right everywhere; lines that a span joins stay one.
Columns: the token, then entities, then claims (tags of CLAIM). Spans take, by start and the longer first, the
first column that is free, so outer spans stand left of inner ones, as in Wojood.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from ...annotate.arabic import tokens
from ...annotate.document import Span, columns_of_spans, show_span
from ...configs.errors import InputError, within
from ...configs.files import read_text
from ...configs.scheme import CLAIM
from ...eval.gold.records import ALL, Gold, GoldDocument
from .corpus import Findings, as_record, read_record
from .iob2_dialect import IOB2, OUTSIDE, Columns, Dialect, columns_of
from .iob2_parser import COMMENT, DOCSTART, Parser, sentences_of

Boundaries = Literal["comment", "docstart", "none"]
Tokens = Literal["words", "spaces"]

_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# What a corpus has as one token may hold a space that does not break.
_BETWEEN_SPACES = re.compile("[\\S\u00a0\u2007\u202f]+")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out.

    `boundaries`: documents begin with comments (`# id = ` and the text as JSON, so that reading the file gives
    back the very text), with -DOCSTART-, or nowhere. `tokens`: words and punctuation marks with proclitics cut off
    at spans, or what stands between spaces. `ragged`: lines end after their last tag, as in Wojood.
    `blank_end`: the last sentence, too, has a blank line after it. `dialect` is how its tags are written, and
    `first_index` the number of the first token of each sentence, if there is a column that counts them. `language`
    stands in a comment of each document. `bom` (the file begins with a byte order mark) and `line_end` are for files
    that are written as they were read.
    """

    boundaries: Boundaries = "comment"
    tokens: Tokens = "words"
    separator: str = " "
    ragged: bool = False
    blank_end: bool = False
    dialect: Dialect = IOB2
    first_index: int | None = None
    bom: bool = False
    line_end: str = "\n"
    language: str | None = None


# --- writing ---


def iob2_lines(
    documents: Sequence[GoldDocument],
    layout: Layout,
    *,
    claims: bool = True,
    stray: Mapping[str, Collection[tuple[int, int]]] | None = None,
) -> Iterator[str]:
    """The lines of a file, each with its end. Without `claims`, there are entities only.

    All tokens have the columns that the deepest document needs, at least one for entities. `stray` has the places
    (token, column) where a document's spans begin with I-, as they did in the file that it was read from.
    Raises InputError for a span whose edge is at no token's.
    """
    wide = max((len(columns_of_spans(d.annotation.entities)) for d in documents), default=1) or 1
    wide_claims = max((len(columns_of_spans(_claims(d))) for d in documents), default=0) if claims else 0
    first = True
    for document in documents:
        text = document.article.text
        spans = [*document.annotation.entities, *(_claims(document) if claims else ())]
        pieces = list(_pieces(text, layout.tokens, {edge for span in spans for edge in (span.start, span.end)}))
        columns = _tags(document, document.annotation.entities, wide, pieces)
        columns += _tags(document, _claims(document) if claims else (), wide_claims, pieces)
        for token, column in (stray or {}).get(document.article.id, ()):
            # A file whose columns are in another order does not come back as it was, but it does come back.
            if column < len(columns) and columns[column][token][0] == "B":
                columns[column][token] = "I" + columns[column][token][1:]
        if not first:
            yield "\n"
        elif layout.boundaries == "none" and text[pieces[0][0]] == _BOM:
            yield _BOM  # or it would be taken for a byte order mark
        first = False
        if layout.boundaries == "comment":
            yield f"# id = {document.article.id}\n"
            if layout.language:
                yield f"# language = {layout.language}\n"
            yield f"# text = {_one_line_json(text)}\n"
        elif layout.boundaries == "docstart":
            yield layout.separator.join([DOCSTART, *["O"] * (1 if layout.ragged else len(columns))]) + "\n\n"
        breaks = _sentence_breaks(text, pieces, spans)
        columns = [layout.dialect.of_iob2(column) for column in columns]
        index = layout.first_index
        for n, (start, end) in enumerate(pieces):
            if n in breaks:
                yield "\n"
                index = layout.first_index
            tags = [column[n] for column in columns]
            if layout.ragged:
                while len(tags) > 1 and tags[-1] == OUTSIDE:
                    tags.pop()
            fields = [text[start:end], *tags]
            if index is not None:
                fields.insert(0, str(index))
                index += 1
            yield layout.separator.join(fields) + "\n"
    if layout.blank_end:
        yield "\n"


def _claims(document: GoldDocument) -> list[Span]:
    return [Span(claim.start, claim.end, CLAIM) for claim in document.annotation.claims]


def _pieces(text: str, kind: Tokens, cuts: Collection[int]) -> Iterator[tuple[int, int]]:
    if kind == "words":
        yield from ((token.start, token.end) for token in tokens(text, cuts))
        return
    for match in _BETWEEN_SPACES.finditer(text):
        edges = [match.start(), *sorted(cut for cut in cuts if match.start() < cut < match.end()), match.end()]
        yield from pairwise(edges)


def _tags(
    document: GoldDocument, spans: Iterable[Span], width: int, pieces: Sequence[tuple[int, int]]
) -> list[list[str]]:
    firsts = {start: n for n, (start, _) in enumerate(pieces)}
    lasts = {end: n for n, (_, end) in enumerate(pieces)}
    columns = [["O"] * len(pieces) for _ in range(width)]
    for column, layer in zip(columns, columns_of_spans(spans), strict=False):
        for span in layer:
            begin, end = firsts.get(span.start), lasts.get(span.end)
            if begin is None or end is None:
                shown = show_span(span.start, span.end, span.label, document.article.text)
                raise InputError(f"article {document.article.id}: {shown}: begins or ends where no token can")
            column[begin : end + 1] = [f"B-{span.label}"] + [f"I-{span.label}"] * (end - begin)
    return columns


def _sentence_breaks(text: str, pieces: Sequence[tuple[int, int]], spans: Iterable[Span]) -> set[int]:
    """The tokens before which a sentence ends: there is a line break, and no span across it."""
    found = {
        n
        for n, (one, other) in enumerate(pairwise(pieces), 1)
        if one[1] != other[0] and _LINE_BREAK.search(text, one[1], other[0])
    }
    if found:
        starts = {n: pieces[n][0] for n in found}
        for span in spans:
            found -= {n for n in found if span.start < starts[n] < span.end}
    return found


def _one_line_json(text: str) -> str:
    """JSON without the line breaks that it allows in strings."""
    dumped = json.dumps(text, ensure_ascii=False)
    return _LINE_BREAK.sub(lambda match: f"\\u{ord(match[0]):04x}", dumped)


def left_out(layout: Layout, *, claims: bool) -> tuple[str, ...]:
    """What a file has no place for, in the words of `report`."""
    return (
        *(() if claims else ("claims",)),
        "stances of claims",
        "sources of claims",
        "notes",
        "event claims that claims are about",
        "article stances",
        "event claims",
        "events of articles",
        "titles, outlets, dates and other facts",
        "names of annotators",
        *(() if layout.boundaries == "comment" else ("ids and texts as they were",)),
    )


def as_read(gold: Gold, split: str) -> tuple[list[GoldDocument], list[str], list[str]]:
    """The documents of a file that the split was read from, its lines as they were, and a note if not all are.

    Raises InputError if the gold set was not read from IOB2, or the split is from several files, or from a part of one.
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
        lines = list(_as_read_lines(record, documents))
        notes: list[str] = []
        if hashlib.sha256("".join(lines).encode()).hexdigest() != record["sha256"]:
            why = record.get("difference", "the gold set differs from what was read")
            notes.append(f"this is not the very file {record['file']} that was read: {why}")
        return [documents[name] for name in record["ids"]], lines, notes


def _as_read_lines(record: Mapping[str, Any], documents: Mapping[str, GoldDocument]) -> Iterator[str]:
    """The lines of a file as they were: `record` is its entry in corpus.json."""
    stray: dict[str, list[tuple[int, int]]] = {}
    for place in record["repaired"]:
        stray.setdefault(place["id"], []).append((place["token"], place["column"]))
    given: dict[str, Any] = dict(record["layout"])
    dialect = Dialect(**given.pop("dialect", {}))
    layout = Layout(**given, dialect=dialect)
    lines = "".join(iob2_lines([documents[name] for name in record["ids"]], layout, stray=stray)).split("\n")
    # Tags of one token that stood in another order: of equal spans, a gold set does not say which comes first.
    for number, line in record.get("tag_order", {}).items():
        if _is_reordered(lines[int(number) - 1], line):
            lines[int(number) - 1] = line
    # A text that begins with the mark has one before it already.
    yield (_BOM if layout.bom and not lines[0].startswith(_BOM) else "") + layout.line_end.join(lines)


def _is_reordered(line: str, other: str) -> bool:
    return line != other and sorted(line.split()) == sorted(other.split())


# --- reading ---


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

    Columns are parted by tabs, or else by spaces. `token` is the number of the tokens' column, from 1, and `tags`
    those of the tags' columns. Without them, tokens stand first, or behind a column that counts them, and all other
    columns are tags; CoNLL-U is known by its columns. The dialect of the tags (iob2_dialect.py) is found. A tag
    goes on (I-) with what stands in its own column on the line before. Where it cannot, that is a problem with its
    line, or with `repair` the begin of a span, as conlleval reads it. `repair` also leaves out lines without a token,
    and lets spans end that lack their end.

    A document is what stands after `# id = ` or -DOCSTART- (`per` marker), or each sentence; without `per`, that
    is told by whether the file has markers. Its text is the `# text = ` that iob2_lines writes, or its tokens with
    a space between, a line for each sentence. Ids are `# id = `, or the file's name and a running number.
    """
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    try:
        columns = columns_of(sentences_of(lines), token, tags)
    except InputError as error:
        raise InputError(*within(str(path), error.problems)) from None
    markers = ("# newdoc id = ",) if columns.is_conllu else (DOCSTART, "# id = ")
    marked = any(line.startswith(markers) for line in lines)
    if per == "marker" and not marked:
        raise InputError(f"{path}: has neither `# id = ` nor {DOCSTART}; read it with `--per sentence`")
    reader = Parser(path, known, findings, repair, columns)
    documents = list(reader.documents(lines, by_marker=marked if per is None else per == "marker"))
    for language in reader.languages:
        findings.note_language(language)
    if not findings.problems:
        record = _record(path, documents, reader, lines)
        findings.files.append(record)
        by_id = {document.article.id: document for document in documents}
        again = _lines_of("".join(_as_read_lines(record, by_id)))
        record["tag_order"] = {
            str(number): line
            for number, (other, line) in enumerate(zip(again, lines, strict=False), 1)
            if _is_reordered(other, line)
        }
        again = "".join(_as_read_lines(record, by_id))
        record["comes_back"] = path.read_bytes() == again.encode()
        if not record["comes_back"]:
            record["difference"] = _difference(_lines_of(again), lines)
            findings.notes.append(f"{path}: --as-read will not write the very file: {record['difference']}")
    yield from documents


def _record(path: Path, documents: Sequence[GoldDocument], reader: Parser, lines: Sequence[str]) -> dict[str, Any]:
    """What it takes to write the file again."""
    columns: Columns = reader.columns
    first = next((line for line in lines if line.strip() and not COMMENT.fullmatch(line)), "")
    separator = "\t" if "\t" in first else " "
    widths = {line.count(separator) for line in lines if line.strip() and not COMMENT.fullmatch(line)}
    content = path.read_bytes()
    layout = Layout(
        "comment" if reader.comments else "docstart" if reader.docstart else "none",
        "words" if reader.comments else "spaces",
        separator,
        ragged=len(widths) > 1,
        blank_end=lines[-2:] == ["", ""],
        dialect=columns.dialect,
        first_index=columns.first_index,
        bom=content.startswith(_BOM.encode()),
        line_end="\r\n" if content.count(b"\n") == content.count(b"\r\n") > 0 else "\n",
        language=next(iter(reader.languages)) if len(reader.languages) == 1 else None,
    )
    return {
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "layout": asdict(layout),
        "repaired": reader.stray,
        "ids": [document.article.id for document in documents],
    }


def _lines_of(content: str) -> list[str]:
    return content.removeprefix(_BOM).replace("\r\n", "\n").split("\n")


def _difference(again: Sequence[str], lines: Sequence[str]) -> str:
    for number, (written, read) in enumerate(zip(again, lines, strict=False), 1):
        if written != read:
            return f"line {number}, “{read}”, becomes “{written}”"
    return "its end, or its line ends, differ"
