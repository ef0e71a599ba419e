"""The clock is set an hour back and forth: polls go on, nothing is lost, no kWh is negative or counted twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from sdanlegg.clock import Clock
from sdanlegg.collect import Collector
from sdanlegg.config import load_site
from sdanlegg.historian import Days
from sdanlegg.historian.local import LocalStore
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics
from sdanlegg.onward import Onward
from sdanlegg.plausibility import Plausibility
from sdanlegg.quality import BAD, CLOCK, COMM, GOOD
from sdanlegg.run import background, factories, sink
from sdanlegg.site import Site
from tests.support.clocks import SteppedClock
from tests.support.counting_hall import COUNTERS, METERS, POWER_KW, Meters, folder, meters
from tests.support.history import series
from tests.support.numbered import START
from tests.support.sealing import seal
from tests.support.truth import HOUR, LENGTHS, MINUTE

LOST = BAD | CLOCK | COMM
SPEED = 3000.0  # a minute of the hall in 20 ms
BACK_AND_FORTH = ((0, 50), (-3600, 25), (3600, 30))  # step of the wall's clock, s, and how long it then goes on, min
FORTH_AND_BACK = ((0, 20), (3600, 30), (-3600, 70))


class Unguarded(Onward):
    """Takes readings as they come."""

    def judge(self, reading):  # type: ignore[no-untyped-def]
        return reading


async def live_through(
    site: Site,
    served: Meters,
    store: LocalStore,
    clock: SteppedClock,
    steps: tuple[tuple[int, int], ...],
    guard: Callable[[Clock, int], Onward],
) -> list[float]:
    """Collect while the clock is set; polls a minute and meter after each step."""
    metrics, polls = Metrics.create(CollectorRegistry()), []
    take = sink(Plausibility(site.points), Live(site.points), store, metrics, guard(clock, 0))
    collector = Collector(site, factories(clock), take, clock, metrics)
    async with background(collector.run()):
        for step, minutes in steps:
            clock.step(step)
            before, began_ns = sum(served.counts.values()), clock.monotonic_ns()
            await clock.sleep(60 * minutes)
            gone = (clock.monotonic_ns() - began_ns) / MINUTE
            polls.append((sum(served.counts.values()) - before) / gone / len(METERS))
    await store.flush()
    return polls


async def counted(store: LocalStore, end_ns: int, every: int | Days) -> np.ndarray:
    """What the first meter showed last in each interval that has anything."""
    frame = await store.read(["m1.energy_kwh"], START - HOUR, end_ns, every)
    assert (np.diff(frame.t_ns) > 0).all()
    assert frame.coverage is not None
    assert frame.coverage.max() <= 1.0
    return frame.values[~np.isnan(frame.values[:, 0]), 0]


async def hours_of_power(store: LocalStore, end_ns: int) -> float:
    """kWh as the power gauge gives them over their constant power: the hours that it stood."""
    frame = await store.read(["m1.power"], START - HOUR, end_ns, MINUTE)
    stood = frame.coverage
    assert stood is not None
    return float(np.nansum(frame.values * stood)) / 60 / POWER_KW


@pytest.mark.parametrize("steps", [BACK_AND_FORTH, FORTH_AND_BACK])
async def test_an_hour_back_and_forth(tmp_path: Path, steps: tuple[tuple[int, int], ...]) -> None:
    with meters() as served, capture_logs() as logs:
        site = load_site(folder(tmp_path, served.port, every="60s"))
        clock = SteppedClock(SPEED, START)
        async with LocalStore.open(tmp_path / "data", site.points, 20, clock) as store:
            polls = await live_through(site, served, store, clock, steps, Onward)
            assert min(polls) > 0.5
            end_ns = START + 4 * HOUR
            taken = await store.after(0, 100_000)
            for seal_first in (False, True):
                if seal_first:
                    await seal(store, tmp_path / "data", end_ns)
                kept = series(await store.read(["m1.energy_kwh"], START - HOUR, end_ns), "m1.energy_kwh")
                shown = {every: await counted(store, end_ns, every) for every in LENGTHS}
                for figures in shown.values():
                    assert np.diff(figures).min(initial=0.0) >= 0
                    assert figures[-1] == shown[MINUTE][-1]  # what was counted in all is the same however it is cut
                assert await hours_of_power(store, end_ns) <= (clock.now_ns() - START) / HOUR + 0.1
        # every answer that the service took is there, once, in the order in which it was given; at this speed a few are
        # given up as too slow
        for unit, id_ in enumerate(COUNTERS, 1):
            given = [one.values[one.points.index(id_)] for one in taken if id_ in one.points]
            counts = [int(value) for value in given if not np.isnan(value)]
            assert counts == sorted(set(counts))
            assert len(counts) > 0.8 * served.counts[unit]
            if id_ == COUNTERS[0]:
                assert sorted(int(value) for _, value, _ in kept if not np.isnan(value)) == counts
        assert {GOOD, BAD | CLOCK} <= {quality for _, _, quality in kept} <= {GOOD, BAD | CLOCK, BAD | COMM, LOST}
        told = [log["seconds"] for log in logs if log["event"] == "clock_stepped"]
        # a millisecond in which the machine does something else is a step of seconds here
        assert [step for step in told if abs(step) > 600] == [pytest.approx(s, abs=120) for s, _ in steps if s]


async def test_without_the_guard_energy_would_be_negative(tmp_path: Path) -> None:
    with meters() as served:
        site = load_site(folder(tmp_path, served.port, every="60s"))
        clock = SteppedClock(SPEED, START)
        async with LocalStore.open(tmp_path / "data", site.points, 20, clock) as store:
            await live_through(site, served, store, clock, BACK_AND_FORTH, Unguarded)
            assert np.diff(await counted(store, START + 4 * HOUR, MINUTE)).min() < 0
