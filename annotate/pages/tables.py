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

from ...configs.errors import InputError, plain_reason
from ...configs.files import decode, encoding_of, parse_json
from ...configs.visible import counted
from ..prediction_rows import class_labels, with_names
from .rows import described, inner_record, match_columns

TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")  # all but the last may end in .gz behind it
_DELIMITERS = ",;\t|"
# What Excel may have as the first line: which character parts the fields.
_DELIMITER_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_HEAD = 1 << 16
_DEEPEST = 6  # objects around the array of articles, as {"response": {"docs": […]}} has two
_ROWS_LOOKED_AT = 50

Row = tuple[int, object]
Rows = Iterator[Row]


def table_kind(file: Path) -> str | None:
    """Which kind of table the name says the file is; None if none."""
    name = file.name.lower()
    packed = ".gz" if name.endswith(".gz") else ""
    kind = next((ending for ending in TABLES if name.removesuffix(packed).endswith(ending)), None)
    return None if kind is None or (packed and kind == ".parquet") else kind + packed


def stem_of(file: Path) -> str:
    """The file's name without the ending that says what it is."""
    kind = table_kind(file)
    return file.name[: -len(kind)] if kind else file.stem


def table_rows(file: Path) -> tuple[str | None, Rows]:
    """The encoding of a table where it is not UTF-8, and its rows with the numbers of their lines or places.

    A row is a dict, or the InputError that it raised; the number of an article that is alone in its file is 0.
    Raises InputError if the file is no such table.
    """
    kind = (table_kind(file) or "").removesuffix(".gz")
    if kind == ".parquet":
        return None, _parquet_rows(file)
    with _opened(file) as raw:
        head = raw.read(_HEAD)
    if not head.strip():
        raise InputError("is empty")
    encoding = _encoding(head)
    noted = None if encoding == "utf-8-sig" else encoding
    lines = _lines(file, encoding)
    if kind in (".csv", ".tsv"):
        delimiter, skip = _heading(head.decode(encoding, "replace"), len(head) < _HEAD, kind)
        return noted, _csv_rows(lines, delimiter, skip)
    if kind == ".json" and not _is_json_lines(head.decode(encoding, "replace")):
        return noted, array_rows("".join(lines))
    return noted, json_rows(lines)


def line_of_heading(file: Path, number: int) -> int:
    """The line that names the columns of the row on line `number`: the first of a CSV file; elsewhere the row's own."""
    kind = (table_kind(file) or "").removesuffix(".gz")
    if kind not in (".csv", ".tsv"):
        return number
    with _opened(file) as raw:
        head = raw.read(_HEAD)
    return _heading(head.decode(_encoding(head), "replace"), len(head) < _HEAD, kind)[1] + 1


def has_articles(file: Path) -> bool:
    """Whether a JSON file is a table with a column of texts; other files of that ending stand in folders too."""
    try:
        _, rows = table_rows(file)
        _, row = next(rows)
    except (InputError, OSError, ValueError, StopIteration):
        return False
    return isinstance(row, dict) and "text" in match_columns(list(cast(dict[str, Any], row)), {})[0]


def is_description(file: Path) -> bool:
    """Whether a JSON file says something of the page beside it."""
    try:
        return bool(description_of(file))
    except (InputError, ValueError):
        return True  # the problem is reported when its page is read


def description_of(file: Path) -> dict[str, str]:
    """What a JSON file says of the page beside it; nothing if it is about something else."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({plain_reason(error)})") from None
    if not data.strip():
        raise InputError("is empty")
    record: object = parse_json(decode(data)[0], file.name)
    return described(cast(dict[str, Any], record)) if isinstance(record, dict) else {}


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


def _heading(text: str, is_whole: bool, kind: str) -> tuple[str, int]:
    """The delimiter of a table, and how many lines stand above its heading: Excel's own, and rows with nothing in."""
    if delimiter_line := _DELIMITER_LINE.match(text):
        delimiter, skip = delimiter_line[1], 1
    else:
        delimiter, skip = _delimiter(text, is_whole, "\t" if kind == ".tsv" else ","), 0
    for line in text.splitlines()[skip:]:
        if line.strip(f'{delimiter} \t"\ufeff'):
            break
        skip += 1
    return delimiter, skip


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
            more = cast(list[str] | None, row.pop(cast(Any, None), None))
            if more and any(cell.strip() for cell in more):
                many = counted(len(more), "more cell than columns", "more cells than columns")
                mend = f"put quotation marks around a cell with {delimiter!r} in it"
                yield reader.line_num + skip, InputError(f"has {many}; {mend}")
            else:
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


def _is_json_lines(head: str) -> bool:
    """Whether a file that is called .json has one object a line."""
    first = next((line for line in head.splitlines() if line.strip(" \t\ufeff")), "")
    rest = head.partition(first)[2]
    try:
        return bool(rest.strip()) and isinstance(json.loads(first.lstrip("\ufeff")), dict)
    except (ValueError, RecursionError):
        return False


def array_rows(text: str) -> Rows:
    """The rows of a JSON array with their places, or of an object that has one in it; one article has the place 0."""
    try:
        value: object = parse_json(text, "it")
    except InputError as error:
        raise InputError(*(problem.removeprefix("it: ") for problem in error.problems)) from None
    if is_article(value):
        yield 0, value
        return
    array = _array(value)
    if array is None:
        raise InputError("is no table: must be an array of objects, one an article, or an object with one such array")
    yield from enumerate(array, 1)


def is_article(value: object) -> bool:
    """Whether an object is one article itself, and no table in whose `content` others are."""
    if not isinstance(value, dict):
        return False
    record = cast(dict[str, object], value)
    columns = match_columns(list(record), {})[0]
    text = record[columns["text"]] if "text" in columns else None
    return isinstance(text, str) or (isinstance(text, list) and "title" in columns)


def _array(value: object) -> list[object] | None:
    """The one array of objects that stands least deep; None if there is none, or several."""
    levels: list[list[object]] = [[value]]
    while any(isinstance(item, dict) for item in levels[-1]) and len(levels) < _DEEPEST:
        objects = [cast(dict[str, object], item) for item in levels[-1] if isinstance(item, dict)]
        levels.append([item for each in objects for item in each.values()])
    for only_objects in (True, False):
        for level in levels:
            arrays = [cast(list[object], item) for item in level if isinstance(item, list)]
            if only_objects:
                arrays = [array for array in arrays if any(isinstance(item, dict) for item in array)]
            if len(arrays) > 1 and only_objects:
                arrays = [array for array in arrays if _has_texts(array)] or arrays
            if arrays:
                return arrays[0] if len(arrays) == 1 else None
    return _of_frame(cast(dict[str, object], value)) if isinstance(value, dict) else None


def _has_texts(array: list[object]) -> bool:
    first = next(item for item in array if isinstance(item, dict))
    return "text" in match_columns(list(inner_record(cast(dict[str, Any], first))), {})[0]


def _of_frame(value: dict[str, object]) -> list[object] | None:
    """The rows of what pandas writes: an object for each column, or one for each row by its name."""
    parts = [cast(dict[str, object], part) for part in value.values() if isinstance(part, dict)]
    if not parts or len(parts) < len(value):
        return None
    if "text" in match_columns(list(value), {})[0]:
        return [{name: part.get(key) for name, part in zip(value, parts, strict=True)} for key in parts[0]]
    if not all("text" in match_columns(list(part), {})[0] for part in parts):
        return None
    # Numbers from 0 on are places, not names.
    are_places = list(value) == [str(n) for n in range(len(value))]
    return [part if are_places else {"id": name, **part} for name, part in zip(value, parts, strict=True)]


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
