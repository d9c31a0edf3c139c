"""Detects the layout of a file of tokens and tags: its columns, and the dialect of its tags.

A tag says that a span begins, continues, ends, or is alone on a token. Dialects differ in the letters for these
meanings, and in the place of the letter: B-PER, B_PER, PER-B. In IO, a tag is only the label, or always I-PER, and
equal tags side by side are one span.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...configs.errors import InputError
from ...configs.files import counting_number

Name = Literal["IOB2", "IOBES", "BILOU", "BMES", "IO", "IO with I"]

OUTSIDE = "O"
BEGIN, GOES_ON, END, ALONE, SAME = "B", "I", "E", "S", "="
# The letters of each dialect for: begins, continues, ends, is alone.
_LETTERS: dict[Name, str] = {"IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU", "BMES": "BMES"}
_MEANING = BEGIN + GOES_ON + END + ALONE
_LETTER_FIRST = re.compile(r"[BIESLUM](?:[^\w\s].*)?")
_ANY_TAG = re.compile(r"[BIESLUM][-_].+|.+[-_][BIESLUM]")
_CONLLU_ID = re.compile(r"\d+([-.]\d+)?")
_CONLLU_NER = re.compile(r"(?:^|\|)NER=([^|]*)", re.IGNORECASE)
CONLLU_COLUMNS = 10
# Names of the column of tags in files whose first line names the columns.
_HEADINGS = {"bio", "entity", "iob", "iob2", "label", "labels", "ner", "ner_tag", "ner_tags", "tag", "tags"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of tags. `separator` is between letter and label; the letter comes first, or last if `is_suffix`."""

    name: Name = "IOB2"
    separator: str = "-"
    is_suffix: bool = False

    @property
    def has_ends(self) -> bool:
        """Whether the last token of a longer span has its own letter."""
        return len(_LETTERS.get(self.name, "")) == len(_MEANING)

    def parse(self, tag: str) -> tuple[str, str] | None:
        """The meaning of a tag (BEGIN, GOES_ON, END, ALONE; in IO always SAME) and its label. None if it is no tag."""
        if self.name == "IO":
            return SAME, tag
        match = _pattern(self.separator, self.is_suffix).fullmatch(tag)
        if self.name == "IO with I":
            return (SAME, match["label"]) if match and match["letter"] == "I" else None
        at = _LETTERS[self.name].find(match["letter"]) if match else -1
        return (_MEANING[at], match["label"]) if match and at >= 0 else None

    def tag(self, meaning: str, label: str) -> str:
        """The tag with this meaning and label."""
        if self.name == "IO":
            return label
        letter = "I" if self.name == "IO with I" else _LETTERS[self.name][_MEANING.index(meaning)]
        return f"{label}{self.separator}{letter}" if self.is_suffix else f"{letter}{self.separator}{label}"

    def of_iob2(self, tags: Sequence[str]) -> list[str]:
        """The tags of a column of IOB2 in this dialect."""
        made: list[str] = []
        for n, tag in enumerate(tags):
            if tag == OUTSIDE:
                made.append(tag)
                continue
            begins, ends = tag[0] == "B", not "".join(tags[n + 1 : n + 2]).startswith("I")
            if self.has_ends and ends:
                made.append(self.tag(ALONE if begins else END, tag[2:]))
            else:
                made.append(self.tag(BEGIN if begins else GOES_ON, tag[2:]))
        return made


IOB2 = Dialect()
# The fields of each line of each sentence.
Sentences = Iterable[Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a line, counted from 1: the token, and its tags (if empty, all columns after the token).

    `first_index` is the number of the first token of each sentence, if the first column counts tokens. In CoNLL-U
    (`is_conllu`) the tag is the value of NER in MISC, the last column. With a `heading`, the first line names the
    columns.
    """

    token: int = 1
    tags: tuple[int, ...] = ()
    dialect: Dialect = IOB2
    first_index: int | None = None
    is_conllu: bool = False
    heading: bool = False

    def tags_of(self, fields: Sequence[str]) -> list[str] | None:
        """The tags in the fields of a line; None if it has too few."""
        if self.is_conllu:
            match = _CONLLU_NER.search(fields[-1])
            return [match[1] if match else OUTSIDE]
        if max(self.tags, default=self.token + 1) > len(fields):
            return None
        return [fields[n - 1] for n in self.tags] if self.tags else list(fields[self.token :])


def fields_of(line: str) -> list[str]:
    """The columns of a line, separated by tabs or else by spaces. Only the first may be empty."""
    line = line.rstrip("\t ")
    fields = line.split("\t" if "\t" in line else " ")
    return [fields[0], *filter(None, fields[1:])]


def columns_of(sentences: Sentences, token: int | None, tags: Sequence[int]) -> Columns:
    """Detects the columns of a file from the fields of its token lines, by sentence; these are read several times.

    `token` and `tags` are the numbers of the token's column and the tags' columns, if the user gave them. Raises
    InputError if CoNLL-U has no tags, if a column would be both, or if several columns may have the entities.
    """
    if token is None and not tags and _is_conllu(sentences):
        found = {match[1] for fields in _rows(sentences) if (match := _CONLLU_NER.search(fields[-1]))}
        if not found:
            raise InputError("is CoNLL-U, but no token has NER=TAG in its last column, MISC")
        return Columns(2, (), dialect_of(found), is_conllu=True)
    heading = _has_heading(sentences)
    if heading:
        sentences = _Headless(sentences)
    place = token or _behind_numbers(sentences, tags) or 1
    first_index = _first_index(sentences) if token is None and place == 2 else None
    if place in tags:
        raise InputError(f"--tags {place}: is the column of the tokens; say where they are with --token")

    def dialect(of: Columns) -> tuple[Dialect, bool]:
        listed = {tag for fields in _rows(sentences) for tag in of.tags_of(fields) or ()}
        found = dialect_of(listed)
        return found, all(map(found.parse, listed - {OUTSIDE}))

    columns = Columns(place, tuple(tags))
    found, fits = dialect(columns)
    if not fits and not tags and (only := _tag_columns(sentences, place)):
        columns = Columns(place, only)
        found, _ = dialect(columns)
    return replace(columns, dialect=found, first_index=first_index, heading=heading)


class _Headless:
    """The sentences without the first line."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    def __iter__(self) -> Iterator[Sequence[Sequence[str]]]:
        is_first = True
        for sentence in self._sentences:
            yield sentence[1:] if is_first else sentence
            is_first = False


def _has_heading(sentences: Sentences) -> bool:
    """Whether the first line names the columns: one of its words is a name for tags, and not in that column again."""
    rows = _rows(sentences)
    named = {n: name for n, name in enumerate(next(rows, ())) if n and name.casefold() in _HEADINGS}
    return bool(named) and not any(fields[n : n + 1] == [name] for fields in rows for n, name in named.items())


def _tag_columns(sentences: Sentences, place: int) -> tuple[int, ...]:
    """The only column after the tokens with tags throughout, if other columns have other values.

    Empty if there is none. Raises InputError if there are several.
    """
    widths = {len(fields) for fields in _rows(sentences)}
    if len(widths) != 1:
        return ()
    left = set(range(place, widths.pop()))
    for fields in _rows(sentences):
        left -= {n for n in left if fields[n] != OUTSIDE and not _ANY_TAG.fullmatch(fields[n])}
    if len(left) > 1:
        *most, last = (str(n + 1) for n in sorted(left))
        raise InputError(f"columns {', '.join(most)} and {last} have tags; name those of entities, as in --tags {last}")
    return tuple(n + 1 for n in left)


def dialect_of(tags: Iterable[str]) -> Dialect:
    """The dialect of most of these tags; IOB2 if none fits, so that each wrong tag can be reported."""
    found = set(tags)
    inside = found - {OUTSIDE}
    styles: dict[tuple[str, bool], list[str]] = {}
    for separator in "-_":
        for is_suffix in (False, True):
            matches = (_pattern(separator, is_suffix).fullmatch(tag) for tag in inside)
            styles[separator, is_suffix] = [match["letter"] for match in matches if match]
    separator, is_suffix = max(styles, key=lambda style: (len(styles[style]), not style[1], style[0] == "-"))
    letters = set(styles[separator, is_suffix])
    # O is required: without it, a column of other values, such as parts of speech, would be read as labels. B alone, or
    # B:PER, is not a label either.
    if not letters:
        are_labels = inside and OUTSIDE in found and not all(map(_LETTER_FIRST.fullmatch, inside))
        return Dialect("IO") if are_labels else IOB2
    if letters == {"I"}:  # no tag begins a span
        return Dialect("IO with I", separator, is_suffix)
    fitting: list[Name] = [name for name, known in _LETTERS.items() if letters <= set(known)]
    return Dialect(fitting[0] if fitting else "IOB2", separator, is_suffix)


def _pattern(separator: str, is_suffix: bool) -> re.Pattern[str]:
    letter, label = "(?P<letter>[BIESLUM])", "(?P<label>.+)"
    return re.compile(f"{label}{separator}{letter}" if is_suffix else f"{letter}{separator}{label}")


def _rows(sentences: Sentences) -> Iterator[Sequence[str]]:
    return (row for sentence in sentences for row in sentence)


def _is_conllu(sentences: Sentences) -> bool:
    row = None
    for row in _rows(sentences):
        if len(row) != CONLLU_COLUMNS or not _CONLLU_ID.fullmatch(row[0]):
            return False
    return row is not None


def _behind_numbers(sentences: Sentences, tags: Sequence[int]) -> int | None:
    """The column of tokens if the first column counts them, by sentence or throughout; None if it does not."""
    narrowest = min(map(len, _rows(sentences)), default=0)
    if narrowest < 3:
        return None
    for sentence in filter(None, sentences):
        first = counting_number(sentence[0][0])
        if first is None or any(counting_number(row[0]) != first + n for n, row in enumerate(sentence)):
            return None
    place = next((n for n in range(2, narrowest + 1) if n not in tags), None)
    if place is None:
        return None
    # The numbers may be the tokens themselves, if there are several columns of tags.
    seconds = {row[place - 1] for row in _rows(sentences)}
    dialect = dialect_of(seconds)
    return None if dialect.name != "IO" and all(map(dialect.parse, seconds - {OUTSIDE})) else place


def _first_index(sentences: Sentences) -> int | None:
    """The number of the first token of each sentence, if it is always 0 or always 1, in ASCII digits."""
    firsts = {sentence[0][0] for sentence in sentences if sentence}
    return int(firsts.pop()) if firsts in ({"0"}, {"1"}) else None
