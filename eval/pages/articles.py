"""Articles as the script of a page draws them: texts, gold spans, predicted spans with their classes, stances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...configs.pages.look import arabic_words
from ..classes import CLASSES, classify
from ..columns import Columns
from ..errors import Errors
from ..gold.records import ALL, GoldDocument
from ..gold_side import GoldSide
from ..spans import SpanTable

# What the script itself says.
_WORDS = ("claim", "predicted claim", "none", "The text of the article is not on this page.")


def records_of(side: GoldSide) -> dict[str, GoldDocument]:
    """The gold's documents by id, with headlines and events' claims; none if the gold is a file or rows."""
    gold = side.dataset()
    return {document.article.id: document for document in gold.split(ALL)} if gold else {}


def article_data(found: Sequence[Errors], records: Mapping[str, GoldDocument], *, text: bool = True) -> dict[str, Any]:
    """The data of `configs/pages/look.js`: the documents of one gold side, with the predictions of each system.

    Labels, classes and stances of claims are positions in lists. A gold span is [start, end, label]; a row of a system
    [class, position of the gold span or -1, start, end, label], with -1 for what there is not. Without `text`, neither
    texts nor headlines are in it.
    """
    sides = found[0].sides
    columns = sides.gold.columns
    docs = [_document(n, columns, records, text=text) for n in range(len(columns.ids))]
    # The position of each gold span in its document.
    at: list[int] = []
    for document, start, end, label in _rows(columns.entities):
        at.append(len(docs[document]["g"]))
        docs[document]["g"].append([start, end, label])
    used: set[int] = set()
    for errors in found:
        predicted = _rows(errors.sides.predicted.entities)
        gold = columns.entities.document.tolist()
        for doc in docs:
            doc["p"].append([])
        for i, j, kind in zip(errors.gold.tolist(), errors.predicted.tolist(), errors.kind.tolist(), strict=True):
            document, *place = predicted[j] if j >= 0 else (gold[i], -1, -1, -1)
            docs[document]["p"][-1].append([kind, at[i] if i >= 0 else -1, *place])
            used.add(kind)
    _add_claims(docs, found[0], records)
    for n, doc in enumerate(docs):
        _add_stances(doc, columns.stances[n], [errors.sides.predicted.stances[n] for errors in found])
    return {
        "docs": docs,
        "labels": list(sides.entity_labels),
        "claimStances": list(sides.claim_stances),
        "kinds": list(CLASSES),
        "used": sorted(used),
        "systems": len(found),
        "events": events_of(records[name] for name in columns.ids if name in records),
        "words": {phrase: arabic_words()[phrase] for phrase in _WORDS},
    }


def events_of(documents: Any) -> dict[str, list[list[str]]]:
    """Id and text of the claims of each event that has some."""
    return {
        document.article.event_id: [[claim.id, claim.text] for claim in document.claims]
        for document in documents
        if document.article.event_id and document.claims
    }


def _document(n: int, columns: Columns, records: Mapping[str, GoldDocument], *, text: bool) -> dict[str, Any]:
    record = records.get(columns.ids[n])
    doc: dict[str, Any] = {"i": columns.ids[n], "g": [], "p": [], "c": [], "s": {}}
    if text and columns.texts:
        doc["x"] = columns.texts[n]
    facts = {
        "o": columns.outlets[n] if columns.outlets else None,
        "e": columns.events[n] if columns.events else None,
        "d": record.article.published if record else None,
        "t": record.article.title if record and text else None,
    }
    return doc | {key: value for key, value in facts.items() if value}


def _rows(table: SpanTable) -> list[tuple[int, int, int, int]]:
    columns = (table.document, table.start, table.end, table.label)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _add_claims(docs: Sequence[dict[str, Any]], errors: Errors, records: Mapping[str, GoldDocument]) -> None:
    """Claims: [start, end, stance, sources, event's claim, class or -1, 1 if predicted]. A class is shown once."""
    gold, predicted = errors.sides.gold.columns, errors.sides.predicted
    kinds = [np.full(len(side.claims), -1) for side in (gold, predicted)]
    if "claims" in gold.tasks & predicted.tasks:
        tables = [replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (gold, predicted)]
        of_gold, of_predicted, kind = classify(tables[0], tables[1], gold.texts)
        for n, of in enumerate((of_gold, of_predicted)):
            kinds[n][of[of >= 0]] = kind[of >= 0]
    about = {
        (record.article.id, claim.start, claim.end): claim.about
        for record in records.values()
        for claim in record.annotation.claims
    }
    for side, columns in enumerate((gold, predicted)):
        sources: dict[int, list[list[int]]] = {}
        for claim, start, end, _ in _rows(columns.sources):
            sources.setdefault(claim, []).append([start, end])
        for n, (document, start, end, stance) in enumerate(_rows(columns.claims)):
            linked = about.get((docs[document]["i"], start, end)) if side == 0 else None
            docs[document]["c"].append([start, end, stance, sources.get(n, []), linked, int(kinds[side][n]), side])


def _add_stances(doc: dict[str, Any], gold: Mapping[str, str], predicted: Sequence[Mapping[str, str]]) -> None:
    """The stances on each claim: the gold's, then the first system's."""
    first = predicted[0] if predicted else {}
    doc["s"] = {claim: [gold.get(claim), first.get(claim)] for claim in sorted(gold.keys() | first.keys())}
