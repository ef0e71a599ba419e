"""The foyer as the process it is: on a real socket, with real clients, ended by real signals."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.support.foyer import FoyerProcess, Writer, foyer, summer, write
from tests.support.tree import ROOT


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "energy.json"
    write(path, summer())
    return path


@pytest.fixture
def running(snapshot: Path, tmp_path: Path) -> Iterator[FoyerProcess]:
    with foyer(snapshot, tmp_path / "foyer.log") as process:
        yield process


async def events(url: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Events of a stream, until it ends."""
    async with (
        httpx.AsyncClient(timeout=20, trust_env=False) as client,
        client.stream("GET", f"{url}/energy/stream") as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert "content-length" not in response.headers
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, orjson.loads(line.removeprefix("data: "))


async def test_a_new_snapshot_reaches_the_stream(running: FoyerProcess, snapshot: Path) -> None:
    async with asyncio.timeout(30), contextlib.aclosing(events(running.url)) as stream:
        name, data = await anext(stream)
        assert (name, data["in_kw"]) == ("hello", summer()["in_kw"])
        write(snapshot, summer(in_kw=123.4))
        async for name, data in stream:
            if name == "d":
                assert data["in_kw"] == 123.4
                return


async def test_the_stream_beats_while_nothing_changes(running: FoyerProcess) -> None:
    names = []
    async with asyncio.timeout(30), contextlib.aclosing(events(running.url)) as stream:
        async for name, _ in stream:
            names.append(name)
            if names.count("hb") == 2:
                break
    assert names == ["hello", "hb", "hb"]


async def test_a_client_that_leaves_frees_its_place(running: FoyerProcess) -> None:
    for _ in range(20):
        async with asyncio.timeout(30), contextlib.aclosing(events(running.url)) as stream:
            await anext(stream)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{running.url}/healthz/live")).status_code == 200
    assert "Traceback" not in running.log.read_text(encoding="utf-8")


async def watch_to_the_end(url: str, greeted: asyncio.Semaphore) -> None:
    """Stay on a stream until it ends, as it should: an end without the last chunk would raise."""
    async for name, _ in events(url):
        if name == "hello":
            greeted.release()


async def test_sigterm_ends_it_at_once_though_people_watch(running: FoyerProcess) -> None:
    greeted = asyncio.Semaphore(0)
    watching = [asyncio.create_task(watch_to_the_end(running.url, greeted)) for _ in range(30)]
    async with asyncio.timeout(30):
        for _ in watching:
            await greeted.acquire()
    started = time.monotonic()
    running.signal(signal.SIGTERM)
    code = await asyncio.to_thread(running.process.wait, 20)
    took = time.monotonic() - started
    assert code == 0
    assert took < 3
    async with asyncio.timeout(20):
        await asyncio.gather(*watching)
    said = running.log.read_text(encoding="utf-8")
    assert "ERROR" not in said
    assert "Traceback" not in said


def test_sigint_ends_it_too(running: FoyerProcess) -> None:
    running.signal(signal.SIGINT)
    assert running.process.wait(20) == 0


def test_a_client_that_reads_nothing_holds_nobody_up(running: FoyerProcess, snapshot: Path) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as lazy:
        lazy.sendall(b"GET /energy/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        for kw in range(200):
            write(snapshot, summer(in_kw=float(kw)))
            time.sleep(0.01)
        answer = httpx.get(f"{running.url}/energy.json", timeout=10, trust_env=False)
        assert answer.status_code == 200
        started = time.monotonic()
        running.signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        assert time.monotonic() - started < 3


def until_it_has_figures(process: FoyerProcess) -> None:
    """Wait until it has read a snapshot."""
    deadline = time.monotonic() + 20
    while httpx.get(f"{process.url}/energy.json", trust_env=False).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_waits_for_a_snapshot_that_comes_later(tmp_path: Path) -> None:
    path = tmp_path / "late" / "energy.json"
    with foyer(path, tmp_path / "foyer.log") as process:
        assert httpx.get(f"{process.url}/energy.json", trust_env=False).status_code == 503
        path.parent.mkdir()
        write(path, summer())
        until_it_has_figures(process)
        said = process.log.read_text(encoding="utf-8")
        assert said.count("cannot be shown") == 1
        assert said.count("sound again") == 1


def test_it_stands_a_writer_that_is_not_atomic(tmp_path: Path) -> None:
    path = tmp_path / "energy.json"
    with Writer(path).writing(), foyer(path, tmp_path / "foyer.log") as process:
        until_it_has_figures(process)
        for _ in range(30):
            path.write_bytes(b'{"schema": 1, "half')
            answer = httpx.get(f"{process.url}/energy.json", trust_env=False)
            assert answer.status_code == 200
            assert answer.json()["schema"] == 1


def test_an_address_in_use_is_told_in_one_sentence(running: FoyerProcess, snapshot: Path) -> None:
    command = [sys.executable, "-m", "foyer_display", "--snapshot", str(snapshot), "--port", str(running.port)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{running.port}" in done.stderr
    assert "Traceback" not in done.stderr
