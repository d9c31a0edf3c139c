"""A run: an extractor on the documents of a gold set, from the journal to finished predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from ...annotate.placing.placer import Account, mention_notes
from ...annotate.placing.policy import DEFAULT, Policy
from ...annotate.predictions import placed_row
from ...configs.errors import InputError, MihakkError, Problem, UnavailableError, within
from ...configs.labels import LabelSet
from ..gold.records import GoldDocument
from .answers import row_of
from .calls import RETRIES, Outcome, latencies, outcomes
from .extractor import Extractor, given_document
from .journal import Journal

# If the first documents, so many of them, all fail in the same way, the set-up is wrong, and no more calls are made.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers become predictions: the labels (None allows any), the unit of offsets, the model's name in rows."""

    labels: LabelSet | None
    policy: Policy = DEFAULT
    model: str | None = None

    def row(self, answer: object, document: GoldDocument) -> tuple[dict[str, Any], Account]:
        """The predictions row of an answer. Raises InputError with every problem of the answer."""
        claims = [claim.id for claim in document.claims]
        row = row_of(answer, document.article.text, claims)
        placed, account = placed_row(
            {**row, "id": document.article.id}, document.article.text, claims, self.labels, self.policy
        )
        rest = {key: value for key, value in placed.items() if key != "id"}
        named = {"model": self.model} if self.model else {}
        return {**rest, **named, "id": document.article.id}, account


class Finished:
    """The rows of a run, and the outcomes of its documents. `failures` has a problem for each one without a row."""

    def __init__(self, journal: Journal, documents: Sequence[GoldDocument], reading: Reading) -> None:
        self._journal, self._documents, self._reading = journal, documents, reading
        self.failures: list[Problem] = []
        self.kinds: Counter[str] = Counter()
        self.answered = 0
        self._accounts: list[Account] = []

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each document that has an answer, in the order of the gold set, whatever the order of answers."""
        for document in self._documents:
            name = document.article.id
            line = self._journal.row(name)
            if line is None or "answer" not in line:
                error = line["error"] if line else "was not asked"
                self._fail(f"the extractor failed on document {name}", [Problem("", error)], (line or {}).get("kind"))
                continue
            try:
                row, account = self._reading.row(line["answer"], document)
            except InputError as error:
                self._fail(f"the extractor's answer on document {name}", error.problems, "answer")
                continue
            self.answered += 1
            self._accounts.append(Account(account.tiers, {}, account.repeats, account.unlisted))
            yield row

    def _fail(self, place: str, problems: Sequence[str], kind: str | None) -> None:
        self.failures += within(place, problems)
        self.kinds[kind or "not asked"] += 1

    def notes(self) -> list[str]:
        """Notes on mentions without offsets."""
        return list(mention_notes(self._accounts, self._reading.policy.mentions))

    def record(self) -> dict[str, Any]:
        """The figures of the run: seconds for a document by percentile, tokens, tries, and failures by kind."""
        lines = list(self._journal.rows(document.article.id for document in self._documents))
        tokens = [line["tokens"] for line in lines if "tokens" in line]
        characters = sum(len(document.article.text) for document in self._documents)
        seconds = sum(line.get("seconds", 0.0) for line in lines)
        return {
            "documents": len(self._documents),
            "answered": self.answered,
            "failed": dict(sorted(self.kinds.items())),
            "attempts": sum(line.get("attempts", 1) for line in lines),
            "seconds": latencies([line["seconds"] for line in lines if "answer" in line and "seconds" in line]),
            "characters_per_second": round(characters / seconds, 1) if seconds else None,
            "tokens": {"in": sum(pair[0] for pair in tokens), "out": sum(pair[1] for pair in tokens)},
            "placing": {"offsets": str(self._reading.policy.offsets), "mentions": str(self._reading.policy.mentions)},
        }


def call(
    extractor: Extractor,
    documents: Sequence[GoldDocument],
    journal: Journal,
    reading: Reading,
    *,
    batch: int = 1,
    concurrency: int = 1,
    retries: int = RETRIES,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Asks the extractor about all documents without a valid answer in the journal; returns their number.

    `progress` is called with the number of documents done, and of failed ones. Raises InputError or UnavailableError if
    the first documents all fail in the same way.
    """
    by_id = {document.article.id: document for document in documents}
    left = [document for document in documents if not _has_answer(journal, document, reading)]
    first = [document.article.id for document in documents[:_FIRST]]
    failed: dict[str, tuple[str, str, bool]] = {}

    def given(some: Sequence[GoldDocument]) -> list[dict[str, Any]]:
        return [given_document(document) for document in some]

    batches = [partial(given, left[n : n + batch]) for n in range(0, len(left), batch)]
    # The first documents come before all others, so that a wrong set-up costs only these calls.
    ahead = -(-_FIRST // batch)
    done = len(documents) - len(left)
    asked = (
        outcomes(extractor, some, concurrency=concurrency, retries=retries)
        for some in (batches[:ahead], batches[ahead:])
    )
    for found in chain.from_iterable(asked):
        for outcome in found:
            refused = _refusal(outcome, by_id[outcome.id], reading)
            journal.add(outcome.row() | ({"refused": refused} if refused else {}))
            done += 1
            if outcome.error is not None:
                failed[outcome.id] = f"the extractor failed on document {outcome.id}: ", outcome.kind, outcome.again
            elif refused is not None:
                failed[outcome.id] = f"the extractor's answer on document {outcome.id}: ", refused, False
        if progress:
            progress(done, len(failed))
        if failed.keys() >= set(first):
            _stop_if_alike([failed[name] for name in first], journal, first, reading, by_id)
    return len(left)


def _has_answer(journal: Journal, document: GoldDocument, reading: Reading) -> bool:
    name = document.article.id
    if name not in journal.answered or name not in journal.refused:
        return name in journal.answered
    with suppress(InputError):  # other options for reading may accept an answer that was refused last time
        reading.row((journal.row(name) or {})["answer"], document)
        return True
    return False


def _refusal(outcome: Outcome, document: GoldDocument, reading: Reading) -> str | None:
    """The kind of the first problem of an answer."""
    if outcome.error is not None:
        return None
    try:
        reading.row(outcome.answer, document)
    except InputError as error:
        problem = error.problems[0]
        return problem.kind if isinstance(problem, Problem) else problem
    return None


def _stop_if_alike(
    failed: Sequence[tuple[str, str, bool]],
    journal: Journal,
    names: Sequence[str],
    reading: Reading,
    by_id: Mapping[str, GoldDocument],
) -> None:
    if len({kind for _, kind, _ in failed}) > 1 or not failed:
        return
    finished = Finished(journal, [by_id[names[0]]], reading)
    list(finished.rows())
    *others, last = finished.failures
    more = f"; so do the first {len(names)} documents, so no more were tried" if len(names) > 1 else ""
    error: type[MihakkError] = UnavailableError if failed[0][2] else InputError
    raise error(*others, Problem(last.place, last.text + more))
