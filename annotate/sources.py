"""Finding articles: pages, HTML, tables, folders, globs and standard input, one stream of Readings."""

from __future__ import annotations

import csv
import glob
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from ..configs.files import InputError, decode
from .dates import read_date_line
from .document import Article
from .html_page import parse_html
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
    its problem and costs nothing else. An id that came before is a problem too.
    """
    names = names or default_names()
    files = list(_files(sources))
    site_lines = SiteLines(
        reading.page
        for file in islice((f for f in files if isinstance(f, Path) and f.suffix.lower() in PAGES), _LEARN_FROM)
        if (reading := _read_page(file, names, None)).page
    )
    seen: dict[str, str] = {}
    for file in files:
        for reading in _read(file, columns or {}, names, site_lines):
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
    """The files of the sources; a source that gives none is passed on and fails when read."""
    for source in sources:
        path = Path(source)
        if source == "-":
            yield source
        elif path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in PAGES + HTML + TABLES and p.is_file())
            yield from found or [path]
        elif not path.exists() and glob.has_magic(source):
            # The shell did not expand it, as with a quoted `**`.
            yield from sorted(map(Path, glob.glob(source, recursive=True))) or [path]  # noqa: PTH207
        else:
            yield path


def _read(file: Path | str, columns: Mapping[str, str], names: OutletNames, site_lines: SiteLines) -> Iterator[Reading]:
    if isinstance(file, str):
        yield from _read_standard_input(columns, names)
    elif file.suffix.lower() in TABLES:
        yield from _read_table(file, columns, names)
    elif file.suffix.lower() in HTML:
        yield _reading(str(file), lambda: _html(file, names))
    elif file.suffix.lower() in PAGES:
        yield _read_page(file, names, site_lines)
    elif file.is_dir() or not file.exists():
        problem = "has no articles: no " + ", ".join(PAGES + HTML + TABLES) if file.is_dir() else "does not exist"
        yield Reading(str(file), None, f"{file}: {problem}")
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
        return Reading(source, None, f"{source}: {'; '.join(error.problems)}")
    return Reading(source, page, encoding=encoding)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})") from None


# --- tables -----------------------------------------------------------------------------------------


def _read_table(file: Path, columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    try:
        for number, row in _rows(file):
            yield _read_row(f"{file}:{number}", file.name, row, columns, names)
    except InputError as error:
        yield Reading(str(file), None, f"{file}: {'; '.join(error.problems)}")
    except OSError as error:
        yield Reading(str(file), None, f"{file}: cannot be read ({error.strerror or error})")


def _rows(file: Path) -> Iterator[tuple[int, object]]:
    """(line or row number from 1, row) of a table; the row is what stands there, whatever it is."""
    if file.suffix.lower() == ".parquet":
        yield from _parquet_rows(file)
        return
    with file.open("rb") as raw:
        encoding = decode(_first_lines(raw))[1]
    with file.open(
        encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="surrogateescape", newline=""
    ) as text:
        if file.suffix.lower() == ".csv":
            reader = csv.DictReader(text)
            try:
                for row in reader:
                    yield reader.line_num, row
            except csv.Error as error:
                raise InputError(f"line {reader.line_num}: is no CSV ({error})") from None
        else:
            yield from _json_rows(text)


def _first_lines(raw: Any) -> bytes:
    """Enough of a file to tell its encoding, cut at a line's end."""
    head = cast(bytes, raw.read(1 << 16))
    return head if len(head) < 1 << 16 else head[: head.rfind(b"\n") + 1] or head


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                yield number, InputError(f"is not JSON ({error}); each line must be one JSON object")


def _parquet_rows(file: Path) -> Iterator[tuple[int, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        number = 0
        for batch in pq.ParquetFile(file).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"is no Parquet file ({' '.join(str(error).split())})") from None


def _read_row(where: str, source: str, row: object, columns: Mapping[str, str], names: OutletNames) -> Reading:
    def read() -> tuple[Page, None]:
        if isinstance(row, InputError):
            raise row
        if not isinstance(row, dict):
            raise InputError("must be an object")
        return Page(_article(cast(dict[str, Any], row), source, columns, names), ()), None

    return _reading(where, read)


def _article(row: Mapping[str, Any], source: str, columns: Mapping[str, str], names: OutletNames) -> Article:
    """The article of a table's row. The text is taken as it is; a headline that it lacks is put before it."""
    given: dict[str, str | None] = {}
    for field in COLUMNS:
        column = columns.get(field, field)
        if column not in row and (field in columns or field in ("id", "text")):
            raise InputError(f"has no column {column} for {field}; name the right one with --column {field}=NAME")
        given[field] = _as_text(row.get(column))
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


def _as_text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return value.isoformat("T", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) or None


def _published(value: str | None) -> str | None:
    """A date column's value: ISO as it is, any other complete date as it reads, else None."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat() if len(value) == 10 else datetime.fromisoformat(value).isoformat()
    except ValueError:
        line = read_date_line(value)
        return line.published if line else None


def _read_standard_input(columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    """Standard input: JSON lines if it begins with an object, else one page."""
    stream = sys.stdin.buffer
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
