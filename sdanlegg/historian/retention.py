"""What is kept for how long: finer history goes, in bounded pieces, and the disk gets its room back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from zoneinfo import ZoneInfo

import apsw

from sdanlegg.historian import facts, tiers
from sdanlegg.historian.chunks import DAY_NS, day_of
from sdanlegg.historian.seal_tiers import day_ns
from sdanlegg.historian.tiers import DAY_S, HOUR_S, MINUTE_S, QUARTER_S
from sdanlegg.site import Keep

PIECE: Final = 200  # rows of one transaction
PAGES: Final = 256  # given back in one transaction: 1 MiB
SLACK: Final = 4096  # pages that stay in the file for what is rewritten every quarter of an hour: 16 MiB
JUMP_NS: Final = 7 * DAY_NS  # a clock that is this much on since the last look is doubted for a day
DOUBT_NS: Final = DAY_NS
_LONGEST_YEAR_NS: Final = 367 * DAY_NS


@dataclass(frozen=True, slots=True)
class Horizons:
    """What ends before these instants goes: samples, and blocks of the tiers by every_s."""

    raw_ns: int
    tiers_ns: Mapping[int, int]


def horizons(keep: Keep, now_ns: int, sealed_ns: int, zone: ZoneInfo) -> Horizons:
    """Horizons at a time. Nothing goes that is younger than the last local day that is sealed to its end."""

    def horizon(days: float | None) -> int:
        if days is None:
            return facts.NEVER_NS
        return min(now_ns - int(days * DAY_NS), day_ns(sealed_ns, zone))

    by_tier = {MINUTE_S: keep.minute, QUARTER_S: keep.quarter, HOUR_S: keep.hour, DAY_S: keep.day}
    return Horizons(horizon(keep.raw), {every_s: horizon(days) for every_s, days in by_tier.items()})


def drop_piece(connection: apsw.Connection, limits: Horizons) -> bool:
    """Delete the next piece of what is beyond its horizon; whether there was any. In a transaction for writing.

    Samples that somebody waits to see in the tiers (dirty ranges) stay, and what is older than they are.
    """
    raw_ns = limits.raw_ns
    waiting = connection.execute("SELECT min(start_ns) FROM dirty").get
    if waiting is not None:
        raw_ns = min(raw_ns, waiting)
    if _drop_raw(connection, raw_ns) or any(_drop_tier(connection, *limit) for limit in limits.tiers_ns.items()):
        facts.bump(connection)
        return True
    return False


def give_back(connection: apsw.Connection, slack: int = SLACK) -> bool:
    """Cut free pages off the file, a bounded number; whether more than slack are left. In a transaction for writing."""
    free = cast("int", connection.pragma("freelist_count"))
    if free <= slack:
        return False
    connection.execute(f"PRAGMA incremental_vacuum({min(PAGES, free - slack)})").fetchall()
    return cast("int", connection.pragma("freelist_count")) > slack


@dataclass(slots=True)
class Trust:
    """Whether the clock may be believed when it says that something is old: a clock that leapt has to prove itself."""

    since_ns: int | None = None  # monotonic; since when it is doubted

    def believes(self, now_ns: int, seen_ns: int | None, monotonic_ns: int) -> bool:
        """Judge a wall clock against the last time that was believed."""
        if seen_ns is None or now_ns - seen_ns <= JUMP_NS:
            self.since_ns = None
            return True
        if self.since_ns is None:
            self.since_ns = monotonic_ns
        return monotonic_ns - self.since_ns >= DOUBT_NS


def _drop_raw(connection: apsw.Connection, horizon_ns: int) -> bool:
    """Chunks of days that end at the horizon or before, then their axes."""
    if horizon_ns <= facts.NEVER_NS + DAY_NS:
        return False
    until_ns = day_of(horizon_ns)
    sql = "DELETE FROM chunk WHERE rowid IN (SELECT rowid FROM chunk WHERE t0_ns < ? ORDER BY t0_ns LIMIT ?)"
    connection.execute(sql, (until_ns, PIECE))
    if connection.changes():
        facts.raise_ns(connection, "raw_from_ns", until_ns)
        return True
    connection.execute("DELETE FROM axis WHERE a IN (SELECT a FROM axis WHERE t0_ns < ? LIMIT ?)", (until_ns, PIECE))
    return connection.changes() > 0


def _drop_tier(connection: apsw.Connection, every_s: int, horizon_ns: int) -> bool:
    """Blocks that end at the horizon or before."""
    if horizon_ns <= facts.NEVER_NS + _LONGEST_YEAR_NS:
        return False
    length_ns = _LONGEST_YEAR_NS if every_s == DAY_S else tiers.block_ns(every_s)
    sql = "DELETE FROM rollup WHERE rowid IN (SELECT rowid FROM rollup WHERE every_s = ? AND t0_ns <= ? LIMIT ?)"
    connection.execute(sql, (every_s, horizon_ns - length_ns, PIECE))
    return connection.changes() > 0
