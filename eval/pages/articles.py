"""Articles in the form that a page's script draws: texts, gold spans, predicted spans with classes, stances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...configs.pages.look import arabic_words
from ...configs.pages.scheme_words import scheme_words
from ..classes import CLASSES, classify
from ..columns import Columns, positions
from ..errors import Errors
from ..gold.records import GoldDocument
from ..gold.scheme import scheme_of
from ..gold_side import GoldSide
from ..spans import SpanTable

# Names of error classes on pages, if they differ from the classes' own names.
KIND_NAMES = {"split": "split span"}
# Words that the script itself shows.
_WORDS = ("claim", "predicted claim", "none", "The text of the article is not on this page.")


def article_data(side: GoldSide, found: Mapping[str, Errors], *, text: bool = True) -> dict[str, Any]:
    """The data of `configs/pages/look.js`: the documents of one gold side, with the predictions of each system.

    Labels, classes and stances of claims are positions in lists. A gold span is [start, end, label]. A row of a system
    is [class, position of the gold span or -1, start, end, label], with -1 for missing values. The stances on a claim
    begin with the gold's, followed by each system's. Without `text`, it has neither texts nor headlines.
    """
    gold = side.dataset()
    records = gold.documents() if gold else dict[str, GoldDocument]()
    both = [errors.sides for errors in found.values()]
    columns = both[0].gold.columns if both else side.columns
    docs = [_document(n, columns, records, text=text) for n in range(len(columns.ids))]
    # The labels of all sides begin with those of the gold.
    labels = list(dict.fromkeys(label for sides in both or [side] for label in sides.entity_labels or ()))
    claim_stances = list(dict.fromkeys(name for sides in both or [side] for name in sides.claim_stances or ()))
    # The position of each gold span in its document.
    at: list[int] = []
    for document, start, end, label in _rows(_renamed(columns.entities, columns.entity_labels, labels)):
        at.append(len(docs[document]["g"]))
        docs[document]["g"].append([start, end, label])
    used: set[int] = set()
    for errors in found.values():
        predicted = _rows(_renamed(errors.sides.predicted.entities, errors.sides.entity_labels, labels))
        of_gold = columns.entities.document.tolist()
        for doc in docs:
            doc["p"].append([])
        for i, j, kind in zip(errors.gold.tolist(), errors.predicted.tolist(), errors.kind.tolist(), strict=True):
            document, *place = predicted[j] if j >= 0 else (of_gold[i], -1, -1, -1)
            docs[document]["p"][-1].append([kind, at[i] if i >= 0 else -1, *place])
            used.add(kind)
    _add_claims(docs, columns, list(found.values()), records, claim_stances)
    for n, doc in enumerate(docs):
        answers = [columns.stances[n], *(sides.predicted.stances[n] for sides in both)]
        claims = sorted({claim for given in answers for claim in given})
        doc["s"] = {claim: [given.get(claim) for given in answers] for claim in claims}
    scheme = scheme_of(side.source) if side.source is not None else None
    return {
        "docs": docs,
        "labels": labels,
        "claimStances": claim_stances,
        "kinds": list(CLASSES),
        "kindNames": KIND_NAMES,
        "used": sorted(used),
        "systems": list(found),
        **scheme_words(scheme, gold.labels.language if gold else None),
        "events": events_of(records[name] for name in columns.ids if name in records),
        "words": {phrase: arabic_words()[phrase] for phrase in (*_WORDS, *CLASSES, *KIND_NAMES.values())},
    }


def events_of(documents: Any) -> dict[str, list[list[str]]]:
    """Id and text of the claims of each event that has claims."""
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


def _renamed(table: SpanTable, names: Sequence[str], labels: Sequence[str]) -> SpanTable:
    return replace(table, label=np.append(positions(names, labels), np.int32(-1))[table.label])


def _add_claims(
    docs: Sequence[dict[str, Any]],
    gold: Columns,
    found: Sequence[Errors],
    records: Mapping[str, GoldDocument],
    stances: Sequence[str],
) -> None:
    """Claims: [start, end, stance, sources, event's claim, class or -1, side].

    The side is 0 for the gold, or else the number of the system. A gold claim only has a class if there is one system.
    """
    about = {
        (record.article.id, claim.start, claim.end): claim.about
        for record in records.values()
        for claim in record.annotation.claims
    }
    listed = [gold, *(errors.sides.predicted for errors in found)]
    kinds = [np.full(len(columns.claims), -1) for columns in listed]
    for number, columns in enumerate(listed[1:], 1):
        if "claims" in gold.tasks & columns.tasks:
            tables = [replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (gold, columns)]
            *pairs, kind = classify(tables[0], tables[1], gold.texts)
            for n, of in zip((0, number), pairs, strict=True):
                if n or len(found) == 1:
                    kinds[n][of[of >= 0]] = kind[of >= 0]
    for side, columns in enumerate(listed):
        sources: dict[int, list[list[int]]] = {}
        for claim, start, end, _ in _rows(columns.sources):
            sources.setdefault(claim, []).append([start, end])
        claims = _renamed(columns.claims, columns.claim_stances, stances)
        for n, (document, start, end, stance) in enumerate(_rows(claims)):
            linked = None if side else about.get((docs[document]["i"], start, end))
            docs[document]["c"].append([start, end, stance, sources.get(n, []), linked, int(kinds[side][n]), side])
