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

CELLS: Final = 500_000  # intervals times points of one question
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
    columns = site.points.columns(points)
    asked = [site.points.points[column] for column in columns.tolist()]
    seen = await _figures(historian, points, int(edges_ns[0]) - width_ns, int(edges_ns[-1]) + width_ns, width_ns)
    are_counters = np.array([point.kind == "counter" for point in asked], bool)
    inner = slice(1, edges_ns.size)
    gained, coverage = np.full((edges_ns.size - 1, len(asked)), np.nan), seen.used[inner].copy()
    if are_counters.any():
        these = [point for point in asked if point.kind == "counter"]
        counted = await _gained(historian, these, _part(seen, are_counters), edges_ns, site.zone)
        gained[:, are_counters] = counted
        coverage[:, are_counters] = np.where(np.isnan(counted), 0.0, coverage[:, are_counters])
    mean = np.where(are_counters | np.array([point.is_text for point in asked], bool), np.nan, seen.mean[inner])
    return Observed(tuple(points), edges_ns, mean, gained, intervals.at_edges(seen)[1:-1], coverage)


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
    shortest_ns = every if isinstance(every, int) else 23 * 3600 * SECOND_NS
    size = max(1, CELLS // (-(-(end_ns - start_ns) // shortest_ns) + 1))
    parts = []
    for i in range(0, len(points), size):
        batch = points[i : i + size]
        try:
            found = await historian.summary(batch, start_ns, end_ns, every)
        except UnknownPointError:
            parts.append(await _stored(historian, batch, start_ns, end_ns, every))
        else:
            parts.append(found.figures)
    return parts[0] if len(parts) == 1 else _beside(parts)


async def _stored(
    historian: SummingHistorian, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days
) -> Summary:
    """The same where some were never stored: each by itself."""
    count = edges(start_ns, end_ns, every).size - 1
    parts = []
    for point in points:
        try:
            parts.append((await historian.summary([point], start_ns, end_ns, every)).figures)
        except UnknownPointError:
            parts.append(nothing(count, 1))
    return _beside(parts)


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
    behind, ahead = _open_behind(seen), _open_ahead(seen)
    if behind.any():
        days = edges(start_ns - REACH_NS, start_ns, Days(zone))
        used = (await _figures(historian, ids, int(days[0]), int(days[-1]), Days(zone))).used[:-1, behind] > 0
        newest = np.where(used.any(axis=0), used.shape[0] - 1 - used[::-1].argmax(axis=0), used.shape[0])
        low_ns = int(days[newest.min()]) // width_ns * width_ns
    if ahead.any() and (await _newest_ns(historian, ids)) >= end_ns:
        days = edges(end_ns, end_ns + REACH_NS, Days(zone))
        used = (await _figures(historian, ids, int(days[0]), int(days[-1]), Days(zone))).used[1:, ahead] > 0
        oldest = np.where(used.any(axis=0), used.argmax(axis=0) + 1, 0)
        high_ns = -(-int(days[oldest.max() + 1]) // width_ns) * width_ns
    none = nothing(0, len(ids))
    before = await _figures(historian, ids, low_ns, start_ns, width_ns) if low_ns < start_ns else none
    after = await _figures(historian, ids, end_ns, high_ns, width_ns) if high_ns > end_ns else none
    return before, after


async def _newest_ns(historian: SummingHistorian, ids: Sequence[str]) -> int:
    """Instant of the newest sample of any of the points."""
    try:
        frame = await historian.latest(ids)
    except UnknownPointError:
        return max([await _newest_ns(historian, [id_]) for id_ in ids]) if len(ids) > 1 else 0
    return int(frame.t_ns[-1]) if frame.t_ns.size else 0


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


def _beside(parts: Sequence[Summary]) -> Summary:
    return Summary(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in NAMES))
