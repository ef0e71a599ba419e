"""Tiers: what is known of an interval, how finer intervals make coarser ones, and how they rest on disk. Pure."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.quality import GOOD, NO_SAMPLE, UNCERTAIN, QualityArray
from sdanlegg.readings import FloatArray, TimeArray

MINUTE_S: Final = 60
QUARTER_S: Final = 900
HOUR_S: Final = 3600
DAY_S: Final = 86_400  # days of the hall's time zone: 23 to 25 hours
TIERS_S: Final = (MINUTE_S, QUARTER_S, HOUR_S)  # intervals of fixed length, counted from 1970 UTC
BLOCK: Final = {MINUTE_S: 1440, QUARTER_S: 384, HOUR_S: 384}  # intervals in one row: 1, 4 and 16 days
_NEARLY_ONE: Final = float(np.nextafter(np.float32(1), np.float32(0)))
_DEFLATED: Final = frozenset({MINUTE_S})  # tiers whose main figure rests compressed: read seldom over long times


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of K intervals of P points, each (K, P) float64; NaN where nothing usable stood.

    mean, weighted by time; low, high, first, last of the usable values that stood in the interval; count of usable
    samples with an instant in it; used, good: share of the interval for which usable, good samples stood (0 to 1).
    A value is usable when it is finite and not bad; it stands as grid.Buckets says.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    first: FloatArray
    last: FloatArray
    count: FloatArray
    used: FloatArray
    good: FloatArray

    def quality(self) -> QualityArray:
        """(K, P) GOOD where good samples stood all the time, NO_SAMPLE where none stood, else UNCERTAIN."""
        return grade(self.used, self.good)

    def rows(self, which: "slice | NDArray[np.intp]") -> "Summary":
        """The same of some of the intervals."""
        return Summary(*(getattr(self, name)[which] for name in NAMES))


def grade(used: FloatArray, good: FloatArray) -> QualityArray:
    """Quality of intervals from their shares: see Summary.quality."""
    quality = np.where(good >= 1.0, GOOD, UNCERTAIN).astype(np.uint16)
    quality[~(used > 0)] = NO_SAMPLE
    return quality


NAMES: Final = tuple(f.name for f in fields(Summary))


def nothing(count: int, points: int) -> Summary:
    """Summary of intervals in which nothing stood."""
    made = {name: np.full((count, points), np.nan) for name in NAMES}
    return Summary(**made | {name: np.zeros((count, points)) for name in ("count", "used", "good")})


def at_rest(summary: Summary, wide: NDArray[np.bool_]) -> Summary:
    """Round as the file does: shares to float32, and the figures of points that are not wide (P,) to float32.

    Figures made from samples pass here before they are used, so that they are the same before and after sealing.
    """
    made = {}
    for name in NAMES:
        values = getattr(summary, name)
        with np.errstate(over="ignore"):
            rounded = values.astype(np.float32).astype(np.float64)
        if name in ("used", "good"):  # a share that is not whole must not become so
            made[name] = np.where(values < 1.0, np.minimum(rounded, _NEARLY_ONE), rounded)
        elif name == "count":
            made[name] = values
        else:
            made[name] = np.where(wide, values, rounded)
    return Summary(**made)


def combine(fine: Summary, starts: NDArray[np.intp]) -> Summary:
    """Coarser intervals from finer ones of equal length: the k-th takes the rows from starts[k] to starts[k + 1].

    starts (K,), ascending from 0, none empty. The mean is weighted by used; shares are means over the finer intervals.
    """
    lengths = np.diff(np.append(starts, fine.used.shape[0]))
    weight = fine.used / np.repeat(lengths, lengths)[:, None]  # parts of the whole: no finite value overflows
    used = np.add.reduceat(weight, starts, axis=0)
    weighted = np.where(fine.used > 0, fine.mean, 0.0) * weight
    mean = np.full(used.shape, np.nan)
    np.divide(np.add.reduceat(weighted, starts, axis=0), used, out=mean, where=used > 0)
    low, high = np.fmin.reduceat(fine.low, starts, axis=0), np.fmax.reduceat(fine.high, starts, axis=0)
    return Summary(
        mean=np.clip(mean, low, high),  # rounding must not carry a mean past its extremes
        low=low,
        high=high,
        first=pick(fine.first, starts, np.minimum),
        last=pick(fine.last, starts, np.maximum),
        count=np.add.reduceat(fine.count, starts, axis=0),
        used=np.add.reduceat(fine.used, starts, axis=0) / lengths[:, None],
        good=np.add.reduceat(fine.good, starts, axis=0) / lengths[:, None],
    )


def pick(values: FloatArray, starts: NDArray[np.intp], take: np.ufunc) -> FloatArray:
    """First (take=minimum) or last (maximum) value that is not NaN of each stretch of rows; NaN without any."""
    row = np.arange(values.shape[0])[:, None]
    none = values.shape[0] if take is np.minimum else -1
    chosen = take.reduceat(np.where(np.isnan(values), none, row), starts, axis=0)
    found = np.take_along_axis(values, np.clip(chosen, 0, values.shape[0] - 1), axis=0)
    return np.where(chosen == none, np.nan, found)


def stack(pieces: Sequence[Summary]) -> Summary:
    """Summaries of successive intervals of the same points as one."""
    return Summary(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in NAMES))


def block_ns(every_s: int) -> int:
    """Length of time that one row of a tier of TIERS_S holds."""
    return every_s * BLOCK[every_s] * SECOND_NS


Row = tuple[bytes, bytes | None, bytes]  # v, c, m of one point's block


def pack_block(summary: Summary, point: int, every_s: int, *, wide: bool) -> Row:
    """One point's intervals as the columns v, c, m of the rollup table.

    v is what an ordinary question needs, the mean of a narrow point or the last value of a wide one; c the two shares,
    None when both are 1 throughout; m the rest.
    """
    column = {name: getattr(summary, name)[:, point] for name in NAMES}
    kind = "<f8" if wide else "<f4"
    main, others = ("last", ("mean", "low", "high", "first")) if wide else ("mean", ("low", "high", "first", "last"))
    v = column[main].astype(kind).tobytes()
    more = b"".join(column[name].astype(kind).tobytes() for name in others) + column["count"].astype("<u4").tobytes()
    whole = (column["used"] == 1.0).all() and (column["good"] == 1.0).all()
    shares = column["used"].astype("<f4").tobytes() + column["good"].astype("<f4").tobytes()
    return (
        zlib.compress(v, 1) if every_s in _DEFLATED else v,
        None if whole else zlib.compress(shares, 1),
        zlib.compress(more, 1),
    )


def unpack_main(v: bytes, every_s: int, *, wide: bool) -> FloatArray:
    """Column v of a block: mean or last (n,), see pack_block."""
    return np.frombuffer(zlib.decompress(v) if every_s in _DEFLATED else v, "<f8" if wide else "<f4").astype(np.float64)


def unpack_seconds(found: Sequence[bytes], n: int, *, wide: bool) -> FloatArray:
    """Figures (len(found), n) out of columns m, of points whose v has the other one: wide mean, narrow last."""
    kind, at = ("<f8", 0) if wide else ("<f4", 3 * n * 4)
    return np.stack([np.frombuffer(zlib.decompress(m), kind, n, at) for m in found]).astype(np.float64)


def unpack_mains(blobs: Sequence[bytes], every_s: int, *, wide: bool) -> FloatArray:
    """Columns v of N blocks of a tier of TIERS_S: (N, n)."""
    plain = b"".join(map(zlib.decompress, blobs) if every_s in _DEFLATED else blobs)
    return np.frombuffer(plain, "<f8" if wide else "<f4").reshape(len(blobs), -1)


def unpack_many_shares(blobs: Sequence[bytes], n: int) -> tuple[FloatArray, FloatArray]:
    """Columns c, none of them None, of N blocks: used and good, each (N, n)."""
    both = np.frombuffer(b"".join(map(zlib.decompress, blobs)), "<f4").reshape(-1, 2, n)
    return both[:, 0], both[:, 1]


def unpack_shares(c: bytes | None, n: int) -> tuple[FloatArray, FloatArray]:
    """Column c of a block: used and good, each (n,)."""
    if c is None:
        return np.ones(n), np.ones(n)
    used, good = np.frombuffer(zlib.decompress(c), "<f4").reshape(2, n).astype(np.float64)
    return used, good


def unpack_block(row: Row, every_s: int, *, wide: bool) -> Summary:
    """Summary (n, 1) of one point's block."""
    v, c, m = row
    main = unpack_main(v, every_s, wide=wide)
    n = main.size
    used, good = unpack_shares(c, n)
    size, kind = (8, "<f8") if wide else (4, "<f4")
    more = zlib.decompress(m)
    four = np.frombuffer(more, kind, 4 * n).reshape(4, n).astype(np.float64)
    count = np.frombuffer(more, "<u4", n, 4 * n * size).astype(np.float64)
    if wide:
        mean, low, high, first, last = (*four, main)
    else:
        mean, low, high, first, last = (main, *four)
    return Summary(*(x[:, None] for x in (mean, low, high, first, last, count, used, good)))


def unpack_blocks(rows: Sequence[Row], every_s: int, *, wide: bool) -> Summary:
    """Figures of N blocks of a tier of TIERS_S, each (N, n): one row a block here, not one column a point."""
    main = unpack_mains([row[0] for row in rows], every_s, wide=wide)
    n, kind = main.shape[1], "<f8" if wide else "<f4"
    more = np.frombuffer(
        b"".join(zlib.decompress(row[2]) for row in rows), np.dtype([("four", kind, (4, n)), ("count", "<u4", n)])
    )
    used, good = np.ones(main.shape), np.ones(main.shape)
    parts = [i for i, row in enumerate(rows) if row[1] is not None]
    if parts:
        used[parts], good[parts] = unpack_many_shares([row[1] for row in rows if row[1] is not None], n)
    four = [more["four"][:, i] for i in range(4)]
    mean, low, high, first, last = (*four, main) if wide else (main, *four)
    return Summary(mean, low, high, first, last, more["count"], used, good)


def floor_ns(t_ns: int, every_s: int) -> int:
    """Start of the interval of a fixed length that holds the instant."""
    every_ns = every_s * SECOND_NS
    return t_ns // every_ns * every_ns


def tier_for(edges_ns: TimeArray) -> int | None:
    """Coarsest tier of TIERS_S whose intervals make up those between the edges (K+1,) exactly; None if none does."""
    for every_s in reversed(TIERS_S):
        if not (edges_ns % (every_s * SECOND_NS)).any():
            return every_s
    return None
