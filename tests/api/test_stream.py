"""The live stream: hello, then only what changed; gaps, ageing, stopping, crowds."""

import asyncio
import itertools
import math
import re
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from api import stream
from sdanlegg.clock import SECOND_NS
from sdanlegg.quality import BAD, COMM, SENSOR
from tests.support.api_hall import Event, Hall, events, hall, point, serving, with_text

LIVE = "/api/v1/live"


async def next_of(found: AsyncIterator[Event], name: str) -> Event:
    """Next event of that name; heartbeats in between do not count."""
    async with asyncio.timeout(30):
        async for event in found:
            if event.name == name:
                return event
            assert event.name == "hb", event
    raise AssertionError("the stream ended")


async def test_hello_tells_everything_then_only_what_changed() -> None:
    place = hall()
    place.read(45.25, math.nan, 120.0, with_text(place, "EM340"), quality=[0, BAD | COMM, 0, 0])
    async with serving(place) as client, client.stream("GET", LIVE) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        found = events(response)
        hello = await anext(found)
        assert hello.name == "hello"
        assert hello.number is not None
        assert hello.data["build"] == "b1"
        t_ms = hello.data["v"]["vp1.supply_t"][2]
        assert 0 <= hello.data["t_ms"] - t_ms < 60_000
        assert hello.data["v"] == {
            "vp1.supply_t": [45.25, 0, t_ms],
            "vp1.return_t": [None, 2, t_ms, ["comm"]],
            "vp1.heat_kwh": [120.0, 0, t_ms],
            "vp1.model": ["EM340", 0, t_ms],
            "sol1.out_t": [None, 2, None],
        }
        place.read(46.0, math.nan, 120.0, quality=[0, BAD | COMM, 0])
        change = await next_of(found, "d")
        assert change.number == hello.number + 1
        assert list(change.data["v"]) == ["vp1.supply_t"], "a newer time alone is no change"
        assert change.data["v"]["vp1.supply_t"][:2] == [46.0, 0]
        assert change.data["v"]["vp1.supply_t"][2] >= t_ms


async def test_the_first_bytes_set_the_retry() -> None:
    async with serving(hall()) as client, client.stream("GET", LIVE) as response:
        assert (await anext(response.aiter_bytes())).startswith(b"retry: 1000\n\nid: ")


async def test_ageing_is_sent_without_any_new_reading() -> None:
    place = hall()
    place.read(45.25)
    async with serving(place) as client, client.stream("GET", LIVE) as response:
        found = events(response)
        hello = await anext(found)
        for shift_s, grade in ((6, 1), (60, 2)):
            place.clock.shift_ns = shift_s * SECOND_NS
            aged = await next_of(found, "d")
            value, q, t_ms, why = aged.data["v"]["vp1.supply_t"]
            assert (value, q, why) == (45.25, grade, ["stale"])
            assert t_ms == hello.data["v"]["vp1.supply_t"][2]


async def test_idle_streams_beat() -> None:
    async with serving(hall()) as client, client.stream("GET", LIVE) as response:
        found = events(response)
        assert (await anext(found)).name == "hello"
        beat = await next_of(found, "hb")
    assert beat.number is None, "a heartbeat is no frame"
    assert beat.data["t_ms"] > 1_600_000_000_000


async def test_two_clients_get_the_very_same_frames() -> None:
    place = hall()
    async with serving(place):
        hub = place.hub
        one, two = hub.stream(), hub.stream()
        assert (await anext(one)) == (await anext(two))
        place.read(45.25)
        hub.look()
        assert (await anext(one)) is (await anext(two)), "encoded once"
        await one.aclose()
        await two.aclose()


async def test_a_client_that_missed_a_frame_gets_hello_again() -> None:
    place = hall()
    async with serving(place):
        hub = place.hub
        slow = hub.stream()
        first = number_of(await anext(slow))
        for value in (1.0, 2.0):
            place.read(value)
            hub.look()
        chunk = await anext(slow)
        assert b"event: hello" in chunk
        assert number_of(chunk) == first + 2
        assert b'"vp1.supply_t":[2.0,0,' in chunk
        place.read(3.0)
        hub.look()
        chunk = await anext(slow)
        assert b"event: d" in chunk
        assert number_of(chunk) == first + 3
        await slow.aclose()


def number_of(chunk: bytes) -> int:
    return int(chunk.split(b"id: ")[1].split(b"\n")[0])


async def slow_stream(client: httpx.AsyncClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream over a socket with little room, that nobody reads yet."""
    taker = socket.socket()
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taker.setblocking(False)
    await asyncio.get_running_loop().sock_connect(taker, (client.base_url.host, client.base_url.port))
    reader, writer = await asyncio.open_connection(sock=taker, limit=4096)
    writer.write(f"GET {LIVE} HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
    return reader, writer


async def clients(place: Hall, count: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(30):
        while place.hub.clients != count:
            await asyncio.sleep(0.01)


async def flood(place: Hall) -> None:
    """Change every value so often that no buffer holds the frames of a client that does not read."""
    for i in range(120):
        place.read(*[float(i)] * len(place.site.points))
        place.hub.look()
        await asyncio.sleep(0.005)


async def test_a_client_that_does_not_read_skips_frames_and_gets_no_changes_over_a_gap() -> None:
    place = hall([point(f"p{i}") for i in range(3000)])
    async with serving(place) as client:
        reader, writer = await slow_stream(client)
        await clients(place, 1)
        await flood(place)
        last = number_of(place.hub.hello())
        got = b""
        async with asyncio.timeout(60):
            while b"id: %d\n" % last not in got:
                chunk = await reader.read(65536)
                assert chunk, "the stream ended"
                got += chunk
        writer.close()
    frames = [(int(number), name) for number, name in re.findall(rb"id: (\d+)\nevent: (\w+)\n", got)]
    steps = list(itertools.pairwise(frames))
    jumps = [after for before, after in steps if after[0] != before[0] + 1]
    assert jumps, "nothing was skipped: this client was not slow"
    assert {name for _, name in jumps} == {b"hello"}
    assert {after[1] for before, after in steps if after[0] == before[0] + 1} <= {b"d"}


async def test_stopping_ends_every_stream_even_one_that_nobody_reads() -> None:
    place = hall([point(f"p{i}") for i in range(3000)])
    async with asyncio.timeout(60):
        async with serving(place) as client, client.stream("GET", LIVE) as response:
            _, writer = await slow_stream(client)
            await clients(place, 2)
            taken = asyncio.create_task(drained(response))
            await flood(place)
            place.stopping.set()
            before = time.monotonic()
            await taken
        took_s = time.monotonic() - before
        writer.close()
    assert place.hub.clients == 0
    assert took_s < stream.STUCK_S / 2, "it waited for the client to give up"


async def drained(response: httpx.Response) -> None:
    async for _ in response.aiter_bytes():
        pass


async def test_a_client_that_takes_nothing_gives_its_place_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STUCK_S", 0.2)
    place = hall([point(f"p{i}") for i in range(3000)])
    async with serving(place) as client:
        _, writer = await slow_stream(client)
        await clients(place, 1)
        await flood(place)
        await clients(place, 0)
        writer.close()


async def test_no_more_streams_than_the_cap_and_a_place_left_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_CLIENTS", 2)
    place = hall()
    async with serving(place) as client, client.stream("GET", LIVE):
        async with client.stream("GET", LIVE):
            await clients(place, 2)
            refused = await client.get(LIVE)
            metrics = await client.get("/metrics")
        await clients(place, 1)
        async with client.stream("GET", LIVE) as again:
            assert again.status_code == 200
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["type"] == "urn:sdanlegg:problem:too-many-streams"
    assert "sd_live_clients 2.0" in metrics.text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_no_number_that_json_does_not_know_is_sent(number: float) -> None:
    place = hall()
    place.read(number, number, number, number, quality=[BAD | SENSOR] * 4)
    async with serving(place) as client, client.stream("GET", LIVE) as response:
        hello = await anext(events(response))
    assert [entry[0] for entry in hello.data["v"].values()] == [None] * 5


async def test_a_hub_that_fails_ends_the_service_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    place = hall()

    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def serve() -> None:
        async with serving(place) as client, client.stream("GET", LIVE):
            idle.append(await asyncio.open_connection(client.base_url.host, client.base_url.port))
            monkeypatch.setattr(place.live, "view", _broken)
            await asyncio.sleep(30)

    with pytest.raises(ExceptionGroup) as raised:
        await serve()
    assert raised.group_contains(ZeroDivisionError)
    (reader, writer) = idle[0]
    async with asyncio.timeout(30):
        assert await reader.read() == b"", "every connection is closed"
    writer.close()


def _broken(now_ns: int) -> None:
    raise ZeroDivisionError(now_ns)
