"""Plausibility of samples against the point list: range, rate, stuck, and counters that fall.

Modbus TCP has no checksum of its own above TCP's, and gateways flip bytes: what cannot be true is marked uncertain
before it reaches an alarm or a kWh.
"""

from dataclasses import dataclass, replace

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import PointTable
from sdanlegg.quality import RANGE, RATE, RESET, STUCK, UNCERTAIN, QualityArray
from sdanlegg.readings import FloatArray, IntArray, Reading, TimeArray


@dataclass(slots=True)
class _Track:
    """Limits and memory of one set of columns that is always read together."""

    columns: IntArray  # held so that its id stays its own
    lo: FloatArray
    hi: FloatArray
    max_rate: FloatArray
    is_counter: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    stuck_after_ns: FloatArray | None
    accepted: FloatArray  # last believed value, NaN before the first
    accepted_ns: TimeArray
    previous: FloatArray  # last value, believed or not
    previous_ns: TimeArray
    moved_ns: TimeArray  # when the value last changed


class Plausibility:
    """Judges readings one after the other; the memory is per set of columns."""

    def __init__(self, points: PointTable) -> None:
        self._points = points
        self._tracks: dict[int, _Track] = {}

    def judge(self, reading: Reading) -> Reading:
        """Mark what cannot be true; values are never changed. Good becomes uncertain, what is worse keeps its mark.

        A sample outside min..max is uncertain|range. One that moved faster than max_rate from the last believed sample
        is uncertain|rate, a counter that fell uncertain|reset; if the sample after it agrees with it (and not with the
        old level) the new level is believed from then on: a real step or reset costs two samples, a flipped byte one.
        """
        track = self._track(reading)
        values, t_ns = reading.values, reading.t_ns
        known = ~np.isnan(values)
        marks = np.where(known & ((values < track.lo) | (values > track.hi)), RANGE, 0).astype(np.uint16)
        jumps = _jumps(track, track.accepted, track.accepted_ns, values, t_ns)
        if jumps.any():
            agrees = _jumps(track, track.previous, track.previous_ns, values, t_ns) == 0
            marks |= jumps
            believe = known & (jumps == 0) | (jumps > 0) & agrees
        else:
            believe = known
        if track.stuck_after_ns is not None:
            marks |= self._stuck(track, track.stuck_after_ns, reading)
        # A value out of range is no level to measure the next one from.
        believe &= marks & RANGE == 0
        np.copyto(track.accepted, values, where=believe)
        np.copyto(track.accepted_ns, t_ns, where=believe)
        np.copyto(track.previous, values, where=known)
        np.copyto(track.previous_ns, t_ns, where=known)
        if not marks.any():
            return reading
        return replace(reading, quality=_marked(reading.quality, marks))

    def _track(self, reading: Reading) -> _Track:
        columns = reading.columns
        track = self._tracks.get(id(columns))
        if track is None:
            points, n = self._points, columns.size
            stuck = points.stuck_after_s[columns] * SECOND_NS
            track = _Track(
                columns,
                points.lo[columns],
                points.hi[columns],
                points.max_rate[columns],
                points.is_counter[columns],
                stuck if np.isfinite(stuck).any() else None,
                np.full(n, np.nan),
                np.zeros(n, np.int64),
                np.full(n, np.nan),
                np.zeros(n, np.int64),
                np.full(n, reading.t_ns, np.int64),
            )
            self._tracks[id(columns)] = track
        return track

    @staticmethod
    def _stuck(track: _Track, after_ns: FloatArray, reading: Reading) -> QualityArray:
        moved = reading.values != track.previous  # NaN differs from everything: a gap counts as movement
        np.copyto(track.moved_ns, reading.t_ns, where=moved)
        return np.where(reading.t_ns - track.moved_ns > after_ns, STUCK, 0).astype(np.uint16)


def _jumps(track: _Track, level: FloatArray, level_ns: TimeArray, values: FloatArray, t_ns: int) -> QualityArray:
    """RATE or RESET where values cannot follow level; 0 where they can or where either is NaN."""
    step = values - level
    seconds = np.maximum((t_ns - level_ns) / SECOND_NS, 0.0)
    # One second of grace: two polls may lie closer than the device's own refresh.
    fast = np.abs(step) > track.max_rate * (seconds + 1.0)
    fell = track.is_counter & (step < 0)
    return np.where(fell, RESET, np.where(fast, RATE, 0)).astype(np.uint16)


def _marked(quality: QualityArray, marks: QualityArray) -> QualityArray:
    worse = quality | marks
    mild = (marks > 0) & (quality < UNCERTAIN)
    worse[mild] |= UNCERTAIN
    return worse
