"""Finding articles: pages, HTML, tables, folders, globs and standard input, one stream of Readings."""

from __future__ import annotations

import csv
import glob
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from ...configs.errors import InputError, Problem, numberless, plain_reason
from ...configs.files import decode, encoding_of
from ..document import Article
from .dates import read_date_line
from .html import parse_html
from .outlet import OutletNames, default_names
from .page import Page, SiteLines, parse_page

PAGES = (".txt",)
HTML = (".html", ".htm")
TABLES = (".jsonl", ".csv", ".parquet")
COLUMNS = ("id", "text", "title", "outlet", "agency", "published", "url", "event_id")
# How many pages are looked at to learn which lines are a site's; bounds time and memory.
_LEARN_FROM = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file, or one row of a table: a Page, or the problem that kept it from being one.

    `encoding` is said where it is not UTF-8.
    """

    source: str
    page: Page | None
    problem: str | None = None
    encoding: str | None = None


def read_articles(
    sources: Sequence[str],
    columns: Mapping[str, str] | None = None,
    names: OutletNames | None = None,
) -> Iterator[Reading]:
    """Reads every article of `sources`, one at a time, in order.

    A source is a page (.txt), an HTML file, a table (.jsonl, .csv, .parquet) with one article a row, a folder
    or a glob of these, or `-` for standard input (JSON lines, or one page). `columns` says which column of a
    table holds which field of the Article (`{"text": "body"}`); columns called like the field need not be
    named. Pages of one site are compared, to know the site's own lines. What cannot be read is one Reading with
    its problem and costs nothing else. An id that came before is a problem too. Raises InputError if `columns` has
    what is no field.
    """
    unknown = [field for field in columns or () if field not in COLUMNS]
    if unknown:
        raise InputError(
            *(f"columns: {field} is no field of an article; use {', '.join(COLUMNS)}" for field in unknown)
        )
    names = names or default_names()
    files = list(_files(sources))
    pages = (file for file in files if isinstance(file, Path) and file.suffix.lower() in PAGES)
    first_read = {file: _read_page(file, names, None) for file in islice(pages, _LEARN_FROM)}
    site_lines = SiteLines(reading.page for reading in first_read.values() if reading.page)
    seen: dict[str, str] = {}
    for file in files:
        known = first_read.pop(file, None) if isinstance(file, Path) else None
        # Most of those that were read to learn from need not be read again.
        again = known is None or known.page is None or site_lines.concern(known.page)
        for reading in _read(file, columns or {}, names, site_lines) if again else filter(None, [known]):
            if reading.page is None:
                yield reading
                continue
            first = seen.setdefault(reading.page.article.id, reading.source)
            if first == reading.source:
                yield reading
            else:
                problem = f"{reading.source}: has the same article id as {first}: {reading.page.article.id}"
                yield Reading(reading.source, None, problem)


def _files(sources: Sequence[str]) -> Iterator[Path | str]:
    """The files of the sources, each once; a source that gives none is passed on and fails when read."""
    seen: set[Path | str] = set()
    for source in sources:
        path = Path(source)
        if source == "-":
            found: list[Path | str] = [source]
        elif glob.has_magic(source) and not _exists(path):
            # The shell did not expand it, as with a quoted `**`.
            matches = sorted(map(Path, glob.glob(source, recursive=True)))  # noqa: PTH207
            found = [file for match in matches for file in (_inside(match) if match.is_dir() else [match])] or [path]
        else:
            found = [*(_inside(path) if _exists(path) and path.is_dir() else [])] or [path]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _inside(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in PAGES + HTML + TABLES and file.is_file())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or one with a NUL
        return False


def _read(file: Path | str, columns: Mapping[str, str], names: OutletNames, site_lines: SiteLines) -> Iterator[Reading]:
    if isinstance(file, str):
        yield from _read_standard_input(columns, names)
    elif not _exists(file):
        yield Reading(str(file), None, Problem(str(file), "does not exist"))
    elif file.suffix.lower() in TABLES:
        yield from _read_table(file, columns, names)
    elif file.suffix.lower() in HTML:
        yield _reading(str(file), lambda: _html(file, names))
    elif file.suffix.lower() in PAGES:
        yield _read_page(file, names, site_lines)
    elif file.is_dir():
        yield Reading(str(file), None, f"{file}: has no articles: no {', '.join(PAGES + HTML + TABLES)}")
    else:
        yield Reading(str(file), None, f"{file}: is of no kind that is read: {', '.join(PAGES + HTML + TABLES)}")


def _read_page(file: Path, names: OutletNames, site_lines: SiteLines | None) -> Reading:
    return _reading(str(file), lambda: _page(_bytes(file), file.stem, file.name, names, site_lines))


def _html(file: Path, names: OutletNames) -> tuple[Page, str | None]:
    return parse_html(_bytes(file), file.stem, file.name, names), None


def _page(
    data: bytes, article_id: str, source: str, names: OutletNames, site_lines: SiteLines | None
) -> tuple[Page, str | None]:
    if not data.strip():
        raise InputError("is empty")
    text, encoding = decode(data)
    return parse_page(text, article_id, source, names, site_lines), None if encoding == "utf-8" else encoding


def _reading(source: str, read: Any) -> Reading:
    try:
        page, encoding = read()
    except InputError as error:
        return Reading(source, None, _problem(source, error))
    return Reading(source, page, encoding=encoding)


def _problem(source: str, error: InputError) -> Problem:
    """One line; a library's message may have several."""
    text = " ".join("; ".join(error.problems).split())
    return Problem(source, text, numberless(text))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({getattr(error, 'strerror', error)})") from None


# --- tables -----------------------------------------------------------------------------------------


def _read_table(file: Path, columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    count = 0
    try:
        encoding, rows = (None, _parquet_rows(file)) if file.suffix.lower() == ".parquet" else _text_rows(file)
        for count, (number, row) in enumerate(rows, 1):  # noqa: B007 - counted for below
            yield _read_row(f"{file}:{number}", file.name, row, columns, names, encoding)
        if not count:
            raise InputError("is empty")
    except InputError as error:
        yield Reading(str(file), None, _problem(str(file), error))
    except (OSError, ValueError) as error:
        yield Reading(str(file), None, _problem(str(file), InputError(f"cannot be read ({error})")))


Rows = Iterator[tuple[int, object]]


def _text_rows(file: Path) -> tuple[str | None, Rows]:
    """The encoding of a CSV or JSON lines file where it is not UTF-8, and its rows with their line numbers."""
    with file.open("rb") as raw:
        head = raw.read(1 << 16)
    if not head.strip():
        raise InputError("is empty")
    encoding = _table_encoding(head)
    rows = _csv_rows if file.suffix.lower() == ".csv" else _json_rows
    return None if encoding == "utf-8-sig" else encoding, rows(_lines(file, encoding))


def _table_encoding(head: bytes) -> str:
    """UTF-8 if most lines are: a broken byte is to cost its own row, not change how the others are read."""
    lines = head.splitlines()[:-1] or [head]
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
    with file.open(encoding=encoding, errors=errors, newline="") as text:
        yield from text


def _csv_rows(lines: Iterable[str]) -> Rows:
    csv.field_size_limit(1 << 27)  # an article may be longer than the library's 128 KB
    reader = csv.DictReader(lines)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: is no CSV ({error})") from None


def _json_rows(lines: Iterable[str]) -> Rows:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, InputError(f"is not JSON ({error}); each line must be one JSON object")


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


def _read_row(
    where: str,
    source: str,
    row: object,
    columns: Mapping[str, str],
    names: OutletNames,
    encoding: str | None = None,
) -> Reading:
    def read() -> tuple[Page, str | None]:
        if isinstance(row, InputError):
            raise row
        if not isinstance(row, dict):
            raise InputError("must be an object")
        return Page(_article(cast(dict[str, Any], row), source, columns, names), ()), encoding

    return _reading(where, read)


def _article(row: Mapping[str, Any], source: str, columns: Mapping[str, str], names: OutletNames) -> Article:
    """The article of a table's row. The text is taken as it is; a headline that it lacks is put before it."""
    given: dict[str, str | None] = {}
    for field in COLUMNS:
        column = columns.get(field, field)
        if column not in row and (field in columns or field in ("id", "text")):
            raise InputError(f"has no column {column} for {field}; name the right one with --column {field}=NAME")
        given[field] = _as_text(row.get(column), column)
    text, title, article_id = given["text"], given["title"], given["id"]
    if not article_id or not text:
        raise InputError("has no " + " and no ".join(field for field in ("id", "text") if not given[field]))
    return Article(
        id=article_id,
        text=f"{title}\n\n{text}" if title and not text.lstrip().startswith(title) else text,
        title=title,
        outlet=names.outlet(given["outlet"]) if given["outlet"] else None,
        agency=given["agency"],
        published=_published(given["published"]),
        url=given["url"],
        event_id=given["event_id"],
        source=source,
    )


def _as_text(value: object, column: str) -> str | None:
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # also times
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InputError(f"column {column} holds no text but {value!r:.40}")


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


def _read_standard_input(columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    """Standard input: JSON lines if it begins with an object, else one page."""
    try:
        if sys.stdin is None:
            raise InputError("is closed")
        yield from _read_stream(sys.stdin.buffer, columns, names)
    except InputError as error:
        yield Reading("standard input", None, _problem("standard input", error))
    except OSError as error:
        yield Reading("standard input", None, Problem("standard input", f"cannot be read ({plain_reason(error)})"))


def _read_stream(stream: IO[bytes], columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    first = stream.readline()
    while first and not first.strip():
        first = stream.readline()
    if first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        lines = io.TextIOWrapper(cast(Any, stream), encoding="utf-8", errors="surrogateescape")
        rest = (line for part in ([first.decode("utf-8-sig", "surrogateescape")], lines) for line in part)
        for number, row in _json_rows(rest):
            yield _read_row(f"standard input:{number}", "-", row, columns, names)
    else:
        data = first + stream.read()
        yield _reading("standard input", lambda: _page(data, "stdin", "-", names, None))
