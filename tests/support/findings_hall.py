"""Hours of a hall for fault finding: points at rest by name, changed where a test wants it."""

from collections.abc import Mapping

import numpy as np

from sdanlegg.balance.arrays import Observed
from sdanlegg.balance.findings.series import HOUR_NS, Hours
from sdanlegg.readings import FloatArray

START_NS = 1_767_225_600_000_000_000  # 1 January 2026, 00 UTC


def observed(
    means: Mapping[str, FloatArray], counters: Mapping[str, FloatArray] | None = None, start_ns: int = START_NS
) -> Observed:
    """Gauges by their hourly means, counters by what they gained in each hour."""
    counters = counters or {}
    points = (*means, *counters)
    length = len(next(iter({**means, **counters}.values())))
    mean = np.full((length, len(points)), np.nan)
    gained = np.full((length, len(points)), np.nan)
    at = np.full((length + 1, len(points)), np.nan)
    for k, point in enumerate(points):
        if point in means:
            mean[:, k] = means[point]
            at[:, k] = np.append(means[point], means[point][-1:])
        else:
            gained[:, k] = counters[point]
            at[:, k] = 1000.0 + np.concatenate([[0.0], np.cumsum(counters[point])])
    known = np.isfinite(mean) | np.isfinite(gained)
    return Observed(points, start_ns + HOUR_NS * np.arange(length + 1), mean, gained, at, known.astype(float))


def hours(means: Mapping[str, FloatArray], counters: Mapping[str, FloatArray] | None = None) -> Hours:
    """The same, by point."""
    return Hours.of(observed(means, counters))
