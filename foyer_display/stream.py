"""One client's live stream over HTTP."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from foyer_display.feed import Feed

SEND_S = 20.0  # a client that takes no bytes for so long is let go, so that its place is free again
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Sends the feed's frames until the client leaves, stops taking them, or the feed ends."""

    def __init__(self, feed: Feed, send_s: float = SEND_S) -> None:
        super().__init__(headers=HEADERS, media_type="text/event-stream")
        del self.headers["content-length"]
        self._feed = feed
        self._send_s = send_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Run one client's stream, counted while it lasts."""
        self._feed.clients += 1
        try:
            async with asyncio.TaskGroup() as tasks:
                both = {tasks.create_task(self._send(send)), tasks.create_task(_left(receive))}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for task in both:
                    task.cancel()
        finally:
            self._feed.clients -= 1

    async def _send(self, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for frame in self._feed.frames():
                async with asyncio.timeout(self._send_s):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
