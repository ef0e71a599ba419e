"""The newest snapshot, and the live stream of it: read once, encoded once, sent to everybody."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import orjson

from foyer_display.snapshot import Loaded, SnapshotError, load
from sdanlegg.clock import SECOND_NS, Clock

LOOK_S = 0.25  # the service writes once a second
BEAT_NS = 2 * SECOND_NS
HELLO_NS = SECOND_NS // 2  # how long one greeting serves everybody who comes
RETRY = b"retry: 1000\n\n"
log = logging.getLogger("foyer")


class Feed:
    """Watches the snapshot file and keeps the frame that every stream sends.

    The last sound snapshot stays, with the times that stand in it, when the file is gone or broken: its age is for
    the page to tell. A client that cannot keep up skips frames; nothing queues for it.
    """

    def __init__(self, path: Path, build: str, clock: Clock) -> None:
        self.newest: Loaded | None = None
        self.clients = 0
        self.ended = False
        self._path = path
        self._build = build
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._trouble = ""
        self._number = 0
        self._frame = b""
        self._beat = b""
        self._hello = b""
        self._hello_ns: int | None = None
        self._beaten_ns = clock.monotonic_ns()
        self._turned_ns = clock.monotonic_ns()
        self._news = asyncio.Event()  # replaced by a new one whenever it is set

    async def run(self) -> None:
        """Look at the file and keep the heart beating until ended."""
        while not self.ended:
            self.look()
            if self._clock.monotonic_ns() - self._beaten_ns >= BEAT_NS:
                self.beat()
            self._turned_ns = self._clock.monotonic_ns()
            await self._clock.sleep(LOOK_S)

    def idle_s(self) -> float:
        """Seconds since the file was last looked at."""
        return (self._clock.monotonic_ns() - self._turned_ns) / SECOND_NS

    def end(self) -> None:
        """End every stream."""
        self.ended = True
        self._wake()

    def look(self) -> None:
        """Take the file's content if it is another and sound; tell once when it is not, and once when it is again."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp == self._stamp:
                return
            self.newest = load(self._path)
            self._stamp = stamp
        except OSError as error:
            self._stamp = None
            self._tell(f"{self._path}: {error.strerror}")
            return
        except SnapshotError as error:
            self._stamp = stamp
            self._tell(str(error))
            return
        if self._trouble:
            log.info("the snapshot is sound again: %s", self._path)
        self._trouble = ""
        self._number += 1
        self._hello_ns = None
        self._frame = self._event(b"d", self.newest.fields, self._number)
        self._wake()

    def beat(self) -> None:
        """Say that the process turns, and what time it is."""
        self._beaten_ns = self._clock.monotonic_ns()
        self._beat = self._event(b"hb", {}, None)
        self._wake()

    async def frames(self) -> AsyncIterator[bytes]:
        """Events for one client: a greeting with everything, then each new snapshot, and heart-beats between."""
        news, seen = self._news, self._number
        yield RETRY + self._greeting()
        while not self.ended:
            await news.wait()
            news = self._news
            if self.ended:
                return
            if self._number != seen:
                seen = self._number
                yield self._frame
            else:
                yield self._beat

    def _greeting(self) -> bytes:
        """The newest snapshot with this moment's time: an old time would make old figures look fresh."""
        now_ns = self._clock.monotonic_ns()
        if self._hello_ns is None or now_ns - self._hello_ns >= HELLO_NS:
            fields = self.newest.fields if self.newest else {}
            self._hello = self._event(b"hello", fields | {"build": self._build}, self._number)
            self._hello_ns = now_ns
        return self._hello

    def _event(self, name: bytes, fields: dict[str, object], number: int | None) -> bytes:
        head = b"" if number is None else b"id: %d\n" % number
        data = orjson.dumps(fields | {"t": self._clock.now_ns() // 1_000_000})
        return head + b"event: " + name + b"\ndata: " + data + b"\n\n"

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("the snapshot cannot be shown, the last sound one stays: %s", trouble)
        self._trouble = trouble

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
