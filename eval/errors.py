"""The error class of each span. Every gold and every predicted entity has exactly one class."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..annotate.arabic import fold
from ..configs.errors import InputError
from .classes import CLASSES, CLITIC_ONLY, classify
from .columns import Columns
from .sides import Sides
from .spans import Ints, SpanTable

SEEN = "seen"
BREAKDOWNS = ("label", "outlet", "event", "length", SEEN)
_CONTEXT = 40  # code points to each side


@dataclass(frozen=True, slots=True)
class Errors:
    """One row for each pair, and for each gold or predicted span without a partner.

    `gold` and `predicted` are positions in the sides' entities, -1 for none; `kind` is a position in CLASSES.
    """

    sides: Sides
    gold: Ints
    predicted: Ints
    kind: Ints


def find_errors(sides: Sides) -> Errors:
    """The classes of all entities of both sides, from `classify`."""
    return Errors(sides, *classify(sides.gold.columns.entities, sides.predicted.entities, sides.texts))


def counts(errors: Errors, by: str, training: Columns | None = None) -> dict[str, dict[str, int]]:
    """How many rows each class has, by label, outlet, event, length in words, or whether training has the name.

    A row's label, text and length are those of the gold span; if there is none, those of the predicted span.
    """
    table: dict[str, Counter[str]] = {}
    for value, kind in zip(_values(errors, by, training), errors.kind.tolist(), strict=True):
        table.setdefault(value, Counter())[CLASSES[kind]] += 1
    names = [name for name in CLASSES if name != CLITIC_ONLY or errors.sides.gold.proclitics]
    return {value: {name: table[value][name] for name in names} for value in sorted(table)}


def _values(errors: Errors, by: str, training: Columns | None) -> Iterator[str]:
    columns = errors.sides.gold.columns
    known = _names(training) if by == SEEN and training else set[tuple[str, str]]()
    for document, start, end, label in _shown(errors):
        match by:
            case "label":
                yield label
            case "outlet" | "event":
                values = columns.outlets if by == "outlet" else columns.events
                yield (values[document] if values else None) or "?"
            case "length":
                words = len(columns.texts[document][start:end].split()) if columns.texts else 0
                yield "?" if not words else f"{words} word{'s' * (words > 1)}" if words < 5 else "5+ words"
            case _:
                name = (label, fold(columns.texts[document][start:end])) if columns.texts else None
                yield "?" if not training or not name else "seen" if name in known else "unseen"


def _names(training: Columns) -> set[tuple[str, str]]:
    """Labels and match keys of all names of the training split."""
    names: set[tuple[str, str]] = set()
    for n in range(len(training.entities) if training.texts else 0):
        document, start, end, label = training.entities.row(n)
        names.add((training.entity_labels[label], fold((training.texts or ())[document][start:end])))
    return names


def _shown(errors: Errors) -> Iterator[tuple[int, int, int, str]]:
    """Document, start, end and label of each row's gold span, or else of its predicted span."""
    labels = errors.sides.entity_labels
    tables = errors.sides.gold.columns.entities, errors.sides.predicted.entities
    for i, j in zip(errors.gold.tolist(), errors.predicted.tolist(), strict=True):
        table, n = (tables[0], i) if i >= 0 else (tables[1], j)
        document, start, end, label = table.row(n)
        yield document, start, end, labels[label]


def error_lines(errors: Errors) -> Iterator[str]:
    """A JSON line for each error: document, class, gold and predicted span with text, context."""
    sides = errors.sides
    texts = sides.gold.columns.texts
    where = list(_shown(errors))
    wrong: list[int] = np.flatnonzero(errors.kind != CLASSES.index("correct")).tolist()
    for n in sorted(wrong, key=lambda n: where[n]):
        document, start, end, _ = where[n]
        row: dict[str, Any] = {
            "document": sides.gold.columns.ids[document],
            "class": CLASSES[errors.kind[n]],
            "gold": _span(sides.gold.columns.entities, int(errors.gold[n]), sides, texts),
            "predicted": _span(sides.predicted.entities, int(errors.predicted[n]), sides, texts),
        }
        if texts and start >= 0:
            text = texts[document]
            row["context"] = text[max(0, start - _CONTEXT) : end + _CONTEXT]
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _span(table: SpanTable, n: int, sides: Sides, texts: Any) -> Mapping[str, Any] | None:
    if n < 0:
        return None
    document, start, end, label = table.row(n)
    key = sides.gold.columns.ids[document], start, end, sides.entity_labels[label]
    found = sides.predicted.mentions.get(key) if table is sides.predicted.entities else None
    mention = {"mention": found[1], "tier": found[0]} if found else {}
    if start < 0:  # a mention that stands nowhere in the text
        return {"start": None, "end": None, "label": sides.entity_labels[label]} | mention
    span: dict[str, Any] = {"start": start, "end": end, "label": sides.entity_labels[label]} | mention
    if texts:
        span["text"] = texts[document][start:end]
    return span


def breakdowns(errors: Errors, by: Collection[str]) -> dict[str, dict[str, dict[str, int]]]:
    """`counts` for each of these breakdowns. Raises InputError for an unknown breakdown."""
    unknown = [name for name in by if name not in BREAKDOWNS]
    if unknown:
        raise InputError(*(f"--by {name}: must be one of {', '.join(BREAKDOWNS)}" for name in unknown))
    # Under a mapping, the training split has other labels than the rows.
    training = errors.sides.gold.training_columns() if SEEN in by and not errors.sides.mapping else None
    return {name: counts(errors, name, training) for name in by}
