"""The collector against links that do what the test says: what is judged here is scheduling, marking and healing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from sdanlegg.collect import GRID_NS, Collector, phase, poll_groups
from sdanlegg.errors import DeviceError
from sdanlegg.metrics import Metrics
from sdanlegg.quality import BAD, COMM
from sdanlegg.readings import Reading
from sdanlegg.site import Site
from tests.support.clocks import FastClock
from tests.support.history import until
from tests.support.world import SPEED, World, device, hall


@asynccontextmanager
async def collecting(world: World, site: Site) -> AsyncIterator[Collector]:
    metrics = Metrics.create(CollectorRegistry())
    collector = Collector(site, {"modbus": world.factory}, world.readings.append, world.clock, metrics)
    task = asyncio.create_task(collector.run())
    try:
        yield collector
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def seconds(s: float) -> None:
    """Let s seconds of the world's time pass."""
    await asyncio.sleep(s / SPEED)


async def test_every_device_is_polled_at_its_period() -> None:
    world, site = World(), hall(device("a", 1), device("b", 2), periods=(1.0, 5.0))
    async with collecting(world, site) as collector:
        await seconds(20)
        status = collector.status()["a"]
    fast = [r for r in world.of("a", good=True) if r.columns.tolist() == [0]]
    slow = [r for r in world.of("a", good=True) if r.columns.tolist() == [1]]
    assert 17 <= len(fast) <= 22
    assert 4 <= len(slow) <= 6
    assert status.state == "up"
    assert status.first_read


class HastyClock(FastClock):
    """Wakes its sleepers a little too early, as event loops do that count in milliseconds."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds - 0.05)


async def test_a_sleep_that_ends_early_costs_no_second_poll() -> None:
    world, site = World(), hall(device("a", 1))
    world.clock = HastyClock(SPEED)
    async with collecting(world, site):
        await seconds(20)
    polls, elapsed_s = len(world.readings), world.clock.monotonic_ns() / 1e9
    assert 15 <= polls <= elapsed_s + 2


def test_phases_share_few_instants_and_fill_them_evenly() -> None:
    second = [phase(index, 1_000_000_000) for index in range(50)]
    assert sorted(set(second)) == [0, GRID_NS, 2 * GRID_NS, 3 * GRID_NS]
    assert all(11 <= second.count(instant) <= 14 for instant in set(second))
    assert len({phase(index, 5_000_000_000) for index in range(50)}) == 20
    assert {phase(index, 100_000_000) for index in range(50)} == {0}


async def test_groups_cover_every_point_once() -> None:
    site = hall(device("a", 1), device("b", 2), names=("x", "y"), periods=(1.0, 5.0))
    groups = poll_groups(site)
    assert sorted(c for g in groups for c in g.columns.tolist()) == list(range(len(site.points)))
    assert {(g.device.id, g.period_s) for g in groups} == {("a", 1.0), ("a", 5.0), ("b", 1.0), ("b", 5.0)}


async def test_a_device_absent_at_start_is_marked_and_found_when_it_comes() -> None:
    world, site = World(), hall(device("a", 1), device("b", 2))
    world.refusing.add("127.0.0.1:1")
    async with collecting(world, site) as collector:
        await seconds(30)
        assert collector.status()["a"].state == "down"
        assert "refused" in (collector.status()["a"].error or "")
        assert collector.status()["b"].state == "up"
        assert {int(q) for r in world.of("a", good=False) for q in r.quality} == {BAD | COMM}
        assert all(np.isnan(r.values).all() for r in world.of("a", good=False))
        assert not world.of("a", good=True)
        world.refusing.clear()
        await seconds(10)
        assert world.of("a", good=True)
        assert collector.status()["a"].state == "up"
        assert collector.status()["a"].error is None


async def test_a_refusing_device_is_asked_ever_less_often_but_at_least_every_ten_seconds() -> None:
    world, site = World(), hall(device("a", 1))
    world.refusing.add("127.0.0.1:1")
    async with collecting(world, site):
        await seconds(60)
    times = [t for _, t in world.connects]
    gaps = np.diff(times)
    assert gaps.min() >= 0.8
    assert gaps[:2].max() < gaps[3:].min()
    assert gaps.max() < 10


async def test_a_silent_unit_goes_bad_whole_and_its_neighbour_on_the_gateway_goes_on() -> None:
    world, site = World(), hall(device("a", 1, 1), device("b", 1, 2), periods=(1.0, 5.0))
    async with collecting(world, site) as collector:
        await seconds(10)
        world.silent.add("a")
        before = len(world.of("b", good=True))
        await seconds(30)
        assert collector.status()["a"].state == "down"
        assert collector.status()["b"].state == "up"
        assert len(world.of("b", good=True)) - before > 20
        assert {r.columns.tolist()[0] for r in world.of("a", good=False)} == {0, 1}
        world.silent.clear()
        await seconds(10)
        assert collector.status()["a"].state == "up"
    assert len(world.connects) == 1


async def test_a_link_with_nobody_left_is_made_anew() -> None:
    world, site = World(), hall(device("a", 1))
    async with collecting(world, site):
        await seconds(3)
        world.silent.add("a")
        await seconds(12)
        assert len(world.connects) >= 2
        assert world.closed >= 1
        world.silent.clear()
        good = len(world.of("a", good=True))
        await seconds(10)
        assert len(world.of("a", good=True)) > good


async def test_one_lost_answer_costs_no_connection() -> None:
    world, site = World(), hall(device("a", 1))
    async with collecting(world, site):
        await seconds(3)
        world.silent.add("a")
        while not world.of("a", good=False):
            await seconds(0.1)
        world.silent.clear()
        await seconds(6)
        assert world.of("a", good=True)
    assert len(world.connects) == 1


async def test_a_hanging_poll_is_ended_by_the_guard_and_disturbs_nobody() -> None:
    world, site = World(), hall(device("a", 1), device("b", 2))
    world.hanging.add("a")
    async with collecting(world, site) as collector:
        await seconds(40)
        await until(lambda: len(world.of("b", good=True)) > 30)  # while a hangs all the time
        assert collector.status()["a"].state == "down"
        world.hanging.clear()
        await seconds(30)
        assert world.of("a", good=True)


async def test_an_outage_is_told_once_and_its_end_once(capsys: pytest.CaptureFixture[str]) -> None:
    world, site = World(), hall(device("a", 1))
    world.refusing.add("127.0.0.1:1")
    async with collecting(world, site):
        await seconds(40)
        world.refusing.clear()
        await seconds(10)
    out = capsys.readouterr().out
    assert out.count("device_down") == 1
    assert out.count("device_up") == 1


async def test_an_error_that_is_no_devices_ends_everything() -> None:
    world, site = World(), hall(device("a", 1))
    metrics = Metrics.create(CollectorRegistry())

    def sink(reading: Reading) -> None:
        raise ZeroDivisionError

    collector = Collector(site, {"modbus": world.factory}, sink, world.clock, metrics)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(collector.run(), 5)


async def test_writes_go_over_the_open_link_or_are_refused() -> None:
    world, site = World(), hall(device("a", 1), device("b", 2))
    world.refusing.add("127.0.0.1:2")
    point = site.points.points[0]
    async with collecting(world, site) as collector:
        await seconds(2)
        await collector.write(site.devices[0], point, 7.0)
        assert any(r.device == point.id for r in world.readings)
        with pytest.raises(DeviceError, match="not connected"):
            await collector.write(site.devices[1], site.points.points[1], 7.0)
