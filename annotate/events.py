"""The event registry: which articles report one event, and the contested claims they take a stance on."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..configs.files import InputError
from ..configs.located_yaml import LocatedYaml, Place
from .document import EventClaim

Id = Annotated[str, StringConstraints(pattern=r"^\S+$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClaimEntry(_Record):
    """A contested claim in events.yaml."""

    id: Id
    text: Text


class Event(_Record):
    """One event. `articles` report it; `also` are articles of another event that speak to its claims too."""

    id: Id
    title: Text
    date: datetime.date | None = None
    articles: tuple[Id, ...] = ()
    also: tuple[Id, ...] = ()
    claims: tuple[ClaimEntry, ...] = ()


class EventsFile(_Record):
    """The content of events.yaml."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an article reports: its event, and the claims it takes a stance on (its own event's first)."""

    event_id: str | None
    claims: tuple[EventClaim, ...]


NO_EVENT = Coverage(None, ())


def load_events(path: Path, article_ids: Collection[str]) -> dict[str, Coverage]:
    """Reads events.yaml and checks it against the articles at hand; gives each listed article's coverage.

    Raises InputError with every problem: an id used twice, an article in two events without `also`,
    an article that is not there.
    """
    file = LocatedYaml(path)
    events = file.parse(EventsFile).events
    problems = [file.problem(place, message) for place, message in _cross_checks(events, article_ids)]
    if problems:
        raise InputError(*problems)
    own = {article: event for event in events for article in event.articles}
    coverage: dict[str, Coverage] = {}
    for article, event in own.items():
        others = [other for other in events if article in other.also]
        claims = tuple(EventClaim(c.id, c.text) for e in (event, *others) for c in e.claims)
        coverage[article] = Coverage(event.id, claims)
    return coverage


def _cross_checks(events: Sequence[Event], article_ids: Collection[str]) -> Iterable[tuple[Place, str]]:
    if not events:
        yield ("events",), "has no event"
    event_ids: set[str] = set()
    claim_ids: dict[str, str] = {}
    own: dict[str, str] = {}
    for n, event in enumerate(events):
        if event.id in event_ids:
            yield ("events", n, "id"), f"{event.id} is already the id of an event above"
        event_ids.add(event.id)
        for k, claim in enumerate(event.claims):
            first = claim_ids.setdefault(claim.id, event.id)
            if first != event.id or any(other.id == claim.id for other in event.claims[:k]):
                yield (
                    ("events", n, "claims", k, "id"),
                    f"{claim.id} is already a claim of {first}; claim ids are unique",
                )
        for k, article in enumerate(event.articles):
            place: Place = ("events", n, "articles", k)
            if article in own:
                yield place, f"{article} already belongs to {own[article]}; list it here under `also`"
            own.setdefault(article, event.id)
            if article not in article_ids:
                yield place, _unknown(article, article_ids)
    for n, event in enumerate(events):
        for k, article in enumerate(event.also):
            if own.get(article) in (None, event.id):
                yield (
                    ("events", n, "also", k),
                    f"{article} must be among the `articles` of another event; `also` adds a second one",
                )


def _unknown(article: str, article_ids: Collection[str]) -> str:
    close = difflib.get_close_matches(article, article_ids, n=1)
    return f"there is no article {article}" + (f"; did you mean {close[0]}?" if close else "")
