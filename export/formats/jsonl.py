"""Gold as JSON lines in the predictions format, which carries what a gold document says but who said it, and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from ...annotate.document import Annotation, Article, Claim, EventClaim, Span
from ...configs.errors import InputError, within
from ...configs.files import parse_json, read_text
from ...eval.gold.rows import GoldDocument
from ...eval.predictions import parse_prediction
from .corpus import Findings

_FACTS = ("title", "outlet", "agency", "published", "url", "event_id", "source")


def jsonl_row(document: GoldDocument) -> dict[str, Any]:
    """The document as one object of the predictions format. What the document does not say has no key."""
    article, said = document.article, document.annotation
    row: dict[str, Any] = {"id": article.id, "text": article.text}
    row |= {key: getattr(article, key) for key in _FACTS if getattr(article, key) is not None}
    row["entities"] = [_span(entity) for entity in said.entities]
    row["claims"] = [
        {
            "start": claim.start,
            "end": claim.end,
            "stance": claim.stance,
            "sources": [_span(source) for source in claim.sources],
            **{key: value for key, value in (("about", claim.about), ("note", claim.note)) if value is not None},
        }
        for claim in said.claims
    ]
    if document.claims:
        row["event_claims"] = [{"id": claim.id, "text": claim.text} for claim in document.claims]
    row["stances"] = dict(said.stances)
    if document.annotators:
        row["annotators"] = list(document.annotators)
    if document.preannotated_by is not None:
        row["preannotated_by"] = document.preannotated_by
    return row


def jsonl_lines(documents: Iterable[GoldDocument]) -> Iterator[str]:
    """One line a document."""
    for document in documents:
        yield json.dumps(jsonl_row(document), ensure_ascii=False) + "\n"


def read_jsonl(path: Path, known: Collection[str] | None, findings: Findings) -> Iterator[GoldDocument]:
    """The documents of a predictions file whose lines have their `text`.

    Entities may come as words without offsets, as in any predictions file; a `model` is the annotator. What is
    wrong goes into `findings`, with its line; `known` are the entity labels that there may be, None for any.
    """
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = parse_json(line, where)
        except InputError as error:
            findings.problems += error.problems
            continue
        try:
            yield _document(row, known)
        except InputError as error:
            findings.problems += within(where, error.problems)


def _document(row: object, known: Collection[str] | None) -> GoldDocument:
    if not isinstance(row, dict):
        raise InputError("must be an object, one document a line")
    row = cast(dict[str, Any], row)
    for key in ("id", "text"):
        if not isinstance(row.get(key), str):
            raise InputError(f"needs the document's {key}, as text, under `{key}`")
    problems = [f"{key} must be text, not {row[key]!r}" for key in _FACTS if not isinstance(row.get(key), str | None)]
    prediction, unplaced = parse_prediction(row, None, None)
    problems += (note.removesuffix("; it counts as spurious") for note in unplaced)
    if known is not None:
        strange = dict.fromkeys(span.label for span in prediction.entities if span.label not in known)
        problems += (f"no label {label}; there are {', '.join(known)}" for label in strange)
    if problems:
        raise InputError(*problems)
    facts: dict[str, Any] = {key: row.get(key) for key in _FACTS}
    article = Article(row["id"], row["text"], **facts)
    entities = set(prediction.entities)
    claims = tuple(
        Claim(
            claim.start,
            claim.end,
            claim.stance,
            tuple(_source(source, entities) for source in claim.sources),
            _text(said, "about"),
            _text(said, "note"),
        )
        for claim, said in zip(prediction.claims, row.get("claims") or (), strict=True)
    )
    who = _texts(row, "annotators") or ((prediction.model,) if prediction.model else ())
    event_claims = tuple(_event_claims(row))
    # An extractor's stances name claims that the file need not tell the words of.
    told = {claim.id for claim in event_claims}
    lacking = [claim for claim in prediction.stances if claim not in told]
    if lacking:
        raise InputError(*(f"stances: the line has no claim {claim} under `event_claims`" for claim in lacking))
    annotation = Annotation(article.id, "gold", prediction.entities, claims, prediction.stances)
    return GoldDocument(article, event_claims, annotation, who, _text(row, "preannotated_by"))


def _span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


def _source(source: Span, entities: Collection[Span]) -> Span:
    """The source with its label, which the predictions format does not ask for; any of them if several fit."""
    if source.label:
        return source
    fitting = sorted(e for e in entities if (e.start, e.end) == (source.start, source.end))
    return fitting[0] if fitting else source


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if not isinstance(value, str | None):
        raise InputError(f"{key} must be text, not {value!r}")
    return value


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in cast(list[object], value)):
        raise InputError(f"{key} must be a list of texts, not {value!r}")
    return tuple(cast(list[str], value))


def _event_claims(row: Mapping[str, Any]) -> Iterator[EventClaim]:
    value = row.get("event_claims") or []
    if not isinstance(value, list):
        raise InputError("event_claims must be a list of objects with id and text")
    for claim in cast(list[Any], value):
        if not isinstance(claim, dict):
            raise InputError("event_claims must be a list of objects with id and text")
        claim = cast(dict[str, Any], claim)
        if not isinstance(claim.get("id"), str) or not isinstance(claim.get("text"), str):
            raise InputError("event_claims must be a list of objects with id and text")
        yield EventClaim(claim["id"], claim["text"])
