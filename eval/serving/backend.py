"""An extractor's answers as suggestions for tasks of Label Studio."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ...annotate.document import Annotation, Article, EventClaim, outermost
from ...annotate.placing.policy import Policy
from ...annotate.preannotation import is_blind, suggestion
from ...annotate.predictions import parse_prediction
from ...annotate.task import SCHEME
from ...configs.errors import InputError, grouped, within
from ...configs.labels import LabelSet
from ..adapters.spec import Opened
from ..gold.records import GoldDocument
from ..running.answers import row_of
from ..running.calls import Outcome, outcomes
from ..running.extractor import given_document

# Label Studio waits 100 seconds for all tasks of a request together.
_SECONDS = 80.0
# At most so many suggestions are kept.
_KEPT = 1000
_FACTS = ("title", "outlet", "published", "event_id")


class Backend:
    """An extractor, and how to read its answers. `say` gets lines for people; `version` is the name of the model."""

    def __init__(
        self,
        opened: Opened,
        version: str,
        labels: LabelSet,
        policy: Policy,
        say: Callable[[str], object],
        blind: float = 0.0,
        seed: int = 13,
        concurrency: int = 1,
    ) -> None:
        self.version = version
        self._opened, self._labels, self._policy, self._say = opened, labels, policy, say
        self._blind, self._seed = blind, seed
        self._made: OrderedDict[object, dict[str, Any]] = OrderedDict()
        self._turn = threading.Semaphore(concurrency if opened.extractor.parallel else 1)

    def results(self, tasks: Sequence[object], seconds: float = _SECONDS) -> list[dict[str, Any] | list[Any]]:
        """A prediction for each task; an empty list if the task is blind, failed, or was not reached in time.

        Label Studio asks again for tasks with an empty list; `{"result": []}` would be kept for ever. An answer that
        took too long is ready when it asks again.
        """
        end = time.monotonic() + seconds
        found: list[dict[str, Any] | list[Any]] = [[] for _ in tasks]
        wanted: list[tuple[int, GoldDocument]] = []
        for n, task in enumerate(tasks):
            if document := self._document(task):
                if made := self._made.get(_key(document)):
                    found[n] = made
                else:
                    wanted.append((n, document))
        size = self._opened.batch
        for first in range(0, len(wanted), size):
            some = wanted[first : first + size]
            answers = self._asked([document for _, document in some], end)
            if answers is None:
                self._say(f"{len(wanted) - first} of {len(tasks)} tasks were not reached in {seconds:g} seconds")
                break
            for (n, document), outcome in zip(some, answers, strict=True):
                found[n] = made = self._suggestion(document, outcome)
                if isinstance(made, dict):
                    self._made[_key(document)] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return found

    def _asked(self, documents: Sequence[GoldDocument], end: float) -> list[Outcome] | None:
        """The extractor's answers; None if the time is over before it can be asked."""
        left = end - time.monotonic()
        if left <= 0 or not self._turn.acquire(timeout=left):
            return None
        try:
            given = [lambda: [given_document(document) for document in documents]]
            (answers,) = outcomes(self._opened.extractor, given, retries=0)
        finally:
            self._turn.release()
        return answers

    def _document(self, task: object) -> GoldDocument | None:
        """The document of a task; None if it is blind, or cannot be read."""
        data: Any = cast("dict[str, Any]", task).get("data") if isinstance(task, dict) else None
        try:
            if not isinstance(data, dict):
                raise InputError("a task has no data")
            document = _read(cast("dict[str, Any]", data), self._labels)
        except InputError as error:
            self._report(error)
            return None
        return None if is_blind(document.article.id, self._blind, self._seed) else document

    def _suggestion(self, document: GoldDocument, outcome: Outcome) -> dict[str, Any] | list[Any]:
        article, ids = document.article, [claim.id for claim in document.claims]
        try:
            if outcome.error is not None:
                raise InputError(outcome.error)
            row = {**row_of(outcome.answer, article.text, ids), "id": article.id}
            prediction = parse_prediction(row, article.text, ids, self._labels, self._policy)
            notes = list(prediction.unplaced_notes())
            entities = prediction.entities
            if self._labels.nesting == "flat":
                entities = tuple(outermost(set(prediction.entities)))
                if others := len(set(prediction.entities)) - len(entities):
                    notes.append(f"entities that overlap others: {others}; {self._labels.id} is flat")
            kept = set(entities)
            claims = [
                replace(claim, sources=tuple(source for source in claim.sources if source in kept))
                for claim in prediction.claims
            ]
            scores = {span: score for span, score in prediction.scores.items() if span in kept and 0 <= score <= 1}
            fitting = replace(prediction, entities=entities, claims=tuple(claims), scores=scores)
            made = suggestion(fitting, article, ids, self._labels, self.version)
        except InputError as error:
            self._report(InputError(*within(f"document {article.id}", error.problems)))
            return []
        for note in notes:
            self._say(f"document {article.id}: {note}; left out")
        return made

    def _report(self, error: InputError) -> None:
        for line in grouped(error.problems):
            self._say(line)


def _key(document: GoldDocument) -> object:
    return document.article, document.claims


def _read(data: Mapping[str, Any], labels: LabelSet) -> GoldDocument:
    """The document in a task's data. Tasks of other tools only need an id and a text."""
    name, text = data.get("doc_id"), data.get("text")
    if not isinstance(name, str) or not isinstance(text, str):
        raise InputError("a task has no doc_id and text; was it made by `mihakk annotate tasks`?")
    scheme = data.get(SCHEME)
    if isinstance(scheme, str) and scheme != labels.id:
        raise InputError(
            f"task {name}: was made with the scheme {scheme}, not {labels.id}; give that scheme with --scheme"
        )
    facts = {key: data[key] for key in _FACTS if isinstance(data.get(key), str)}
    article = Article(name, text, **facts, text_sha256=str(data.get("text_sha256") or ""))
    given: Any = data.get("claims")
    claims = tuple(
        EventClaim(claim["id"], claim["text"])
        for claim in (cast("list[Any]", given) if isinstance(given, list) else ())
        if isinstance(claim, dict) and isinstance(claim.get("id"), str) and isinstance(claim.get("text"), str)  # pyright: ignore[reportUnknownMemberType]
    )
    return GoldDocument(article, claims, Annotation(name, "nobody"))
