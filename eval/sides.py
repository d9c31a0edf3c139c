"""Brings gold and predictions together: documents by id, labels by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..configs import CLAIM
from ..configs.errors import InputError
from ..configs.labels import LabelMapping, NamedMapping
from ..configs.visible import counted
from .columns import Columns, moved, positions
from .gold.records import Gold
from .gold.scheme import one_content, scheme_of
from .gold_side import GoldSide
from .source import Source
from .spans import Ints, SpanTable, keys

AnyMapping = str | NamedMapping | tuple[str, LabelMapping]


@dataclass(frozen=True, slots=True)
class Sides:
    """A gold side and predictions on its documents, with the same numbering.

    In both, documents are positions in `gold.columns.ids`, entity labels are positions in `entity_labels`, stances of
    claims are positions in `claim_stances`, and each claim of an event has one number. `notes` list everything that was
    not scored, with the reason. `mapping` is the title of the label mapping, if any; `unmapped` counts the
    spans without a counterpart, by side and label. `predictions` names the source of the predictions.
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

    @property
    def texts(self) -> Sequence[str] | None:
        """The texts for clitic-tolerant starts; None if there is no clitic tolerance."""
        return self.gold.columns.texts if self.gold.proclitics else None

    def only(self, documents: Ints) -> Sides:
        """The sides with these documents (positions) only."""
        gold = replace(self.gold, columns=self.gold.columns.only(documents))
        return replace(self, gold=gold, predicted=self.predicted.only(documents))


def named_mapping(mapping: AnyMapping | None, gold: Source | None) -> NamedMapping | None:
    """A label mapping with its name. A name alone means a mapping of the gold's own scheme, or of the default scheme.

    Raises InputError if that scheme has no mapping of this name.
    """
    if mapping is None or isinstance(mapping, NamedMapping):
        return mapping
    if isinstance(mapping, tuple) and len(cast(tuple[object, ...], mapping)) == 2:  # pyright: ignore[reportUnnecessaryComparison]
        return NamedMapping(*mapping)
    if not isinstance(mapping, str):
        raise InputError("mapping: must be the name of a mapping of the scheme, or a pair of a name and a LabelMapping")
    from ..configs.scheme import load_scheme

    own = scheme_of(gold) if isinstance(gold, Gold | Path) else None
    return (own or load_scheme()).mapping(mapping)


def mapping_given(name: str | None, scheme: Path | None, gold: Path) -> AnyMapping | None:
    """The mapping of the given scheme; only its name if the mapping must come from the gold set's own scheme."""
    if not name or not scheme:
        return name or None
    from ..configs.scheme import load_scheme

    loaded = load_scheme(scheme)
    one_content(loaded, gold)
    return loaded.mapping(name)


def bring_together(gold: GoldSide, predicted: Columns, mapping: NamedMapping | None = None) -> Sides:
    """Both sides with the same numbering, under a label mapping if one is given.

    Raises InputError if the gold lacks documents of the predictions.
    """
    notes = [*gold.notes, *predicted.notes]
    at = positions(predicted.ids, gold.columns.ids)
    in_gold, outside = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
    unknown = sorted({predicted.ids[int(n)] for n in outside}.difference(gold.elsewhere))
    if unknown:
        raise InputError(
            *(f"the predictions have the document {name}, which is not in the gold set" for name in unknown)
        )
    if len(in_gold) < len(gold.columns.ids):
        missing = sorted(set(gold.columns.ids).difference(predicted.ids))
        notes.append(missed_note(len(missing), missing))
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
        about=moved(predicted.claims_about, at).label,
        stances=stances,
        # Facts about documents in predictions have another order of documents, and the gold has these facts too.
        events=None,
        outlets=None,
        texts=None,
        preannotated_by=None,
    )

    columns = gold.columns
    if any(gold.older.values()):
        columns, predicted, not_there = _where_labels_were(gold, columns, predicted, mapping)
        notes += not_there
    if mapping:
        gold_entities, mapped_labels, lost_gold = _mapped(columns.entities, columns.entity_labels, mapping.mapping)
        predicted_entities, lost_predicted = _reachable(predicted.entities, predicted.entity_labels, mapping.mapping)
        columns = replace(columns, entities=gold_entities, entity_labels=mapped_labels)
        predicted = replace(predicted, entities=predicted_entities)
        unmapped = {"gold": lost_gold, "predicted": lost_predicted}
        notes += unmapped_notes(unmapped)
        entity_labels = tuple(label for label in mapping.mapping.labels if label in mapped_labels)
    else:
        unmapped = None
        entity_labels, more = label_names(gold.entity_labels, columns.entity_labels, predicted.entity_labels)
        if more and gold.entity_labels != ():
            counts = np.bincount(predicted.entities.label, minlength=len(predicted.entity_labels)).tolist()
            notes.append(spurious_note({label: counts[predicted.entity_labels.index(label)] for label in more}))
    claim_stances, _ = label_names(gold.claim_stances, columns.claim_stances, predicted.claim_stances)
    event_claims = tuple(dict.fromkeys((*columns.event_claims, *predicted.event_claims)))
    rows = (row for side in (columns, predicted) if "stances" in side.tasks for row in side.stances)
    article_stances = gold.article_stances or tuple(sorted({stance for row in rows for stance in row.values()}))
    return Sides(
        replace(gold, columns=_renumbered(columns, entity_labels, claim_stances, event_claims)),
        _renumbered(predicted, entity_labels, claim_stances, event_claims),
        entity_labels,
        claim_stances,
        article_stances,
        tuple(notes),
        mapping.title if mapping else None,
        unmapped,
    )


def _where_labels_were(
    gold: GoldSide, columns: Columns, predicted: Columns, mapping: NamedMapping | None
) -> tuple[Columns, Columns, list[str]]:
    """Both sides, without labels and stances in documents whose annotators did not have them; and notes on these.

    Under a mapping, all labels that map to the same label are left out together: a part of it could not be marked.
    """
    lacking = [older if (older := gold.older.get(name)) else None for name in columns.ids]
    to = mapping.mapping.to if mapping else {}
    notes: list[str] = []
    gone = [{to.get(name, name) for name in older.entities} if older else set[str | None]() for older in lacking]
    own = [{name for name in columns.entity_labels if to.get(name, name) in some} for some in gone] if mapping else gone
    entities, _ = _kept(columns.entities, columns.entity_labels, own)
    guessed, lost = _kept(predicted.entities, predicted.entity_labels, gone)
    if lost:
        notes.append(_not_there("entities", lost))
    unclaimed = np.array([older is not None and CLAIM in older.entities for older in lacking], np.bool_)
    if lost_claims := int(np.count_nonzero(unclaimed[predicted.claims.document])):
        notes.append(_not_there("claims", {CLAIM: lost_claims}))
    columns, predicted = _without_claims(columns, unclaimed), _without_claims(predicted, unclaimed)
    stances = [set(older.claim_stances) if older else set[str]() for older in lacking]
    claims, _ = _without_stance(columns.claims, columns.claim_stances, stances)
    guessed_claims, lost = _without_stance(predicted.claims, predicted.claim_stances, stances)
    if lost:
        notes.append(_not_there("stances of claims", lost))
    open_: list[list[Mapping[str, str]]] = [[], []]
    lost = {}
    for older, *answers in zip(lacking, columns.stances, predicted.stances, strict=True):
        missing = set(older.article_stances) if older else set[str]()
        for kept, given in zip(open_, answers, strict=True):
            kept.append({claim: stance for claim, stance in given.items() if stance not in missing})
        for stance in answers[1].values():
            if stance in missing:
                lost[stance] = lost.get(stance, 0) + 1
    if lost:
        notes.append(_not_there("article stances", lost))
    return (
        replace(columns, entities=entities, claims=claims, stances=open_[0]),
        replace(predicted, entities=guessed, claims=guessed_claims, stances=open_[1]),
        notes,
    )


def _not_there(layer: str, lost: Mapping[str, int]) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in lost.items())
    return f"predicted {layer} that annotators of older versions of the scheme did not have are not scored: {counts}"


def _lacked(table: SpanTable, names: Sequence[str], lacking: Sequence[Collection[str | None]]) -> NDArray[np.bool_]:
    """Marks the spans with a label that the annotators of the document did not have."""
    at = np.array([[name in some for name in (*names, "")] for some in lacking], np.bool_).reshape(len(lacking), -1)
    return at[table.document, table.label]  # -1 (no label) is the last column


def _kept(
    table: SpanTable, names: Sequence[str], lacking: Sequence[Collection[str | None]]
) -> tuple[SpanTable, dict[str, int]]:
    lacked = _lacked(table, names, lacking)
    return table.take(~lacked), _by_name(table.take(lacked), names)


def _without_claims(columns: Columns, of: NDArray[np.bool_]) -> Columns:
    """The columns without the claims `of` these documents, and their sources."""
    kept = np.flatnonzero(~of[columns.claims.document])
    at = np.full(len(columns.claims), -1)
    at[kept] = np.arange(len(kept))
    return replace(columns, claims=columns.claims.take(kept), sources=moved(columns.sources, at))


def _without_stance(
    table: SpanTable, names: Sequence[str], lacking: Sequence[Collection[str | None]]
) -> tuple[SpanTable, dict[str, int]]:
    """The claims stay, but without stances that annotators did not have."""
    lacked = _lacked(table, names, lacking)
    return replace(table, label=np.where(lacked, -1, table.label)), _by_name(table.take(lacked), names)


SPURIOUS = "entities with labels that the gold does not have count as spurious"
# At most so many documents are named in a note.
MOST_NAMED = 20


def missed_note(count: int, names: Sequence[str]) -> str:
    """A note that `count` documents lack a prediction; `names` are the first of them."""
    have = counted(count, "document without a prediction counts", "documents without a prediction count")
    more = count - min(len(names), MOST_NAMED)
    return f"{have} as missed: {', '.join(names[:MOST_NAMED])}" + (f" and {more} more" if more > 0 else "")


def unmapped_notes(unmapped: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Notes on labels without a counterpart in the mapping, by side."""
    for side, why in (("gold", "no counterpart in the mapping"), ("predicted", "no gold label that maps to them")):
        if unmapped[side]:
            yield f"{side} entities with {why} are not scored: {_listed(unmapped[side])}"


def spurious_note(counts: Mapping[str, int]) -> str:
    """A note on predicted labels that the gold does not have, with the number of entities of each."""
    return f"{SPURIOUS}: {_listed(counts)}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {label}" for label, n in counts.items())


def label_names(
    known: tuple[str, ...] | None, gold: Iterable[str], predicted: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All labels of both sides: the gold's labels in its order, then the others, sorted; and the others alone."""
    first = known or tuple(sorted(gold))
    more = tuple(sorted(set(predicted).difference(first)))
    return first + more, more


def _mapped(
    entities: SpanTable, names: Sequence[str], mapping: LabelMapping
) -> tuple[SpanTable, tuple[str, ...], dict[str, int]]:
    """Gold entities with mapped labels, the mapped labels, and the number of entities without one, by label."""
    unknown = [name for name in names if name not in mapping.to]
    if unknown:
        raise InputError(*(f"the mapping does not have the gold label {name}" for name in unknown))
    targets = tuple(dict.fromkeys(label for label in mapping.to.values() if label is not None))
    to = np.array([-1 if (label := mapping.to[name]) is None else targets.index(label) for name in names], np.int32)
    label = to[entities.label] if len(names) else entities.label
    lost = _by_name(entities.take(label < 0), names)
    mapped = replace(entities, label=label)
    # Entities with equal offsets whose labels become equal are now one entity; earlier repeats of a label stay repeats.
    same, _ = keys(mapped, mapped, "document", "start", "end", "label")
    _, group = np.unique(same, return_inverse=True)
    first = np.full(group.max(initial=-1) + 1, len(names), np.int64)
    np.minimum.at(first, group, entities.label)
    return mapped.take((label >= 0) & (entities.label == first[group])), targets, lost


def _reachable(entities: SpanTable, names: Sequence[str], mapping: LabelMapping) -> tuple[SpanTable, dict[str, int]]:
    """Predicted entities with a label that some gold label maps to, and the number of all others, by label."""
    unknown = [name for name in names if name not in mapping.labels]
    if unknown:
        known = ", ".join(mapping.labels)
        raise InputError(*(f"the predictions have a label {name}; the mapping has {known}" for name in unknown))
    reached = np.isin(entities.label, [n for n, name in enumerate(names) if name in mapping.to.values()])
    return entities.take(reached), _by_name(entities.take(~reached), names)


def _by_name(entities: SpanTable, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(entities.label, minlength=len(names)).tolist()
    return {name: n for name, n in sorted(zip(names, counts, strict=True)) if n}


def _renumbered(
    columns: Columns, entity_labels: tuple[str, ...], claim_stances: tuple[str, ...], event_claims: tuple[str, ...]
) -> Columns:
    def again(table: SpanTable, names: Sequence[str], labels: Sequence[str]) -> SpanTable:
        to = np.append(positions(names, labels), np.int32(-1))  # -1 stays -1
        return replace(table, label=to[table.label])

    return replace(
        columns,
        entities=again(columns.entities, columns.entity_labels, entity_labels),
        entity_labels=entity_labels,
        claims=again(columns.claims, columns.claim_stances, claim_stances),
        claim_stances=claim_stances,
        about=again(columns.claims_about, columns.event_claims, event_claims).label,
        event_claims=event_claims,
    )
