"""Serving the app on a socket, inside the service's own task group."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api.stream import LiveHub
from sdanlegg.errors import SdError

GRACE_S = 1  # for answers under way; streams end by themselves


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; SdError naming host and port if that cannot be. Port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise SdError(f"cannot listen on {host}:{port}: {reason}") from error


async def serve_on(app: FastAPI, listener: socket.socket, stopping: asyncio.Event) -> None:
    """Serve the app and its live stream on the socket until stopping is set; ends within 3 s of that."""
    hub: LiveHub = app.state.hub
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hub.run(), name="api:live")
        serving = tasks.create_task(_serve(server, listener), name="api:http")
        await stopping.wait()
        server.should_exit = True
        await serving


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until told to end; cancelled, close every connection all the same."""
    with listener:
        try:
            await server.serve([listener])
        except asyncio.CancelledError:
            if server.started:
                await server.shutdown([listener])
            raise
        finally:
            cut_off = set(server.server_state.tasks)  # the server cancels what takes too long, but does not wait for it
            if cut_off:
                await asyncio.wait(cut_off, timeout=GRACE_S)


async def serve_api(app: FastAPI, host: str, port: int, stopping: asyncio.Event) -> None:
    """Serve the app on host:port until stopping is set; SdError if the address cannot be had."""
    await serve_on(app, await listen(host, port), stopping)
