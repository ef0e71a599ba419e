"""Stored tiers out of the file and onto one time axis: few statements, few numpy steps. In a reader's thread."""

from collections.abc import Sequence
from copy import copy
from typing import Any, Final, Protocol

import apsw
import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import tiers
from sdanlegg.historian.catalogue import StoredPoint
from sdanlegg.historian.sealed import marks
from sdanlegg.historian.tiers import BLOCK, DAY_S, Summary, block_ns
from sdanlegg.quality import GOOD, NO_SAMPLE
from sdanlegg.readings import FloatArray, IntArray, TimeArray

DAY_NS: Final = DAY_S * SECOND_NS
LONGEST_YEAR_NS: Final = 367 * DAY_NS
TOGETHER: Final = 256  # rows that are unpacked in one step: bounds memory
_ZEROS: Final = frozenset({"count", "used", "good"})
DirectRow = tuple[int, int, bytes, bytes | None]  # p, t0_ns, v, c
FullRow = tuple[int, int, bytes, bytes | None, bytes]  # and m


class Sheet(Protocol):
    """Figures of P points over n intervals; nothing stood until something is put."""

    def put(self, places: IntArray, at: slice, summary: Summary) -> None:
        """Set the intervals of the points at places (k,) to summary (K, k)."""
        ...


class Whole:
    """Every figure, each (P, n): what a summary takes."""

    def __init__(self, points: Sequence[StoredPoint], n: int) -> None:
        shape = (len(points), n)
        self.figures = {name: np.full(shape, 0.0 if name in _ZEROS else np.nan) for name in tiers.NAMES}

    def part(self, inside: slice) -> "Whole":
        """The same of some of the intervals."""
        made = copy(self)
        made.figures = {name: figure[:, inside] for name, figure in self.figures.items()}
        return made

    def put(self, places: IntArray, at: slice, summary: Summary) -> None:
        """See Sheet."""
        for name, figure in self.figures.items():
            figure[places, at] = getattr(summary, name).T

    def summary(self) -> Summary:
        """Summary (n, P)."""
        return Summary(**{name: figure.T for name, figure in self.figures.items()})


class Main:
    """What an ordinary question takes, each (P, n): mean of gauges, last of others; quality; share with good data."""

    def __init__(self, points: Sequence[StoredPoint], n: int) -> None:
        shape = (len(points), n)
        self.is_gauge = np.array([point.is_gauge for point in points], bool)
        self.values = np.full(shape, np.nan)
        self.quality = np.full(shape, NO_SAMPLE, np.uint16)
        self.good = np.zeros(shape)

    def part(self, inside: slice) -> "Main":
        """The same of some of the intervals."""
        made = copy(self)
        made.values, made.quality, made.good = self.values[:, inside], self.quality[:, inside], self.good[:, inside]
        return made

    def put(self, places: IntArray, at: slice, summary: Summary) -> None:
        """See Sheet."""
        self.values[places, at] = np.where(self.is_gauge[places], summary.mean, summary.last).T
        self.quality[places, at] = summary.quality().T
        self.good[places, at] = summary.good.T


class FixedRows:
    """Rows of a tier of tiers.TIERS_S that hold n intervals from start_ns on, for some points."""

    def __init__(self, every_s: int, points: Sequence[StoredPoint], start_ns: int, n: int) -> None:
        self._every_s, self._points, self._n = every_s, points, n
        self._size, self._block_ns = BLOCK[every_s], block_ns(every_s)
        self._first_ns = start_ns // self._block_ns * self._block_ns
        self._skip = (start_ns - self._first_ns) // (every_s * SECOND_NS)
        self._count = -(-(self._skip + n) // self._size) if n else 0
        self._place = {point.p: i for i, point in enumerate(points)}

    def main(self, connection: apsw.Connection) -> Main:
        """Main figures; of most points they stand in the columns v and c."""
        made = Main(self._points, self._count * self._size)
        for wide in (False, True):
            direct = [point.p for point in self._points if point.is_wide == wide != point.is_gauge]
            rows = self._rows(connection, "v, c", direct)
            if rows:
                self._put_direct(made, rows, tiers.unpack_mains([row[2] for row in rows], self._every_s, wide=wide))
            others = [point.p for point in self._points if point.is_wide == wide == point.is_gauge]
            rows = self._rows(connection, "m, c", others)
            if rows:
                self._put_direct(made, rows, tiers.unpack_seconds([row[2] for row in rows], self._size, wide=wide))
        return made.part(slice(self._skip, self._skip + self._n))

    def whole(self, connection: apsw.Connection) -> Whole:
        """Every figure."""
        made = Whole(self._points, self._count * self._size)
        for wide in (False, True):
            alike = [point.p for point in self._points if point.is_wide == wide]
            rows: Sequence[FullRow] = self._rows(connection, "v, c, m", alike)
            for i in range(0, len(rows), TOGETHER):
                self._put_rows(made, rows[i : i + TOGETHER], wide=wide)
        return made.part(slice(self._skip, self._skip + self._n))

    def _rows(self, connection: apsw.Connection, columns: str, numbers: Sequence[int]) -> list[Any]:
        if not numbers or not self._count:
            return []
        sql = f"""SELECT p, t0_ns, {columns} FROM rollup WHERE every_s = ? AND p IN ({marks(len(numbers))})
            AND t0_ns >= ? AND t0_ns < ?"""  # noqa: S608
        end_ns = self._first_ns + self._count * self._block_ns
        return connection.execute(sql, (self._every_s, *numbers, self._first_ns, end_ns)).fetchall()

    def _put_direct(self, made: Main, rows: Sequence[DirectRow], mains: FloatArray) -> None:
        """All rows in one step: a few microseconds each would be most of the answer's time."""
        place = np.array([self._place[row[0]] for row in rows])
        block = (np.array([row[1] for row in rows]) - self._first_ns) // self._block_ns
        values, quality, good = (
            x.reshape(len(self._points), self._count, self._size) for x in (made.values, made.quality, made.good)
        )
        values[place, block] = mains
        whole = np.array([row[3] is None for row in rows])
        good[place[whole], block[whole]] = 1.0
        quality[place[whole], block[whole]] = GOOD
        parts = [row[3] for row in rows if row[3] is not None]
        if parts:
            used, shares = tiers.unpack_many_shares(parts, self._size)
            good[place[~whole], block[~whole]] = shares
            quality[place[~whole], block[~whole]] = tiers.grade(used, shares)

    def _put_rows(self, made: Whole, rows: Sequence[FullRow], *, wide: bool) -> None:
        """Every figure of rows of points that are all wide or none, in few steps."""
        place = np.array([self._place[row[0]] for row in rows])
        block = (np.array([row[1] for row in rows]) - self._first_ns) // self._block_ns
        found = tiers.unpack_blocks([row[2:] for row in rows], self._every_s, wide=wide)
        for name, figure in made.figures.items():
            figure.reshape(len(self._points), self._count, self._size)[place, block] = getattr(found, name)


def put_block(made: Sheet, place: int, first: int, block: Summary, n: int) -> None:
    """Put one point's block whose first interval is number first of n; what lies outside is left out."""
    low, high = max(first, 0), min(first + block.used.shape[0], n)
    if low < high:
        made.put(np.array([place], np.int32), slice(low, high), block.rows(slice(low - first, high - first)))


def put_days(connection: apsw.Connection, made: Sheet, points: Sequence[StoredPoint], starts_ns: TimeArray) -> None:
    """Put the stored days that begin at starts_ns (n,), all of the zone whose days the file has."""
    numbers = [point.p for point in points]
    sql = f"""SELECT p, t0_ns, v, c, m FROM rollup WHERE every_s = {DAY_S} AND p IN ({marks(len(numbers))})
        AND t0_ns > ? AND t0_ns <= ?"""  # noqa: S608
    low, high = int(starts_ns[0]) - LONGEST_YEAR_NS, int(starts_ns[-1])
    place = {p: i for i, p in enumerate(numbers)}
    for p, t0_ns, v, c, m in connection.execute(sql, (*numbers, low, high)):
        block = tiers.unpack_block((v, c, m), DAY_S, wide=points[place[p]].is_wide)
        # Days of a year differ by an hour at most, and only between its first and its last.
        first = round((t0_ns - int(starts_ns[0])) / DAY_NS)
        put_block(made, place[p], first, block, starts_ns.size)
