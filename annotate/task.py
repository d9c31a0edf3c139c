"""Label Studio tasks: an Article and its event's claims, there and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from xml.etree import ElementTree as ET

from ..configs.files import InputError
from ..configs.scheme import Scheme
from .document import Article, EventClaim

_VARIABLE = re.compile(r"\$(\w+)(\[[^\]]*\]\.(\w+))?")
_STRINGS = ("doc_id", "text", "text_sha256", "scheme")
_OPTIONAL = ("preannotated_by", "title", "outlet", "agency", "published", "url", "event_id", "source")


def make_task(
    article: Article, claims: Sequence[EventClaim], scheme: Scheme, preannotated_by: str | None = None
) -> dict[str, Any]:
    """The task for one article. `claims` keep their order for ever: answers refer to them by position.

    `preannotated_by` names the model whose suggestions annotators see, since suggestions sway them.
    """
    return {
        "data": {
            "doc_id": article.id,
            "title": article.title or "",
            "outlet": article.outlet,
            "agency": article.agency,
            "published": article.published,
            "url": article.url,
            "event_id": article.event_id,
            "source": article.source,
            "text": article.text,
            "text_sha256": article.text_sha256,
            "scheme": scheme.id,
            "preannotated_by": preannotated_by,
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
        agency=data.get("agency"),
        published=data.get("published"),
        url=data.get("url"),
        event_id=data.get("event_id"),
        source=data.get("source"),
        text_sha256=data["text_sha256"],
    )
    return article, tuple(EventClaim(claim["id"], claim["text"]) for claim in data["claims"])


class TaskCheck:
    """Whether Label Studio can show a task in an interface: each variable of the interface has its data."""

    def __init__(self, xml: str) -> None:
        self._texts: list[str] = []
        self._lists: list[str] = []
        self._items: list[tuple[str, str]] = []
        for element in ET.fromstring(xml).iter():  # noqa: S314 - our own XML
            variable = _VARIABLE.fullmatch(element.get("on" if element.tag == "Repeater" else "value", ""))
            if variable and element.tag == "Repeater":
                self._lists.append(variable[1])
            elif variable and variable[3]:
                self._items.append((variable[1], variable[3]))
            elif variable:
                self._texts.append(variable[1])

    def __call__(self, task: Mapping[str, Any]) -> None:
        """Raises InputError naming every variable that the task does not have, or not as what is shown."""
        data = task["data"]
        missing = [f"${key} as text" for key in self._texts if not isinstance(data.get(key), str)]
        missing += [f"${key} as a list" for key in self._lists if not isinstance(data.get(key), list)]
        for key, field in self._items:
            items = cast(list[Any], data[key]) if isinstance(data.get(key), list) else []
            if not all(isinstance(item, dict) and isinstance(item.get(field), str) for item in items):
                missing.append(f"${key}[…].{field} as text")
        if missing:
            raise InputError(f"task {data.get('doc_id')}: lacks what the interface shows: {', '.join(missing)}")


def dump_tasks(tasks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The pieces of tasks.json, a JSON list with one task a line, made as the tasks come."""
    before = "[\n"
    for task in tasks:
        yield before + json.dumps(task, ensure_ascii=False)
        before = ",\n"
    yield before + "]\n" if before == "[\n" else "\n]\n"


def _is_claim(value: object) -> bool:
    claim = cast(dict[str, object], value) if isinstance(value, dict) else {}
    return isinstance(claim.get("id"), str) and isinstance(claim.get("text"), str)
