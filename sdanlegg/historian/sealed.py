"""Sealed samples out of the file: points that share their instants, day by day. In a reader's thread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import apsw
import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import DamagedError
from sdanlegg.historian import chunks
from sdanlegg.historian.catalogue import Group
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.grid import Block
from sdanlegg.historian.overlay import Correction


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day's instants, as the file has them: axis a of n instants."""

    t0_ns: int
    a: int
    n: int


@dataclass(frozen=True, slots=True)
class Strand:
    """Points of a group that were sealed on the same instants throughout; days ascending."""

    group: Group
    days: tuple[Day, ...]
    corrections: tuple[Correction, ...] = ()  # of its one point; a point that has any is alone in its strand

    def part(self, which: slice) -> "Strand":
        """The same of some of the points."""
        return Strand(self.group.part(which), self.days, self.corrections)


def marks(count: int) -> str:
    """So many parameters of an SQL list."""
    return ",".join("?" * count)


def strands(
    connection: apsw.Connection,
    group: Group,
    start_ns: int,
    end_ns: int,
    corrections: Mapping[int, Sequence[Correction]] | None = None,
) -> list[Strand]:
    """Cut the group's points into strands, with the days that [start_ns, end_ns) touches and corrections by point."""
    numbers = group.numbers.tolist()
    sql = f"""SELECT p, chunk.t0_ns, a, n FROM chunk JOIN axis USING(a)
        WHERE p IN ({marks(len(numbers))}) AND chunk.t0_ns >= ? AND chunk.t0_ns < ? ORDER BY p, chunk.t0_ns"""  # noqa: S608
    days: dict[int, list[Day]] = {}
    for p, t0_ns, a, n in connection.execute(sql, (*numbers, chunks.day_of(start_ns), end_ns)):
        days.setdefault(p, []).append(Day(t0_ns, a, n))
    found, alike = [], dict[tuple[Day, ...], list[int]]()
    for place, p in enumerate(numbers):
        if corrections and p in corrections:
            found.append(Strand(group.part([place]), tuple(days.get(p, ())), tuple(corrections[p])))
        else:
            alike.setdefault(tuple(days.get(p, ())), []).append(place)
    return found + [Strand(group.part(places), key) for key, places in alike.items()]


def pieces(connection: apsw.Connection, strand: Strand, start_ns: int, end_ns: int) -> Iterator[Block]:
    """Sealed samples of the strand in [start_ns, end_ns), a day at a time; days without any are left out."""
    for day in strand.days:
        block = _day(connection, strand, day)
        if start_ns > day.t0_ns or end_ns < day.t0_ns + DAY_NS:
            block = block.between(start_ns, end_ns)
        if block.t_ns.size:
            yield block


def unreadable(connection: apsw.Connection, p: int, t0_ns: int) -> DamagedError:
    """What to raise when a point's day cannot be unpacked."""
    id_ = connection.execute("SELECT id FROM point WHERE p = ?", (p,)).get
    day = datetime.fromtimestamp(t0_ns // SECOND_NS, UTC)
    return DamagedError(f"the samples of {id_} of {day:%Y-%m-%d} (UTC) cannot be read")


def check(connection: apsw.Connection) -> None:
    """Unpack every sealed day of every point; DamagedError names the first that cannot be read."""
    sql = "SELECT p, chunk.t0_ns, n, t, e, v, q, s FROM chunk JOIN axis USING(a)"
    for p, t0_ns, n, t, e, v, q, s in connection.execute(sql):
        try:
            sizes = {chunks.unpack_axis(t0_ns, t).size, chunks.unpack_values(e, v, n).size}
            chunks.unpack_quality(q, n), chunks.unpack_source(s)
        except chunks.UNREADABLE as err:
            raise unreadable(connection, p, t0_ns) from err
        if sizes != {n}:
            raise unreadable(connection, p, t0_ns)


def _day(connection: apsw.Connection, strand: Strand, day: Day) -> Block:
    k = strand.group.numbers.size
    sql = f"SELECT p, e, v, q FROM chunk WHERE t0_ns = ? AND p IN ({marks(k)})"  # noqa: S608
    found: Iterator[tuple[int, int, bytes, bytes | None]]
    found = connection.execute(sql, (day.t0_ns, *strand.group.numbers.tolist()))
    columns = {p: i for i, p in enumerate(strand.group.numbers.tolist())}
    values, quality = np.empty((k, day.n)), np.zeros((k, day.n), np.uint16)
    p = int(strand.group.numbers[0])
    try:
        t_ns = chunks.unpack_axis(day.t0_ns, connection.execute("SELECT t FROM axis WHERE a = ?", (day.a,)).get)
        for p, e, v, q in found:
            values[columns[p]] = chunks.unpack_values(e, v, day.n)
            if q is not None:
                quality[columns[p]] = chunks.unpack_quality(q, day.n)
    except chunks.UNREADABLE as err:
        raise unreadable(connection, p, day.t0_ns) from err
    return Block(strand.group.places, t_ns, values.T, quality.T)


def spread(found: Sequence[Strand], start_ns: int, end_ns: int) -> int:
    """About how many sealed values of the strands lie in [start_ns, end_ns): days at its ends count by their share."""
    total = 0.0
    for strand in found:
        for day in strand.days:
            inside = min(end_ns, day.t0_ns + DAY_NS) - max(start_ns, day.t0_ns)
            total += day.n * max(inside, 0) / DAY_NS * strand.group.numbers.size
    return int(total)
