"""What faulty meters show: a function of time, of the sound row of values, and of a little memory.

A biased, drifting or reversed sensor spoils what its meter calculates with it: a heat meter's difference and power, and
every counter of the spoilt gauge, which stays wrong afterwards. Every other kind spoils only what the meter tells.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from simulators.scenario.marks import Mark, counted, heat_meters, marks, sensed, told
from simulators.scenario.model import Planted

FloatArray = NDArray[np.float64]
HOUR_NS: Final = 3600 * SECOND_NS
WATER_KWH_PER_M3_K: Final = 1.152  # where a meter's own figure cannot be seen: nothing flows
SENSED: Final = frozenset({"bias", "drift", "reversed"})
TOLD: Final = ("noise", "spikes", "scale", "out_of_range", "no_value")
BEGUN: Final = frozenset({"reset", "restarting"})
HELD: Final = frozenset({"stuck", "frozen"})


class MeterFaults:
    """The faults of all meters, and what they keep: what counters have counted wrongly, and what is held."""

    def __init__(self, planted: Sequence[Planted], points: Sequence[Point]) -> None:
        found = marks(planted, points)
        self._sensed = _of(found, SENSED)
        self._swapped = _of(found, frozenset({"swapped"}))
        self._told = sorted(_of(found, frozenset(TOLD)), key=lambda mark: TOLD.index(mark.kind))
        self._begun = _of(found, BEGUN)
        self._held = _of(found, HELD)
        spoilt = {mark.point.device for mark in self._sensed}
        self._heat = heat_meters(spoilt, points)
        self._counted = counted(spoilt, points)
        self._extra: FloatArray = np.zeros(len(points))
        self._kept: dict[Mark, float] = {}
        self._begun_times: dict[Mark, int] = {}
        self._last_ns: int | None = None
        self.any = bool(found)

    def apply(self, t_ns: int, values: FloatArray) -> FloatArray:
        """What the meters show at t_ns (UTC) where sound ones would show values (n,); times must not fall.

        House units; codes of texts stay as they are; NaN, what has no value, stays NaN.
        """
        if not self.any:
            return values
        shown = values.copy()
        self._sense(t_ns, values, shown)
        self._begin(t_ns, shown)
        self._swap(t_ns, shown)
        for mark in self._told:
            if mark.planted.on(t_ns):
                shown[mark.at] = told(mark, float(shown[mark.at]), t_ns)
        self._hold(t_ns, shown)
        return shown

    def _sense(self, t_ns: int, values: FloatArray, shown: FloatArray) -> None:
        for mark in self._sensed:
            if mark.planted.on(t_ns):
                shown[mark.at] = sensed(mark, float(shown[mark.at]), t_ns)
        for flow, supply, return_, dt, power in self._heat:
            shown[dt] += (shown[supply] - shown[return_]) - (values[supply] - values[return_])
            through = values[flow] * values[dt]
            per_m3_k = values[power] / through if abs(through) > 1e-6 else WATER_KWH_PER_M3_K
            per_m3_k = min(max(per_m3_k, 0.8), 1.3) if np.isfinite(per_m3_k) else WATER_KWH_PER_M3_K
            shown[power] += per_m3_k * (shown[flow] * shown[dt] - through)
        hours = 0.0 if self._last_ns is None else max(0, t_ns - self._last_ns) / HOUR_NS
        self._last_ns = t_ns
        for gauge, counter, sign in self._counted:
            wrong = max(sign * shown[gauge], 0.0) - max(sign * values[gauge], 0.0)
            if np.isfinite(wrong):
                self._extra[counter] += wrong * hours
        shown += self._extra

    def _begin(self, t_ns: int, shown: FloatArray) -> None:
        """Let counters start anew that are new, or whose controller has forgotten them."""
        for mark in self._begun:
            times = _times(mark, t_ns)
            if times > self._begun_times.get(mark, 0):
                to = float(mark.planted.fault.settings.get("to", 0.0))
                self._extra[mark.at] += to - shown[mark.at]
                shown[mark.at] = to
            self._begun_times[mark] = times

    def _swap(self, t_ns: int, shown: FloatArray) -> None:
        for mark in self._swapped:
            if mark.planted.on(t_ns):
                shown[mark.at], shown[mark.other] = shown[mark.other], shown[mark.at]

    def _hold(self, t_ns: int, shown: FloatArray) -> None:
        for mark in self._held:
            if mark.planted.on(t_ns):
                shown[mark.at] = self._kept.setdefault(mark, float(shown[mark.at]))
            else:
                self._kept.pop(mark, None)


def _of(found: Sequence[Mark], kinds: frozenset[str]) -> list[Mark]:
    return [mark for mark in found if mark.kind in kinds]


def _times(mark: Mark, t_ns: int) -> int:
    """How often the counter has been begun anew by an instant."""
    planted = mark.planted
    if t_ns < planted.start_ns:
        return 0
    if mark.kind == "reset":
        return 1
    every_ns = round(planted.fault.number("every") * SECOND_NS)
    return 1 + (min(t_ns, planted.end_ns - 1) - planted.start_ns) // every_ns
