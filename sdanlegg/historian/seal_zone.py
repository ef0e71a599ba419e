"""The day tier of another time zone: made anew from quarters where there are any, else kept under its dates. Reads."""

from typing import cast
from zoneinfo import ZoneInfo

import apsw
import numpy as np
from numpy.typing import NDArray

from sdanlegg.historian import Days, facts, grid, tiers
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.seal_tiers import QUARTER_NS, Blocks, Rollup, day_ns, year_ns
from sdanlegg.historian.tiers import DAY_S, QUARTER_S, Summary
from sdanlegg.readings import TimeArray


def days_of(connection: apsw.Connection, catalogue: Catalogue, zone: ZoneInfo) -> tuple[list[Rollup], int]:
    """Every block of the day tier as the zone has its days, and the generation of the file that they are made from.

    Days older than a point's oldest quarter keep their figures, which are those of the zone before, and their dates.
    """
    del catalogue
    known = facts.read(connection)
    found: list[Rollup] = []
    points = cast("list[tuple[int, int]]", connection.execute("SELECT p, wide FROM point").fetchall())
    for p, wide in points:
        years = _kept(connection, p, zone, wide=bool(wide))
        _fill(connection, p, years, zone, known.sealed_ns, wide=bool(wide))
        for t0_ns, year in years.items():
            if (year.used > 0).any():
                found.append(Rollup(DAY_S, p, t0_ns, *tiers.pack_block(year, 0, DAY_S, wide=bool(wide))))
    return found, known.generation


def _kept(connection: apsw.Connection, p: int, zone: ZoneInfo, *, wide: bool) -> dict[int, Summary]:
    """Years that the file has, by their first instant in the new zone."""
    years: dict[int, Summary] = {}
    sql = "SELECT t0_ns, v, c, m FROM rollup WHERE every_s = ? AND p = ?"
    for row in connection.execute(sql, (DAY_S, p)).fetchall():
        t0_ns, v, c, m = cast("tuple[int, bytes, bytes | None, bytes]", row)
        old = tiers.unpack_block((v, c, m), DAY_S, wide=wide)
        first_ns = year_ns(t0_ns + 100 * DAY_NS, zone)  # the same year, whatever its midnights
        year = _empty(first_ns, zone)
        size = min(old.used.shape[0], year.used.shape[0])
        for name in tiers.NAMES:
            getattr(year, name)[:size] = getattr(old, name)[:size]
        years[first_ns] = year
    return years


def _fill(
    connection: apsw.Connection,
    p: int,
    years: dict[int, Summary],
    zone: ZoneInfo,
    sealed_ns: int | None,
    *,
    wide: bool,
) -> None:
    """Make every complete day of which there are all quarters that there ever were."""
    sql = "SELECT min(t0_ns), max(t0_ns) FROM rollup WHERE every_s = ? AND p = ?"
    low_ns, high_ns = cast("tuple[int | None, int | None]", connection.execute(sql, (QUARTER_S, p)).fetchone())
    if low_ns is None or high_ns is None or sealed_ns is None:
        return
    blocks = Blocks(connection, np.array([p], np.int32), np.array([wide]), zone)
    end_ns = min(high_ns + tiers.block_ns(QUARTER_S), day_ns(sealed_ns, zone))
    if not _any_before(years, low_ns, zone):
        low_ns = day_ns(low_ns, zone)  # the history itself begins here: nothing of its first day is gone
    first_ns = year_ns(low_ns, zone)
    while first_ns < end_ns:
        last_ns = year_ns(first_ns, zone, 1)
        midnights = grid.edges(first_ns, last_ns, Days(zone))
        whole = np.flatnonzero((midnights[:-1] >= low_ns) & (midnights[1:] <= end_ns))
        if whole.size:
            year = years.setdefault(first_ns, _empty(first_ns, zone))
            made = _days(blocks, midnights[whole[0] : whole[-1] + 2], np.array([wide]))
            for name in tiers.NAMES:
                getattr(year, name)[whole] = getattr(made, name)
        first_ns = last_ns


def _any_before(years: dict[int, Summary], t_ns: int, zone: ZoneInfo) -> bool:
    """Whether there are figures of days that ended before the instant."""
    for first_ns, year in years.items():
        ends = grid.edges(first_ns, year_ns(first_ns, zone, 1), Days(zone))[1:]
        if (year.used[ends <= t_ns, 0] > 0).any():
            return True
    return False


def _days(blocks: Blocks, midnights: TimeArray, wide: NDArray[np.bool_]) -> Summary:
    starts = np.arange(midnights[0], midnights[-1], QUARTER_NS, dtype=np.int64)
    firsts = np.searchsorted(starts, midnights[:-1])
    return tiers.at_rest(tiers.combine(blocks.get(QUARTER_S, starts), firsts), wide)


def _empty(first_ns: int, zone: ZoneInfo) -> Summary:
    return tiers.nothing(grid.edges(first_ns, year_ns(first_ns, zone, 1), Days(zone)).size - 1, 1)
