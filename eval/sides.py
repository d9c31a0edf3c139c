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

# What is scored, in the order in which it is told.
TASKS = ("entities", "claims", "claim_stance", "attribution", "stance")


@dataclass(frozen=True, slots=True)
class Sides:
    """A gold side and predictions on its documents, in the same numbers.

    Both count documents as `gold.columns.ids` does, entity labels as `entity_labels`, and claims' stances as
    `claim_stances`. `notes` tell what was not scored and why. `mapping` is the name of a label mapping, if one was
    used; `unmapped` how many spans had no counterpart under it, by side and label. `predictions` says where the
    predictions come from.
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
        """These documents (positions) alone."""
        gold = replace(self.gold, columns=self.gold.columns.only(documents))
        return replace(self, gold=gold, predicted=self.predicted.only(documents))


def named_mapping(mapping: str | NamedMapping | None) -> NamedMapping | None:
    """A label mapping with its name; a name alone is that of a mapping of the default scheme.

    Raises InputError if that has none of this name.
    """
    if not isinstance(mapping, str):
        return mapping
    from ..configs.scheme import load_scheme

    return load_scheme().mapping(mapping)


def bring_together(gold: GoldSide, predicted: Columns, mapping: NamedMapping | None = None) -> Sides:
    """Both sides in the same numbers; `mapping` is the name of a label mapping with its content.

    Raises InputError if predictions are on documents that the gold does not have.
    """
    notes = list(predicted.notes)
    at = positions(predicted.ids, gold.columns.ids)
    here, elsewhere = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
    strangers = sorted({predicted.ids[int(n)] for n in elsewhere}.difference(gold.elsewhere))
    if strangers:
        raise InputError(*(f"the gold set has no document {name}, which the predictions have" for name in strangers))
    if len(here) < len(gold.columns.ids):
        missing = sorted(set(gold.columns.ids).difference(predicted.ids))
        notes.append(f"{len(missing)} documents have no prediction and count as missed: {_some(missing)}")
    if len(elsewhere):
        notes.append(f"{len(elsewhere)} predicted documents are not in the split {gold.split} and are not scored")
        predicted = predicted.only(here)
        at = at[here]
    suggested = gold.columns.preannotated_by or ()
    shown = predicted.models.intersection(name for name in suggested if name)
    if shown:
        notes.append(
            f"WARNING: annotators of {sum(name in shown for name in suggested)} of these documents saw suggestions of "
            f"{', '.join(sorted(shown))}, whose predictions these are, so these scores may be inflated"
        )
    stances: list[Mapping[str, str]] = [{}] * len(gold.columns.ids)
    for n, said in zip(at.tolist(), predicted.stances, strict=True):
        stances[n] = said
    predicted = replace(
        predicted,
        ids=gold.columns.ids,
        entities=moved(predicted.entities, at),
        claims=moved(predicted.claims, at),
        stances=stances,
    )

    columns = gold.columns
    if mapping:
        ours, their_names, lost_gold = _mapped(columns.entities, columns.entity_labels, mapping[1])
        theirs, lost_predicted = _reachable(predicted.entities, predicted.entity_labels, mapping[1])
        columns = replace(columns, entities=ours, entity_labels=their_names)
        predicted = replace(predicted, entities=theirs)
        unmapped = {"gold": lost_gold, "predicted": lost_predicted}
        for side, why in (("gold", "no counterpart in the mapping"), ("predicted", "no gold label that maps to them")):
            if unmapped[side]:
                told = ", ".join(f"{n} {label}" for label, n in unmapped[side].items())
                notes.append(f"{side} entities with {why} are not scored: {told}")
        entity_labels = tuple(label for label in mapping[1].labels if label in their_names)
    else:
        unmapped = None
        entity_labels, more = _label_set(gold.entity_labels, columns.entity_labels, predicted.entity_labels)
        if more:
            counts = np.bincount(predicted.entities.label, minlength=len(predicted.entity_labels))
            told = ", ".join(f"{counts[predicted.entity_labels.index(label)]} {label}" for label in more)
            notes.append(f"entities with labels that the gold does not have count as spurious: {told}")
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
    known: tuple[str, ...] | None, ours: Iterable[str], theirs: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All labels of both sides, in the gold's order and then the alphabet's; and those that only theirs has."""
    first = known or tuple(sorted(ours))
    more = tuple(sorted(set(theirs).difference(first)))
    return first + more, more


def _mapped(
    entities: SpanTable, names: Sequence[str], mapping: LabelMapping
) -> tuple[SpanTable, tuple[str, ...], dict[str, int]]:
    """Gold entities under the labels they map to, these labels, and how many have none, by label."""
    unknown = [name for name in names if name not in mapping.to]
    if unknown:
        raise InputError(*(f"the mapping says nothing of the gold label {name}" for name in unknown))
    theirs = tuple(dict.fromkeys(label for label in mapping.to.values() if label is not None))
    to = np.array([-1 if (label := mapping.to[name]) is None else theirs.index(label) for name in names], np.int32)
    label = to[entities.label] if len(names) else entities.label
    lost = _by_name(entities.take(label < 0), names)
    return replace(entities, label=label).take(label >= 0), theirs, lost


def _reachable(entities: SpanTable, names: Sequence[str], mapping: LabelMapping) -> tuple[SpanTable, dict[str, int]]:
    """Predicted entities that some gold label maps to, and how many of the others there are, by label."""
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
    """Tallies by task and scheme, of the tasks that both sides speak of; and notes on what was not scored."""
    ours, theirs = sides.gold.columns, sides.predicted
    both = ours.tasks & theirs.tasks
    notes = [
        f"the predictions have {task}, of which the gold says nothing; they are not scored"
        for task in sorted(theirs.tasks - ours.tasks)
    ]
    found: dict[str, dict[str, Tally]] = {}
    if "entities" in both:
        found["entities"] = span_tallies(
            ours.entities, theirs.entities, sides.entity_labels, units, ours.texts, iou=iou
        )
    if "claims" in both:
        gold, predicted = (replace(side.claims, label=np.zeros_like(side.claims.label)) for side in (ours, theirs))
        found["claims"] = span_tallies(gold, predicted, (CLAIM,), units, ours.texts, iou=iou)
        if (theirs.claims.label >= 0).any():
            found["claim_stance"] = claim_stance_tallies(ours.claims, theirs.claims, sides.claim_stances, units, iou)
        if len(theirs.sources):
            found["attribution"] = attribution_tallies(
                (ours.claims, ours.sources), (theirs.claims, theirs.sources), units, iou
            )
    if "stances" in both:
        found["stance"], open_pairs = _stance(sides, units)
        if open_pairs:
            notes.append(f"{open_pairs} stances were predicted where the gold stance is open; they are not scored")
    if ours.texts is None and {"entities", "claims"} & both:
        notes.append("the gold has no texts, so there are no clitic-tolerant scores")
    return {task: found[task] for task in TASKS if task in found}, tuple(notes)


def _stance(sides: Sides, units: Units) -> tuple[dict[str, Tally], int]:
    """Article × claim pairs; and how many predictions are on pairs that annotators left open, which have no answer."""
    index = {stance: n for n, stance in enumerate(sides.article_stances)}
    rows = [
        (document, index[stance], index[theirs[claim]] if claim in theirs else -1)
        for document, (ours, theirs) in enumerate(zip(sides.gold.columns.stances, sides.predicted.stances, strict=True))
        for claim, stance in ours.items()
    ]
    table: Ints = np.array(rows, dtype=np.int64).reshape(-1, 3)
    open_pairs = sum(
        len(theirs.keys() - ours.keys())
        for ours, theirs in zip(sides.gold.columns.stances, sides.predicted.stances, strict=True)
    )
    return {"strict": choice_tally(table[:, 1], table[:, 2], table[:, 0], sides.article_stances, units)}, open_pairs
