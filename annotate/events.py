"""The event registry: the articles of each event, and the contested claims that they take a stance on."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..configs.errors import InputError, did_you_mean
from ..configs.formats import EVENTS_SCHEMA
from ..configs.located_yaml import ONE_WORD, LocatedYaml, Place
from .document import Article, EventClaim

if TYPE_CHECKING:
    from .clustering import Proposal

# Characters that YAML forbids everywhere, even in comments.
_NOT_IN_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Id = Annotated[str, StringConstraints(pattern=ONE_WORD)]
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
    """An article's event, and the claims that it takes a stance on (those of its own event first)."""

    event_id: str | None
    claims: tuple[EventClaim, ...]


NO_EVENT = Coverage(None, ())


class Registry:
    """events.yaml, read and checked: the event and claims of each article.

    Raises InputError with every problem: an id used twice, an article in two events without `also`.
    """

    def __init__(self, path: Path) -> None:
        self._file = LocatedYaml(path)
        events = self._file.parse(EventsFile).events
        problems = [self._file.problem(place, message) for place, message in _cross_checks(events)]
        if problems:
            raise InputError(*problems)
        self._places: dict[str, Place] = {}
        self._coverage: dict[str, Coverage] = {}
        for n, event in enumerate(events):
            for k, article in enumerate(event.articles):
                also_in = [each for each in events if article in each.also]
                claims = tuple(EventClaim(c.id, c.text) for e in (event, *also_in) for c in e.claims)
                self._coverage[article] = Coverage(event.id, claims)
                self._places[article] = ("events", n, "articles", k)

    def coverage(self, article_id: str) -> Coverage:
        """The event and claims of an article; NO_EVENT if no event lists it."""
        return self._coverage.get(article_id, NO_EVENT)

    def check_articles(self, article_ids: Collection[str]) -> None:
        """Raises InputError that names every listed article that is not in `article_ids`."""
        unknown = [article for article in self._coverage if article not in article_ids]
        if unknown:
            raise InputError(*(self._file.problem(self._places[a], _unknown(a, article_ids)) for a in unknown))


def _cross_checks(events: Sequence[Event]) -> Iterable[tuple[Place, str]]:
    if not events:
        yield ("events",), "has no event"
    event_ids: set[str] = set()
    claim_events: dict[str, str] = {}
    own: dict[str, str] = {}
    for n, event in enumerate(events):
        if event.id in event_ids:
            yield ("events", n, "id"), f"{event.id} is already the id of an event above"
        event_ids.add(event.id)
        for k, claim in enumerate(event.claims):
            if claim.id in claim_events:
                yield (
                    ("events", n, "claims", k, "id"),
                    f"{claim.id} is already a claim of {claim_events[claim.id]}; claim ids are unique",
                )
            claim_events.setdefault(claim.id, event.id)
        for k, article in enumerate(event.articles):
            if article in own:
                yield (
                    ("events", n, "articles", k),
                    f"{article} already belongs to {own[article]}; list it here under `also`",
                )
            own.setdefault(article, event.id)
    for n, event in enumerate(events):
        for k, article in enumerate(event.also):
            if own.get(article) in (None, event.id):
                yield (
                    ("events", n, "also", k),
                    f"{article} must be among the `articles` of another event; `also` adds a second one",
                )


def _unknown(article: str, article_ids: Collection[str]) -> str:
    return f"there is no article {article}" + did_you_mean(article, article_ids)


def propose_yaml(proposals: Sequence[Proposal]) -> str:
    """A first events.yaml for an editor to correct: proposed events, marked near-copies, lone articles as comments.

    Its first line names the JSON Schema for text editors. The schema must be in the same folder.
    """
    lines = [
        f"# yaml-language-server: $schema={EVENTS_SCHEMA.name}",
        "# Proposed by clustering. An editor has to check every event: correct groups, name events, write claims.",
        "# An event's claims go on lines of their own, and the [] after `claims:` goes away:",
        "#     claims:",
        '#       - {id: c1, text: "قُتل ثلاثة مدنيين"}',
        "events:",
    ]
    for n, proposal in enumerate(p for p in proposals if len(p.articles) > 1):
        first = proposal.articles[0]
        day = (first.published or "")[:10]
        lines.append(f"  - id: event-{day or 'undated'}-{n + 1}")
        lines.append(f"    title: {_quoted(_one_line(first.title or '') or first.id)}")
        lines += [f"    date: {day}"] if day else []
        lines.append("    articles:")
        lines += [f"      - {_quoted(a.id)}  # {_remark(a, proposal)}" for a in proposal.articles]
        lines.append("    claims: []")
    alone = [(p, p.articles[0]) for p in proposals if len(p.articles) == 1]
    if len(alone) == len(proposals):
        lines[-1] += " []"
    if alone:
        lines.append("# Alone, in no event:")
        lines += [f"#   {a.id}  {(a.published or 'undated')[:10]}  {_remark(a, p)}" for p, a in alone]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML string; JSON strings are YAML strings."""
    return json.dumps(text, ensure_ascii=False)


def _remark(article: Article, proposal: Proposal) -> str:
    """A remark by which an editor recognises the article, and the article that it copies, if any."""
    copy_of = dict(proposal.copies).get(article.id)
    remark = _one_line(f"{article.outlet or 'no outlet'}: {article.title or article.text[:80]}")
    return remark if copy_of is None else f"{remark}; NEAR-COPY of {copy_of}"


def _one_line(text: str) -> str:
    """`text` on one line, without characters that YAML forbids."""
    return " ".join(_NOT_IN_YAML.sub(" ", text).split())
