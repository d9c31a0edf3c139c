"""Gold as JSON lines in the predictions format, which carries what a gold document says but who said it, and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...annotate.document import Annotation, Article, EventClaim
from ...annotate.prediction_rows import prediction_rows
from ...annotate.predictions import parse_prediction
from ...configs.errors import InputError, within
from ...configs.files import json_errors
from ...configs.labels import EVERY_LAYER
from ...eval.gold.records import GoldDocument
from ...eval.gold.rows import FACTS, prediction_row
from ...eval.running.extractor import given_document
from .corpus import Findings


def jsonl_lines(
    documents: Iterable[GoldDocument], there: Sequence[str] = EVERY_LAYER, language: str | None = None
) -> Iterator[str]:
    """One line a document, with these layers, and the language."""
    for document in documents:
        yield json.dumps(prediction_row(document, there, language), ensure_ascii=False) + "\n"


def document_lines(documents: Iterable[GoldDocument]) -> Iterator[str]:
    """One line a document, as an extractor is given it: without any answer."""
    for document in documents:
        yield json.dumps(given_document(document), ensure_ascii=False) + "\n"


def read_jsonl(path: Path, known: Collection[str] | None, findings: Findings) -> Iterator[GoldDocument]:
    """The documents of a predictions file (JSON lines or Parquet) that has their `text`.

    Entities may come as words without offsets, as in any predictions file; a `model` is the annotator. What is
    wrong goes into `findings`, with its line; `known` are the entity labels that there may be, None for any.
    """
    for row in prediction_rows(path, findings.problems):
        try:
            document = _document(row.values, known)
            findings.note_language(row.values.get("language"))
            yield document
        except InputError as error:
            findings.problems += within(row.where, error.problems)


def _document(row: Mapping[str, Any], known: Collection[str] | None) -> GoldDocument:
    if not isinstance(row.get("text"), str):
        raise InputError("needs the document's text, as text, under `text`")
    with json_errors("the line"):
        json.dumps(row, ensure_ascii=False).encode("utf-8")  # half a character fails here
    prediction = parse_prediction(row, None, None, None)
    problems = list(prediction.unplaced_notes())
    if known is not None:
        strange = dict.fromkeys(span.label for span in prediction.entities if span.label not in known)
        problems += (f"no label {label}; there are {', '.join(known)}" for label in strange)
    event_claims = tuple(EventClaim(claim["id"], claim["text"]) for claim in row.get("event_claims") or ())
    # An extractor's stances name claims that the file need not have the words of.
    ids = {claim.id for claim in event_claims}
    problems += (
        f"stances: the line has no claim {claim} under `event_claims`"
        for claim in prediction.stances
        if claim not in ids
    )
    if problems:
        raise InputError(*problems)
    facts: dict[str, Any] = {key: row[key] for key in (*FACTS, "text_sha256") if row.get(key) is not None}
    article = Article(row["id"], row["text"], **facts)
    annotation = Annotation(article.id, "gold", prediction.entities, prediction.claims, prediction.stances)
    annotators = tuple(row.get("annotators") or ((prediction.model,) if prediction.model else ()))
    return GoldDocument(article, event_claims, annotation, annotators, row.get("preannotated_by"))
