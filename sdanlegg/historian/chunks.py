"""Sealed samples as bytes and back: one point's day, and the instants that points sampled together share. Pure."""

import zlib
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.quality import QualityArray
from sdanlegg.readings import FloatArray, TimeArray

UNREADABLE: Final = (zlib.error, ValueError, TypeError, IndexError, ArithmeticError)  # what damaged bytes may raise
DAY_NS: Final = 86_400_000_000_000
NARROW: Final = 0  # float32 as it is
WIDE: Final = 1  # float64 as it is
DECIMAL: Final = 2  # DECIMAL + k: whole numbers of 10^-k, each as the step from the one before
_MOST_DECIMALS: Final = 4
_LEVEL: Final = 1  # higher levels save a tenth of the bytes for six times the time
_EXACT: Final = 2.0**53


def day_of(t_ns: int) -> int:
    """Start of the UTC day that holds the instant."""
    return t_ns // DAY_NS * DAY_NS


def pack_axis(t0_ns: int, t_ns: TimeArray) -> bytes:
    """Bytes of ascending instants (n,) of the day that begins at t0_ns; exact to the ns.

    First instant and usual step as they are, then how far each step is off, in four bytes where that is enough.
    """
    steps = np.diff(t_ns)
    usual = int(np.median(steps)) if steps.size else 0
    off = _folded(steps - usual)
    width = 4 if off.size and int(off.max()) < 1 << 32 else 8
    head = np.array([width, usual, *(t_ns[:1] - t0_ns)], "<i8")
    planes = np.ascontiguousarray(off, f"<u{width}").view(np.uint8).reshape(-1, width).T
    return zlib.compress(head.tobytes() + planes.tobytes(), _LEVEL)


@lru_cache(maxsize=64)  # the points of a device are often asked for one by one, and have these instants in common
def unpack_axis(t0_ns: int, blob: bytes) -> TimeArray:
    """Instants (n,) of pack_axis; not to be written to."""
    plain = zlib.decompress(blob)
    width, usual, *first = np.frombuffer(plain, "<i8", min(3, len(plain) // 8)).tolist()
    planes = np.frombuffer(plain, np.uint8, offset=8 * (2 + len(first))).reshape(width, -1)
    off = np.ascontiguousarray(planes.T).reshape(-1).view(f"<u{width}").astype(np.int64)
    t_ns = np.cumsum(np.append([t0_ns + x for x in first], _unfolded(off) + usual), dtype=np.int64)
    t_ns.flags.writeable = False
    return t_ns


def pack_values(values: FloatArray, *, wide: bool) -> tuple[int, bytes]:
    """Encoding and bytes of a point's values (n,). Narrow ones are rounded to float32, wide ones keep every digit."""
    if not wide:
        with np.errstate(over="ignore"):
            return NARROW, zlib.compress(values.astype("<f4").tobytes(), _LEVEL)
    decimals, whole = _whole(values)
    if whole is None:
        return WIDE, _deflate(values.astype("<f8", copy=False))
    absent = np.packbits(np.isnan(values)) if np.isnan(values).any() else np.empty(0, np.uint8)
    return DECIMAL + decimals, _deflate(np.append(np.diff(whole, prepend=0), _padded(absent)))


def unpack_values(encoding: int, blob: bytes, n: int) -> FloatArray:
    """Values (n,) float64 of pack_values."""
    if encoding == NARROW:
        return np.frombuffer(zlib.decompress(blob), "<f4").astype(np.float64)
    if encoding == WIDE:
        return _inflate(blob).view("<f8").astype(np.float64, copy=False)
    numbers = _inflate_whole(blob)
    values: FloatArray = np.cumsum(numbers[:n]) / 10.0 ** (encoding - DECIMAL)
    if numbers.size > n:
        values[np.unpackbits(numbers[n:].view(np.uint8), count=n).astype(bool)] = np.nan
    return values


def pack_quality(quality: QualityArray) -> bytes | None:
    """Bytes of qualities (n,); None when all are good."""
    return zlib.compress(quality.astype("<u2").tobytes(), _LEVEL) if quality.any() else None


def unpack_quality(blob: bytes | None, n: int) -> QualityArray:
    """Qualities (n,) uint16 of pack_quality."""
    if blob is None:
        return np.zeros(n, np.uint16)
    return np.frombuffer(zlib.decompress(blob), "<u2").astype(np.uint16)


def pack_source(source_t_ns: TimeArray | None) -> bytes | None:
    """Bytes of the device's own times (n,); None where it gave none."""
    return None if source_t_ns is None else _deflate(source_t_ns)


def unpack_source(blob: bytes | None) -> TimeArray | None:
    """Source times (n,) of pack_source."""
    return None if blob is None else _inflate_whole(blob)


def _whole(values: FloatArray) -> tuple[int, TimeArray | None]:
    """Fewest decimals that give every finite value exactly, and the values as whole numbers; NaN repeats the last."""
    finite = values[~np.isnan(values)]
    if np.signbit(finite[finite == 0.0]).any():  # a whole number has no negative zero
        return 0, None
    for decimals in range(_MOST_DECIMALS + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = np.rint(finite * 10.0**decimals)
        if not (np.abs(scaled) < _EXACT).all():
            break
        if np.array_equal(scaled / 10.0**decimals, finite):
            whole = np.zeros(values.size, np.int64)
            at = np.maximum.accumulate(np.where(np.isnan(values), -1, np.cumsum(~np.isnan(values)) - 1))
            whole[at >= 0] = scaled.astype(np.int64)[at[at >= 0]]
            return decimals, whole
    return 0, None


def _padded(packed: NDArray[np.uint8]) -> TimeArray:
    return np.pad(packed, (0, -packed.size % 8)).view("<i8").astype(np.int64)


def _folded(steps: TimeArray) -> TimeArray:
    """Small numbers of either sign as small numbers: 0, -1, 1, -2 as 0, 1, 2, 3."""
    return (steps << 1) ^ (steps >> 63)


def _unfolded(folded: TimeArray) -> TimeArray:
    return (folded >> 1) ^ -(folded & 1)


def _deflate(values: TimeArray | FloatArray) -> bytes:
    """Compress eight-byte numbers with their first bytes together, their second bytes together, and so on."""
    planes = np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8).T
    return zlib.compress(planes.tobytes(), _LEVEL)


def _inflate(blob: bytes) -> NDArray[np.uint8]:
    planes = np.frombuffer(zlib.decompress(blob), np.uint8).reshape(8, -1)
    numbers = np.empty((planes.shape[1], 8), np.uint8)
    for i in range(8):  # half the time of a transposed copy
        numbers[:, i] = planes[i]
    return numbers.reshape(-1)


def _inflate_whole(blob: bytes) -> TimeArray:
    return _inflate(blob).view("<i8").astype(np.int64, copy=False)
