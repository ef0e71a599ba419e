"""Gauges: y = x + x (gain + low) + offset + noise (share |x| + absolute), x the truth behind a first-order lag.

low is what comes on top at low load, with 1/|x|: all of it at low_from and below, nothing from low_at on. An instrument
with a cut-off reads zero where there is nothing. Percentages of a whole end at 0 and 100, a power factor at ±1, a vane
at 360°.
"""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

from sdanlegg.points import Point
from simulators.metering.drawn import FloatArray, Noise, even
from simulators.metering.instruments import Instrument

# Arrays without axes: numpy takes them faster than numbers.
_NONE, _ONE, _NOTHING = np.array(0.0), np.array(1.0), np.array(1e-12)


class Gauges:
    """Gauges of a row of n points; points with the exact instrument pass untouched.

    A counter's place in the row holds its mean rate: its meter errs as the gauge of that rate does, without the noise.
    """

    def __init__(self, points: Sequence[Point], kinds: Sequence[Instrument], names: Sequence[str], seed: int) -> None:
        def column(values: Sequence[float]) -> FloatArray:
            return np.array(values, np.float64)

        noisy = column([0.0 if p.kind == "counter" else 1.0 for p in points])
        drawn = column([even(seed, name) for name in names])
        self._gain, self._offset = drawn * column([k.gain for k in kinds]), drawn * column([k.offset for k in kinds])
        self._low = drawn * column([k.low for k in kinds])
        self._rise, self._fall = (column(part) for part in zip(*(_low_curve(k) for k in kinds), strict=True))
        self._noise_share = noisy * column([k.noise_share for k in kinds])
        self._noise_fixed = noisy * column([k.noise for k in kinds])
        self._cut_off = np.flatnonzero([k.cut_off for k in kinds])
        bounds = [_bounds(p) if k != Instrument() else (-np.inf, np.inf) for p, k in zip(points, kinds, strict=True)]
        self._lowest, self._highest = column([low for low, _ in bounds]), column([high for _, high in bounds])
        between = column([0.5 + 0.5 * even(seed, f"{name} lag") for name in names])
        fastest, slowest = column([k.lag[0] for k in kinds]), column([k.lag[1] for k in kinds])
        self.lag_s: FloatArray = fastest + between * (slowest - fastest)
        self.noise = Noise(seed, [p.id for p in points])
        self.reached: FloatArray = np.full(len(points), np.nan)
        self._ids = [p.id for p in points]
        self._kept: tuple[float, FloatArray] = (-1.0, self.lag_s)

    def remember(self, reached: Mapping[str, float]) -> None:
        """Take up where slow sensors stood."""
        self.reached = np.array([reached.get(id_, np.nan) for id_ in self._ids], np.float64)

    def memory(self) -> dict[str, float]:
        """Where the slow sensors stand."""
        slow = np.flatnonzero((self.lag_s > 0.0) & np.isfinite(self.reached))
        return {self._ids[i]: float(self.reached[i]) for i in slow.tolist()}

    def settle(self, truth: FloatArray) -> None:
        """Let sensors stand at the truth that know no past, or had no value."""
        np.copyto(self.reached, truth, where=np.isnan(self.reached))

    def follow(self, dt_s: float, truth: FloatArray) -> None:
        """Let slow sensors follow a truth that was constant for dt_s > 0."""
        if self._kept[0] != dt_s:
            with np.errstate(divide="ignore"):
                self._kept = dt_s, np.exp(-dt_s / self.lag_s)
        self.reached -= truth
        self.reached *= self._kept[1]
        self.reached += truth

    def show(self, truth: FloatArray, noise: FloatArray) -> FloatArray:
        """What the gauges show now."""
        x = self.reached
        size = np.abs(x)
        share: FloatArray = size + _NOTHING
        np.divide(self._rise, share, out=share)
        share -= self._fall
        np.maximum(np.minimum(share, _ONE, out=share), _NONE, out=share)
        share *= self._low
        share += self._gain
        share *= x
        share += self._offset
        size *= self._noise_share
        size += self._noise_fixed
        size *= noise
        share += size
        share[self._cut_off[truth[self._cut_off] == 0.0]] = 0.0
        share += x
        np.minimum(share, self._highest, out=share)
        np.maximum(share, self._lowest, out=share)
        return share


def _low_curve(kind: Instrument) -> tuple[float, float]:
    """Parts a and b of a/|x| - b, which is 1 at low_from and 0 at low_at."""
    if not kind.low or kind.low_at == inf:
        return (kind.low_from, 0.0) if kind.low else (0.0, 0.0)
    fall = kind.low_from / (kind.low_at - kind.low_from)
    return fall * kind.low_at, fall


def _bounds(point: Point) -> tuple[float, float]:
    if point.quantity == "power_factor":
        return -1.0, 1.0
    if point.quantity == "wind_direction":
        return 0.0, 360.0
    lowest = 0.0 if point.min == 0.0 else -np.inf
    return lowest, 100.0 if point.unit == "%" and point.max == 100.0 else np.inf
