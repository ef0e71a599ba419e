"""Whole days of a past that nobody sampled live, straight into sealed days and tiers: no row, no sequence number.

For a twin's year or an archive brought from elsewhere. It is what sealing the same samples as rows would give, at a
fraction of the work. Mirrors are not fed by it: `sdanlegg mirror --from` sends history to them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import apsw
import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian import Days, chunks, facts, grid, seal_write
from sdanlegg.historian.catalogue import Catalogue, StoredPoint, hold_of, holds
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.seal_plan import Column, Sheet
from sdanlegg.historian.seal_read import first_row_ns
from sdanlegg.historian.seal_tiers import Blocks, Rollup, Span, put_days
from sdanlegg.historian.seal_write import OvertakenError
from sdanlegg.historian.tiers import HOUR_S, QUARTER_S, TIERS_S
from sdanlegg.quality import QualityArray
from sdanlegg.readings import FloatArray, TimeArray

TOGETHER: Final = 50  # points in hand at a time: bounds memory
LONGEST_S: Final = (QUARTER_S, HOUR_S)
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of whole UTC days: t_ns (T,) ascending, the first at a midnight; values, quality (T, N) of N points.

    NaN stands beside bad quality. texts: what the codes of text points mean. Pieces of one past come in order.
    """

    t_ns: TimeArray
    points: tuple[str, ...]
    values: FloatArray
    quality: QualityArray
    texts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A piece as the file takes it."""

    generation: int
    days: tuple[tuple[int, Sheet], ...]
    rollups: tuple[Rollup, ...]
    texts: tuple[tuple[int, str], ...]
    end_ns: int


async def put(store: LocalStore, piece: Piece, zone: ZoneInfo, *, samples: bool = True) -> None:
    """Seal a piece in one transaction; StoreError if one of its days is taken already, see free_days.

    Without samples only what is kept longest is written, figures of a quarter of an hour and more: for days beyond what
    keep says of samples and minutes. The store has been sealed once, in this zone, and has had a row of each point's
    device: layouts come with rows. ValueError if the first sample is not a day's first instant.
    """
    if piece.t_ns[0] % DAY_NS:
        raise ValueError("a piece of the past begins with a sample at midnight UTC")
    for _ in range(_TRIES):
        sealed = await store.ask(partial(_seal, piece=piece, zone=zone, samples=samples))
        try:
            await store.change(partial(_apply, sealed=sealed))
        except OvertakenError:
            continue
        return
    raise StoreError("the history is being sealed again and again: the past waits")


def free_days(
    connection: apsw.Connection, catalogue: Catalogue, points: Sequence[str], start_ns: int, end_ns: int
) -> list[int]:
    """UTC days, ascending, wholly in [start_ns, end_ns), of which no point has sealed samples or a correction."""
    known = catalogue.find(connection, points)
    numbers = json.dumps([point.p for point in known])
    raw_from_ns = facts.read(connection).raw_from_ns
    if raw_from_ns is not None:
        start_ns = max(start_ns, raw_from_ns + int(holds(known).max()))
    first_ns = -(-start_ns // DAY_NS) * DAY_NS
    sql = (
        """SELECT DISTINCT t0_ns FROM chunk WHERE t0_ns >= ? AND t0_ns < ? AND p IN (SELECT value FROM json_each(?))"""
    )
    taken = {t0_ns for (t0_ns,) in connection.execute(sql, (first_ns, end_ns, numbers))}
    sql = "SELECT start_ns, end_ns FROM correction WHERE p IN (SELECT value FROM json_each(?)) AND end_ns > ?"
    for low_ns, high_ns in connection.execute(sql, (numbers, first_ns)):
        taken.update(range(int(low_ns) // DAY_NS * DAY_NS, min(int(high_ns), end_ns), DAY_NS))
    return [day_ns for day_ns in range(first_ns, end_ns - DAY_NS + 1, DAY_NS) if day_ns not in taken]


def _seal(connection: apsw.Connection, catalogue: Catalogue, piece: Piece, zone: ZoneInfo, *, samples: bool) -> _Sealed:
    known = facts.read(connection)
    if known.zone != zone.key:
        raise StoreError(f"the history's days are those of {known.zone}, not of {zone.key}: it is to be sealed first")
    points = catalogue.find(connection, piece.points)
    start_ns, end_ns = int(piece.t_ns[0]), int(piece.t_ns[-1]) // DAY_NS * DAY_NS + DAY_NS
    lengths_s = TIERS_S if samples else LONGEST_S
    rollups: list[Rollup] = []
    for i in range(0, len(points), TOGETHER):
        part = _Part(piece, slice(i, i + TOGETHER), (start_ns, end_ns))
        rollups += _rollups(connection, points[part.which], part, lengths_s, zone)
    days = tuple(_days(piece, points)) if samples else ()
    return _Sealed(known.generation, days, tuple(rollups), tuple(piece.texts.items()), end_ns)


def _days(piece: Piece, points: Sequence[StoredPoint]) -> Iterator[tuple[int, Sheet]]:
    """Each day and the chunks of its samples; a day without any is left out."""
    days = piece.t_ns // DAY_NS * DAY_NS
    for day_ns in np.unique(days).tolist():
        these = np.flatnonzero(days == day_ns)
        columns = tuple(
            _column(point, piece.values[these, i], piece.quality[these, i]) for i, point in enumerate(points)
        )
        yield day_ns, Sheet(these.size, chunks.pack_axis(day_ns, piece.t_ns[these]), None, columns)


def _column(point: StoredPoint, values: FloatArray, quality: QualityArray) -> Column:
    e, v = chunks.pack_values(values, wide=point.is_wide)
    return Column(point.p, e, v, chunks.pack_quality(quality), None)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some points of a piece that spans whole days."""

    piece: Piece
    which: slice
    span_ns: tuple[int, int]


def _rollups(
    connection: apsw.Connection,
    points: Sequence[StoredPoint],
    part: _Part,
    lengths_s: Sequence[int],
    zone: ZoneInfo,
) -> Iterator[Rollup]:
    """Tiers of some of the points: every interval of the span, and the local days that end in it."""
    piece, span_ns, wide = part.piece, part.span_ns, np.array([point.is_wide for point in points])
    blocks = Blocks(connection, np.array([point.p for point in points], np.int32), wide, zone)
    values, hold = _as_stored(piece.values[:, part.which], wide), hold_of(points)
    for every_s in lengths_s:
        edges_ns = np.arange(span_ns[0], span_ns[1] + 1, every_s * SECOND_NS, dtype=np.int64)
        fresh = grid.summarise(piece.t_ns, values, piece.quality[:, part.which], hold, edges_ns)
        blocks.put(every_s, edges_ns[:-1], fresh)
    edges_ns = grid.edges(*span_ns, Days(zone))
    put_days(blocks, Span(edges_ns, edges_ns[1:] <= span_ns[1]))
    yield from blocks.changed()


def _as_stored(values: FloatArray, wide: NDArray[np.bool_]) -> FloatArray:
    """Values as the chunks give them back."""
    with np.errstate(over="ignore"):
        return np.where(wide, values, values.astype(np.float32).astype(np.float64))


def _apply(connection: apsw.Connection, sealed: _Sealed) -> None:
    if facts.read(connection).generation != sealed.generation:
        raise OvertakenError
    for day_ns, sheet in sealed.days:
        numbers = json.dumps([column.p for column in sheet.columns])
        sql = "SELECT 1 FROM chunk WHERE t0_ns = ? AND p IN (SELECT value FROM json_each(?)) LIMIT 1"
        if connection.execute(sql, (day_ns, numbers)).get is not None:
            day = np.datetime64(day_ns, "ns").astype("datetime64[D]")
            raise StoreError(f"the history has sealed samples of {day} already")
        seal_write.put_chunks(connection, day_ns, (sheet,))
    if not sealed.days:
        facts.raise_ns(connection, "raw_from_ns", sealed.end_ns)
    seal_write.put_rollups(connection, sealed.rollups)
    connection.executemany("INSERT OR IGNORE INTO text(code, text) VALUES(?, ?)", sealed.texts)
    if first_row_ns(connection, sealed.end_ns) is None:
        seal_write.finish(connection, sealed.end_ns)
    facts.bump(connection)
