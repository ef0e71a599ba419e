"""A disk that forgets: a layer under SQLite that knows which bytes were synced, and what a power cut may leave.

What was synced stays. Of what was written since, every 512-byte sector is kept or lost by lot, as a disk without
power-loss protection does with its cache. Sizes go back to the last sync when the lot says so.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512


@dataclass
class Platter:
    """One file: what is safe, and what was written since, in order."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes]] = field(default_factory=list)
    size: int = 0

    def write(self, data: bytes, offset: int) -> None:
        self.since.append((offset, data))
        self.size = max(self.size, offset + len(data))

    def truncate(self, size: int) -> None:
        self.size = size
        self.since = [(offset, data[: max(0, size - offset)]) for offset, data in self.since if offset < size]

    def sync(self) -> None:
        for offset, data in self.since:
            _lay(self.safe, offset, data)
        del self.safe[self.size :]
        self.since = []

    def after_cut(self, kept: Callable[[], bool]) -> bytes:
        """Content when every sector written since the last sync is kept as the lot says."""
        content = bytearray(self.safe)
        for offset, data in self.since:
            for begin in range(0, len(data), SECTOR):
                if kept():
                    _lay(content, offset + begin, data[begin : begin + SECTOR])
        return bytes(content[: self.size] if kept() else content)


def _lay(content: bytearray, offset: int, data: bytes) -> None:
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """The platters of all files opened through it; writes go to the real files too.

    watch is called before every write and sync, in the thread that makes it. lying: a sync makes nothing safe.
    failing_syncs: how many of the next syncs fail. read_only: nothing is written, new files are opened for reading.
    """

    def __init__(self) -> None:
        self.platters: dict[str, Platter] = {}
        self.lying = False
        self.failing_syncs = 0
        self.read_only = False
        self.watch: Callable[[], None] = lambda: None
        self.base = apsw.vfs_names()[0]
        super().__init__("power", base=self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "DiskFile":  # noqa: N802
        return DiskFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.platters.pop(filename, None)
        super().xDelete(filename, syncdir)

    def cut(self, folder: Path, rng: random.Random) -> None:
        """Lay down in an empty folder what a power cut at this moment leaves."""
        share = rng.random()
        folder.mkdir()
        for name, platter in self.platters.items():
            if not name.endswith("-shm"):
                (folder / Path(name).name).write_bytes(platter.after_cut(lambda: rng.random() < share))


class DiskFile(apsw.VFSFile):
    """One open file of the disk."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or "nameless"
        self._platter = disk.platters.setdefault(path, Platter())
        if disk.read_only:
            writing = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            flags[0] = flags[0] & ~writing | apsw.SQLITE_OPEN_READONLY
        super().__init__(disk.base, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.watch()
        if self._disk.read_only:
            raise apsw.IOError("the file system is read-only")
        super().xWrite(data, offset)
        self._platter.write(bytes(data), offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._platter.truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.watch()
        if self._disk.failing_syncs:
            self._disk.failing_syncs -= 1
            raise apsw.IOError("the disk failed to sync")
        super().xSync(flags)
        if not self._disk.lying:
            self._platter.sync()


@contextmanager
def disk() -> Iterator[Disk]:
    """Everything that SQLite opens in this process goes through the disk meanwhile."""
    made = Disk()
    try:
        yield made
    finally:
        made.unregister()
