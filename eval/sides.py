"""Gold and predictions brought together: documents matched by id, labels by name, and the tasks counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..configs import CLAIM
from ..configs.errors import InputError
from .columns import Columns, moved, positions
from .gold_side import GoldSide
from .spans import Ints, SpanTable
from .tally import (
    IOU,
    Tally,
    Units,
    attribution_tallies,
    choice_tally,
    claim_stance_tallies,
    span_tallies,
)

if TYPE_CHECKING:
    from ..configs.scheme import Mapping as LabelMapping

    NamedMapping: TypeAlias = tuple[str, LabelMapping]

# The scored tasks, in the order of the report.
TASKS = ("entities", "claims", "claim_stance", "attribution", "stance")


@dataclass(frozen=True, slots=True)
class Sides:
    """A gold side and predictions on its documents, with the same numbering.

    In both, documents are positions in `gold.columns.ids`, entity labels are positions in `entity_labels`, and stances
    of claims are positions in `claim_stances`. `notes` list everything that was not scored, with the reason. `mapping`
    is the name of the label mapping, if any; `unmapped` counts the spans without a counterpart, by side and label.
    `predictions` names the source of the predictions.
    """

    gold: GoldSide
    predicted: Columns
    entity_labels: tuple[str, ...]
    claim_stances: tuple[str, ...]
    article_stances: tuple[str, ...]
    notes: tuple[str, ...] = ()
    mapping: str | None = None
    unmapped: Mapping[str, Mapping[str, int]] | None = None
    predictions: str = ""

    def only(self, documents: Ints) -> Sides:
        """The same for these documents (positions) only."""
        gold = replace(self.gold, columns=self.gold.columns.only(documents))
        return replace(self, gold=gold, predicted=self.predicted.only(documents))


def named_mapping(mapping: str | NamedMapping | None) -> NamedMapping | None:
    """A label mapping with its name. A name alone means a mapping of the default scheme.

    Raises InputError if the default scheme has no mapping of this name.
    """
    if not isinstance(mapping, str):
        return mapping
    from ..configs.scheme import load_scheme

    return load_scheme().mapping(mapping)


def bring_together(gold: GoldSide, predicted: Columns, mapping: NamedMapping | None = None) -> Sides:
    """Both sides with the same numbering. `mapping` is a label mapping with its name.

    Raises InputError if the gold lacks documents of the predictions.
    """
    notes = list(predicted.notes)
    at = positions(predicted.ids, gold.columns.ids)
    in_gold, outside = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
    unknown = sorted({predicted.ids[int(n)] for n in outside}.difference(gold.elsewhere))
    if unknown:
        raise InputError(
            *(f"the predictions have the document {name}, which is not in the gold set" for name in unknown)
        )
    if len(in_gold) < len(gold.columns.ids):
        missing = sorted(set(gold.columns.ids).difference(predicted.ids))
        notes.append(f"{len(missing)} documents have no prediction and count as missed: {_some(missing)}")
    if len(outside):
        notes.append(f"{len(outside)} predicted documents are not in the split {gold.split} and are not scored")
        predicted = predicted.only(in_gold)
        at = at[in_gold]
    suggested = gold.columns.preannotated_by or ()
    shown = predicted.models.intersection(name for name in suggested if name)
    if shown:
        notes.append(
            f"WARNING: annotators of {sum(name in shown for name in suggested)} of these documents saw suggestions of "
            f"{', '.join(sorted(shown))}, whose predictions these are, so these scores may be inflated"
        )
    stances: list[Mapping[str, str]] = [{}] * len(gold.columns.ids)
    for n, answers in zip(at.tolist(), predicted.stances, strict=True):
        stances[n] = answers
    predicted = replace(
        predicted,
        ids=gold.columns.ids,
        entities=moved(predicted.entities, at),
        claims=moved(predicted.claims, at),
        stances=stances,
    )

    columns = gold.columns
    if mapping:
        gold_entities, mapped_labels, lost_gold = _mapped(columns.entities, columns.entity_labels, mapping[1])
        predicted_entities, lost_predicted = _reachable(predicted.entities, predicted.entity_labels, mapping[1])
        columns = replace(columns, entities=gold_entities, entity_labels=mapped_labels)
        predicted = replace(predicted, entities=predicted_entities)
        unmapped = {"gold": lost_gold, "predicted": lost_predicted}
        for side, why in (("gold", "no counterpart in the mapping"), ("predicted", "no gold label that maps to them")):
            if unmapped[side]:
                listed = ", ".join(f"{n} {label}" for label, n in unmapped[side].items())
                notes.append(f"{side} entities with {why} are not scored: {listed}")
        entity_labels = tuple(label for label in mapping[1].labels if label in mapped_labels)
    else:
        unmapped = None
        entity_labels, more = _label_set(gold.entity_labels, columns.entity_labels, predicted.entity_labels)
        if more:
            counts = np.bincount(predicted.entities.label, minlength=len(predicted.entity_labels))
            listed = ", ".join(f"{counts[predicted.entity_labels.index(label)]} {label}" for label in more)
            notes.append(f"entities with labels that the gold does not have count as spurious: {listed}")
    claim_stances, _ = _label_set(gold.claim_stances, columns.claim_stances, predicted.claim_stances)
    rows = (row for side in (columns, predicted) if "stances" in side.tasks for row in side.stances)
    article_stances = gold.article_stances or tuple(sorted({stance for row in rows for stance in row.values()}))
    return Sides(
        replace(gold, columns=_renumbered(columns, entity_labels, claim_stances)),
        _renumbered(predicted, entity_labels, claim_stances),
        entity_labels,
        claim_stances,
        article_stances,
        tuple(notes),
        mapping[0] if mapping else None,
        unmapped,
    )


def _some(names: Sequence[str], most: int = 20) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _label_set(
    known: tuple[str, ...] | None, gold: Iterable[str], predicted: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All labels of both sides: those of the gold in its order, then the rest sorted; and the rest alone."""
    first = known or tuple(sorted(gold))
    more = tuple(sorted(set(predicted).difference(first)))
    return first + more, more


def _mapped(
    entities: SpanTable, names: Sequence[str], mapping: LabelMapping
) -> tuple[SpanTable, tuple[str, ...], dict[str, int]]:
    """Gold entities with mapped labels, the mapped labels, and the number of entities without one, by label."""
    unknown = [name for name in names if name not in mapping.to]
    if unknown:
        raise InputError(*(f"the mapping says nothing of the gold label {name}" for name in unknown))
    targets = tuple(dict.fromkeys(label for label in mapping.to.values() if label is not None))
    to = np.array([-1 if (label := mapping.to[name]) is None else targets.index(label) for name in names], np.int32)
    label = to[entities.label] if len(names) else entities.label
    lost = _by_name(entities.take(label < 0), names)
    return replace(entities, label=label).take(label >= 0), targets, lost


def _reachable(entities: SpanTable, names: Sequence[str], mapping: LabelMapping) -> tuple[SpanTable, dict[str, int]]:
    """Predicted entities whose label some gold label maps to, and the number of the rest, by label."""
    unknown = [name for name in names if name not in mapping.labels]
    if unknown:
        known = ", ".join(mapping.labels)
        raise InputError(*(f"the predictions have a label {name}; the mapping has {known}" for name in unknown))
    reached = np.isin(entities.label, [n for n, name in enumerate(names) if name in mapping.to.values()])
    return entities.take(reached), _by_name(entities.take(~reached), names)


def _by_name(entities: SpanTable, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(entities.label, minlength=len(names)).tolist()
    return {name: n for name, n in sorted(zip(names, counts, strict=True)) if n}


def _renumbered(columns: Columns, entity_labels: tuple[str, ...], claim_stances: tuple[str, ...]) -> Columns:
    def again(table: SpanTable, names: Sequence[str], labels: Sequence[str]) -> SpanTable:
        to = np.append(positions(names, labels), np.int32(-1))  # -1 stays -1
        return replace(table, label=to[table.label])

    return replace(
        columns,
        entities=again(columns.entities, columns.entity_labels, entity_labels),
        entity_labels=entity_labels,
        claims=again(columns.claims, columns.claim_stances, claim_stances),
        claim_stances=claim_stances,
    )


def tallies(sides: Sides, units: Units, *, iou: float = IOU) -> tuple[dict[str, dict[str, Tally]], tuple[str, ...]]:
    """Tallies by task and scheme, for the tasks that both sides have; and notes on everything not scored."""
    gold, predicted = sides.gold.columns, sides.predicted
    both = gold.tasks & predicted.tasks
    notes = [
        f"the predictions have {task}, but the gold has none; they are not scored"
        for task in sorted(predicted.tasks - gold.tasks)
    ]
    tallied: dict[str, dict[str, Tally]] = {}
    if "entities" in both:
        tallied["entities"] = span_tallies(
            gold.entities, predicted.entities, sides.entity_labels, units, gold.texts, iou=iou
        )
    if "claims" in both:
        gold_claims, predicted_claims = (
            replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (gold, predicted)
        )
        tallied["claims"] = span_tallies(gold_claims, predicted_claims, (CLAIM,), units, gold.texts, iou=iou)
        if (predicted.claims.label >= 0).any():
            tallied["claim_stance"] = claim_stance_tallies(
                gold.claims, predicted.claims, sides.claim_stances, units, iou
            )
        if len(predicted.sources):
            tallied["attribution"] = attribution_tallies(
                (gold.claims, gold.sources),
                (predicted.claims, predicted.sources),
                units,
                iou,
            )
    if "stances" in both:
        tallied["stance"], open_pairs = _stance(sides, units)
        if open_pairs:
            notes.append(f"{open_pairs} stances were predicted where the gold stance is undecided; they are not scored")
    if gold.texts is None and {"entities", "claims"} & both:
        notes.append("the gold has no texts, so there are no clitic-tolerant scores")
    return {task: tallied[task] for task in TASKS if task in tallied}, tuple(notes)


def _stance(sides: Sides, units: Units) -> tuple[dict[str, Tally], int]:
    """The tally of article × claim pairs; and the number of predictions on pairs without a gold stance."""
    index = {stance: n for n, stance in enumerate(sides.article_stances)}
    rows = [
        (document, index[stance], index[predicted[claim]] if claim in predicted else -1)
        for document, (gold, predicted) in enumerate(
            zip(sides.gold.columns.stances, sides.predicted.stances, strict=True)
        )
        for claim, stance in gold.items()
    ]
    table: Ints = np.array(rows, dtype=np.int64).reshape(-1, 3)
    open_pairs = sum(
        len(predicted.keys() - gold.keys())
        for gold, predicted in zip(sides.gold.columns.stances, sides.predicted.stances, strict=True)
    )
    return {"strict": choice_tally(table[:, 1], table[:, 2], table[:, 0], sides.article_stances, units)}, open_pairs
