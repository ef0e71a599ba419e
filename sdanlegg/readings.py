"""The one record that crosses every border: one poll of one device, in columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdanlegg.quality import QualityArray

IntArray = NDArray[np.int32]
TimeArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

NO_SOURCE_TIME = np.iinfo(np.int64).min  # in source_t_ns: this sample came without a time of its own


@dataclass(frozen=True, slots=True)
class Reading:
    """One poll of one device.

    columns (n,) index the point table, ascending within a reading; values (n,) in house units, NaN where there is
    none; quality (n,) uint16, never good beside NaN; t_ns is the arrival, source_t_ns (n,) the device's own times
    where it gives them. A text point's value is a code; texts, if any,
    maps the codes seen in this reading to their texts.
    Arrays are handed over: neither side changes them afterwards.
    """

    device: str
    t_ns: int
    columns: IntArray
    values: FloatArray
    quality: QualityArray
    source_t_ns: TimeArray | None = None
    texts: Mapping[int, str] | None = None


def all_bad(device: str, t_ns: int, columns: IntArray, quality: int) -> Reading:
    """Build the reading of a poll that brought nothing: NaN with the given quality (severity and reasons)."""
    n = columns.size
    return Reading(device, t_ns, columns, np.full(n, np.nan), np.full(n, quality, np.uint16))
