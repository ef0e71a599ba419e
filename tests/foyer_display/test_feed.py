"""The feed: newest sound snapshot, encoded once, on a clock that the test moves."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from foyer_display.feed import Feed
from sdanlegg.clock import SECOND_NS
from tests.support.clocks import SetClock
from tests.support.foyer import summer, write


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "energy.json"


@pytest.fixture
def feed(path: Path, clock: SetClock) -> Feed:
    return Feed(path, "page-1", clock)


def parsed(frame: bytes) -> tuple[str, int | None, dict[str, Any]]:
    """Name, number and data of the event in a frame."""
    fields = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n") if not line.startswith("retry"))
    number = int(fields["id"]) if "id" in fields else None
    return fields["event"], number, orjson.loads(fields["data"]) if "data" in fields else {}


def event_of(frame: bytes) -> tuple[str, int | None, dict[str, Any]]:
    """The event of a frame; a greeting has the retry line before it."""
    return parsed(frame.removeprefix(b"retry: 1000\n\n"))


async def next_frame(frames: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(10):
        return await anext(frames)


async def test_everybody_gets_the_very_same_bytes(feed: Feed, path: Path) -> None:
    write(path, summer())
    feed.look()
    clients = [feed.frames() for _ in range(50)]
    for client in clients:
        assert event_of(await next_frame(client))[0] == "hello"
    waiting = [asyncio.create_task(next_frame(client)) for client in clients]
    await asyncio.sleep(0)
    write(path, summer(in_kw=1.0))
    feed.look()
    frames = await asyncio.gather(*waiting)
    assert len({id(frame) for frame in frames}) == 1
    name, number, data = event_of(frames[0])
    assert (name, number, data["in_kw"]) == ("d", 2, 1.0)


async def test_a_greeting_holds_everything_the_pages_build_and_the_time_of_sending(
    feed: Feed, path: Path, clock: SetClock
) -> None:
    snapshot = summer(build="service-9")
    write(path, snapshot)
    feed.look()
    first = event_of(await next_frame(feed.frames()))
    assert first == ("hello", 1, snapshot | {"build": "page-1", "t": clock.t_ns // 1_000_000})
    clock.t_ns += 3600 * SECOND_NS
    later = event_of(await next_frame(feed.frames()))
    assert later[2]["t"] == clock.t_ns // 1_000_000
    assert later[2]["data_t_ms"] == snapshot["data_t_ms"]


async def test_without_a_snapshot_the_greeting_says_that_there_is_none(feed: Feed) -> None:
    feed.look()
    name, number, data = event_of(await next_frame(feed.frames()))
    assert (name, number) == ("hello", 0)
    assert set(data) == {"build", "t"}


async def test_a_slow_client_skips_frames_and_gets_the_newest(feed: Feed, path: Path) -> None:
    write(path, summer(in_kw=0.0))
    feed.look()
    client = feed.frames()
    await next_frame(client)
    for kw in (1.0, 2.0, 3.0):
        write(path, summer(in_kw=kw))
        feed.look()
        feed.beat()
    name, number, data = event_of(await next_frame(client))
    assert (name, number, data["in_kw"]) == ("d", 4, 3.0)


async def test_heart_beats_have_no_number_and_tell_the_time(feed: Feed, clock: SetClock) -> None:
    client = feed.frames()
    await next_frame(client)
    clock.t_ns += 5 * SECOND_NS
    waiting = asyncio.create_task(next_frame(client))
    await asyncio.sleep(0)
    feed.beat()
    assert event_of(await waiting) == ("hb", None, {"t": clock.t_ns // 1_000_000})


async def test_the_heart_beats_every_two_seconds_whatever_the_file_does(feed: Feed, clock: SetClock) -> None:
    beats: list[int] = []

    async def count() -> None:
        async for frame in feed.frames():
            name, _, data = event_of(frame)
            if name == "hb":
                beats.append(data["t"])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(count())
        tasks.create_task(feed.run())
        while len(beats) < 4:
            await asyncio.sleep(0)
        feed.end()
    assert {later - earlier for earlier, later in itertools.pairwise(beats)} == {2000}


async def test_the_end_ends_every_stream(feed: Feed) -> None:
    client = feed.frames()
    await next_frame(client)
    waiting = asyncio.create_task(next_frame(client))
    await asyncio.sleep(0)
    feed.end()
    with pytest.raises(StopAsyncIteration):
        await waiting


def test_the_last_sound_snapshot_stays_and_trouble_is_told_once(
    feed: Feed, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="foyer")
    write(path, summer(in_kw=7.0))
    feed.look()
    held = feed.newest
    assert held is not None
    for _ in range(3):
        path.write_bytes(held.body[: len(held.body) // 2])
        feed.look()
        feed.look()
    assert feed.newest is held
    path.unlink()
    feed.look()
    feed.look()
    assert feed.newest is held
    write(path, summer(in_kw=8.0))
    feed.look()
    assert feed.newest is not None
    assert feed.newest.fields["in_kw"] == 8.0
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    assert "not JSON" in said[0]
    assert "No such file" in said[1]
    assert "sound again" in said[2]


def test_an_unchanged_file_is_no_news(feed: Feed, path: Path) -> None:
    write(path, summer())
    feed.look()
    held = feed.newest
    feed.look()
    assert feed.newest is held


def test_it_tells_how_long_nobody_looked(feed: Feed, clock: SetClock) -> None:
    clock.t_ns += 7 * SECOND_NS
    assert feed.idle_s() == 7.0
