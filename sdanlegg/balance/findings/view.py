"""What a rule makes of the hours: where it strikes, what it saw and expected, and what it costs."""

from dataclasses import dataclass

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.series import Hours, lasting
from sdanlegg.readings import FloatArray


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule over K hours: active (K,), seen and expected (K,) in unit; electricity and heat [kWh] and water [m³] that
    go astray in each hour (K,), NaN where that cannot be told.
    """

    active: BoolArray
    seen: FloatArray
    expected: FloatArray
    unit: str
    electricity: FloatArray | None = None
    heat: FloatArray | None = None
    water: FloatArray | None = None
    sigma: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class View:
    """One rule's points and limits beside the hours."""

    hours: Hours
    points: dict[str, tuple[str, ...]]
    limits: dict[str, float]

    def mean(self, role: str) -> FloatArray:
        """Sum (K,) of the means of a role's points."""
        return self.hours.total(self.points[role], self.hours.mean)

    def gained(self, role: str) -> FloatArray:
        """Sum (K,) of what a role's counters gained."""
        return self.hours.total(self.points[role], self.hours.gained)

    def rise(self, role: str) -> FloatArray:
        """Sum (K,) of the changes from edge to edge of a role's points."""
        return self.hours.total(self.points[role], self.hours.rise)

    def each(self, role: str) -> list[FloatArray]:
        """Means (K,) of each of a role's points."""
        return [self.hours.mean(point) for point in self.points[role]]

    def limit(self, name: str) -> float:
        """One limit."""
        return self.limits[name]

    def settled(self) -> BoolArray:
        """Whether (K,) the hall has been closed for more than `settle_h` whole hours and stays so for the next one.

        In the hour before opening staff make ready; the newest hour is told when the next one is known.
        """
        closed = self.mean("open") <= 0.0
        return (lasting(closed) > self.limit("settle_h")) & inside(closed)


def where(condition: BoolArray, values: FloatArray) -> FloatArray:
    """Values (K,) where a condition holds, NaN elsewhere."""
    return np.where(condition, values, np.nan)


def share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part over whole (K,), NaN where the whole is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0.0, part / whole, np.nan)


def inside(condition: BoolArray) -> BoolArray:
    """Where (K,) a condition holds in the hours before and after as well: hours of change are left out."""
    held = condition.copy()
    held[1:] &= condition[:-1]
    held[:-1] &= condition[1:]
    if len(held):
        held[[0, -1]] = False
    return held
