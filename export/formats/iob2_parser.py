"""The lines of an IOB2 file parsed into documents, and all that is wrong with them, by line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...annotate.document import Annotation, Article, Claim, Span
from ...configs.errors import InputError, Problem, numberless
from ...configs.scheme import CLAIM
from ...eval.gold.rows import GoldDocument
from .corpus import Findings

DOCSTART = "-DOCSTART-"
COMMENT = re.compile(r"# (\w+) = (.*)")
_TAG = re.compile(r"O|[BI]-(.+)")
_SOLID = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class _Row:
    """A token's line."""

    number: int
    token: str
    tags: tuple[str, ...]


class Parser:
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
            comment = COMMENT.fullmatch(line)
            if comment:
                if rows:
                    self._problem(number, "is a comment inside a sentence; there must be a blank line before it")
                ignored += comment[1] not in ("id", "text")
            elif line.strip(" \t"):
                row = self._row(number, line)
            marker = bool(comment and comment[1] == "id") or bool(row and row.token == DOCSTART)
            self.docstart |= by_marker and bool(row and row.token == DOCSTART)
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
        if fields[0] == DOCSTART:
            return _Row(number, DOCSTART, ())
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
