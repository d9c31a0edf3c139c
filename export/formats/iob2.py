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
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from ...annotate.arabic import tokens
from ...annotate.document import Annotation, Article, Claim, Span, show_span
from ...configs.errors import InputError, Problem, numberless
from ...configs.files import read_text
from ...configs.scheme import CLAIM
from ...eval.gold.rows import ALL, Gold, GoldDocument
from .corpus import Findings, read_record

Boundaries = Literal["comment", "docstart", "none"]
Tokens = Literal["words", "spaces"]

_DOCSTART = "-DOCSTART-"
_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# What a corpus has as one token may hold a space that does not break.
_BETWEEN_SPACES = re.compile("[\\S\u00a0\u2007\u202f]+")
_COMMENT = re.compile(r"# (\w+) = (.*)")
_TAG = re.compile(r"O|[BI]-(.+)")
_SOLID = re.compile(r"\S")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out.

    `boundaries`: documents begin with comments (`# id = ` and the text as JSON, so that reading the file gives
    back the very text), with -DOCSTART-, or nowhere. `tokens`: words and punctuation marks with proclitics cut off
    at spans, or what stands between spaces. `ragged`: lines end after their last tag, as in Wojood.
    `blank_end`: the last sentence, too, has a blank line after it.
    """

    boundaries: Boundaries = "comment"
    tokens: Tokens = "words"
    separator: str = " "
    ragged: bool = False
    blank_end: bool = False


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
    wide = max((len(_layers(d.annotation.entities)) for d in documents), default=1) or 1
    wide_claims = max((len(_layers(_claims(d))) for d in documents), default=0) if claims else 0
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
            yield f"# text = {_one_line_json(text)}\n"
        elif layout.boundaries == "docstart":
            yield layout.separator.join([_DOCSTART, *["O"] * (1 if layout.ragged else len(columns))]) + "\n\n"
        breaks = _sentence_breaks(text, pieces, spans)
        for n, (start, end) in enumerate(pieces):
            if n in breaks:
                yield "\n"
            tags = [column[n] for column in columns]
            if layout.ragged:
                while len(tags) > 1 and tags[-1] == "O":
                    tags.pop()
            yield layout.separator.join([text[start:end], *tags]) + "\n"
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


def _layers(spans: Iterable[Span]) -> list[list[Span]]:
    """The spans by column: each in the first whose spans have all ended, by start, then the longer first."""
    layers: list[list[Span]] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.label)):
        free = next((layer for layer in layers if layer[-1].end <= span.start), None)
        if free is None:
            layers.append([span])
        else:
            free.append(span)
    return layers


def _tags(
    document: GoldDocument, spans: Iterable[Span], width: int, pieces: Sequence[tuple[int, int]]
) -> list[list[str]]:
    firsts = {start: n for n, (start, _) in enumerate(pieces)}
    lasts = {end: n for n, (_, end) in enumerate(pieces)}
    columns = [["O"] * len(pieces) for _ in range(width)]
    for column, layer in zip(columns, _layers(spans), strict=False):
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
        "titles, outlets, dates, events and other facts",
        "names of annotators",
        *(() if layout.boundaries == "comment" else ("ids and texts as they were",)),
    )


def as_read(gold: Gold, split: str) -> tuple[list[GoldDocument], Iterator[str]]:
    """The documents of a file that the split was read from, and its lines as they were.

    Raises InputError if the gold set was not read from IOB2, or the split is from several files, or from a part of one.
    """
    documents = {document.article.id: document for document in gold.split(split)}
    records = [record for record in read_record(gold, "iob2") if not documents.keys().isdisjoint(record["ids"])]
    if len(records) > 1:
        raise InputError(f"{gold.path}: {split} was read from {len(records)} files; choose one split with --split")
    (record,) = records
    if set(record["ids"]) != documents.keys():
        raise InputError(
            f"{gold.path}: {split} is only a part of {record['file']}; the whole of it is in --split {ALL}"
        )
    return [documents[name] for name in record["ids"]], _as_read_lines(record, documents)


def _as_read_lines(record: Mapping[str, Any], documents: Mapping[str, GoldDocument]) -> Iterator[str]:
    """The lines of a file as they were: `record` is its entry in corpus.json."""
    stray: dict[str, list[tuple[int, int]]] = {}
    for place in record["repaired"]:
        stray.setdefault(place["id"], []).append((place["token"], place["column"]))
    return iob2_lines([documents[name] for name in record["ids"]], Layout(**record["layout"]), stray=stray)


# --- reading ---


@dataclass(frozen=True, slots=True)
class _Row:
    """A token's line."""

    number: int
    token: str
    tags: tuple[str, ...]


def read_iob2(
    path: Path,
    known: Collection[str] | None,
    findings: Findings,
    *,
    repair: bool = False,
    per: Literal["marker", "sentence"] | None = None,
    tags: Sequence[int] = (),
) -> Iterator[GoldDocument]:
    """The documents of a file with a token and its tags in each line, blank lines between sentences.

    Columns are parted by tabs, or else by spaces. `tags` are the numbers of the tag columns, from 1; all but the
    first if left out. A tag goes on (I-) with what stands in its own column on the line before. Where it cannot,
    that is a problem with its line, or with `repair` the begin of a span, as conlleval reads it.

    A document is what stands after `# id = ` or -DOCSTART- (`per` marker), or each sentence; without `per`, that
    is told by whether the file has markers. Its text is the `# text = ` that iob2_lines writes, or its tokens with
    a space between, a line for each sentence. Ids are `# id = `, or the file's name and a running number.
    """
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    marked = any(line.startswith((_DOCSTART, "# id = ")) for line in lines)
    if per == "marker" and not marked:
        raise InputError(f"{path}: has neither `# id = ` nor {_DOCSTART}; read it with `--per sentence`")
    reader = _Reader(path, known, findings, repair, tags)
    documents = list(reader.documents(lines, by_marker=marked if per is None else per == "marker"))
    if not findings.problems:
        findings.files.append(_record(path, documents, reader, lines))
        again = "".join(_as_read_lines(findings.files[-1], {d.article.id: d for d in documents}))
        findings.files[-1]["comes_back"] = path.read_bytes() in (again.encode(), (_BOM + again).encode())
        if not findings.files[-1]["comes_back"]:
            findings.notes.append(f"{path}: {_difference(again, lines)}")
    yield from documents


class _Reader:
    """What is kept from line to line."""

    def __init__(
        self, path: Path, known: Collection[str] | None, findings: Findings, repair: bool, tags: Sequence[int]
    ) -> None:
        self.path = path
        self.known = None if known is None else {None, CLAIM, *known}
        self.there_are = ", ".join(known or ())
        self.findings = findings
        self.repair = repair
        self.tags = tags
        self.stray: list[dict[str, Any]] = []
        self.comments = self.docstart = False

    def documents(self, lines: Sequence[str], *, by_marker: bool) -> Iterator[GoldDocument]:
        """All documents of the file."""
        parts = list(self._parts(lines, by_marker=by_marker))
        width = len(str(len(parts)))
        stem = re.sub(r"\s+", "_", self.path.name.removesuffix(self.path.suffix)) or "document"
        for number, (name, text, sentences) in enumerate(parts, 1):
            yield from self._document(name or f"{stem}-{number:0{width}d}", text, sentences)

    def _parts(
        self, lines: Sequence[str], *, by_marker: bool
    ) -> Iterator[tuple[str | None, str | None, list[list[_Row]]]]:
        """Each document's id and text, if told, and its sentences."""
        name: str | None = None
        text: str | None = None
        sentences: list[list[_Row]] = []
        rows: list[_Row] = []
        ignored = 0
        for number, line in enumerate([*lines, ""], 1):
            row = None
            comment = _COMMENT.fullmatch(line)
            if comment:
                if rows:
                    self._problem(number, "is a comment inside a sentence; there must be a blank line before it")
                ignored += comment[1] not in ("id", "text")
            elif line.strip(" \t"):
                row = self._row(number, line)
            marker = bool(comment and comment[1] == "id") or bool(row and row.token == _DOCSTART)
            self.docstart |= by_marker and bool(row and row.token == _DOCSTART)
            if row and not marker:
                rows.append(row)
                continue
            if rows:
                sentences.append(rows)
                rows = []
            if sentences and (marker or not by_marker):
                yield name, text, sentences
                name, text, sentences = None, None, []
            if marker and name is not None:
                self._problem(number, f"the document {name} before it has no tokens")
                name = None
            if by_marker and comment and comment[1] == "id":
                self.comments = True
                name = comment[2]
            elif by_marker and comment and comment[1] == "text":
                text = self._text(number, comment[2])
        if sentences:
            yield name, text, sentences
        if ignored:
            self.findings.notes.append(f"{self.path}: {ignored} comment lines other than id and text are not kept")

    def _problem(self, number: int, problem: str) -> None:
        kind = re.sub(r"“.*?”", "“”", numberless(problem))
        self.findings.problems.append(Problem(f"{self.path}:{number}", problem, kind))

    def _text(self, number: int, value: str) -> str | None:
        try:
            text = json.loads(value)
        except ValueError:
            text = None
        if not isinstance(text, str):
            self._problem(number, "the text is not a JSON string")
            return None
        return text

    def _row(self, number: int, line: str) -> _Row | None:
        fields = line.rstrip("\t ").split("\t") if "\t" in line else line.strip(" ").split(" ")
        fields = [fields[0], *filter(None, fields[1:])]
        if fields[0] == _DOCSTART:
            return _Row(number, _DOCSTART, ())
        if not fields[0].strip():
            self._problem(number, "has no token before its tags")
            return None
        if max(self.tags, default=2) > len(fields):
            self._problem(number, f"has {len(fields)} of the columns only: a token needs a tag, such as O")
            return None
        tags = [fields[n - 1] for n in self.tags] if self.tags else fields[1:]
        for tag in tags:
            match = _TAG.fullmatch(tag)
            if not match:
                self._problem(
                    number,
                    f"{tag} is no IOB2 tag (O, B-LABEL or I-LABEL); say which columns have tags, as in --tags 4",
                )
                return None
            if self.known is not None and match[1] not in self.known:
                self._problem(number, f"no label {match[1]}; there are {self.there_are}")
                return None
        return _Row(number, fields[0], tuple(tags))

    def _document(self, name: str, text: str | None, sentences: Sequence[Sequence[_Row]]) -> Iterator[GoldDocument]:
        starts = self._starts(text, sentences)
        if text is None:
            text = "\n".join(" ".join(row.token for row in rows) for rows in sentences)
        spans: list[Span] = []
        n = 0
        for rows in sentences:
            before: list[int | None] = []  # what each column has on the line before, as a position in spans
            for row in rows:
                start, end = starts[n], starts[n] + len(row.token)
                opened: list[int | None] = []
                for column, tag in enumerate(row.tags):
                    at = before[column] if column < len(before) else None
                    if tag == "O":
                        opened.append(None)
                    elif tag[0] == "I" and at is not None and spans[at].label == tag[2:]:
                        spans[at] = replace(spans[at], end=end)
                        opened.append(at)
                    else:
                        if tag[0] == "I":
                            self._stray(name, row, n, column)
                        opened.append(len(spans))
                        spans.append(Span(start, end, tag[2:]))
                before = opened
                n += 1
        try:
            article = Article(name, text)
        except InputError as error:
            self._problem(sentences[0][0].number, "; ".join(error.problems))
            return
        entities = tuple(sorted(span for span in spans if span.label != CLAIM))
        claims = tuple(Claim(span.start, span.end) for span in sorted(spans) if span.label == CLAIM)
        yield GoldDocument(article, (), Annotation(name, "gold", entities, claims))

    def _starts(self, text: str | None, sentences: Sequence[Sequence[_Row]]) -> list[int]:
        """Where each token stands in the text."""
        starts: list[int] = []
        at = 0
        for row in (row for rows in sentences for row in rows):
            if text is not None:
                at = _next(text, at)
                if not text.startswith(row.token, at):
                    self._problem(row.number, f"{row.token} does not stand next in the text of the document")
                    return [0] * sum(map(len, sentences))
            starts.append(at)
            at += len(row.token) + (text is None)
        if text is not None and _next(text, at) < len(text):
            self._problem(sentences[-1][-1].number, "the document's text goes on after its last token")
        return starts

    def _stray(self, name: str, row: _Row, token: int, column: int) -> None:
        tag = row.tags[column]
        if self.repair:
            self.findings.repaired.append(f"{self.path}:{row.number}: {tag} of “{row.token}” was read as B{tag[1:]}")
            self.stray.append({"id": name, "token": token, "column": column})
        else:
            self._problem(
                row.number,
                f"{tag} of “{row.token}” goes on with no {tag[2:]} in its column on the line before; "
                f"mend it, or have it read as B{tag[1:]} with --repair",
            )


def _next(text: str, at: int) -> int:
    """Where the next character stands that is no white space; the text's end if there is none."""
    match = _SOLID.search(text, at)
    return match.start() if match else len(text)


def _record(path: Path, documents: Sequence[GoldDocument], reader: _Reader, lines: Sequence[str]) -> dict[str, Any]:
    """What it takes to write the file again."""
    first = next((line for line in lines if line.strip() and not _COMMENT.fullmatch(line)), "")
    separator = "\t" if "\t" in first else " "
    widths = {line.count(separator) for line in lines if line.strip() and not _COMMENT.fullmatch(line)}
    layout = Layout(
        "comment" if reader.comments else "docstart" if reader.docstart else "none",
        "words" if reader.comments else "spaces",
        separator,
        ragged=len(widths) > 1,
        blank_end=lines[-2:] == ["", ""],
    )
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "layout": asdict(layout),
        "repaired": reader.stray,
        "ids": [document.article.id for document in documents],
    }


def _difference(again: str, lines: Sequence[str]) -> str:
    for number, (ours, theirs) in enumerate(zip(again.split("\n"), lines, strict=False), 1):
        if ours != theirs:
            return f"--as-read will not give line {number} back as it is: “{theirs}” will be “{ours}”"
    return "--as-read will not give its end, or its line ends, back as they are"
