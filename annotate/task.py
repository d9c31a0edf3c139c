"""Label Studio tasks: an Article and its event's claims, there and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast
from xml.etree import ElementTree as ET

from ..configs.files import InputError
from ..configs.scheme import Scheme
from .document import Article, EventClaim

_VARIABLE = re.compile(r"\$(\w+)(\[[^\]]*\]\.(\w+))?")
_STRINGS = ("doc_id", "text", "text_sha256", "scheme")
_OPTIONAL = ("title", "outlet", "published", "url", "event_id", "source")


def make_task(article: Article, claims: Sequence[EventClaim], scheme: Scheme) -> dict[str, Any]:
    """The task for one article. `claims` keep their order for ever: answers refer to them by position."""
    return {
        "data": {
            "doc_id": article.id,
            "title": article.title or "",
            "outlet": article.outlet,
            "published": article.published,
            "url": article.url,
            "event_id": article.event_id,
            "source": article.source,
            "text": article.text,
            "text_sha256": article.text_sha256,
            "scheme": scheme.id,
            "claims": [{"id": claim.id, "text": claim.text} for claim in claims],
        }
    }


def read_task(data: Mapping[str, Any], scheme: Scheme) -> tuple[Article, tuple[EventClaim, ...]]:
    """The article and claims that task data carries.

    Raises InputError if a field is missing or of the wrong kind, the task was made with another scheme, or
    the text is not the one whose hash the task carries.
    """
    name = data.get("doc_id")
    problems = [
        f"task {name}: {key} is missing or no text; was this task made by `mihakk annotate tasks`?"
        for key in _STRINGS
        if not isinstance(data.get(key), str)
    ]
    problems += [
        f"task {name}: {key} is neither text nor null"
        for key in _OPTIONAL
        if data.get(key) is not None and not isinstance(data[key], str)
    ]
    claims = data.get("claims")
    if not isinstance(claims, list) or not all(map(_is_claim, cast(list[object], claims))):
        problems.append(f"task {name}: claims is no list of {{id, text}}")
    if not problems and data["scheme"] != scheme.id:
        problems.append(
            f"task {name}: was made with the scheme {data['scheme']}, not {scheme.id}; give that one with --scheme"
        )
    if problems:
        raise InputError(*problems)
    article = Article(
        id=data["doc_id"],
        text=data["text"],
        title=data.get("title") or None,
        outlet=data.get("outlet"),
        published=data.get("published"),
        url=data.get("url"),
        event_id=data.get("event_id"),
        source=data.get("source"),
        text_sha256=data["text_sha256"],
    )
    return article, tuple(EventClaim(claim["id"], claim["text"]) for claim in data["claims"])


def check_task(task: Mapping[str, Any], xml: str) -> None:
    """Raises InputError if Label Studio could not show `task` in the interface `xml`: a variable without its data."""
    data = task["data"]
    problems = [
        f"task {data.get('doc_id')}: the interface shows ${shown}, which the task does not have as {wanted}"
        for shown, wanted, ok in _variables(data, xml)
        if not ok
    ]
    if problems:
        raise InputError(*problems)


@cache
def _parsed(xml: str) -> ET.Element:
    """One interface shows thousands of tasks."""
    return ET.fromstring(xml)  # noqa: S314 - our own XML


def _variables(data: Mapping[str, Any], xml: str) -> Iterable[tuple[str, str, bool]]:
    """Each variable of the interface, what it must be, and whether it is."""
    for element in _parsed(xml).iter():
        variable = _VARIABLE.fullmatch(element.get("on" if element.tag == "Repeater" else "value", ""))
        if not variable:
            continue
        value = data.get(variable[1])
        if element.tag == "Repeater":
            yield variable[1], "a list", isinstance(value, list)
        elif variable[3]:
            items = cast(list[object], value) if isinstance(value, list) else []
            has_all = all(isinstance(i, dict) and isinstance(i.get(variable[3]), str) for i in items)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            yield variable[0][1:], "a list of items with that text", isinstance(value, list) and has_all
        else:
            yield variable[1], "text", isinstance(value, str)


def _is_claim(value: object) -> bool:
    claim = cast(dict[str, object], value) if isinstance(value, dict) else {}
    return isinstance(claim.get("id"), str) and isinstance(claim.get("text"), str)
