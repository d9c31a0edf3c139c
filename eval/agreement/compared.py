"""Which annotators are compared on which articles, and the cells for counting. No text is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from ..matching import Flags
from ..spans import Ints, Two
from ..uncertainty import event_units
from .pairs import Annotated

AT_ONCE = 500  # articles in memory at a time


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in which pairs are counted: one for each event, two annotators, and whether they saw suggestions.

    `of` has the cell of each pair; `unit`, `pair` and `suggested` have the values of each cell. Cells are sorted by
    unit. `pairs` are the positions of two annotators, `of_pair` their cells; `units` is the number of events.
    """

    of: Ints
    unit: Ints
    pair: Ints
    suggested: Flags
    pairs: tuple[tuple[int, int], ...]
    of_pair: tuple[Ints, ...]
    units: int

    @property
    def count(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparisons: the articles with at least two annotations, sorted by id, and their pairs of annotators.

    For each article, `places` has its position in the work given, `models` the model whose suggestions annotators saw,
    `weeks` the week of the last annotation, and `claims` the number of claims of its event. `annotators` are the sorted
    names. `article` and `annotator` have the positions of each pair in these lists, the first annotator in order first.
    """

    places: Sequence[int]
    ids: Sequence[str]
    events: Sequence[str | None]
    models: Sequence[str | None]
    weeks: Sequence[str | None]
    claims: Sequence[int]
    annotators: tuple[str, ...]
    article: Ints
    annotator: Two

    @classmethod
    def of(cls, work: Iterable[Annotated]) -> tuple[Compared, Counter[int], set[str]]:
        """The comparisons, the numbers of articles by number of annotators, and the names of all annotators."""
        facts: list[tuple[str, int, str | None, str | None, str | None, int, tuple[str, ...]]] = []
        numbers: Counter[int] = Counter()
        everybody: set[str] = set()
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        for place, each in enumerate(work):
            names = tuple(sorted(a.annotator for a in each.annotations))
            numbers[len(names)] += 1
            everybody.update(names)
            if len(names) > 1:
                names = known.setdefault(names, names)
                article, claims = each.article, len(each.claims)
                facts.append((article.id, place, article.event_id, each.preannotated_by, each.week, claims, names))
        facts.sort(key=lambda fact: fact[0])
        annotators = sorted({name for *_, names in facts for name in names})
        at = {name: n for n, name in enumerate(annotators)}
        rows = ((n, at[a], at[b]) for n, (*_, names) in enumerate(facts) for a, b in combinations(names, 2))
        article, first, second = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 3).T
        ids, places, events, models, weeks, claims, _ = zip(*facts, strict=True) if facts else ((),) * 7
        made = cls(places, ids, events, models, weeks, claims, tuple(annotators), article, (first, second))
        return made, numbers, everybody

    @property
    def event_claims(self) -> int:
        """The largest number of claims of an event."""
        return max(self.claims, default=0)

    def only(self, chosen: Sequence[int]) -> Compared:
        """The comparisons of these articles (ascending positions) alone."""
        at = np.full(len(self.ids), -1)
        at[list(chosen)] = np.arange(len(chosen))
        kept = np.flatnonzero(at[self.article] >= 0)
        names = np.unique(np.concatenate([side[kept] for side in self.annotator]))
        first, second = (np.searchsorted(names, side[kept]) for side in self.annotator)
        return Compared(
            [self.places[n] for n in chosen],
            [self.ids[n] for n in chosen],
            [self.events[n] for n in chosen],
            [self.models[n] for n in chosen],
            [self.weeks[n] for n in chosen],
            [self.claims[n] for n in chosen],
            tuple(self.annotators[n] for n in names.tolist()),
            at[self.article[kept]],
            (first, second),
        )

    def blocks(self, cells: Cells) -> Iterator[tuple[list[int], Ints]]:
        """Some articles at a time, with the positions of their pairs. All articles of a unit come together.

        So the floating-point numbers of a cell are always added in the same order.
        """
        unit = np.zeros(len(self.ids), np.int64)
        unit[self.article] = cells.unit[cells.of]
        order = np.argsort(unit, kind="stable")
        pairs = np.argsort(unit[self.article], kind="stable")
        starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
        first = 0
        for end in (*starts[1:].tolist(), len(order)):
            if end - first < AT_ONCE and end < len(order):
                continue
            articles = np.sort(order[first:end])
            low, high = np.searchsorted(unit[self.article[pairs]], (unit[order[first]], unit[order[end - 1]] + 1))
            yield articles.tolist(), np.sort(pairs[low:high])
            first = end


def cells_of(compared: Compared) -> Cells:
    units = event_units(compared.ids, compared.events)
    suggested = np.array([model is not None for model in compared.models], np.bool_)
    annotators = compared.annotators
    two, pair_number = np.unique(compared.annotator[0] * len(annotators) + compared.annotator[1], return_inverse=True)
    key = (units.of[compared.article] * max(len(two), 1) + pair_number) * 2 + suggested[compared.article]
    cell, of = np.unique(key, return_inverse=True)
    unit, pair = np.divmod(cell // 2, max(len(two), 1))
    names = max(len(annotators), 1)
    order = np.argsort(pair, kind="stable")
    of_pair = np.split(order, np.searchsorted(pair[order], np.arange(1, len(two)))) if len(two) else []
    return Cells(
        of,
        unit,
        pair,
        (cell % 2).astype(np.bool_),
        tuple(divmod(code, names) for code in two.tolist()),
        tuple(of_pair),
        units.count,
    )
