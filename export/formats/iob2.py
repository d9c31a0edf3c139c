"""Writes IOB2 in columns: one token on each line with its tags, and a column for each level of nested spans.

Sentences are the text's lines, since no sentence splitter is always right; lines that a span connects are one sentence.
Columns are the token, then entities, then claims (tags of CLAIM). Spans are sorted by start, longer ones first, and
each takes the first free column. So outer spans are left of inner ones, as in Wojood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ...annotate.arabic import tokens
from ...annotate.document import Span, columns_of_spans, show_span
from ...configs.errors import InputError
from ...configs.scheme import CLAIM
from ...eval.gold.records import GoldDocument
from .iob2_dialect import IOB2, OUTSIDE, Dialect
from .iob2_parser import DOCSTART

Boundaries = Literal["comment", "docstart", "none"]
Tokens = Literal["words", "spaces"]
# The numbers of columns with tags for entities, and for claims.
Depth = tuple[int, int]

_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# A single token of a corpus may contain a no-break space.
_BETWEEN_SPACES = re.compile("[\\S\u00a0\u2007\u202f]+")
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file.

    `boundaries`: documents begin with comments (`# id = ` and the text as JSON, so that reading the file gives back
    exactly the text), with -DOCSTART-, or without a mark. `tokens`: words and punctuation marks, with proclitics cut
    off at spans; or the pieces between spaces. `ragged`: lines end after their last tag, as in Wojood. `blank_end`: a
    blank line also follows the last sentence. `dialect` is the form of the tags. `first_index` is the number of the
    first token of each sentence, if a column counts tokens. `language` is in a comment of each document. `bom` (the
    file begins with a byte order mark) and `line_end` are for files that are written as they were read.
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


def iob2_lines(
    documents: Iterable[GoldDocument],
    layout: Layout,
    *,
    claims: bool = True,
    stray: Mapping[str, Collection[tuple[int, int]]] | None = None,
    depth: Depth | None = None,
) -> Iterator[str]:
    """The lines of a file, each with its line end. Without `claims`, it has only entities.

    All tokens have as many columns as the deepest document needs, at least one for entities. `stray` has the places
    (token, column) where spans of a document begin with I-, as in the source file. `depth` has the numbers of columns
    for entities and claims; without it, documents are read twice. Raises InputError for a span whose boundary is at no
    token's.
    """
    if depth is None:
        depth = (1, 0)
        for document in documents:
            depth = deeper(depth, document, claims=claims)
    wide, wide_claims = depth
    first = True
    for document in documents:
        text = document.article.text
        spans = [*document.annotation.entities, *(_claims(document) if claims else ())]
        pieces = list(_pieces(text, layout.tokens, {boundary for span in spans for boundary in (span.start, span.end)}))
        columns = _tags(document, document.annotation.entities, wide, pieces)
        columns += _tags(document, _claims(document) if claims else (), wide_claims, pieces)
        for token, column in (stray or {}).get(document.article.id, ()):
            # A file with another order of columns is not restored exactly, but its content is.
            if column < len(columns) and columns[column][token][0] == "B":
                columns[column][token] = "I" + columns[column][token][1:]
        if not first:
            yield "\n"
        elif layout.boundaries == "none" and text[pieces[0][0]] == BOM:
            yield BOM  # otherwise the text's own mark would be read as a byte order mark
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


def deeper(depth: Depth, document: GoldDocument, *, claims: bool = True) -> Depth:
    entities = len(columns_of_spans(document.annotation.entities))
    return max(depth[0], entities), max(depth[1], len(columns_of_spans(_claims(document))) if claims else 0)


def _claims(document: GoldDocument) -> list[Span]:
    return [Span(claim.start, claim.end, CLAIM) for claim in document.annotation.claims]


def _pieces(text: str, kind: Tokens, cuts: Collection[int]) -> Iterator[tuple[int, int]]:
    if kind == "words":
        yield from ((token.start, token.end) for token in tokens(text, cuts))
        return
    for match in _BETWEEN_SPACES.finditer(text):
        boundaries = [match.start(), *sorted(cut for cut in cuts if match.start() < cut < match.end()), match.end()]
        yield from pairwise(boundaries)


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
    """The tokens before which a sentence ends: there is a line break, and no span crosses it."""
    found = {
        n
        for n, (first, second) in enumerate(pairwise(pieces), 1)
        if first[1] != second[0] and _LINE_BREAK.search(text, first[1], second[0])
    }
    if found:
        starts = {n: pieces[n][0] for n in found}
        for span in spans:
            found -= {n for n in found if span.start < starts[n] < span.end}
    return found


def _one_line_json(text: str) -> str:
    """JSON with the line separators escaped that JSON allows in strings."""
    dumped = json.dumps(text, ensure_ascii=False)
    return _LINE_BREAK.sub(lambda match: f"\\u{ord(match[0]):04x}", dumped)


def left_out(layout: Layout, *, claims: bool) -> tuple[str, ...]:
    """What a file cannot hold, in the words of `report`."""
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
