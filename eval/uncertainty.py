"""How much numbers would change on other events: bootstrap intervals, and tests of differences between systems.

Articles of one event are not independent, so events are drawn. Every number is a function of counts summed over
events. A resample is a weighted sum; a permutation is a sum with the systems exchanged on some events.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .spans import Ints
from .tally import Floats, Tally, Units, accuracy_and_kappa, macro, rates

Interval = tuple[float, float]
# The numbers of a row, and those of a choice among labels, in the order of `numbers`.
RATES = ("precision", "recall", "f1")
CHOICE = ("accuracy", "kappa")

# With fewer events than this a percentile interval is too narrow to be reported.
FEW_EVENTS = 10
# More events than this are pooled at random into this many groups of equal size, and groups are drawn. The estimate
# stays the same, and the added noise is less than that of a thousand resamples.
GROUPS = 2000
LEVEL = 0.95


def one_unit(documents: int) -> Units:
    """All documents in one unit: for point estimates only."""
    return Units(np.zeros(documents, np.int64), 1)


def event_units(ids: Sequence[str], events: Sequence[str | None] | None, seed: int) -> Units:
    """A unit for each event, and for each document without an event. Many events are pooled into GROUPS units.

    The order of documents does not matter.
    """
    names: Sequence[str] = ids
    if events:  # an event and a document may have the same name
        names = [f"event {event}" if event else f"document {name}" for event, name in zip(events, ids, strict=True)]
    number = {name: n for n, name in enumerate(sorted(set(names)))}
    of = np.array([number[name] for name in names], np.int64)
    count = len(number)
    if count > GROUPS:
        of = (np.random.default_rng(seed).permutation(count) % GROUPS)[of]
    return Units(of, min(count, GROUPS))


def resamples(units: int, number: int, seed: int) -> Floats:
    """`number` bootstrap resamples: an array of resamples × units that says how often each unit is drawn."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(units, size=(number, units), dtype=np.int64)
    drawn += np.arange(number)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=number * units).reshape(number, units).astype(np.float64)


def exchanges(units: int, number: int, seed: int) -> tuple[Floats, bool]:
    """The units that exchange systems in each permutation, as 0 and 1; and whether these are all permutations."""
    if 2**units <= number:
        every = np.arange(2**units)[:, None] >> np.arange(units)
        return (every & 1).astype(np.float64), True
    return np.random.default_rng(seed).integers(2, size=(number, units)).astype(np.float64), False


def numbers(tally: Tally, weights: Floats) -> dict[str, Floats]:
    """All numbers of a tally under each row of `weights` (… × units).

    `rates` is … × rows × (precision, recall, F1); rows are micro, macro and the labels. `choice`, if the
    task is a choice among labels, is … × (accuracy, kappa).
    """
    sums = _weighted(tally.counts, weights)
    every = rates(sums)
    result = {"rates": np.concatenate((every[:, :1], macro(sums[:, 1:])[:, None], every[:, 1:]), axis=1)}
    if tally.confusion is not None:
        result["choice"] = accuracy_and_kappa(_weighted(tally.confusion, weights))
    return result


def _weighted(counts: Ints, weights: Floats) -> Floats:
    shape = counts.shape[:-1]
    return (weights @ counts.reshape(-1, counts.shape[-1]).T).reshape(len(weights), *shape)


def interval(values: Floats) -> Floats:
    """The percentile interval (Efron and Tibshirani 1993, section 13.3) of resamples along the first axis.

    Resamples in which a number is undefined are ignored. If it is undefined in all of them, the answer is NaN.
    """
    tail = (1 - LEVEL) / 2
    if np.isnan(values).any():
        undefined = np.isnan(values).all(axis=0)
        values = np.where(undefined, 0.0, values)
        limits = np.nanquantile(values, (tail, 1 - tail), axis=0)
        limits[:, undefined] = np.nan
        return np.moveaxis(limits, 0, -1)
    return np.moveaxis(np.quantile(values, (tail, 1 - tail), axis=0), 0, -1)


def enough(tally: Tally) -> NDArray[np.bool_]:
    """For each row (micro, macro, labels) whether it occurs in enough units for an interval."""
    occur = ((tally.counts[:, 3] + tally.counts[:, 4]) > 0).sum(-1)
    return np.concatenate((occur[:1], occur[:1], occur[1:])) >= FEW_EVENTS


def p_value(observed: Floats, permuted: Floats, every: bool) -> Floats:
    """Two-sided p of a difference: the share of permutations that differ as much or more.

    The observed difference counts as a permutation, unless all permutations were tried (Phipson and Smyth 2010).
    """
    # Sums of equal differences may differ by rounding.
    as_much = (np.abs(permuted) >= np.abs(observed) - 1e-12).sum(0)
    return as_much / len(permuted) if every else (as_much + 1) / (len(permuted) + 1)


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number, step by step from the smallest (Holm 1979)."""
    order = sorted(range(len(p)), key=lambda n: p[n])
    adjusted = [0.0] * len(p)
    least = 0.0
    for rank, n in enumerate(order):
        least = max(least, min(1.0, p[n] * (len(p) - rank)))
        adjusted[n] = least
    return adjusted
