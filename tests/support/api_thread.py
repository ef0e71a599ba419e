"""The small hall's operator API in a thread of its own, for tests whose own thread drives a browser."""

import asyncio
import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from api.app import create_app
from api.serve import listen, serve_on
from tests.support.api_hall import Hall


class Served:
    """A hall that is being served."""

    def __init__(self, place: Hall, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.place = place
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._loop = loop

    def do(self, act: Callable[[], None]) -> None:
        """Do something to the hall between two of its own steps, and wait until it is done."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(20)


@contextmanager
def served(place: Hall, *, port: int = 0, build: str = "b1") -> Iterator[Served]:
    """Serve the hall while the body runs."""
    started: list[Served] = []
    ready = threading.Event()

    async def serve() -> None:
        place.stopping = asyncio.Event()
        parts = dataclasses.replace(place.parts(), build=build, registry=CollectorRegistry())
        place.app = create_app(parts)
        listener = await listen("127.0.0.1", port)
        started.append(Served(place, asyncio.get_running_loop(), listener.getsockname()[1]))
        ready.set()
        await serve_on(place.app, listener, place.stopping)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="operator-api")
    thread.start()
    try:
        assert ready.wait(30)
        yield started[0]
    finally:
        if started:
            started[0].do(place.stopping.set)
        thread.join()
