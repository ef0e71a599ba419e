"""What the points of a network said, and how far each may be off: mean rates and values at edges."""

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Seen:
    """Points of a hall in K intervals; every array (K,), NaN where a point said nothing or is not there."""

    observed: Observed
    sensors: "dict[str, Sensor]"
    hours: FloatArray = field(init=False)
    _column: dict[str, int] = field(init=False)
    _nothing: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.hours = np.diff(self.observed.edges_ns) / _HOUR_NS
        self._column = {point: column for column, point in enumerate(self.observed.points)}
        self._nothing = np.full(self.hours.shape, np.nan)

    def sensor(self, point: str) -> Sensor:
        """How sure a point is; exact if the network does not say."""
        return self.sensors.get(point, _UNKNOWN)

    def coverage(self, point: str) -> FloatArray:
        """Share of the intervals that a point covers; 0 for a point that is not there."""
        column = self._column.get(point)
        return np.zeros(self.hours.shape) if column is None else self.observed.coverage[:, column]

    def gained(self, counter: str) -> FloatArray:
        """What a counter counted."""
        column = self._column.get(counter)
        return self._nothing if column is None else self.observed.gained[:, column]

    def mean(self, gauge: str) -> FloatArray:
        """Mean of a gauge or state."""
        column = self._column.get(gauge)
        return self._nothing if column is None else self.observed.mean[:, column]

    def edge(self, point: str) -> FloatArray:
        """What stood at each edge (K+1,)."""
        column = self._column.get(point)
        return np.full(self.hours.size + 1, np.nan) if column is None else self.observed.at[:, column]

    def rate(self, point: str) -> FloatArray:
        """Mean of a gauge, or of the rate of a counter by the hour."""
        return self.gained(point) / self.hours if self.sensor(point).counter else self.mean(point)

    def rise(self, point: str) -> FloatArray:
        """What a point gained from edge to edge, by the hour."""
        return np.diff(self.edge(point)) / self.hours

    def rate_spread(self, point: str) -> tuple[FloatArray, FloatArray]:
        """Fixed and noise standard uncertainty of a rate."""
        sensor, size = self.sensor(point), np.abs(self.rate(point))
        noise = sensor.noise / np.sqrt(np.maximum(_FRESH_PER_H * self.hours, 1.0))
        if sensor.counter:
            noise = np.sqrt(2.0) * sensor.noise / self.hours
        return (sensor.limit + sensor.share * size) / _ROOT3, noise + 0.0 * size

    def rise_spread(self, point: str) -> tuple[FloatArray, FloatArray]:
        """Fixed and noise standard uncertainty of a rise: what is off at both edges alike cancels."""
        sensor, size = self.sensor(point), np.abs(self.rise(point))
        return sensor.share * size / _ROOT3, np.sqrt(2.0) * sensor.noise / self.hours + 0.0 * size
