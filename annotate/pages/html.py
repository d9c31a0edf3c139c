"""From an article's HTML to its Article: its visible lines go through the same reader as those of a copied page."""

from __future__ import annotations

from .dom import read_html
from .lines import judged_lines
from .metadata import read_metadata
from .outlet import OutletNames, default_names
from .page import Page, SiteLines, read_lines


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
    page = read_html(html)
    return read_lines(
        judged_lines(page.lines, is_much=len(html) > 1 << 20),
        article_id,
        source,
        names or default_names(),
        site_lines,
        read_metadata(page),
    )
