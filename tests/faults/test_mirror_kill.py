"""Real engines are killed while they are fed: after sending again nothing is missing. Controls lose what was taken."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sdanlegg.historian.mirrors import MirrorSettings
from sdanlegg.historian.mirrors.tail import Tail
from sdanlegg.historian.mirrors.victoria import VictoriaMirror
from tests.support.engine_samples import in_influx, in_victoria
from tests.support.fed import SHORT, Fed, engine, fed
from tests.support.history import until
from tests.support.influx_server import InfluxServer
from tests.support.spooled import expected, fold
from tests.support.victoria_server import VictoriaServer

# VictoriaMetrics was seen to lose the last 9.0 s of what it took.
SAFE = replace(SHORT, window=12.0, heartbeat=0.5, loss=20.0, lines=300, longest_wait=0.3)


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaServer]:
    server = VictoriaServer(tmp_path / "victoria")
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path / "influx")
    try:
        with server.door():
            yield server
    finally:
        server.kill()


def victoria_settings(server: VictoriaServer) -> MirrorSettings:
    return MirrorSettings("fake", "victoria", server.url, server.url, timeout_s=5.0)


def influx_settings(server: InfluxServer) -> MirrorSettings:
    return MirrorSettings("fake", "influx", server.url, server.url, bucket="hall", timeout_s=5.0)


async def write_on(f: Fed, start: int, seconds: float) -> int:
    """Write readings for a time, folding away what is there now and then; the next number."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await f.write(*range(start, start + 20))
        start += 20
        if start % 400 == 0:
            await f.store.change(fold)
        await asyncio.sleep(0.02)
    return start


async def live_and_die(f: Fed, server: VictoriaServer | InfluxServer, lives: int, seed: int) -> int:
    """Write all the time while the server comes, goes and is killed; how many readings were written."""
    rng = random.Random(seed)
    n = await write_on(f, 0, 0.5)  # it is not there at all at first
    for _ in range(lives):
        starting = asyncio.create_task(asyncio.to_thread(server.start))
        n = await write_on(f, n, rng.uniform(1.0, 2.0))
        await starting
        n = await write_on(f, n, rng.uniform(0.2, 1.0))
        server.kill()
        n = await write_on(f, n, rng.uniform(0.0, 0.3))
    await asyncio.to_thread(server.start)
    return n


async def test_victoriametrics_killed_again_and_again_has_everything(victoria: VictoriaServer, tmp_path: Path) -> None:
    async with fed(tmp_path / "store", engine(victoria_settings(victoria)), SAFE) as f:
        n = await live_and_die(f, victoria, lives=3, seed=4)
        await f.until_safe(n, 60)
        assert f.state.failures["unreachable"] >= 3
        assert f.state.rewinds >= 3
        assert f.state.lost_heartbeats == 0
        assert f.level() == "ok"
    victoria.kill()  # what is safe survives this too
    victoria.start()
    assert in_victoria(victoria) >= expected(range(n))


async def test_control_victoriametrics_loses_what_it_took_if_it_is_not_sent_again(
    victoria: VictoriaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tail, "rewind", lambda _: 0)
    victoria.start()
    async with fed(tmp_path / "store", engine(victoria_settings(victoria)), SAFE) as f:
        await f.write(*range(500))
        await until(lambda: f.feed._tail.sent_seq == 500)
        victoria.kill()
        victoria.start()
        await f.write(*range(500, 510))
        await until(lambda: f.feed._tail.sent_seq == 510)
    assert expected(range(500)) - in_victoria(victoria)


QUIET = replace(SAFE, idle=2.5, heartbeat=2.0, loss=3600.0)  # time enough to die and come back between two requests


async def die_unseen(f: Fed, server: VictoriaServer) -> None:
    await asyncio.sleep(1.1)  # engines tell their start to the second
    await f.write(*range(500))
    await until(lambda: f.feed._tail.sent_seq == 500)
    server.kill()
    server.start()


async def test_a_restart_that_no_request_met_is_seen_by_the_engines_start(
    victoria: VictoriaServer, tmp_path: Path
) -> None:
    victoria.start()
    async with fed(tmp_path / "store", engine(victoria_settings(victoria)), QUIET) as f:
        await until(lambda: f.state.answered)
        await die_unseen(f, victoria)
        await until(lambda: f.state.rewinds > 0)
        await until(lambda: f.feed._tail.sent_seq == 500)
    assert in_victoria(victoria) >= expected(range(500))


async def test_control_a_restart_that_is_not_looked_for_loses(
    victoria: VictoriaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tells_nothing(_: VictoriaMirror) -> None:
        return None

    monkeypatch.setattr(VictoriaMirror, "started", tells_nothing)
    victoria.start()
    async with fed(tmp_path / "store", engine(victoria_settings(victoria)), QUIET) as f:
        await until(lambda: f.state.answered)
        await die_unseen(f, victoria)
        await f.write(500)
        await until(lambda: f.feed._tail.sent_seq == 501)
        if f.state.failures:
            pytest.fail("the restart met a request: the control shows nothing")
    assert expected(range(500)) - in_victoria(victoria)


async def test_influxdb_killed_again_and_again_has_everything(influx: InfluxServer, tmp_path: Path) -> None:
    pace = replace(SAFE, window=1.0, loss=6.0)
    async with fed(tmp_path / "store", engine(influx_settings(influx)), pace) as f:
        n = await live_and_die(f, influx, lives=2, seed=5)
        await f.until_safe(n, 60)
        assert f.state.failures["unreachable"] >= 2
        assert f.level() == "ok"
    assert in_influx(influx.inner_url, "hall") >= expected(range(n))
