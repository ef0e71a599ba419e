"""The newest sample of every point, with its age: what pages, alarms and the foyer look at."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, NO_SAMPLE, STALE, UNCERTAIN, QualityArray
from sdanlegg.readings import NO_SOURCE_TIME, FloatArray, IntArray, Reading, TimeArray

STALE_PERIODS = 3  # a value is stale when this many polls have passed without a new one, …
STALE_FLOOR_NS = 5 * SECOND_NS  # … but never sooner than this
LOST_FACTOR = 10  # and bad when it is this much older again


@dataclass(frozen=True, slots=True)
class LiveView:
    """Live as it is at t_ns: arrays (P,) of the newest samples, with the quality that their age leaves them.

    values NaN and quality NO_SAMPLE where a point was never read; sample_t_ns is 0 there. A value is never re-stamped.
    """

    t_ns: int
    values: FloatArray
    quality: QualityArray
    sample_t_ns: TimeArray
    source_t_ns: TimeArray


def aged(quality: QualityArray, age_ns: TimeArray, period_ns: TimeArray) -> QualityArray:
    """Quality (P,) after ageing: uncertain|stale past 3 periods (at least 5 s), bad|stale past ten times that."""
    limit = np.maximum(STALE_PERIODS * period_ns, STALE_FLOOR_NS)
    result = quality.copy()
    known = quality != NO_SAMPLE
    stale = known & (age_ns > limit)
    result[stale] |= STALE
    mild = stale & (result < UNCERTAIN)
    result[mild] |= UNCERTAIN
    lost = stale & (age_ns > LOST_FACTOR * limit)
    result[lost] = (result[lost] & ~np.uint16(UNCERTAIN)) | BAD
    return result


class Live:
    """Arrays over the point table, written by one task and read by any number in the same loop."""

    def __init__(self, points: PointTable, texts: Mapping[int, str] | None = None) -> None:
        n = len(points)
        self.points = points
        self._values = np.full(n, np.nan)
        self._quality = np.full(n, NO_SAMPLE, np.uint16)
        self._t_ns = np.zeros(n, np.int64)
        self._source_t_ns = np.full(n, NO_SOURCE_TIME, np.int64)
        self._texts = dict(texts or {})
        self._spans: dict[int, tuple[IntArray, slice | IntArray]] = {}  # id of columns -> them, and the cheapest index

    @property
    def texts(self) -> Mapping[int, str]:
        """Text of each code that has been read, now or in former runs if they were handed in."""
        return self._texts

    def apply(self, reading: Reading) -> None:
        """Take a reading in. An older reading than the one held is ignored, whatever order they come in."""
        columns = reading.columns
        if not columns.size or self._t_ns[columns[0]] > reading.t_ns:
            return
        index = self._span(columns)
        self._values[index] = reading.values
        self._quality[index] = reading.quality
        self._t_ns[index] = reading.t_ns
        if reading.source_t_ns is not None:
            self._source_t_ns[index] = reading.source_t_ns
        if reading.texts:
            self._texts.update(reading.texts)

    def _span(self, columns: IntArray) -> slice | IntArray:
        """Index for these columns: a slice where they are neighbours, four times cheaper to write through."""
        known = self._spans.get(id(columns))
        if known is None:
            first, last = int(columns[0]), int(columns[-1])
            neighbours = last - first + 1 == columns.size
            known = self._spans[id(columns)] = (columns, slice(first, last + 1) if neighbours else columns)
        return known[1]

    def view(self, now_ns: int) -> LiveView:
        """Copy of the state at now_ns, ages applied."""
        quality = aged(self._quality, now_ns - self._t_ns, self.points.period_ns)
        return LiveView(now_ns, self._values.copy(), quality, self._t_ns.copy(), self._source_t_ns.copy())
