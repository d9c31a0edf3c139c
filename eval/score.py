"""Scores predictions against gold: precision, recall and F1 with their intervals, as in scores.json."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..annotate.placing.policy import DEFAULT, Policy
from ..annotate.predictions import Predictions
from ..configs.visible import counted
from .gold.records import LACKING, Gold
from .gold_side import GoldSide, gold_side, plain_predictions, read_predicted, with_notes
from .intervals import FEW_EVENTS, THIN, Interval, enough, intervals, occurs
from .rates import CHOICE, POOLED, RATES, Floats, accuracy_and_kappa, every_rate
from .scored import tallies
from .scores import Choice, Leaf, Scores, Size, Table, counts_of, defined
from .sides import Sides, bring_together, named_mapping
from .source import IN_MEMORY, name_of, source_of
from .spans import Ints, SpanTable
from .tally import CLITIC, IOU, OVERLAP, Tally, Units, span_tallies
from .uncertainty import event_units, numbers, one_unit, percentiles, resamples, unit_of

if TYPE_CHECKING:
    from .sides import AnyMapping
    from .source import Given

# Documents scored one by one are counted in blocks of this size: each has counts for every scheme and label.
AT_ONCE = 10_000


def evaluate(
    gold: Given,
    predictions: Given,
    *,
    split: str = "test",
    ci: int | None = None,
    resamples: int = 0,
    seed: int = 13,
    mapping: AnyMapping | None = None,
    iou: float = IOU,
    per_document: bool = False,
    offsets: str = "code-points",
    mentions: str = "order",
) -> Scores:
    """Scores predictions against gold.

    Each can be a gold set, its folder, a file in the predictions format, a Dataset of `datasets`, or rows (dicts) in
        that format. If predictions are a gold set, its annotations are scored. `split` applies if gold is a gold set.

    A document that the predictions lack counts as missed; a task that they never mention is not scored. Every number
    has a 95 % interval if there are three events or more, see `intervals`. With `resamples`, intervals come from so
    many bootstrap resamples of events instead, drawn with `seed`. `ci` has no effect any more. `mapping` is the name of
    a mapping of the gold set's own scheme (of the default scheme if it has none), or a name with a mapping: predictions
    then have the labels that it maps to. Under `overlap`, two spans match if their intersection over union is at least
    `iou`. `offsets` is the unit of offsets in predictions: code-points, utf-16, bytes or own-text. `mentions` is the
    meaning of mentions without offsets: order, all or nth. Raises InputError with every problem of the input.
    """
    if ci is not None:
        warnings.warn(f"evaluate: {CI_IS_OVER}", DeprecationWarning, stacklevel=2)
    sides = read_sides(gold, predictions, split, mapping, Policy.named(offsets, mentions))
    return score_sides(sides, sides.predictions, resampled=resamples, seed=seed, iou=iou, per_document=per_document)


# The warning for code that still asks for intervals.
CI_IS_OVER = "ci has no effect any more, since every number has its interval; a later version will refuse it"


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
    sides = bring_together(gold_side(gold, split), with_notes(predictions))
    return score_sides(sides, name_of(predictions.path) if predictions.path else IN_MEMORY)


def score_sides(
    sides: Sides, name: str, *, resampled: int = 0, seed: int = 13, iou: float = IOU, per_document: bool = False
) -> Scores:
    """Scores predictions, called `name`, that are already matched with their gold; see `evaluate`."""
    columns = sides.gold.columns
    units = event_units(columns.ids, columns.events)
    tallied, notes = tallies(sides, units, iou=iou)
    scores = scores_of(sides, name, tallied, units, notes, resampled=resampled, seed=seed, iou=iou)
    return replace(scores, documents=_each_document(sides, iou)) if per_document else scores


def scores_of(
    sides: Sides,
    name: str,
    tallied: Mapping[str, Mapping[str, Tally]],
    units: Units,
    notes: Sequence[str] = (),
    *,
    resampled: int = 0,
    seed: int = 13,
    iou: float = IOU,
) -> Scores:
    """The scores from tallies by task and scheme. It only uses the ids and events of the sides' documents."""
    ids, events = sides.gold.columns.ids, sides.gold.columns.events
    weights = resamples(units.count, resampled, seed) if resampled else None
    tasks = {
        task: {scheme: table_of(tally, weights) for scheme, tally in schemes.items()}
        for task, schemes in tallied.items()
    }
    unit = unit_of(events)
    notes = (*notes, *on_few_events(tallied, units.count, f"{unit}s"))
    uncertainty = f"bootstrap({unit},{resampled},seed={seed})" if resampled else f"jackknife({unit})"
    signature = signature_of(sides.gold, tasks, uncertainty, sides.mapping, iou, sides.predicted.policy)
    named = [event for event in events or () if event]
    size = Size(len(ids), len(set(named)), len(ids) - len(named))
    return Scores(signature, sides.gold.name, name, size, tasks, (*sides.notes, *notes), sides.unmapped)


def _each_document(sides: Sides, iou: float) -> dict[str, Any]:
    """The pooled Leaf of each document, by task and scheme."""
    ids = sides.gold.columns.ids
    documents: dict[str, Any] = {}
    for first in range(0, len(ids), AT_ONCE):
        block = np.arange(first, min(first + AT_ONCE, len(ids)))
        own = tallies(sides.only(block), Units(np.arange(len(block)), len(block)), iou=iou)[0]
        leaves = {t: {s: Leaf.each(tally.counts[0].T) for s, tally in schemes.items()} for t, schemes in own.items()}
        for n, at in enumerate(block.tolist()):
            documents[ids[at]] = {t: {s: each[n] for s, each in schemes.items()} for t, schemes in leaves.items()}
    return documents


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
        f"match:{','.join(f'{s}({iou:g})' if s == OVERLAP else s for s in plain) or 'none'}",
        f"tolerance:{'none,clitic' if len(plain) < len(schemes) else 'none'}",
        "avg:micro,macro(seen),weighted(gold)",
        f"ci:{uncertainty}",
    ]
    if mapping:
        parts.insert(3, f"map:{mapping}")
    parts[3:3] = policy
    if before := _labels_that_were_not_there(gold):
        parts.insert(3, f"without:{before}")
    return "|".join(parts)


def _labels_that_were_not_there(gold: GoldSide) -> str:
    """The labels that are not scored in older documents, with the number of documents: `VACCINE(health@1.0:3)`."""
    counts: dict[tuple[str, str], int] = {}
    for older in gold.older.values():
        for name in (name for layer in LACKING for name in older.lacking(layer)):
            key = name, older.schemes[0]
            counts[key] = counts.get(key, 0) + 1
    return ",".join(f"{name}({scheme}:{count})" for (name, scheme), count in sorted(counts.items()))


def table_of(tally: Tally, weights: Floats | None = None) -> Table:
    """The table of a tally, with intervals; with weights of resamples, bootstrap intervals."""
    total = tally.counts.sum(-1)
    point = every_rate(total)
    reported = enough(tally)
    bounds: dict[str, Floats] = {}
    if reported.any():
        if weights is None:
            bounds = intervals(tally)
        else:
            bounds = {kind: percentiles(values) for kind, values in numbers(tally, weights).items()}

    def leaf(row: int, counts: Ints) -> Leaf:
        precision, recall, f1 = (defined(value) for value in point[row].tolist())
        own_intervals = _intervals(RATES, bounds["rates"][row]) if reported[row] else None
        return Leaf(precision, recall, f1, counts_of(counts), own_intervals)

    micro, macro, weighted = (leaf(row, total[0]) for row in range(len(POOLED)))
    labels = {
        label: leaf(len(POOLED) + n, total[n + 1])
        for n, label in enumerate(tally.labels)
        if total[n + 1, 3] + total[n + 1, 4]
    }
    choice = None
    if tally.confusion is not None:
        cells = tally.confusion.sum(-1)
        accuracy, kappa = (defined(value) for value in accuracy_and_kappa(cells).tolist())
        choice = Choice(
            accuracy,
            kappa,
            {
                gold: dict(zip((*tally.labels, ""), row, strict=True))
                for gold, row in zip(tally.labels, cells.tolist(), strict=True)
            },
            _intervals(CHOICE, bounds["choice"]) if reported[0] else None,
        )
    return Table(micro, macro, weighted, labels, len(tally.labels), choice)


def _intervals(names: Sequence[str], bounds: Floats) -> dict[str, Interval]:
    return {
        name: (low, high)
        for name, (low, high) in zip(names, bounds.tolist(), strict=True)
        if low == low  # not NaN: the number is defined
    }


def on_few_events(tallied: Mapping[str, Mapping[str, Tally]], units: int, unit: str) -> Iterable[str]:
    """Notes on numbers that rest on few events, with or without intervals."""
    if units < FEW_EVENTS:
        are = counted(units, f"{unit.removesuffix('s')} is", f"{unit} are")
        yield f"{are} too few for intervals; at least {FEW_EVENTS} are needed"
        return
    if units < THIN:
        yield f"all numbers rest on {units} {unit}: with fewer than {THIN}, intervals are wide and say little"
    for task, schemes in tallied.items():
        for scheme, tally in schemes.items():
            count = int(occurs(tally)[0].sum())
            if scheme in (next(iter(schemes)), "conditional", "end_to_end") and 0 < count < min(THIN, units):
                which = "no intervals, as it rests" if count < FEW_EVENTS else "rests"
                yield f"{task}, {scheme}: {which} on {count} {unit} alone"
        tally = next(iter(schemes.values()))
        rows = occurs(tally)[len(POOLED) :].sum(-1).tolist()
        rare = [name for name, count in zip(tally.labels, rows, strict=True) if 0 < count < FEW_EVENTS]
        if rare:
            yield f"{task}: no intervals for labels that occur in fewer than {FEW_EVENTS} {unit}: {', '.join(rare)}"
        thin = [f"{name} ({n})" for name, n in zip(tally.labels, rows, strict=True) if FEW_EVENTS <= n < THIN]
        if thin and units >= THIN:
            yield f"{task}: labels that rest on fewer than {THIN} {unit}, in brackets how many: {', '.join(thin)}"


Row = tuple[int, int, str]


def score_spans(gold: Sequence[Iterable[Row]], predicted: Sequence[Iterable[Row]], labels: Sequence[str]) -> Table:
    """Strict scores of spans. Each side has (start, end, label) spans for each document, in the same order."""
    index = {label: n for n, label in enumerate(labels)}
    gold_spans, predicted_spans = (
        SpanTable.of((n, start, end, index[label]) for n, spans in enumerate(documents) for start, end, label in spans)
        for documents in (gold, predicted)
    )
    return table_of(span_tallies(gold_spans, predicted_spans, labels, one_unit(len(gold)))["strict"])
