"""Debian's InfluxDB 1.6.7, real, on free ports, behind a door that gives it what 1.8 has: /api/v2/write and Token."""

import asyncio
import base64
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.support.engine import Process
from tests.support.holmen import free_ports

CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
  auth-enabled = {auth}
[continuous_queries]
  enabled = false
"""


class InfluxServer:
    """A server in a folder; url is the door, which stays when the server is killed."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rpc, http, self.door_port = free_ports(3)
        config = folder / "influxdb.conf"
        config.write_text(CONFIG.format(rpc=rpc, http=http, folder=folder, auth=str(auth).lower()), encoding="utf-8")
        self.inner_url = f"http://127.0.0.1:{http}"
        self.url = f"http://127.0.0.1:{self.door_port}"
        self._process = Process(("influxd", "-config", str(config)), f"{self.inner_url}/ping", folder)
        self.start, self.kill, self.stop = self._process.start, self._process.kill, self._process.stop

    def ask(self, query: str, user: str = "") -> None:
        """Have the server do something, past the door; user as name:password."""
        request = urllib.request.Request(f"{self.inner_url}/query", urllib.parse.urlencode({"q": query}).encode())
        if user:
            request.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert b"error" not in answer.read()

    @contextmanager
    def door(self) -> Iterator[None]:
        """Keep the door open, in a thread with a loop of its own: tests open and close theirs."""
        loop = asyncio.new_event_loop()
        up, down = threading.Event(), asyncio.Event()
        thread = threading.Thread(target=loop.run_until_complete, args=(_serve(self, up, down),))
        thread.start()
        try:
            assert up.wait(30)
            yield
        finally:
            loop.call_soon_threadsafe(down.set)
            thread.join(30)
            loop.close()


async def _serve(server: InfluxServer, up: threading.Event, down: asyncio.Event) -> None:
    async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as inside:

        async def forward(request: web.Request) -> web.StreamResponse:
            """The request as it is; writes and tokens in the words of 1.6."""
            path, query = request.path, dict(request.query)
            if path == "/api/v2/write":
                path, query = "/write", {"db": query["bucket"], "precision": query["precision"]}
            url, headers = server.inner_url + path, {}
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme == "Token":
                headers["Authorization"] = f"Basic {base64.b64encode(token.encode()).decode()}"
            try:
                body = await request.read()
                async with inside.request(request.method, url, params=query, data=body, headers=headers) as answer:
                    out = web.StreamResponse(status=answer.status, headers=_headers(answer))
                    await out.prepare(request)
                    async for piece in answer.content.iter_any():
                        await out.write(piece)
            except aiohttp.ClientError:  # the server is gone: so is the connection to it
                assert request.transport is not None
                request.transport.abort()
                return web.Response(status=502)
            return out

        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", server.door_port).start()
        up.set()
        await down.wait()
        await runner.cleanup()


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    kept = {"content-type", "x-influxdb-version", "x-influxdb-error", "retry-after"}
    return {name: value for name, value in answer.headers.items() if name.lower() in kept}
