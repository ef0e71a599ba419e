"""Questions to the file: SQL in, blocks of arrays out. Runs in a reader's thread, never on the event loop."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import apsw
import numpy as np

from sdanlegg.historian import tiers
from sdanlegg.historian.active import load_active
from sdanlegg.historian.blobs import Blob, Layout, unpack_quality, unpack_source, unpack_values
from sdanlegg.historian.catalogue import Catalogue, Group, StoredPoint, hold_of, holds
from sdanlegg.historian.grid import Block, Buckets, joined, newest_of_equal, nothing_of
from sdanlegg.historian.overlay import overlay
from sdanlegg.historian.sealed import Strand, pieces, spread, strands
from sdanlegg.historian.tiers import Summary
from sdanlegg.quality import QualityArray
from sdanlegg.readings import NO_SOURCE_TIME, FloatArray, TimeArray

BLOCK_CELLS: Final = 400_000  # values that are unpacked at a time: bounds memory, and the wait until a cancel is seen
SHORT_ROWS: Final = 2000
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


def blocks(
    connection: apsw.Connection, group: Group, start_ns: int, end_ns: int, *, corrected: bool = True
) -> Iterator[Block]:
    """Samples of the group in [start_ns, end_ns), a bounded piece at a time.

    Points that share their instants come together, one such set after the other; the pieces of a set ascend, and an
    instant stands in one row of one piece. corrected: as people corrected them; else as they came.
    """
    for strand in plan(connection, group, start_ns, end_ns, corrected=corrected):
        yield from stream(connection, strand, start_ns, end_ns)


def plan(
    connection: apsw.Connection, group: Group, start_ns: int, end_ns: int, *, corrected: bool = True
) -> list[Strand]:
    """Strands of the group, each small enough that a day of it is a bounded piece."""
    active = load_active(connection, group.numbers.tolist(), start_ns, end_ns) if corrected else {}
    found = []
    for strand in strands(connection, group, start_ns, end_ns, active):
        size = max(1, BLOCK_CELLS // max([day.n for day in strand.days], default=1))
        k = strand.group.places.size
        found += [strand] if k <= size else [strand.part(slice(i, i + size)) for i in range(0, k, size)]
    return found


def stream(connection: apsw.Connection, strand: Strand, start_ns: int, end_ns: int) -> Iterator[Block]:
    """Samples of the strand in [start_ns, end_ns), ascending, every instant once."""
    fresh = _fresh(connection, strand.group, start_ns, end_ns)
    apart = _apart(_merged(pieces(connection, strand, start_ns, end_ns), fresh))
    return _overlaid(apart, strand, start_ns, end_ns) if strand.corrections else apart


def _fresh(connection: apsw.Connection, group: Group, start_ns: int, end_ns: int) -> Iterator[Block]:
    """Samples that are not sealed yet, by time; an instant may stand in two pieces, the later one counts."""
    size = max(16, BLOCK_CELLS // max(layout.ids.size for layout in group.layouts))
    found = rows(connection, group, start_ns, end_ns)
    while piece := list(islice(found, size)):
        yield newest_of_equal(decode(group, piece))


def _merged(sealed: Iterator[Block], fresh: Iterator[Block]) -> Iterator[Block]:
    """Two streams as one by time; of equal instants the one that is not sealed comes last, since it came later."""
    late = next(fresh, None)
    for day in sealed:
        while late is not None and day.t_ns.size and late.t_ns[0] <= day.t_ns[-1]:
            upto = int(np.searchsorted(day.t_ns, late.t_ns[-1], "right"))
            stop = int(np.searchsorted(late.t_ns, day.t_ns[-1], "right"))
            both = joined([day.rows(slice(upto)), late.rows(slice(stop))])
            order = np.argsort(both.t_ns, kind="stable")
            yield newest_of_equal(Block(both.places, both.t_ns[order], both.values[order], both.quality[order]))
            day = day.rows(slice(upto, None))  # noqa: PLW2901 - what is left of it
            late = late.rows(slice(stop, None)) if stop < late.t_ns.size else next(fresh, None)
        if day.t_ns.size:
            yield day
    while late is not None:
        yield late
        late = next(fresh, None)


def _apart(found: Iterator[Block]) -> Iterator[Block]:
    """The same with every instant in one row of one piece."""
    waiting: Block | None = None
    for piece in found:
        if waiting is not None and waiting.t_ns[-1] == piece.t_ns[0]:
            waiting = waiting.rows(slice(-1))
        if waiting is not None and waiting.t_ns.size:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting


def _overlaid(found: Iterator[Block], strand: Strand, start_ns: int, end_ns: int) -> Iterator[Block]:
    """The same as people corrected it; samples that people gave come where there was nothing as well."""
    low, waiting = start_ns, nothing_of(strand.group.places)
    for piece in found:
        high = int(piece.t_ns[0])
        laid = overlay(waiting, strand.corrections, low, high)
        if laid.t_ns.size:
            yield laid
        low, waiting = high, piece
    laid = overlay(waiting, strand.corrections, low, end_ns)
    if laid.t_ns.size:
        yield laid


def count_values(connection: apsw.Connection, found: Sequence[Strand], start_ns: int, end_ns: int) -> int:
    """About how many stored values a raw answer would take."""
    sql = "SELECT count(*) FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ?"
    fresh: int = sum(
        connection.execute(sql, (layout.l, start_ns, end_ns)).get * strand.group.places.size
        for strand in found
        for layout in strand.group.layouts
    )
    return fresh + spread(found, start_ns, end_ns)


def raw(
    connection: apsw.Connection, group: Group, start_ns: int, end_ns: int, *, corrected: bool = True
) -> list[Block]:
    """Every sample of the group in [start_ns, end_ns), one row an instant; a block for points that share instants."""
    found = plan(connection, group, start_ns, end_ns, corrected=corrected)
    return [whole(connection, strand, start_ns, end_ns) for strand in found]


def whole(connection: apsw.Connection, strand: Strand, start_ns: int, end_ns: int) -> Block:
    """Every sample of the strand in [start_ns, end_ns), every instant once."""
    found = list(stream(connection, strand, start_ns, end_ns))
    return joined(found) if found else nothing_of(strand.group.places)


def bucket(
    connection: apsw.Connection,
    group: Group,
    points: Sequence[StoredPoint],
    edges_ns: TimeArray,
    *,
    corrected: bool = True,
) -> Summary:
    """Summary (K, k) of the group's samples over the intervals between the edges (K+1,); not rounded."""
    made = tiers.nothing(edges_ns.size - 1, group.places.size)
    members = [points[place] for place in group.places]
    start_ns, end_ns = int(edges_ns[0]) - int(holds(members).max(initial=0)), int(edges_ns[-1])
    column = {place: i for i, place in enumerate(group.places.tolist())}
    for strand in plan(connection, group, start_ns, end_ns, corrected=corrected):
        these = [column[place] for place in strand.group.places.tolist()]
        buckets = Buckets(edges_ns, hold_of([members[i] for i in these]))
        found = _gathered(stream(connection, strand, start_ns, end_ns))
        waiting = next(found, None)
        while waiting is not None:
            following = next(found, None)
            until = end_ns if following is None else int(following.t_ns[0])
            buckets.add(waiting.t_ns, waiting.values, waiting.quality, until)
            waiting = following
        summary = buckets.summary()
        for name in tiers.NAMES:
            getattr(made, name)[:, these] = getattr(summary, name)
    return made


def _gathered(found: Iterator[Block]) -> Iterator[Block]:
    """The same with short pieces joined: adding one costs much the same however short it is."""
    hand: list[Block] = []
    for piece in found:
        if hand and sum(x.t_ns.size for x in hand) + piece.t_ns.size > SHORT_ROWS:
            yield joined(hand)
            hand = []
        hand.append(piece)
    if hand:
        yield joined(hand)


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
