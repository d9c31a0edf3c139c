"""Which annotators are compared on which articles, and the cells in which that is counted. No text is kept."""

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

AT_ONCE = 500  # so many articles are in memory at a time


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in which pairs are counted: by event, by the two annotators, and by whether they saw suggestions.

    `of` has each pair's cell; `unit`, `pair` and `suggested` each cell's. Cells are in order of unit. `pairs` are
    the positions of two annotators, `of_pair` their cells; `units` is how many events there are.
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
    """Who is compared on what: facts of the articles with at least two annotations, sorted by id, and their pairs.

    `places` are those of the articles in the work given, `models` whose suggestions annotators saw, `weeks` when they
    were done, `claims` how many claims the event has. `annotators` are their names, sorted. `article` and
    `annotator` have each pair's positions in these; the annotator who is first in order comes first.
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
        """Beside it the numbers of articles by their number of annotators, and the names of all annotators."""
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
        """The most that an event has."""
        return max(self.claims, default=0)

    def only(self, chosen: Sequence[int]) -> Compared:
        """The same of these articles (positions, ascending) alone."""
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
        """Some articles at a time, with their pairs (positions). All articles of a unit come together.

        So that floating-point numbers of a cell are added in one order, however many articles there are.
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
