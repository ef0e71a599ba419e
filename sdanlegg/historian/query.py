"""Questions to the file: SQL in, blocks of arrays out. Runs in a reader's thread, never on the event loop."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import apsw
import numpy as np

from sdanlegg.historian.blobs import Blob, Layout, unpack_quality, unpack_source, unpack_values
from sdanlegg.historian.catalogue import Catalogue, Group, StoredPoint, holds
from sdanlegg.historian.grid import Block, Buckets, newest_of_equal, usable
from sdanlegg.quality import QualityArray
from sdanlegg.readings import NO_SOURCE_TIME, FloatArray, TimeArray

BLOCK_CELLS: Final = 400_000  # values that are unpacked at a time: bounds memory, and the wait until a cancel is seen
NO_TIME: Final = NO_SOURCE_TIME
MIN_NS: Final = np.iinfo(np.int64).min
MAX_NS: Final = np.iinfo(np.int64).max

StoredRow = tuple[int, int, int, Blob, Blob]  # t_ns, seq, l, v, q


@dataclass(frozen=True, slots=True)
class Samples:
    """One sample of each of P points: t_ns (P,), NO_TIME where there is none; values (P,), NaN there."""

    t_ns: TimeArray
    values: FloatArray


@dataclass(frozen=True, slots=True)
class StoredReading:
    """One accepted reading with its place in the order of acceptance; arrays (n,) as in Reading, points by id."""

    seq: int
    t_ns: int
    points: tuple[str, ...]
    values: FloatArray
    quality: QualityArray
    source_t_ns: TimeArray | None


def rows(
    connection: apsw.Connection, group: Group, start_ns: int, end_ns: int, *, newest_first: bool = False
) -> Iterator[StoredRow]:
    """Rows of the group's layouts in [start_ns, end_ns) by time, equal times by order of acceptance.

    One SELECT per layout, merged by SQLite from the index without sorting.
    """
    select = "SELECT t_ns, seq, l, v, q FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ?"
    order = "DESC" if newest_first else "ASC"
    sql = " UNION ALL ".join([select] * len(group.layouts)) + f" ORDER BY t_ns {order}, seq {order}"
    return connection.execute(sql, [x for layout in group.layouts for x in (layout.l, start_ns, end_ns)])


def decode(group: Group, found: Sequence[StoredRow]) -> Block:
    """Arrays of rows, in the order of the rows."""
    t_ns = np.array([row[0] for row in found], np.int64)
    if len(group.layouts) == 1:
        layout, positions = group.layouts[0], group.positions[0]
        values = unpack_values(layout, [row[3] for row in found], positions)
        quality = unpack_quality(layout, [row[4] for row in found], positions)
        return Block(group.places, t_ns, values, quality)
    values = np.empty((len(found), group.places.size))
    quality = np.empty(values.shape, np.uint16)
    for layout, positions in zip(group.layouts, group.positions, strict=True):
        these = [i for i, row in enumerate(found) if row[2] == layout.l]
        if these:
            values[these] = unpack_values(layout, [found[i][3] for i in these], positions)
            quality[these] = unpack_quality(layout, [found[i][4] for i in these], positions)
    return Block(group.places, t_ns, values, quality)


def blocks(connection: apsw.Connection, group: Group, start_ns: int, end_ns: int) -> Iterator[Block]:
    """Samples of the group in [start_ns, end_ns), ascending, a bounded piece at a time; equal times may repeat.

    Here sealed days (chunk) will be read before the rows that are not sealed yet.
    """
    size = max(16, BLOCK_CELLS // max(layout.ids.size for layout in group.layouts))
    stream = rows(connection, group, start_ns, end_ns)
    while found := list(islice(stream, size)):
        yield decode(group, found)


def count_values(connection: apsw.Connection, groups: Sequence[Group], start_ns: int, end_ns: int) -> int:
    """How many stored values a raw answer would take."""
    sql = "SELECT count(*) FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ?"
    return sum(
        connection.execute(sql, (layout.l, start_ns, end_ns)).get * group.places.size
        for group in groups
        for layout in group.layouts
    )


def raw(connection: apsw.Connection, group: Group, start_ns: int, end_ns: int) -> Block:
    """Every sample of the group in [start_ns, end_ns), one row an instant."""
    pieces = list(blocks(connection, group, start_ns, end_ns))
    if not pieces:
        return decode(group, [])
    return newest_of_equal(
        Block(
            group.places,
            np.concatenate([piece.t_ns for piece in pieces]),
            np.concatenate([piece.values for piece in pieces]),
            np.concatenate([piece.quality for piece in pieces]),
        )
    )


def newest(connection: apsw.Connection, group: Group) -> Block:
    """Newest row of the group, if any."""
    return decode(group, list(islice(rows(connection, group, MIN_NS, MAX_NS, newest_first=True), 1)))


def bucket(connection: apsw.Connection, group: Group, points: Sequence[StoredPoint], edges_ns: TimeArray) -> Buckets:
    """Sums of the group's samples over the intervals between the edges (K+1,)."""
    hold_ns = holds([points[place] for place in group.places])
    buckets = Buckets(edges_ns, hold_ns)
    end_ns = int(edges_ns[-1])
    waiting: Block | None = None
    for block in blocks(connection, group, int(edges_ns[0]) - int(hold_ns.max()), end_ns):
        if waiting is not None:
            buckets.add(waiting.t_ns, waiting.values, waiting.quality, int(block.t_ns[0]))
        waiting = block
    if waiting is not None:
        buckets.add(waiting.t_ns, waiting.values, waiting.quality, end_ns)
    return buckets


def first_usable(found: Iterator[StoredRow], group: Group, into: Samples) -> None:
    """Fill in the first usable sample of each of the group's points that has none yet; stops when all have one."""
    size = 1
    missing = np.isnan(into.values[group.places])
    while missing.any() and (piece := list(islice(found, size))):
        block = decode(group, piece)
        use = usable(block.values, block.quality)
        first = use.argmax(axis=0)
        hit = np.flatnonzero(missing & use.any(axis=0))
        into.t_ns[group.places[hit]] = block.t_ns[first[hit]]
        into.values[group.places[hit]] = block.values[first[hit], hit]
        missing[hit] = False
        size = min(8 * size, 1024)


def first_last(
    connection: apsw.Connection, groups: Sequence[Group], n: int, start_ns: int, end_ns: int, lookback_ns: int
) -> tuple[Samples, Samples]:
    """Usable samples at the ends of [start_ns, end_ns), each (n,); see LocalReader.first_last."""
    first, last = _none(n), _none(n)
    for group in groups:
        before = rows(connection, group, start_ns - lookback_ns, start_ns + 1, newest_first=True)
        first_usable(before, group, first)
        first_usable(rows(connection, group, start_ns + 1, end_ns), group, first)
        first_usable(rows(connection, group, start_ns, end_ns, newest_first=True), group, last)
    return first, last


def _none(n: int) -> Samples:
    return Samples(np.full(n, NO_TIME, np.int64), np.full(n, np.nan))


def after(connection: apsw.Connection, catalogue: Catalogue, seq: int, limit: int) -> list[StoredReading]:
    """Up to limit readings accepted after the given one, in order."""
    catalogue.complete(connection)
    names = dict(connection.execute("SELECT p, id FROM point"))
    sql = "SELECT seq, l, t_ns, v, q, s FROM reading WHERE seq > ? ORDER BY seq LIMIT ?"
    found = connection.execute(sql, (seq, limit))
    return [_reading(row, catalogue.layouts[row[1]], names.__getitem__) for row in found]


def _reading(row: tuple[int, int, int, Blob, Blob, Blob], layout: Layout, name: Callable[[int], str]) -> StoredReading:
    everything = np.arange(layout.ids.size, dtype=np.int32)
    return StoredReading(
        seq=row[0],
        t_ns=row[2],
        points=tuple(map(name, layout.ids.tolist())),
        values=unpack_values(layout, [row[3]], everything)[0],
        quality=unpack_quality(layout, [row[4]], everything)[0],
        source_t_ns=unpack_source(row[5]),
    )
