"""One shard: the facts that decide how all shards are counted, and its counts. Any engine can map these functions."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...annotate.placing.policy import DEFAULT, Policy
from ...configs.shards.places import fetched, is_empty
from ..columns import Columns, columns_of
from ..gold.records import ALL
from ..gold_side import gold_side, plain_predictions, read_predicted
from ..scored import held, tallies_of
from ..sides import MOST_NAMED, SPURIOUS, Sides, bring_together, missed_note, named_mapping, unmapped_notes
from ..spans import Ints
from ..tally import IOU, Tally, Units

if TYPE_CHECKING:
    from ..sides import AnyMapping


class Pair(NamedTuple):
    """The addresses of a shard of gold and of its shard of predictions; None if there are no predictions."""

    name: str
    gold: str
    predictions: str | None


class Survey(NamedTuple):
    """The facts of a gold shard that decide how all shards are counted: its documents, tasks and labels."""

    ids: Sequence[str]
    events: Sequence[str | None] | None
    digest: str
    tasks: frozenset[str]
    has_texts: bool
    proclitics: bool
    labels: tuple[tuple[str, ...] | None, ...]  # of entities, claims and articles, None if any are allowed


@dataclass(frozen=True, slots=True)
class Asked:
    """How every shard is counted. `gold` are the tasks that occur anywhere in the gold."""

    mapping: AnyMapping | None = None
    policy: Policy = DEFAULT
    iou: float = IOU
    gold: frozenset[str] = frozenset()
    has_texts: bool = True
    proclitics: bool = True


class CountJob(NamedTuple):
    """A shard to count; `units` has the number of the unit of each of its documents."""

    pair: Pair
    asked: Asked
    units: Ints

    @property
    def name(self) -> str:
        return self.pair.name


class Counted(NamedTuple):
    """The counts of a shard. `units` are the numbers of its units, in the order of the tallies' last axis.

    `entities` has the names of entity labels in the gold, and those in the predictions with their counts; `claims` has
    the stances of claims on both sides, `stances` those of articles. `missed` has the number of documents without a
    prediction, and the names of the first. `mapping` is the title of the mapping with its labels. `notes` concern only
    this shard.
    """

    tallied: Mapping[str, Mapping[str, Tally]]
    units: Ints
    predicted: frozenset[str]
    open_pairs: int
    entities: tuple[Sequence[str], Mapping[str, int]]
    claims: tuple[Sequence[str], Sequence[str]]
    stances: Sequence[str]
    missed: tuple[int, Sequence[str]]
    unmapped: Mapping[str, Mapping[str, int]] | None
    mapping: tuple[str, tuple[str, ...]] | None
    policy: tuple[str, ...]
    notes: tuple[str, ...]


def survey(pair: Pair) -> Survey:
    """Reads a shard of gold."""
    with fetched(pair.gold) as path:
        if is_empty(path):
            return Survey((), None, "", frozenset(), True, True, (None, None, None))
        side = gold_side(path, ALL)
    columns = side.columns
    return Survey(
        columns.ids,
        columns.events,
        side.title.rsplit("#", 1)[-1],
        held(Sides(side, nothing(), (), (), ()))[0],
        columns.texts is not None,
        side.proclitics,
        (side.entity_labels, side.claim_stances, side.article_stances),
    )


def count_shard(job: CountJob) -> Counted:
    """Counts a shard, for the units of its documents."""
    asked = job.asked
    with _both(job.pair) as (gold, predictions):
        side = gold_side(gold, ALL)
        named = named_mapping(asked.mapping, gold)
        side = replace(side, proclitics=asked.proclitics)
        if predictions is None or is_empty(predictions):
            predicted = nothing()
        else:
            source, plain = plain_predictions(predictions)
            predicted = read_predicted(source, side.under(named), plain, asked.policy)
    if not asked.has_texts:
        side = replace(side, columns=replace(side.columns, texts=None))
    sides = bring_together(side, predicted, named)
    units, own = np.unique(job.units, return_inverse=True)
    # Predictions of other shards may have tasks that are missing here; then all gold of these tasks counts as missed.
    tallied, open_pairs = tallies_of(sides, Units(own, len(units)), asked.gold, iou=asked.iou)
    missed = sorted(set(side.columns.ids).difference(predicted.ids))
    counts = np.bincount(predicted.entities.label, minlength=len(predicted.entity_labels))
    of_all = {missed_note(len(missed), missed), *(unmapped_notes(sides.unmapped) if sides.unmapped else ())}
    return Counted(
        tallied,
        units,
        held(sides)[1],
        open_pairs,
        (side.columns.entity_labels, dict(zip(predicted.entity_labels, counts.tolist(), strict=True))),
        (side.columns.claim_stances, predicted.claim_stances),
        sides.article_stances,
        (len(missed), missed[:MOST_NAMED]),
        sides.unmapped,
        (sides.mapping, sides.entity_labels) if sides.mapping else None,
        predicted.policy,
        tuple(note for note in sides.notes if note not in of_all and not note.startswith(SPURIOUS)),
    )


@contextmanager
def _both(pair: Pair) -> Generator[tuple[Path, Path | None]]:
    with fetched(pair.gold) as gold:
        if pair.predictions is None:
            yield gold, None
            return
        with fetched(pair.predictions) as predictions:
            yield gold, predictions


def nothing() -> Columns:
    return columns_of((), ())
