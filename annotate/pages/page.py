"""From a page as copied off a news site to its Article, with an account of every line left out.

The page's own proportions decide, not the site: the body is the stretch of lines with the most prose and
the least chrome; headline, date and outlet are looked for around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...configs.chrome import load_chrome_words
from ...configs.errors import InputError
from ..arabic import fold
from ..document import Article
from .head import find_agency, find_headline, find_outlet, find_published
from .lines import SKIPPED_BLOCK, PageLine, page_lines, words_of
from .outlet import OutletNames, default_names

_LIST_ITEM = re.compile(r"(?:[-–—•●▪◦*·]|\(?\d{1,2}[.)\-–])\s*\S")
# Connectives with which an Arabic paragraph takes up the one before it; titles and labels begin otherwise.
_GOES_ON = re.compile(
    r"(?:و(?:ال|لل|لم|قد|لا|من|في|عن|علي|بحسب|حسب|كان|قال|اضاف|ختم|اكد|شدد|بين|اشار|اوضح|ذكر|تابع|[يتس]\w{3})\w*"
    r"|ف(?:ان|قد|في|لم|كان)\w*|لكن|كما|فيما|بينما|الي ذلك|يذكر|يشار|تجدر|غير ان|حيث)\W+\S+"
)
# What a line is worth to the body, in words of prose.
_CLOSER = -1000.0
_SECTION = -20.0
_LIST_LINE = 0.5
_WIDEST_GAP = -80.0
_LONGEST = 60
# A line is its site's, not its article's, if it is this short and stands in this many of the site's articles.
_SHORT = 12
_ON_PAGES = 3
_SHARE_OF_PAGES = 0.3


@dataclass(frozen=True, slots=True)
class Removed:
    """A line of the page that is no part of the article: its number (from 1), its text, and why."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """An article page, read: the Article, and every line of the page that is not in it."""

    article: Article
    removed: tuple[Removed, ...]


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
    names = names or default_names()
    lines = page_lines(text)
    body = _find_body(lines)
    if body is None:
        raise InputError("no article found: the page has no paragraph of running text")
    first, last = body
    headline = find_headline(lines, first, last)
    title = None
    if headline is not None:
        title = lines[headline].title
        # Prose under the headline is the article's, even where a box of links cuts it off from the rest.
        first = next((n for n in range(headline + 1, last + 1) if lines[n].prose), last)
    outlet = find_outlet(lines, headline, first, last, names)
    reasons = _reasons(lines, headline, first, last)
    for n in range(first, last + 1):
        if reasons[n] is None and outlet and names.is_hinted(outlet, lines[n].text):
            reasons[n] = "hint for the outlet"
        elif reasons[n] is None and outlet and site_lines and site_lines.has(outlet, lines[n]):
            reasons[n] = "on other pages of the site too"
    kept = [line.text for line, reason in zip(lines, reasons, strict=True) if reason is None]
    article = Article(
        id=article_id,
        text="\n\n".join([title, *kept] if title else kept),
        title=title,
        outlet=outlet,
        agency=find_agency(lines, first, last, names),
        published=find_published(lines, headline, first, last),
        source=source,
    )
    removed = (
        Removed(line.number, line.text, reason)
        for line, reason in zip(lines, reasons, strict=True)
        if reason is not None and reason != "headline"
    )
    return Page(article, tuple(removed))


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
    words = words_of(line)
    return " ".join(words) if len(words) <= _SHORT else ""


def _find_body(lines: Sequence[PageLine]) -> tuple[int, int] | None:
    """First and last line of the body: the run of lines whose worths have the highest sum."""
    best: tuple[float, int, int] | None = None
    total, first, gap = 0.0, 0, 0.0
    for n, worth in enumerate(_worths(lines)):
        if total <= 0:
            total, first, gap = 0.0, n, 0.0
        if _CLOSER < worth < 0:
            # A box of links inside an article may be long; it weighs no more than a paragraph or two.
            worth = max(worth, _WIDEST_GAP - gap)
            gap += worth
        elif worth > _LIST_LINE:
            gap = 0.0
        total += worth
        if worth > 0 and (best is None or total > best[0]):
            best = (total, first, n)
    if best is None:
        return None
    _, first, last = best
    if last + 1 < len(lines) and lines[last + 1].is_label and _GOES_ON.match(fold(lines[last + 1].text)):
        last += 1  # a last paragraph without a full stop
    return first, last


def _worths(lines: Sequence[PageLine]) -> list[float]:
    chrome = load_chrome_words()
    worths: list[float] = []
    body_begun = in_list = False
    since_prose = 0
    for line in lines:
        since_prose = 0 if line.prose else since_prose + 1
        if line.prose:
            worth = float(min(len(line.words), _LONGEST))
            body_begun = True
        elif line.chrome in chrome.closers and body_begun:
            worth = _CLOSER
        elif line.chrome == SKIPPED_BLOCK:
            worth = 0.0
        elif line.chrome in chrome.sections:
            worth = _SECTION
        elif line.chrome:
            worth = -4.0 - since_prose
        elif line.date:
            worth = -8.0
        elif in_list or _LIST_ITEM.match(line.text):
            worth = _LIST_LINE  # an article may end with a list
        else:
            # One short line between paragraphs is a sub-head; many are a menu.
            worth = -2.0 * since_prose
        worths.append(worth)
        in_list = (line.prose and line.text.endswith(":")) or (in_list and worth == _LIST_LINE)
    return worths


def _reasons(lines: Sequence[PageLine], headline: int | None, first: int, last: int) -> list[str | None]:
    """For each line why it is left out; None for the article's own lines."""
    sections = load_chrome_words().sections
    title = lines[headline].title_key if headline is not None else None
    reasons: list[str | None] = []
    in_links = False
    links = 0  # since the words that head them
    for n, line in enumerate(lines):
        inside = first <= n <= last
        reason: str | None = None
        if n == headline:
            reason = "headline"
        elif title and title in (line.key, line.title_key):
            reason = "headline repeated"
        elif line.chrome and not (line.chrome == "terms" and inside and _is_amid_prose(lines, n)):
            reason = line.chrome
        elif line.date:
            reason = "date line"
        elif not inside:
            reason = "before the body" if n < first else "after the body"
        elif line.prose:
            pass
        elif line.has_credit or (n < last and lines[n + 1].chrome == "caption"):
            reason = "caption"  # with its credit, or above it
        elif in_links and not _is_subhead_after_links(lines, n, links):
            reason = "link to another article"
            links += 1
        if reason in (None, SKIPPED_BLOCK):
            in_links = False
        elif line.chrome == "related" or line.chrome in sections:
            # «اقرأ أيضاً: …» carries its link itself; the words alone head the lines that follow.
            in_links, links = len(line.words) <= 4 or line.chrome in sections, 0
        reasons.append(reason)
    return reasons


def _is_amid_prose(lines: Sequence[PageLine], n: int) -> bool:
    """Links to terms of use stand in footers; between two paragraphs the same words are a sub-head."""
    return 0 < n < len(lines) - 1 and lines[n - 1].prose and lines[n + 1].prose


def _is_subhead_after_links(lines: Sequence[PageLine], n: int, links: int) -> bool:
    """A short line right before prose, behind at least one link, heads the prose."""
    return links > 0 and len(lines[n].words) <= 5 and n + 1 < len(lines) and lines[n + 1].prose
