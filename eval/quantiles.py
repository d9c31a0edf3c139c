"""Quantiles of Student's t, for any number of degrees of freedom. Importing scipy would take longer than a score."""

from __future__ import annotations

from math import lgamma, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .rates import Floats

# 24 nodes give more digits than needed, since the integrand is smooth.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_STEPS = 30


def t_quantile(share: float, df: Floats) -> Floats:
    """The t below which `share` (0.5 to 1, not included) of Student's distribution lies, for each of `df` (from 1 on).

    With t = √df · tan a, the distribution function is 1/2 + K ∫ cos^(df-1) from 0 to a. It is concave there, so
    Newton's steps from 0 come up to the solution from below and never pass it.
    """
    power = np.asarray(df, np.float64)[..., None] - 1
    flat = power.ravel().tolist()
    constant = np.array([np.exp(lgamma(p / 2 + 1) - lgamma((p + 1) / 2)) / sqrt(pi) for p in flat]).reshape(power.shape)
    angle = np.zeros_like(power)
    for _ in range(_STEPS):
        cosines = np.cos(angle / 2 * (1 + _NODES))
        below = constant * angle / 2 * (cosines**power @ _WEIGHTS)[..., None]
        step = (share - 0.5 - below) / (constant * np.cos(angle) ** power)
        angle = angle + step
        if np.abs(step).max(initial=0) < 1e-13:
            break
    return (np.sqrt(power + 1) * np.tan(angle))[..., 0]
