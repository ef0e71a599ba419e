"""What a mirror has not had, as lines in the order of acceptance; and how far each mirror is.

Functions that change the file are work for LocalStore.change, the others questions for LocalReader.ask.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import apsw
import numpy as np

from sdanlegg.historian.blobs import Blob, Layout, unpack_quality, unpack_values
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.mirrors.cover import PAGE_SHARE, ROW_BYTES
from sdanlegg.historian.mirrors.lines import Series, Template
from sdanlegg.points import PointTable

QUARANTINE_ROWS: Final = 10_000  # kept for each mirror; the oldest leave
_TRIM_ROWS: Final = 20_000  # of one transaction: some ten ms
_PROBES: Final = 32  # places at which the spool is looked at to tell its size
_KEEP: Final = 0.95  # of the cap is left when it is reached, so that it is not reached each time

_AFTER = """SELECT seq, l, t_ns, v, q FROM spool WHERE seq > ?1
    UNION ALL SELECT seq, l, t_ns, v, q FROM reading WHERE seq > ?1 ORDER BY seq LIMIT ?2"""
_NEWEST = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'reading'), 0)"

_Row = tuple[int, int, int, Blob, Blob]


@dataclass(frozen=True, slots=True)
class Batch:
    """Successive rows as lines: last_seq is the newest row's, full says that there are probably more."""

    last_seq: int
    samples: int
    lines: list[bytes]
    full: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mirror is: see the table mirror."""

    sent_seq: int
    safe_seq: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a mirror: rows, about; the oldest one's time; and what is spooled for it, about."""

    rows: int
    oldest_ns: int | None
    spool_bytes: int


class Outbox:
    """Reads rows and makes lines of them; remembers what it learnt of points and layouts. For one thread at a time."""

    def __init__(self, site_id: str, table: PointTable) -> None:
        self._site_id = site_id
        self._known = {point.id: Series.of(point) for point in table}
        self._templates: dict[int, Template] = {}
        self._by_number: dict[int, Series] = {}

    def batch(self, connection: apsw.Connection, catalogue: Catalogue, after_seq: int, samples: int) -> Batch | None:
        """Rows after the given one, up to about so many samples but one row at least; None if there is none."""
        catalogue.complete(connection)
        rows: list[_Row] = []
        count = 0
        times: dict[int, int] = {}
        for row in connection.execute(_AFTER, (after_seq, samples)):
            layout = catalogue.layouts[row[1]]
            if count and (count + layout.ids.size > samples or _clash(catalogue, times.get(row[2]), layout)):
                return self._rendered(connection, catalogue, rows, count, full=True)
            rows.append(row)
            times[row[2]] = row[1]
            count += layout.ids.size
        return self._rendered(connection, catalogue, rows, count, full=False) if rows else None

    def _rendered(
        self, connection: apsw.Connection, catalogue: Catalogue, rows: Sequence[_Row], count: int, *, full: bool
    ) -> Batch:
        by_layout: dict[int, list[_Row]] = {}
        for row in rows:
            by_layout.setdefault(row[1], []).append(row)
        lines: list[bytes] = []
        for number, members in by_layout.items():
            layout = catalogue.layouts[number]
            everything = np.arange(layout.ids.size, dtype=np.int32)
            values = unpack_values(layout, [row[3] for row in members], everything)
            quality = unpack_quality(layout, [row[4] for row in members], everything)
            t_ns = np.array([row[2] for row in members], np.int64)
            lines += self._template(connection, layout).render(t_ns, values, quality)
        return Batch(rows[-1][0], count, lines, full)

    def _template(self, connection: apsw.Connection, layout: Layout) -> Template:
        template = self._templates.get(layout.l)
        if template is None:
            numbers = layout.ids.tolist()
            if any(p not in self._by_number for p in numbers):
                self._learn(connection)
            template = Template(self._site_id, [self._by_number[p] for p in numbers])
            self._templates[layout.l] = template
        return template

    def _learn(self, connection: apsw.Connection) -> None:
        """Learn the points; of one that left the configuration the file does not know the system any more."""
        found = connection.execute("SELECT p, id, quantity, kind, unit, wide FROM point")
        for p, id_, quantity, kind, unit, wide in found:
            self._by_number[p] = self._known.get(id_) or Series(id_, quantity, kind, unit, "", bool(wide))


def _clash(catalogue: Catalogue, other: int | None, layout: Layout) -> bool:
    """Whether a row of that other layout at the same instant has points of this one: the later must come later."""
    if other is None or other == layout.l:
        return False
    return bool(np.isin(layout.ids, catalogue.layouts[other].ids).any())


def enrol(connection: apsw.Connection, names: Collection[str]) -> list[str]:
    """Give each new mirror a cursor before the oldest row that is not sealed; the names of those forgotten.

    A mirror that is named no longer is forgotten at once: nothing waits for it, so that the spool does not grow.
    """
    oldest = connection.execute("SELECT min(seq) FROM reading").get
    start = newest(connection) if oldest is None else oldest - 1
    known = [name for (name,) in connection.execute("SELECT name FROM mirror")]
    for name in names:
        connection.execute(
            "INSERT OR IGNORE INTO mirror(name, sent_seq, safe_seq) VALUES(?, ?, ?)", (name, start, start)
        )
    forgotten = [name for name in known if name not in names]
    connection.executemany("DELETE FROM mirror WHERE name = ?", [(name,) for name in forgotten])
    return forgotten


def newest(connection: apsw.Connection) -> int:
    """Seq of the reading that was accepted last; 0 before the first."""
    return int(connection.execute(_NEWEST).get)


def cursor(connection: apsw.Connection, name: str) -> Cursor | None:
    """How far a mirror is; None if it was never enrolled."""
    found = connection.execute("SELECT sent_seq, safe_seq, dropped FROM mirror WHERE name = ?", (name,)).get
    return None if found is None else Cursor(*found)


def advance(connection: apsw.Connection, name: str, sent_seq: int, safe_seq: int) -> bool:
    """Write a cursor down and let go what every mirror has had safely; whether there is more to let go."""
    sql = """INSERT INTO mirror(name, sent_seq, safe_seq) VALUES(?, ?, ?) ON CONFLICT(name) DO UPDATE
        SET sent_seq = excluded.sent_seq, safe_seq = max(safe_seq, excluded.safe_seq)"""
    connection.execute(sql, (name, sent_seq, safe_seq))
    return trim(connection)


def trim(connection: apsw.Connection) -> bool:
    """Delete the oldest spooled rows that no mirror needs, _TRIM_ROWS at most; whether there are probably more."""
    needed = connection.execute("SELECT min(safe_seq) FROM mirror").get
    last = needed if needed is not None else newest(connection)
    few = "SELECT max(seq) FROM (SELECT seq FROM spool WHERE seq <= ? ORDER BY seq LIMIT ?)"
    connection.execute("DELETE FROM spool WHERE seq <= ?", (connection.execute(few, (last, _TRIM_ROWS)).get,))
    return connection.changes() == _TRIM_ROWS


def backlog(connection: apsw.Connection, at: Cursor) -> Backlog:
    """What waits for a mirror."""
    first = connection.execute(_AFTER, (at.sent_seq, 1)).fetchone()
    rows = 0 if first is None else newest(connection) - at.sent_seq
    return Backlog(rows, None if first is None else first[2], spool_bytes(connection, at.safe_seq))


def spool_bytes(connection: apsw.Connection, after_seq: int) -> int:
    """Bytes that the spooled rows after the given one take, about: by _PROBES looks, exactly if there are few."""
    first = connection.execute("SELECT min(seq) FROM spool WHERE seq > ?", (after_seq,)).get
    if first is None:
        return 0
    last = connection.execute("SELECT max(seq) FROM spool").get
    span = last - first + 1
    if span <= _PROBES * _PROBES:
        return _weigh(connection, first, last + 1, span)[0]
    density = 0.0
    for k in range(_PROBES):
        start, end = first + span * k // _PROBES, first + span * (k + 1) // _PROBES
        size, seen = _weigh(connection, start, end, _PROBES)
        density += size / (seen or end - start)
    return int(density / _PROBES * span)


def _weigh(connection: apsw.Connection, start: int, end: int, limit: int) -> tuple[int, int]:
    """Bytes of up to so many rows with start <= seq < end, and how many numbers they span; 0 if there is none."""
    blobs = "ifnull(length(v), 0) + ifnull(length(q), 0) + ifnull(length(s), 0)"
    size = f"{ROW_BYTES} + {PAGE_SHARE} * ({blobs})"
    rows = f"SELECT seq, {size} AS size FROM spool WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"  # noqa: S608
    found = connection.execute(f"SELECT sum(size), max(seq) FROM ({rows})", (start, end, limit)).get  # noqa: S608
    total, last = found
    return (0, 0) if last is None else (int(total), last - start + 1)


def enforce_cap(connection: apsw.Connection, name: str, cap_bytes: int) -> Cursor:
    """Let the oldest rows go that are spooled for a mirror beyond its cap, counting samples never sent; its cursor.

    LookupError if it was never enrolled.
    """
    at = cursor(connection, name)
    if at is None:
        raise LookupError(f"no mirror {name!r}")
    size = spool_bytes(connection, at.safe_seq)
    if size <= cap_bytes:
        return at
    first = connection.execute("SELECT min(seq) FROM spool WHERE seq > ?", (at.safe_seq,)).get
    last = connection.execute("SELECT max(seq) FROM spool").get
    cut = first + int((1 - _KEEP * cap_bytes / size) * (last - first + 1))
    sql = "SELECT seq, l FROM spool WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
    gone = list(connection.execute(sql, (at.safe_seq, cut, _TRIM_ROWS)))
    if not gone:
        return at
    sizes = dict(connection.execute("SELECT l, length(ids) / 4 FROM layout"))
    lost = sum(sizes[l] for seq, l in gone if seq > at.sent_seq)  # noqa: E741 -- the column's name
    left = Cursor(max(at.sent_seq, gone[-1][0]), gone[-1][0], at.dropped + lost)
    sql = "UPDATE mirror SET sent_seq = ?, safe_seq = ?, dropped = ? WHERE name = ?"
    connection.execute(sql, (left.sent_seq, left.safe_seq, left.dropped, name))
    trim(connection)
    return left


def quarantine(connection: apsw.Connection, mirror: str, refused: Sequence[tuple[str, int, str, str, int]]) -> None:
    """Keep refused lines (point, t_ns, line, reason, at_ns); beyond QUARANTINE_ROWS the mirror's oldest leave."""
    sql = "INSERT INTO quarantine(mirror, point, t_ns, line, reason, at_ns) VALUES(?, ?, ?, ?, ?, ?)"
    connection.executemany(sql, [(mirror, *row) for row in refused[-QUARANTINE_ROWS:]])
    excess = "SELECT id FROM quarantine WHERE mirror = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2"
    connection.execute(f"DELETE FROM quarantine WHERE id IN ({excess})", (mirror, QUARANTINE_ROWS))  # noqa: S608
