"""How often a point was sampled is remembered: what the past covers does not change with the configuration."""

from functools import partial
from pathlib import Path

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.catalogue import note_sampling
from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from tests.support.clocks import SetClock
from tests.support.history import gauge, reading

S = SECOND_NS
START = 1_750_000_200 * S  # a whole minute
SLOW, QUICK = PointTable([gauge("a.x", 60.0)]), PointTable([gauge("a.x", 1.0)])


async def covered(folder: Path, points: PointTable, start_ns: int, end_ns: int, clock: SetClock) -> list[float]:
    async with LocalStore.open(folder, points, clock=clock) as store:
        frame = await store.read(["a.x"], start_ns, end_ns, 60 * S)
    assert frame.coverage is not None
    return [float(x) for x in frame.coverage[:, 0]]


async def test_a_quicker_poll_leaves_the_past_covered_as_it_was(tmp_path: Path) -> None:
    clock = SetClock(START)
    async with LocalStore.open(tmp_path, SLOW, clock=clock) as store:
        await store.write(reading(SLOW, START + i * 60 * S, {"a.x": 1.0}) for i in range(5))
    clock.t_ns = START + 300 * S
    assert await covered(tmp_path, QUICK, START, START + 300 * S, clock) == [1.0] * 5
    async with LocalStore.open(tmp_path, QUICK, clock=clock) as store:
        await store.write([reading(QUICK, START + 600 * S, {"a.x": 1.0})])
    assert await covered(tmp_path, QUICK, START + 600 * S, START + 660 * S, clock) == [pytest.approx(5 / 60)]


async def test_a_past_made_at_long_steps_covers_its_time(tmp_path: Path) -> None:
    clock = SetClock(START + 300 * S)
    async with LocalStore.open(tmp_path, QUICK, clock=clock) as store:
        sampling = partial(note_sampling, table=QUICK, start_ns=START, end_ns=START + 300 * S, period_ns=60 * S)
        await store.change(sampling)
        await store.write(reading(QUICK, START + i * 60 * S, {"a.x": 1.0}) for i in range(5))
        await store.write([reading(QUICK, START + 300 * S, {"a.x": 1.0})])
    assert await covered(tmp_path, QUICK, START, START + 300 * S, clock) == [1.0] * 5
    assert await covered(tmp_path, QUICK, START + 300 * S, START + 360 * S, clock) == [pytest.approx(5 / 60)]
