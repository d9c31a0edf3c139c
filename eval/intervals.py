"""95 % intervals of every number: how much it would change on other events.

The variance is that of the delete-one-event jackknife: how much a number changes when one event is left out. Few events
estimate it badly, so the variance expected for spans that are somewhat alike within an event counts as one more event.
Wilson's interval then stays between 0 and 1, contains the number, and never has zero width. docs/numbers.md explains it
in words, with sources and coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .quantiles import t_quantile
from .rates import Floats, accuracy_and_kappa, by_chance, every_rate
from .tally import Tally

Interval = tuple[float, float]
Flags = NDArray[np.bool_]

LEVEL = 0.95
# With fewer events there is no interval.
FEW_EVENTS = 3
# With fewer events than this the interval is very wide, and a note says so.
THIN = 10
# The assumed likeness of the spans of one event: the intraclass correlation of being right or wrong. The variance that
# it gives has the weight of one event.
ALIKE = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers and how much they would change on other events. All arrays have the same shape.

    `near` is the number, moved slightly to the middle so that no variance is 0. `variance` is on the scale of a share.
    `df` are the degrees of freedom of t. A number corrected for chance, such as kappa, is
    (share - chance) / (1 - chance); for other numbers `chance` is 0.
    """

    value: Floats
    near: Floats
    variance: Floats
    df: Floats
    chance: Floats

    def interval(self) -> Floats:
        """… × (low, high): Wilson's interval (1927) with t for z, for the number of independent spans that would have
        this variance."""
        share = self.value * (1 - self.chance) + self.chance
        t2 = t_quantile((1 + LEVEL) / 2, self.df) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):  # numbers that are not defined
            n = self.near * (1 - self.near) / self.variance
            middle = share + t2 / (2 * n)
            half = np.sqrt(t2 * np.maximum(share * (1 - share), 0) / n + (t2 / (2 * n)) ** 2)
            bounds = np.clip(np.stack((middle - half, middle + half), -1) / (1 + t2 / n)[..., None], 0, 1)
        bounds = np.maximum((bounds - self.chance[..., None]) / (1 - self.chance[..., None]), -1)
        low, high = np.minimum(bounds[..., 0], self.value), np.maximum(bounds[..., 1], self.value)  # despite rounding
        return np.stack((low, high), -1)

    def variance_of_value(self) -> Floats:
        """The variance on the number's own scale."""
        return self.variance / (1 - self.chance) ** 2


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected variance of a share, which does not use the differences between events.

    `near` is the share with half a hit and half a miss added. `least` is its variance if all spans are independent,
    `alike` if the spans of an event are as alike as ALIKE. `df` is the effective number of events minus one. `events`
    is the number of events with a hit, or with a miss if these are fewer.
    """

    near: Floats
    least: Floats
    alike: Floats
    df: Floats
    events: Floats

    def variance(self, moved: Floats) -> Floats:
        """The variance of the jackknife, `moved`, with the expected variance as one more event."""
        return np.maximum((self.events * moved + self.alike) / (self.events + 1), self.least)


def expected(size: Floats, credit: Floats, f1: Flags | None = None, times: float = 1) -> Expected:
    """From the number of spans of each event and of its right spans; both are … × events. Each event counts `times`.

    `f1` marks the rows whose share is an F1. There a hit counts on both sides: with J = F1 / (2 - F1), the right share
    of the union, the variance is F1 (1 - F1) (2 - F1) / 2, divided by the mean of both sides' sizes.

    Nothing is known about a row without spans: its share is near 1/2, and the variance 1/4, the largest of any share.
    This matters in averages over labels, in which such a label counts as 0.
    """
    n, squares = times * size.sum(-1), times * (size**2).sum(-1)
    near = (times * credit.sum(-1) + 0.5) / (n + 1)
    n = np.where(n > 0, n, 1.0)
    least = near * (1 - near) / n
    if f1 is not None:
        least = np.where(f1, least * (2 - near) / 2, least)
    events = np.minimum((size - credit > 1e-9).sum(-1), ((credit > 0) & (size > 0)).sum(-1))
    alike = least * (1 + ALIKE * np.maximum(squares / n - 1, 0))
    return Expected(near, least, alike, effective_events(n, squares) - 1, events * float(times))


def effective_events(n: Floats, squares: Floats) -> Floats:
    """The number of events of equal size with the same weight, at least 2: (sum of sizes)² / sum of squared sizes."""
    return np.maximum(n**2 / np.where(squares > 0, squares, np.inf), 2)


def jackknife(whole: Floats, without: Floats, there: Flags) -> Floats:
    """The variance of numbers, from their values without each event (last axis).

    An event that is not `there` is ignored; so is an event without which the number is undefined.
    """
    known = there & ~np.isnan(without)
    moved = np.where(known, without - whole[..., None], 0.0)
    n = np.maximum(known.sum(-1), 1)
    return (n - 1) / n * np.einsum("...u,...u->...", moved, moved)


def occurs(tally: Tally) -> Flags:
    """Whether each row has spans in each unit: (micro, macro, weighted, labels) × units."""
    there = tally.counts[:, 3] + tally.counts[:, 4] > 0
    return np.concatenate((there[:1], there[:1], there))


def enough(tally: Tally) -> Flags:
    """For each row (micro, macro, weighted, labels), whether it occurs in enough units for an interval."""
    return occurs(tally).sum(-1) >= FEW_EVENTS


def averaging(total: Floats) -> Floats:
    """The weight of each label in the macro and the weighted average: 2 × labels, from counts rows × COUNTS."""
    gold, predicted = total[1:, 3], total[1:, 4]
    occur = gold + predicted > 0
    return np.stack((occur / max(int(occur.sum()), 1), gold / max(gold.sum(), 1)))


def with_averages(rows: Floats, average: Floats) -> Floats:
    """The pooled row, both averages, and the rows of labels."""
    return np.concatenate((rows[:1], average, rows[1:]))


def spreads(tally: Tally, times: float = 1) -> dict[str, Spread]:
    """`rates`: (micro, macro, weighted, labels) × RATES; `choice`, if the task is a choice: (accuracy, kappa).

    With `times`, each event counts so many times: this estimates the result of more events of the same kind.
    """
    counts = tally.counts.astype(np.float64)
    total = counts.sum(-1)
    whole = every_rate(total)
    moved = jackknife(whole, every_rate(total[..., None] - counts), occurs(tally)[:, None])
    cor, _, par, gold, predicted = np.moveaxis(counts, 1, 0)
    size = np.stack((predicted, gold, (gold + predicted) / 2), 1)
    prior = expected(size, (cor + par / 2)[:, None], np.array((False, False, True)), times)
    # The variance of an average is the weighted sum of its labels' variances; its events are those of all labels.
    weights = averaging(total)
    both = np.ones((2, 1))
    prior = Expected(
        with_averages(prior.near, weights @ prior.near[1:]),
        with_averages(prior.least, weights**2 @ prior.least[1:]),
        with_averages(prior.alike, weights**2 @ prior.alike[1:]),
        with_averages(prior.df, both * prior.df[:1]),
        with_averages(prior.events, both * prior.events[:1]),
    )
    result = {"rates": Spread(whole, prior.near, prior.variance(moved / times), prior.df, np.zeros_like(whole))}
    if tally.confusion is not None:
        result["choice"] = _of_choice(tally.confusion.astype(np.float64), times)
    return result


def _of_choice(cells: Floats, times: float) -> Spread:
    """Accuracy and kappa, for the observed agreement by chance."""
    total = cells.sum(-1)
    whole = accuracy_and_kappa(total)
    moved = jackknife(whole, accuracy_and_kappa(total[..., None] - cells), (cells.sum((0, 1)) > 0)[None])
    prior = expected(cells.sum((0, 1)), np.einsum("iiu->u", cells[:, : len(cells)]), times=times)
    chance = np.stack((np.zeros(()), by_chance(total)))
    # With a single class kappa is undefined, and so is its interval.
    chance = np.where(chance < 1, chance, np.nan)
    return of_share(whole, moved / times, prior, chance)


def of_share(value: Floats, moved: Floats, prior: Expected, chance: Floats) -> Spread:
    """One share with different corrections for chance; `moved` is the jackknife's variance of the corrected numbers."""
    like = np.ones_like(value)
    return Spread(value, prior.near * like, prior.variance(moved * (1 - chance) ** 2), prior.df * like, chance)


def intervals(tally: Tally) -> dict[str, Floats]:
    """The intervals, in the form of `spreads`: … × (low, high), NaN if a number is undefined."""
    return {kind: spread.interval() for kind, spread in spreads(tally).items()}
