"""Collecting ends when it is asked to, also where a library loses the request."""

import asyncio
import contextlib

import pytest
from prometheus_client import CollectorRegistry

from sdanlegg.collect import Collector
from sdanlegg.driver import PollGroup
from sdanlegg.errors import LinkError
from sdanlegg.metrics import Metrics
from sdanlegg.readings import Reading
from tests.support.history import until
from tests.support.world import World, WorldLink, device, hall


class DeafLink(WorldLink):
    """A link whose library loses the request to end when something else happens at the same instant."""

    async def connect(self) -> None:
        await super().connect()
        if "connect" in self.world.deaf:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError as error:
                raise LinkError(f"{self.address} refused the connection") from error

    async def poll(self, group: PollGroup) -> Reading:
        if "poll" in self.world.deaf:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)
        return await super().poll(group)


@pytest.mark.parametrize("where", ["connect", "poll"])
async def test_it_ends_although_a_library_loses_the_request(where: str) -> None:
    world, site = World(), hall(device("a", 1))
    world.deaf.add(where)
    metrics = Metrics.create(CollectorRegistry())
    made = {"modbus": lambda groups: DeafLink(world, groups)}
    task = asyncio.create_task(Collector(site, made, world.readings.append, world.clock, metrics).run())
    await until(lambda: bool(world.connects))
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=10)
    assert done
    assert task.cancelled()
    assert world.closed == 1
