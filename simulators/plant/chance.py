"""Chance that is a function of seed, channel and time only: the same question always has the same answer."""

from functools import lru_cache
from itertools import accumulate
from math import ceil, exp, log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_MASK: Final = (1 << 64) - 1
_SEED, _CHANNEL, _DRAW = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7
_MIX1, _MIX2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FORGOTTEN: Final = 1e-6  # share of a start that no longer counts


@lru_cache(maxsize=4096)
def uniform(seed: int, channel: int, k: int) -> float:
    """Number in [0, 1) for the k-th draw of a channel (SplitMix64 finaliser)."""
    x = (seed * _SEED + channel * _CHANNEL + k * _DRAW) & _MASK
    x = ((x ^ (x >> 30)) * _MIX1) & _MASK
    x = ((x ^ (x >> 27)) * _MIX2) & _MASK
    return ((x ^ (x >> 31)) >> 11) / 9007199254740992.0


def uniforms(seed: int, channel: int, draws: IntArray) -> FloatArray:
    """uniform() of many draws; any shape."""
    start = np.uint64((seed * _SEED + channel * _CHANNEL) & _MASK)
    x = draws.astype(np.uint64) * np.uint64(_DRAW) + np.full(draws.shape, start)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_MIX1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_MIX2)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


def normals(seed: int, channel: int, first: int, count: int) -> FloatArray:
    """Standard normal draws first, first + 1 … of a channel; (count,). Box and Muller (1958)."""
    draws = np.arange(first, first + count)
    radius = np.sqrt(-2.0 * np.log(1.0 - uniforms(seed, channel, draws)))
    angle: FloatArray = 2.0 * np.pi * uniforms(seed, -1 - channel, draws)
    return radius * np.cos(angle)


def persistent(seed: int, channel: int, first: int, count: int, memory: float, ease: float = 0.0) -> FloatArray:
    """Standard normal autoregressive series at the steps first, first + 1 …; (count,).

    Without ease two values n steps apart correlate by exp(-n / memory). With it the series is passed through a lag of
    so many steps, which takes the roughness from step to step. It starts so far back that nothing of that start is
    left (1e-6), so no step needs the one before it.
    """
    before = ceil(-log(_FORGOTTEN) * (memory + ease))
    draws = normals(seed, channel, first - before, before + count)
    phi, lag = exp(-1.0 / memory), exp(-1.0 / ease) if ease > 0.0 else 0.0
    series = _lagged(_lagged(draws, phi), lag)[before:]
    # Variance of both lags in a row, for white noise of variance 1.
    spread = (1.0 + phi * lag) / ((1.0 - phi * lag) * (1.0 - phi * phi) * (1.0 - lag * lag))
    return series / sqrt(spread)


def _lagged(values: FloatArray, phi: float) -> FloatArray:
    if phi == 0.0:
        return values
    return np.fromiter(accumulate(values.tolist(), lambda last, value: phi * last + value), np.float64, len(values))


def smooth(seed: int, channel: int, t_s: FloatArray, period_s: float) -> FloatArray:
    """Continuous noise in [-1, 1]: independent uniform draws each period, joined by a smooth step; any shape."""
    x = t_s / period_s
    k = np.floor(x).astype(np.int64)
    f = x - k
    f *= f * (3.0 - 2.0 * f)
    a = uniforms(seed, channel, k)
    return 2.0 * (a + (uniforms(seed, channel, k + 1) - a) * f) - 1.0
