"""Half-widths and detectable differences for any number of events, from the variance of a pilot."""

from __future__ import annotations

import numpy as np

from .intervals import FEW_EVENTS, LEVEL
from .quantiles import t_quantile
from .rates import Floats

# The probability with which an existing difference is seen.
POWER = 0.8
# The largest number of events that is considered.
MOST_EVENTS = 2000


def half_width(variance: Floats | float, df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """Half the width of the 95 % interval; `variance` and `df` are those of `pilot` events."""
    return t_quantile((1 + LEVEL) / 2, _df(df, pilot, events)) * _error(variance, pilot, events)


def smallest_difference(variance: Floats | float, df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """The difference that is seen with a probability of POWER: the minimum detectable effect (Bloom 1995).

    `variance` and `df` are those of the difference on `pilot` events.
    """
    then = _df(df, pilot, events)
    return (t_quantile((1 + LEVEL) / 2, then) + t_quantile(POWER, then)) * _error(variance, pilot, events)


def needed(values: Floats, target: float) -> int | None:
    """The smallest number of events with a value of at most `target`; `values` are those of `candidates()`."""
    good = np.flatnonzero(values <= target)
    return int(candidates()[good[0]]) if len(good) else None


def candidates() -> Floats:
    """The numbers of events that are considered."""
    return np.arange(FEW_EVENTS, MOST_EVENTS + 1, dtype=np.float64)


def likely(df: float, share: float = 0.9) -> tuple[float, float]:
    """The factors for the range of a standard error, since the variance of the pilot is an estimate.

    They come from chi square, the distribution of the variance of `df` + 1 independent normal numbers.
    """
    from scipy.special import chdtri

    low, high = (float(np.sqrt(df / chdtri(df, tail))) for tail in ((1 - share) / 2, (1 + share) / 2))
    return low, high


def _df(df: Floats | float, pilot: int, events: Floats | int) -> Floats:
    """The effective number of events grows with the number of events."""
    return np.maximum((np.asarray(df) + 1) * np.asarray(events) / pilot - 1, 1)


def _error(variance: Floats | float, pilot: int, events: Floats | int) -> Floats:
    return np.sqrt(np.asarray(variance) * pilot / np.asarray(events))
