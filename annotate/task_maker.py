"""All tasks of one run: each article with its event, claims and suggestions, and a summary of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..configs.errors import InputError
from ..configs.scheme import Scheme
from ..configs.visible import counted, joined
from .document import Article
from .events import NO_EVENT, Coverage, Registry
from .interface import MOST_KEYS
from .preannotation import Suggestions, is_blind
from .task import TaskCheck, make_task

_SHOWN = 5  # articles listed for each missing field; there may be thousands


class TaskMaker:
    """Makes the task of each article, and counts for the summary."""

    def __init__(
        self,
        scheme: Scheme,
        xml: str,
        registry: Registry | None = None,
        suggestions: Suggestions | None = None,
        blind: float = 0.0,
        seed: int = 13,
    ) -> None:
        self._scheme, self._registry, self._suggestions = scheme, registry, suggestions
        self._blind, self._seed = blind, seed
        self._check = TaskCheck(xml)
        self._ids: set[str] = set()
        self._outlets: set[str] = set()
        self._events: set[str] = set()
        self._long: dict[str, int] = {}  # events with more claims than there are keys
        self._claims: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._lacking: dict[str, list[str]] = {"headline": [], "outlet": [], "date": []}

    @property
    def articles(self) -> int:
        """The number of tasks made."""
        return len(self._ids)

    def task(self, article: Article, encoding: str | None = None, coverage: Coverage | None = None) -> dict[str, Any]:
        """The task of `article`, with its event, claims and suggestions. `encoding` is that of its Reading.

        `coverage` has its event and claims if they are known; otherwise they come from the registry.

        Raises InputError if the suggestions do not fit the article, or if an earlier article has the same id.
        """
        if article.id in self._ids:
            raise InputError(f"article {article.id}: an earlier article has this id; ids must be unique")
        if coverage is None:
            coverage = self._registry.coverage(article.id) if self._registry else NO_EVENT
        if coverage.event_id:
            article = replace(article, event_id=coverage.event_id)
        # If the scheme has no article stances, annotators are not asked about the event's claims.
        claims = coverage.claims if self._scheme.article_stances else ()
        prediction = None
        if self._suggestions:
            # A row that does not fit the article is an error, even if the task is blind.
            prediction = self._suggestions.result(article, claims, self._scheme)
            if is_blind(article.id, self._blind, self._seed):
                prediction = None
        model = prediction["model_version"] if prediction else None
        task = make_task(article, claims, self._scheme, model)
        if prediction:
            task["predictions"] = [prediction]
        self._check(task)
        self._remember(article, coverage, model is not None, encoding)
        return task

    def check(self, unread: Collection[str] = ()) -> None:
        """Raises InputError if events or suggestions name articles that do not exist.

        `unread` are the ids of pages that could not be read: they exist, so naming them is no error.
        """
        known = self._ids.union(unread)
        if self._registry:
            self._registry.check_articles(known)
        if self._suggestions:
            rows = self._suggestions.rows
            unknown = [key for key in rows if key not in known]
            if unknown:
                raise InputError(*(f"{rows[key].where}: there is no article {key}" for key in unknown))

    def summary(self, output: Path) -> str:
        """A few lines on the tasks made, and on fields that articles lack."""
        n, asks = self._counts, bool(self._scheme.article_stances)
        lines = [
            f"{output}: {counted(self.articles, 'task')} from {counted(len(self._outlets), 'outlet')}, "
            f"on {counted(len(self._events), 'event')}"
            + (f" with {counted(len(self._claims), 'claim')}" if asks else "")
        ]
        for key, ids in self._lacking.items():
            shown = ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
            lines += [f"  {n[key]} without {key}: {shown}"] if ids else []
        lines += [f"  {count} were in {key.removeprefix('in ')}" for key, count in n.items() if key.startswith("in ")]
        lines += [
            f"  event {event} has {count} claims, and there are keys for {MOST_KEYS}: `annotate push` makes "
            "an interface without keys for the stances of articles"
            for event, count in (self._long.items() if asks else ())
        ]
        if self._suggestions:
            lines.append(
                f"  {n['suggested']} pre-annotated by {self._suggestions.model}, "
                f"{self.articles - n['suggested']} left blind or without predictions"
            )
        return joined(lines)

    def _remember(self, article: Article, coverage: Coverage, suggested: bool, encoding: str | None) -> None:
        self._ids.add(article.id)
        self._outlets |= {article.outlet} if article.outlet else set()
        self._events |= {article.event_id} if article.event_id else set()
        self._claims |= {claim.id for claim in coverage.claims}
        if len(coverage.claims) > MOST_KEYS:
            self._long[str(coverage.event_id)] = len(coverage.claims)
        for key, value in (("headline", article.title), ("outlet", article.outlet), ("date", article.published)):
            if value is None:
                self._counts[key] += 1
                self._lacking[key] += [article.id] if len(self._lacking[key]) <= _SHOWN else []
        self._counts["suggested"] += suggested
        if encoding:
            self._counts[f"in {encoding}"] += 1
