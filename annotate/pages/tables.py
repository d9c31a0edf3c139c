"""The rows of tables as people have them: CSV in any delimiter and encoding, JSON, JSON lines, Parquet."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from ...configs.errors import InputError
from ...configs.files import encoding_of, parse_json
from ..prediction_rows import class_labels, with_names
from .rows import match_columns

TABLES = (".jsonl", ".jsonl.gz", ".json", ".csv", ".tsv", ".parquet")
_DELIMITERS = ",;\t|"
# What Excel may have as the first line: which character parts the fields.
_DELIMITER_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_HEAD = 1 << 16
_ROWS_LOOKED_AT = 50

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
    noted = None if encoding == "utf-8-sig" else encoding
    if kind == ".json":
        return noted, _json_array(file, encoding)
    lines = _lines(file, encoding)
    if kind in (".csv", ".tsv"):
        text = head.decode(encoding, "replace")
        if delimiter_line := _DELIMITER_LINE.match(text):
            return noted, _csv_rows(lines, delimiter_line[1], skip=1)
        return noted, _csv_rows(lines, _delimiter(text, len(head) < _HEAD, "\t" if kind == ".tsv" else ","))
    return noted, json_rows(lines)


def line_of_heading(file: Path, number: int) -> int:
    """The line that names the columns of the row on line `number`: the first of a CSV file; elsewhere the row's own."""
    if table_kind(file) not in (".csv", ".tsv"):
        return number
    with _opened(file) as raw:
        head = raw.read(_HEAD)
    return 2 if _DELIMITER_LINE.match(head.decode(_encoding(head), "replace")) else 1


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
    # The last line may go on behind the head.
    whole = head.splitlines() if len(head) < _HEAD else head.splitlines()[:-1] or [head]
    lines = [line for line in whole if not line.isascii()] or [b""]
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


def _csv_rows(lines: Iterator[str], delimiter: str, skip: int = 0) -> Rows:
    """The rows behind the heading, which is behind `skip` lines."""
    for _ in range(skip):
        next(lines)
    csv.field_size_limit(1 << 27)  # an article may be longer than the library's 128 KB
    reader = csv.DictReader(lines, delimiter=delimiter)
    try:
        named = Counter(name for name in reader.fieldnames or () if name.strip())
        if twice := [name for name, count in named.items() if count > 1]:
            raise InputError(f"has several columns called {', '.join(twice)}; rename all but one")
        for row in reader:
            yield reader.line_num + skip, row
    except csv.Error as error:
        # The header is read first, before there is a number of a line.
        raise InputError(f"line {max(reader.line_num, 1) + skip}: is no CSV ({error})") from None


def json_rows(lines: Iterable[str]) -> Rows:
    """The rows of JSON lines with the numbers of their lines."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, InputError(f"is not JSON ({error}); each line must be one JSON object")


def _json_array(file: Path, encoding: str) -> Rows:
    return array_rows(file.read_bytes().decode(encoding, "surrogateescape" if "utf-8" in encoding else "replace"))


def array_rows(text: str) -> Rows:
    """The rows of a JSON array, or of an object with one array, with their places."""
    value = parse_json(text, "it")
    arrays = [item for item in value.values() if isinstance(item, list)] if isinstance(value, dict) else [value]
    if len(arrays) != 1 or not isinstance(arrays[0], list):
        raise InputError("is no table: must be an array of objects, one an article, or an object with one such array")
    yield from enumerate(cast(list[object], arrays[0]), 1)


def _parquet_rows(file: Path) -> Rows:
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(file)
        names = class_labels(table.schema_arrow)
        for batch in table.iter_batches(batch_size=256):
            for row in batch.to_pylist():
                number += 1
                yield (
                    number,
                    {key: with_names(value, names[key]) if key in names else value for key, value in row.items()},
                )
    except Exception as error:  # Arrow, its codecs and its time zones each have their own
        raise InputError(f"is no Parquet file that can be read, behind row {number} ({error})") from None
