"""The page of annotators' agreement: the numbers, who agrees with whom, and the work of two annotators in one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...configs.pages.look import arabic_words, packed, page, without_addresses
from ...configs.pages.scheme_words import scheme_words
from ...configs.scheme import Choice, Scheme
from ..agreement.chance import reading
from ..agreement.pairs import Annotated, AnnotatorPairs, pair_up
from ..agreement.records import Agreement, Measures
from ..classes import CLASSES, classify
from ..spans import SpanTable
from .articles import KIND_NAMES

_KINDS = {
    "labels": "Different labels on the same or overlapping words",
    "edges": "Different boundaries",
    "one_only": "Marked by one annotator only",
    "stances": "Different stances",
    "about": "About different claims of the event",
}
_SPANS = (("entities", "strict"), ("entities", "strict+clitic"), ("claims", "strict"), ("claims", "overlap"))
_STANCES = (("claim_stance", "overlap"), ("claim_about", "overlap"), ("stance", "strict"))
# Kinds of error have other names here, since neither side is the gold.
_KIND_NAMES = KIND_NAMES | {"correct": "equal", "missed": "first only", "spurious": "second only"}
_WORDS = ("claim", "none", "The text of the article is not on this page.", *_KIND_NAMES.values())


def agreement_page(
    agreement: Agreement, work: Iterable[Annotated], scheme: Scheme, source: str, *, text: bool = True
) -> str:
    """The page as HTML that needs no other file. Without `text` it contains no words of any article.

    `source` names the export. E-mail addresses of annotators are cut off at the @.
    """
    names = shown_names(agreement.annotators)
    choices: dict[str, Choice] = {**scheme.labels, **scheme.claim_stances, **scheme.article_stances}
    overall = agreement.overall
    columns = [("spans", task, by) for task, by in _SPANS if by in overall.spans.get(task, {})]
    columns += [("stances", task, by) for task, by in _STANCES if task in overall.stances]
    return page(
        "agreement.html",
        "export agreement",
        language=scheme.language,
        agreement=agreement,
        source=source,
        columns=columns,
        maps=list(_maps(agreement, names, columns)),
        who=names,
        kinds=_KINDS,
        names={name: scheme.text(choice) for name, choice in choices.items()},
        texts={"lang": scheme.language, "dir": scheme.direction} if text else None,
        proclitics=scheme.proclitics,
        confusion=_confusion(agreement),
        reading=reading,
        notes=[without_addresses(note) for note in agreement.notes],
        schemes=[
            name
            for name in ("strict", "strict+clitic", "exact", "overlap")
            if any(name in schemes for schemes in overall.spans.values())
        ],
        data=packed(_pairs_data(pair_up(work, scheme), scheme, names, text=text)) if overall.pairs else None,
    )


def shown_names(annotators: Iterable[str]) -> dict[str, str]:
    """The name of each annotator, cut off at the @. A number is added if names become equal."""
    shown: dict[str, str] = {}
    for annotator in sorted(annotators):
        name, n = without_addresses(annotator), 1
        while name in shown.values():
            n += 1
            name = f"{without_addresses(annotator)} ({n})"
        shown[annotator] = name
    return shown


def value_of(measures: Measures, column: tuple[str, str, str]) -> float | None:
    """The number of a column: F1 of spans, kappa of stances."""
    kind, task, scheme = column
    if kind == "spans":
        return measures.spans[task][scheme].micro.f1
    return measures.stances[task][scheme].kappa


def _maps(
    agreement: Agreement, names: Mapping[str, str], columns: Sequence[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    """For each number, the agreement of each pair of annotators, if there are more than two annotators."""
    if len(names) < 3:
        return
    for column in columns:
        cells = {(a, b): value_of(measures, column) for (a, b), measures in agreement.pairs.items()}
        if any(value is not None for value in cells.values()):
            yield {"column": column, "cells": cells | {(b, a): value for (a, b), value in cells.items()}}


def _confusion(agreement: Agreement) -> dict[str, dict[str, int]]:
    """For entities, how often a label of one annotator met each label of the other annotator; "" means no span."""
    spans = agreement.overall.spans.get("entities")
    if not spans:
        return {}
    kinds = agreement.disagreements.tasks["entities"]
    cells = {label: {label: row.agreed} for label, row in spans["strict"].labels.items()}
    for both, found in kinds["labels"].items():
        first, second = both.split("/")
        for row, column in ((first, second), (second, first)):
            cells.setdefault(row, {})[column] = found.count
    for label, found in kinds["one_only"].items():
        cells.setdefault(label, {})[""] = found.count
    return cells


def _pairs_data(pairs: AnnotatorPairs, scheme: Scheme, names: Mapping[str, str], *, text: bool) -> dict[str, Any]:
    """The data of the page's script: an article for each pair of annotators, with the first as gold."""
    docs: list[dict[str, Any]] = []
    positions: list[int] = pairs.article.tolist()
    for n, position in enumerate(positions):
        article = pairs.articles[position].article
        who = [names[pairs.annotators[int(side[n])]] for side in pairs.annotator]
        facts = {"o": article.outlet, "e": article.event_id, "d": article.published, "t": article.title if text else ""}
        doc: dict[str, Any] = {"i": article.id, "w": who, "g": [], "p": [[]], "c": [], "s": {}}
        docs.append(doc | {key: value for key, value in facts.items() if value} | ({"x": article.text} if text else {}))
    marked = pairs.entities
    first, second, kinds = classify(marked.first, marked.second, pairs.texts if scheme.proclitics else None)
    at: list[int] = []
    for document, *span in _rows(marked.first):
        at.append(len(docs[document]["g"]))
        docs[document]["g"].append(span)
    there = _rows(marked.second)
    for i, j, kind in zip(first.tolist(), second.tolist(), kinds.tolist(), strict=True):
        document, *place = there[j] if j >= 0 else (int(marked.first.document[i]), -1, -1, -1)
        docs[document]["p"][0].append([kind, at[i] if i >= 0 else -1, *place])
    for side, table in enumerate((pairs.claims.first, pairs.claims.second)):
        for document, start, end, stance in _rows(table):
            docs[document]["c"].append([start, end, stance, [], None, -1, side])
    return {
        "docs": docs,
        "labels": list(scheme.entity_labels),
        "claimStances": list(scheme.claim_stances),
        "kinds": list(CLASSES),
        "kindNames": _KIND_NAMES,
        "used": sorted(set(kinds.tolist())),
        "systems": [""],
        "events": {},
        **scheme_words(scheme),
        "words": {phrase: arabic_words()[phrase] for phrase in (*_WORDS, *CLASSES)},
    }


def _rows(table: SpanTable) -> list[tuple[int, int, int, int]]:
    columns = (table.document, table.start, table.end, table.label)
    return list(zip(*(column.tolist() for column in columns), strict=True))
