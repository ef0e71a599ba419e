"""Points and layouts as the file knows them: registering the configuration's, finding those of a question."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import apsw
import numpy as np
import structlog

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import UnknownPointError
from sdanlegg.historian import tiers
from sdanlegg.historian.blobs import Layout
from sdanlegg.historian.grid import Hold
from sdanlegg.points import Point, PointTable
from sdanlegg.readings import NO_SOURCE_TIME, IntArray, TimeArray

log = structlog.get_logger("store")

_FIELDS = "id, unit, kind, quantity, nb, en, wide, period_ns"
_UPSERT = f"""INSERT INTO point({_FIELDS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET
    unit = excluded.unit, kind = excluded.kind, quantity = excluded.quantity, nb = excluded.nb, en = excluded.en,
    wide = max(wide, excluded.wide), period_ns = excluded.period_ns"""


def _fields(point: Point) -> tuple[str | int, ...]:
    period_ns = int(point.period_s * SECOND_NS)
    return (
        *(point.id, point.unit, point.kind, point.quantity, point.nb, point.en),
        *(int(point.is_wide), period_ns),
    )


def register_points(connection: apsw.Connection, table: PointTable, now_ns: int) -> IntArray:
    """Bring the table's points into the file and return their numbers (len(table),). Points are never taken out.

    A period that changed holds for samples from now_ns on; those before keep the one that they were taken with.
    """
    known = {row[0]: tuple(row) for row in connection.execute(f"SELECT {_FIELDS} FROM point")}  # noqa: S608
    changed = [fields for fields in map(_fields, table) if known.get(fields[0]) != fields]
    for fields in changed:
        before = known.get(fields[0])
        if before is not None and before[1] != fields[1]:
            log.warning("point_unit_changed", point=fields[0], before=before[1], now=fields[1])
    with connection:
        connection.executemany(_UPSERT, changed)
        for fields in changed:
            before = known.get(fields[0])
            if before is not None and fields[6] > before[6]:
                _widen(connection, fields[0])
        numbers = dict(connection.execute("SELECT id, p FROM point"))
        for fields in changed:
            _note_period(connection, numbers[fields[0]], now_ns, int(fields[7]))
    return np.array([numbers[point.id] for point in table], np.int32)


def note_sampling(connection: apsw.Connection, table: PointTable, start_ns: int, end_ns: int, period_ns: int) -> None:
    """Say that samples in [start_ns, end_ns) are period_ns apart where the table's are closer: a past made later.

    Whatever was said of other times stays.
    """
    numbers = dict(connection.execute("SELECT id, p FROM point"))
    insert = "INSERT OR REPLACE INTO period(p, since_ns, period_ns) VALUES(?, ?, ?)"
    for point, usual_ns in zip(table, table.period_ns.tolist(), strict=True):
        if usual_ns >= period_ns:
            continue
        p = numbers[point.id]
        sql = "SELECT period_ns FROM period WHERE p = ? AND since_ns <= ? ORDER BY since_ns DESC LIMIT 1"
        after_ns = connection.execute(sql, (p, end_ns)).get
        connection.execute("DELETE FROM period WHERE p = ? AND since_ns >= ? AND since_ns < ?", (p, start_ns, end_ns))
        connection.execute(insert, (p, start_ns, period_ns))
        connection.execute(insert, (p, end_ns, after_ns))


def _note_period(connection: apsw.Connection, p: int, now_ns: int, period_ns: int) -> None:
    known = connection.execute("SELECT period_ns FROM period WHERE p = ? ORDER BY since_ns DESC LIMIT 1", (p,)).get
    if known == period_ns:
        return
    since_ns = NO_SOURCE_TIME if known is None else now_ns
    connection.execute("DELETE FROM period WHERE p = ? AND since_ns >= ?", (p, since_ns))
    connection.execute("INSERT INTO period(p, since_ns, period_ns) VALUES(?, ?, ?)", (p, since_ns, period_ns))


def _widen(connection: apsw.Connection, id_: str | int) -> None:
    """Write a point's tiers with 64 bits; from then on every figure of it is written so, whatever the point becomes."""
    sql = "SELECT r.rowid, every_s, v, c, m FROM rollup r JOIN point USING(p) WHERE id = ?"
    for found in connection.execute(sql, (id_,)).fetchall():
        rowid, every_s, v, c, m = cast("tuple[int, int, bytes, bytes | None, bytes]", found)
        row = tiers.pack_block(tiers.unpack_block((v, c, m), every_s, wide=False), 0, every_s, wide=True)
        connection.execute("UPDATE rollup SET v = ?, c = ?, m = ? WHERE rowid = ?", (*row, rowid))


def load_layouts(connection: apsw.Connection, after: int = 0) -> list[Layout]:
    """Layouts with numbers above the given one, in order."""
    return [
        Layout(l, np.frombuffer(ids, "<i4").astype(np.int32), np.frombuffer(wide, np.bool_))
        for l, ids, wide in connection.execute("SELECT l, ids, wide FROM layout WHERE l > ? ORDER BY l", (after,))  # noqa: E741
    ]


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """What reading needs to know of a point."""

    p: int
    is_gauge: bool
    is_wide: bool
    holds: tuple[tuple[int, int], ...]  # since_ns, hold_ns by time, the first since the beginning of time

    @property
    def hold_ns(self) -> int:
        """Longest time that any sample of it stands for."""
        return max(hold_ns for _, hold_ns in self.holds)


@dataclass(frozen=True, slots=True)
class Group:
    """Points of a question that stand in the same layouts: their places in the question, and in each layout."""

    places: IntArray
    numbers: IntArray  # in the order of places
    layouts: tuple[Layout, ...]
    positions: tuple[IntArray, ...]  # for each layout, in the order of places

    def part(self, which: slice | Sequence[int]) -> "Group":
        """The same of some of the points."""
        positions = tuple(x[which] for x in self.positions)
        return Group(self.places[which], self.numbers[which], self.layouts, positions)


@dataclass(slots=True)
class Catalogue:
    """One reader's memory of points and layouts; both only grow, so it is completed and never emptied."""

    points: dict[str, StoredPoint] = field(default_factory=dict)
    layouts: dict[int, Layout] = field(default_factory=dict)
    _of_point: dict[int, list[Layout]] = field(default_factory=dict)

    def find(self, connection: apsw.Connection, ids: Sequence[str]) -> list[StoredPoint]:
        """Look the points up; UnknownPointError names the first that the file does not know."""
        if any(id_ not in self.points for id_ in ids):
            held: dict[int, list[tuple[int, int]]] = {}
            for p, since_ns, period_ns in connection.execute("SELECT p, since_ns, period_ns FROM period ORDER BY 1, 2"):
                held.setdefault(p, []).append((since_ns, max_gap_ns(period_ns)))
            for id_, p, kind, wide in connection.execute("SELECT id, p, kind, wide FROM point"):
                self.points[id_] = StoredPoint(p, kind == "gauge", bool(wide), tuple(held[p]))
        for id_ in ids:
            if id_ not in self.points:
                raise UnknownPointError(f"unknown point {id_!r}")
        return [self.points[id_] for id_ in ids]

    def groups(self, connection: apsw.Connection, points: Sequence[StoredPoint]) -> list[Group]:
        """Cut the points into groups; those that were never stored are in none."""
        self.complete(connection)
        places: dict[tuple[int, ...], list[int]] = {}
        for place, point in enumerate(points):
            layouts = self._of_point.get(point.p)
            if layouts:
                places.setdefault(tuple(x.l for x in layouts), []).append(place)
        return [self._group(key, members, points) for key, members in places.items()]

    def complete(self, connection: apsw.Connection) -> None:
        """Learn the layouts that were added since."""
        for layout in load_layouts(connection, max(self.layouts, default=0)):
            self.layouts[layout.l] = layout
            for p in layout.ids.tolist():
                self._of_point.setdefault(p, []).append(layout)

    def _group(self, key: tuple[int, ...], members: list[int], points: Sequence[StoredPoint]) -> Group:
        layouts = tuple(self.layouts[number] for number in key)
        numbers = np.array([points[place].p for place in members], np.int32)
        positions = tuple(layout.positions(numbers) for layout in layouts)
        return Group(np.array(members, np.int32), numbers, layouts, positions)


def max_gap_ns(period_ns: int) -> int:
    """Longest time that a sample stands for: three periods, but five seconds at least."""
    return max(3 * period_ns, 5 * SECOND_NS)


def hold_of(points: Sequence[StoredPoint]) -> Hold:
    """How long samples of the points stand, at each time."""
    first_ns = np.array([point.holds[0][1] for point in points], np.int64)
    changes = ((i, *change) for i, point in enumerate(points) for change in point.holds[1:])
    return Hold(first_ns, tuple(sorted(changes, key=lambda change: change[1])))


def holds(points: Sequence[StoredPoint]) -> TimeArray:
    """(P,) ns that any sample of each point stands for at most."""
    return np.array([point.hold_ns for point in points], np.int64)
