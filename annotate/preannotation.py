"""Puts an extractor's predictions into tasks, for annotators to correct. Some tasks stay blind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..configs.errors import InputError, within
from ..configs.labels import LabelSet
from ..configs.scheme import Scheme
from .document import Annotation, Article, EventClaim, Span, show_span
from .placing.policy import DEFAULT, Policy
from .prediction_rows import Row, RowSource, prediction_rows
from .predictions import Prediction, parse_prediction
from .result import to_result


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Predictions to show annotators: the model's name, the row of each document, and the policy for finding places."""

    model: str
    rows: Mapping[str, Row]
    policy: Policy = DEFAULT

    @classmethod
    def read(cls, source: RowSource, model: str | None, policy: Policy = DEFAULT) -> Suggestions:
        """Reads a predictions file, or rows in memory. The model's name is `model`, else the rows' `"model"`.

        Raises InputError with every problem: not JSON, no id, a document given twice, no model name or several.
        """
        problems: list[str] = []
        rows = {row.id: row for row in prediction_rows(source, problems)}
        named = {name for row in rows.values() if isinstance(name := row.values.get("model"), str) and name}
        if model is not None and not model.strip():
            problems.append("--model: is empty; give the extractor's name")
        if model is None and len(named) != 1:
            where = source if isinstance(source, Path) else "the rows"
            problems.append(f"{where}: names {len(named)} models; choose the name with --model NAME")
        if problems:
            raise InputError(*problems)
        return cls(model or named.pop(), rows, policy)

    def result(self, article: Article, claims: Sequence[EventClaim], scheme: Scheme) -> dict[str, Any] | None:
        """The Label Studio prediction for an article; None if the article has no row.

        Raises InputError if the row does not fit the article and the scheme.
        """
        row = self.rows.get(article.id)
        if row is None:
            return None
        ids = [claim.id for claim in claims]
        try:
            parsed = parse_prediction(row.values, article.text, ids, scheme, self.policy)
            problems = list(parsed.unplaced_notes())
            for span, score in parsed.scores.items():
                if not 0 <= score <= 1:  # Label Studio refuses any other score
                    problems.append(f"{span.label} {span.start}–{span.end}: the score {score!r} is not from 0 to 1")
            if scheme.nesting == "flat":
                problems += _overlaps(parsed.entities, article.text, scheme.id)
            if problems:
                raise InputError(*problems)
        except InputError as error:
            raise InputError(*within(f"{row.where}: document {article.id}", error.problems)) from None
        try:
            return suggestion(parsed, article, ids, scheme, self.model)
        except InputError as error:
            raise InputError(*within(row.where, error.problems)) from None


def suggestion(
    prediction: Prediction, article: Article, claims: Sequence[str], labels: LabelSet, model: str
) -> dict[str, Any]:
    """An extractor's answer on an article, as a prediction of Label Studio; `claims` are the ids of the event's claims.

    Raises InputError if it does not fit the article and the labels.
    """
    entities = dict.fromkeys(prediction.entities)  # an entity given twice becomes one region
    annotation = Annotation.on(article, labels, model, entities, prediction.claims, prediction.stances, claims)
    made: dict[str, Any] = {
        "model_version": model,
        "result": to_result(annotation, article.text, claims, prediction.scores),
    }
    if prediction.scores:
        made["score"] = sum(prediction.scores.values()) / len(prediction.scores)
    return made


def _overlaps(entities: Iterable[Span], text: str, scheme: str) -> Iterator[str]:
    """Problems of suggestions under a flat scheme: `export check` would find them later in the work of annotators."""
    longest: Span | None = None
    for span in sorted(set(entities), key=lambda span: (span.start, -span.end, span.label)):
        if longest is not None and span.start < longest.end:
            inner, outer = (show_span(each.start, each.end, each.label, text) for each in (span, longest))
            yield f"{inner}: overlaps {outer}, and {scheme} is flat; leave one out"
        if longest is None or span.end > longest.end:
            longest = span


def is_blind(article_id: str, share: float, seed: int) -> bool:
    """Whether an article is in the `share` of articles that annotators get without suggestions.

    Only the article's id and the seed decide it, so adding articles later changes nothing for the earlier ones.
    """
    digest = hashlib.sha256(f"{seed}:{article_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
