"""Heat meters as they work: a flow sensor, a matched pair of temperature sensors and a calculator.

Limits of EN 1434-1 class 2, each an instrument's own error drawn within it [%]:
  flow sensor  2 + 0.02 qp/q, at most 5;  pair  0.5 + 3 dTmin/dT;  calculator  0.5 + dTmin/dT,  dTmin = 3 K.
Pair and calculator thus err by a share of the difference and by a fixed part of a kelvin, which is why the error grows
as the difference shrinks. Power = k q dT with the meter's own q and dT; energy and volume are its integrals:

  volume  += (1 + ef) dV
  energy  += (1 + ef) (1 + eb) (dE + k dV (shown difference - true one)), never less than nothing

The difference lags as the sensors do (one time constant for both). In brine the calculator's heat coefficient is
wrong by up to 3 % (eb; engineering estimate, 2-5 % is usual). Noise of single samples is not counted.
qp: the size of EN 1434's row above the largest flow of the circuit (engineering estimates).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.metering.drawn import FloatArray, even

DT_MIN_K: Final = 3.0
QP_M3_H: Final[Mapping[str, float]] = {
    "hm_condenser": 25.0, "hm_space": 2.5, "hm_vent": 6.0, "hm_floor": 3.5, "hm_pool_main": 10.0,
    "hm_pool_therapy": 6.0, "hm_tap": 3.5, "hm_snow": 25.0, "hm_well_charge": 25.0, "hm_well_extract": 25.0,
    "hm_solar": 25.0, "hm_grey": 3.5, "hm_air": 10.0,
}  # fmt: skip
QP_OTHER_M3_H: Final = 6.0
IN_BRINE: Final = frozenset({"hm_snow", "hm_well_charge", "hm_well_extract", "hm_solar"})
BRINE_LIMIT: Final = 0.03
FLOW_NOISE: Final = 0.003
POINTS: Final = ("flow", "supply_t", "return_t", "dt", "power", "volume_m3", "energy_kwh")
_WATER: Final = 1.163  # kWh/m³K until something has flowed
_CARRIED: Final = 1e-3  # m³/h K from which on the coefficient can be seen
# Arrays without axes: numpy takes them faster than numbers.
_SHARE, _MOST, _ONE, _NONE, _NOTHING = (np.array(x) for x in (0.02, 0.05, 1.0, 0.0, 1e-12))

IndexArray = NDArray[np.intp]


class HeatMeters:
    """All heat meters of a hall; columns (7, m) of their points in the row, in the order of POINTS."""

    def __init__(self, devices: Sequence[str], columns: IndexArray, lag_s: FloatArray, seed: int) -> None:
        self._devices = devices
        self._flow, self._supply, self._back = columns[:3]
        self._gauges, self._told = columns[:5], columns[:5].ravel()
        self._pair_lag_s: FloatArray = lag_s[self._supply]
        flow, pair, calculator, brine = (
            np.array([even(seed, f"{d} {part}") for d in devices]) for part in ("flow", "pair", "calculator", "brine")
        )
        self._flow_error = flow
        self._start: FloatArray = 0.0002 * np.array([QP_M3_H.get(d, QP_OTHER_M3_H) for d in devices])
        self._in_brine: FloatArray = 1.0 + BRINE_LIMIT * brine * np.array([float(d in IN_BRINE) for d in devices])
        self._half_share, self._half_fixed = 0.0025 * pair, 0.015 * DT_MIN_K * pair
        share, fixed = 1.0 + 0.005 * calculator, 0.01 * DT_MIN_K * calculator
        # The calculator's difference, of the sensors' own: a share and a fixed part.
        self._share: FloatArray = (1.0 + 2.0 * self._half_share) * share
        self._fixed: FloatArray = 2.0 * self._half_fixed * share + fixed
        self._coefficient: FloatArray = np.full(len(devices), _WATER)
        self._unknown: IndexArray = np.arange(len(devices))
        self._passed, self._difference = np.empty((2, len(devices))), np.empty((2, len(devices)))
        self._kept: tuple[float, FloatArray, FloatArray] = (0.0, self._start, self._start)

    def remember(self, coefficient: Mapping[str, float]) -> None:
        """Take up the heat coefficients of the water."""
        self._coefficient = np.array([coefficient.get(d, _WATER) for d in self._devices])
        self._unknown = np.flatnonzero([d not in coefficient for d in self._devices])

    def memory(self) -> dict[str, float]:
        """Give the heat coefficients of the water by device."""
        unknown = set(self._unknown.tolist())
        known = enumerate(zip(self._devices, self._coefficient.tolist(), strict=True))
        return {device: value for k, (device, value) in known if k not in unknown}

    def difference(self, row: FloatArray) -> FloatArray:
        """Supply less return (m,) of a row [K]."""
        difference: FloatArray = row[self._supply] - row[self._back]
        return difference

    def read(
        self, truth: FloatArray, shown: FloatArray, noise: FloatArray, before: FloatArray, gone: FloatArray, dt_s: float
    ) -> FloatArray:
        """Fill in what the meters show now; give volume [m³] and energy [kWh] (2, m) that they saw in dt_s > 0.

        gone (2, m): the true volume and energy of that time. before (m,): what the sensors had reached of the
        difference when it began. shown holds the lagged temperatures already.
        """
        told: FloatArray = truth[self._gauges]
        flow, supply, back, dt, power = told
        np.subtract(supply, back, out=dt)
        if self._unknown.size:
            self._learn(power, flow * dt)
        reach, start = self._of_time(dt_s)
        # Rows: now, and over the time since the last reading.
        passed, difference = self._passed, self._difference
        passed[0], passed[1] = flow, gone[0]
        factor = self._flow_factor(passed, start)
        factor[0] += FLOW_NOISE * noise[self._flow]
        reached, returned = shown[self._supply], shown[self._back]
        np.subtract(reached, returned, out=difference[0])
        np.add((before - dt) * reach, dt, out=difference[1])
        calculated = difference * self._share + self._fixed
        per = self._coefficient * self._in_brine
        heat = per * passed[1] * (calculated[1] - dt) + gone[1] * self._in_brine
        passed *= factor
        flow[:] = passed[0]
        np.multiply(passed[0] * per, calculated[0], out=power)
        half = difference[0] * self._half_share + self._half_fixed
        np.add(reached, half, out=supply)
        np.subtract(returned, half, out=back)
        np.subtract(supply, back, out=dt)
        shown[self._told] = told.ravel()
        np.maximum(heat * factor[1], _NONE, out=passed[0])
        return passed[::-1]

    def _learn(self, power: FloatArray, carried: FloatArray) -> None:
        """See what the water of a meter carries once it flows: it is the same ever after."""
        flows = carried[self._unknown] > _CARRIED
        if flows.any():
            found = self._unknown[flows]
            self._coefficient[found] = power[found] / carried[found]
            self._unknown = self._unknown[~flows]

    def _of_time(self, dt_s: float) -> tuple[FloatArray, FloatArray]:
        """Share of a lagging difference that counts over dt_s (m,), and the flow sensors' fixed part (2, m)."""
        if self._kept[0] != dt_s:
            reach = self._pair_lag_s * (-np.expm1(-dt_s / self._pair_lag_s) / dt_s)
            self._kept = dt_s, reach, np.stack((self._start, self._start * (dt_s / 3600.0)))
        return self._kept[1:]

    def _flow_factor(self, passed: FloatArray, start: FloatArray) -> FloatArray:
        """Shown flow or volume of the true one, 1 + its share of the limit: 2 % + 0.02 % qp/q, at most 5 %."""
        factor: FloatArray = start / np.maximum(passed, _NOTHING)
        factor += _SHARE
        np.minimum(factor, _MOST, out=factor)
        factor *= self._flow_error
        factor += _ONE
        return factor
