"""Events as units: bootstrap resamples of them, and permutation tests of differences between systems.

Articles of one event are not independent, so events are left out, drawn or exchanged. Every number is a function of
counts summed over events. A resample is a weighted sum; a permutation is a sum with the systems exchanged on some
events.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .columns import positions
from .intervals import LEVEL
from .rates import Floats, accuracy_and_kappa, every_rate
from .spans import Ints
from .tally import Tally, Units

# More events than this are pooled at random into this many groups of equal size, which then count as events. The
# estimate stays the same.
GROUPS = 2000
# If systems differ on at most this many events, all permutations are tried.
MOST_EXACT = 12


def one_unit(documents: int) -> Units:
    """All documents in one unit: for point estimates only."""
    return Units(np.zeros(documents, np.int64), 1)


def event_units(ids: Sequence[str], events: Sequence[str | None] | None) -> Units:
    """A unit for each event, and for each document without an event. Many events are pooled into GROUPS units.

    The order of documents does not matter. The groups are the same everywhere: numpy promises never to change this
    generator.
    """
    names: Sequence[str] = ids
    if events:  # an event and a document may have the same name
        names = [f"event {event}" if event else f"document {name}" for event, name in zip(events, ids, strict=True)]
    # In the order of the file, which is mostly sorted already; a set would have to be sorted again.
    distinct = sorted(dict.fromkeys(names))
    of = positions(names, distinct)
    if len(distinct) > GROUPS:
        of = (np.random.RandomState(0).permutation(len(distinct)) % GROUPS)[of]
    return Units(of, min(len(distinct), GROUPS))


def unit_of(events: Sequence[str | None] | None) -> str:
    """The name of a unit: event or, if there are no events, document."""
    return "event" if events and any(events) else "document"


def resamples(units: int, number: int, seed: int) -> Floats:
    """`number` bootstrap resamples: an array of resamples × units that says how often each unit is drawn."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(units, size=(number, units), dtype=np.int64)
    drawn += np.arange(number)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=number * units).reshape(number, units).astype(np.float64)


def exchanges(differ: NDArray[np.bool_], number: int, seed: int) -> tuple[Floats, bool]:
    """The units that exchange systems in each permutation, as 0 and 1; and whether these are all permutations.

    `differ` marks the units on which the systems differ. Exchanging the answers on any other unit changes nothing.
    """
    units = np.flatnonzero(differ)
    every = len(units) <= MOST_EXACT
    if every:
        swapped = (np.arange(2 ** len(units))[:, None] >> np.arange(len(units))) & 1
    else:
        swapped = np.random.default_rng(seed).integers(2, size=(number, len(units)))
    swaps = np.zeros((len(swapped), len(differ)))
    swaps[:, units] = swapped
    return swaps, every


def numbers(tally: Tally, weights: Floats) -> dict[str, Floats]:
    """All numbers of a tally under each row of `weights` (resamples × units).

    `rates` is (micro, macro, weighted, labels) × RATES × resamples. If the task is a choice among labels, `choice` is
    (accuracy, kappa) × resamples.
    """
    result = {"rates": every_rate(_weighted(tally.counts, weights))}
    if tally.confusion is not None:
        result["choice"] = accuracy_and_kappa(_weighted(tally.confusion, weights))
    return result


def _weighted(counts: Ints, weights: Floats) -> Floats:
    return (counts.reshape(-1, counts.shape[-1]) @ weights.T).reshape(*counts.shape[:-1], len(weights))


def percentiles(values: Floats) -> Floats:
    """The percentile interval (Efron and Tibshirani 1993) of resamples along the last axis: … × (low, high).

    Resamples in which a number is undefined are ignored. If it is undefined in all of them, the answer is NaN.
    """
    tail = (1 - LEVEL) / 2
    if not np.isnan(values).any():
        return np.moveaxis(np.quantile(values, (tail, 1 - tail), axis=-1), 0, -1)
    undefined = np.asarray(np.isnan(values).all(axis=-1))
    limits = np.nanquantile(np.where(undefined[..., None], 0.0, values), (tail, 1 - tail), axis=-1)
    limits[:, undefined] = np.nan
    return np.moveaxis(limits, 0, -1)


def p_value(observed: Floats, permuted: Floats, every: bool) -> Floats:
    """Two-sided p of a difference: the share of permutations (last axis) that differ as much or more.

    The observed difference counts as a permutation, unless all permutations were tried (Phipson and Smyth 2010).
    """
    # Sums of equal differences may differ by rounding.
    as_much = (np.abs(permuted) >= np.abs(observed)[..., None] - 1e-12).sum(-1)
    number = permuted.shape[-1]
    return as_much / number if every else (as_much + 1) / (number + 1)


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number, step by step from the smallest (Holm 1979)."""
    order = sorted(range(len(p)), key=lambda n: p[n])
    adjusted = [0.0] * len(p)
    least = 0.0
    for rank, n in enumerate(order):
        least = max(least, min(1.0, p[n] * (len(p) - rank)))
        adjusted[n] = least
    return adjusted
