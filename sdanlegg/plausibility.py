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
    rise: FloatArray  # fastest believable rise, house unit per second
    fall: FloatArray  # fastest believable fall, negative; 0 for counters
    is_counter: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    stuck_after_ns: FloatArray | None
    accepted: FloatArray  # last believed value, NaN before the first
    accepted_ns: TimeArray
    previous: FloatArray  # last value, believed or not
    previous_ns: TimeArray
    moved_ns: TimeArray  # when the value last changed
    clean_ns: int = (
        0  # not 0: every value of the reading at this time was good and believed, `accepted` is that reading
    )


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
        track = self._tracks.get(id(reading.columns))
        if track is None:
            track = self._tracks[id(reading.columns)] = _track(self._points, reading)
        if track.stuck_after_ns is None and not np.count_nonzero(reading.quality) and _unremarkable(track, reading):
            track.accepted = reading.values
            track.clean_ns = reading.t_ns
            return reading
        return _judge_each(track, reading)


def _track(points: PointTable, reading: Reading) -> _Track:
    columns = reading.columns
    n = columns.size
    stuck = points.stuck_after_s[columns] * SECOND_NS
    is_counter = points.is_counter[columns]
    rise = points.max_rate[columns]
    return _Track(
        columns=columns,
        lo=points.lo[columns],
        hi=points.hi[columns],
        rise=rise,
        fall=np.where(is_counter, 0.0, -rise),
        is_counter=is_counter,
        stuck_after_ns=stuck if np.isfinite(stuck).any() else None,
        accepted=np.full(n, np.nan),
        accepted_ns=np.zeros(n, np.int64),
        previous=np.full(n, np.nan),
        previous_ns=np.zeros(n, np.int64),
        moved_ns=np.full(n, reading.t_ns, np.int64),
    )


def _unremarkable(track: _Track, reading: Reading) -> bool:
    """Whether every value is in range and could follow the clean reading before it: the common case, in few steps."""
    if not track.clean_ns:
        return False
    values = reading.values
    step = values - track.accepted
    seconds = _seconds(reading.t_ns - track.clean_ns)
    odd = (values < track.lo) | (values > track.hi)
    odd |= step > track.rise * seconds
    odd |= step < track.fall * seconds
    return not np.count_nonzero(odd)


def _judge_each(track: _Track, reading: Reading) -> Reading:
    """Judge point by point: the first reading, readings with gaps, and everything out of the ordinary."""
    values, t_ns = reading.values, reading.t_ns
    if track.clean_ns:
        track.accepted_ns.fill(track.clean_ns)
        track.previous_ns.fill(track.clean_ns)
        track.accepted, track.previous = track.accepted.copy(), track.accepted.copy()
        track.clean_ns = 0
    known = ~np.isnan(values)
    marks = np.where(known & ((values < track.lo) | (values > track.hi)), RANGE, 0).astype(np.uint16)
    jumps = _jumps(track, track.accepted, track.accepted_ns, values, t_ns)
    agrees = _jumps(track, track.previous, track.previous_ns, values, t_ns) == 0
    believe = known & ((jumps == 0) | agrees)
    marks |= jumps
    if track.stuck_after_ns is not None:
        marks |= _stuck(track, track.stuck_after_ns, reading)
    believe &= marks & RANGE == 0  # a value out of range is no level to measure the next one from
    np.copyto(track.accepted, values, where=believe)
    np.copyto(track.accepted_ns, t_ns, where=believe)
    np.copyto(track.previous, values, where=known)
    np.copyto(track.previous_ns, t_ns, where=known)
    if not marks.any():
        if track.stuck_after_ns is None and not reading.quality.any():
            track.accepted, track.clean_ns = values, t_ns
        return reading
    return replace(reading, quality=_marked(reading.quality, marks))


def _stuck(track: _Track, after_ns: FloatArray, reading: Reading) -> QualityArray:
    moved = reading.values != track.previous  # NaN differs from everything: a gap counts as movement
    np.copyto(track.moved_ns, reading.t_ns, where=moved)
    return np.where(reading.t_ns - track.moved_ns > after_ns, STUCK, 0).astype(np.uint16)


def _seconds(elapsed_ns: int) -> float:
    """Time in which a value may have moved: one second of grace, since two polls may lie closer than a refresh."""
    return max(elapsed_ns / SECOND_NS, 0.0) + 1.0


def _jumps(track: _Track, level: FloatArray, level_ns: TimeArray, values: FloatArray, t_ns: int) -> QualityArray:
    """RATE or RESET where values cannot follow level; 0 where they can or where either is NaN."""
    step = values - level
    seconds = np.maximum((t_ns - level_ns) / SECOND_NS, 0.0) + 1.0
    fell = track.is_counter & (step < 0)
    fast = (step > track.rise * seconds) | (step < track.fall * seconds)
    return np.where(fell, RESET, np.where(fast, RATE, 0)).astype(np.uint16)


def _marked(quality: QualityArray, marks: QualityArray) -> QualityArray:
    worse = quality | marks
    mild = (marks > 0) & (quality < UNCERTAIN)
    worse[mild] |= UNCERTAIN
    return worse
