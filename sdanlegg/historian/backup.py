"""A backup: one .tar with a checked copy of a history that is being written, the hall's files, and their checksums."""

import contextlib
import hashlib
import io
import json
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import apsw

from sdanlegg.errors import DamagedError, StoreError
from sdanlegg.historian import sealed
from sdanlegg.historian.schema import check_version, connect_reader, naming
from sdanlegg.outfile import OutputError

FORMAT: Final = "sdanlegg-backup/1"
TOP: Final = "sdanlegg-backup"  # folder in the archive: unpacking it by hand overwrites nothing
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"  # in the form of sha256sum -c; the last member, so an archive without it was cut short
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    site: str
    made: str  # UTC, when the copy began: every sample accepted before is in it
    version: str
    schema: int
    rows: Mapping[str, int]  # by table
    files: Mapping[str, str]  # path in the archive -> SHA-256
    left_out: tuple[str, ...]  # files with secrets that the hall's files name
    catalogue: str  # folder of the register maps as site.toml names it
    format: str = FORMAT

    def to_json(self) -> bytes:
        """As it stands in the archive."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read it back; ValueError or KeyError if it is none."""
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise ValueError(f"its format is {values['format']!r}, this program reads {FORMAT!r}")
        return cls(**values | {"left_out": tuple(values["left_out"])})


class Copying:
    """Copies a history in one read transaction, from a thread; cancel ends it."""

    def __init__(self, source: Path, target: Path) -> None:
        self.source, self.target = source, target
        with naming(source):
            self._connection = connect_reader(source)
            # The file is open for reading only; this switch would forbid writing the copy as well.
            self._connection.pragma("query_only", False)
            self.schema = check_version(self._connection, source)
            pages, free = (int(self._connection.pragma(name)) for name in ("page_count", "freelist_count"))
            self.size = (pages - free) * int(self._connection.pragma("page_size"))

    def run(self) -> None:
        """Copy; StoreError if the source cannot be read, OutputError if the target cannot be written."""
        try:
            # One statement, one state of the file. A stepwise backup begins anew at every commit of another process.
            self._connection.execute("VACUUM INTO ?", (str(self.target),))
        except apsw.FullError as err:
            raise OutputError("the disk is full: no backup was made, and nothing was left behind") from err
        except apsw.IOError as err:
            raise OutputError(
                f"{self.source} could not be copied ({err}): no backup was made, nothing is left"
            ) from err
        except apsw.Error as err:
            with naming(self.source):
                raise err from None
        finally:
            self._connection.close()

    def cancel(self) -> None:
        """Have run end soon with an error; safe from another thread."""
        with contextlib.suppress(apsw.ConnectionClosedError):  # it has just ended by itself
            self._connection.interrupt()


def check_copy(copy: Path) -> dict[str, int]:
    """Rows of each table; StoreError if the copy is not sound."""
    with naming(copy), contextlib.closing(apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        found = [text for (text,) in connection.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise StoreError(f"the copied history is not sound, no backup was made: {'; '.join(found)}")
        try:
            sealed.check(connection)
        except DamagedError as err:
            raise StoreError(f"the history is damaged, no backup was made: {err}") from err
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [name for (name,) in connection.execute(sql)]
        return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').get) for name in names}  # noqa: S608


class _Hashing:
    """A file that is read once, and hashed while it is."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._file = file
        self._told = told
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.sha256.update(piece)
        self._told(len(piece))
        return piece


class Archive:
    """The .tar while it is written."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by close
        self._told = told
        self.sums: dict[str, str] = {}

    def add(self, name: str, source: Path) -> None:
        """Add a file under a name."""
        with source.open("rb") as file:
            hashing = _Hashing(file, self._told)
            self._member(name, source.stat().st_size, hashing)
            self.sums[name] = hashing.sha256.hexdigest()

    def close(self, manifest: Manifest) -> None:
        """Add the manifest and the checksums of everything, and end the archive."""
        text = manifest.to_json()
        self._text(MANIFEST, text)
        sums = self.sums | {MANIFEST: hashlib.sha256(text).hexdigest()}
        self._text(SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode())
        self._tar.close()

    def _text(self, name: str, text: bytes) -> None:
        self._member(name, len(text), io.BytesIO(text))

    def _member(self, name: str, size: int, content: Any) -> None:
        info = tarfile.TarInfo(f"{TOP}/{name}")
        info.size, info.mtime = size, int(time.time())
        self._tar.addfile(info, content)
