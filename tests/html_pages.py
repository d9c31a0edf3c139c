"""HTML pages in memory, read as those in files are."""

from mihakk.annotate.pages.outlet import default_names
from mihakk.annotate.pages.page import Page, html_lines, read_lines


def parse_html(html: bytes, article_id: str, source: str | None = None) -> Page:
    lines, metadata = html_lines(lambda: html)
    return read_lines(lines, article_id, source, default_names(), metadata=metadata)
