"""The chi-squared distribution of whole degrees of freedom: what the global test is held against."""

from math import erfc, exp, lgamma, log, sqrt
from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray

LEVEL: Final = 0.95
INDIVIDUAL: Final = 1.96  # the same level of one normal deviate, both sides


def beyond(x: float, freedom: int) -> float:
    """Probability that chi-squared of so many degrees exceeds x ≥ 0.

    Source: M. Abramowitz, I. Stegun: Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
    """
    if x <= 0:
        return 1.0
    half, odd = x / 2, freedom % 2
    total = erfc(sqrt(half)) if odd else 0.0
    for k in range(freedom // 2):
        power = k + 0.5 * odd
        total += exp(power * log(half) - half - lgamma(power + 1))
    return min(total, 1.0)


def limit(freedom: int, level: float = LEVEL) -> float:
    """Quantile of chi-squared: what it exceeds with probability 1 - level; 0 without any freedom."""
    if freedom < 1:
        return 0.0
    x = freedom * (1 - 2 / (9 * freedom) + 1.645 * sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty, for 95 %
    for _ in range(20):
        density = exp((freedom / 2 - 1) * log(x / 2) - x / 2 - lgamma(freedom / 2)) / 2
        step = (beyond(x, freedom) - (1 - level)) / density
        x = max(x + step, x / 2)
        if abs(step) < 1e-12 * x:
            break
    return x


def limits(most: int, level: float = LEVEL) -> FloatArray:
    """Quantiles (most + 1,) for 0, 1, … degrees of freedom."""
    return np.array([limit(freedom, level) for freedom in range(most + 1)])
