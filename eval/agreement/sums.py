"""The counts behind agreement: for each pair of annotators, summed over all pairs, some pairs, or resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...configs import CLAIM
from ...configs.scheme import Scheme
from ..matching import Flags, equal_pairs
from ..spans import Ints, Two
from ..tally import IOU, Floats, Units, claim_pairs, overlap_tally, span_tallies
from ..uncertainty import FEW_EVENTS, Interval, event_units, interval
from .chance import AnswerPairs, alpha, pooled_kappa
from .pairs import AnnotatorPairs, Marked, joined
from .records import Measures, SpanAgreement, SpanRow, StanceAgreement

# The schemes of scores that agreement reports.
SCHEMES = ("strict", "strict+clitic", "exact")
COEFFICIENTS = ("observed", "kappa", "alpha")


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in which pairs are counted: by event, by the two annotators, and by whether they saw suggestions.

    `of` has the cell of each pair. `unit`, `pair` and `suggested` have the values of each cell. Cells are sorted by
    unit. `pairs` are the positions of two annotators, `of_pair` their cells. `units` is the number of units that a
    bootstrap draws from.
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


def cells_of(pairs: AnnotatorPairs, seed: int) -> Cells:
    units = event_units([a.article.id for a in pairs.articles], [a.article.event_id for a in pairs.articles], seed)
    suggested = np.array([a.preannotated_by is not None for a in pairs.articles], np.bool_)
    two, pair_number = np.unique(pairs.annotator[0] * len(pairs.annotators) + pairs.annotator[1], return_inverse=True)
    key = (units.of[pairs.article] * max(len(two), 1) + pair_number) * 2 + suggested[pairs.article]
    cell, of = np.unique(key, return_inverse=True)
    unit, pair = np.divmod(cell // 2, max(len(two), 1))
    names = max(len(pairs.annotators), 1)
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


class Drawn:
    """Resamples of units, and the sums of cells by unit."""

    def __init__(self, weights: Floats, cells: Cells) -> None:
        self._weights, self._unit = weights, cells.unit
        self._first = np.searchsorted(cells.unit, np.arange(cells.units))  # every unit has cells

    def by_unit(self, counts: Ints | Floats) -> Any:
        """Counts … × cells as … × units."""
        return np.add.reduceat(counts, self._first, axis=-1)

    def sums(self, counts: Ints | Floats) -> Floats:
        """Counts … × cells, summed in each resample: resamples × …"""
        return _weighted(self._weights, self.by_unit(counts))

    def sums_of(self, cells: Ints, counts: Ints) -> Floats:
        """The same for these cells only; `counts` are those of all cells."""
        return _weighted(self._weights[:, self._unit[cells]], counts[..., cells])


def _weighted(weights: Floats, counts: Any) -> Floats:
    return (weights @ counts.reshape(-1, counts.shape[-1]).T).reshape(-1, *counts.shape[:-1])


@dataclass(frozen=True, slots=True)
class _Spans:
    """Counts: rows (all labels, then each label) × (agreed, marked) × cells."""

    labels: tuple[str, ...]
    counts: Ints

    def agreement(self, chosen: Ints | None, drawn: Drawn | None) -> SpanAgreement:
        """The agreement in these cells. If they are None: in all cells, with each label."""
        total = self.counts.sum(-1) if chosen is None else self.counts[:1, :, chosen].sum(-1)
        intervals: list[dict[str, Interval] | None] = [None] * len(total)
        if drawn:
            limits = interval(_f1(drawn.sums(self.counts)))
            limits[(drawn.by_unit(self.counts[:, 1]) > 0).sum(-1) < FEW_EVENTS] = np.nan
            intervals = [_named_intervals(("f1",), row[None]) for row in limits]
        rows = [
            SpanRow(_defined(f1), agreed, marked, own_intervals)
            for f1, (agreed, marked), own_intervals in zip(_f1(total).tolist(), total.tolist(), intervals, strict=True)
        ]
        several = self.labels if len(self.labels) > 1 else ()
        return SpanAgreement(rows[0], {k: row for k, row in zip(several, rows[1:], strict=False) if row.marked})


def _f1(counts: Ints | Floats) -> Floats:
    """F1 from counts … × (agreed, marked); 0/0 is NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * counts[..., 0] / counts[..., 1]


@dataclass(frozen=True, slots=True)
class _Stances:
    """Counts of matched answers: confusion and coincidences are labels × labels × cells."""

    matched: AnswerPairs
    confusion: Ints
    coincidences: Floats

    def agreement(
        self, chosen: Ints | None, of_pair: Sequence[Ints], drawn: Drawn | None, *, alphas: bool
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
            self._intervals(drawn, of_pair) if drawn else None,
        )

    def _intervals(self, drawn: Drawn, of_pair: Sequence[Ints]) -> dict[str, Interval] | None:
        if (drawn.by_unit(self.confusion).sum((0, 1)) > 0).sum() < FEW_EVENTS:
            return None
        resampled = (
            _observed(drawn.sums(self.confusion)),
            pooled_kappa(drawn.sums_of(cells, self.confusion) for cells in of_pair),
            alpha(drawn.sums(self.coincidences)),
        )
        return _named_intervals(COEFFICIENTS, interval(np.stack(resampled, axis=-1)))


def _observed(confusion: Ints | Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum((-1, -2))


def _named_intervals(names: Sequence[str], limits: Floats) -> dict[str, Interval] | None:
    """Intervals by name; None if there are none."""
    intervals = {name: (low, high) for name, (low, high) in zip(names, limits.tolist(), strict=True) if low == low}
    return intervals or None


def _defined(value: float) -> float | None:
    return None if value != value else value


@dataclass(frozen=True, slots=True)
class Sums:
    """All counts, by cells. `matched` has the rows of claims and of answers that pair, by task and scheme."""

    pairs: AnnotatorPairs
    cells: Cells
    spans: Mapping[str, Mapping[str, _Spans]]
    stances: Mapping[str, Mapping[str, _Stances]]
    matched: Mapping[str, Mapping[str, Two]]

    def measures(self, chosen: Ints | None = None, *, drawn: Drawn | None = None, alphas: bool = True) -> Measures:
        """The numbers of these cells, or of all cells."""
        article, of_pair = self.pairs.article, self.cells.of_pair
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
                task: {scheme: sums.agreement(chosen, drawn) for scheme, sums in schemes.items()}
                for task, schemes in self.spans.items()
            },
            {
                task: {
                    scheme: sums.agreement(chosen, of_pair, drawn, alphas=alphas) for scheme, sums in by_scheme.items()
                }
                for task, by_scheme in self.stances.items()
            },
        )


def all_sums(pairs: AnnotatorPairs, scheme: Scheme, cells: Cells) -> Sums:
    units = Units(cells.of, cells.count)
    claims = pairs.claims.with_one_label()
    spans: dict[str, dict[str, _Spans]] = {}
    for task, marked, labels in (("entities", pairs.entities, scheme.entity_labels), ("claims", claims, (CLAIM,))):
        tallies = span_tallies(marked.first, marked.second, labels, units, pairs.texts)
        counted = {name: tallies[name] for name in SCHEMES}
        if task == "claims":
            counted["overlap"] = overlap_tally(marked.first, marked.second, CLAIM, units, IOU)
        spans[task] = {
            name: _Spans(tally.labels, np.stack((tally.counts[:, 0], tally.counts[:, 3] + tally.counts[:, 4]), axis=1))
            for name, tally in counted.items()
        }
    matched = {
        "claim_stance": {
            "strict": _claim_pairs(pairs, 1.0),  # equal spans
            "overlap": _claim_pairs(pairs, IOU),
        },
        "stance": {"strict": equal_pairs(pairs.answers.first, pairs.answers.second, "document", "start", "end")},
    }
    stances: dict[str, dict[str, _Stances]] = {}
    for task, marked, names in (
        ("claim_stance", pairs.claims, scheme.claim_stances),
        ("stance", pairs.answers, scheme.article_stances),
    ):
        answers = {name: _answer_pairs(marked, rows, cells, len(names)) for name, rows in matched[task].items()}
        stances[task] = {
            name: _Stances(given, given.confusion(), given.coincidences()) for name, given in answers.items()
        }
    return Sums(pairs, cells, spans, stances, matched)


def _claim_pairs(pairs: AnnotatorPairs, iou: float) -> Two:
    """Rows of claims that pair. A claim without a stance is not an answer, and does not pair.

    Of several equally good pairings, the choice must not depend on which annotator is first. So the
    sides are turned as `claims_turned` says.
    """
    first, second = pairs.claims.first, pairs.claims.second
    at = [np.flatnonzero(side.label >= 0) for side in (first, second)]
    turned = [pairs.claims_turned[side.document[rows]] for side, rows in zip((first, second), at, strict=True)]
    # Rows of the second side are numbered after those of the first.
    first_rows = np.concatenate((at[0][~turned[0]], at[1][turned[1]] + len(first)))
    second_rows = np.concatenate((at[1][~turned[1]] + len(first), at[0][turned[0]]))
    both = joined(first, second)
    i, j = claim_pairs(both.take(first_rows), both.take(second_rows), iou)
    i, j = first_rows[i], second_rows[j]
    return np.minimum(i, j), np.maximum(i, j) - len(first)


def _answer_pairs(marked: Marked, rows: Two, cells: Cells, labels: int) -> AnswerPairs:
    """Matched rows as pairs of answers."""
    i, j = rows
    return AnswerPairs(
        marked.first.label[i],
        marked.second.label[j],
        (marked.item[0][i], marked.item[1][j]),
        cells.of[marked.first.document[i]],
        cells.count,
        labels,
    )
