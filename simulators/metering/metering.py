"""The stage between the plant and its points: truth in, what the meters show out, before the registers round it.

The truth is taken as constant between two readings, as the plant's steps are; what counters count is exact in any case.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from simulators.metering.counters import Counters, IndexArray
from simulators.metering.drawn import FloatArray
from simulators.metering.gauges import Gauges
from simulators.metering.heat_meters import POINTS, HeatMeters, flow_sensor
from simulators.metering.instruments import Instrument, instrument_of
from simulators.metering.memory import NEW, Memory

HEAT_METER: Final = "mag11_heat"
_SHORTEST_S: Final = 1e-9


class Metering:
    """Meters of n points in the order of a row; maps names the register map of each device."""

    def __init__(self, points: Sequence[Point], maps: Mapping[str, str], seed: int, memory: Memory = NEW) -> None:
        kinds = [kind_of(maps[p.device], p) for p in points]
        names = [f"{p.device}.{kind.unit or p.name}" for p, kind in zip(points, kinds, strict=True)]
        self._gauges = Gauges(points, kinds, names, seed)
        self._counters = Counters(points, kinds)
        devices, columns = _heat_meters(points, maps)
        self._heat = HeatMeters(devices, columns, self._gauges.lag_s, seed)
        counted = [[self._counters.place[c] for c in row] for row in columns[5:].tolist()]
        self._volume, self._energy = np.array(counted, np.intp).reshape(2, len(devices))
        self._gauges.remember(memory.reached)
        self._counters.remember(memory.counted, memory.seen)
        self._heat.remember(memory.coefficient)
        self._t_ns = memory.t_ns

    def read(self, t_ns: int, truth: FloatArray) -> FloatArray:
        """What the points show (n,) of the truth (n,) at t_ns; NaN stays NaN. The same instant again shows the same.

        The first reading finds every sensor settled, and every counter that the memory does not name at its truth.
        """
        dt_s = max((t_ns - self._t_ns) / SECOND_NS, _SHORTEST_S)
        self._t_ns = t_ns
        noise, hours = self._gauges.noise(t_ns), dt_s / 3600.0
        self._gauges.settle(truth)
        before = self._heat.difference(self._gauges.reached)
        self._gauges.follow(dt_s, truth)
        gone = self._counters.gone(truth)
        self._gauges.reached[self._counters.columns] = gone / hours
        shown = self._gauges.show(truth, noise)
        seen = shown[self._counters.columns]
        seen *= hours
        volume = gone[self._volume], seen[self._volume]
        seen[self._energy] = self._heat.read(truth, shown, before, volume, gone[self._energy], dt_s)
        self._counters.count(seen, truth, shown)
        return shown

    def memory(self) -> Memory:
        """What the next twin must know to go on."""
        counted, seen = self._counters.memory()
        return Memory(self._t_ns, counted, seen, self._gauges.memory(), self._heat.memory())


def kind_of(map_: str, point: Point) -> Instrument:
    """Instrument behind a point; a heat meter's flow sensor is as large as its circuit asks for."""
    kind = instrument_of(map_, point)
    return flow_sensor(point.device, kind) if map_ == HEAT_METER and kind.unit == "flow" else kind


def _heat_meters(points: Sequence[Point], maps: Mapping[str, str]) -> tuple[list[str], IndexArray]:
    """Heat meters that have all their points, and the columns (7, m) of these."""
    column = {p.id: i for i, p in enumerate(points)}
    wanted = [d for d, map_ in maps.items() if map_ == HEAT_METER]
    whole = [d for d in wanted if all(f"{d}.{name}" in column for name in POINTS)]
    table = [[column[f"{d}.{name}"] for d in whole] for name in POINTS]
    return whole, np.array(table, np.intp).reshape(len(POINTS), len(whole))
