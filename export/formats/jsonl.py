"""Writes and reads gold as JSON lines in the predictions format: all of a gold document except who gave each piece."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...annotate.document import Annotation, Article, EventClaim
from ...annotate.placing.offsets import Evidence, with_verdict
from ...annotate.placing.policy import DEFAULT, Policy
from ...annotate.prediction_rows import prediction_rows
from ...annotate.predictions import parse_prediction
from ...configs.errors import InputError, within
from ...configs.files import json_errors
from ...configs.labels import EVERY_LAYER
from ...eval.gold.records import GoldDocument
from ...eval.gold.rows import FACTS, prediction_row
from ...eval.running.extractor import given_document
from .corpus import Findings

# The unit of offsets is examined on at most so many spans, since their texts stay in memory.
_ENOUGH = 10_000


def jsonl_lines(
    documents: Iterable[GoldDocument], there: Sequence[str] = EVERY_LAYER, language: str | None = None
) -> Iterator[str]:
    """One line for each document, with these layers and the language."""
    for document in documents:
        yield json.dumps(prediction_row(document, there, language), ensure_ascii=False) + "\n"


def document_lines(documents: Iterable[GoldDocument]) -> Iterator[str]:
    """One line for each document, as input of an extractor: without annotations."""
    for document in documents:
        yield json.dumps(given_document(document), ensure_ascii=False) + "\n"


def read_jsonl(
    path: Path, known: Collection[str] | None, findings: Findings, *, policy: Policy = DEFAULT
) -> Iterator[GoldDocument]:
    """The documents of a predictions file (JSON lines or Parquet) that has their `text`.

    Entities may be words without offsets, as in any predictions file; a `model` is the annotator. Problems go into
    `findings`, with their line; `known` are the allowed entity labels, None for any. `policy` has the unit of offsets.
    """
    before, evidence = len(findings.problems), Evidence()
    for row in prediction_rows(path, findings.problems):
        try:
            document = _document(row.values, known, policy, evidence if len(evidence.spans) < _ENOUGH else None)
            findings.note_language(row.values.get("language"))
            yield document
        except InputError as error:
            findings.problems += within(row.where, error.problems)
    if problems := findings.problems[before:]:
        findings.problems[before:] = with_verdict(problems, evidence.verdict(policy.offsets))
    elif policy == DEFAULT and (doubt := evidence.doubt(policy.offsets)):
        findings.notes.append(f"{path}: {doubt}")
    elif verdict := evidence.verdict(policy.offsets):
        findings.notes.append(f"{path}: WARNING: {verdict}")


def _of_tokens(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of tokens and tags from a Dataset, with the usual name for tags; without a text, tokens make the text."""
    row = {"tags" if key == "ner_tags" and "tags" not in row else key: value for key, value in row.items()}
    tokens = row.get("tokens")
    if row.get("text") is None and isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):  # pyright: ignore[reportUnknownVariableType]
        row["text"] = " ".join(tokens)  # pyright: ignore[reportUnknownArgumentType]
    return row


def _document(
    row: Mapping[str, Any], known: Collection[str] | None, policy: Policy, evidence: Evidence | None
) -> GoldDocument:
    row = _of_tokens(row)
    if not isinstance(row.get("text"), str):
        raise InputError("needs the document's text, as text, under `text`")
    with json_errors("the line"):
        json.dumps(row, ensure_ascii=False).encode("utf-8")  # raises an error for half a character
    prediction = parse_prediction(row, None, None, None, policy, evidence)
    problems = list(prediction.unplaced_notes())
    if known is not None:
        strange = dict.fromkeys(span.label for span in prediction.entities if span.label not in known)
        problems += (f"no label {label}; there are {', '.join(known)}" for label in strange)
    event_claims = tuple(EventClaim(claim["id"], claim["text"]) for claim in row.get("event_claims") or ())
    # An extractor's stances may name claims whose words are not in the file.
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
