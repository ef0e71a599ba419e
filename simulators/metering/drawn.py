"""Chance of instruments and samples: a function of seed, name and time alone, so that nothing depends on the order.

An instrument's errors are drawn once, even within its class limit (rectangular: all that a class promises is its
limit). Noise is drawn for each point and instant: a hash of both (BLAKE2 of each, mixed by the multipliers of
MurmurHash3's finaliser) chooses one of 4,096 quantiles of the normal distribution.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_BITS: Final = 12
_WORD: Final = (1 << 32) - 1
# Arrays without axes: numpy takes them faster than numbers.
_MIX1, _MIX2 = np.array(0x85EBCA6B, np.uint32), np.array(0xC2B2AE35, np.uint32)
_S13, _KEPT = (np.array(n, np.uint32) for n in (13, 32 - _BITS))


def key(seed: int, name: str) -> int:
    """64 bits that belong to a seed and a name."""
    return int.from_bytes(blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")


def even(seed: int, name: str) -> float:
    """Number in [-1, 1), evenly spread."""
    return key(seed, name) / (1 << 63) - 1.0


@lru_cache(maxsize=1)
def _quantiles() -> FloatArray:
    count, normal = 1 << _BITS, NormalDist()
    table: FloatArray = np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])
    table /= table.std()
    return table


class Noise:
    """Standard normal noise (n,) of n named points; white in time, independent between points."""

    def __init__(self, seed: int, names: Sequence[str]) -> None:
        self._keys = np.array([key(seed, f"{name} noise") & _WORD for name in names], np.uint32)
        self._x, self._shifted = np.empty_like(self._keys), np.empty_like(self._keys)
        self._place, self._table = np.empty(len(names), np.intp), _quantiles()

    def __call__(self, t_ns: int) -> FloatArray:
        """Noise of an instant; the same instant always has the same."""
        x, shifted = self._x, self._shifted
        np.bitwise_xor(self._keys, np.uint32(key(0, str(t_ns)) & _WORD), out=x)
        # Of the finaliser, what is left to do: both are mixed already, and the high bits alone are used.
        np.multiply(x, _MIX1, out=x)
        np.bitwise_xor(x, np.right_shift(x, _S13, out=shifted), out=x)
        np.multiply(x, _MIX2, out=x)
        self._place[:] = np.right_shift(x, _KEPT, out=shifted)
        return self._table.take(self._place)
