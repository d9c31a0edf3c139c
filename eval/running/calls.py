"""Calls an extractor for many documents: in batches, in several threads, with retries if they may succeed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, NamedTuple

from ...configs.visible import counted
from .extractor import CallError, Document, Extractor, Reply
from .failures import end_if_forked, failure, stops
from .values import json_value

# Seconds before the second try. The wait doubles with each try, up to the longest wait.
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
RETRIES = 4


class Outcome(NamedTuple):
    """The outcome for one document. `error` is None if there is an answer. Similar failures have the same `kind`."""

    id: str
    answer: Any
    error: str | None
    kind: str
    again: bool
    seconds: float
    attempts: int
    tokens_in: int
    tokens_out: int

    def row(self) -> dict[str, Any]:
        """The line of the journal."""
        result = {"answer": self.answer} if self.error is None else {"error": self.error, "kind": self.kind}
        tokens = {"tokens": [self.tokens_in, self.tokens_out]} if self.tokens_in or self.tokens_out else {}
        return {"id": self.id, **result, "seconds": round(self.seconds, 6), "attempts": self.attempts, **tokens}


def outcomes(
    extractor: Extractor,
    batches: Sequence[Callable[[], list[Document]]],
    *,
    concurrency: int = 1,
    retries: int = RETRIES,
) -> Iterator[list[Outcome]]:
    """The outcomes of each batch, as soon as they are there.

    With one thread, calls are made in this thread, so that Ctrl-C reaches the extractor's own code. Threads that still
    work when the reader stops end with the process.
    """
    stop = threading.Event()
    if concurrency < 2:
        for batch in batches:
            yield _outcomes(extractor, batch, retries, stop)
        return
    left = iter(batches)
    taking = threading.Lock()
    done: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()

    def work() -> None:
        while not stop.is_set():
            with taking:
                batch = next(left, None)
            if batch is None:
                return
            try:
                done.put(_outcomes(extractor, batch, retries, stop))
            except BaseException as error:
                done.put(error)
                return

    for _ in range(min(concurrency, len(batches))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in batches:
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        stop.set()


def _outcomes(
    extractor: Extractor, batch: Callable[[], list[Document]], retries: int, stop: threading.Event
) -> list[Outcome]:
    """One call. If it fails for several documents, each is tried alone, to find the document that fails."""
    names = [document["id"] for document in batch()]
    found = _tried(extractor, batch, names, retries, stop)
    if isinstance(found, list):
        return found
    if len(names) == 1:
        return [found]
    single: list[Outcome] = []
    for n, name in enumerate(names):

        def alone(at: int = n) -> list[Document]:
            return [batch()[at]]

        answered = _tried(extractor, alone, [name], retries, stop)
        single += answered if isinstance(answered, list) else [answered]
    return single


def _tried(
    extractor: Extractor,
    batch: Callable[[], list[Document]],
    names: Sequence[str],
    retries: int,
    stop: threading.Event,
) -> list[Outcome] | Outcome:
    """The outcome of each document; or a single failure, with the id of the first document."""
    start = time.perf_counter()
    for attempt in range(1, retries + 2):
        begun = time.perf_counter()
        try:
            answers = [_reply(answer) for answer in extractor.extract(batch())]
            end_if_forked()
            if len(answers) != len(names):
                raise TypeError(f"gave {len(answers)} answers for {counted(len(names), 'document')}")
            seconds = (time.perf_counter() - begun) / len(names)
            return [
                Outcome(name, reply.answer, None, "", False, seconds, attempt, reply.tokens_in, reply.tokens_out)
                for name, reply in zip(names, answers, strict=True)
            ]
        except CallError as error:
            if error.again and attempt <= retries and not stop.is_set():
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1)) * random.uniform(0.5, 1)  # noqa: S311
                stop.wait(min(LONGEST_WAIT, error.wait) if error.wait is not None else wait)
                continue
            return _failed(names[0], str(error), error.kind, error.again, start, attempt)
        except BaseException as error:  # the user's code may fail in any way
            end_if_forked()
            if stops(error):
                raise
            message, kind = failure(error), type(error).__name__
            return _failed(names[0], message, kind, False, start, attempt)
    raise AssertionError


def _failed(name: str, message: str, kind: str, again: bool, start: float, attempt: int) -> Outcome:
    return Outcome(name, None, message, kind, again, time.perf_counter() - start, attempt, 0, 0)


def _reply(answer: object) -> Reply:
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    try:
        return reply._replace(answer=json_value(reply.answer))
    except TypeError as error:
        raise CallError(f"its answer {error}", "no JSON") from None


def latencies(seconds: Sequence[float]) -> Mapping[str, float]:
    """Percentiles by the nearest rank: p50 is the smallest value that at least half of all values do not exceed."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    ranks = {f"p{share}": -(-share * len(ordered) // 100) for share in (50, 90, 99)}
    return {name: round(ordered[rank - 1], 6) for name, rank in ranks.items()} | {"max": round(ordered[-1], 6)}
