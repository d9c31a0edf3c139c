"""From an article's HTML to its Article: trafilatura finds the body, the page's own metadata the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from ..configs.files import InputError
from .dates import read_date_line
from .document import Article
from .outlet import OutletNames, default_names
from .page import Page, Removed
from .page_lines import chrome_kind, words_of

_PUBLISHED_META = ("article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "pubdate")
_KEPT_CHROME = frozenset(("terms", "caption", "section", None))


def parse_html(html: bytes, article_id: str, source: str | None = None, names: OutletNames | None = None) -> Page:
    """Reads an HTML page. What the body keeps of page chrome after trafilatura is removed, and listed.

    The publication time is what the page's metadata or JSON-LD say, else a time element, else a complete date
    that the page calls its publication time; trafilatura's own guess is not asked for. Raises InputError if
    there is no article in it.
    """
    import trafilatura
    from lxml import html as lxml_html
    from lxml.etree import LxmlError

    names = names or default_names()
    try:
        tree: Any = trafilatura.load_html(html)
        if tree is None:
            raise InputError("is no HTML")
        linked = list(_linked_data(tree))
        published = _published(tree, linked)
        title = _first(
            _linked(linked, "headline"), _meta(tree, "og:title"), *_texts(tree, "//h1"), *_texts(tree, "//title")
        )
        publisher = next((p.get("name") for p in _objects(linked, "publisher") if isinstance(p.get("name"), str)), None)
        outlet = _first(_meta(tree, "og:site_name"), publisher)
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
    if title and outlet and title.endswith(outlet):
        title = title.removesuffix(outlet).rstrip(" |-–—•:") or title
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


def _published(tree: Any, linked: Sequence[dict[str, Any]]) -> str | None:
    said = [
        _linked(linked, "datePublished"),
        *(_meta(tree, name) for name in _PUBLISHED_META),
        *cast(
            list[str], tree.xpath("//*[@itemprop='datePublished']/@datetime | //*[@itemprop='datePublished']/@content")
        ),
        *cast(list[str], tree.xpath("//article//time/@datetime")),
    ]
    for value in said:
        published = _iso(value)
        if published:
            return published
    for line in _texts(tree, "//time", "//*[contains(@class, 'date')]"):
        date = read_date_line(line) if len(line) < 160 else None
        if date and date.kind != "updated" and date.published:
            return date.published
    return None


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
    """Every object in the page's JSON-LD that speaks of an article."""
    for script in cast(list[Any], tree.xpath("//script[@type='application/ld+json']")):
        try:
            value = json.loads(script.text_content())
        except (json.JSONDecodeError, RecursionError):
            continue
        pending = [value]
        while pending:
            item = pending.pop()
            if isinstance(item, list):
                pending += cast(list[Any], item)
            elif isinstance(item, dict):
                record = cast(dict[str, Any], item)
                pending += [v for k, v in record.items() if k == "@graph"]
                kinds = record.get("@type")
                if any(
                    "Article" in str(kind) for kind in (cast(list[Any], kinds) if isinstance(kinds, list) else [kinds])
                ):
                    yield record


def _linked(linked: Sequence[dict[str, Any]], key: str) -> str | None:
    return next((item[key] for item in linked if isinstance(item.get(key), str)), None)


def _objects(linked: Sequence[dict[str, Any]], key: str) -> Iterator[dict[str, Any]]:
    for item in linked:
        value = item.get(key)
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
