"""All shards together: the sum of their counts, and their notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...configs.errors import Problem, grouped, numberless
from ..gold_side import GoldSide
from ..rates import COUNTS
from ..scored import not_scored, scored_tasks
from ..sides import MOST_NAMED, Sides, label_names, missed_note, spurious_note, unmapped_notes
from ..spans import Ints
from ..tally import Tally
from .count import Counted, nothing


class Total:
    """The sum of the counts of shards; labels and units may differ. Whole numbers have the same sum in any order."""

    def __init__(self, units: int) -> None:
        self._units = units
        self._sums: dict[str, dict[str, _Sum]] = {}
        self._one: Counted | None = None
        self._predicted: set[str] = set()
        self._open_pairs = 0
        self._names: list[set[str]] = [set(), set(), set(), set(), set()]
        self._labels: Counter[str] = Counter()  # labels of predicted entities
        self._missed = 0
        self._first_missed: list[str] = []
        self._unmapped: dict[str, Counter[str]] = {}
        self._policy: dict[str, None] = {}
        self._notes: dict[int, tuple[str, tuple[str, ...]]] = {}

    def add(self, number: int, name: str, counted: Counted) -> None:
        """Adds the counts of one shard, which is the `number`-th."""
        self._one = counted
        for task, schemes in counted.tallied.items():
            for scheme, tally in schemes.items():
                sums = self._sums.setdefault(task, {})
                sums.setdefault(scheme, _Sum(self._units)).add(tally, counted.units)
        self._predicted |= counted.predicted
        self._open_pairs += counted.open_pairs
        for names, more in zip(self._names, (*counted.entities, *counted.claims, counted.stances), strict=True):
            names.update(more)
        self._labels.update(counted.entities[1])
        self._missed += counted.missed[0]
        self._first_missed = sorted([*self._first_missed, *counted.missed[1]])[:MOST_NAMED]
        for side, counts in (counted.unmapped or {}).items():
            self._unmapped.setdefault(side, Counter()).update(counts)
        self._policy |= dict.fromkeys(counted.policy)
        self._notes[number] = name, counted.notes

    def all(self, gold: GoldSide) -> tuple[Sides, dict[str, dict[str, Tally]], tuple[str, ...]]:
        """Sides without spans, with the facts of all shards together; the tallies; and notes on tasks.

        Raises InputError if there is nothing to score.
        """
        tasks = scored_tasks(gold.columns.tasks, self._predicted)
        of_gold, of_predicted, claims_gold, claims_predicted, stances = self._names
        mapping, entities = (self._one and self._one.mapping) or (None, ())
        more: tuple[str, ...] = ()
        if not mapping:
            entities, more = label_names(gold.entity_labels, of_gold, of_predicted)
        labels = {
            "entities": entities,
            "claim_stance": label_names(gold.claim_stances, claims_gold, claims_predicted)[0],
            "stance": gold.article_stances or tuple(sorted(stances)),
        }
        tallied = {
            task: {scheme: each.tally(labels.get(task)) for scheme, each in self._sums[task].items()} for task in tasks
        }
        notes = list(self._own_notes())
        if self._missed:
            notes.append(missed_note(self._missed, self._first_missed))
        unmapped = {side: dict(sorted(counts.items())) for side, counts in self._unmapped.items()}
        notes += unmapped_notes(unmapped) if mapping else ()
        if more and gold.entity_labels != ():
            notes.append(spurious_note({label: self._labels[label] for label in more}))
        sides = Sides(
            gold,
            replace(nothing(), policy=tuple(self._policy)),
            labels["entities"],
            labels["claim_stance"],
            labels["stance"],
            tuple(notes),
            mapping,
            unmapped if mapping else None,
        )
        return sides, tallied, not_scored(sides, gold.columns.tasks, self._predicted, self._open_pairs)

    def _own_notes(self) -> Iterable[str]:
        """The notes of the shards. Equal notes appear once; of similar notes the first, with a count."""
        of_shards = [self._notes[number] for number in sorted(self._notes)]
        counts = Counter(note for _, notes in of_shards for note in notes)
        several = {note: None for _, notes in of_shards for note in notes if counts[note] > 1 or len(of_shards) == 1}
        yield from several
        yield from grouped(
            Problem(name, note, numberless(note)) for name, notes in of_shards for note in notes if note not in several
        )


class _Sum:
    """The sum of tallies: COUNTS × units for each label, and for None the pooled counts; and cells of the confusion."""

    def __init__(self, units: int) -> None:
        self._units = units
        self._rows: dict[str | None, Ints] = {}
        self._cells: dict[tuple[str, str | None], Ints] | None = None
        self._labels: tuple[str, ...] = ()

    def add(self, tally: Tally, units: Ints) -> None:
        self._labels = tally.labels
        for label, counts in zip((None, *tally.labels), tally.counts, strict=True):
            row = self._rows.setdefault(label, np.zeros((len(COUNTS), self._units), np.int64))
            row[:, units] += counts
        if tally.confusion is not None:
            self._cells = {} if self._cells is None else self._cells
            for gold, row in zip(tally.labels, tally.confusion, strict=True):
                for predicted, counts in zip((*tally.labels, None), row, strict=True):
                    if counts.any():
                        cell = self._cells.setdefault((gold, predicted), np.zeros(self._units, np.int64))
                        cell[units] += counts

    def tally(self, labels: tuple[str, ...] | None) -> Tally:
        """The tally of all shards, with these labels in this order; None if the labels are the same in all shards."""
        labels = self._labels if labels is None else labels
        nothing = np.zeros((len(COUNTS), self._units), np.int64)
        counts = np.stack([self._rows.get(label, nothing) for label in (None, *labels)])
        cells = None
        if self._cells is not None:
            cells = np.zeros((len(labels), len(labels) + 1, self._units), np.int64)
            at = {label: n for n, label in enumerate((*labels, None))}
            for (gold, predicted), each in self._cells.items():
                cells[at[gold], at[predicted]] = each
        return Tally(labels, counts, cells)
