"""A piece of the disk kept back: when the disk is full it is given up, so that what frees room can work at all."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from sdanlegg.clock import Clock

FILE_NAME: Final = "reserve"
LOOK_S: Final = 1.0
LOW: Final = 4 << 20  # bytes: with less than this free the disk counts as full
_BLOCK: Final = 512  # unit of st_blocks
log = structlog.get_logger("store")


class Reserve:
    """Holds a file of so many bytes beside the history, and gives it up while the disk is full."""

    def __init__(self, data_dir: Path, size: int, is_full: Callable[[], bool], clock: Clock) -> None:
        """Take the folder, the bytes to hold (0: none), and who knows whether a write has failed for want of room."""
        self._path = data_dir / FILE_NAME
        self._size = size
        self._is_full = is_full
        self._clock = clock
        self._complained = False
        self.held = size > 0

    @property
    def detail(self) -> str | None:
        """Sentence for the operator while nothing is held that should be."""
        if self.held or not self._size:
            return None
        return f"the disk is full or nearly so: the reserve of {self._size >> 20} MiB is given up, make room"

    async def run(self) -> None:
        """Hold, give up and take again until cancelled; the file stays for the next start."""
        while True:
            await asyncio.to_thread(self.look)
            await self._clock.sleep(LOOK_S)

    def look(self) -> None:
        """Do what the state of the disk asks for."""
        if not self._size:
            return
        there = self._bytes_held()
        free = _free(self._path.parent)
        if there and (free < LOW or self._is_full()):
            self._path.unlink(missing_ok=True)
            log.error("store_reserve_given_up", path=str(self._path), bytes=there)
            there = 0
        elif there != self._size and not self._is_full() and free + there >= 2 * self._size + LOW:
            there = self._take()
        elif not there and not self._complained:
            log.warning("store_reserve_missing", path=str(self._path), free=free, wanted=self._size)
        self._complained = not there
        self.held = there > 0

    def _bytes_held(self) -> int:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return 0
        return status.st_size if status.st_blocks * _BLOCK >= status.st_size else 0

    def _take(self) -> int:
        """Make the file with real blocks; its size, 0 if there was no room after all."""
        self._path.unlink(missing_ok=True)
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
                os.fsync(file.fileno())
        except OSError as err:
            with contextlib.suppress(OSError):
                self._path.unlink()
            log.warning("store_reserve_missing", path=str(self._path), err=err.strerror)
            return 0
        log.info("store_reserve_held", path=str(self._path), bytes=self._size)
        return self._size


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
