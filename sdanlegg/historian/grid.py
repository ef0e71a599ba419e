"""Samples on common time axes: pure numpy, no SQL, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN, QualityArray
from sdanlegg.readings import FloatArray, IntArray, TimeArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Samples of a few points that came together: places (k,) in a question, t_ns (N,) ascending, the rest (N, k)."""

    places: IntArray
    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray


def usable(values: FloatArray, quality: QualityArray) -> BoolArray:
    """Mask of the samples that may stand for their interval: finite and good or uncertain."""
    return np.isfinite(values) & (quality < BAD)


def newest_of_equal(block: Block) -> Block:
    """Block with one row an instant: of rows with equal t_ns the last one stays."""
    keep = np.append(block.t_ns[1:] != block.t_ns[:-1], True) if block.t_ns.size else np.empty(0, bool)
    if keep.all():
        return block
    return Block(block.places, block.t_ns[keep], block.values[keep], block.quality[keep])


def union(blocks: Sequence[Block], n: int) -> tuple[TimeArray, FloatArray, QualityArray]:
    """Lay blocks side by side.

    blocks : places in range(n), each block with distinct t_ns, no place and instant in two blocks.
    Returns t_ns (T,) every instant once, ascending; values (T, n), NaN, and quality (T, n), NO_SAMPLE, where a point
    has no sample at the instant. No value is changed, none is carried to another instant.
    """
    t_ns = np.unique(np.concatenate([np.empty(0, np.int64), *(block.t_ns for block in blocks)]))
    values = np.full((t_ns.size, n), np.nan)
    quality = np.full((t_ns.size, n), NO_SAMPLE, np.uint16)
    for block in blocks:
        cells = np.ix_(np.searchsorted(t_ns, block.t_ns), block.places)
        values[cells] = block.values
        quality[cells] = block.quality
    return t_ns, values, quality


class Buckets:
    """Sums over count intervals of every_ns from first_ns, of k points; add takes samples piece by piece, in order.

    A sample stands from its instant to the next one of its point, but no longer than hold_ns (k,). A bad or non-finite
    sample stands for nothing and ends the one before it; an uncertain one counts for the value, not for the coverage.
    """

    def __init__(self, first_ns: int, every_ns: int, count: int, hold_ns: TimeArray) -> None:
        self._first = first_ns
        self._every = every_ns
        self._count = count
        uniform = hold_ns.size > 0 and bool((hold_ns == hold_ns[0]).all())
        self._hold = hold_ns[:1] if uniform else hold_ns
        shape = (count, hold_ns.size)
        self._area = np.zeros(shape)
        self._used = np.zeros(shape, np.int64)
        self._good = np.zeros(shape, np.int64)
        self._last = np.full(shape, np.nan)

    def add(self, t_ns: TimeArray, values: FloatArray, quality: QualityArray, until_ns: int) -> None:
        """Count samples t_ns (N,) ascending, values and quality (N, k), which stand until until_ns at most.

        until_ns is the first instant of the next piece, or the end. Of equal instants the last counts.
        """
        if not t_ns.size:
            return
        low, high = max(int(t_ns[0]), self._first), min(until_ns, self._first + self._count * self._every)
        if low >= high:
            return
        begin, end, starts, rows = self._cut(t_ns, low, high)
        sample = np.searchsorted(t_ns, begin, "right") - 1
        reach = t_ns[sample, None] + self._hold
        span = np.maximum(np.minimum(end[:, None], reach) - begin[:, None], 0)
        use = usable(values, quality)
        used = np.where(use[sample], span, 0)
        good = np.where(quality[sample] < UNCERTAIN, used, 0)
        self._used[rows] += np.add.reduceat(used, starts, axis=0)
        self._good[rows] += np.add.reduceat(good, starts, axis=0)
        # As shares of the interval, not as ns: no finite value overflows.
        area = np.where(use, values, 0.0)[sample] * (used / self._every)
        self._area[rows] += np.add.reduceat(area, starts, axis=0)
        last = np.maximum.reduceat(np.where(used > 0, sample[:, None], -1), starts, axis=0)
        held = np.take_along_axis(values, np.maximum(last, 0), axis=0)
        self._last[rows] = np.where(last >= 0, held, self._last[rows])

    def means(self) -> FloatArray:
        """(count, k) time-weighted means of the values over the time that samples stood for; NaN without any."""
        share = self._used / self._every
        means = np.full(share.shape, np.nan)
        np.divide(self._area, share, out=means, where=share > 0)
        return means

    def lasts(self) -> FloatArray:
        """(count, k) the last value that stood in each interval; NaN without any."""
        return self._last

    def coverage(self) -> FloatArray:
        """(count, k) share of each interval that good samples stood for, 0 to 1."""
        return self._good / self._every

    def quality(self) -> QualityArray:
        """(count, k) GOOD where good samples stood all the time, NO_SAMPLE where none stood, else UNCERTAIN."""
        quality = np.where(self._good >= self._every, GOOD, UNCERTAIN).astype(np.uint16)
        quality[self._used == 0] = NO_SAMPLE
        return quality

    def _cut(self, t_ns: TimeArray, low: int, high: int) -> tuple[TimeArray, TimeArray, NDArray[np.intp], slice]:
        """Cut [low, high) at samples and edges: begin and end (M,), first cut of each interval, the intervals."""
        first, last = (low - self._first) // self._every, (high - 1 - self._first) // self._every
        edges = self._first + self._every * np.arange(first, last + 2, dtype=np.int64)
        inside = t_ns[(t_ns > low) & (t_ns < high)]
        cuts = np.unique(np.concatenate([edges.clip(low, high), inside]))
        return cuts[:-1], cuts[1:], np.searchsorted(cuts, edges[:-1].clip(low, high)), slice(first, last + 1)
