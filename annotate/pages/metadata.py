"""What an HTML page says of its article for machines: JSON-LD, microdata, RDFa and the tags of its head.

Nothing is decided here: each value becomes a candidate with a weight, for headline.py, naming.py and published.py.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from .dates import read_date_line
from .dom import Box, HtmlPage
from .lexicon import words_of

_CONTROL = re.compile(r"[\x00-\x1f]+")
_COMMA_AT_END = re.compile(r",\s*([}\]])")
# What is left to read of a script that no longer is JSON, as where a quotation mark in a text was not escaped.
_KIND = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(\w{0,40}(?:Article|Posting|Report))"')
_PUBLISHED = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"]{1,60})"')
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
# What scripts are wrapped in so that old browsers show nothing of them.
_OPENS = re.compile(r"(?:/\*|//)?\s{0,9}(?:<!--|<!\[CDATA\[)\s{0,9}(?:\*/)?")
_CLOSES = re.compile(r"(?:/\*|//)?\s{0,9}(?:-->|\]\]>)\s{0,9}(?:\*/)?$")
_ARTICLE_KINDS = frozenset(("Report", "LiveBlogPosting", "BlogPosting", "SocialMediaPosting"))
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")
_MOST_OBJECTS = 2000

_HEADLINES = {"og:title": 4.6, "twitter:title": 1.0, "headline": 1.5, "dc.title": 0.8, "title": 0.5}
_OUTLETS = {
    "og:site_name": 2.0, "application-name": 1.0, "apple-mobile-web-app-title": 0.8, "dc.publisher": 1.0, "publisher": 0.6,  # noqa: E501
    "article:publisher": 0.3,
}  # fmt: skip
_TIMES = {
    "article:published_time": 3.0, "og:article:published_time": 3.0, "og:published_time": 2.5, "datepublished": 2.6,
    "dc.date.issued": 2.2, "dcterms.issued": 2.2, "dcterms.created": 1.6, "pubdate": 2.2, "publishdate": 2.2,
    "publish-date": 2.2, "publish_date": 2.2, "publication_date": 2.2, "date": 1.3, "dc.date": 1.3, "sailthru.date": 1.6,  # noqa: E501
    "parsely-pub-date": 2.2, "cxenseparse:recs:publishtime": 2.2,
}  # fmt: skip
_TIME_ITEMS = frozenset(
    ("datepublished", "schema:datepublished", "dc:date", "dc:created", "dcterms:created", "pubdate")
)
_ISO = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]{1,3}(\d\d):(\d\d)(?::\d\d(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?(?![\d:])"
)


@dataclass(slots=True)
class Metadata:
    """Candidates with their weights. `items` are times in the page's marks, with where they stand."""

    headlines: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    outlets: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    times: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    items: list[tuple[str, Box]] = field(default_factory=list[tuple[str, Box]])
    title: str | None = None
    url: str | None = None
    is_live: bool = False

    @property
    def about(self) -> frozenset[str]:
        """The longer words of the title in the page's head."""
        return frozenset(word for word in words_of(self.title or "") if len(word) > 3)


def read_metadata(page: HtmlPage) -> Metadata:
    """The candidates of a page; what makes no sense is read over."""
    metadata = Metadata(title=_spaced(page.title))
    seen: set[str] = set()
    for name, value in page.metas:
        if name in seen:
            continue  # the first is the page's own
        for table, to in ((_HEADLINES, metadata.headlines), (_OUTLETS, metadata.outlets)):
            if name in table and (text := _spaced(value)):
                to.append((table[name], text))
                seen.add(name)
        if name in _TIMES and (time := iso(value)):
            metadata.times.append((_TIMES[name], time))
            seen.add(name)
    if metadata.title:
        metadata.headlines.append((0.8, metadata.title))
    _read_linked(page, metadata)
    for name, value, box in page.items:
        if name in _TIME_ITEMS and (time := iso(value)):
            metadata.items.append((time, box))
        elif name == "name" and "publisher" in box.itemprops and (text := _spaced(value)):
            metadata.outlets.append((2.0, text))
    urls = [page.canonical, *(value for name, value in page.metas if name == "og:url")]
    metadata.url = next((url.strip() for url in urls if url and url.strip()), None)
    return metadata


def _read_linked(page: HtmlPage, metadata: Metadata) -> None:
    objects = [item for script in page.scripts for item in _objects(script)]
    articles = [item for item in objects if any("Article" in kind or kind in _ARTICLE_KINDS for kind in _kinds(item))]
    headlines = {words_of(text) for _, text in metadata.headlines}
    own = next((item for item in articles if words_of(_text(item.get("headline")) or "") in headlines - {()}), None)
    article = own or next(iter(articles), None)
    for item in objects:
        if any(kind in ("NewsMediaOrganization", "Organization", "WebSite") for kind in _kinds(item)):
            name = _text(item.get("name"))
            if name:
                metadata.outlets.append((0.9, name))
    if article is None:
        return
    headline = _text(article.get("headline")) or _text(article.get("name"))
    if headline:
        metadata.headlines.append((3.0, headline))
    publishers: Any = article.get("publisher")
    for publisher in cast(list[Any], publishers if isinstance(publishers, list) else [publishers]):
        name = _text(cast(dict[str, Any], publisher).get("name")) if isinstance(publisher, dict) else None
        if name:
            metadata.outlets.append((2.0, name))
    time = iso(_text(article.get("datePublished")))
    if time:
        metadata.times.append((3.5, time))
    metadata.is_live = "LiveBlogPosting" in _kinds(article)


def _objects(script: str) -> Iterator[dict[str, Any]]:
    """Every object of a JSON-LD script that describes the page, in order, read as leniently as search engines do."""
    raw = _OPENS.sub("", script.strip().lstrip("\ufeff"), count=1) if "<!" in script[:40] else script.lstrip("\ufeff")
    raw = raw.strip()
    raw = (raw[:-30] + _CLOSES.sub("", raw[-30:])).strip().rstrip(";") if raw.endswith((">", "/")) else raw.rstrip(";")
    value: Any = None
    flat = _CONTROL.sub(" ", raw)
    for written in (
        raw,
        flat,
        _COMMA_AT_END.sub(r"\1", flat),
        _BAD_ESCAPE.sub(r"\\\\", _COMMA_AT_END.sub(r"\1", flat)),
    ):
        try:
            value = json.loads(written, strict=False)
            break
        except (ValueError, RecursionError):  # a number of thousands of digits is a bare ValueError
            continue
    else:
        value = _from_broken(flat)
    pending: list[Any] = [value]
    for _ in range(_MOST_OBJECTS):
        if not pending:
            return
        item = pending.pop()
        if isinstance(item, list):
            pending += reversed(cast(list[Any], item)[:_MOST_OBJECTS])
        elif isinstance(item, dict):
            record = cast(dict[str, Any], item)
            yield record
            pending += [record[key] for key in reversed(_INSIDE) if isinstance(record.get(key), dict | list)]


def _from_broken(script: str) -> dict[str, Any] | None:
    """The time that a broken script gives, if it gives one."""
    kind, times = _KIND.search(script), set(_PUBLISHED.findall(script))
    return {"@type": kind[1], "datePublished": times.pop()} if kind and len(times) == 1 else None


def _kinds(record: dict[str, Any]) -> list[str]:
    kinds: Any = record.get("@type")
    return [str(kind) for kind in cast(list[Any], kinds if isinstance(kinds, list) else [kinds])]


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        several = cast(list[Any], value)
        value = several[0] if several else None
    if isinstance(value, dict):
        value = cast(dict[str, Any], value).get("@value")
    return _spaced(value) if isinstance(value, str) else None


def _spaced(text: str | None) -> str | None:
    """With single spaces, and with characters in place of entities that were escaped once too often."""
    return " ".join(html.unescape(text[:2000]).split()) or None if text else None


def iso(value: str | None) -> str | None:
    """A whole date as machines or people write it, to the minute, with its zone where it has one; else None."""
    text = (value or "").strip()[:100]
    match = _ISO.fullmatch(text)
    if match is None:
        line = read_date_line(text)
        return line.published if line is not None and line.kind != "updated" else None
    day = read_date_line(f"{match[1]}-{match[2]}-{match[3]}")
    if day is None or day.published is None:
        return None
    hour, minute, zone = match[4], match[5], match[6]
    # Midnight without a zone is how machines write a day alone.
    if hour is None or (hour == minute == "00" and zone is None) or int(hour) > 23 or int(minute) > 59:
        return day.published
    if zone and zone != "Z" and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"{day.published}T{hour}:{minute}{'+00:00' if zone == 'Z' else zone or ''}"
