"""Finding articles: pages, HTML, tables, folders, globs and standard input, one stream of Readings."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from ...configs.errors import InputError, Problem, numberless, plain_reason
from ...configs.files import decode
from ...configs.visible import counted
from .dom import MUCH
from .folders import DOCUMENTS, HTML, PAGES, exists, files_of, ids_of
from .folders import source_files as source_files
from .lines import PageLine, judged_lines, shown_lines
from .outlet import OutletNames, default_names
from .page import Page, SiteLines, html_lines, parse_page, read_lines, with_known
from .rows import COLUMNS as COLUMNS
from .rows import HeadingError, RowReader
from .tables import (
    TABLES,
    array_rows,
    description_of,
    json_rows,
    line_of_heading,
    table_kind,
    table_rows,
)

_OPENS_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*[{\]]|\{)")
# How many pages are looked at to learn which lines are a site's; bounds time and memory.
_LEARN_FROM = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file, or one row of a table: a Page, or the problem that kept it from being one.

    `encoding` is given where it is not UTF-8. `notes` report what was decided for a whole table or folder, with its
    first article: ids that were made, files that are not read. `article_id` is the id of the article, and of one that
    could not be read the id that it would have, where that is known.
    """

    source: str
    page: Page | None
    problem: str | None = None
    encoding: str | None = None
    notes: tuple[str, ...] = ()
    article_id: str | None = None


def read_articles(
    sources: Sequence[str],
    columns: Mapping[str, str] | None = None,
    names: OutletNames | None = None,
) -> Iterator[Reading]:
    """Reads every article of `sources`, one at a time, in order.

    A source is a page (.txt), an HTML file, a table (TABLES) with one article a row, a folder or a glob of these, or
    `-` for standard input (JSON lines, a JSON array, or one page). A .json file beside a page, of the same name, may
    have what is known of its article: its fields come before those that the page shows.

    `columns` says which column of a table holds which field of the Article (`{"text": "body"}`); columns called like
    the field, or by another common heading, need not be named. Pages of one site are compared, to know the site's own
    lines. What cannot be read is one Reading with its problem and costs nothing else. An id that came before is a
    problem too. Raises InputError if `columns` has what is no field.
    """
    unknown = [field for field in columns or () if field not in COLUMNS]
    if unknown:
        raise InputError(
            *(f"columns: {field} is no field of an article; use {', '.join(COLUMNS)}" for field in unknown)
        )
    names = names or default_names()
    files, notes = files_of(sources)
    ids, note = ids_of([file for file in files if isinstance(file, Path)])
    notes += note
    pages = (file for file in files if isinstance(file, Path) and file.suffix.lower() in PAGES + HTML)
    first_read = {file: _read_page(file, ids[file], names, None) for file in islice(pages, _LEARN_FROM)}
    site_lines = SiteLines(reading.page for reading in first_read.values() if reading.page)
    seen: dict[str, str] = {}
    noted: set[str] = set()
    for file in files:
        known = first_read.pop(file, None) if isinstance(file, Path) else None
        # Most of those that were read to learn from need not be read again.
        again = known is None or known.page is None or site_lines.concern(known.page)
        for reading in _read(file, ids, columns or {}, names, site_lines, noted) if again else filter(None, [known]):
            reading = unless_repeated(reading, seen)
            if notes:
                reading = replace(reading, notes=(*notes, *reading.notes))
                notes = []
            yield reading


def unless_repeated(reading: Reading, seen: dict[str, str]) -> Reading:
    """The reading, or its problem if an earlier one has its article's id. `seen` has the source of each id."""
    if reading.page is None:
        return reading
    first = seen.setdefault(reading.page.article.id, reading.source)
    if first == reading.source:
        return reading
    message = f"has the same article id as {first}: {reading.page.article.id}"
    problem = Problem(reading.source, message, "has the same article id as another")
    return Reading(reading.source, None, problem, article_id=reading.article_id)


def _read(
    file: Path | str,
    ids: Mapping[Path, str],
    columns: Mapping[str, str],
    names: OutletNames,
    site_lines: SiteLines,
    noted: set[str],
) -> Iterator[Reading]:
    read = ", ".join(PAGES + HTML + TABLES)
    if isinstance(file, str):
        yield from _read_standard_input(columns, names)
    elif not exists(file):
        yield Reading(str(file), None, Problem(str(file), "does not exist"))
    elif file.suffix.lower() in PAGES + HTML:
        yield _read_page(file, ids[file], names, site_lines)
    elif file.is_dir():
        yield Reading(str(file), None, Problem(str(file), f"has no articles: no {read}"))
    elif table_kind(file):
        yield from _read_table(file, ids[file], columns, names, noted)
    elif file.suffix.lower() in DOCUMENTS:
        yield Reading(str(file), None, Problem(str(file), f"is not read; {DOCUMENTS[file.suffix.lower()]}"))
    else:
        yield Reading(str(file), None, Problem(str(file), f"unsupported file type; supported are {read}"))


def _read_page(file: Path, article_id: str, names: OutletNames, site_lines: SiteLines | None) -> Reading:
    reading = replace(_reading(str(file), lambda: _page(file, article_id, names, site_lines)), article_id=article_id)
    beside = file.with_suffix(".json")
    if reading.page is None or not beside.exists():
        return reading
    try:
        return replace(reading, page=with_known(reading.page, description_of(beside), names))
    except (InputError, ValueError) as error:
        return replace(reading, notes=(f"{beside}: is not used for the page beside it: {error}",))


def _page(file: Path, article_id: str, names: OutletNames, site_lines: SiteLines | None) -> tuple[Page, str | None]:
    # Neither file nor text is held while the article is put together: pages may be large.
    if file.suffix.lower() in HTML:
        lines, metadata = html_lines(lambda: _bytes(file))
        return read_lines(lines, article_id, file.name, names, site_lines, metadata), None
    lines, encoding = _copied_lines(file)
    return read_lines(lines, article_id, file.name, names, site_lines), encoding


def _copied_lines(file: Path) -> tuple[list[PageLine], str | None]:
    text, encoding = _decoded(_bytes(file))
    shown, is_much = shown_lines(text), len(text) > MUCH
    del text
    return judged_lines(shown, is_much), encoding


def _decoded(data: bytes) -> tuple[str, str | None]:
    """The text, and its encoding where that is not UTF-8."""
    if not data.strip():
        raise InputError("is empty")
    text, encoding = decode(data)
    return text, None if encoding == "utf-8" else encoding


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


def _read_table(
    file: Path, stem: str, columns: Mapping[str, str], names: OutletNames, noted: set[str]
) -> Iterator[Reading]:
    """The readings of a table. What is decided behind its last article is reported with that.

    What is decided for a file of one article is reported for the first such file only: `noted` has it.
    """
    reader = RowReader(file.name, stem, columns, names)
    waiting: Reading | None = None
    for reading in _read_rows(file, reader):
        if waiting is not None:
            yield waiting
        waiting = reading
    if waiting is None:
        waiting = Reading(str(file), None, _problem(str(file), InputError("has no rows")))
    notes = (*waiting.notes, *reader.notes)
    if waiting.source == str(file):
        notes = tuple(note for note in notes if note.removeprefix(file.name) not in noted)
        noted.update(note.removeprefix(file.name) for note in notes)
    yield replace(waiting, notes=notes)


def _read_rows(file: Path, reader: RowReader) -> Iterator[Reading]:
    try:
        encoding, rows = table_rows(file)
        for count, (number, row) in enumerate(rows, 1):
            where = f"{file}:{number}" if number else str(file)
            try:
                yield from _read_row(where, reader, row, count if number else 0, encoding)
            except HeadingError as error:
                yield Reading(str(file), None, _problem(f"{file}:{line_of_heading(file, number)}", error))
    except InputError as error:
        yield Reading(str(file), None, _problem(str(file), error))
    except (OSError, EOFError, ValueError) as error:
        yield Reading(str(file), None, _problem(str(file), InputError(f"cannot be read ({error})")))
    if reader.left_out():
        yield Reading(
            str(file),
            None,
            f"{file}: {counted(reader.left_out(), 'more row has', 'more rows have')} the same columns: left out",
        )


def _read_row(
    where: str, reader: RowReader, row: object, number: int, encoding: str | None = None
) -> Iterator[Reading]:
    try:
        article = reader.article(row, number)
    except HeadingError:
        raise
    except InputError as error:
        yield Reading(where, None, _problem(where, error), article_id=reader.id_of(row, number))
        return
    if article is not None:
        notes = tuple(reader.notes)
        reader.notes.clear()
        yield Reading(where, Page(article, ()), encoding=encoding, notes=notes, article_id=article.id)


def _read_standard_input(columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    """Standard input: JSON lines if it begins with an object, an array of objects, or else one page."""
    try:
        if sys.stdin is None:
            raise InputError("is closed")
        yield from _read_stream(sys.stdin.buffer, columns, names)
    except InputError as error:
        yield Reading("standard input", None, _problem("standard input", error))
    except (OSError, ValueError) as error:
        reason = plain_reason(error) if isinstance(error, OSError) else error
        yield Reading("standard input", None, Problem("standard input", f"cannot be read ({reason})"))


def _read_stream(stream: IO[bytes], columns: Mapping[str, str], names: OutletNames) -> Iterator[Reading]:
    first = stream.readline()
    while first and not first.strip():
        first = stream.readline()
    begins = first.lstrip(b"\xef\xbb\xbf \t")
    reader = RowReader("-", "stdin", columns, names)
    if begins.startswith(b"{") and begins.strip() != b"{":
        lines = io.TextIOWrapper(cast(Any, stream), encoding="utf-8", errors="surrogateescape")
        rest = (line for part in ([first.decode("utf-8-sig", "surrogateescape")], lines) for line in part)
        rows = json_rows(rest)
    else:
        data = first + stream.read()
        # A page may begin with a bracket; «[{» or a brace alone do not.
        if not _OPENS_JSON.match(data):
            yield _reading("standard input", lambda: _page_of(data, names))
            return
        rows = array_rows(data.decode("utf-8-sig", "surrogateescape"))
    for count, (number, row) in enumerate(rows, 1):
        yield from _read_row(f"standard input:{number or 1}", reader, row, count)


def _page_of(data: bytes, names: OutletNames) -> tuple[Page, str | None]:
    text, encoding = _decoded(data)
    return parse_page(text, "stdin", "-", names), encoding
