"""A few meters of the hall on a test bench: truths go in by id, what they show comes out by id."""

from collections.abc import Callable, Mapping

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.metering.drawn import FloatArray
from simulators.metering.memory import Memory
from simulators.metering.metering import Metering
from tests.support.twin import NOON_IN_JUNE


class Bench:
    """Meters of some points, or of all of some devices."""

    def __init__(self, hall: Site, ids: tuple[str, ...], seed: int, memory: Memory) -> None:
        self.points = [point for point in hall.points if point.id in ids or point.device in ids]
        self.ids = [point.id for point in self.points]
        maps = {device.id: device.map for device in hall.devices if device.id in {p.device for p in self.points}}
        self.metering = Metering(self.points, maps, seed, memory)
        self.truth: FloatArray = np.zeros(len(self.points))
        self.t_ns = memory.t_ns or NOON_IN_JUNE

    def read(self, seconds: float, truth: Mapping[str, float]) -> dict[str, float]:
        """What is shown after so many seconds of these truths; what is not named stays as it was."""
        for id_, value in truth.items():
            self.truth[self.ids.index(id_)] = value
        self.t_ns += round(seconds * SECOND_NS)
        return dict(zip(self.ids, self.metering.read(self.t_ns, self.truth).tolist(), strict=True))


MakeBench = Callable[..., Bench]
