"""From an article's HTML to its Article: its visible lines go through the same reader as those of a copied page."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from .dom import read_html
from .lines import MUCH, PageLine, judged_lines
from .metadata import Metadata, read_metadata
from .outlet import OutletNames, default_names
from .page import Page, SiteLines, read_lines

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w-]+)", re.IGNORECASE)


def parse_html(
    html: bytes,
    article_id: str,
    source: str | None = None,
    names: OutletNames | None = None,
    site_lines: SiteLines | None = None,
) -> Page:
    """Reads an HTML page: its visible lines, with what the markup and the metadata say of them.

    No character is changed. Raises InputError if there is no article in it.
    """
    lines, metadata = html_lines(lambda: html)
    return read_lines(lines, article_id, source, names or default_names(), site_lines, metadata)


def html_lines(read: Callable[[], bytes]) -> tuple[list[PageLine], Metadata]:
    """The lines that the page shows, each judged, and its metadata. Raises InputError if it is no HTML.

    `read` gives the page, so that nobody holds it any longer than it takes to decode it.
    """
    text = _decoded(read())
    page = read_html(text)
    metadata = read_metadata(page)
    return judged_lines(page.give_lines(), is_much=len(text) > MUCH), metadata


def _decoded(data: bytes) -> str:
    """The page's text: by its byte order mark, as UTF-8 if it is, else as it declares, else as Windows-1256."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    declared = match[1].decode("ascii", "replace").lower() if (match := _CHARSET.search(data[:4096])) else ""
    if declared in ("", "utf-8", "utf8"):
        # One broken byte does not make a page another encoding's.
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") <= 0.05 * sum(not char.isascii() for char in text[: 1 << 16]):
            return text
    if declared in ("iso-8859-1", "latin1", "windows-1252", "us-ascii", "utf-8", "utf8", ""):
        declared = "windows-1256"
    try:
        return data.decode(declared, "replace")
    except LookupError:
        return data.decode("windows-1256", "replace")
