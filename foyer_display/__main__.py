"""Serve the foyer page: ``python -m foyer_display --snapshot FILE``."""

import argparse
import logging
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from foyer_display.app import create_app
from foyer_display.errors import FoyerError
from foyer_display.feed import Feed

PAGES = Path(__file__).resolve().parent / "_web"
GRACE_S = 1  # for answers under way; streams end by themselves
log = logging.getLogger("foyer")


class FoyerServer(uvicorn.Server):
    """A server that ends its streams before it waits for them, and ends with code 0 when it is asked to."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._feed: Feed = app.state.feed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to end."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where the page is once it is there and a signal would be heard."""
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            log.info("the foyer page is at http://%s:%d/", f"[{host}]" if ":" in host else host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything."""
        self._feed.end()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; FoyerError naming the address if that cannot be. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise FoyerError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def abandoned(record: logging.LogRecord) -> bool:
    """Leave out one line a client that stopped taking its stream: anybody could fill the log with it."""
    return "without completing response" not in record.getMessage()


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m foyer_display", description="Public foyer page of a hall")
    parser.add_argument("--snapshot", type=Path, required=True, help="file that the service writes each second")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8081, help="port to listen on, 0 = a free one (default: %(default)s)"
    )
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder of the built page")
    options = parser.parse_args(arguments)

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn.error").addFilter(abandoned)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        listener = listen(options.host, options.port)
    except FoyerError as error:
        log.error("%s", error)  # noqa: TRY400
        return 1
    with listener:
        FoyerServer(create_app(options.snapshot, options.pages)).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
