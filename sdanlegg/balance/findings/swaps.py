"""Two meters in each other's place: no balance shows it, since their sum stays the same, but their days do."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.series import DAY_NS, Hours
from sdanlegg.readings import FloatArray

TIMES: Final = 3.0  # each day looks so many times more like the other's past than like its own
LEVEL: Final = 0.25  # and differs from its own past by so much of it
PAST_DAYS: Final = 14
LEAST_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Swap:
    """Two meters in each other's place from day to day (D,), and how many times better it fits so."""

    counters: tuple[str, str]
    different: BoolArray
    times: FloatArray


def swapped(hours: Hours, counters: list[str]) -> list[Swap]:
    """Meters of one carrier that change places: each day's hours against the past fortnight's middle day of both.

    Whole UTC days only.
    """
    starts = np.flatnonzero(hours.observed.edges_ns[:-1] % DAY_NS == 0)
    starts = starts[starts + 24 <= len(hours.length_h)]
    if len(starts) <= LEAST_DAYS:
        return []
    days = {c: hours.gained(c)[starts[:, None] + np.arange(24)] for c in counters if c in hours.column}
    means = {c: _fortnight(of) for c, of in days.items()}
    found = []
    names = list(days)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if not _times(days[one], days[other], means[one], means[other])[1].any():
                continue
            different, times = _crossed(days[one], days[other])
            if different.any():
                numbers = hours.days[starts]
                found.append(Swap((one, other), _placed(different, numbers), _placed(times, numbers)))
    return found


def _placed(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    whole = np.zeros(int(numbers[-1]) + 2, values.dtype)
    whole[numbers] = values
    return whole


def _fortnight(days: FloatArray) -> FloatArray:
    """Median day (D, 24) of the PAST_DAYS before each; NaN before LEAST_DAYS."""
    middle = np.full(days.shape, np.nan)
    for d in range(LEAST_DAYS, len(days)):
        before = days[max(0, d - PAST_DAYS) : d]
        before = before[np.isfinite(before).all(axis=1)]
        if len(before) >= LEAST_DAYS:
            middle[d] = np.median(before, axis=0)
    return middle


def _times(
    one: FloatArray, other: FloatArray, mean_one: FloatArray, mean_other: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """How many times better each day (D,) fits the other's past, and whether that says that they are swapped."""
    own = np.abs(one - mean_one).sum(axis=1) + np.abs(other - mean_other).sum(axis=1)
    cross = np.abs(one - mean_other).sum(axis=1) + np.abs(other - mean_one).sum(axis=1)
    level = np.abs(mean_one).sum(axis=1) + np.abs(mean_other).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = own / cross
    return times, (times > TIMES) & (own > LEVEL * level)


def _crossed(one: FloatArray, other: FloatArray) -> tuple[BoolArray, FloatArray]:
    """The same, day by day: a day on which they are swapped joins no past."""
    crossed, times = np.zeros(len(one), np.bool_), np.full(len(one), np.nan)
    past: list[int] = []
    for d in range(len(one)):
        if not np.isfinite(one[d] + other[d]).all():
            continue
        if len(past) >= LEAST_DAYS:
            means = np.median(one[past], axis=0)[None], np.median(other[past], axis=0)[None]
            (times[d],), (crossed[d],) = _times(one[d : d + 1], other[d : d + 1], *means)
        if not crossed[d]:
            past = [*past, d][-PAST_DAYS:]
    return crossed, times
