"""The file of the local store: its tables, its numbered migrations, and the ways to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from sdanlegg.errors import StoreError

FILE_NAME: Final = "history.db"
LOCK_NAME: Final = "service.lock"

# One entry a version, in order, never edited once released: PRAGMA user_version counts them. All blobs little-endian.
MIGRATIONS: Final = (
    """
    -- p stands for a point for ever: the configuration's order may change and a point may leave it, its rows stay.
    CREATE TABLE point(
        p INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, kind TEXT NOT NULL,
        quantity TEXT NOT NULL, nb TEXT NOT NULL, en TEXT NOT NULL,
        wide INTEGER NOT NULL, period_ns INTEGER NOT NULL) STRICT;
    -- One row per distinct list of points that a reading brought: ids int32[n], wide uint8[n]. Rows are never changed.
    CREATE TABLE layout(
        l INTEGER PRIMARY KEY, ids BLOB NOT NULL, wide BLOB NOT NULL, UNIQUE(ids, wide)) STRICT;
    -- One poll of one device. seq is the order of acceptance and the mirrors' cursor; it is never used twice.
    -- v: float64 of the wide points, then float32 of the others (NULL: every value NaN).
    -- q: uint16[n] (NULL: all good; two bytes: the same for all). s: source times int64[n] (NULL: none).
    CREATE TABLE reading(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, l INTEGER NOT NULL, t_ns INTEGER NOT NULL,
        v BLOB, q BLOB, s BLOB) STRICT;
    CREATE UNIQUE INDEX reading_l_t ON reading(l, t_ns);
    -- What the codes of text points mean.
    CREATE TABLE text(code INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;

    -- From here on: ready for the next step, written by nothing yet.
    -- Sealed days, one row per point and day, deflated: t NULL when the instants are t0 + i * dt.
    CREATE TABLE chunk(
        p INTEGER NOT NULL, t0_ns INTEGER NOT NULL, dt_ns INTEGER NOT NULL, n INTEGER NOT NULL,
        t BLOB, v BLOB NOT NULL, q BLOB, PRIMARY KEY(p, t0_ns)) STRICT, WITHOUT ROWID;
    -- Tiers of 60, 900, 3600 and 86400 s: float64[k][7] of mean, min, max, first, last, count, coverage from t0 on.
    CREATE TABLE rollup(
        every_s INTEGER NOT NULL, p INTEGER NOT NULL, t0_ns INTEGER NOT NULL, v BLOB NOT NULL,
        PRIMARY KEY(every_s, p, t0_ns)) STRICT, WITHOUT ROWID;
    -- How far each mirror has been fed.
    CREATE TABLE cursor(sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    -- Single samples at instants of their own (v NULL: NaN).
    CREATE TABLE event(
        p INTEGER NOT NULL, t_ns INTEGER NOT NULL, v REAL, q INTEGER NOT NULL,
        PRIMARY KEY(p, t_ns)) STRICT, WITHOUT ROWID;
    -- What a person put in the place of a sample; the sample itself stays.
    CREATE TABLE correction(
        p INTEGER NOT NULL, t_ns INTEGER NOT NULL, v REAL, q INTEGER NOT NULL,
        actor TEXT NOT NULL, made_ns INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY(p, t_ns, made_ns)) STRICT, WITHOUT ROWID;
    """,
)


def store_error(err: apsw.Error, path: Path) -> StoreError:
    """Say in one sentence what is wrong with the store at the given path."""
    match err:
        case apsw.NotADBError() | apsw.CorruptError():
            text = f"{path} is damaged ({err}); nothing was changed: restore it from a backup or move it away"
        case apsw.FullError():
            text = f"the disk that holds {path} is full"
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            text = f"{path} cannot be opened for writing ({err}): check that its folder is there and writable"
        case apsw.BusyError() | apsw.LockedError():
            text = f"{path} is locked by another program ({err})"
        case _:
            text = f"{path}: {err}"
    return StoreError(text)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into StoreError with the path."""
    try:
        yield
    except apsw.Error as err:
        raise store_error(err, path) from err
    except OSError as err:
        raise StoreError(f"{path}: {err.strerror or err}") from err


def take_lock(data_dir: Path) -> apsw.Connection:
    """Hold the folder for one service until the returned connection is closed or the process dies.

    The lock stands on a file of its own, so that readers of other processes are not kept out of the history.
    """
    path = data_dir / LOCK_NAME
    with naming(path):
        lock = apsw.Connection(str(path))
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError as err:
            lock.close()
            raise StoreError(f"{data_dir} is in use by another running service (it holds {path})") from err
    return lock


def connect_writer(path: Path, *, create: bool) -> apsw.Connection:
    """Open for writing: WAL, every commit synced. Only the first opening creates: a lost file is never replaced."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(2000)
    connection.pragma("journal_mode", "WAL")
    connection.pragma("synchronous", "FULL")
    connection.pragma("wal_autocheckpoint", 4000)  # pages of 4 KiB: index pages are checkpointed once, not four times
    connection.pragma("journal_size_limit", 64 << 20)
    connection.pragma("cache_size", -8000)
    return connection


def connect_reader(path: Path) -> apsw.Connection:
    """Open for reading only."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(2000)
    connection.pragma("query_only", True)
    return connection


def check_version(connection: apsw.Connection, path: Path) -> int:
    """Schema version of the file; StoreError if a newer program wrote it."""
    version = int(connection.pragma("user_version"))
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer version of this program (schema {version}, this one knows up to"
            f" {len(MIGRATIONS)}); nothing was changed"
        )
    return version


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the schema to the newest version, each step in one transaction."""
    for number in range(check_version(connection, path) + 1, len(MIGRATIONS) + 1):
        with connection:
            connection.execute(MIGRATIONS[number - 1])
            connection.pragma("user_version", number)
