"""Energy per interval: what gauges and counters say of each, out of the figures that history keeps. Pure numpy.

A value stands from its sample to the next one, but no longer than three periods (sdanlegg.historian.grid.Buckets);
what a gauge gives is the mean of what stood. A counter is a staircase: an interval's increase is the difference of the
values that stood at its two edges. Where no value stands at an edge there is a gap. A gap hides when, not how much: the
increase over it is known, and is spread evenly over the time that it hides.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.historian.tiers import NAMES, Summary
from sdanlegg.readings import FloatArray

Rows = NDArray[np.intp]

WRAPS_WITHIN: Final = 0.01  # of its range: a counter that falls wraps if it went no further than this
NEAR: Final = 8  # uneven intervals that lie no further apart are worked out together
PACES: Final = 2.0  # a counter that fell began at zero if it counted no faster since than so many times its pace


@dataclass(frozen=True, slots=True)
class Counters:
    """What is known of P counters, each (P,).

    span: from zero over the highest value to zero again; fastest: highest believable increase in a second, inf if not
    known; hold_s: how long a value stands at most.
    """

    span: FloatArray
    fastest: FloatArray
    hold_s: FloatArray


def gains(seen: Summary, counters: Counters, width_s: float) -> FloatArray:
    """Increase (K, P) of P counters in K successive intervals of width_s each, in the counters' unit.

    Where nothing stood in an interval, the share of the gap's increase that falls to it; NaN where that is not known:
    at the ends, and where the counter fell within the gap. A counter that falls has wrapped, if it went less than a
    hundredth of its span; or it was reset and counts from zero, if that takes no more than twice its own pace and no
    gap hides what was counted before; else it is another meter, whose first value is no increase. More than fastest is
    not believed: NaN within an interval, no increase from one to the next.
    """
    found = np.diff(np.concatenate([seen.first, seen.last[-1:]]), axis=0)
    uneven = (seen.used < 1.0) | odd(seen, counters, width_s)
    which = np.flatnonzero(uneven.any(axis=0))
    rows, of = np.flatnonzero(uneven.any(axis=1)), _of(counters, which)
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > NEAR) + 1) if rows.size else []:
        # An even interval bounds a gap: what lies beyond it has no part in it.
        low, high = max(int(run[0]) - 1, 0), min(int(run[-1]) + 2, found.shape[0])
        piece = slice(low, min(high + 1, found.shape[0]))
        part = Summary(*(getattr(seen, name)[piece, which] for name in NAMES))
        found[low:high, which] = _gains(part, of, width_s)[: high - low]
    return found


def at_edges(seen: Summary) -> FloatArray:
    """Value (K+1, P) that stood at each edge of K intervals, or the nearest to it in the interval after or before.

    NaN where nothing stood in either.
    """
    none = np.full((1, seen.first.shape[1]), np.nan)
    after, before = np.concatenate([seen.first, none]), np.concatenate([none, seen.last])
    whole, never = seen.used >= 1.0, none > 0
    until = np.concatenate([never, whole]) & ~np.concatenate([whole, never])  # up to the edge, and not from it on
    return np.where(np.isnan(after) | until, np.where(np.isnan(before), after, before), after)


def spread_noise(gained: FloatArray, coverage: FloatArray) -> FloatArray:
    """Standard uncertainty of what was spread: anything from none to twice as much is as likely (rectangular).

    gained, coverage and the result of one shape; gained's unit. It overstates gaps that begin and end within an
    interval, whose increase is known.
    """
    noise: FloatArray = np.abs(gained) * (1.0 - coverage) / np.sqrt(3.0)
    return noise


def odd(seen: Summary, counters: Counters, width_s: float) -> BoolArray:
    """Mask (K, P) of intervals in which a counter falls or runs too fast, and of those beside a fall between two."""
    most = counters.fastest * (width_s + counters.hold_s)
    mask = np.zeros(seen.first.shape, bool)
    mask |= (seen.low < seen.first) | (seen.high > seen.last) | (seen.last - seen.first > most)
    step = seen.first[1:] - seen.last[:-1]
    between = np.asarray((step < 0) | (step > most))
    mask[1:] |= between
    mask[:-1] |= between
    return mask


def _gains(seen: Summary, counters: Counters, width_s: float) -> FloatArray:
    k = seen.first.shape[0]
    row = np.arange(k)[:, None]
    here = np.isfinite(seen.first)
    within = _within(seen, counters, width_s)
    before = np.maximum.accumulate(np.where(here, row, -1), axis=0)
    before = np.concatenate([np.full((1, here.shape[1]), -1), before[:-1]])
    step, lost = _steps(seen, counters, within, before, width_s)
    ends = here & (before >= 0)  # intervals in which a gap, or none, ends that began in an earlier one
    after = np.minimum.accumulate(np.where(ends, row, k)[::-1], axis=0)[::-1]
    after = np.concatenate([after, np.full((1, here.shape[1]), k)])
    hidden = 1.0 - seen.used
    own, own_lost = _pick(step, row), _pick(lost, row)
    following = np.where(here, after[1:], after[:-1])
    next_step, next_lost = _pick(step, following), _pick(lost, following)
    ended = np.divide(hidden, own_lost, out=np.zeros_like(hidden), where=own_lost > 0)
    begun = np.divide(hidden, next_lost, out=np.ones_like(hidden), where=next_lost > 0)
    spread = np.where(before >= 0, next_step * begun, np.nan)
    return np.where(here, within + np.nan_to_num(own * ended) + np.nan_to_num(next_step * begun), spread)


def _within(seen: Summary, counters: Counters, width_s: float) -> FloatArray:
    """Increase (K, P) from the first to the last value that stood; NaN where nothing did, or it is not believed."""
    rise = seen.last - seen.first
    fell = rise < 0
    if fell.any():
        climbed = (seen.high - seen.first) + (seen.last - seen.low)
        lost_s = (1.0 - seen.used) * width_s + counters.hold_s
        pace = climbed / np.where(seen.used > 0, seen.used * width_s, np.nan)
        again = _step(seen.high, seen.low, lost_s, pace, counters)
        rise = np.where(fell, climbed + np.nan_to_num(again), rise)
    return np.where(rise <= counters.fastest * (width_s + counters.hold_s), rise, np.nan)


def _steps(
    seen: Summary, counters: Counters, within: FloatArray, before: Rows, width_s: float
) -> tuple[FloatArray, FloatArray]:
    """Increase (K, P) from the last value of the interval before to this one's first; how many intervals lie hidden.

    NaN where there is no such interval, or the increase is not known.
    """
    row = np.arange(before.shape[0])[:, None]
    hidden = 1.0 - seen.used
    until = _pick(hidden, before)
    at_once = (until == 0) & (row - before == 1)  # the value before stood up to the edge
    lost = np.where(before >= 0, np.where(at_once, 0.0, hidden + until + (row - before - 1)), np.nan)
    pace = within / np.where(seen.used > 0, seen.used * width_s, np.nan)
    pace = np.fmax(pace, _pick(pace, before))
    step = _step(_pick(seen.last, before), seen.first, lost * width_s + counters.hold_s, pace, counters)
    return step, lost


def _step(before: FloatArray, after: FloatArray, lost_s: FloatArray, pace: FloatArray, of: Counters) -> FloatArray:
    """Increase from one value to the next one seen, lost_s later at most; NaN where it is not known."""
    rise = after - before
    fastest = of.fastest * lost_s
    wrapped = rise + of.span
    believed = (after <= np.fmin(fastest, PACES * np.fmax(pace, 0.0) * lost_s)) & (lost_s <= 2.0 * of.hold_s)
    since = np.where(believed, after, np.nan)
    over = np.isfinite(wrapped) & (wrapped <= np.minimum(fastest, WRAPS_WITHIN * of.span))
    fallen = np.where(over, wrapped, since)
    return np.where(rise >= 0, np.where(rise <= fastest, rise, np.nan), fallen)


def _pick(values: FloatArray, rows: Rows) -> FloatArray:
    """Values at rows (K, P); NaN where a row is outside."""
    k = values.shape[0]
    found = np.take_along_axis(values, np.clip(rows, 0, k - 1), axis=0)
    return np.where((rows >= 0) & (rows < k), found, np.nan)


def _of(counters: Counters, which: Rows) -> Counters:
    return Counters(counters.span[which], counters.fastest[which], counters.hold_s[which])
