"""95 % intervals of every number: how far it would move on other events.

A number moves as much as leaving out one event at a time moves it (the delete-one jackknife). Few events show that
badly, so what is to be expected of spans that are somewhat alike within an event counts as one event more. Wilson's
interval takes the result: it stays between 0 and 1, holds the number, and is never of zero width. docs/numbers.md has
it in words, with sources and with how often such intervals hold the truth.
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
# Fewer events say nothing of others.
FEW_EVENTS = 3
# With fewer events than these an interval is so wide that the reader is warned.
THIN = 10
# How alike the spans of one event are assumed to be, where the events themselves cannot tell: the intraclass
# correlation of being right or wrong. It has the weight of one event.
ALIKE = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers, and how far they would move on other events; all arrays are of one shape.

    `near` is the number drawn a little to the middle, so that no variance is 0. `variance` is of the number, on a
    scale on which it is a share. `df` are the degrees of freedom of t. A number corrected for chance, such as kappa,
    is (share - chance) / (1 - chance).
    """

    value: Floats
    near: Floats
    variance: Floats
    df: Floats
    chance: Floats

    def interval(self) -> Floats:
        """… × (low, high): Wilson's (1927), with t for z, and as many spans as would have this variance if they were
        independent."""
        share = self.value * (1 - self.chance) + self.chance
        t2 = t_quantile((1 + LEVEL) / 2, self.df) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):  # of what is not defined
            n = self.near * (1 - self.near) / self.variance
            middle = share + t2 / (2 * n)
            half = np.sqrt(t2 * np.maximum(share * (1 - share), 0) / n + (t2 / (2 * n)) ** 2)
            bounds = np.clip(np.stack((middle - half, middle + half), -1) / (1 + t2 / n)[..., None], 0, 1)
        bounds = (bounds - self.chance[..., None]) / (1 - self.chance[..., None])
        low, high = np.minimum(bounds[..., 0], self.value), np.maximum(bounds[..., 1], self.value)  # but for rounding
        return np.stack((low, high), -1)

    def variance_of_value(self) -> Floats:
        """The variance on the number's own scale."""
        return self.variance / (1 - self.chance) ** 2


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be expected of a share before looking at how events differ.

    `near` is the share drawn to the middle by half a hit and half a miss. `least` is its variance if all spans were
    independent, `alike` if those of an event were as alike as ALIKE says. `df` is the effective number of events less
    one, `events` how many have a hit or how many have a miss, whichever are fewer.
    """

    near: Floats
    least: Floats
    alike: Floats
    df: Floats
    events: Floats

    def variance(self, moved: Floats) -> Floats:
        """The jackknife's variance, `moved`, with what is expected as one event more."""
        return np.maximum((self.events * moved + self.alike) / (self.events + 1), self.least)


def expected(size: Floats, credit: Floats, f1: Flags | None = None) -> Expected:
    """Of how many spans each event has, and how many of them are right; both are … × events.

    `f1` says of which rows the share is an F1: a hit counts on both sides there, so with J = F1 / (2 - F1), the share
    of the union that is right, its variance is F1 (1 - F1) (2 - F1) / 2 over the mean of both sides' sizes.
    """
    n, squares = np.maximum(size.sum(-1), 1e-9), (size**2).sum(-1)
    near = (credit.sum(-1) + 0.5) / (n + 1)
    least = near * (1 - near) / n
    if f1 is not None:
        least = np.where(f1, least * (2 - near) / 2, least)
    events = np.minimum((size - credit > 1e-9).sum(-1), ((credit > 0) & (size > 0)).sum(-1))
    alike = least * (1 + ALIKE * np.maximum(squares / n - 1, 0))
    return Expected(near, least, alike, effective_events(n, squares) - 1, events.astype(np.float64))


def effective_events(n: Floats, squares: Floats) -> Floats:
    """As how many events of one size these weigh, at least 2: (sum of sizes)² / sum of squared sizes (Kish 1965)."""
    return np.maximum(n**2 / np.maximum(squares, 1e-9), 2)


def jackknife(whole: Floats, without: Floats, there: Flags) -> Floats:
    """The variance of numbers, of what they are without each event (last axis).

    An event that is not `there`, or without which a number is undefined, says nothing of it.
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
    """For each row (micro, macro, weighted, labels) whether it occurs in enough units for an interval."""
    return occurs(tally).sum(-1) >= FEW_EVENTS


def averaging(total: Floats) -> Floats:
    """What each label weighs in the macro and in the weighted average: 2 × labels; of counts rows × COUNTS."""
    gold, predicted = total[1:, 3], total[1:, 4]
    occur = gold + predicted > 0
    return np.stack((occur / max(int(occur.sum()), 1), gold / max(gold.sum(), 1)))


def with_averages(rows: Floats, average: Floats) -> Floats:
    """Rows of everything pooled and of labels, with those of both averages between them."""
    return np.concatenate((rows[:1], average, rows[1:]))


def spreads(tally: Tally) -> dict[str, Spread]:
    """`rates`: (micro, macro, weighted, labels) × RATES; `choice`, where the task is one: (accuracy, kappa)."""
    counts = tally.counts.astype(np.float64)
    total = counts.sum(-1)
    whole = every_rate(total)
    moved = jackknife(whole, every_rate(total[..., None] - counts), occurs(tally)[:, None])
    cor, _, par, gold, predicted = np.moveaxis(counts, 1, 0)
    size = np.stack((predicted, gold, (gold + predicted) / 2), 1)
    prior = expected(size, (cor + par / 2)[:, None], np.array((False, False, True)))
    # An average varies as its labels do, each by its weight; events are those of all labels.
    weights = averaging(total)
    both = np.ones((2, 1))
    prior = Expected(
        with_averages(prior.near, weights @ prior.near[1:]),
        with_averages(prior.least, weights**2 @ prior.least[1:]),
        with_averages(prior.alike, weights**2 @ prior.alike[1:]),
        with_averages(prior.df, both * prior.df[:1]),
        with_averages(prior.events, both * prior.events[:1]),
    )
    found = {"rates": Spread(whole, prior.near, prior.variance(moved), prior.df, np.zeros_like(whole))}
    if tally.confusion is not None:
        found["choice"] = _of_choice(tally.confusion.astype(np.float64))
    return found


def _of_choice(cells: Floats) -> Spread:
    """Of accuracy, and of kappa as the accuracy that it is for the chance agreement at hand."""
    total = cells.sum(-1)
    whole = accuracy_and_kappa(total)
    moved = jackknife(whole, accuracy_and_kappa(total[..., None] - cells), (cells.sum((0, 1)) > 0)[None])
    prior = expected(cells.sum((0, 1)), np.einsum("iiu->u", cells[:, : len(cells)]))
    chance = np.stack((np.zeros(()), by_chance(total)))
    # Of one class alone kappa is undefined, and so is its interval.
    chance = np.where(chance < 1, chance, np.nan)
    return of_share(whole, moved, prior, chance)


def of_share(value: Floats, moved: Floats, prior: Expected, chance: Floats) -> Spread:
    """Numbers that are one share, each with its own correction for chance; `moved` is the variance of the numbers."""
    like = np.ones_like(value)
    return Spread(value, prior.near * like, prior.variance(moved * (1 - chance) ** 2), prior.df * like, chance)


def intervals(tally: Tally) -> dict[str, Floats]:
    """As `spreads`: … × (low, high), NaN where a number is undefined."""
    return {kind: spread.interval() for kind, spread in spreads(tally).items()}
