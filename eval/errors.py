"""The error class of each span. Every gold and every predicted entity has exactly one class."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..annotate.arabic import fold
from ..configs.errors import InputError
from .classes import CLASSES, CLITIC_ONLY, classify
from .columns import Columns
from .sides import Sides
from .spans import Ints, SpanTable

SEEN = "seen"
BREAKDOWNS = ("label", "outlet", "event", "length", SEEN)
_CONTEXT = 40  # code points on each side
_AT_ONCE = 10_000  # rows


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
    if by == "label":
        names, rows = errors.sides.entity_labels, _shown(errors)[3]
        found = np.zeros((len(names), len(CLASSES)), np.int64)
        np.add.at(found, (rows, errors.kind), 1)
        table: dict[str, dict[str, int]] = {
            names[n]: {name: int(count) for name, count in zip(CLASSES, found[n], strict=True)}
            for n in np.unique(rows).tolist()
        }
    else:
        table = {}
        for value, kind in zip(_values(errors, by, training), _one_by_one(errors.kind), strict=True):
            table.setdefault(value, dict.fromkeys(CLASSES, 0))[CLASSES[kind]] += 1
    classes = [name for name in CLASSES if name != CLITIC_ONLY or errors.sides.gold.proclitics]
    return {value: {name: table[value][name] for name in classes} for value in sorted(table)}


def _values(errors: Errors, by: str, training: Columns | None) -> Iterator[str]:
    columns = errors.sides.gold.columns
    texts = columns.texts
    known = training_names(training) if by == SEEN and training else set[tuple[str, str]]()
    labels = errors.sides.entity_labels
    documents, starts, ends, numbers = map(_one_by_one, _shown(errors))
    for document, start, end, label in zip(documents, starts, ends, numbers, strict=True):
        match by:
            case "outlet" | "event":
                values = columns.outlets if by == "outlet" else columns.events
                yield (values[document] if values else None) or "?"
            case "length":
                words = len(texts[document][start:end].split()) if texts else 0
                yield "?" if not words else f"{words} word{'s' * (words > 1)}" if words < 5 else "5+ words"
            case _:
                name = (labels[label], fold(texts[document][start:end])) if texts else None
                yield "?" if not training or not name else "seen" if name in known else "unseen"


def training_names(training: Columns) -> set[tuple[str, str]]:
    """The label and match key of each name in the training split."""
    names: set[tuple[str, str]] = set()
    for n in range(len(training.entities) if training.texts else 0):
        document, start, end, label = training.entities.row(n)
        names.add((training.entity_labels[label], fold((training.texts or ())[document][start:end])))
    return names


def _shown(errors: Errors) -> tuple[Ints, Ints, Ints, Ints]:
    """Document, start, end and label of each row's gold span, or else of its predicted span."""
    gold, predicted = errors.sides.gold.columns.entities, errors.sides.predicted.entities
    has_gold = errors.gold >= 0
    columns: list[Ints] = []
    for name in ("document", "start", "end", "label"):
        values = np.empty(len(errors.kind), np.int64)
        values[has_gold] = getattr(gold, name)[errors.gold[has_gold]]
        values[~has_gold] = getattr(predicted, name)[errors.predicted[~has_gold]]
        columns.append(values)
    return columns[0], columns[1], columns[2], columns[3]


def _one_by_one(values: Ints) -> Iterator[int]:
    """The values as Python numbers, with only some of them in memory."""
    for first in range(0, len(values), _AT_ONCE):
        yield from values[first : first + _AT_ONCE].tolist()


def error_lines(errors: Errors) -> Iterator[str]:
    """A JSON line for each error: document, class, gold and predicted span with text, context."""
    sides = errors.sides
    gold, texts = sides.gold.columns, sides.gold.columns.texts
    document, start, end, label = _shown(errors)
    names = sorted(set(sides.entity_labels))
    rank = np.array([names.index(name) for name in sides.entity_labels], np.int64)
    wrong = np.flatnonzero(errors.kind != CLASSES.index("correct"))
    wrong = wrong[np.lexsort((rank[label[wrong]], end[wrong], start[wrong], document[wrong]))]
    in_gold = _spans(gold.entities, errors.gold[wrong], sides)
    in_predictions = _spans(sides.predicted.entities, errors.predicted[wrong], sides, with_mentions=True)
    where = zip(*map(_one_by_one, (document[wrong], start[wrong], end[wrong], errors.kind[wrong])), strict=True)
    for (at, first, last, kind), own, predicted in zip(where, in_gold, in_predictions, strict=True):
        row: dict[str, Any] = {
            "document": gold.ids[at],
            "class": CLASSES[kind],
            "gold": own,
            "predicted": predicted,
        }
        if texts and first >= 0:
            row["context"] = texts[at][max(0, first - _CONTEXT) : last + _CONTEXT]
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _spans(
    table: SpanTable, rows: Ints, sides: Sides, *, with_mentions: bool = False
) -> Iterator[Mapping[str, Any] | None]:
    """The spans of these rows of a table, None for -1."""
    columns, texts, names = sides.gold.columns, sides.gold.columns.texts, sides.entity_labels
    mentions = sides.predicted.mentions if with_mentions else {}
    for first in range(0, len(rows), _AT_ONCE):
        own = rows[first : first + _AT_ONCE]
        some = table.take(own[own >= 0])
        places = zip(*map(_one_by_one, (some.document, some.start, some.end, some.label)), strict=True)
        for n in own.tolist():
            if n < 0:
                yield None
                continue
            document, start, end, label = cast("tuple[int, int, int, int]", next(places))
            found = mentions.get((columns.ids[document], start, end, names[label])) if mentions else None
            mention = {"mention": found[1], "tier": found[0]} if found else {}
            if start < 0:  # a mention that does not occur in the text
                yield {"start": None, "end": None, "label": names[label]} | mention
                continue
            span: dict[str, Any] = {"start": start, "end": end, "label": names[label]} | mention
            if texts:
                span["text"] = texts[document][start:end]
            yield span


def breakdowns(errors: Errors, by: Collection[str]) -> dict[str, dict[str, dict[str, int]]]:
    """The `counts` for each of these breakdowns. Raises InputError for an unknown breakdown."""
    unknown = [name for name in by if name not in BREAKDOWNS]
    if unknown:
        raise InputError(*(f"--by {name}: must be one of {', '.join(BREAKDOWNS)}" for name in unknown))
    # Under a mapping, the training split has other labels than the rows.
    training = errors.sides.gold.training_columns() if SEEN in by and not errors.sides.mapping else None
    return {name: counts(errors, name, training) for name in by}
