"""A hall of many equal controllers, each read once a second: made readings of the past, and readings as they come."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.history_data import point
from sdanlegg.clock import SECOND_NS
from sdanlegg.points import PointTable
from sdanlegg.readings import FloatArray, IntArray, Reading

_VARIETY = 1009  # different sets of values before they come again


@asynccontextmanager
async def beside(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines beside the body and cancel them when it ends; if one fails, the body is cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in coroutines]
        yield
        for task in tasks:
            task.cancel()


@dataclass(frozen=True)
class LiveHall:
    """So many devices of so many float32 points each, all good; columns and device numbers may begin elsewhere."""

    devices: int
    points: int
    first_column: int = 0
    first_device: int = 0

    @cached_property
    def table(self) -> PointTable:
        """Every point, device by device."""
        numbers = range(self.first_device, self.first_device + self.devices)
        return PointTable(point(d, i, "t.01", 1.0) for d in numbers for i in range(self.points))

    @property
    def rate(self) -> int:
        """Samples a second."""
        return self.devices * self.points

    @cached_property
    def columns(self) -> tuple[IntArray, ...]:
        """Columns of each device's points."""
        edges = [self.first_column + d * self.points for d in range(self.devices + 1)]
        return tuple(np.arange(low, high, dtype=np.int32) for low, high in pairwise(edges))

    @cached_property
    def values(self) -> FloatArray:
        """Temperatures that wander, by 0.01."""
        rng = np.random.default_rng(1)
        return np.round(20 + np.cumsum(0.02 * rng.standard_normal((_VARIETY, self.points)), axis=0), 2)

    def reading(self, device: int, number: int, t_ns: int) -> Reading:
        """A device's reading of that number."""
        values = self.values[(number + 17 * device) % _VARIETY]
        return Reading(f"d{device:02}", t_ns, self.columns[device], values, np.zeros(self.points, np.uint16))

    def past(self, start_ns: int, end_ns: int) -> Iterator[Reading]:
        """Readings of every device in every second of [start_ns, end_ns), in order, with some ms of jitter."""
        late = np.random.default_rng(2).integers(0, 3_000_000, (_VARIETY, self.devices)).tolist()
        phase_ns = SECOND_NS // self.devices
        for number, second_ns in enumerate(range(start_ns, end_ns, SECOND_NS)):
            for device, jitter_ns in enumerate(late[number % _VARIETY]):
                yield self.reading(device, number, second_ns + device * phase_ns + jitter_ns)

    async def live(self, offer: Callable[[Reading], None]) -> None:
        """Offer every device's reading once a second, the devices spread over it, until cancelled."""
        loop, number = asyncio.get_running_loop(), 0
        begun = loop.time()
        while True:
            for device in range(self.devices):
                await asyncio.sleep(max(0.0, begun + number + device / self.devices - loop.time()))
                offer(self.reading(device, number, time.time_ns()))
            number += 1
