"""The file of the local store: its tables, its numbered migrations, and the ways to open it."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import structlog

from sdanlegg.errors import DamagedError, StoreError, StoreFullError, StoreInUseError

FILE_NAME: Final = "history.db"
LOCK_NAME: Final = "service.lock"
INCREMENTAL: Final = 2  # of PRAGMA auto_vacuum: pages that were freed are given back when asked for
log = structlog.get_logger("store")

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

    -- Replaced by the next version before anything wrote them.
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
    """
    DROP TABLE chunk; DROP TABLE rollup; DROP TABLE cursor; DROP TABLE event; DROP TABLE correction;
    -- Facts of the file: sealed_ns (every sample before it has been sealed once, later arrivals wait for the next
    -- time; it never falls), zone (whose days the day tier has), raw_from_ns (sealed samples before it have been
    -- deleted: tiers before it are all that is left and are never made anew), generation (counts changes of chunk,
    -- axis and rollup), pruned_ns (the hall's clock when old history was last deleted).
    CREATE TABLE fact(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    -- Instants of one UTC day, shared by the points that were sampled together: chunks.pack_axis.
    CREATE TABLE axis(a INTEGER PRIMARY KEY, t0_ns INTEGER NOT NULL, n INTEGER NOT NULL, t BLOB NOT NULL) STRICT;
    CREATE INDEX axis_t0 ON axis(t0_ns);
    -- Sealed samples, one row per point and UTC day: encoding e and values v, qualities q (NULL: all good), source
    -- times s (NULL: none), as chunks.pack_* make them.
    CREATE TABLE chunk(
        p INTEGER NOT NULL, t0_ns INTEGER NOT NULL, a INTEGER NOT NULL, e INTEGER NOT NULL,
        v BLOB NOT NULL, q BLOB, s BLOB, UNIQUE(p, t0_ns)) STRICT;
    CREATE INDEX chunk_t0 ON chunk(t0_ns);
    -- Tiers of 60, 900 and 3600 s (blocks of tiers.BLOCK intervals) and 86400 (local days, one block a local year, t0
    -- its first midnight): columns v, c, m of tiers.pack_block. A row has every interval of its block; one that was
    -- never sealed is used = 0. Wide as point.wide says, which never falls: register_points widens the rows.
    CREATE TABLE rollup(
        every_s INTEGER NOT NULL, p INTEGER NOT NULL, t0_ns INTEGER NOT NULL,
        v BLOB NOT NULL, c BLOB, m BLOB NOT NULL, UNIQUE(every_s, p, t0_ns)) STRICT;
    CREATE INDEX rollup_t0 ON rollup(every_s, t0_ns);
    -- Rows that are sealed but have not reached every mirror yet: reading's columns. Truth is in chunk.
    CREATE TABLE spool(
        seq INTEGER PRIMARY KEY, l INTEGER NOT NULL, t_ns INTEGER NOT NULL, v BLOB, q BLOB, s BLOB) STRICT;
    -- How far each mirror is: sent_seq was sent, safe_seq was sent so long ago that it need not be sent again;
    -- dropped: samples that left the spool unsent because it was full.
    CREATE TABLE mirror(
        name TEXT PRIMARY KEY, sent_seq INTEGER NOT NULL, safe_seq INTEGER NOT NULL,
        dropped INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
    -- Lines that a mirror refuses whatever is done.
    CREATE TABLE quarantine(
        id INTEGER PRIMARY KEY, mirror TEXT NOT NULL, point TEXT NOT NULL, t_ns INTEGER NOT NULL,
        line TEXT NOT NULL, reason TEXT NOT NULL, at_ns INTEGER NOT NULL) STRICT;
    -- What a person said of a point's samples in [start_ns, end_ns): they are bad, or value * gain + shift, or the
    -- samples of correction_sample instead; undo takes back the one in undoes. Rows are only ever added.
    CREATE TABLE correction(
        id INTEGER PRIMARY KEY, made_ns INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
        p INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
        action TEXT NOT NULL CHECK(action IN ('bad', 'linear', 'samples', 'undo')),
        gain REAL, shift REAL, undoes INTEGER UNIQUE) STRICT;
    CREATE INDEX correction_p ON correction(p);
    CREATE TABLE correction_sample(
        id INTEGER NOT NULL, t_ns INTEGER NOT NULL, v REAL NOT NULL,
        PRIMARY KEY(id, t_ns)) STRICT, WITHOUT ROWID;
    CREATE TRIGGER correction_is_kept BEFORE UPDATE ON correction BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER correction_stays BEFORE DELETE ON correction BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER sample_is_kept BEFORE UPDATE ON correction_sample BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER sample_stays BEFORE DELETE ON correction_sample BEGIN SELECT RAISE(ABORT, 'append only'); END;
    -- How often a point was sampled from since_ns on: the first since the beginning of time. Coverage goes by it.
    CREATE TABLE period(
        p INTEGER NOT NULL, since_ns INTEGER NOT NULL, period_ns INTEGER NOT NULL,
        PRIMARY KEY(p, since_ns)) STRICT, WITHOUT ROWID;
    INSERT INTO period SELECT p, -9223372036854775808, period_ns FROM point;
    -- Ranges whose tiers are out of date: readers make them from samples until the sealer has redone them.
    CREATE TABLE dirty(
        id INTEGER PRIMARY KEY, p INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL) STRICT;
    """,
)


def store_error(err: apsw.Error, path: Path) -> StoreError:
    """Say in one sentence what is wrong with the store at the given path."""
    if isinstance(err, apsw.FullError):
        return StoreFullError(f"the disk that holds {path} is full")
    match err:
        case apsw.NotADBError() | apsw.CorruptError():
            text = f"{path} is damaged ({err}); nothing was changed: restore it from a backup or move it away"
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
    except (DamagedError, zlib.error) as err:
        raise StoreError(f"{path} is damaged: {err}; the rest can be read: restore it from a backup") from err
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
            raise StoreInUseError(f"{data_dir} is in use by another running service (it holds {path})") from err
    return lock


def connect_writer(path: Path, *, create: bool) -> apsw.Connection:
    """Open for writing: WAL, every commit synced. Only the first opening creates: a lost file is never replaced."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(2000)
    connection.pragma("auto_vacuum", INCREMENTAL)  # counts in a file without tables only: see make_shrinkable
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
    connection.pragma("cache_size", -4000)
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


def make_shrinkable(connection: apsw.Connection, path: Path) -> None:
    """Write a file that cannot give pages back anew, once; where there is no room for that, it stays as it is."""
    if connection.pragma("auto_vacuum") == INCREMENTAL:
        return
    log.info("store_rewriting", path=str(path), reason="so that deleted history gives the disk back")
    try:
        connection.execute("VACUUM")
    except apsw.FullError as err:
        log.warning("store_not_rewritten", path=str(path), err=str(err))
