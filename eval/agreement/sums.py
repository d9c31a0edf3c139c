"""The sums that agreement is computed from: counts of pairs of annotators, added up over all or some pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...configs import CLAIM
from ...configs.labels import layers
from ...configs.scheme import Scheme
from ..claim_tally import claim_pairs
from ..intervals import FEW_EVENTS, Interval, Spread, expected, jackknife, of_share
from ..matching import equal_pairs
from ..rates import Floats
from ..spans import Ints, Two
from ..tally import IOU, OVERLAP, Units, span_tallies
from .chance import AnswerPairs, alpha, alpha_by_chance, joined_answers, kappa_by_chance, pooled_kappa
from .compared import Cells, Compared
from .pairs import AnnotatorPairs, Marked, joined
from .records import Measures, SpanAgreement, SpanRow, StanceAgreement

# The schemes of scores that agreement reports.
SCHEMES = ("strict", "strict+clitic", "exact")
COEFFICIENTS = ("observed", "kappa", "alpha")


class Events:
    """The sums of cells by event."""

    def __init__(self, cells: Cells) -> None:
        self._unit, self.count = cells.unit, cells.units
        self._first = np.searchsorted(cells.unit, np.arange(cells.units))  # every unit has cells

    def add(self, counts: Ints | Floats) -> Floats:
        """Turns counts … × cells into … × events."""
        return np.add.reduceat(counts, self._first, axis=-1).astype(np.float64)

    def add_some(self, cells: Ints, counts: Ints) -> Floats:
        """The sums over some cells alone; `counts` are those of all cells."""
        only = np.zeros_like(counts)
        only[..., cells] = counts[..., cells]
        return self.add(only)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Counts: rows (all labels, then each label) × (agreed, marked) × cells."""

    labels: tuple[str, ...]
    counts: Ints

    def agreement(self, chosen: Ints | None, events: Events | None) -> SpanAgreement:
        """The agreement in these cells; with labels if these are all cells."""
        total = self.counts.sum(-1) if chosen is None else self.counts[:1, :, chosen].sum(-1)
        intervals: list[dict[str, Interval] | None] = [None] * len(total)
        if events:
            intervals = [_intervals(("f1",), row[None]) for row in self._bounds(events)]
        rows = [
            SpanRow(_defined(f1), agreed, marked, bounds)
            for f1, (agreed, marked), bounds in zip(_f1(total).tolist(), total.tolist(), intervals, strict=True)
        ]
        several = self.labels if len(self.labels) > 1 else ()
        return SpanAgreement(rows[0], {k: row for k, row in zip(several, rows[1:], strict=False) if row.marked})

    def _bounds(self, events: Events) -> Floats:
        """Rows × (low, high)."""
        counts = events.add(self.counts)
        total = counts.sum(-1)
        whole, there = _f1(total), counts[:, 1] > 0
        prior = expected(counts[:, 1] / 2, counts[:, 0], np.array(True))
        moved = jackknife(whole, _f1(total[..., None] - counts), there)
        bounds = Spread(whole, prior.near, prior.variance(moved), prior.df, np.zeros_like(whole)).interval()
        bounds[there.sum(-1) < FEW_EVENTS] = np.nan
        return bounds


def _f1(counts: Ints | Floats) -> Floats:
    """F1 from counts rows × (agreed, marked) × …; 0/0 is NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * counts[:, 0] / counts[:, 1]


@dataclass(frozen=True, slots=True)
class _Stances:
    """Counts of matched answers: confusion and coincidences are labels × labels × cells."""

    matched: AnswerPairs
    confusion: Ints
    coincidences: Floats

    def agreement(
        self, chosen: Ints | None, of_pair: Sequence[Ints], events: Events | None, *, alphas: bool
    ) -> StanceAgreement:
        """The agreement in these cells; `of_pair` are the cells of each two annotators.

        An answer's weight in alpha depends on all annotators who answered, so `alphas` needs all pairs of an article.
        """
        confusions = [self.confusion[..., cells].sum(-1) for cells in of_pair]
        counts = self.confusion.sum(-1) if chosen is None else self.confusion[..., chosen].sum(-1)
        items = self.matched.item
        if chosen is not None:
            is_chosen = np.zeros(self.matched.cells, np.bool_)
            is_chosen[chosen] = True
            items = tuple(side[is_chosen[self.matched.cell]] for side in items)
        coefficients = [_observed(counts), pooled_kappa(confusions)]
        if alphas:
            coefficients.append(alpha(self.coincidences[..., slice(None) if chosen is None else chosen].sum(-1)))
        observed, kappa, *rest = (_defined(float(value)) for value in coefficients)
        return StanceAgreement(
            observed,
            kappa,
            rest[0] if rest else None,
            int(counts.sum()),
            len(np.unique(np.concatenate(items))),
            self._bounds(events, of_pair) if events else None,
        )

    def _bounds(self, events: Events, of_pair: Sequence[Ints]) -> dict[str, Interval] | None:
        """The intervals of observed, kappa and alpha: shares of equal answers, each corrected for its own chance."""
        confusion, coincidences = events.add(self.confusion), events.add(self.coincidences)
        each = [events.add_some(cells, self.confusion) for cells in of_pair]
        answers = confusion.sum((0, 1))
        if (answers > 0).sum() < FEW_EVENTS:
            return None
        whole = np.stack([array[0] for array in self._coefficients(confusion, each, coincidences, without=False)])
        without = np.stack(self._coefficients(confusion, each, coincidences, without=True))
        chance = np.stack(
            (
                np.zeros(()),
                kappa_by_chance(confusions.sum(-1) for confusions in each),
                alpha_by_chance(coincidences.sum(-1)),
            )
        )
        prior = expected(answers, np.einsum("iiu->u", confusion))
        chance = np.where(chance < 1, chance, np.nan)
        spread = of_share(whole, jackknife(whole, without, (answers > 0)[None]), prior, chance)
        return _intervals(COEFFICIENTS, spread.interval())

    @staticmethod
    def _coefficients(
        confusion: Floats, each: Sequence[Floats], coincidences: Floats, *, without: bool
    ) -> tuple[Floats, Floats, Floats]:
        """Observed, kappa and alpha: over all events, or without each event, as arrays with an entry for each event."""

        def sums(counts: Floats) -> Floats:
            total = counts.sum(-1, keepdims=True)
            # If only one event had counts, nothing must be left without it. Counts are positive, so no rounding error
            # remains.
            return np.moveaxis(total - counts if without else total, -1, 0)

        return _observed(sums(confusion)), pooled_kappa(map(sums, each)), alpha(sums(coincidences))


def _observed(confusion: Ints | Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum((-1, -2))


def _intervals(names: Sequence[str], bounds: Floats) -> dict[str, Interval] | None:
    """Intervals by name; None if there are none."""
    intervals = {name: (low, high) for name, (low, high) in zip(names, bounds.tolist(), strict=True) if low == low}
    return intervals or None


def _defined(value: float) -> float | None:
    return None if value != value else value


@dataclass(frozen=True, slots=True)
class Sums:
    """The counts of all pairs, by cell."""

    compared: Compared
    cells: Cells
    spans: Mapping[str, Mapping[str, _Spans]]
    stances: Mapping[str, Mapping[str, _Stances]]

    def measures(self, chosen: Ints | None = None, *, events: Events | None = None, alphas: bool = True) -> Measures:
        """The measures of these cells, or of all cells."""
        article, of_pair = self.compared.article, self.cells.of_pair
        if chosen is not None:
            is_chosen = np.zeros(self.cells.count, np.bool_)
            is_chosen[chosen] = True
            article = article[is_chosen[self.cells.of]]
            own = np.unique(self.cells.pair[chosen])
            of_pair = tuple(of_pair[n][is_chosen[of_pair[n]]] for n in own.tolist())
        return Measures(
            len(np.unique(article)),
            len(article),
            {
                task: {scheme: sums.agreement(chosen, events) for scheme, sums in schemes.items()}
                for task, schemes in self.spans.items()
            },
            {
                task: {
                    scheme: sums.agreement(chosen, of_pair, events, alphas=alphas) for scheme, sums in by_scheme.items()
                }
                for task, by_scheme in self.stances.items()
            },
        )


# Rows of paired claims and answers, by task and scheme.
Matched = Mapping[str, Mapping[str, Two]]


class Adding:
    """Adds up the counts of pairs of annotators, which are added some at a time."""

    def __init__(self, compared: Compared, scheme: Scheme, cells: Cells) -> None:
        self._compared, self._scheme, self._cells = compared, scheme, cells
        self._spans: dict[str, dict[str, _Spans]] = {}
        self._answers: dict[str, dict[str, list[AnswerPairs]]] = {}
        self._items: Counter[str] = Counter()
        self._says_about = False

    def add(self, pairs: AnnotatorPairs, at: Ints) -> Matched:
        """Adds pairs; `at` has their positions among all pairs. Returns the rows that are paired."""
        cells, of = np.unique(self._cells.of[at], return_inverse=True)
        for task, schemes in _span_counts(pairs, self._scheme, Units(of, len(cells))).items():
            known = self._spans.setdefault(task, {})
            for name, some in schemes.items():
                if name not in known:
                    whole = np.zeros((*some.counts.shape[:2], self._cells.count), some.counts.dtype)
                    known[name] = _Spans(some.labels, whole)
                known[name].counts[..., cells] += some.counts
        self._says_about |= pairs.says_about
        matched = matched_rows(pairs)
        for task, (marked, labels) in self._asked(pairs).items():
            first = self._items[task]
            for name, rows in matched[task].items():
                some = _answer_pairs(marked, rows, of, len(cells), labels)
                i, j = ((side + first).astype(np.int32) for side in some.item)
                placed = AnswerPairs(some.first, some.second, (i, j), cells[some.cell], self._cells.count, labels)
                self._answers.setdefault(task, {}).setdefault(name, []).append(placed)
            self._items[task] += max((int(side.max()) + 1 for side in marked.item if len(side)), default=0)
        return matched

    def _asked(self, pairs: AnnotatorPairs) -> dict[str, tuple[Marked, int]]:
        """The answers to compare, and the number of possible answers."""
        asked = {
            "claim_stance": (pairs.claims, len(self._scheme.claim_stances)),
            "claim_about": (pairs.about, self._compared.event_claims),
            "stance": (pairs.answers, len(self._scheme.article_stances)),
        }
        return {task: (marked, labels) for task, (marked, labels) in asked.items() if labels}

    def sums(self) -> Sums:
        """The counts of all pairs that were added."""
        stances: dict[str, dict[str, _Stances]] = {}
        for task, by_name in self._answers.items():
            if task == "claim_about" and not self._says_about:
                continue
            answers = {name: joined_answers(parts) for name, parts in by_name.items()}
            stances[task] = {
                name: _Stances(given, given.confusion(), given.coincidences()) for name, given in answers.items()
            }
        return Sums(self._compared, self._cells, self._spans, stances)


def _span_counts(pairs: AnnotatorPairs, scheme: Scheme, units: Units) -> dict[str, dict[str, _Spans]]:
    claims, there = pairs.claims.with_one_label(), layers(scheme)
    texts = pairs.texts if scheme.proclitics else None
    spans: dict[str, dict[str, _Spans]] = {}
    for task, marked, labels in (("entities", pairs.entities, scheme.entity_labels), ("claims", claims, (CLAIM,))):
        if task not in there:
            continue
        iou, names = (IOU, (*SCHEMES, OVERLAP)) if task == "claims" else (None, SCHEMES)
        tallies = span_tallies(marked.first, marked.second, labels, units, texts, iou=iou)
        counted = {name: tallies[name] for name in names if name in tallies}
        spans[task] = {
            name: _Spans(tally.labels, np.stack((tally.counts[:, 0], tally.counts[:, 3] + tally.counts[:, 4]), axis=1))
            for name, tally in counted.items()
        }
    return spans


def matched_rows(pairs: AnnotatorPairs) -> Matched:
    of_claims = {"strict": 1.0, "overlap": IOU}  # strict: equal spans
    return {
        "claim_stance": {name: _claim_pairs(pairs.claims, pairs, iou) for name, iou in of_claims.items()},
        "claim_about": {name: _claim_pairs(pairs.about, pairs, iou) for name, iou in of_claims.items()},
        "stance": {"strict": equal_pairs(pairs.answers.first, pairs.answers.second, "document", "start", "end")},
    }


def _claim_pairs(marked: Marked, pairs: AnnotatorPairs, iou: float) -> Two:
    """Rows of paired claims. A claim without a label (a stance, or an event's claim) has no answer, and is not paired.

    Among equally good pairings, the choice must not depend on which annotator is first. So the sides are exchanged
    where `claims_turned` says so.
    """
    first, second = marked.first, marked.second
    at = [np.flatnonzero(side.label >= 0) for side in (first, second)]
    turned = [pairs.claims_turned[side.document[rows]] for side, rows in zip((first, second), at, strict=True)]
    # The rows of the second side are numbered after the rows of the first side.
    first_rows = np.concatenate((at[0][~turned[0]], at[1][turned[1]] + len(first)))
    second_rows = np.concatenate((at[1][~turned[1]] + len(first), at[0][turned[0]]))
    both = joined(first, second)
    i, j = claim_pairs(both.take(first_rows), both.take(second_rows), iou)
    i, j = first_rows[i], second_rows[j]
    return np.minimum(i, j), np.maximum(i, j) - len(first)


def _answer_pairs(marked: Marked, rows: Two, of: Ints, cells: int, labels: int) -> AnswerPairs:
    """Matched rows as pairs of answers; `of` has each pair's cell."""
    i, j = rows
    return AnswerPairs(
        marked.first.label[i].astype(np.int32),
        marked.second.label[j].astype(np.int32),
        (marked.item[0][i], marked.item[1][j]),
        of[marked.first.document[i]],
        cells,
        labels,
    )
