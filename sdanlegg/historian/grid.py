"""Samples on common time axes: pure numpy, no SQL, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days
from sdanlegg.historian.tiers import Summary, pick
from sdanlegg.quality import BAD, NO_SAMPLE, UNCERTAIN, QualityArray
from sdanlegg.readings import FloatArray, IntArray, TimeArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Samples of a few points that came together: places (k,) in a question, t_ns (N,) ascending, the rest (N, k)."""

    places: IntArray
    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray

    def rows(self, which: slice) -> "Block":
        """The same of some of the instants."""
        return Block(self.places, self.t_ns[which], self.values[which], self.quality[which])

    def between(self, start_ns: int, end_ns: int) -> "Block":
        """The same of the instants in [start_ns, end_ns)."""
        return self.rows(slice(*np.searchsorted(self.t_ns, [start_ns, end_ns])))


def nothing_of(places: IntArray) -> Block:
    """Block without instants."""
    none = np.empty((0, places.size))
    return Block(places, np.empty(0, np.int64), none, none.astype(np.uint16))


def joined(blocks: Sequence[Block]) -> Block:
    """Successive blocks of the same points as one; ValueError without any."""
    if len(blocks) == 1:
        return blocks[0]
    return Block(
        blocks[0].places,
        np.concatenate([block.t_ns for block in blocks]),
        np.concatenate([block.values for block in blocks]),
        np.concatenate([block.quality for block in blocks]),
    )


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
    if len(blocks) == 1 and blocks[0].places.tolist() == list(range(n)):
        return blocks[0].t_ns, blocks[0].values, blocks[0].quality
    t_ns = np.unique(np.concatenate([np.empty(0, np.int64), *(block.t_ns for block in blocks)]))
    values = np.full((t_ns.size, n), np.nan)
    quality = np.full((t_ns.size, n), NO_SAMPLE, np.uint16)
    for block in blocks:
        cells = np.ix_(np.searchsorted(t_ns, block.t_ns), block.places)
        values[cells] = block.values
        quality[cells] = block.quality
    return t_ns, values, quality


def edges(start_ns: int, end_ns: int, every: int | Days) -> TimeArray:
    """Edges (K+1,) of the whole intervals that [start_ns, end_ns) touches; of an empty range one edge, no interval.

    every: ns, counted from 1970 UTC; or local days, from midnight to midnight.
    """
    if isinstance(every, Days):
        return _midnights(start_ns, end_ns, every.zone)
    first_ns = start_ns // every * every
    count = -(-(end_ns - first_ns) // every) if end_ns > start_ns else 0
    return first_ns + every * np.arange(count + 1, dtype=np.int64)


def _midnights(start_ns: int, end_ns: int, zone: ZoneInfo) -> TimeArray:
    day = datetime.fromtimestamp(start_ns // SECOND_NS, zone).date()
    found = [_midnight_ns(day, zone)]
    while end_ns > start_ns and found[-1] < end_ns:
        day += timedelta(days=1)
        found.append(_midnight_ns(day, zone))
    return np.array(found, np.int64)


def _midnight_ns(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * SECOND_NS


@dataclass(frozen=True, slots=True)
class Hold:
    """How long a sample of each of k points stands at most: first_ns (k,), and from certain instants on otherwise."""

    first_ns: TimeArray
    changes: tuple[tuple[int, int, int], ...] = ()  # point in range(k), since_ns, hold_ns; by time

    def at(self, t_ns: TimeArray) -> TimeArray:
        """(N, k) ns that samples at t_ns (N,) stand for at most; one row or column where all are alike."""
        first = self.first_ns
        if not self.changes:
            return first[None, :1] if first.size and (first == first[0]).all() else first[None, :]
        held = np.repeat(first[None, :], t_ns.size, axis=0)
        for point, since_ns, hold_ns in self.changes:
            held[t_ns >= since_ns, point] = hold_ns
        return held


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Stretches of time in which neither the sample nor the interval changes: begin, end (M,) and their intervals."""

    begin: TimeArray
    end: TimeArray
    starts: NDArray[np.intp]  # first stretch of each interval
    row: NDArray[np.intp]  # interval of each stretch, counted from the first in rows
    rows: slice


class Buckets:
    """Sums over the intervals between edges_ns (K+1,), of k points; add takes samples piece by piece, in order.

    A sample stands from its instant to the next one of its point, but no longer than hold. A bad or non-finite
    sample stands for nothing and ends the one before it; an uncertain one counts for the value, not for the coverage.
    The figures of a point depend on its samples alone, to the last digit: not on the pieces, nor on other points.
    """

    def __init__(self, edges_ns: TimeArray, hold: Hold) -> None:
        self._edges = edges_ns
        self._hold = hold
        shape = (edges_ns.size - 1, hold.first_ns.size)
        self._area = np.zeros(shape)
        self._used, self._good, self._count = (np.zeros(shape, np.int64) for _ in range(3))
        self._low, self._high, self._first, self._last = (np.full(shape, np.nan) for _ in range(4))

    def add(self, t_ns: TimeArray, values: FloatArray, quality: QualityArray, until_ns: int) -> None:
        """Count samples t_ns (N,) ascending, values and quality (N, k), which stand until until_ns at most.

        until_ns is the first instant of the next piece, or the end. Of equal instants the last counts.
        """
        if not t_ns.size:
            return
        low, high = max(int(t_ns[0]), int(self._edges[0])), min(until_ns, int(self._edges[-1]))
        if low >= high:
            return
        cuts = self._cut(t_ns, low, high)
        sample = np.searchsorted(t_ns, cuts.begin, "right") - 1
        reach = (t_ns[:, None] + self._hold.at(t_ns))[sample]
        span = np.maximum(np.minimum(cuts.end[:, None], reach) - cuts.begin[:, None], 0)
        use = usable(values, quality)
        used = np.where(use[sample], span, 0)
        good = np.where(quality[sample] < UNCERTAIN, used, 0)
        arrived = (t_ns[sample] == cuts.begin)[:, None] & use[sample]
        self._used[cuts.rows] += np.add.reduceat(used, cuts.starts, axis=0)
        self._good[cuts.rows] += np.add.reduceat(good, cuts.starts, axis=0)
        self._count[cuts.rows] += np.add.reduceat(arrived, cuts.starts, axis=0, dtype=np.int64)
        standing = np.where(used > 0, values[sample], np.nan)
        self._add_area(standing, used, cuts)
        self._add_extremes(standing, cuts)

    def summary(self) -> Summary:
        """What is known of each interval so far, (K, k); not rounded as tiers.at_rest does."""
        width = np.diff(self._edges)[:, None]
        share = self._used / width
        mean = np.full(share.shape, np.nan)
        np.divide(self._area, share, out=mean, where=share > 0)
        return Summary(
            mean=np.clip(mean, self._low, self._high),  # rounding must not carry a mean past its extremes
            low=self._low,
            high=self._high,
            first=self._first,
            last=self._last,
            count=self._count.astype(np.float64),
            used=share,
            good=self._good / width,
        )

    def _add_area(self, standing: FloatArray, used: TimeArray, cuts: _Cuts) -> None:
        """Add value times share of the interval, stretch after stretch, whatever the pieces.

        Shares and not ns: no finite value overflows. One by one in the order of time: reduceat adds in pairs, so that
        its last digit depends on where a piece begins.
        """
        k = used.shape[1]
        width = np.diff(self._edges[cuts.rows.start : cuts.rows.stop + 1])
        weights = np.where(used > 0, standing, 0.0) * (used / width[cuts.row, None])
        columns = np.arange(k)
        bins = np.concatenate([columns, (cuts.row[:, None] * k + columns).ravel()])
        carried = np.concatenate([self._area[cuts.rows.start], weights.ravel()])
        self._area[cuts.rows] = np.bincount(bins, carried, minlength=width.size * k).reshape(-1, k)

    def _add_extremes(self, standing: FloatArray, cuts: _Cuts) -> None:
        rows, starts = cuts.rows, cuts.starts
        self._low[rows] = np.fmin(self._low[rows], np.fmin.reduceat(standing, starts, axis=0))
        self._high[rows] = np.fmax(self._high[rows], np.fmax.reduceat(standing, starts, axis=0))
        first = pick(standing, starts, np.minimum)
        self._first[rows] = np.where(np.isnan(self._first[rows]), first, self._first[rows])
        last = pick(standing, starts, np.maximum)
        self._last[rows] = np.where(np.isnan(last), self._last[rows], last)

    def _cut(self, t_ns: TimeArray, low: int, high: int) -> _Cuts:
        """Cut [low, high) at samples and edges."""
        first = int(np.searchsorted(self._edges, low, "right")) - 1
        stop = int(np.searchsorted(self._edges, high, "left"))
        edges_ns = self._edges[first : stop + 1].clip(low, high)
        inside = t_ns[np.searchsorted(t_ns, low, "right") : np.searchsorted(t_ns, high, "left")]
        cuts = np.unique(np.concatenate([edges_ns, inside]))
        starts = np.searchsorted(cuts, edges_ns[:-1])
        row = np.repeat(np.arange(stop - first), np.diff(np.append(starts, cuts.size - 1)))
        return _Cuts(cuts[:-1], cuts[1:], starts, row, slice(first, stop))


def summarise(t_ns: TimeArray, values: FloatArray, quality: QualityArray, hold: Hold, edges_ns: TimeArray) -> Summary:
    """Summary (K, k) of samples t_ns (N,) ascending, values and quality (N, k): see Buckets. Not rounded."""
    buckets = Buckets(edges_ns, hold)
    buckets.add(t_ns, values, quality, int(edges_ns[-1]))
    return buckets.summary()
