"""Estimates from the variance of a pilot what more events would show."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import numpy as np

from .intervals import FEW_EVENTS, LEVEL
from .quantiles import t_quantile
from .rates import Floats

# The probability of seeing a difference that exists.
POWER = 0.8
# The largest number of events that is considered.
MOST_EVENTS = 2000


def half_width(variance: Floats | float, df: Floats | float) -> Floats:
    """Half the width of the 95 % interval."""
    return t_quantile((1 + LEVEL) / 2, np.asarray(df)) * np.sqrt(variance)


def smallest_difference(variance: Floats | float, df: Floats | float) -> Floats:
    """The difference that is seen with a probability of POWER: the minimum detectable effect (Bloom 1995).

    `variance` and `df` are those of the difference.
    """
    df = np.asarray(df)
    return (t_quantile((1 + LEVEL) / 2, df) + t_quantile(POWER, df)) * np.sqrt(variance)


def needed(figure: Callable[[int], float], target: float) -> int | None:
    """The smallest number of events with which the figure is at most `target`. It falls with more events."""
    events = range(FEW_EVENTS, MOST_EVENTS + 1)
    at = bisect_left(events, True, key=lambda n: figure(n) <= target)
    return events[at] if at < len(events) else None


def likely(df: float, share: float = 0.9) -> tuple[float, float, float]:
    """Factors for a standard error, since the variance of the pilot is an estimate: low, middle and high.

    They come from chi square, the distribution of the variance of `df` + 1 independent normal numbers. The middle is
    above 1: more than half of all pilots have a variance that is too small.
    """
    from scipy.special import chdtri

    low, middle, high = (float(np.sqrt(df / chdtri(df, tail))) for tail in ((1 - share) / 2, 0.5, (1 + share) / 2))
    return low, middle, high
