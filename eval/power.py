"""What a number of events would show, from the variance that some events have: half-widths, smallest differences."""

from __future__ import annotations

import numpy as np

from .intervals import FEW_EVENTS, LEVEL
from .quantiles import t_quantile
from .rates import Floats

# How often a difference that is there is to be seen.
POWER = 0.8
# Beyond so many events nobody plans.
MOST_EVENTS = 2000


def half_width(variance: Floats | float, df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """Half of the 95 % interval that so many events would give; `variance` and `df` are those of `pilot` events."""
    return t_quantile((1 + LEVEL) / 2, _df(df, pilot, events)) * _error(variance, pilot, events)


def smallest_difference(variance: Floats | float, df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """The difference that so many events would show with a probability of POWER: the minimum detectable effect.

    `variance` and `df` are those of the difference on `pilot` events.
    """
    then = _df(df, pilot, events)
    return (t_quantile((1 + LEVEL) / 2, then) + t_quantile(POWER, then)) * _error(variance, pilot, events)


def needed(values: Floats, target: float) -> int | None:
    """The fewest events with which a value is no more than `target`; `values` are those of `candidates()`."""
    good = np.flatnonzero(values <= target)
    return int(candidates()[good[0]]) if len(good) else None


def candidates() -> Floats:
    """The numbers of events that are looked at."""
    return np.arange(FEW_EVENTS, MOST_EVENTS + 1, dtype=np.float64)


def likely(df: float, share: float = 0.9) -> tuple[float, float]:
    """Between which factors of it the true standard error is likely to be: the pilot's variance is an estimate.

    It goes by chi square, as the variance of `df` + 1 independent numbers does.
    """
    from scipy.special import chdtri

    low, high = (float(np.sqrt(df / chdtri(df, tail))) for tail in ((1 - share) / 2, (1 + share) / 2))
    return low, high


def _df(df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """The effective number of events grows as events do."""
    return np.maximum((np.asarray(df) + 1) * np.asarray(events) / pilot - 1, 1)


def _error(variance: Floats | float, pilot: int, events: Floats | int) -> Floats:
    return np.sqrt(np.asarray(variance) * pilot / np.asarray(events))
