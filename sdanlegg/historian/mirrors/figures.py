"""Figures that an engine makes of whole intervals, so that a long question does not carry every sample over. Pure.

An engine knows nothing of how long a sample stands; its mean is one over samples. It is taken where that makes no
difference: where every sample was good and at most one is missing. All other intervals are made of samples here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.historian import tiers
from sdanlegg.quality import BAD, UNCERTAIN
from sdanlegg.readings import FloatArray

BRIDGE: Final = 4  # whole intervals between two that are not: rather made here too than asked for in two questions
MOST_AT_ONCE: Final = 10_000  # intervals of one request: VictoriaMetrics refuses more than 30,000
LOOKED_AT: Final = 20_000_000  # samples that an engine looks at for one request: VictoriaMetrics gives itself 30 s
STEPS: Final = 8  # periods that an interval must have for one missing sample not to matter


@dataclass(frozen=True, slots=True)
class Figures:
    """An engine's figures of K intervals of one point, each (K,): mean and last of the values, NaN without any.

    values: how many samples had a value; samples: how many there were; worst: the highest quality among them.
    """

    mean: FloatArray
    last: FloatArray
    values: FloatArray
    samples: FloatArray
    worst: FloatArray

    @classmethod
    def nothing(cls, count: int) -> "Figures":
        """Figures of intervals without samples."""
        mean, last = np.full((2, count), np.nan)
        return cls(mean, last, *np.zeros((3, count)))

    def put(self, rows: NDArray[np.intp], other: "Figures") -> None:
        """Lay the figures of another series of the same point at rows; where both have samples none is trusted."""
        twice = (self.samples[rows] > 0) & (other.samples > 0)
        for mine, theirs in (
            *((self.mean, other.mean), (self.last, other.last), (self.values, other.values)),
            *((self.samples, other.samples), (self.worst, other.worst)),
        ):
            mine[rows] = np.where(other.samples > 0, theirs, mine[rows])
        self.worst[rows[twice]] = BAD

    def whole(self, length_ns: int, period_ns: int) -> NDArray[np.bool_]:
        """(K,) intervals whose figures are those that their samples would give; more than are due could hide a hole."""
        found: NDArray[np.bool_] = (self.values == self.samples) & (self.worst < UNCERTAIN)
        found &= np.abs(self.samples - length_ns // period_ns) <= 1
        return found

    def summary(self) -> tiers.Summary:
        """Summary (K, 1) as of whole intervals; extremes and first are not known."""
        ones = np.ones((self.mean.size, 1))
        return tiers.Summary(
            mean=self.mean[:, None],
            low=-np.inf * ones,
            high=np.inf * ones,
            first=np.nan * ones,
            last=self.last[:, None],
            count=self.values[:, None],
            used=ones,
            good=ones.copy(),
        )


def parts(count: int, samples: float) -> Iterator[tuple[int, int]]:
    """Half-open ranges of count intervals with so many samples each that one request bears."""
    step = min(MOST_AT_ONCE, max(1, int(LOOKED_AT / samples)))
    for first in range(0, count, step):
        yield first, min(first + step, count)


def stretches(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Half-open ranges that hold every True of mask (K,), ascending; BRIDGE or fewer False between two are taken in."""
    places = np.flatnonzero(mask)
    if not places.size:
        return
    cuts = np.flatnonzero(np.diff(places) > BRIDGE + 1)
    for first, last in zip(np.append(0, cuts + 1), np.append(cuts, places.size - 1), strict=True):
        yield int(places[first]), int(places[last]) + 1
