"""Many halls' meters on one plant: sets of instruments that differ in nothing but their errors, read at once.

A copy of a device is called `<device>~<number>`; errors and noise are drawn by name, so each copy has its own. One
wide row of all copies costs little more than one set's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sdanlegg.points import Point
from simulators.metering.drawn import FloatArray
from simulators.metering.instruments import COPY
from simulators.metering.metering import Metering
from simulators.quantise import Quantiser
from simulators.scenario.meter_faults import MeterFaults
from simulators.scenario.model import Planted


class MeterSets:
    """Sound sets of meters of the same n points, and spoilt copies of some of them.

    shown: places of the points that are asked for; the others are only what these are calculated with.
    """

    def __init__(
        self, points: Sequence[Point], maps: Mapping[str, str], seed: int, sound: int, shown: Sequence[int]
    ) -> None:
        copies = [copy for number in range(sound) for copy in _copied(points, number)]
        wide = {f"{device}{COPY}{number}": map_ for number in range(sound) for device, map_ in maps.items()}
        self._metering = Metering(copies, wide, seed)
        self._points, self._chosen = points, np.array(shown, np.intp)
        self._quantise = Quantiser([points[k] for k in shown])
        self._shape = (sound, len(points))
        self.befall(())

    def befall(self, faulty: Sequence[Sequence[Planted]]) -> None:
        """Let these things befall copies from now on, in place of what befell others before.

        The j-th copy has the instruments of the sound set j modulo their count, so that what its faults change is the
        difference to that one.
        """
        self._twins = np.arange(len(faulty)) % self._shape[0]
        planted = [_befalling(one, number) for number, ones in enumerate(faulty) for one in ones]
        copies = [copy for number in range(len(faulty)) for copy in _copied(self._points, number)]
        self._faults = MeterFaults(planted, copies)

    def read(self, t_ns: int, truth: FloatArray) -> FloatArray:
        """What registers tell (sets, shown) of the truth (n,) at t_ns, sound sets first; times must not fall."""
        sound = self._metering.read(t_ns, np.tile(truth, self._shape[0])).reshape(self._shape)
        spoilt = self._faults.apply(t_ns, sound[self._twins].reshape(-1)).reshape(-1, self._shape[1])
        return self._quantise(np.concatenate([sound[:, self._chosen], spoilt[:, self._chosen]]))


def _copied(points: Sequence[Point], number: int) -> list[Point]:
    return [
        replace(point, id=f"{point.device}{COPY}{number}.{point.name}", device=f"{point.device}{COPY}{number}")
        for point in points
    ]


def _befalling(planted: Planted, number: int) -> Planted:
    """Give the fault as it befalls a copy."""
    fault = planted.fault
    settings = {key: _name(str(value), number) if key == "with" else value for key, value in fault.settings.items()}
    return replace(planted, fault=replace(fault, target=_name(fault.target, number), settings=settings))


def _name(name: str, number: int) -> str:
    """Id of a device or a point, of a copy."""
    device, dot, rest = name.partition(".")
    return f"{device}{COPY}{number}{dot}{rest}"
