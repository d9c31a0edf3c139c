"""From a page, as copied off a news site or as HTML, to its Article, with an account of every line left out.

The page's own proportions decide, not the site: the body is the stretch of lines with the most prose and
the least chrome; headline, date and outlet are looked for around it.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ...configs.chrome import load_chrome_words
from ...configs.errors import InputError
from ..document import Article
from .agency import find_agency, source_names
from .body import Body, doubts, find_body, reasons
from .dom import MUCH, read_html
from .headline import find_heading, find_headline
from .lexicon import words_of
from .lines import PageLine, judged_lines, page_lines
from .metadata import Metadata, read_metadata
from .naming import find_outlet
from .outlet import OutletNames, default_names
from .published import find_published
from .rows import begins_with

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w-]+)", re.IGNORECASE)
# A line is its site's, not its article's, if it is this short and stands in this many of the site's articles.
_SHORT = 12
_ON_PAGES = 3
_SHARE_OF_PAGES = 0.3


class Removed(NamedTuple):
    """A line of the page that is no part of the article: its number (from 1), its text, and why."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """An article page, read: the Article, and every line of the page that is not in it.

    `kept` are the numbers of the lines that are its paragraphs. `doubts` says what an editor should look at: sentences
    that were left out, a second article on the page.
    """

    article: Article
    removed: tuple[Removed, ...]
    kept: tuple[int, ...] = ()
    doubts: tuple[str, ...] = ()


def parse_page(
    text: str,
    article_id: str,
    source: str | None = None,
    names: OutletNames | None = None,
    site_lines: SiteLines | None = None,
) -> Page:
    """Reads the page `text`, with `names` of outlets and what is known of their sites' lines.

    Raises InputError if it holds no article.
    """
    return read_lines(page_lines(text), article_id, source, names or default_names(), site_lines)


def html_lines(read: Callable[[], bytes]) -> tuple[list[PageLine], Metadata]:
    """The lines that the page shows, each judged, and its metadata. Raises InputError if it is no HTML.

    `read` gives the page, so that nobody holds it any longer than it takes to decode it.
    """
    text = _decoded(read())
    page, is_much = read_html(text), len(text) > MUCH
    del text
    metadata = read_metadata(page)
    return judged_lines(page.give_lines(), is_much), metadata


def read_lines(
    lines: list[PageLine],
    article_id: str,
    source: str | None,
    names: OutletNames,
    site_lines: SiteLines | None = None,
    metadata: Metadata | None = None,
) -> Page:
    """The article of a page's lines; of an HTML page with its `metadata`. Raises InputError if there is none.

    The list is emptied before the article is put together: the lines of a long page take much memory.
    """
    body = find_body(lines, metadata.about if metadata else frozenset())
    if body is None:
        raise InputError("no article found: the page has no paragraph of running text")
    headline, title = find_heading(lines, body, metadata) if metadata else (None, None)
    if title is None:
        # Old layouts have no headings; their headline is found as on a copied page.
        headline = find_headline(lines, body)
        if metadata and headline is not None and lines[headline].prose:
            headline = None
        title = lines[headline].title if headline is not None else None
    if headline is not None:
        body = _below_headline(lines, headline, body)
    if beside := _beside_date(lines, body):
        body = replace(body, against={**body.against, **dict.fromkeys(beside, "before the body")})
    credited = source_names(lines, body)
    outlet = find_outlet(lines, headline, body, names, credited, metadata)
    why = reasons(lines, headline, body, _words_of_title(lines, headline, title))
    for n in range(body.first, body.last + 1):
        if outlet is None or why[n] is not None:
            continue
        if names.is_hinted(outlet, lines[n].text):
            why[n] = "hint for the outlet"
        elif site_lines and site_lines.has(outlet, lines[n]):
            why[n] = "on other pages of the site too"
    kept = [n for n, reason in enumerate(why) if reason is None]
    if not kept:
        raise InputError("no article found: the page has no paragraph of running text")
    agency = find_agency(lines, body, names, credited, outlet)
    published = find_published(lines, headline, body, metadata)
    left_out = [(n, reason) for n, reason in enumerate(why) if reason is not None and reason != "headline"]
    remarks = tuple(doubts(lines, body, kept, left_out, metadata is not None and metadata.is_live))
    removed = tuple([Removed(lines[n].number, lines[n].text, reason) for n, reason in left_out])
    numbers = tuple([lines[n].number for n in kept])
    paragraphs = [lines[n].text for n in kept]
    lines.clear()
    article = Article(
        id=article_id,
        text="\n\n".join([title, *paragraphs] if title else paragraphs),
        title=title,
        outlet=outlet,
        agency=agency,
        published=published,
        url=metadata.url if metadata else None,
        source=source,
    )
    return Page(article, removed, numbers, remarks)


def with_known(page: Page, known: Mapping[str, str], names: OutletNames) -> Page:
    """The page with what is known of it. The headline stays as the page shows it, if it does."""
    article = page.article
    fields: dict[str, Any] = {name: value for name, value in known.items() if name != "title"}
    title = known.get("title")
    if title and article.title is None:
        text = article.text if begins_with(article.text, title) else f"{title}\n\n{article.text}"
        fields |= {"title": title, "text": text, "text_sha256": ""}
    if "outlet" in fields:
        fields["outlet"] = names.outlet(fields["outlet"])
    return replace(page, article=replace(article, **fields))


def _words_of_title(lines: Sequence[PageLine], headline: int | None, title: str | None) -> tuple[str, ...]:
    if headline is not None and lines[headline].title == title:
        return lines[headline].title_words  # they are known already
    return words_of(title) if title else ()


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


def _below_headline(lines: Sequence[PageLine], headline: int, body: Body) -> Body:
    """The body below the headline. A lead may stand above it, if the markup calls it so."""
    # What the markup has something against, as a box about the author, is not its first paragraph.
    may_begin = (n for n in range(headline + 1, body.last + 1) if lines[n].prose and n not in body.against)
    first = next(may_begin, body.last)
    if body.first <= headline and first > body.first:
        about = set(lines[headline].words)
        lead = next((n for n in range(body.first, headline) if _is_lead(lines[n], about)), first)
        first = min(first, lead)
    return replace(body, first=first)


def _beside_date(lines: Sequence[PageLine], body: Body) -> list[int]:
    """The labels between a deck and the text, if the date stands there and nowhere below: byline, place, buttons."""
    if body.first == body.last or lines[body.first + 1].prose:
        return []  # true for most pages
    end = next((n for n in range(body.first + 1, body.last + 1) if lines[n].prose), body.first)
    block = range(body.first + 1, end)
    if not any(lines[n].date for n in block) or any(lines[n].date for n in range(end, body.last + 1)):
        return []
    return [n for n in block if lines[n].is_label and not lines[n].is_item and not _is_of_list(lines[n])]


def _is_of_list(line: PageLine) -> bool:
    return line.hints is not None and line.hints.tag == "li"


def _is_lead(line: PageLine, about: set[str]) -> bool:
    """Whether the markup calls it the lead, and it speaks of what the headline speaks of."""
    hints = line.hints
    if hints is None or not line.prose or len(about.intersection(line.words)) < 2:
        return False
    return bool(hints.box.near & load_chrome_words().marks.lead or "description" in hints.box.itemprops)


class SiteLines:
    """Short lines that stand inside the articles of several pages of one outlet, and so are the site's."""

    def __init__(self, pages: Iterable[Page]) -> None:
        counts: dict[str, Counter[str]] = {}
        totals: Counter[str] = Counter()
        for page in pages:
            outlet = page.article.outlet
            if outlet is not None:
                totals[outlet] += 1
                counts.setdefault(outlet, Counter()).update(
                    {_line_key(line) for line in page.article.text.split("\n\n")} - {""}
                )
        self._lines = {
            outlet: frozenset(
                line for line, count in lines.items() if count >= max(_ON_PAGES, totals[outlet] * _SHARE_OF_PAGES)
            )
            for outlet, lines in counts.items()
        }

    def concern(self, page: Page) -> bool:
        """Whether any such line is known of the page's outlet."""
        return bool(self._lines.get(page.article.outlet or ""))

    def has(self, outlet: str, line: PageLine) -> bool:
        """Whether `line` is such a line of the outlet."""
        return not line.prose and _line_key(line.text) in self._lines.get(outlet, ())


def _line_key(line: str) -> str:
    """For comparing short lines across pages; empty for lines long enough to be a paragraph."""
    words = words_of(line) if line.count(" ") < 2 * _SHORT else ()
    return " ".join(words) if len(words) <= _SHORT else ""
