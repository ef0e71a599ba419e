"""The live stream: what changed, once a second, encoded once for everybody."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
from fastapi import APIRouter, Response
from starlette.types import Receive, Scope, Send

from api.frames import RETRY, changed, entries, event, text_columns
from api.parts import ApiParts
from api.problems import RefusedError, Responses
from api.schemas import Problem
from sdanlegg.clock import SECOND_NS, Clock, next_tick
from sdanlegg.live import Live, LiveView

MAX_CLIENTS = 500
IDLE_NS = 3 * SECOND_NS // 2  # looked at once a second: a heartbeat every two, whatever the ticks' jitter
STUCK_S = 20.0  # a client that takes no bytes for so long gives its place up
EXAMPLE = """retry: 1000

id: 1
event: hello
data: {"build":"a1b2","t_ms":1795428000000,"v":{"vp1.supply_t":[45.25,0,1795427999871],"sol1.t":[null,2,null]}}

id: 2
event: d
data: {"t_ms":1795428001000,"v":{"vp1.supply_t":[45.5,0,1795428000873]}}

event: hb
data: {"t_ms":1795428003000}

"""
STREAM: Responses = {
    200: {
        "description": "Server-sent events: `hello` with everything, then `d` with what changed, `hb` when nothing did",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    },
    503: {"model": Problem, "description": "As many streams are open as the service allows, or it is stopping"},
}


class LiveHub:
    """Looks at the points once a second and keeps the frame that every stream sends.

    Frames are numbered by changes. A client that saw the frame before gets the changes; one that is new or too slow
    gets `hello`, the whole state: nothing is ever patched over a gap.
    """

    def __init__(self, live: Live, clock: Clock, stopping: asyncio.Event, build: str) -> None:
        self.clients = 0
        self._live = live
        self._clock = clock
        self._stopping = stopping
        self._build = build
        self._ids = tuple(point.id for point in live.points)
        self._text_columns = text_columns(point.is_text for point in live.points)
        self._news = asyncio.Event()  # replaced by a new one whenever it is set
        self._number = 0
        self._view = live.view(clock.now_ns())
        self._columns = np.arange(len(self._ids))
        self._hello: bytes | None = None
        self._changes: bytes | None = None
        self._spoken_ns = clock.monotonic_ns()

    @property
    def full(self) -> bool:
        """Whether no more clients are let in."""
        return self.clients >= MAX_CLIENTS or self._stopping.is_set()

    async def run(self) -> None:
        """Make frames until stopping is set; then end every stream."""
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._tick(), name="api:frames")
            await self._stopping.wait()
            ticking.cancel()
        self._wake()

    async def _tick(self) -> None:
        while True:
            self.look()
            now_ns = self._clock.monotonic_ns()
            await self._clock.sleep((next_tick(now_ns, SECOND_NS) - now_ns) / SECOND_NS)

    def look(self) -> None:
        """Take the state of this moment; make it a new frame if anything changed, or a heartbeat after idle time."""
        before, self._view = self._view, self._live.view(self._clock.now_ns())
        columns = changed(before, self._view)
        self._hello = None
        idle_ns = self._clock.monotonic_ns() - self._spoken_ns
        if columns.size or self._number == 0:
            self._number += 1
            self._columns, self._changes = columns, None
            self._wake()
        elif idle_ns >= IDLE_NS:
            self._wake()

    def _wake(self) -> None:
        self._spoken_ns = self._clock.monotonic_ns()
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Events for one client, latest first: a client that cannot keep up skips frames, nothing queues for it."""
        if self._number == 0:
            self.look()
        news, seen = self._news, self._number
        yield RETRY + self.hello()
        while not self._stopping.is_set():
            await news.wait()
            news, before, seen = self._news, seen, self._number
            if seen == before:
                yield event("hb", {"t_ms": self._view.t_ns // 1_000_000})
            elif seen == before + 1:
                yield self.changes()
            else:
                yield self.hello()

    def hello(self) -> bytes:
        """The whole state, with the number of the newest frame."""
        if self._hello is None:
            columns = np.arange(len(self._ids))
            self._hello = event("hello", {"build": self._build, **self._state(self._view, columns)}, self._number)
        return self._hello

    def changes(self) -> bytes:
        """What the newest frame changed."""
        if self._changes is None:
            self._changes = event("d", self._state(self._view, self._columns), self._number)
        return self._changes

    def _state(self, view: LiveView, columns: np.ndarray[tuple[int], np.dtype[np.intp]]) -> dict[str, object]:
        points = entries(view, columns, self._ids, self._text_columns, self._live.texts)
        return {"t_ms": view.t_ns // 1_000_000, "v": points}


class LiveResponse(Response):
    """One client's stream; counted while it lasts, however it ends."""

    def __init__(self, hub: LiveHub) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send until the client leaves or takes nothing any more, or the service stops."""
        self._hub.clients += 1
        try:
            async with asyncio.TaskGroup() as tasks:
                ends = {tasks.create_task(self._send(send)), tasks.create_task(_left(receive))}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for end in ends:
                    end.cancel()
        finally:
            self._hub.clients -= 1

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._hub.stream()) as chunks:
            async for chunk in chunks:
                try:
                    async with asyncio.timeout(STUCK_S):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                except TimeoutError:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class StreamRoutes:
    """Route of the live stream."""

    def __init__(self, parts: ApiParts, hub: LiveHub) -> None:
        self._parts = parts
        self._hub = hub

    async def live(self) -> Response:
        """The newest values as server-sent events. `hello` comes first and after every gap; `d` holds only points whose
        value or quality changed, at most once a second; `hb` comes every two seconds when nothing changes. An entry is
        [value, 0 good | 1 uncertain | 2 bad, time of the sample in ms or null if never read, reasons if any]."""
        if self._hub.full:
            detail = f"{self._hub.clients} streams are open and more are not served now; try again"
            raise RefusedError(503, "too-many-streams", "Too many streams", detail, headers={"Retry-After": "5"})
        return LiveResponse(self._hub)

    def add_to(self, router: APIRouter) -> None:
        """Put the route on the router."""
        router.add_api_route("/live", self.live, response_class=Response, responses=STREAM)
