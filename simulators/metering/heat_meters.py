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

IndexArray = NDArray[np.intp]


class HeatMeters:
    """All heat meters of a hall; columns (7, m) of their points in the row, in the order of POINTS."""

    def __init__(self, devices: Sequence[str], columns: IndexArray, lag_s: FloatArray, seed: int) -> None:
        self._devices, self._columns = devices, columns
        self._pair_lag_s: FloatArray = lag_s[columns[1]]
        self._qp: FloatArray = np.array([QP_M3_H.get(d, QP_OTHER_M3_H) for d in devices])
        flow, pair, calculator, brine = (
            np.array([even(seed, f"{d} {part}") for d in devices]) for part in ("flow", "pair", "calculator", "brine")
        )
        self._flow_error = flow
        self._in_brine = 1.0 + BRINE_LIMIT * brine * np.array([d in IN_BRINE for d in devices])
        self._pair_share, self._pair_fixed = 0.005 * pair, 0.03 * DT_MIN_K * pair
        self._share, self._fixed = 0.005 * calculator, 0.01 * DT_MIN_K * calculator
        self._coefficient: FloatArray = np.full(len(devices), _WATER)

    def remember(self, coefficient: Mapping[str, float]) -> None:
        """Take up the heat coefficients of the water."""
        self._coefficient = np.array([coefficient.get(d, _WATER) for d in self._devices])

    def memory(self) -> dict[str, float]:
        """Give the heat coefficients of the water by device."""
        return dict(zip(self._devices, self._coefficient.tolist(), strict=True))

    def lagging(self, truth: FloatArray, reached: FloatArray) -> FloatArray:
        """What the sensors' difference has still to go to the true one [K], before they follow."""
        _, supply, back, *_ = self._columns
        lagging: FloatArray = reached[supply] - reached[back] - (truth[supply] - truth[back])
        return lagging

    def show(self, truth: FloatArray, shown: FloatArray, noise: FloatArray) -> None:
        """Fill in flow, both temperatures, difference and power; shown holds the lagged temperatures already."""
        columns = self._columns
        flow, supply, back, _, power = truth[columns[:5]]
        carried = flow * (supply - back)
        np.divide(power, carried, out=self._coefficient, where=(carried > 0.0) & (power > 0.0))
        supply, back = shown[columns[1]], shown[columns[2]]
        pair = 0.5 * (self._pair_share * (supply - back) + self._pair_fixed)
        supply, back = supply + pair, back - pair
        dt = supply - back
        flow = flow * (1.0 + self._flow_share(flow) + FLOW_NOISE * noise[columns[0]])
        power = self._in_brine * self._coefficient * flow * (dt * (1.0 + self._share) + self._fixed)
        shown[columns[:5]] = flow, supply, back, dt, power

    def count(
        self, truth: FloatArray, lagging: FloatArray, volume: FloatArray, energy: FloatArray, dt_s: float
    ) -> tuple[FloatArray, FloatArray]:
        """Volume [m³] and energy [kWh] seen of the true ones (m,) that passed in dt_s > 0; after show."""
        dt = truth[self._columns[1]] - truth[self._columns[2]]
        share = 1.0 + self._flow_share(volume * (3600.0 / dt_s))
        lag_s = self._pair_lag_s
        mean = lagging * (lag_s * (1.0 - np.exp(-dt_s / lag_s)) / dt_s)
        shown = (dt + mean) * (1.0 + self._pair_share) + self._pair_fixed
        off = shown * (1.0 + self._share) + self._fixed - dt
        heat = self._in_brine * share * (energy + self._coefficient * volume * off)
        return volume * share, np.maximum(heat, 0.0)

    def _flow_share(self, flow: FloatArray) -> FloatArray:
        size = np.maximum(np.abs(flow), 1e-9)
        share: FloatArray = self._flow_error * np.minimum(0.05, 0.02 + 0.0002 * self._qp / size)
        return share
