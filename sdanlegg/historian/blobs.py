"""Readings as rows of blobs and back: pure, little-endian on every machine."""

from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sdanlegg.points import PointTable
from sdanlegg.quality import QualityArray
from sdanlegg.readings import FloatArray, IntArray, Reading, TimeArray

Blob = bytes | None
Row = tuple[int, int, Blob, Blob, Blob]  # l, t_ns, v, q, s as the reading table has them


@dataclass(frozen=True)
class Layout:
    """Which points a blob holds: ids (n,) numbers of the point table, wide (n,) those kept in 64 bits."""

    l: int  # noqa: E741 -- the column's name in the file
    ids: IntArray
    wide: NDArray[np.bool_]

    @cached_property
    def order(self) -> IntArray:
        """Positions in the order of the blob: the wide ones, then the others."""
        return np.argsort(~self.wide, kind="stable").astype(np.int32)

    @cached_property
    def place(self) -> IntArray:
        """Where in the blob each point stands: the inverse of order."""
        return np.argsort(self.order).astype(np.int32)

    @cached_property
    def sorter(self) -> NDArray[np.intp]:
        """Positions in ascending order of the point numbers."""
        return np.argsort(self.ids)

    def positions(self, numbers: IntArray) -> IntArray:
        """Position of each of the given point numbers, all of which are in the layout."""
        found = self.sorter[np.searchsorted(self.ids, numbers, sorter=self.sorter)]
        return found.astype(np.int32)

    @cached_property
    def wide_count(self) -> int:
        """How many of the points are kept in 64 bits."""
        return int(self.wide.sum())

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """The value blob as a record."""
        return np.dtype([("wide", "<f8", (self.wide_count,)), ("narrow", "<f4", (self.ids.size - self.wide_count,))])

    @cached_property
    def all_good(self) -> bytes:
        """The quality blob that is not stored."""
        return bytes(2 * self.ids.size)

    @cached_property
    def is_sorted(self) -> bool:
        """Whether the blob has the reading's own order."""
        return bool((np.diff(self.order) > 0).all())


class Layouts:
    """Every layout of the store; l counts from 1 in the order of the list, which only grows."""

    def __init__(self, table: PointTable, ids: IntArray, stored: Sequence[Layout]) -> None:
        """Take the number of each of the table's points in ids (len(table),), and the layouts that the file has."""
        self._ids = ids
        self._wide = table.is_wide
        self.all: list[Layout] = list(stored)
        self._known = {(x.ids.tobytes(), x.wide.tobytes()): x for x in self.all}
        self._by_columns: dict[bytes, Layout] = {}
        # Entering np.errstate costs as much as packing; a context that has it already costs a tenth of that.
        self._quiet = Context()
        self._quiet.run(np.seterr, over="ignore")

    def row(self, reading: Reading) -> Row:
        """Row of a reading, see pack; for one thread."""
        return self._quiet.run(pack, self.of(reading.columns), reading)

    def of(self, columns: IntArray) -> Layout:
        """Layout of a reading's columns, a new one if need be; ValueError if they are not columns of the table."""
        key = columns.astype(np.int32, copy=False).tobytes()
        layout = self._by_columns.get(key)
        return layout if layout is not None else self._add(key)

    def _add(self, key: bytes) -> Layout:
        columns = np.frombuffer(key, np.int32)
        if columns.size and (columns.min() < 0 or columns.max() >= self._ids.size):
            raise ValueError(f"columns outside the point table of {self._ids.size} points: {columns.tolist()}")
        if np.unique(columns).size != columns.size:
            raise ValueError(f"a column stands twice in a reading: {columns.tolist()}")
        ids, wide = self._ids[columns], self._wide[columns]
        layout = self._known.get((ids.tobytes(), wide.tobytes()))
        if layout is None:
            layout = Layout(len(self.all) + 1, ids, wide)
            self._known[ids.tobytes(), wide.tobytes()] = layout
            self.all.append(layout)
        self._by_columns[key] = layout
        return layout


def pack(layout: Layout, reading: Reading) -> Row:
    """Row of a reading. Wide values keep 64 bits, others are rounded to float32; NaN stays NaN, Inf stays Inf.

    A value beyond float32's range becomes Inf, which no mean and no sum takes.
    ValueError if an array has not as many elements as the reading has columns.
    """
    values, quality, source = reading.values, reading.quality, reading.source_t_ns
    n = layout.ids.size
    if values.shape != (n,) or quality.shape != (n,) or (source is not None and source.shape != (n,)):
        raise ValueError(f"reading of {reading.device!r}: values, quality and columns differ in length")
    s = None if source is None else source.astype("<i8", copy=False).tobytes()
    q = quality.astype("<u2", copy=False).tobytes()
    if q == layout.all_good:
        return layout.l, reading.t_ns, _pack_values(layout, values), None, s
    v = None if np.isnan(values).all() else _pack_values(layout, values)
    return layout.l, reading.t_ns, v, q[:2] if q == q[:2] * n else q, s


def _pack_values(layout: Layout, values: FloatArray) -> bytes:
    wide = layout.wide_count
    if not wide:
        return values.astype("<f4").tobytes()
    ordered = values if layout.is_sorted else values[layout.order]
    return ordered[:wide].astype("<f8", copy=False).tobytes() + ordered[wide:].astype("<f4").tobytes()


def unpack_values(layout: Layout, blobs: Sequence[Blob], positions: IntArray) -> FloatArray:
    """Values (len(blobs), len(positions)) float64 of the points at the given positions of the layout."""
    if None in blobs:
        nothing = _pack_values(layout, np.full(layout.ids.size, np.nan))
        blobs = [nothing if b is None else b for b in blobs]
    record = np.frombuffer(b"".join(blobs), layout.dtype)  # type: ignore[arg-type]
    place = layout.place[positions]
    is_wide = layout.wide[positions]
    values = np.empty((len(blobs), positions.size))
    values[:, is_wide] = record["wide"][:, place[is_wide]]
    values[:, ~is_wide] = record["narrow"][:, place[~is_wide] - layout.wide_count]
    return values


def unpack_quality(layout: Layout, blobs: Sequence[Blob], positions: IntArray) -> QualityArray:
    """Quality (len(blobs), len(positions)) uint16 of the points at the given positions of the layout."""
    n = layout.ids.size
    if blobs.count(None) == len(blobs):
        return np.zeros((len(blobs), positions.size), np.uint16)
    good = layout.all_good
    full = [good if b is None else b if len(b) == 2 * n else b * n for b in blobs]
    return np.frombuffer(b"".join(full), "<u2").reshape(-1, n)[:, positions].astype(np.uint16)


def unpack_source(blob: Blob) -> TimeArray | None:
    """Source times (n,) of one row, None where the device gave none."""
    return None if blob is None else np.frombuffer(blob, "<i8").astype(np.int64)
