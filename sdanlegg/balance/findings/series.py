"""Hours of a hall by point, ranges of hours, and what a day is against its own past."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray, Observed
from sdanlegg.readings import FloatArray, TimeArray

Kind = TypeVar("Kind", bound=np.generic)

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS
# A normal distribution's standard deviation is so many of its median absolute deviations.
MAD_SIGMA: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Hours:
    """K intervals of an Observed, by point; a point that it does not have is NaN throughout."""

    observed: Observed
    column: dict[str, int]

    @staticmethod
    def of(observed: Observed) -> "Hours":
        """Index the points."""
        return Hours(observed, {point: k for k, point in enumerate(observed.points)})

    @property
    def length_h(self) -> FloatArray:
        """Length (K,) of each interval [h]."""
        return np.diff(self.observed.edges_ns) / HOUR_NS

    @property
    def days(self) -> TimeArray:
        """Number (K,) of the UTC day that each interval begins in, from 0 for the first."""
        days = self.observed.edges_ns[:-1] // DAY_NS
        return days - days[0] if len(days) else days

    def mean(self, point: str) -> FloatArray:
        """Mean (K,) of a gauge or state."""
        return self._of(self.observed.mean, point)

    def gained(self, point: str) -> FloatArray:
        """Increase (K,) of a counter."""
        return self._of(self.observed.gained, point)

    def rise(self, point: str) -> FloatArray:
        """Change (K,) of the value that stood at the edges."""
        k = self.column.get(point)
        return np.full(len(self.length_h), np.nan) if k is None else np.diff(self.observed.at[:, k])

    def total(self, points: Iterable[str], of: Callable[[str], FloatArray]) -> FloatArray:
        """Sum (K,) of several points; a leading - takes one off; NaN where one is."""
        whole = np.zeros(len(self.length_h))
        for point in points:
            whole = whole - of(point[1:]) if point.startswith("-") else whole + of(point)
        return whole

    def _of(self, values: FloatArray, point: str) -> FloatArray:
        k = self.column.get(point)
        return np.full(len(self.length_h), np.nan) if k is None else values[:, k]

    def daily(self, hourly: FloatArray) -> FloatArray:
        """Sums (D,) over UTC days; NaN for a day of which less than three quarters are known; scaled to its hours."""
        days = self.days
        known = np.isfinite(hourly)
        count = np.bincount(days, weights=known.astype(float))
        there = np.bincount(days)
        sums = np.bincount(days, weights=np.where(known, hourly, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(count >= 0.75 * there, sums * there / count, np.nan)

    def hourly(self, daily: NDArray[Kind]) -> NDArray[Kind]:
        """Repeat (K,) what holds for days (D,)."""
        return daily[self.days]


def lasting(condition: BoolArray) -> FloatArray:
    """For how many intervals (K,) a condition has held without a break, this one counted; 0 where it does not."""
    order = np.arange(1, len(condition) + 1)
    broken = np.maximum.accumulate(np.where(condition, 0, order)) if len(order) else order
    return (order - broken).astype(float)


def ranges(active: BoolArray, hold: float, gap: float) -> list[tuple[int, int]]:
    """First and one past the last interval of each stretch that is active, breaks of up to gap intervals let pass,
    and that holds at least so many active ones.
    """
    where = np.flatnonzero(active)
    if not len(where):
        return []
    parts = np.split(where, np.flatnonzero(np.diff(where) > gap + 1) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts if len(part) >= hold]


@dataclass(frozen=True, slots=True)
class Past:
    """Days against their own past, each (D,): the median of it, NaN while there is too little; days that differ."""

    expected: FloatArray
    sigma: FloatArray
    different: BoolArray


def against_past(days: FloatArray, differs: Callable[[float, float, float], bool], *, window: int, least: int) -> Past:
    """Hold each day up to the median of the last window usable days before it; a day that differs joins no past.

    differs(day, median, sigma) decides; sigma is the past's spread, by its median absolute deviation. Days that are
    NaN are neither judged nor remembered. At least `least` days must stand before a day is judged.
    """
    expected, sigma = np.full(len(days), np.nan), np.full(len(days), np.nan)
    different = np.zeros(len(days), np.bool_)
    past: list[float] = []
    for k, day in enumerate(days.tolist()):
        if np.isnan(day):
            continue
        if len(past) >= least:
            median = float(np.median(past))
            expected[k] = median
            sigma[k] = MAD_SIGMA * float(np.median(np.abs(np.array(past) - median)))
            different[k] = differs(day, median, float(sigma[k]))
        if not different[k]:
            past = [*past, day][-window:]
    return Past(expected, sigma, different)
