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
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.metering.drawn import FloatArray, even
from simulators.metering.instruments import Instrument, original

DT_MIN_K: Final = 3.0
QP_M3_H: Final[Mapping[str, float]] = {
    "hm_condenser": 25.0, "hm_space": 2.5, "hm_vent": 6.0, "hm_floor": 3.5, "hm_pool_main": 10.0,
    "hm_pool_therapy": 6.0, "hm_tap": 3.5, "hm_snow": 25.0, "hm_well_charge": 25.0, "hm_well_extract": 25.0,
    "hm_solar": 25.0, "hm_grey": 3.5, "hm_air": 10.0,
}  # fmt: skip
QP_OTHER_M3_H: Final = 6.0
IN_BRINE: Final = frozenset({"hm_snow", "hm_well_charge", "hm_well_extract", "hm_solar"})
BRINE_LIMIT: Final = 0.03
POINTS: Final = ("flow", "supply_t", "return_t", "dt", "power", "volume_m3", "energy_kwh")
_WATER: Final = 1.163  # kWh/m³K until something has flowed
_CARRIED: Final = 1e-3  # m³/h K from which on the coefficient can be seen
_NONE = np.array(0.0)  # numpy takes it faster than a number

IndexArray = NDArray[np.intp]


def flow_sensor(device: str, kind: Instrument) -> Instrument:
    """Flow sensor of a meter: what comes on top of 2 % grows with qp/q, to 5 % in all."""
    qp = QP_M3_H.get(original(device), QP_OTHER_M3_H)
    return kind._replace(low=0.03, low_from=0.0002 / 0.03 * qp, low_at=inf)


class HeatMeters:
    """All heat meters of a hall; columns (7, m) of their points in the row, in the order of POINTS."""

    def __init__(self, devices: Sequence[str], columns: IndexArray, lag_s: FloatArray, seed: int) -> None:
        self._devices = devices
        self._flow, self._supply, self._back, self._dt, self._power = columns[:5]
        self._pair_lag_s: FloatArray = lag_s[self._supply]
        pair, calculator, brine = (
            np.array([even(seed, f"{d} {part}") for d in devices]) for part in ("pair", "calculator", "brine")
        )
        self._in_brine: FloatArray = 1.0 + BRINE_LIMIT * brine * np.array(
            [float(original(d) in IN_BRINE) for d in devices]
        )
        self._half_share, self._half_fixed = 0.0025 * pair, 0.015 * DT_MIN_K * pair
        share, fixed = 1.0 + 0.005 * calculator, 0.01 * DT_MIN_K * calculator
        # The calculator's difference, of the sensors' own: a share and a fixed part.
        self._share: FloatArray = (1.0 + 2.0 * self._half_share) * share
        self._fixed: FloatArray = 2.0 * self._half_fixed * share + fixed
        self._kept: tuple[float, FloatArray] = (0.0, self._pair_lag_s)
        self.remember({})

    def remember(self, coefficient: Mapping[str, float]) -> None:
        """Take up the heat coefficients of the water."""
        self._coefficient: FloatArray = np.array([coefficient.get(d, _WATER) for d in self._devices])
        self._unknown: IndexArray = np.flatnonzero([d not in coefficient for d in self._devices])
        self._calculated: FloatArray = self._coefficient * self._in_brine

    def memory(self) -> dict[str, float]:
        """Give the heat coefficients of the water by device, where they are known."""
        unknown = set(self._unknown.tolist())
        known = enumerate(zip(self._devices, self._coefficient.tolist(), strict=True))
        return {device: value for k, (device, value) in known if k not in unknown}

    def difference(self, row: FloatArray) -> FloatArray:
        """Supply less return (m,) of a row [K]."""
        difference: FloatArray = row[self._supply] - row[self._back]
        return difference

    def read(
        self,
        truth: FloatArray,
        shown: FloatArray,
        before: FloatArray,
        volume: tuple[FloatArray, FloatArray],
        energy: FloatArray,
        dt_s: float,
    ) -> FloatArray:
        """Fill in what the meters show now; give the energy (m,) that they saw in dt_s > 0 [kWh].

        volume: true and seen in that time [m³]; energy: true [kWh]; before: what the sensors had reached of the
        difference when it began [K]. shown holds the flow and the lagged temperatures already.
        """
        dt = self.difference(truth)
        if self._unknown.size:
            self._learn(truth[self._power], truth[self._flow] * dt)
        supply, back = shown[self._supply], shown[self._back]
        told = supply - back
        shown[self._power] = shown[self._flow] * self._calculated * (told * self._share + self._fixed)
        half = told * self._half_share + self._half_fixed
        supply += half
        back -= half
        shown[self._supply], shown[self._back], shown[self._dt] = supply, back, supply - back
        true, seen = volume
        off = (dt + (before - dt) * self._lagging(dt_s)) * self._share + self._fixed - dt
        # The flow's error is that of the volume; energy without volume there is none.
        heat: FloatArray = energy * self._in_brine
        np.divide(heat, true, out=heat, where=true > _NONE)
        heat += self._calculated * off
        heat *= seen
        np.maximum(heat, _NONE, out=heat)
        return heat

    def _learn(self, power: FloatArray, carried: FloatArray) -> None:
        """See what the water of a meter carries once it flows: it is the same ever after."""
        flows = carried[self._unknown] > _CARRIED
        if flows.any():
            found = self._unknown[flows]
            self._coefficient[found] = power[found] / carried[found]
            self._calculated = self._coefficient * self._in_brine
            self._unknown = self._unknown[~flows]

    def _lagging(self, dt_s: float) -> FloatArray:
        """Mean share (m,) over dt_s of a lagging difference that is left."""
        if self._kept[0] != dt_s:
            self._kept = dt_s, self._pair_lag_s * (-np.expm1(-dt_s / self._pair_lag_s) / dt_s)
        return self._kept[1]
