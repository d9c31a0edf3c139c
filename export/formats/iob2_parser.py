"""Parses the lines of an IOB2 file into documents, and reports every problem with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from ...annotate.document import Annotation, Article, Claim, Span
from ...configs.errors import InputError, Problem, numberless
from ...configs.scheme import CLAIM
from ...configs.visible import counted
from ...eval.gold.rows import GoldDocument
from .corpus import Findings
from .iob2_dialect import ALONE, BEGIN, CONLLU_COLUMNS, END, GOES_ON, OUTSIDE, SAME, Columns, fields_of

DOCSTART = "-DOCSTART-"
# `# id = `, `# language = ` and `# text = ` are written by iob2_lines; the others are from CoNLL-U.
COMMENT = re.compile(r"# (\w+|newdoc id) = (.*)")
_CONLLU_COMMENT = re.compile(r"#.*")
_SOLID = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class _Row:
    """A token's line."""

    number: int
    token: str
    tags: tuple[str, ...]
    # The meaning and label of each tag: see Dialect.parse.
    parsed: tuple[tuple[str, str], ...] = ()
    space_after: bool = True
    # The first of the parts of a word in CoNLL-U.
    is_part: bool = False
    # For the first token of a sentence: the sentence's text, from a comment above.
    sentence: str | None = None


@dataclass(slots=True)
class _Open:
    """The span of a column: its position in the list of spans, and whether it may continue."""

    at: int
    goes_on: bool
    row: _Row


class Parser:
    """The state of the parser between lines."""

    def __init__(
        self, path: Path, known: Collection[str] | None, findings: Findings, repair: bool, columns: Columns
    ) -> None:
        self.path = path
        self.known = None if known is None else {CLAIM, *known}
        self.there_are = ", ".join(known or ())
        self.findings = findings
        self.repair = repair
        self.columns = columns
        self.stray: list[dict[str, Any]] = []
        self.comments = self.docstart = False
        self.languages: set[str] = set()
        self.in_parts = 0
        self.misfits = 0
        self.begins_parts = False
        self.begun = False

    def documents(self, lines: Iterable[str], *, by_marker: bool) -> Iterator[GoldDocument]:
        """All documents of the file. The lines are read a second time if a document has no name."""
        width = 0
        stem = re.sub(r"\s+", "_", self.path.name.removesuffix(self.path.suffix)) or "document"
        for number, (name, text, sentences) in enumerate(self._parts(lines, by_marker=by_marker), 1):
            if not name and not width:  # numbers have as many digits as the last one
                another = Parser(self.path, self.known, Findings(), self.repair, self.columns)
                width = len(str(sum(1 for _ in another._parts(lines, by_marker=by_marker))))
            yield from self._document(name or f"{stem}-{number:0{width}d}", text, sentences)

    def _parts(
        self, lines: Iterable[str], *, by_marker: bool
    ) -> Iterator[tuple[str | None, str | None, list[list[_Row]]]]:
        """Each document's id and text, if the file has them, and its sentences."""
        is_conllu = self.columns.is_conllu
        marker_key = "newdoc id" if is_conllu else "id"
        name: str | None = None
        text: str | None = None
        sentences: list[list[_Row]] = []
        sentence: str | None = None
        rows: list[_Row] = []
        ignored = 0
        for number, line in enumerate(chain(lines, [""]), 1):
            row = None
            comment = COMMENT.fullmatch(line)
            if comment or (is_conllu and _CONLLU_COMMENT.fullmatch(line)):
                if rows:
                    self._problem(number, "is a comment inside a sentence; there must be a blank line before it")
                ignored += not comment or comment[1] not in (marker_key, "text", "language")
                if comment and comment[1] == "language":
                    self.languages.add(comment[2].strip())
            elif line.strip(" \t"):
                row = self._row(number, line)
                if row is None:
                    continue  # this token is left out, but the sentence continues
            marker = bool(comment and comment[1] == marker_key) or bool(row and row.token == DOCSTART)
            self.docstart |= by_marker and bool(row and row.token == DOCSTART)
            if row and not marker:
                rows.append(row if sentence is None else replace(row, sentence=sentence))
                sentence = None
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
            if by_marker and comment and comment[1] == marker_key:
                self.comments = True
                name = comment[2]
            elif comment and comment[1] == "text":
                if self.comments and not is_conllu:
                    text = self._text(number, comment[2])
                else:
                    sentence = comment[2]
        if sentences:
            yield name, text, sentences
        if self.misfits:
            sentences_ = counted(self.misfits, "sentence has", "sentences have")
            self.findings.notes.append(
                f"{self.path}: {sentences_} other words in `# text` than tokens; there the tokens were joined by spaces"
            )
        if self.in_parts:
            words = f"{counted(self.in_parts, 'word')} that CoNLL-U splits into parts"
            self.findings.notes.append(f"{self.path}: {words}: the text has the parts, with spaces between")
        if ignored:
            lines = counted(ignored, "comment line")
            self.findings.notes.append(f"{self.path}: {lines} other than id and text not kept")

    def _problem(self, number: int, problem: str) -> None:
        kind = re.sub(r"“.*?”", "“”", numberless(problem))
        self.findings.problems.append(Problem(f"{self.path}:{number}", problem, kind))

    def _text(self, number: int, value: str) -> str | None:
        if not _is_json(value):
            self._problem(number, "the text is not a JSON string")
            return None
        return json.loads(value)

    def _row(self, number: int, line: str) -> _Row | None:
        columns = self.columns
        fields = fields_of(line)
        if fields[0] == DOCSTART:
            return _Row(number, DOCSTART, ())
        if columns.heading and not self.begun:
            self.begun = True
            self.findings.notes.append(f"{self.path}:{number}: names the columns, and is not a token")
            return None
        if columns.is_conllu and not fields[0].isdecimal():
            self.begins_parts = "-" in fields[0]
            return None  # a word whose parts follow, or a word that is not in the text
        is_part, self.begins_parts = self.begins_parts, False
        token = fields[columns.token - 1] if len(fields) >= columns.token else ""
        if not token.strip():
            if self.repair:
                self.findings.repaired.append(f"{self.path}:{number}: has no token, and was left out")
            else:
                self._problem(number, "has no token before its tags; mend it, or give --repair to leave it out")
            return None
        tags = columns.tags_of(fields)
        if tags is None:
            message = f"has {len(fields)} of the columns: a token needs a tag, such as O"
            self._problem(number, message + _on_commas(line))
            return None
        parsed: list[tuple[str, str]] = []
        for tag in tags:
            meaning = (OUTSIDE, "") if tag == OUTSIDE else columns.dialect.parse(tag)
            if meaning is None:
                choose = f"; say which columns have tags, as in --tags {len(fields)}" if len(tags) > 1 else ""
                if number == 1 and tag.isalpha():
                    choose = "; if the line names the columns, delete it" + choose
                self._problem(number, f"{tag} is not a tag of {columns.dialect.name} (O, {self._examples()}){choose}")
                return None
            if self.known is not None and meaning[1] not in self.known and tag != OUTSIDE:
                self._problem(number, f"no label {meaning[1]}; there are {self.there_are}")
                return None
            parsed.append(meaning)
        space_after = not columns.is_conllu or "SpaceAfter=No" not in fields[-1].split("|")
        return _Row(number, token, tuple(tags), tuple(parsed), space_after, is_part)

    def _examples(self) -> str:
        dialect = self.columns.dialect
        meanings = (BEGIN, GOES_ON, END, ALONE) if dialect.has_ends else (BEGIN, GOES_ON)
        *most, last = dict.fromkeys(dialect.tag(meaning, "LABEL") for meaning in meanings)
        return f"{', '.join(most)} or {last}" if most else f"or {last}"

    def _document(self, name: str, text: str | None, sentences: Sequence[Sequence[_Row]]) -> Iterator[GoldDocument]:
        if text is None:
            text, starts = self._joined(sentences)
        else:
            starts = self._starts(text, sentences)
        spans: list[Span] = []
        n = 0
        for rows in sentences:
            before: list[_Open | None] = []  # the span in each column of the line before
            for row in rows:
                start, end = starts[n], starts[n] + len(row.token)
                opened: list[_Open | None] = []
                for column, (says, label) in enumerate(row.parsed):
                    last = before[column] if column < len(before) else None
                    may_go_on = last is not None and last.goes_on and spans[last.at].label == label
                    if last and last.goes_on and (says in (OUTSIDE, BEGIN, ALONE) or not may_go_on):
                        self._unended(last.row, column)
                    if says == OUTSIDE:
                        opened.append(None)
                    elif last is not None and may_go_on and says in (GOES_ON, END, SAME):
                        spans[last.at] = replace(spans[last.at], end=end)
                        opened.append(_Open(last.at, says != END, row))
                    else:
                        if says in (GOES_ON, END):
                            self._stray(name, row, n, column)
                        opened.append(_Open(len(spans), says not in (ALONE, END), row))
                        spans.append(Span(start, end, label))
                before = opened
                n += 1
            for column, last in enumerate(before):
                if last and last.goes_on:
                    self._unended(last.row, column)
        try:
            article = Article(name, text)
        except InputError as error:
            self._problem(sentences[0][0].number, "; ".join(error.problems))
            return
        entities = tuple(sorted(span for span in spans if span.label != CLAIM))
        claims = tuple(Claim(span.start, span.end) for span in sorted(spans) if span.label == CLAIM)
        yield GoldDocument(article, (), Annotation(name, "gold", entities, claims))

    def _starts(self, text: str, sentences: Sequence[Sequence[_Row]]) -> list[int]:
        """The place of each token in the text."""
        rows = [row for rows in sentences for row in rows]
        starts = _starts_in(text, rows)
        if len(starts) < len(rows):
            row = rows[len(starts)]
            self._problem(row.number, f"{row.token} is not the next word in the text of the document")
            return [0] * len(rows)
        if _next(text, starts[-1] + len(rows[-1].token)) < len(text):
            self._problem(rows[-1].number, "the document's text continues after its last token")
        return starts

    def _joined(self, sentences: Sequence[Sequence[_Row]]) -> tuple[str, list[int]]:
        """The text of a document that has none, with a line for each sentence; and the place of each token.

        A sentence is its `# text = ` if that has exactly its tokens; otherwise its tokens, with spaces between them.
        """
        starts: list[int] = []
        lines: list[str] = []
        at = 0
        for rows in sentences:
            given = rows[0].sentence
            line = "" if given is None else given.strip()
            inside = _starts_in(line, rows)
            if len(inside) < len(rows) or inside[-1] + len(rows[-1].token) < len(line):
                self.misfits += given is not None and not _is_json(given)
                self.in_parts += sum(row.is_part for row in rows)
                # Space after the last token is not part of the line.
                pieces = [row.token + (" " if row.space_after else "") for row in rows[:-1]]
                inside = [0, *accumulate(map(len, pieces))]
                line = "".join((*pieces, rows[-1].token))
            starts += (at + start for start in inside)
            lines.append(line)
            at += len(line) + 1
        return "\n".join(lines), starts

    def _stray(self, name: str, row: _Row, token: int, column: int) -> None:
        dialect, tag, (says, label) = self.columns.dialect, row.tags[column], row.parsed[column]
        read_as = dialect.tag(ALONE if says == END else BEGIN, label)
        if self.repair:
            self.findings.repaired.append(f"{self.path}:{row.number}: {tag} of “{row.token}” was read as {read_as}")
            self.stray.append({"id": name, "token": token, "column": column})
        else:
            self._problem(
                row.number,
                f"{tag} of “{row.token}” continues a {label} that is not in its column on the line before; "
                f"mend it, or give --repair to read it as {read_as}",
            )

    def _unended(self, row: _Row, column: int) -> None:
        """Checks that a span has its end, in a dialect that marks ends."""
        dialect, label = self.columns.dialect, row.parsed[column][1]
        if not dialect.has_ends:
            return
        end, tag = dialect.tag(END, label), row.tags[column]
        if self.repair:
            self.findings.repaired.append(
                f"{self.path}:{row.number}: {tag} of “{row.token}” was read as the span's end"
            )
        else:
            self._problem(
                row.number,
                f"no {end} ends the span of {tag} of “{row.token}”; mend it, or give --repair to end it here",
            )


def _starts_in(text: str, rows: Sequence[_Row]) -> list[int]:
    """The places of the tokens in the text, with only white space between them, up to the first missing token."""
    starts: list[int] = []
    at = 0
    for row in rows:
        at = _next(text, at)
        if not text.startswith(row.token, at):
            break
        starts.append(at)
        at += len(row.token)
    return starts


def sentences_of(lines: Iterable[str]) -> Iterator[list[list[str]]]:
    """The fields of the lines with tokens, by sentence, whatever the columns mean.

    The lines are read twice.
    """
    has_comments = any(line.count("\t") == CONLLU_COLUMNS - 1 for line in lines)
    rows: list[list[str]] = []
    for line in lines:
        if not line.strip(" \t"):
            if rows:
                yield rows
            rows = []
        elif not (COMMENT.fullmatch(line) or line.startswith(DOCSTART) or (has_comments and line.startswith("#"))):
            rows.append(fields_of(line))
    if rows:
        yield rows


def _is_json(value: str) -> bool:
    """Whether the comment is from iob2_lines: the text of a whole document."""
    try:
        return isinstance(json.loads(value), str)
    except ValueError:
        return False


def _next(text: str, at: int) -> int:
    """The place of the next character that is not white space; the text's end if there is none."""
    match = _SOLID.search(text, at)
    return match.start() if match else len(text)


def _on_commas(line: str) -> str:
    is_table = "," in line.strip(",")
    return "; columns are separated by tabs or spaces, not by commas" if is_table else ""
