"""Label Studio tasks: made from an Article and its event's claims, and read back into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from string import ascii_lowercase
from typing import Any, cast
from xml.etree import ElementTree as ET

from ..configs.errors import InputError, Problem, within
from ..configs.formats import FORMAT, FORMATS, TASK, check_format
from ..configs.scheme import Scheme
from ..configs.versions import LAYERS, Identity, two_contents
from .document import Article, EventClaim

# After the digits of the keyboard, letters follow.
_CLAIM_KEYS = (*(f"shift+{digit}" for digit in "1234567890"), *(f"alt+shift+{letter}" for letter in ascii_lowercase))
_VARIABLE = re.compile(r"\$(\w+)(\[[^\]]*\]\.(\w+))?")
_STRINGS = ("doc_id", "text", "text_sha256", "scheme")
_OPTIONAL = ("preannotated_by", "title", "outlet", "agency", "published", "url", "event_id", "source", "scheme_hash")
# The fields that name the scheme of a task. Version 0.1.0 wrote only the first.
# The fields of an adjudication task that list the differences: a line each, and as a table on screen.
ADJUDICATION, DIFFERENCES = "adjudication", "differences"
REWORDED = "reworded"  # field of a claim: when its text was changed in a task that had already been pushed
SCHEME, SCHEME_HASH, SCHEME_CONTENT = "scheme", "scheme_hash", "scheme_content"


def make_task(
    article: Article, claims: Sequence[EventClaim], scheme: Scheme, preannotated_by: str | None = None
) -> dict[str, Any]:
    """The task for one article. The order of `claims` never changes: answers refer to claims by position.

    `preannotated_by` names the model whose suggestions annotators see, since suggestions influence them.
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
            **scheme_fields(scheme.identity),
            FORMAT: FORMATS[TASK],
            "preannotated_by": preannotated_by,
            "claims": claim_rows(claims),
        }
    }


def claim_rows(claims: Sequence[EventClaim]) -> list[dict[str, str]]:
    """The event's claims in the form of a task: id and text, and the same as a choice on screen with its key."""
    rows = [{"id": claim.id, "text": claim.text, "value": claim.text, "alias": claim.id} for claim in claims]
    for row, key in zip(rows, _CLAIM_KEYS, strict=False):
        row["hotkey"] = key
    return rows


def is_adjudication(tasks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these tasks are for an adjudicator; files and projects have tasks of one kind."""
    return bool(tasks) and ADJUDICATION in tasks[0]["data"]


def completed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data of a task with everything that the interface shows; tasks before format 2 lack some of it.

    Claims, which were only id and text, become choices. The differences for an adjudicator become a piece of HTML. Data
    with unreadable claims stays as it is.
    """
    if ADJUDICATION in data and DIFFERENCES not in data:
        lines = escape(str(data[ADJUDICATION])).splitlines()
        data = {**data, DIFFERENCES: "<br>".join(lines), FORMAT: FORMATS[TASK]}
    if not has_claims(data):
        return data
    rows = cast("list[dict[str, str]]", data["claims"])
    wanted = claim_rows([EventClaim(row["id"], row["text"]) for row in rows])
    made = [row | more for row, more in zip(rows, wanted, strict=True)]
    return data if made == rows else {**data, "claims": made, FORMAT: FORMATS[TASK]}


def reworded_since(data: Mapping[str, Any], when: object) -> list[str]:
    """The ids of the task's claims whose text was changed after `when`, a time as Label Studio writes it."""
    changed = {row["id"]: row.get(REWORDED) for row in data["claims"]} if has_claims(data) else {}
    try:
        moment = datetime.fromisoformat(str(when))
        return [claim for claim, at in changed.items() if at and datetime.fromisoformat(at) > moment]
    except (ValueError, TypeError):  # not a time, or a time without a time zone
        return []


def scheme_fields(identity: Identity) -> dict[str, Any]:
    """The fields of a task's data that name its scheme."""
    return {SCHEME: identity.id, SCHEME_HASH: identity.hash, SCHEME_CONTENT: identity.content}


def scheme_in(data: Mapping[str, Any]) -> Identity:
    """The scheme that a task was made with, as far as its data names it."""
    digest, content = data.get(SCHEME_HASH), data.get(SCHEME_CONTENT)
    return Identity(
        str(data.get(SCHEME)),
        digest if isinstance(digest, str) else None,
        cast(dict[str, Any], content) if _is_content(content) else None,
    )


def read_task(data: Mapping[str, Any], scheme: Identity) -> tuple[Article, tuple[EventClaim, ...]]:
    """The article and claims in a task's data. `scheme` is the identity of the scheme given.

    Raises InputError if the data has a newer format, if a field is missing or has the wrong type, if the task was made
    with another scheme or another content of it, or if the text does not match its hash.
    """
    where = f"article {data.get('doc_id')}"
    check_format(data, TASK, where)
    problems = [
        f"{key} is missing or not text; was this task made by `mihakk annotate tasks`?"
        for key in _STRINGS
        if not isinstance(data.get(key), str)
    ]
    problems += [
        f"{key} is neither text nor null"
        for key in _OPTIONAL
        if data.get(key) is not None and not isinstance(data[key], str)
    ]
    if not has_claims(data):
        problems.append("claims is not a list of {id, text}")
    if data.get(SCHEME_CONTENT) is not None and not _is_content(data[SCHEME_CONTENT]):
        problems.append(f"{SCHEME_CONTENT} must have lists of {', '.join(LAYERS)}, or be null")
    if not problems and (two := two_contents(scheme_in(data), scheme, ("the task", "the scheme given"))):
        problems.append(two)
    if not problems and data["scheme"] != scheme.id:
        problems.append(f"was made with the scheme {data['scheme']}, not {scheme.id}; give its scheme with --scheme")
    if problems:
        raise InputError(*within(where, problems))
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
    """Checks that Label Studio can show a task: the task has data for each variable of the interface."""

    def __init__(self, xml: str) -> None:
        # Key of the data, fields of its items, whether it is a list.
        self._variables: list[tuple[str, tuple[str, ...], bool]] = []
        for element in ET.fromstring(xml).iter():  # noqa: S314 - our own XML
            repeats, offers = element.tag == "Repeater", element.tag == "Choices"
            variable = _VARIABLE.fullmatch(element.get("on" if repeats else "value", ""))
            if variable:
                fields = ("value", "alias") if offers else (variable[3],) if variable[3] else ()
                self._variables.append((variable[1], fields, repeats or offers))

    def __call__(self, task: Mapping[str, Any]) -> None:
        """Raises InputError that names every variable whose data is missing or has the wrong type."""
        data = task["data"]
        problems = [
            Problem(f"article {data.get('doc_id')}", f"the interface shows ${shown}, so the task needs it as {wanted}")
            for key, fields, is_list in self._variables
            for shown, wanted in _lacking(data.get(key), key, fields, is_list)
        ]
        if problems:
            raise InputError(*problems)


def _lacking(value: object, key: str, fields: Sequence[str], is_list: bool) -> Iterator[tuple[str, str]]:
    """The missing variable and the type it should have; nothing if `value` fits."""
    items = cast(list[Any], value) if isinstance(value, list) else None
    if is_list and items is None:
        yield key, "a list"
    for field in fields if items is not None else ():
        if not all(isinstance(item, dict) and isinstance(item.get(field), str) for item in items or ()):
            yield f"{key}[{{{{idx}}}}].{field}", "a list of items with that text"
    if not is_list and not fields and not isinstance(value, str):
        yield key, "text"


def dump_tasks(tasks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The pieces of tasks.json, a JSON list with one task on each line, written as the tasks come.

    Raises InputError for a number that JSON does not have.
    """
    before = "[\n"
    for number, task in enumerate(tasks, 1):
        try:
            yield before + json.dumps(task, ensure_ascii=False, allow_nan=False)
        except ValueError:
            raise InputError(
                f"item {number}: has NaN or Infinity, which a file of tasks cannot contain; mend it"
            ) from None
        before = ",\n"
    yield before + "]\n" if before == "[\n" else "\n]\n"


def _is_content(value: object) -> bool:
    content = cast(dict[str, object], value) if isinstance(value, dict) else {}
    layers = [content.get(layer) for layer in LAYERS]
    return all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in layers)


def has_claims(data: Mapping[str, Any]) -> bool:
    """Whether the claims in a task's data can be read; an empty list can."""
    claims = data.get("claims")
    return isinstance(claims, list) and all(map(_is_claim, cast(list[object], claims)))


def _is_claim(value: object) -> bool:
    claim = cast(dict[str, object], value) if isinstance(value, dict) else {}
    return isinstance(claim.get("id"), str) and isinstance(claim.get("text"), str)
