"""One client's stream, at the edge between the app and the server."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from foyer_display.__main__ import abandoned
from foyer_display.feed import Feed
from foyer_display.stream import EventStream
from tests.support.clocks import SetClock


def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "energy.json", "page-1", SetClock())


async def never() -> dict[str, Any]:
    """A client that stays."""
    await asyncio.Event().wait()
    return {}


async def test_a_client_that_takes_nothing_loses_its_place(tmp_path: Path) -> None:
    held = feed(tmp_path)
    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async with asyncio.timeout(20):
        await EventStream(held, send_s=0.05)({}, never, send)
    assert sent == ["http.response.start", "http.response.body"]
    assert held.clients == 0


async def test_a_client_that_goes_frees_its_place_at_once(tmp_path: Path) -> None:
    held = feed(tmp_path)
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        await asyncio.sleep(0)

    async with asyncio.timeout(20):
        streaming = asyncio.create_task(EventStream(held)({}, receive, send))
        while held.clients == 0:
            await asyncio.sleep(0)
        gone.set()
        await streaming
    assert held.clients == 0


def test_one_line_a_client_is_left_out_of_the_log() -> None:
    def record(text: str) -> logging.LogRecord:
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, text, None, None)

    assert not abandoned(record("ASGI callable returned without completing response."))
    assert abandoned(record("Exception in ASGI application"))
