"""Scores predictions against gold: precision, recall and F1 with their intervals, as in scores.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..annotate.placing.policy import DEFAULT, Policy
from ..annotate.predictions import Predictions
from ..configs.formats import FORMAT, FORMATS, SCORES
from .columns import Columns, columns_of
from .gold.records import LACKING, Gold
from .gold_side import GoldSide, gold_side, plain_predictions, read_predicted
from .sides import Sides, bring_together, named_mapping, tallies
from .source import IN_MEMORY, name_of, source_of
from .spans import Counts, Ints, SpanTable
from .tally import CLITIC, IOU, Floats, Tally, Units, rates, span_tallies
from .uncertainty import (
    CHOICE,
    FEW_EVENTS,
    RATES,
    Interval,
    enough,
    event_units,
    interval,
    numbers,
    one_unit,
    resamples,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from .sides import AnyMapping
    from .source import Given

# Documents scored one by one are counted in blocks of this size: each has counts for every scheme and label.
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One printed row: precision, recall and F1 with their counts, and 95 % intervals if requested.

    0/0 is None: precision if nothing was predicted, recall if there is no gold, F1 if there is
    neither. F1 is 0 if only one side is empty.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    counts: Counts
    intervals: Mapping[str, Interval] | None = None

    @classmethod
    def of(cls, counts: Counts) -> Leaf:
        """From counts, by `tally.rates`."""
        c = counts
        return cls.each(np.array([(c.cor, c.inc, c.par, c.gold, c.predicted)]))[0]

    @classmethod
    def each(cls, rows: Ints) -> list[Leaf]:
        """From each row of counts, in the order of `tally.COUNTS`."""
        leaves: list[Leaf] = []
        for (precision, recall, f1), counts in zip(rates(rows).tolist(), rows, strict=True):
            leaves.append(cls(_defined(precision), _defined(recall), _defined(f1), _counts(counts)))
        return leaves

    def as_json(self) -> dict[str, Any]:
        """The leaf of scores.json."""
        c = self.counts
        node: dict[str, Any] = {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "cor": c.cor,
            "inc": c.inc,
            "par": c.par,
            "mis": c.mis,
            "spu": c.spu,
            "gold": c.gold,
            "predicted": c.predicted,
        }
        if self.intervals is not None:
            node["intervals"] = {name: list(bounds) for name, bounds in self.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Choice:
    """Further numbers of a task that is a choice among labels.

    Accuracy and Cohen's kappa count a missing answer as wrong. `confusion` has for each gold label
    how often each label was predicted for it, and under "" how often none was.
    """

    accuracy: float | None
    kappa: float | None
    confusion: Mapping[str, Mapping[str, int]]
    intervals: Mapping[str, Interval] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of one task under one scheme of matching.

    `labels` has the labels that occur in gold or predictions. Micro pools their counts; macro is the mean over
    them, an undefined value counting as 0. A label's own row compares the spans of that label only.
    """

    micro: Leaf
    macro: Leaf
    labels: Mapping[str, Leaf]
    choice: Choice | None = None

    def as_json(self) -> dict[str, Any]:
        """The node of scores.json."""
        node: dict[str, Any] = {
            "micro": self.micro.as_json(),
            "macro": self.macro.as_json(),
            "labels": {label: leaf.as_json() for label, leaf in self.labels.items()},
        }
        if self.choice:
            node |= {"accuracy": self.choice.accuracy, "kappa": self.choice.kappa, "confusion": self.choice.confusion}
            if self.choice.intervals is not None:
                node["intervals"] = {name: list(bounds) for name, bounds in self.choice.intervals.items()}
        return node


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of predictions against a gold set: Tables by task and scheme.

    `tasks["entities"]["strict"].micro.f1` is a number or None. `documents`, if requested, has for each
    document its pooled Leaf by task and scheme.
    """

    signature: str
    gold: str
    predictions: str
    tasks: Mapping[str, Mapping[str, Table]]
    notes: tuple[str, ...] = ()
    unmapped: Mapping[str, Mapping[str, int]] | None = None
    documents: Mapping[str, Mapping[str, Mapping[str, Leaf]]] = field(default_factory=dict[str, Any])

    def as_json(self) -> dict[str, Any]:
        """The content of scores.json."""
        return {
            FORMAT: FORMATS[SCORES],
            "signature": self.signature,
            "gold": self.gold,
            "predictions": self.predictions,
            "tasks": {
                task: {scheme: table.as_json() for scheme, table in schemes.items()}
                for task, schemes in self.tasks.items()
            },
            "notes": list(self.notes),
        } | ({"unmapped": self.unmapped} if self.unmapped is not None else {})

    def to_frame(self) -> DataFrame:
        """A pandas table with a row for each task, scheme and label, also micro and macro: see `score_frame`."""
        from .frames import score_frame

        return score_frame(self)

    def document_lines(self) -> Iterator[str]:
        """A JSON line for each document, with its scores by task and scheme."""
        for name, tasks in self.documents.items():
            leaves = {t: {s: leaf.as_json() for s, leaf in schemes.items()} for t, schemes in tasks.items()}
            yield json.dumps({"id": name, "tasks": leaves}, ensure_ascii=False) + "\n"


def evaluate(
    gold: Given,
    predictions: Given,
    *,
    split: str = "test",
    ci: int = 0,
    seed: int = 13,
    mapping: AnyMapping | None = None,
    iou: float = IOU,
    per_document: bool = False,
    offsets: str = "code-points",
    mentions: str = "order",
) -> Scores:
    """Scores predictions against gold.

    Each can be a gold set, its folder, a file in the predictions format, a Dataset of `datasets`, or rows (dicts) in
    that format. Of a gold set as predictions, the annotations are scored. `split` applies if gold is a gold set.

    A document without a prediction counts as missed. A task that the predictions never mention is not scored. `ci` is
    the number of bootstrap resamples of events for 95 % intervals, 0 for none. `mapping` is the name of a mapping of
    the gold set's own scheme (of the default scheme if it has none), or a name with a mapping: predictions then have
    the labels that it maps to. Two claims match if their intersection over union is at least `iou`. `offsets` is what
    predictions count: code-points, utf-16, bytes or own-text. `mentions` is what mentions without offsets stand for:
    order, all or nth. Raises InputError with every problem of the input.
    """
    sides = read_sides(gold, predictions, split, mapping, Policy.named(offsets, mentions))
    return score_sides(sides, sides.predictions, ci=ci, seed=seed, iou=iou, per_document=per_document)


def read_sides(
    gold: Given,
    predictions: Given,
    split: str = "test",
    mapping: AnyMapping | None = None,
    policy: Policy = DEFAULT,
) -> Sides:
    """Reads both sides of a comparison once, for `score_sides` and `find_errors`. Raises InputError."""
    given = source_of(gold)
    named = named_mapping(mapping, given)
    with ThreadPoolExecutor(1) as aside:
        read = aside.submit(plain_predictions, predictions)
        side = gold_side(given, split)
    source, plain = read.result()
    sides = bring_together(side, read_predicted(source, side.under(named), plain, policy), named)
    return replace(sides, predictions=name_of(source))


def score(gold: Gold, predictions: Predictions, split: str) -> Scores:
    """Scores predictions in memory on one split of a gold set in memory, or on `all`."""
    sides = bring_together(gold_side(gold, split), columns_in_memory(predictions))
    return score_sides(sides, name_of(predictions.path) if predictions.path else IN_MEMORY)


def columns_in_memory(predictions: Predictions) -> Columns:
    """Predictions in columns, with their notes."""
    return replace(
        columns_of(predictions.documents, predictions.tasks), notes=predictions.notes, models=predictions.models
    )


def score_sides(
    sides: Sides, name: str, *, ci: int = 0, seed: int = 13, iou: float = IOU, per_document: bool = False
) -> Scores:
    """Scores predictions, named `name`, that were brought together with their gold; see `evaluate`."""
    ids, events = sides.gold.columns.ids, sides.gold.columns.events
    units = event_units(ids, events, seed) if ci else one_unit(len(ids))
    tallied, notes = tallies(sides, units, iou=iou)
    weights = resamples(units.count, ci, seed) if ci and units.count >= FEW_EVENTS else None
    if ci and weights is None:
        unit = "events" if events else "documents"
        notes += (f"{units.count} {unit} are too few for intervals; they need {FEW_EVENTS}",)
    tasks = {
        task: {scheme: table_of(tally, weights) for scheme, tally in schemes.items()}
        for task, schemes in tallied.items()
    }
    if weights is not None:
        notes += tuple(_too_rare(tallied))
    documents: dict[str, Any] = {}
    if per_document:
        for first in range(0, len(ids), AT_ONCE):
            block = np.arange(first, min(first + AT_ONCE, len(ids)))
            own = tallies(sides.only(block), Units(np.arange(len(block)), len(block)), iou=iou)[0]
            leaves = {
                t: {s: Leaf.each(tally.counts[0].T) for s, tally in schemes.items()} for t, schemes in own.items()
            }
            for n, at in enumerate(block.tolist()):
                documents[ids[at]] = {t: {s: each[n] for s, each in schemes.items()} for t, schemes in leaves.items()}
    drawn = "event" if events else "document"
    uncertainty = f"bootstrap({drawn},{ci},seed={seed})" if ci else "none"
    signature = signature_of(sides.gold, tasks, uncertainty, sides.mapping, iou, sides.predicted.policy)
    return Scores(signature, sides.gold.name, name, tasks, (*sides.notes, *notes), sides.unmapped, documents)


def signature_of(
    gold: GoldSide,
    tasks: Mapping[str, Mapping[str, object]],
    uncertainty: str,
    mapping: str | None,
    iou: float,
    policy: Sequence[str] = (),
) -> str:
    """One line with everything that the numbers depend on."""
    from .. import __version__

    schemes = dict.fromkeys(scheme for table in tasks.values() for scheme in table)
    plain = [scheme for scheme in schemes if not scheme.endswith(CLITIC)]
    parts = [
        f"mihakk:{__version__}",
        f"gold:{gold.title}",
        f"split:{gold.split}",
        f"task:{','.join(tasks) or 'none'}",
        f"match:{','.join(f'overlap({iou:g})' if s == 'overlap' else s for s in plain) or 'none'}",
        f"tolerance:{'none,clitic' if len(plain) < len(schemes) else 'none'}",
        "avg:micro,macro(seen)",
        f"ci:{uncertainty}",
    ]
    if mapping:
        parts.insert(3, f"map:{mapping}")
    parts[3:3] = policy
    if before := _labels_that_were_not_there(gold):
        parts.insert(3, f"without:{before}")
    return "|".join(parts)


def _labels_that_were_not_there(gold: GoldSide) -> str:
    """The labels that are not scored in older documents, with the number of these: `VACCINE(health@1.0:3)`."""
    counts: dict[tuple[str, str], int] = {}
    for older in gold.older.values():
        for name in (name for layer in LACKING for name in older.lacking(layer)):
            key = name, older.schemes[0]
            counts[key] = counts.get(key, 0) + 1
    return ",".join(f"{name}({scheme}:{count})" for (name, scheme), count in sorted(counts.items()))


def table_of(tally: Tally, weights: Floats | None = None) -> Table:
    """The table of a tally, with intervals if weights of resamples are given."""
    total = tally.counts.sum(-1)
    point = numbers(tally, np.ones((1, tally.counts.shape[-1])))
    intervals: dict[str, Floats] = {}
    if weights is not None:
        intervals = {name: interval(values) for name, values in numbers(tally, weights).items()}
    enough_events = enough(tally)

    def leaf(row: int, counts: Ints) -> Leaf:
        precision, recall, f1 = (_defined(value) for value in point["rates"][0, row].tolist())
        own_intervals = _intervals(RATES, intervals["rates"][row]) if intervals and enough_events[row] else None
        return Leaf(precision, recall, f1, _counts(counts), own_intervals)

    labels = {
        label: leaf(n + 2, total[n + 1]) for n, label in enumerate(tally.labels) if total[n + 1, 3] + total[n + 1, 4]
    }
    choice = None
    if tally.confusion is not None:
        cells = tally.confusion.sum(-1).tolist()
        accuracy, kappa = (_defined(value) for value in point["choice"][0].tolist())
        choice = Choice(
            accuracy,
            kappa,
            {
                gold: dict(zip((*tally.labels, ""), row, strict=True))
                for gold, row in zip(tally.labels, cells, strict=True)
            },
            _intervals(CHOICE, intervals["choice"]) if intervals and enough_events[0] else None,
        )
    return Table(leaf(0, total[0]), leaf(1, total[0]), labels, choice)


def _counts(row: Ints) -> Counts:
    cor, inc, par, gold, predicted = (int(count) for count in row)
    return Counts(cor, inc, par, gold - cor - inc - par, predicted - cor - inc - par)


def _intervals(names: Sequence[str], limits: Floats) -> dict[str, Interval]:
    return {
        name: (low, high)
        for name, (low, high) in zip(names, limits.tolist(), strict=True)
        if low == low  # not NaN: some resample had the number
    }


def _defined(value: float) -> float | None:
    return None if value != value else value


def _too_rare(tallied: Mapping[str, Mapping[str, Tally]]) -> Iterable[str]:
    """Notes on labels without intervals."""
    for task, schemes in tallied.items():
        tally = next(iter(schemes.values()))
        occurs = tally.counts[1:, 3:].sum((1, 2)) > 0
        rare = [name for name, fine, used in zip(tally.labels, enough(tally)[2:], occurs, strict=True) if used > fine]
        if rare:
            yield f"{task}: no intervals for labels that occur in fewer than {FEW_EVENTS} events: {', '.join(rare)}"


Row = tuple[int, int, str]


def score_spans(gold: Sequence[Iterable[Row]], predicted: Sequence[Iterable[Row]], labels: Sequence[str]) -> Table:
    """Strict scores of spans. Each side has (start, end, label) spans for each document, in the same order."""
    index = {label: n for n, label in enumerate(labels)}
    gold_spans, predicted_spans = (
        SpanTable.of((n, start, end, index[label]) for n, spans in enumerate(documents) for start, end, label in spans)
        for documents in (gold, predicted)
    )
    return table_of(span_tallies(gold_spans, predicted_spans, labels, one_unit(len(gold)))["strict"])
