"""What the hall's points said in each interval, out of history: the balance core's only way to it."""

import re
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance import intervals
from sdanlegg.balance.arrays import BoolArray, Observed
from sdanlegg.balance.flipped import without_flipped
from sdanlegg.balance.intervals import Counters
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import UnknownPointError
from sdanlegg.historian import Days, SummingHistorian
from sdanlegg.historian.catalogue import max_gap_ns
from sdanlegg.historian.grid import edges, usable
from sdanlegg.historian.tiered import runs
from sdanlegg.historian.tiers import NAMES, Summary, nothing, stack
from sdanlegg.points import Point, SunSpecField
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.site import Site

CELLS: Final = 200_000  # intervals times points of one question
SAMPLES: Final = 2_000_000  # of one question
REACH_NS: Final = 400 * 86_400 * SECOND_NS  # how far beyond the ends a gap's other side is looked for
NEARLY: Final = 0.001  # a limit so near a register's end is that end


async def observe(historian: SummingHistorian, site: Site, edges_ns: TimeArray, points: Sequence[str]) -> Observed:
    """Read what points said in the K intervals between edges_ns (K+1,), which are equally long, counted from 1970 UTC.

    Corrections count. A point that was never stored is NaN throughout, with coverage 0. Gaps that reach over the ends
    are looked for beyond them. UnknownPointError: a point that the hall does not have; ValueError: other edges;
    StoreError: the history cannot be read.
    """
    width_ns = _width_ns(edges_ns)
    asked = [site.points.points[column] for column in site.points.columns(points).tolist()]
    start_ns, end_ns = int(edges_ns[0]) - width_ns, int(edges_ns[-1]) + width_ns
    made = _blank(points, edges_ns)
    inner, size = slice(1, edges_ns.size), max(1, CELLS // (edges_ns.size + 1))
    for counting in (False, True):
        places = [place for place, point in enumerate(asked) if (point.kind == "counter") == counting]
        for i in range(0, len(places), size):
            batch = places[i : i + size]
            seen = await _figures(historian, [points[place] for place in batch], start_ns, end_ns, width_ns)
            made.at[:, batch] = intervals.at_edges(seen)[1:-1]
            made.coverage[:, batch] = seen.used[inner]
            if counting:
                counted = await _gained(historian, [asked[place] for place in batch], seen, edges_ns, site.zone)
                made.gained[:, batch] = counted
                made.coverage[:, batch] *= np.isfinite(counted)
            else:
                texts = [asked[place].is_text for place in batch]
                made.mean[:, batch] = np.where(texts, np.nan, seen.mean[inner])
    return made


def _blank(points: Sequence[str], edges_ns: TimeArray) -> Observed:
    """Nothing of any point, a point's intervals beside each other in memory."""
    k, p = edges_ns.size - 1, len(points)
    mean, gained = (np.full((k, p), np.nan, order="F") for _ in range(2))
    at, coverage = np.full((k + 1, p), np.nan, order="F"), np.zeros((k, p), order="F")
    return Observed(tuple(points), edges_ns, mean, gained, at, coverage)


def hours(start_ns: int, end_ns: int) -> TimeArray:
    """Edges (K+1,) of the hours that [start_ns, end_ns) touches."""
    return edges(start_ns, end_ns, 3600 * SECOND_NS)


def counters_of(points: Sequence[Point]) -> Counters:
    """What the point list knows of counters."""
    return Counters(
        span=np.array([_span(point) for point in points], np.float64),
        fastest=np.array([point.max_rate for point in points], np.float64),
        hold_s=np.array([max_gap_ns(int(point.period_s * SECOND_NS)) / SECOND_NS for point in points], np.float64),
    )


def _span(point: Point) -> float:
    """From zero over the highest value to zero again: the whole register where the list's limit is its end."""
    address = point.address
    if isinstance(address, SunSpecField):
        return point.max  # the register's scale comes with its value
    match = re.fullmatch(r"u?int(\d+)", address.type.base)
    if match is None:
        return point.max
    bits = int(match[1]) - (not address.type.base.startswith("u"))
    register = 2.0**bits * address.scale
    return register if abs(register - point.max) <= NEARLY * register else point.max


def _width_ns(edges_ns: TimeArray) -> int:
    widths = np.unique(np.diff(edges_ns))
    if widths.size != 1 or widths[0] <= 0 or edges_ns[0] % widths[0]:
        raise ValueError("the intervals are not equally long, or not counted from 1970 UTC")
    return int(widths[0])


async def _figures(
    historian: SummingHistorian, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days
) -> Summary:
    """Figures (K, P); nothing of points that were never stored."""
    try:
        return (await historian.summary(points, start_ns, end_ns, every)).figures
    except UnknownPointError:
        if len(points) == 1:
            return nothing(edges(start_ns, end_ns, every).size - 1, 1)
    parts = [await _figures(historian, [point], start_ns, end_ns, every) for point in points]
    return Summary(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in NAMES))


async def _gained(
    historian: SummingHistorian, points: Sequence[Point], seen: Summary, edges_ns: TimeArray, zone: ZoneInfo
) -> FloatArray:
    """Increase (K, P) of counters, of which the intervals were seen that edges_ns bound, and one more at each end."""
    width_ns = int(edges_ns[1] - edges_ns[0])
    wide_ns = np.concatenate([[edges_ns[0] - width_ns], edges_ns, [edges_ns[-1] + width_ns]])
    counters, width_s = counters_of(points), width_ns / SECOND_NS
    mask = intervals.odd(seen, counters, width_s)
    if mask.any():
        seen = Summary(*(getattr(seen, name).copy() for name in NAMES))
        await _mend(historian, points, seen, mask, wide_ns)
    gained = intervals.gains(seen, counters, width_s)[1:-1]
    which = np.flatnonzero(_open_behind(seen) | _open_ahead(seen))
    if which.size:
        some, part = [points[place] for place in which.tolist()], _part(seen, which)
        before, after = await _beyond(historian, some, part, wide_ns, zone)
        longer = intervals.gains(stack([before, part, after]), counters_of(some), width_s)
        gained[:, which] = longer[before.used.shape[0] :][1 : edges_ns.size]
    return gained


def _open_behind(seen: Summary) -> BoolArray:
    """Counters (P,) of which a gap reaches over the first interval's start."""
    mask: BoolArray = np.isnan(seen.first[0]) & (seen.used[1] < 1.0)
    return mask


def _open_ahead(seen: Summary) -> BoolArray:
    """Counters (P,) of which a gap reaches over the last interval's end."""
    mask: BoolArray = np.isnan(seen.first[-1]) & (seen.used[-2] < 1.0)
    return mask


async def _beyond(
    historian: SummingHistorian, points: Sequence[Point], seen: Summary, edges_ns: TimeArray, zone: ZoneInfo
) -> tuple[Summary, Summary]:
    """Figures before the first edge and after the last, as far as the gaps reach that are open there."""
    ids, width_ns = [point.id for point in points], int(edges_ns[1] - edges_ns[0])
    start_ns, end_ns = int(edges_ns[0]), int(edges_ns[-1])
    low_ns, high_ns = start_ns, end_ns
    has = np.asarray(
        np.isfinite(seen.first).any(axis=0)
    )  # a gap is bridged where something is known on both sides of it
    goes_on = (await newest_ns(historian, ids) or 0) >= end_ns
    behind = _open_behind(seen) & (has | goes_on)
    if behind.any():
        days = edges(start_ns - REACH_NS, start_ns, Days(zone))
        used = (await _figures(historian, ids, int(days[0]), int(days[-1]), Days(zone))).used[:, behind] > 0
        has[behind] |= used.any(axis=0)
        newest = np.where(used[:-1].any(axis=0), used.shape[0] - 2 - used[-2::-1].argmax(axis=0), used.shape[0] - 1)
        low_ns = int(days[newest.min()]) // width_ns * width_ns
    ahead = _open_ahead(seen) & has
    if ahead.any() and goes_on:
        days = edges(end_ns, end_ns + REACH_NS, Days(zone))
        used = (await _figures(historian, ids, int(days[0]), int(days[-1]), Days(zone))).used[1:, ahead] > 0
        oldest = np.where(used.any(axis=0), used.argmax(axis=0) + 1, 0)
        high_ns = -(-int(days[oldest.max() + 1]) // width_ns) * width_ns
    none = nothing(0, len(ids))
    before = await _figures(historian, ids, low_ns, start_ns, width_ns) if low_ns < start_ns else none
    after = await _figures(historian, ids, end_ns, high_ns, width_ns) if high_ns > end_ns else none
    return before, after


async def newest_ns(historian: SummingHistorian, ids: Sequence[str]) -> int | None:
    """Instant of the newest sample of any of the points; None if none was ever stored."""
    try:
        frame = await historian.latest(ids)
    except UnknownPointError:
        if len(ids) == 1:
            return None
        each = [await newest_ns(historian, [id_]) for id_ in ids]
        return max((t_ns for t_ns in each if t_ns is not None), default=None)
    return int(frame.t_ns[-1]) if frame.t_ns.size else None


async def _mend(
    historian: SummingHistorian, points: Sequence[Point], seen: Summary, mask: BoolArray, edges_ns: TimeArray
) -> None:
    """Look at the samples of odd intervals (K, P), whose edges are edges_ns (K+1,), and change the figures in place."""
    width_ns = int(edges_ns[1] - edges_ns[0])
    for whole in runs(np.asarray(mask.any(axis=1))):
        places = np.flatnonzero(mask[whole].any(axis=0)).tolist()
        ids = [points[place].id for place in places]
        shortest_ns = min(int(points[place].period_s * SECOND_NS) for place in places)
        step = max(1, SAMPLES * shortest_ns // (width_ns * len(ids)))
        for first in range(whole.start, whole.stop, step):
            rows = slice(first, min(first + step, whole.stop))
            part_ns = edges_ns[rows.start : rows.stop + 1]
            frame = await historian.read(ids, int(part_ns[0]) - width_ns, int(part_ns[-1]) + width_ns)
            use = usable(frame.values, frame.quality)
            for i, place in enumerate(places):
                these = use[:, i]
                without_flipped(seen, place, rows, part_ns, frame.t_ns[these], frame.values[these, i])


def _part(seen: Summary, which: BoolArray | NDArray[np.intp]) -> Summary:
    return Summary(*(getattr(seen, name)[:, which] for name in NAMES))
