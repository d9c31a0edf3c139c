"""Putting an extractor's output into tasks, for annotators to correct; and leaving some tasks blind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..configs.errors import InputError
from ..configs.files import read_text
from ..configs.scheme import Scheme
from .document import Annotation, Article, Claim, EventClaim, Span
from .result import to_result


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A predictions file to pre-annotate with: its model's name, and each document's row with its line number."""

    path: Path
    model: str
    rows: Mapping[str, tuple[int, Mapping[str, Any]]]

    @classmethod
    def read(cls, path: Path, model: str | None) -> Suggestions:
        """Reads a predictions file. The model is named by the file (`"model"` in its rows) or by `model`.

        Raises InputError with every problem: no JSON, no id, a document given twice, no or several names.
        """
        problems: list[str] = []
        rows: dict[str, tuple[int, Mapping[str, Any]]] = {}
        for number, line in enumerate(read_text(path).split("\n"), 1):
            if not line.strip():
                continue
            try:
                row: Any = json.loads(line)
            except (ValueError, RecursionError) as error:  # a number of thousands of digits is a bare ValueError
                problems.append(f"{path}:{number}: is not JSON ({error}); each line must be one JSON object")
                continue
            key = cast(dict[str, Any], row).get("id") if isinstance(row, dict) else None
            if not isinstance(key, str):
                problems.append(f"{path}:{number}: must be an object with the document's id, as text, under `id`")
            elif key in rows:
                problems.append(f"{path}:{number}: document {key} was already given on line {rows[key][0]}")
            else:
                rows[key] = (number, row)
        named = {str(row["model"]) for _, row in rows.values() if row.get("model")}
        if model is None and len(named) != 1:
            problems.append(f"{path}: names {len(named)} models; say which it is with --model NAME")
        if problems:
            raise InputError(*problems)
        return cls(path, model or named.pop(), rows)

    def result(self, article: Article, claims: Sequence[EventClaim], scheme: Scheme) -> dict[str, Any] | None:
        """The Label Studio prediction for an article; None if the file has nothing on it.

        Raises InputError if the row does not fit the article and the scheme.
        """
        if article.id not in self.rows:
            return None
        number, row = self.rows[article.id]
        try:
            annotation, scores = _annotation(row, article, claims, scheme, self.model)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{self.path}:{number}: is no prediction on {article.id} ({error!r})") from None
        except InputError as error:
            raise InputError(*(f"{self.path}:{number}: {problem}" for problem in error.problems)) from None
        prediction: dict[str, Any] = {
            "model_version": self.model,
            "result": to_result(annotation, article.text, [claim.id for claim in claims], scores),
        }
        if scores:
            prediction["score"] = sum(scores.values()) / len(scores)
        return prediction


def is_blind(article_id: str, share: float, seed: int) -> bool:
    """Whether an article is among the `share` that annotators get without suggestions.

    Decided by the article's id and the seed alone, so that adding articles later changes none of the others.
    """
    digest = hashlib.sha256(f"{seed}:{article_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def _annotation(
    row: Mapping[str, Any], article: Article, claims: Sequence[EventClaim], scheme: Scheme, model: str
) -> tuple[Annotation, dict[Span, float]]:
    scores: dict[Span, float] = {}
    entities: list[Span] = []
    found: dict[str, int] = {}
    for item in row.get("entities") or ():
        if "start" in item:
            span = Span(item["start"], item["end"], item["label"])
        else:
            # The k-th mention of the same words is their k-th occurrence, as in scoring.
            start = article.text.find(item["text"], found.get(item["text"], 0))
            if start < 0:
                raise InputError(f"article {article.id}: “{item['text']}” does not stand in the text (so often)")
            found[item["text"]] = start + len(item["text"])
            span = Span(start, found[item["text"]], item["label"])
        if span not in entities:
            entities.append(span)
        score: object = item.get("score")
        if score is not None:
            # What Label Studio takes; true is a number to Python, NaN one to its JSON.
            if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
                raise InputError(f"article {article.id}: the score {score!r} is no number from 0 to 1")
            scores[span] = float(score)
    by_offsets = {(span.start, span.end): span for span in entities}
    made: list[Claim] = []
    for item in row.get("claims") or ():
        sources = [(source["start"], source["end"]) for source in item.get("sources") or ()]
        unknown = [source for source in sources if source not in by_offsets]
        if unknown:
            raise InputError(f"article {article.id}: a claim's source {unknown[0]} is none of the predicted entities")
        made.append(
            Claim(item["start"], item["end"], item.get("stance"), tuple(by_offsets[source] for source in sources))
        )
    stances = row.get("stances") or {}
    if not isinstance(stances, dict):
        raise InputError(f"article {article.id}: stances must be an object with a stance for each claim id")
    event_claims = [claim.id for claim in claims]
    annotation = Annotation.on(article, scheme, model, entities, made, cast(dict[str, str], stances), event_claims)
    return annotation, scores
