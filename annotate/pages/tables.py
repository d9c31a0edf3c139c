"""Tables of articles as people have them: CSV in any delimiter and encoding, JSON, JSON lines, Parquet."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.files import encoding_of, parse_json
from ..arabic import fold
from ..document import Article
from .dates import read_date_line
from .dom import read_html
from .lexicon import words_of
from .outlet import OutletNames

TABLES = (".jsonl", ".jsonl.gz", ".json", ".csv", ".tsv", ".parquet")
COLUMNS = ("id", "text", "title", "outlet", "agency", "published", "url", "event_id")
# Other headings that people give the same columns, without spaces, bars and hamza.
_HEADINGS = {
    "id": "docid articleid المعرف معرف رقمالمقال رقمالخبر guid",
    "text": "articletext body content articlebody fulltext maintext المتن النص نصالمقال نصالخبر المحتوي محتوي محتويالمقال",  # noqa: E501
    "title": "headline articletitle العنوان عنوان عنوانالمقال عنوانالخبر",
    "outlet": "source publisher site newspaper المصدر الوسيله الناشر الصحيفه الموقع",
    "agency": "newsagency الوكاله",
    "published": "date publishedat publicationdate pubdate datepublished publishdate publishedtime التاريخ تاريخ تاريخالنشر",  # noqa: E501
    "url": "link href address الرابط رابط",
    "event_id": "event eventid الحدث",
}
_DELIMITERS = ",;\t|"
_HEAD = 1 << 16
_ROWS_LOOKED_AT = 50
_TAG = re.compile(r"<(?:p|br|div|h[1-6]|li|span)\b[^<>]{0,400}>", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s_\-.]+")

Row = tuple[int, object]
Rows = Iterator[Row]


def table_kind(file: Path) -> str | None:
    """Which kind of table the name says the file is; None if none."""
    name = file.name.lower()
    return next((ending for ending in sorted(TABLES, key=len, reverse=True) if name.endswith(ending)), None)


def table_rows(file: Path) -> tuple[str | None, Rows]:
    """The encoding of a table where it is not UTF-8, and its rows with the numbers of their lines or places.

    A row is a dict, or the InputError that it raised. Raises InputError if the file is no such table.
    """
    kind = table_kind(file)
    if kind == ".parquet":
        return None, _parquet_rows(file)
    with _opened(file) as raw:
        head = raw.read(_HEAD)
    if not head.strip():
        raise InputError("is empty")
    encoding = _encoding(head)
    said = None if encoding == "utf-8-sig" else encoding
    if kind == ".json":
        return said, _json_array(file, encoding)
    lines = _lines(file, encoding)
    if kind in (".csv", ".tsv"):
        whole = len(head) < _HEAD
        return said, _csv_rows(
            lines, _delimiter(head.decode(encoding, "replace"), whole, "\t" if kind == ".tsv" else ",")
        )
    return said, json_rows(lines)


def has_articles(file: Path) -> bool:
    """Whether a JSON file is a table with a column of texts; other files of that ending stand in folders too."""
    try:
        _, rows = table_rows(file)
        _, row = next(rows)
    except (InputError, OSError, ValueError, StopIteration):
        return False
    return isinstance(row, dict) and "text" in match_columns(list(cast(dict[str, Any], row)), {})[0]


def _opened(file: Path) -> Any:
    return gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb")


def _encoding(head: bytes) -> str:
    """UTF-8 if most lines are: a broken byte is to cost its own row, not change how the others are read."""
    lines = [line for line in head.splitlines()[:-1] or [head] if not line.isascii()] or [b""]
    broken = sum(not _is_utf8(line) for line in lines)
    return "utf-8-sig" if b"\0" not in head and broken * 2 < len(lines) else encoding_of(head, whole=False)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: Path, encoding: str) -> Iterator[str]:
    """The lines of a table. What is broken in one becomes half characters, which no Article accepts."""
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    if file.name.lower().endswith(".gz"):
        try:
            with gzip.open(file, "rt", encoding=encoding, errors=errors, newline="") as text:
                yield from text
        except (EOFError, gzip.BadGzipFile) as error:
            raise InputError(f"is no whole gzip file ({error})") from None
        return
    with file.open(encoding=encoding, errors=errors, newline="") as text:
        yield from text


def _delimiter(head: str, is_whole: bool, otherwise: str) -> str:
    """The character that splits the heading, and nearly every row, into the same number of fields."""
    best, most = otherwise, 1
    for delimiter in _DELIMITERS:
        rows: list[int] = []
        try:
            for row in csv.reader(head.splitlines(keepends=True), delimiter=delimiter):
                rows += [len(row)] if row else []
                if len(rows) > _ROWS_LOOKED_AT:
                    break
            else:
                rows = rows if is_whole else rows[:-1]  # the last row goes on behind the head
        except csv.Error:
            continue
        if rows and rows[0] > most and sum(count == rows[0] for count in rows) >= 0.9 * len(rows):
            best, most = delimiter, rows[0]
    return best


def _csv_rows(lines: Iterable[str], delimiter: str) -> Rows:
    csv.field_size_limit(1 << 27)  # an article may be longer than the library's 128 KB
    reader = csv.DictReader(lines, delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: is no CSV ({error})") from None


def json_rows(lines: Iterable[str]) -> Rows:
    """The rows of JSON lines with the numbers of their lines."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, InputError(f"is not JSON ({error}); each line must be one JSON object")


def _json_array(file: Path, encoding: str) -> Rows:
    value = parse_json(
        file.read_bytes().decode(encoding, "surrogateescape" if "utf-8" in encoding else "replace"), "it"
    )
    arrays = [item for item in value.values() if isinstance(item, list)] if isinstance(value, dict) else [value]
    if len(arrays) != 1 or not isinstance(arrays[0], list):
        raise InputError("is no table: must be an array of objects, one an article, or an object with one such array")
    yield from enumerate(cast(list[object], arrays[0]), 1)


def _parquet_rows(file: Path) -> Rows:
    import pyarrow.parquet as pq

    number = 0
    try:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except Exception as error:  # Arrow, its codecs and its time zones each have their own
        raise InputError(f"is no Parquet file that can be read, behind row {number} ({error})") from None


# --- columns ----------------------------------------------------------------------------------------


def match_columns(headings: Sequence[str], given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Which column holds which field, and what is wrong with the headings.

    A column that is called like the field is it; else one with another common heading, in any spelling.
    """
    matched: dict[str, str] = {}
    problems: list[str] = []
    folded: dict[str, list[str]] = {}
    for heading in headings:
        folded.setdefault(_SEPARATORS.sub("", fold(heading)), []).append(heading)
    for name in COLUMNS:
        if name in given:
            if given[name] in headings:
                matched[name] = given[name]
            else:
                problems.append(f"has no column {given[name]} for {name}")
        elif name in headings:
            matched[name] = name
        else:
            keys = [_SEPARATORS.sub("", name), *_HEADINGS[name].split()]
            found = [heading for key in keys for heading in folded.get(key, []) if heading not in given.values()]
            if len(found) > 1 and name in ("text", "title"):
                problems.append(f"has {' and '.join(found)} for {name}; choose one with --column {name}={found[0]}")
            elif found:
                matched[name] = found[0]
    return matched, problems


@dataclass(slots=True)
class RowReader:
    """Makes articles of the rows of one table.

    `notes` says once what was decided for the whole table: ids that were made, rows that were left out.
    """

    source: str
    stem: str
    columns: Mapping[str, str]
    names: OutletNames
    notes: list[str] = field(default_factory=list[str])
    _matched: dict[tuple[str, ...], dict[str, str] | str] = field(
        default_factory=dict[tuple[str, ...], dict[str, str] | str]
    )
    _slugs: dict[str, str] = field(default_factory=dict[str, str])
    _left_out: Counter[str] = field(default_factory=Counter[str])

    def article(self, row: object, number: int) -> Article | None:
        """The article of a row, the `number`th of its table; None if an earlier row had the same fault of columns.

        The text is taken as it is; a headline that it lacks is put before it. Raises InputError if there is none.
        """
        if isinstance(row, InputError):
            raise row
        if not isinstance(row, dict):
            raise InputError("must be an object")
        record = cast(dict[str, Any], row)
        key = tuple(map(str, record))
        matched = self._matched.get(key)
        if matched is None:
            self._matched[key] = matched = self._match(key, record)
            if isinstance(matched, str):
                raise InputError(matched)
        if isinstance(matched, str):
            self._left_out[matched] += 1
            return None
        return self._article(record, matched, number)

    def left_out(self) -> int:
        """How many rows were left out behind one whose columns were said to be wrong."""
        return self._left_out.total()

    def _match(self, key: tuple[str, ...], record: dict[str, Any]) -> dict[str, str] | str:
        matched, problems = match_columns(key, self.columns)
        if "text" not in matched and "text" not in self.columns and not any(" for text;" in p for p in problems):
            rest = [name for name in key if name not in matched.values()]
            likely = max(rest or key, key=lambda name: len(str(record.get(name) or "")), default="NAME")
            problems.append(f"has no column text for text; name the right one, perhaps with --column text={likely}")
        if problems:
            shown = ", ".join(key[:20]) + (", …" if len(key) > 20 else "")
            if not any("--column" in problem for problem in problems):
                problems[-1] += "; name the right one with --column FIELD=NAME"
            return f"{'; '.join(problems)} (its columns: {shown})"
        other = [
            f"{column} as {name}" for name, column in matched.items() if column != name and name not in self.columns
        ]
        if other and not self._matched:
            self.notes.append(f"{self.source}: columns taken: {', '.join(other)}")
        if "id" not in matched and not any("no ids" in note for note in self.notes):
            self.notes.append(
                f"{self.source}: has no column id; ids are {slug(self.stem)}-1, -2, … by the rows' places"
            )
        return matched

    def _article(self, record: dict[str, Any], matched: Mapping[str, str], number: int) -> Article:
        given = {name: _as_text(record.get(column), column, name) for name, column in matched.items()}
        text, title = given.get("text"), (given.get("title") or "").strip() or None
        article_id = given.get("id") if "id" in matched else f"{slug(self.stem)}-{number}"
        if not article_id or not text:
            lacks = [name for name, value in (("id", article_id), ("text", text)) if not value]
            raise InputError("has no " + " and no ".join(lacks))
        if len(_TAG.findall(text[:20_000])) >= 2:
            text = "\n\n".join(line for line, _ in read_html(text).lines) or text
        source = self.source
        one_word = slug(article_id)
        if one_word != article_id:
            source = f"{self.source}: {article_id}"
            if self._slugs.setdefault(one_word, article_id) != article_id:
                one_word = f"{one_word}-{number}"
            if not any("ids with spaces" in note for note in self.notes):
                self.notes.append(f"{self.source}: ids with spaces are written with _ instead, as {one_word}")
        outlet = given.get("outlet")
        return Article(
            id=one_word,
            text=text if title is None or _begins_with(text, title) else f"{title}\n\n{text}",
            title=title,
            outlet=self.names.outlet(outlet) if outlet else None,
            agency=given.get("agency"),
            published=_published(given.get("published")),
            url=given.get("url"),
            event_id=given.get("event_id"),
            source=source,
        )


def slug(name: str) -> str:
    """The name as one printable word: white space as `_`, what cannot be printed as its code."""
    if name.isprintable() and " " not in name:
        return name
    return "".join(
        char if char.isprintable() and char != " " else "_" if char.isspace() else f"%{ord(char):02X}"
        for char in " ".join(name.split())
    )


def _begins_with(text: str, title: str) -> bool:
    """Whether the headline stands at the head of the text already, in any spelling."""
    body = text.lstrip()
    first = body.split("\n", 1)[0]
    if body.startswith(title) and not body[len(title) : len(title) + 1].isalnum():
        return True
    return len(first) < 2 * len(title) + 20 and words_of(first) == words_of(title)


def _as_text(value: object, column: str, name: str) -> str | None:
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    if name == "text":
        value = _paragraphs(value)
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # also times
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InputError(f"column {column} holds no text but {value!r:.40}")


def _paragraphs(value: object) -> object:
    """Paragraphs in a list, or written as one, joined by blank lines."""
    if isinstance(value, str) and value[:2] in ("['", '["') and value.rstrip().endswith("]"):
        for parse in (json.loads, ast.literal_eval):
            try:
                read: object = parse(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            value = read if isinstance(read, list) else value
            break
    if isinstance(value, list):
        paragraphs = cast(list[object], value)
        if paragraphs and all(isinstance(paragraph, str) for paragraph in paragraphs):
            return "\n\n".join(cast(list[str], paragraphs))
    return value


def _published(value: str | None) -> str | None:
    """A date column's value, to the second: ISO, or any other complete date as it reads, else None.

    Midnight without a zone is how tables write a day alone.
    """
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        line = read_date_line(value)
        return line.published if line else None
    if len(value) == 10 or (read.time() == time() and read.tzinfo is None):
        return read.date().isoformat()
    return read.isoformat("T", "seconds" if read.second else "minutes")
