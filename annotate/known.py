"""Known articles: articles of a gold set, mixed among new ones to see how well annotators work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..configs.errors import InputError, within
from .document import Article, EventClaim
from .events import Coverage
from .prediction_rows import PARQUET, prediction_rows

_FACTS = ("text", "title", "outlet", "agency", "published", "url", "event_id", "source", "text_sha256")


def known_articles(path: Path) -> Iterator[tuple[Article, Coverage]]:
    """The articles of a gold folder, or of a file in the predictions format, each with its event and claims.

    Annotations in it are not read. Raises InputError with every problem.
    """
    files = sorted((path / "documents").glob(f"*{PARQUET}")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: has no documents; is it a gold dataset?")
    problems: list[str] = []
    articles: list[tuple[Article, Coverage]] = []
    for row in (row for file in files for row in prediction_rows(file, problems)):
        try:
            articles.append(_article(row.id, row.values))
        except InputError as error:
            problems += within(row.where, error.problems)
    if problems:
        raise InputError(*problems)
    yield from articles


def _article(name: str, row: Mapping[str, Any]) -> tuple[Article, Coverage]:
    if not isinstance(row.get("text"), str):
        raise InputError("needs the document's text, as text, under `text`")
    claims = row.get("event_claims") or []
    try:
        event_claims = tuple(EventClaim(claim["id"], claim["text"]) for claim in claims)
    except (TypeError, KeyError):
        raise InputError("event_claims must be a list of objects with id and text") from None
    article = Article(name, **{key: row[key] for key in _FACTS if row.get(key) is not None})
    return article, Coverage(article.event_id, event_claims)


def mixed(tasks: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All tasks, with the known ones mixed in at places that depend on their ids and texts."""
    all_tasks = list(tasks)
    for task in known:
        digest = hashlib.sha256(f"known:{task['data']['doc_id']}:{task['data']['text_sha256']}".encode()).digest()
        all_tasks.insert(int.from_bytes(digest[:8], "big") % (len(all_tasks) + 1), task)
    return all_tasks
