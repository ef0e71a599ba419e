"""Counters: the integral of what the meter sees of the mean rate, shown in whole pulses; they never fall.

The rate is the difference of the truth's own counter between two readings, so nothing is lost between them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sdanlegg.points import Point
from simulators.metering.drawn import FloatArray
from simulators.metering.instruments import EXACT, Instrument

IndexArray = NDArray[np.intp]


class Counters:
    """Counters of a row whose instrument errs."""

    def __init__(self, points: Sequence[Point], kinds: Sequence[Instrument]) -> None:
        chosen = [i for i, p in enumerate(points) if p.kind == "counter" and kinds[i] != EXACT]
        self.columns: IndexArray = np.array(chosen, np.intp)
        self.place = {column: i for i, column in enumerate(chosen)}
        self._ids = [points[i].id for i in chosen]
        self._pulsed: IndexArray = np.flatnonzero([kinds[i].pulse for i in chosen])
        self._pulse: FloatArray = np.array([kinds[i].pulse for i in chosen])[self._pulsed]
        self._fresh = True
        self.counted: FloatArray = np.full(len(chosen), np.nan)
        self.seen: FloatArray = np.full(len(chosen), np.nan)

    def remember(self, counted: Mapping[str, float], seen: Mapping[str, float]) -> None:
        """Take up what was counted before."""
        both = [id_ in counted and id_ in seen for id_ in self._ids]
        for values, known in ((self.counted, counted), (self.seen, seen)):
            values[:] = [known[id_] if there else np.nan for id_, there in zip(self._ids, both, strict=True)]

    def memory(self) -> tuple[dict[str, float], dict[str, float]]:
        """What was counted: the truth, and as the meters have it."""
        known = np.flatnonzero(np.isfinite(self.counted)).tolist()
        counted = {self._ids[i]: float(self.counted[i]) for i in known}
        return counted, {self._ids[i]: float(self.seen[i]) for i in known}

    def gone(self, truth: FloatArray) -> FloatArray:
        """True increments since the last reading, 0 while a counter has no value; without a past it starts here."""
        now = truth[self.columns]
        if self._fresh:
            np.copyto(self.seen, now, where=np.isnan(self.seen))
            self.counted = np.fmin(self.counted, now)
            self._fresh = bool(np.isnan(self.counted).any())
        gone: FloatArray = np.fmax(now - self.counted, 0.0)
        self.counted += gone
        return gone

    def count(self, increments: FloatArray, truth: FloatArray, shown: FloatArray) -> None:
        """Count increments >= 0, and show the counters in a row; NaN where the truth is."""
        self.seen += increments
        told = truth[self.columns]
        told *= 0.0  # NaN stays NaN
        told += self.seen
        told[self._pulsed] = np.floor(told[self._pulsed] / self._pulse) * self._pulse
        shown[self.columns] = told
