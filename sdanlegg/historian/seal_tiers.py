"""Bringing tiers up to date: which intervals samples touch, and the blocks that hold them. Reads, never writes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import apsw
import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, grid, query, tiers
from sdanlegg.historian.catalogue import Catalogue, StoredPoint, hold_of, holds
from sdanlegg.historian.tiers import BLOCK, DAY_S, QUARTER_S, TIERS_S, Summary
from sdanlegg.readings import IntArray, TimeArray

QUARTER_NS = QUARTER_S * SECOND_NS


@dataclass(frozen=True, slots=True)
class Bounds:
    """Intervals may be made that begin at from_ns or later and end at until_ns or before; days are the zone's."""

    from_ns: int
    until_ns: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Touched:
    """What became new: stretches [starts, ends), each (N,); and the intervals that were completed, by tier."""

    starts: TimeArray
    ends: TimeArray
    completed: Mapping[int, tuple[int, int]]  # every_s -> [start, end), none if empty


@dataclass(frozen=True, slots=True)
class Span:
    """Intervals between edges_ns (K+1,) of which the marked (K,) are to be made."""

    edges_ns: TimeArray
    marked: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rollup:
    """One point's block of a tier, as the file has it."""

    every_s: int
    p: int
    t0_ns: int
    v: bytes
    c: bytes | None
    m: bytes


def completed(before_ns: int, until_ns: int, zone: ZoneInfo) -> dict[int, tuple[int, int]]:
    """Intervals of each tier that end after before_ns and at until_ns at the latest."""
    ends = {every_s: (tiers.floor_ns(before_ns, every_s), tiers.floor_ns(until_ns, every_s)) for every_s in TIERS_S}
    ends[DAY_S] = (day_ns(before_ns, zone), day_ns(until_ns, zone))
    return {every_s: (low, high) for every_s, (low, high) in ends.items() if low < high}


def day_ns(t_ns: int, zone: ZoneInfo) -> int:
    """First instant of the local day that holds the instant."""
    return int(grid.edges(t_ns, t_ns, Days(zone))[0])


def within(touched: Touched, low_ns: int, high_ns: int) -> Touched:
    """Same stretches; of the completed intervals those that [low_ns, high_ns) touches."""
    cut = {every_s: (max(low, low_ns), min(high, high_ns)) for every_s, (low, high) in touched.completed.items()}
    return Touched(touched.starts, touched.ends, {k: (low, high) for k, (low, high) in cut.items() if low < high})


def spans(touched: Touched, bounds: Bounds) -> dict[int, Span]:
    """Which intervals of each tier are to be made anew: those touched, complete and allowed; none where none is."""
    found: dict[int, Span] = {}
    for every_s in (*TIERS_S, DAY_S):
        starts, ends = touched.starts, touched.ends
        if every_s == DAY_S and QUARTER_S in found:  # a day is made of its quarters
            quarters = found[QUARTER_S]
            starts, ends = quarters.edges_ns[:-1][quarters.marked], quarters.edges_ns[1:][quarters.marked]
        if every_s in touched.completed:
            low, high = touched.completed[every_s]
            starts, ends = np.append(starts, low), np.append(ends, high)
        if starts.size:
            every = Days(bounds.zone) if every_s == DAY_S else every_s * SECOND_NS
            first, last = int(starts.min()), min(int(ends.max()), bounds.until_ns)
            edges_ns = grid.edges(max(first, bounds.from_ns), last, every)
            marked = reached(starts, ends, edges_ns)
            marked &= (edges_ns[:-1] >= bounds.from_ns) & (edges_ns[1:] <= bounds.until_ns)
            if marked.any():
                found[every_s] = Span(edges_ns, marked)
    return found


def reached(starts: TimeArray, ends: TimeArray, edges_ns: TimeArray) -> NDArray[np.bool_]:
    """(K,) which of the intervals between edges (K+1,) any of the stretches [starts, ends) reaches into."""
    low = np.searchsorted(edges_ns, starts, "right") - 1
    high = np.searchsorted(edges_ns, ends, "left")
    some = high > 0
    marks = np.zeros(edges_ns.size + 1, np.int64)
    np.add.at(marks, low[some].clip(0), 1)
    np.add.at(marks, high[some], -1)
    return np.cumsum(marks)[: edges_ns.size - 1] > 0


class Blocks:
    """Blocks of some points as the file has them, and what becomes of them; (n, P) of P points at a time."""

    def __init__(self, connection: apsw.Connection, points: IntArray, wide: NDArray[np.bool_], zone: ZoneInfo) -> None:
        self._connection = connection
        self._points = points
        self._wide = wide
        self._zone = zone
        self._rows: dict[tuple[int, int], dict[int, tiers.Row]] = {}
        self._summaries: dict[tuple[int, int], Summary] = {}

    def put(self, every_s: int, starts_ns: TimeArray, fresh: Summary) -> None:
        """Set the intervals that begin at starts_ns (K,) to fresh (K, P), rounded as they rest."""
        fresh = tiers.at_rest(fresh, self._wide)
        for t0_ns, index, these in self._places(every_s, starts_ns):
            block = self._block(every_s, t0_ns)
            for name in tiers.NAMES:
                getattr(block, name)[index] = getattr(fresh, name)[these]

    def get(self, every_s: int, starts_ns: TimeArray) -> Summary:
        """Intervals that begin at starts_ns (K,), ascending: (K, P)."""
        pieces = [self._block(every_s, t0_ns).rows(index) for t0_ns, index, _ in self._places(every_s, starts_ns)]
        return tiers.stack(pieces)

    def changed(self) -> Iterator[Rollup]:
        """Blocks whose bytes are not those of the file."""
        for (every_s, t0_ns), block in self._summaries.items():
            rows = self._rows[every_s, t0_ns]
            for i, p in enumerate(self._points.tolist()):
                if p not in rows and not (block.used[:, i] > 0).any():
                    continue
                row = tiers.pack_block(block, i, every_s, wide=bool(self._wide[i]))
                if rows.get(p) != row:
                    yield Rollup(every_s, p, t0_ns, *row)

    def _places(self, every_s: int, starts_ns: TimeArray) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
        """Blocks of the intervals: start, places in the block, places among starts_ns."""
        if every_s == DAY_S:
            firsts = np.array([year_ns(t, self._zone) for t in starts_ns.tolist()], np.int64)
        else:
            firsts = starts_ns // tiers.block_ns(every_s) * tiers.block_ns(every_s)
        for t0_ns in np.unique(firsts).tolist():
            these = np.flatnonzero(firsts == t0_ns)
            yield t0_ns, np.searchsorted(self._starts(every_s, t0_ns), starts_ns[these]), these

    def _starts(self, every_s: int, t0_ns: int) -> TimeArray:
        if every_s == DAY_S:
            return grid.edges(t0_ns, year_ns(t0_ns, self._zone, 1), Days(self._zone))[:-1]
        return t0_ns + every_s * SECOND_NS * np.arange(BLOCK[every_s], dtype=np.int64)

    def _block(self, every_s: int, t0_ns: int) -> Summary:
        if (every_s, t0_ns) not in self._summaries:
            sql = """SELECT p, v, c, m FROM rollup WHERE every_s = ? AND t0_ns = ?
                AND p IN (SELECT value FROM json_each(?))"""
            found = self._connection.execute(sql, (every_s, t0_ns, json.dumps(self._points.tolist())))
            rows = {p: (v, c, m) for p, v, c, m in cast("Iterator[tuple[int, bytes, bytes | None, bytes]]", found)}
            size = self._starts(every_s, t0_ns).size
            block = tiers.nothing(size, self._points.size)
            for i, p in enumerate(self._points.tolist()):
                if p in rows:
                    stored = tiers.unpack_block(rows[p], every_s, wide=bool(self._wide[i]))
                    for name in tiers.NAMES:
                        getattr(block, name)[:, i] = getattr(stored, name)[:, 0]
            self._rows[every_s, t0_ns], self._summaries[every_s, t0_ns] = rows, block
        return self._summaries[every_s, t0_ns]


def year_ns(t_ns: int, zone: ZoneInfo, later: int = 0) -> int:
    """First instant of the local year that holds the instant, or of one some years later."""
    year = datetime.fromtimestamp(t_ns // SECOND_NS, UTC).astimezone(zone).year + later
    return int(datetime(year, 1, 1, tzinfo=zone).timestamp()) * SECOND_NS


def redo(
    connection: apsw.Connection,
    catalogue: Catalogue,
    points: Sequence[StoredPoint],
    wanted: Mapping[int, Span],
    zone: ZoneInfo,
) -> list[Rollup]:
    """Make the wanted intervals of the points anew from their samples, corrections laid over; blocks that change."""
    if not wanted:
        return []
    numbers = np.array([point.p for point in points], np.int32)
    blocks = Blocks(connection, numbers, np.array([point.is_wide for point in points]), zone)
    fixed = {every_s: wanted[every_s] for every_s in TIERS_S if every_s in wanted}
    if fixed:
        for every_s, fresh in _from_samples(connection, catalogue, points, fixed).items():
            marked = np.flatnonzero(fixed[every_s].marked)
            blocks.put(every_s, fixed[every_s].edges_ns[:-1][marked], fresh.rows(marked))
    if DAY_S in wanted:
        put_days(blocks, wanted[DAY_S])
    return list(blocks.changed())


def put_days(blocks: Blocks, days: Span) -> None:
    """Make the marked days from their quarters."""
    for i in np.flatnonzero(days.marked).tolist():
        starts = np.arange(days.edges_ns[i], days.edges_ns[i + 1], QUARTER_NS, dtype=np.int64)
        day = tiers.combine(blocks.get(QUARTER_S, starts), np.zeros(1, np.intp))
        blocks.put(DAY_S, days.edges_ns[i : i + 1], day)


def _from_samples(
    connection: apsw.Connection, catalogue: Catalogue, points: Sequence[StoredPoint], fixed: Mapping[int, Span]
) -> dict[int, Summary]:
    """Summaries (K, P) of all intervals of the spans."""
    hold_ns = holds(points)
    low = min(int(span.edges_ns[:-1][span.marked][0]) for span in fixed.values())
    high = max(int(span.edges_ns[1:][span.marked][-1]) for span in fixed.values())
    made = {every_s: tiers.nothing(span.marked.size, len(points)) for every_s, span in fixed.items()}
    for group in catalogue.groups(connection, points):
        for block in query.raw(connection, group, low - int(hold_ns[group.places].max()), high):
            hold = hold_of([points[place] for place in block.places])
            for every_s, span in fixed.items():
                fresh = grid.summarise(block.t_ns, block.values, block.quality, hold, span.edges_ns)
                for name in tiers.NAMES:
                    getattr(made[every_s], name)[:, block.places] = getattr(fresh, name)
    return made
