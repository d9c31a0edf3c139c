"""From an article's HTML to its Article: trafilatura finds the body, the page's own metadata the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from ...configs.errors import InputError
from ..document import Article
from .dates import read_date_line
from .lines import SUFFIX_BAR, chrome_kind, words_of
from .outlet import OutletNames, default_names
from .page import Page, Removed

_PUBLISHED_META = ("article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "pubdate")
_KEPT_CHROME = frozenset(("terms", "caption", "section", None))
# Where pages give the times of other articles, or today's: beside the article, in cards, in the frame of the site.
_ELSEWHERE = (
    "ancestor::aside or ancestor::nav or ancestor::article[not(.//h1) and count(//article) > 1]"
    " or ancestor::*[self::header or self::footer or self::li][not(ancestor::article)]"
)
_UPDATED = re.compile("updat|modif", re.IGNORECASE)
_PUBLISHED = re.compile("publish", re.IGNORECASE)


def parse_html(html: bytes, article_id: str, source: str | None = None, names: OutletNames | None = None) -> Page:
    """Reads an HTML page. What the body keeps of page chrome after trafilatura is removed, and listed.

    The publication time is what the page's JSON-LD or metadata say, else a time element of the article that is not
    called an update, else a complete date that the page calls its publication time; trafilatura's own guess is not
    asked for. Raises InputError if there is no article in it.
    """
    import trafilatura
    from lxml import html as lxml_html
    from lxml.etree import LxmlError

    names = names or default_names()
    try:
        tree: Any = trafilatura.load_html(html)
        if tree is None:
            raise InputError("is no HTML")
        for template in list(tree.iter("template")):
            template.drop_tree()  # browsers show nothing of it
        # The first is the page's own; behind it pages list related ones.
        linked: dict[str, Any] = next(_linked_data(tree), {})
        published = _published(tree, linked)
        title = _first(
            _text(linked, "headline"), _meta(tree, "og:title"), *_texts(tree, "//h1"), *_texts(tree, "//title")
        )
        outlet = _first(_meta(tree, "og:site_name"), *(_text(item, "name") for item in _objects(linked, "publisher")))
        url = _first(*cast(list[str], tree.xpath("//link[@rel='canonical']/@href")), _meta(tree, "og:url"))
        # trafilatura changes the tree it is given.
        body = trafilatura.extract(
            lxml_html.tostring(tree, encoding="unicode"),
            include_comments=False,
            include_tables=False,
            favor_recall=True,
        )
    except (LxmlError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot be read as HTML ({type(error).__name__})") from None
    if title and outlet:
        # Only behind a bar; without one the name is a word of the headline.
        barred = re.fullmatch(rf"(.+?)(?:{SUFFIX_BAR.pattern}|\s+[•·]\s+){re.escape(outlet)}", title)
        title = barred[1] if barred else title
    kept: list[str] = []
    removed: list[Removed] = []
    for number, line in enumerate((body or "").splitlines(), 1):
        line = line.strip().removeprefix("- ").strip()
        kind = chrome_kind(line) if line else None
        if line and title and words_of(line) == words_of(title):
            removed.append(Removed(number, line, "headline repeated"))
        elif kind in _KEPT_CHROME:
            kept += [line] if line else []
        else:
            removed.append(Removed(number, line, str(kind)))
    if not any(len(words_of(line)) >= 5 for line in kept):
        raise InputError("no article found: the page has no paragraph of running text")
    article = Article(
        id=article_id,
        text="\n\n".join([title, *kept] if title else kept),
        title=title,
        outlet=names.outlet(outlet) if outlet else None,
        published=published,
        url=url,
        source=source,
    )
    return Page(article, tuple(removed))


def _published(tree: Any, linked: dict[str, Any]) -> str | None:
    marked = f"//*[@itemprop='datePublished'][not({_ELSEWHERE})]"
    said = [
        _text(linked, "datePublished"),
        *(_meta(tree, name) for name in _PUBLISHED_META),
        *cast(list[str], tree.xpath(f"{marked}/@datetime | {marked}/@content")),
    ]
    for value in said:
        published = _iso(value)
        if published:
            return published
    # Times in the article before those around it.
    for path in ("//article//time", "//time[not(ancestor::article)]"):
        for element in cast(list[Any], tree.xpath(f"{path}[not({_ELSEWHERE})]")):
            published = _time_element(element)
            if published:
                return published
    # Any other date may be today's or an update's, so it counts only under the name of publication.
    for line in _texts(tree, f"//*[contains(@class, 'date')][not({_ELSEWHERE})]"):
        date = read_date_line(line) if len(line) < 160 else None
        if date and date.kind == "published" and date.published:
            return date.published
    return None


def _time_element(element: Any) -> str | None:
    """The time that a time element gives; None if its marks, or the words in front of it, call it an update."""
    marks = " ".join(cast(list[str], element.xpath("@class | @itemprop | ../@class")))
    # Themes mark the one time of an article that was never changed as both.
    if _UPDATED.search(marks) and not _PUBLISHED.search(marks):
        return None
    value = _iso(element.get("datetime"))
    label = " ".join(cast(list[str], element.xpath("preceding::text()[normalize-space()][1][not(ancestor::h1)]")))
    shown = " ".join(f"{label if len(label) < 40 else ''} {element.text_content()}".split())
    # «آخر تحديث قبل ساعتين» has no date to read but the element's value.
    date = read_date_line(shown) or read_date_line(f"{shown} {value or ''}")
    return (value or date.published) if date and date.kind != "updated" else None


def _iso(value: str | None) -> str | None:
    """An ISO time to the minute, with its zone where it has one; None if `value` is none."""
    from datetime import date, datetime

    text = (value or "").strip()
    try:
        return (
            date.fromisoformat(text).isoformat()
            if len(text) == 10
            else datetime.fromisoformat(text).isoformat("T", "minutes")
        )
    except ValueError:
        return None


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the page's JSON-LD that speaks of an article, in the page's order."""
    for script in cast(list[Any], tree.xpath("//script[@type='application/ld+json']")):
        try:
            value = json.loads(script.text_content())
        except (ValueError, RecursionError):  # a number of thousands of digits is a bare ValueError
            continue
        pending = [value]
        while pending:
            item = pending.pop()
            if isinstance(item, list):
                pending += reversed(cast(list[Any], item))
            elif isinstance(item, dict):
                record = cast(dict[str, Any], item)
                pending += [v for k, v in record.items() if k == "@graph"]
                kinds = record.get("@type")
                if any(
                    "Article" in str(kind) for kind in (cast(list[Any], kinds) if isinstance(kinds, list) else [kinds])
                ):
                    yield record


def _text(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _objects(record: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    value = record.get(key)
    for found in cast(list[Any], value) if isinstance(value, list) else [value]:
        if isinstance(found, dict):
            yield cast(dict[str, Any], found)


def _meta(tree: Any, name: str) -> str | None:
    lower = "translate({}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
    found = cast(
        list[str],
        tree.xpath(
            f"//meta[{lower.format('@property')}=$name or {lower.format('@name')}=$name or "
            f"{lower.format('@itemprop')}=$name]/@content",
            name=name,
        ),
    )
    return _first(*found)


def _texts(tree: Any, *paths: str) -> Iterator[str]:
    for path in paths:
        for element in cast(list[Any], tree.xpath(path)):
            yield " ".join(element.text_content().split())


def _first(*values: str | None) -> str | None:
    return next((" ".join(value.split()) for value in values if value and value.strip()), None)
