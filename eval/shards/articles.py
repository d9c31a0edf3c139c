"""The documents of a shard of articles: rows with id, text and optional facts about the article."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ...annotate.document import Annotation, Article, EventClaim
from ...annotate.prediction_rows import PARQUET, class_labels, prediction_rows
from ...configs.errors import InputError, Problem, within
from ...configs.labels import CorpusLabels
from ...configs.shards.places import is_empty
from ..arrow import read_parquet_schema
from ..gold.records import GoldDocument

_FACTS = ("title", "outlet", "published", "url", "event_id", "source", "agency", "text_sha256")


def documents_in(path: Path) -> tuple[CorpusLabels | None, list[GoldDocument]]:
    """The documents of a shard, without annotations; and the labels that its columns name, if any.

    Raises InputError with every row that is not an article.
    """
    if is_empty(path):
        return None, []
    problems: list[str] = []
    documents: list[GoldDocument] = []
    for row in prediction_rows(path, problems):
        try:
            documents.append(_document(row.id, row.values))
        except InputError as error:
            problems += within(row.where, error.problems)
    if problems:
        raise InputError(*problems)
    names = class_labels(read_parquet_schema(path)) if path.suffix == PARQUET else {}
    if "entities" not in names:
        return None, documents
    entities, claims, stances = (names.get(layer, ()) for layer in ("entities", "claims", "stances"))
    return CorpusLabels("gold", "gold", entities, claims, stances), documents


def _document(name: str, values: Mapping[str, Any]) -> GoldDocument:
    facts = {key: values.get(key) for key in ("text", *_FACTS)}
    problems = [
        Problem("", f"{key} must be text" + (", and is missing" if value is None else ""))
        for key, value in facts.items()
        if not isinstance(value, str) and (value is not None or key == "text")
    ]
    claims: object = values.get("event_claims") or []
    listed = cast("list[Any]", claims if isinstance(claims, list) else [None])
    if not all(_is_claim(claim) for claim in listed):
        problems.append(Problem("", "event_claims must be a list of objects with id and text"))
    if problems:
        raise InputError(*problems)
    article = Article(name, **{key: value for key, value in facts.items() if value is not None})
    return GoldDocument(
        article, tuple(EventClaim(claim["id"], claim["text"]) for claim in listed), Annotation(name, "gold")
    )


def _is_claim(claim: object) -> bool:
    claim = cast("dict[str, object]", claim) if isinstance(claim, dict) else {}
    return isinstance(claim.get("id"), str) and isinstance(claim.get("text"), str)
