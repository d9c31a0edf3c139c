"""The page of one system's scores: numbers, errors, claims by outlet, and the articles themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...configs.languages import ARABIC
from ...configs.pages.look import packed, page
from ...configs.visible import counted
from ..classes import CLASSES
from ..errors import Errors, find_errors
from ..gold.scheme import scheme_of
from ..intervals import FEW_EVENTS
from ..scores import Scores
from ..sides import Sides
from .articles import KIND_NAMES, article_data
from .groups import groups

# The numbers of the first panel: title, task, scheme, and the rate.
CARDS = (
    ("entities, strict F1", "entities", "strict", "f1"),
    ("entities, F1 but for proclitics", "entities", "strict+clitic", "f1"),
    ("claims, overlap F1", "claims", "overlap", "f1"),
    ("stance of claims, accuracy", "claim_stance", "conditional", "accuracy"),
    ("stance of articles, accuracy", "stance", "strict", "accuracy"),
)
_CHOICES = {"claim_stance": "Stances of claims", "stance": "Stances of articles"}


def score_page(scores: Scores, sides: Sides, *, text: bool = True) -> str:
    """The page as HTML that needs no other file. Without `text` it contains no words of any article."""
    node = scores.as_json()
    errors = find_errors(sides)
    data = article_data(sides.gold, {scores.predictions: errors}, text=text)
    entities = node["tasks"].get("entities", {}).get("strict")
    kinds = dict(zip(CLASSES, np.bincount(errors.kind, minlength=len(CLASSES)).tolist(), strict=True))
    unit = "events" if scores.size.events else "documents"
    units = scores.size.events + scores.size.without_event
    pairs = _pairs(errors) if entities else {}
    used = [label for label in sides.entity_labels if any(label in (a, b) for a, row in pairs.items() for b in row)]
    return page(
        "score.html",
        "eval score",
        language=data["language"] or ARABIC,
        scores=node,
        split=sides.gold.split,
        few=f"{counted(scores.size.documents, 'document')}, {units} {unit}" if units < FEW_EVENTS else "",
        cards=list(_cards(node["tasks"])),
        labels=_labels(sides, entities["labels"]) if entities else [],
        kinds=kinds,
        kind_names=KIND_NAMES,
        spans=sum(kinds.values()) or 1,
        pairs={row: pairs.get(row, {}) for row in (*used, "")},
        pairs_rows=[*used, ""],
        pairs_columns=[*used, ""],
        choices=list(_choices(node["tasks"])),
        groups=groups(sides) if entities else {},
        has_events=bool(data["events"]),
        has_claims="claims" in sides.gold.columns.tasks,
        data=packed(data),
        again=f"mihakk eval score {scores.gold} {scores.predictions} --split {sides.gold.split} --html FILE",
    )


def _cards(tasks: Mapping[str, Any]) -> Any:
    for title, task, scheme, rate in CARDS:
        table = tasks.get(task, {}).get(scheme)
        if table is None:
            continue
        path = f"tasks.{task}.{scheme}"
        inner, at = (table["micro"], f"{path}.micro") if rate == "f1" else (table, path)
        counts = {"counts": table["micro"], "counts_path": f"{path}.micro"}
        yield {"title": title, "rate": rate, "value": inner[rate], "node": inner, "path": at} | counts


def names_of_labels(sides: Sides) -> dict[str, str]:
    """The names of entity labels in the scheme's language; empty if the gold has no scheme, or under a mapping."""
    scheme = scheme_of(sides.gold.source) if sides.gold.source is not None and not sides.mapping else None
    return {name: scheme.text(label) for name, label in scheme.entities.items()} if scheme else {}


def _labels(sides: Sides, leaves: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The labels, with the most frequent in the gold first."""
    names = names_of_labels(sides)
    rows = [{"name": name, "leaf": leaf, "shown": names.get(name, "")} for name, leaf in leaves.items()]
    return sorted(rows, key=lambda row: -row["leaf"]["gold"])


def _choices(tasks: Mapping[str, Any]) -> Any:
    for task, title in _CHOICES.items():
        for scheme, table in tasks.get(task, {}).items():
            if "confusion" in table and scheme in ("conditional", "strict"):
                yield {"title": title, "cells": table["confusion"], "path": f"tasks.{task}.{scheme}.confusion"}


def label_pairs(sides: Sides) -> dict[str, dict[str, int]]:
    """How often each gold label (none: "") was paired with each predicted label, in the order of the labels."""
    pairs = _pairs(find_errors(sides))
    return {label: pairs[label] for label in (*sides.entity_labels, "") if label in pairs}


def _pairs(errors: Errors) -> dict[str, dict[str, int]]:
    """How often each gold label (none: "") was paired with each predicted label."""
    labels = (*errors.sides.entity_labels, "")
    sides = (errors.gold, errors.sides.gold.columns.entities), (errors.predicted, errors.sides.predicted.entities)
    # The position -1, no partner, is the last label.
    gold, predicted = (np.where(at >= 0, np.append(table.label, -1)[at], len(labels) - 1) for at, table in sides)
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (gold, predicted), 1)
    return {
        labels[i]: {labels[j]: int(counts[i, j]) for j in np.flatnonzero(counts[i]).tolist()}
        for i in np.flatnonzero(counts.sum(1)).tolist()
    }
