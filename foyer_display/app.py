"""The foyer's web app: the page, the snapshot, the stream of snapshots, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foyer_display.feed import Feed
from foyer_display.pages import build_of, not_built, read_pages, unchanged
from foyer_display.stream import HEADERS, EventStream
from sdanlegg.clock import Clock, SystemClock

MAX_CLIENTS = 600
STUCK_S = 5.0
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}
SAFE = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class SafeHeaders:
    """Puts the protecting headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and mark its answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SAFE)
            await send(message)

        await self._app(scope, receive, marked if scope["type"] == "http" else send)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Problem details (RFC 9457)."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(
        orjson.dumps(content),
        status,
        {**SAFE, "Cache-Control": "no-store", **(headers or {})},
        "application/problem+json",
    )


async def refused(request: Request, error: Exception) -> Response:
    """What is not here, or not asked for with GET."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    said = {404: f"there is nothing at {request.url.path}", 405: "only GET and HEAD are answered here"}
    return problem(status, said.get(status, "something went wrong here; it is in the log"), headers)


class Foyer:
    """The routes that tell figures."""

    def __init__(self, feed: Feed, max_clients: int) -> None:
        self._feed = feed
        self._max_clients = max_clients

    async def energy(self, request: Request) -> Response:
        """The newest sound snapshot, byte for byte as the service wrote it."""
        newest = self._feed.newest
        if newest is None:
            return problem(503, "there are no figures yet", {**OPEN_TO_ALL, "Retry-After": "5"})
        headers = {**OPEN_TO_ALL, "Cache-Control": "no-cache", "ETag": newest.etag}
        if unchanged(request, newest.etag):
            return Response(status_code=304, headers=headers)
        return Response(newest.body, headers=headers, media_type="application/json")

    async def stream(self, request: Request) -> Response:
        """Server-sent events: hello, then d with each new snapshot, and hb every two seconds."""
        if self._feed.ended or self._feed.clients >= self._max_clients:
            return problem(503, "no more streams are served now", {"Retry-After": "5"})
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type="text/event-stream")
        return EventStream(self._feed)

    async def live(self, _: Request) -> Response:
        """Whether the process does its work."""
        if self._feed.idle_s() > STUCK_S:
            return problem(503, "the snapshot has not been looked at for a while")
        return Response(b'{"status":"alive"}', headers={"Cache-Control": "no-store"}, media_type="application/json")


def create_app(snapshot: Path, pages: Path, *, clock: Clock | None = None, max_clients: int = MAX_CLIENTS) -> Starlette:
    """The app over a snapshot file and a folder with the built page. app.state.feed.end() ends its streams."""
    assets = read_pages(pages)
    feed = Feed(snapshot, build_of(assets), clock or SystemClock())
    foyer = Foyer(feed, max_clients)
    index = assets.get("index.html")
    routes = [
        Route("/", not_built if index is None else index.__call__),
        Route("/energy.json", foyer.energy),
        Route("/energy/stream", foyer.stream),
        Route("/healthz/live", foyer.live),
        *(Route(f"/{name}", asset.__call__) for name, asset in assets.items() if name != "index.html"),
    ]

    @contextlib.asynccontextmanager
    async def watching(_: Starlette) -> AsyncIterator[None]:
        feed.look()
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(feed.run(), name="foyer:watch")
            yield
            feed.end()
            watch.cancel()

    app = Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={HTTPException: refused, Exception: refused},
        lifespan=watching,
    )
    app.router.redirect_slashes = False
    app.state.feed = feed
    return app
