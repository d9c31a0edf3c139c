"""How much the difference between two systems would change on other events. Both are scored on the same events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .intervals import LEVEL, averaging, effective_events, jackknife, occurs, with_averages
from .quantiles import t_quantile
from .rates import Floats, accuracy_and_kappa, by_chance, every_rate
from .spans import Ints
from .tally import Tally


@dataclass(frozen=True, slots=True)
class DifferenceSpread:
    """Differences, b - a, and how much they would change. All arrays have the same shape.

    `differ` is the number of events on which the two systems differ.
    """

    value: Floats
    variance: Floats
    df: Floats
    differ: Ints

    def interval(self) -> Floats:
        """… × (low, high): Student's t on either side."""
        half = t_quantile((1 + LEVEL) / 2, self.df) * np.sqrt(self.variance)
        return np.stack((self.value - half, self.value + half), -1)


def difference_spreads(a: Tally, b: Tally, times: float = 1) -> dict[str, DifferenceSpread]:
    """The differences of all numbers of two tallies with the same units, by kind as in `spreads`, `times` too."""
    counts_a, counts_b = a.counts.astype(np.float64), b.counts.astype(np.float64)
    totals = counts_a.sum(-1), counts_b.sum(-1)
    value = every_rate(totals[1]) - every_rate(totals[0])
    without = every_rate(totals[1][..., None] - counts_b) - every_rate(totals[0][..., None] - counts_a)
    moved = jackknife(value, without, (occurs(a) | occurs(b))[:, None])
    gold, predicted = counts_a[:, 3], (counts_a[:, 4] + counts_b[:, 4]) / 2
    size = np.stack((predicted, gold, (gold + predicted) / 2), 1)
    credit = [counts[:, 0] + counts[:, 2] / 2 for counts in (counts_a, counts_b)]
    least, df = _least(size, (credit[1] - credit[0])[:, None], times)
    weights = averaging(totals[0] + totals[1])
    differ = (counts_a != counts_b).any(1)
    # An average may differ on each event where one of its labels differs.
    differ = np.concatenate((differ[:1], np.repeat(differ.any(0, keepdims=True), 2, axis=0), differ[1:])).sum(-1)[
        :, None
    ]
    least = with_averages(least, weights**2 @ least[1:])
    df = with_averages(df, np.ones((2, 1)) * df[:1])
    result = {"rates": _spread(value, moved, least, df, differ, times)}
    if a.confusion is not None and b.confusion is not None:
        result["choice"] = _of_choice(a.confusion.astype(np.float64), b.confusion.astype(np.float64), times)
    return result


def _of_choice(counts_a: Floats, counts_b: Floats, times: float) -> DifferenceSpread:
    totals = counts_a.sum(-1), counts_b.sum(-1)
    value = accuracy_and_kappa(totals[1]) - accuracy_and_kappa(totals[0])
    without = accuracy_and_kappa(totals[1][..., None] - counts_b) - accuracy_and_kappa(totals[0][..., None] - counts_a)
    asked = counts_a.sum((0, 1))
    right = [np.einsum("iiu->u", cells[:, : len(cells)]) for cells in (counts_a, counts_b)]
    least, df = _least(asked, right[1] - right[0], times)
    # The change of kappa for each point of accuracy.
    chance = (by_chance(totals[0]) + by_chance(totals[1])) / 2
    scale = np.stack((np.ones(()), 1 / (1 - chance) if chance < 1 else np.array(np.nan)))
    differ = np.array((counts_a != counts_b).any((0, 1)).sum())
    return _spread(value, jackknife(value, without, asked > 0), least * scale**2, df, differ, times)


def _least(size: Floats, gained: Floats, times: float) -> tuple[Floats, Floats]:
    """The variance expected from spans alone, and the degrees of freedom. Both arrays are … × events.

    `gained` is the number of spans that the second system has right beyond the first. At least so many are right in one
    system only. The result is the paired variance with half a span added to each of the four cells (Agresti and Min
    2005). For a row without spans it is 1, the largest variance of a difference of shares.
    """
    n = times * size.sum(-1)
    n = np.where(n > 0, n, 1.0)
    return (times * np.abs(gained).sum(-1) + 1) / n**2, effective_events(n, times * (size**2).sum(-1)) - 1


def _spread(value: Floats, moved: Floats, least: Floats, df: Floats, differ: Ints, times: float) -> DifferenceSpread:
    like = np.ones_like(value)
    variance = (differ * moved + least) / (times * differ + 1)  # the jackknife's own variance is moved / times
    return DifferenceSpread(value, variance, df * like, differ * like.astype(np.int64))
