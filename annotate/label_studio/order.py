"""The order in which tasks are annotated: shuffled, as a file lists them, or the least certain first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf, isfinite
from pathlib import Path
from typing import Any, cast

from ...configs import CLAIM
from ...configs.errors import InputError, within
from ...configs.files import read_text
from ...configs.scheme import Scheme
from ..document import Span
from ..prediction_rows import prediction_rows
from ..predictions import Prediction, parse_prediction
from ..task import read_task
from .inventory import Task

RANDOM, UNCERTAINTY = "random", "uncertainty"


def in_order(tasks: Sequence[Task], order: str | None, scheme: Scheme, predictions: Sequence[Path] = ()) -> list[Task]:
    """The tasks in an order: `random`, `uncertainty`, or that of a file with an id on each line; None leaves it.

    Random is a shuffle by ids and texts: always the same for the same tasks, and later tasks do not change the order of
    earlier ones. Tasks that a file leaves out come last, in their present order. With `uncertainty`, the tasks on which
    systems disagree most come first, see `uncertainty`. Raises InputError if the file or the predictions do not fit the
    tasks.
    """
    if predictions and order != UNCERTAINTY:
        raise InputError("--predictions: is for --order uncertainty only")
    if order is None:
        return list(tasks)
    if order == RANDOM:
        return sorted(tasks, key=_shuffled)
    if order == UNCERTAINTY:
        doubt = uncertainty(tasks, scheme, predictions)
        # A stable sort: tasks of equal uncertainty keep their order. Tasks without any prediction come last.
        return sorted(tasks, key=lambda task: -doubt.get(task["data"]["doc_id"], -inf))
    ids = [line.strip() for line in read_text(Path(order)).splitlines() if line.strip()]
    known = {task["data"]["doc_id"] for task in tasks}
    if unknown := [name for name in dict.fromkeys(ids) if name not in known]:
        raise InputError(*(f"{order}: there is no task {name}" for name in unknown))
    place = {name: -n for n, name in enumerate(reversed(ids))}  # an id given twice has its first place
    return sorted(tasks, key=lambda task: place.get(task["data"]["doc_id"], 1))


def _shuffled(task: Task) -> bytes:
    data = task["data"]
    return hashlib.sha256(f"order:{data['doc_id']}:{data['text_sha256']}".encode()).digest()


def uncertainty(tasks: Sequence[Task], scheme: Scheme, predictions: Sequence[Path] = ()) -> dict[str, float]:
    """The uncertainty of systems on each article, by id; articles without a prediction are left out.

    With several systems it is their disagreement: 1 - F1 of their entities and claims (equal boundaries and label), as
    the mean over all pairs of systems. Two systems that both mark nothing agree. With one system it is 1 - the mean
    score of its entities, which is from 0 to 1 if scores are probabilities. The systems are those of the files or,
    without files, those whose predictions are in the tasks.

    Raises InputError if there is no prediction, or only one system that gives no scores.
    """
    systems = [_read(path, tasks, scheme) for path in predictions] or _of_tasks(tasks)
    doubt: dict[str, float] = {}
    for task in tasks:
        name = task["data"]["doc_id"]
        answers = [system[name] for system in systems if name in system]
        if len(answers) > 1:
            pairs = [_disagreement(first, second) for (first, _), (second, _) in combinations(answers, 2)]
            doubt[name] = sum(pairs) / len(pairs)
        elif len(answers) == 1 and len(systems) == 1 and (score := answers[0][1]) is not None:
            doubt[name] = 1 - score
    if not doubt:
        raise InputError(
            "--order uncertainty: needs predictions of two systems on the same articles, or of one with scores; give "
            "files with --predictions, or make the tasks with `annotate tasks --predictions`"
        )
    return doubt


# The spans that a system marked in an article, and the mean score of its entities (None without scores).
Answer = tuple[frozenset[tuple[int, int, str]], float | None]


def _disagreement(first: frozenset[object], second: frozenset[object]) -> float:
    return 1 - 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def _read(path: Path, tasks: Sequence[Task], scheme: Scheme) -> dict[str, Answer]:
    """The answers of a predictions file on these tasks."""
    problems: list[str] = []
    articles = {task["data"]["doc_id"]: task["data"] for task in tasks}
    answers: dict[str, Answer] = {}
    for row in prediction_rows(path, problems):
        if row.id not in articles:
            continue
        article, claims = read_task(articles[row.id], scheme.identity)
        try:
            parsed = parse_prediction(row.values, article.text, [claim.id for claim in claims], scheme)
        except InputError as error:
            problems += within(f"{row.where}: document {row.id}", error.problems)
            continue
        answers[row.id] = _answer(parsed)
    if problems:
        raise InputError(*problems)
    return answers


def _answer(parsed: Prediction) -> Answer:
    claims = (Span(claim.start, claim.end, CLAIM) for claim in parsed.claims)
    marked = frozenset((span.start, span.end, span.label) for span in (*parsed.entities, *claims))
    scores = parsed.scores.values()
    return marked, sum(scores) / len(scores) if scores else None


def _of_tasks(tasks: Sequence[Task]) -> list[dict[str, Answer]]:
    """The predictions inside the tasks, by model."""
    by_model: dict[str, dict[str, Answer]] = {}
    for task in tasks:
        for prediction in cast(list[Mapping[str, Any]], task.get("predictions") or []):
            marked = frozenset(
                (value["start"], value["end"], label)
                for value in (item.get("value", {}) for item in prediction.get("result") or [])
                for label in value.get("labels", ())
                if "start" in value and "end" in value
            )
            score = prediction.get("score")
            mean = float(score) if isinstance(score, int | float) and isfinite(score) else None
            by_model.setdefault(str(prediction.get("model_version")), {})[task["data"]["doc_id"]] = (marked, mean)
    return list(by_model.values())
