"""Chance that is a function of seed, channel and time only: the same question always has the same answer."""

from functools import lru_cache
from typing import Final

_MASK: Final = (1 << 64) - 1


@lru_cache(maxsize=4096)
def uniform(seed: int, channel: int, k: int) -> float:
    """Number in [0, 1) for the k-th draw of a channel (SplitMix64 finaliser)."""
    x = (seed * 0x9E3779B97F4A7C15 + channel * 0xD1B54A32D192ED03 + k * 0x8CB92BA72F3D8DD7) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((x ^ (x >> 31)) >> 11) / 9007199254740992.0


def smooth(seed: int, channel: int, t_s: float, period_s: float) -> float:
    """Continuous noise in [-1, 1]: independent uniform draws each period, joined by a smooth step."""
    x = t_s / period_s
    k = int(x // 1.0)
    f = x - k
    f *= f * (3.0 - 2.0 * f)
    a = uniform(seed, channel, k)
    return 2.0 * (a + (uniform(seed, channel, k + 1) - a) * f) - 1.0
