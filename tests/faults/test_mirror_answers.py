"""Whatever an engine answers or does not: no hot loop, no growth, the right sentence, and everything there afterwards.

The engine is scripted, the client is the real one; the type conflict is a real InfluxDB's.
"""

import asyncio
import time
import tracemalloc
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from sdanlegg.historian.mirrors import MirrorSettings
from sdanlegg.historian.mirrors.feed import Pace
from sdanlegg.historian.mirrors.lines import told
from tests.support.engine_samples import in_influx
from tests.support.fed import SHORT, engine, fed
from tests.support.history import T0, until
from tests.support.influx_server import InfluxServer
from tests.support.scripted_http import Answer, Request, ScriptedHttp
from tests.support.spooled import expected, fold

REAL = Pace(idle=0.05, look=0.05)  # the waits are the service's own


def settings(url: str, timeout_s: float = 5.0) -> MirrorSettings:
    return MirrorSettings("fake", "influx", url, url, timeout_s=timeout_s)


def posted(server: ScriptedHttp) -> set[tuple[str, int]]:
    """Point and time of every sample that came."""
    lines = [line for one in server.requests if one.path.endswith("/write") for line in one.body.splitlines()]
    return {told(line) for line in lines if b" heartbeat=" not in line}


ANSWERS = (
    (Answer(401), "does not accept the token"),
    (Answer(403), "does not accept the token"),
    (Answer(404), "does not know the database"),
    (Answer(429), "has no time now"),
    (Answer(429, headers={"Retry-After": "2"}), "has no time now"),
    (Answer(503), "failed (503"),
    (Answer(503, headers={"Retry-After": "2"}), "has no time now"),
    (Answer(500, b"storage is in read-only mode"), "storage is in read-only mode"),
    (Answer(400), "does not take it"),
    (Answer(413), "finds it too large"),
    (Answer(close=True), "cannot be reached"),
    (Answer(500, b"x" * 1000, torn=True), "cannot be reached"),
)


async def asked_in_a_while(folder: Path, answer: Answer) -> tuple[float, str, str]:
    """How many requests a second an engine gets that answers so, and how the feed is then."""
    async with ScriptedHttp.serve() as server, fed(folder, engine(settings(server.url)), REAL) as f:
        server.otherwise = answer
        await f.write(*range(50))
        await until(lambda: sum(f.state.failures.values()) >= 1, 60)
        before, begun = len(server.requests), time.monotonic()
        await asyncio.sleep(4.0)
        rate = (len(server.requests) - before) / (time.monotonic() - begun)
        return rate, f.level(), f.state.sentence


async def test_an_answer_that_is_no_success_makes_no_hot_loop(tmp_path: Path) -> None:
    """All beside each other: they wait for the same time."""
    cases = [asked_in_a_while(tmp_path / str(k), answer) for k, (answer, _) in enumerate(ANSWERS)]
    for (answer, words), (rate, level, sentence) in zip(ANSWERS, await asyncio.gather(*cases), strict=True):
        assert rate <= 1.3, answer  # two requests may belong to one try
        assert level == "failing"
        assert words in sentence


NONSENSE = (b"{}", b"[]", b"1", b'{"results":"a"}', b'{"results":[{"series":[{"values":[["x"]]}]}]}', b"\xff\xfe<html>")


@pytest.mark.parametrize("kind", ["influx", "victoria"])
async def test_nonsense_in_the_place_of_heartbeats_is_the_mirrors_fault_and_ends_nothing(
    tmp_path: Path, kind: Literal["influx", "victoria"]
) -> None:
    def answer(request: Request) -> Answer:
        if request.path.endswith(("/write", "/ping")):
            return Answer()
        if request.path.endswith("/api/v1/query"):
            return Answer(200, b'{"status":"success","data":{"resultType":"scalar","result":[0,"1"]}}')
        return Answer(200, NONSENSE[len(server.requests) % len(NONSENSE)])

    async with ScriptedHttp.serve() as server:
        server.answer = answer
        one = replace(settings(server.url), kind=kind)
        async with fed(tmp_path, engine(one), SHORT) as f:
            await f.write(*range(50))
            await f.until_safe(50)  # by time
            assert "cannot be asked whether it keeps" in f.state.warning
            assert posted(server) >= expected(range(50))
            assert f.level() == "ok"


async def test_control_a_feed_that_does_not_wait_is_a_hot_loop(tmp_path: Path) -> None:
    eager = replace(REAL, first_wait=0.0, longest_wait=0.0)
    async with ScriptedHttp.serve() as server, fed(tmp_path, engine(settings(server.url)), eager) as f:
        server.otherwise = Answer(503)
        await f.write(*range(50))
        await until(lambda: len(server.requests) > 50)


@pytest.mark.parametrize("status", [401, 404, 413, 429, 500, 503])
async def test_what_waited_arrives_when_the_engine_is_sound_again(tmp_path: Path, status: int) -> None:
    async with ScriptedHttp.serve() as server, fed(tmp_path, engine(settings(server.url)), SHORT) as f:
        server.otherwise = Answer(status)
        await f.write(*range(100))
        await f.store.change(fold)
        await until(lambda: f.state.fault is not None)
        server.requests.clear()
        server.otherwise = Answer()
        await until(lambda: posted(server) >= expected(range(100)))
        await f.until_safe(100)
        assert f.level() == "ok"


async def test_retry_after_is_waited_for(tmp_path: Path) -> None:
    async with ScriptedHttp.serve() as server, fed(tmp_path, engine(settings(server.url)), REAL) as f:
        server.otherwise = Answer(429, headers={"Retry-After": "3"})
        await f.write(1)
        await until(lambda: f.state.fault == "busy")
        before = len(server.requests)
        await asyncio.sleep(2.0)
        assert len(server.requests) == before


async def test_an_engine_that_hangs_costs_one_request_and_no_memory(tmp_path: Path) -> None:
    async with (
        ScriptedHttp.serve() as server,
        fed(tmp_path, engine(settings(server.url, timeout_s=1.0)), replace(REAL, lines=300)) as f,
    ):
        server.otherwise = Answer(stall=True)
        await f.write(*range(200))
        await until(lambda: f.state.failures["unreachable"] >= 1)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            slowest = 0.0
            for k in range(10):
                begun = time.monotonic()
                await f.write(*range(200 + 200 * k, 400 + 200 * k))
                slowest = max(slowest, time.monotonic() - begun)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert server.open <= 1
        assert f.state.fault == "unreachable"
        assert "no answer in time" in f.state.sentence
        assert grown < 500_000  # 6,000 samples are 1 MB of lines
        assert slowest < 5.0
        server.otherwise = Answer()
        await until(lambda: posted(server) >= expected(range(2200)), 60)


async def test_poison_that_spoils_whole_requests_costs_its_point_only(tmp_path: Path) -> None:
    stored: set[tuple[str, int]] = set()

    def answer(request: Request) -> Answer:
        if b",point=y," in request.body:
            return Answer(400, b'{"code":"invalid","message":"field type conflict"}')
        stored.update(told(line) for line in request.body.splitlines() if b" heartbeat=" not in line)
        return Answer()

    async with ScriptedHttp.serve() as server, fed(tmp_path, engine(settings(server.url)), SHORT) as f:
        server.answer = answer
        await f.write(*range(30))
        await f.until_safe(30)
        assert stored == {one for one in expected(range(30)) if one[0] != "a.y"}
        assert (f.state.refused_points, f.state.quarantined) == ({"a.y"}, 30)
        assert f.level() == "ok"


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path / "influx")
    server.start()
    try:
        with server.door():
            yield server
    finally:
        server.kill()


def post(url: str, body: bytes = b"") -> None:
    urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=30).close()


async def test_a_real_type_conflict_costs_its_points_only(influx: InfluxServer, tmp_path: Path) -> None:
    await asyncio.to_thread(post, f"{influx.inner_url}/query?q=CREATE+DATABASE+hall")
    conflict = b"count value=1i %d" % T0
    await asyncio.to_thread(post, f"{influx.inner_url}/write?db=hall", conflict)
    one = replace(settings(influx.url), bucket="hall")
    async with fed(tmp_path / "store", engine(one), SHORT) as f:
        await f.write(*range(40))
        await f.until_safe(40)
        assert f.state.refused_points == {"a.x", "a.y"}
        assert f.state.quarantined == 80
        sql = "SELECT point, reason FROM quarantine"
        kept = await f.store.ask(lambda c, _: set(c.execute(sql)))
        assert {point for point, _ in kept} == {"a.x", "a.y"}
        assert all("field type conflict" in reason for _, reason in kept)
        assert f.level() == "ok"
    assert in_influx(influx.inner_url, "hall") == {one for one in expected(range(40)) if one[0] == "a.e_kwh"}
