"""What the points of a network said, and how far each may be off: mean rates and values at edges."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Observed
from sdanlegg.clock import SECOND_NS
from sdanlegg.network import Sensor
from sdanlegg.readings import FloatArray

_HOUR_NS: Final = 3600 * SECOND_NS
_ROOT3: Final = float(np.sqrt(3.0))
# Samples of an interval whose noise is new: one in six minutes, since sensors are slow (engineering estimate).
_FRESH_PER_H: Final = 10.0
_UNKNOWN: Final = Sensor(0.0, 0.0, 0.0, False)


class Seen:
    """Points of a hall in K intervals; every array (K,), NaN where a point said nothing or is not there."""

    def __init__(self, observed: Observed, sensors: Mapping[str, Sensor]) -> None:
        self.hours: FloatArray = np.diff(observed.edges_ns) / _HOUR_NS
        self._observed, self._sensors = observed, sensors
        self._column = {point: column for column, point in enumerate(observed.points)}
        self._kept: dict[tuple[str, str], FloatArray] = {}

    def sensor(self, point: str) -> Sensor:
        """How sure a point is; exact if the network does not say."""
        return self._sensors.get(point, _UNKNOWN)

    def coverage(self, point: str) -> FloatArray:
        """Share of the intervals that a point covers; 0 for a point that is not there."""
        return self._of("coverage", point, 0.0)

    def gained(self, counter: str) -> FloatArray:
        """What a counter counted."""
        return self._of("gained", counter)

    def mean(self, gauge: str) -> FloatArray:
        """Mean of a gauge or state."""
        return self._of("mean", gauge)

    def edge(self, point: str) -> FloatArray:
        """What stood at each edge (K+1,)."""
        return self._of("at", point)

    def rate(self, point: str) -> FloatArray:
        """Mean of a gauge, or of the rate of a counter by the hour."""
        return self.gained(point) / self.hours if self.sensor(point).counter else self.mean(point)

    def rise(self, point: str) -> FloatArray:
        """What a point gained from edge to edge, by the hour."""
        return np.diff(self.edge(point)) / self.hours

    def rate_spread(self, point: str) -> tuple[FloatArray, FloatArray]:
        """Fixed and noise standard uncertainty of a rate; the noise is the same for all values."""
        sensor = self.sensor(point)
        noise = sensor.noise / np.sqrt(np.maximum(_FRESH_PER_H * self.hours, 1.0))
        if sensor.counter:
            noise = sensor.noise * np.sqrt(2.0) / self.hours
        return (sensor.limit + sensor.share * np.abs(self.rate(point))) / _ROOT3, noise

    def rise_spread(self, point: str) -> tuple[FloatArray, FloatArray]:
        """Fixed and noise standard uncertainty of a rise: what is off at both edges alike cancels."""
        sensor = self.sensor(point)
        return sensor.share * np.abs(self.rise(point)) / _ROOT3, np.sqrt(2.0) * sensor.noise / self.hours

    def _of(self, what: str, point: str, missing: float = np.nan) -> FloatArray:
        """A point's column of an array, copied once: neighbours in time then lie side by side."""
        if (what, point) not in self._kept:
            column, table = self._column.get(point), getattr(self._observed, what)
            self._kept[what, point] = (
                np.full(len(table), missing) if column is None else np.ascontiguousarray(table[:, column])
            )
        return self._kept[what, point]
