"""What the sealer looks up, one state of the file a question: steps ready to be written. Runs in a reader's thread."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast
from zoneinfo import ZoneInfo

import apsw
import numpy as np

from sdanlegg.historian import facts, seal_tiers
from sdanlegg.historian.catalogue import Catalogue, StoredPoint, holds
from sdanlegg.historian.chunks import DAY_NS, day_of
from sdanlegg.historian.seal_plan import Chunk, StoredRow, Unit, UnreadableError, fold, units
from sdanlegg.historian.seal_tiers import Bounds, Rollup, Touched, completed, spans, within
from sdanlegg.historian.seal_write import Cut, Mended, Step
from sdanlegg.historian.sealed import unreadable
from sdanlegg.readings import TimeArray

PIECE_NS: Final = 4 * DAY_NS  # of a dirty range in one step
MOST_ROWS: Final = 1500  # of a layout in one step: a backlog is worked off in short transactions too
TOGETHER: Final = 50  # points whose tiers are made together: bounds memory
_NONE: Final = np.empty(0, np.int64)


def first_row_ns(connection: apsw.Connection, until_ns: int) -> int | None:
    """Oldest time of the rows before until_ns that are not sealed."""
    found = [_next_row(connection, layout, facts.NEVER_NS, until_ns) for layout in _layout_numbers(connection)]
    return min((t for t in found if t is not None), default=None)


def count_late(connection: apsw.Connection, until_ns: int, most: int) -> int:
    """How many rows wait that came after their time had been sealed and can be sealed now; most at the most."""
    sealed_ns = facts.read(connection).sealed_ns
    if sealed_ns is None:
        return 0
    sql = "SELECT count(*) FROM (SELECT 1 FROM reading WHERE l = ? AND t_ns < ? LIMIT ?)"
    end_ns = min(sealed_ns, until_ns)
    return sum(connection.execute(sql, (number, end_ns, most)).get for number in _layout_numbers(connection))


def is_dirty(connection: apsw.Connection) -> bool:
    """Whether any range of a tier is out of date."""
    return connection.execute("SELECT 1 FROM dirty LIMIT 1").get is not None


def all_units(connection: apsw.Connection, catalogue: Catalogue) -> list[Unit]:
    """Every unit of the file."""
    catalogue.complete(connection)
    return units(catalogue.layouts.values())


def days(connection: apsw.Connection, catalogue: Catalogue, unit: Unit, until_ns: int, zone: ZoneInfo) -> list[int]:
    """UTC days, ascending, that have rows of the unit before until_ns, or samples that reach into newly ended times."""
    found: set[int] = set()
    for layout in unit.layouts:
        t_ns = _next_row(connection, layout.l, facts.NEVER_NS, until_ns)
        while t_ns is not None:
            found.add(day_of(t_ns))
            t_ns = _next_row(connection, layout.l, day_of(t_ns) + DAY_NS, until_ns)
    sealed_ns = facts.read(connection).sealed_ns
    if sealed_ns is not None and completed(sealed_ns, until_ns, zone):
        hold_ns = int(holds(_points(connection, catalogue, unit.points.tolist())).max())
        low = day_of(seal_tiers.day_ns(sealed_ns, zone) - hold_ns)
        sql = """SELECT DISTINCT t0_ns FROM chunk WHERE t0_ns >= ? AND t0_ns < ?
            AND p IN (SELECT value FROM json_each(?))"""
        found.update(t0 for (t0,) in connection.execute(sql, (low, until_ns, _listed(unit.points.tolist()))))
        sql = """SELECT start_ns, end_ns FROM correction WHERE action = 'samples' AND start_ns < ? AND end_ns > ?
            AND p IN (SELECT value FROM json_each(?))"""
        for start_ns, end_ns in connection.execute(sql, (until_ns, low, _listed(unit.points.tolist()))):
            found.update(range(day_of(max(int(start_ns), low)), min(int(end_ns), until_ns), DAY_NS))
    return sorted(found)


def day_step(
    connection: apsw.Connection, catalogue: Catalogue, unit: Unit, day_ns: int, until_ns: int, zone: ZoneInfo
) -> Step | None:
    """Seal what there is of one unit's day before until_ns, or its first rows if they are many; None: nothing to do."""
    known = facts.read(connection)
    seq: int = connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'reading'").get
    rows, end_ns, more = _first_rows(connection, unit, day_ns, min(day_ns + DAY_NS, until_ns))
    ended = {} if more or known.sealed_ns is None else completed(known.sealed_ns, until_ns, zone)
    wanted = _wanted(connection, catalogue, unit, rows, (day_ns, until_ns), ended, zone)
    rollups = tuple(_redo(connection, catalogue, unit.points.tolist(), wanted, zone))
    if not any(rows.values()):
        return Step(known.generation, rollups=rollups) if rollups else None
    members = {layout.l: layout for layout in unit.layouts}
    points = {p for number, found in rows.items() if found for p in members[number].ids.tolist()}
    try:
        sheets = fold(day_ns, rows, members, _chunks(connection, sorted(points), day_ns))
    except UnreadableError as err:
        raise unreadable(connection, err.p, day_ns) from err
    cut = Cut(tuple(number for number, found in rows.items() if found), day_ns, end_ns, seq)
    return Step(known.generation, day_ns, cut, tuple(sheets), rollups, more=more)


def dirty_step(connection: apsw.Connection, catalogue: Catalogue, until_ns: int, zone: ZoneInfo) -> Step | None:
    """Redo a piece of the oldest dirty range; None if there is none."""
    known = facts.read(connection)
    found = connection.execute("SELECT id, p, start_ns, end_ns FROM dirty ORDER BY id LIMIT 1").fetchone()
    if found is None:
        return None
    id_, p, start_ns, end_ns = found
    piece_ns = min(end_ns, (start_ns // PIECE_NS + 1) * PIECE_NS)
    sealed_ns = known.sealed_ns if known.sealed_ns is not None else facts.NEVER_NS
    points = _points(connection, catalogue, [p])
    touched = Touched(np.array([start_ns], np.int64), np.array([piece_ns], np.int64), {})
    wanted = spans(touched, _bounds(known, points, max(sealed_ns, until_ns), zone))
    rollups = tuple(_redo(connection, catalogue, [p], wanted, zone))
    done = piece_ns >= min(end_ns, max(sealed_ns, until_ns))
    return Step(known.generation, rollups=rollups, mended=(Mended(id_, None if done else piece_ns),))


def _wanted(
    connection: apsw.Connection,
    catalogue: Catalogue,
    unit: Unit,
    rows: dict[int, list[StoredRow]],
    times: tuple[int, int],
    ended: Mapping[int, tuple[int, int]],
    zone: ZoneInfo,
) -> dict[int, seal_tiers.Span]:
    """Intervals that the rows touch, or that have ended since and samples of this day may reach into."""
    day_ns, until_ns = times
    known = facts.read(connection)
    sealed_ns = until_ns if known.sealed_ns is None else max(known.sealed_ns, until_ns)
    points = _points(connection, catalogue, unit.points.tolist())
    hold_of = dict(zip(unit.points.tolist(), holds(points).tolist(), strict=True))
    starts, ends = [_NONE], [_NONE]
    for layout in unit.layouts:
        t_ns: TimeArray = np.array([row[1] for row in rows[layout.l]], np.int64)
        starts.append(t_ns)
        ends.append(t_ns + max(hold_of[p] for p in layout.ids.tolist()))
    touched = Touched(np.concatenate(starts), np.concatenate(ends), ended)
    touched = within(touched, day_ns, day_ns + DAY_NS + max(hold_of.values()))
    return spans(touched, _bounds(known, points, sealed_ns, zone))


def _bounds(known: facts.Facts, points: Sequence[StoredPoint], until_ns: int, zone: ZoneInfo) -> Bounds:
    """What lies before the oldest samples, or hangs on samples before them, is left as it is."""
    oldest = facts.NEVER_NS if known.raw_from_ns is None else known.raw_from_ns + int(holds(points).max())
    return Bounds(oldest, until_ns, zone)


def _redo(
    connection: apsw.Connection,
    catalogue: Catalogue,
    numbers: list[int],
    wanted: dict[int, seal_tiers.Span],
    zone: ZoneInfo,
) -> Iterator[Rollup]:
    for i in range(0, len(numbers), TOGETHER):
        points = _points(connection, catalogue, numbers[i : i + TOGETHER])
        yield from seal_tiers.redo(connection, catalogue, points, wanted, zone)


def _points(connection: apsw.Connection, catalogue: Catalogue, numbers: Iterable[int]) -> list[StoredPoint]:
    sql = "SELECT id FROM point WHERE p IN (SELECT value FROM json_each(?)) ORDER BY p"
    return catalogue.find(connection, [str(id_) for (id_,) in connection.execute(sql, (_listed(numbers),))])


def _layout_numbers(connection: apsw.Connection) -> list[int]:
    return [number for (number,) in connection.execute("SELECT l FROM layout")]


def _next_row(connection: apsw.Connection, number: int, start_ns: int, end_ns: int) -> int | None:
    sql = "SELECT min(t_ns) FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ?"
    found: int | None = connection.execute(sql, (number, start_ns, end_ns)).get
    return found


def _first_rows(
    connection: apsw.Connection, unit: Unit, start_ns: int, end_ns: int
) -> tuple[dict[int, list[StoredRow]], int, bool]:
    """Rows by layout in [start_ns, end_ns), all of them up to the returned end, and whether there are more after it."""
    sql = "SELECT seq, t_ns, v, q, s FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ? ORDER BY t_ns LIMIT ?"
    rows: dict[int, list[StoredRow]] = {}
    more = False
    for layout in unit.layouts:
        found = connection.execute(sql, (layout.l, start_ns, end_ns, MOST_ROWS + 1)).fetchall()
        rows[layout.l] = cast("list[StoredRow]", found)
        if len(found) > MOST_ROWS:
            end_ns, more = rows[layout.l][-1][1], True
    return {number: [row for row in found if row[1] < end_ns] for number, found in rows.items()}, end_ns, more


def _chunks(connection: apsw.Connection, numbers: Iterable[int], day_ns: int) -> dict[int, Chunk]:
    sql = """SELECT p, a, e, n, t, v, q, s FROM chunk c JOIN axis USING(a) WHERE c.t0_ns = ?
        AND p IN (SELECT value FROM json_each(?))"""
    found = [Chunk(*row) for row in connection.execute(sql, (day_ns, _listed(numbers)))]
    return {chunk.p: chunk for chunk in found}


def _listed(numbers: Iterable[int]) -> str:
    return json.dumps(list(numbers))
