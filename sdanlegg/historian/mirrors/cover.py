"""How long a mirror may be away before its spool is full: arithmetic on the point list. Pure."""

from collections.abc import Iterable
from typing import Final

from sdanlegg.points import Node, Point

ROW_BYTES: Final = 26  # that a spooled row takes in the file besides its blobs: keys, lengths, its share of the page
PAGE_SHARE: Final = 1.1  # pages are not filled to the last byte
LEAST_HOURS: Final = 24.0


def row_bytes(blob_bytes: float) -> float:
    """Bytes that a row with so many bytes of blobs takes in the file, about."""
    return ROW_BYTES + PAGE_SHARE * blob_bytes


def spool_rate(points: Iterable[Point]) -> float:
    """Bytes that a second of the hall's samples takes in the spool while a mirror is away.

    One row per device and period: 8 or 4 bytes a value, 2 a quality, 8 a time where the device gives its own. The
    qualities are counted throughout although rows that are good as a whole have none: the figure is a promise.
    """
    blobs: dict[tuple[str, float], int] = {}
    for point in points:
        key = (point.device, point.period_s)
        size = (8 if point.is_wide else 4) + 2 + (8 if isinstance(point.address, Node) else 0)
        blobs[key] = blobs.get(key, 0) + size
    return sum(row_bytes(size) / period_s for (_, period_s), size in blobs.items())


def cover_hours(spool_bytes: int, rate: float) -> float:
    """Hours until a spool of so many bytes is full at a rate in bytes/s; inf if nothing comes."""
    return spool_bytes / rate / 3600 if rate else float("inf")
