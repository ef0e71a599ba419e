"""What sealing does, without doing it: rows and chunks to new chunks, samples to the intervals they touch. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.historian import chunks
from sdanlegg.historian.blobs import Blob, Layout, unpack_quality, unpack_source, unpack_values
from sdanlegg.quality import QualityArray
from sdanlegg.readings import NO_SOURCE_TIME, FloatArray, IntArray, TimeArray

CELLS: Final = 300_000  # values in hand at a time: bounds memory
_CHUNK_FIRST: Final = -1  # a chunk's place in the order of acceptance: before every row that is not sealed yet

StoredRow = tuple[int, int, Blob, Blob, Blob]  # seq, t_ns, v, q, s


@dataclass(frozen=True, slots=True)
class Unit:
    """Layouts that are connected by points they share, and all their points: sealed together, a day a transaction."""

    layouts: tuple[Layout, ...]
    points: IntArray  # ascending


def units(layouts: Iterable[Layout]) -> list[Unit]:
    """Cut layouts into units; each layout is in one, no point is in two."""
    groups: list[tuple[list[Layout], set[int]]] = []
    for layout in layouts:
        members, points = [layout], set(layout.ids.tolist())
        apart = []
        for group in groups:
            if group[1].isdisjoint(points):
                apart.append(group)
            else:
                members, points = group[0] + members, group[1] | points
        groups = [*apart, (members, points)]
    return [Unit(tuple(members), np.array(sorted(points), np.int32)) for members, points in groups]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One point's sealed day as the file has it."""

    p: int
    a: int
    e: int
    n: int
    t: bytes  # of the axis
    v: bytes
    q: Blob
    s: Blob


@dataclass(frozen=True, slots=True)
class Column:
    """One point's new chunk: encoding and blobs."""

    p: int
    e: int
    v: bytes
    q: Blob
    s: Blob


@dataclass(frozen=True, slots=True)
class Sheet:
    """New chunks of points that have the same n instants, packed in t; a: the axis that the file has of them."""

    n: int
    t: bytes
    a: int | None
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Samples of some points from one place; order: in which they were accepted. source_t_ns: NO_SOURCE_TIME: none."""

    t_ns: TimeArray
    order: TimeArray
    values: FloatArray
    quality: QualityArray
    source_t_ns: TimeArray | None


def fold(
    day_ns: int, rows: Mapping[int, Sequence[StoredRow]], layouts: Mapping[int, Layout], old: Mapping[int, Chunk]
) -> list[Sheet]:
    """Fold one day's rows, by layout number, into the chunks that the points have of that day.

    Of samples of one point at the same instant the one accepted last stays; a chunk's were accepted before every row.
    Points that no row brings keep their chunk and are in no sheet. A point is packed with all digits if any of its
    sources has them.
    """
    sheets: dict[bytes, list[Column]] = {}
    sizes: dict[bytes, int] = {}
    for points, members, a in _alike(rows, layouts, old):
        for part in _parts(points, sum(len(rows[x]) for x in members)):
            merged = _merge(_sources(part, members, rows, layouts, old, a, day_ns))
            axis = chunks.pack_axis(day_ns, merged.t_ns)
            sizes[axis] = merged.t_ns.size
            wide = [_is_wide(p, members, layouts, old.get(p)) for p in part.tolist()]
            sheets.setdefault(axis, []).extend(_columns(part, merged, wide))
    known = {chunk.t: chunk.a for chunk in old.values()}
    return [Sheet(sizes[t], t, known.get(t), tuple(columns)) for t, columns in sheets.items()]


def _alike(
    rows: Mapping[int, Sequence[StoredRow]], layouts: Mapping[int, Layout], old: Mapping[int, Chunk]
) -> Iterator[tuple[IntArray, tuple[int, ...], int | None]]:
    """Points with rows in the same layouts and the same axis, if any: they share their instants."""
    of_point: dict[int, list[int]] = {}
    for number, found in rows.items():
        for p in layouts[number].ids.tolist() if found else []:
            of_point.setdefault(p, []).append(number)
    alike: dict[tuple[tuple[int, ...], int | None], list[int]] = {}
    for p in sorted(of_point):
        alike.setdefault((tuple(of_point[p]), old[p].a if p in old else None), []).append(p)
    for (members, a), points in alike.items():
        yield np.array(points, np.int32), members, a


def _parts(points: IntArray, n: int) -> list[IntArray]:
    size = max(1, CELLS // max(n, 1))
    return [points[i : i + size] for i in range(0, points.size, size)]


def _sources(
    points: IntArray,
    members: tuple[int, ...],
    rows: Mapping[int, Sequence[StoredRow]],
    layouts: Mapping[int, Layout],
    old: Mapping[int, Chunk],
    a: int | None,
    day_ns: int,
) -> list[_Source]:
    found = [] if a is None else [_of_chunks([old[p] for p in points.tolist()], day_ns)]
    return found + [_of_rows(rows[x], layouts[x], layouts[x].positions(points)) for x in members]


class UnreadableError(Exception):
    """A chunk of point number p cannot be unpacked."""

    def __init__(self, p: int) -> None:
        super().__init__(p)
        self.p = p


def _of_chunks(found: Sequence[Chunk], day_ns: int) -> _Source:
    """Chunks that share an axis."""
    unpacked = [_unpack(chunk, day_ns) for chunk in found]
    n = found[0].n
    times = [x[3] for x in unpacked]
    none = np.full(n, NO_SOURCE_TIME, np.int64)
    return _Source(
        unpacked[0][0],
        np.full(n, _CHUNK_FIRST, np.int64),
        np.stack([x[1] for x in unpacked], axis=1),
        np.stack([x[2] for x in unpacked], axis=1),
        None if all(x is None for x in times) else np.stack([none if x is None else x for x in times], axis=1),
    )


def _unpack(chunk: Chunk, day_ns: int) -> tuple[TimeArray, FloatArray, QualityArray, TimeArray | None]:
    try:
        return (
            chunks.unpack_axis(day_ns, chunk.t),
            chunks.unpack_values(chunk.e, chunk.v, chunk.n),
            chunks.unpack_quality(chunk.q, chunk.n),
            chunks.unpack_source(chunk.s),
        )
    except chunks.UNREADABLE as err:
        raise UnreadableError(chunk.p) from err


def _of_rows(found: Sequence[StoredRow], layout: Layout, positions: IntArray) -> _Source:
    source = None
    if any(row[4] is not None for row in found):
        source = np.full((len(found), positions.size), NO_SOURCE_TIME, np.int64)
        for i, row in enumerate(found):
            times = unpack_source(row[4])
            if times is not None:
                source[i] = times[positions]
    return _Source(
        np.array([row[1] for row in found], np.int64),
        np.array([row[0] for row in found], np.int64),
        unpack_values(layout, [row[2] for row in found], positions),
        unpack_quality(layout, [row[3] for row in found], positions),
        source,
    )


def _merge(sources: Sequence[_Source]) -> _Source:
    """All samples by time, of equal times the one accepted last."""
    t_ns = np.concatenate([x.t_ns for x in sources])
    order = np.concatenate([x.order for x in sources])
    take = np.lexsort((order, t_ns))
    take = take[np.append(t_ns[take][1:] != t_ns[take][:-1], True)]
    source = None
    if any(x.source_t_ns is not None for x in sources):
        nothing = [np.full(x.values.shape, NO_SOURCE_TIME, np.int64) for x in sources]
        given = [n if x.source_t_ns is None else x.source_t_ns for n, x in zip(nothing, sources, strict=True)]
        source = np.concatenate(given)[take]
    return _Source(
        t_ns[take],
        order[take],
        np.concatenate([x.values for x in sources])[take],
        np.concatenate([x.quality for x in sources])[take],
        source,
    )


def _is_wide(p: int, members: tuple[int, ...], layouts: Mapping[int, Layout], old: Chunk | None) -> bool:
    if old is not None and old.e != chunks.NARROW:
        return True
    return any(layouts[x].wide[layouts[x].positions(np.array([p], np.int32))[0]] for x in members)


def _columns(points: IntArray, merged: _Source, wide: Sequence[bool]) -> Iterator[Column]:
    for i, p in enumerate(points.tolist()):
        e, v = chunks.pack_values(merged.values[:, i], wide=wide[i])
        times = None if merged.source_t_ns is None else merged.source_t_ns[:, i]
        if times is not None and (times == NO_SOURCE_TIME).all():
            times = None
        yield Column(p, e, v, chunks.pack_quality(merged.quality[:, i]), chunks.pack_source(times))
