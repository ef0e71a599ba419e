"""Sending a stretch of history to a mirror anew, by time: day by day and device by device, as it came."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import apsw

from sdanlegg.backoff import Backoff
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.historian import query
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.chunks import DAY_NS, day_of
from sdanlegg.historian.mirrors import Mirror, MirrorError
from sdanlegg.historian.mirrors.lines import Series, Template
from sdanlegg.historian.mirrors.sieve import Refused, Sieve
from sdanlegg.historian.reader import LocalReader
from sdanlegg.points import PointTable

LINES: Final = 5000  # of one request
CELLS: Final = 200_000  # samples that are read at once, about
PATIENCE_S: Final = 600.0  # a mirror that takes nothing for so long ends the work
_PASSING: Final = ("unreachable", "failing", "busy")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Holding:
    """One device's points in the file, and how many samples of them a day has, about."""

    device: str
    series: tuple[Series, ...]
    cells_a_day: float


@dataclass(slots=True)
class Sent:
    """What was sent: lines that were taken, of which points; how many were refused, and the first of those."""

    lines: int = 0
    points: set[str] = field(default_factory=set)
    refused: int = 0
    examples: list[Refused] = field(default_factory=list)


def holdings(connection: apsw.Connection, table: PointTable) -> list[Holding]:
    """Every device that the file has points of, those of former configurations too."""
    configured = {point.id: Series.of(point) for point in table}
    series: dict[str, list[Series]] = {}
    cells: dict[str, float] = {}
    sql = "SELECT id, quantity, kind, unit, wide, period_ns FROM point ORDER BY p"
    for id_, quantity, kind, unit, wide, period_ns in connection.execute(sql):
        device = id_.partition(".")[0]
        one = configured.get(id_) or Series(id_, quantity, kind, unit, "", bool(wide))
        series.setdefault(device, []).append(one)
        cells[device] = cells.get(device, 0.0) + DAY_NS / max(period_ns, 1)
    return [Holding(device, tuple(found), cells[device]) for device, found in series.items()]


def bounds(connection: apsw.Connection) -> tuple[int, int] | None:
    """A range [start, end) that holds every sample of the file, None if it has none."""
    days = [t for t in connection.execute("SELECT min(t0_ns), max(t0_ns) FROM chunk").get if t is not None]
    times = [t for t in connection.execute("SELECT min(t_ns), max(t_ns) FROM reading").get if t is not None]
    if not days and not times:
        return None
    return min(days[:1] + times[:1]), max([t + DAY_NS for t in days[1:]] + [t + 1 for t in times[1:]])


def spans(start_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """UTC days of [start_ns, end_ns), the first and last cut."""
    days = range(day_of(start_ns), end_ns, DAY_NS)
    return [(max(day, start_ns), min(day + DAY_NS, end_ns)) for day in days]


class Sender:
    """Sends one mirror history; waits for a mirror that is away, but not for ever."""

    def __init__(
        self, reader: LocalReader, mirror: Mirror, site_id: str, witness: Callable[[int], bytes], clock: Clock
    ) -> None:
        """Witness gives a heartbeat line for a time, which every sound mirror takes."""
        self._reader = reader
        self._mirror = mirror
        self._site_id = site_id
        self._sieve = Sieve(mirror, lambda: witness(clock.now_ns()), clock)
        self._clock = clock
        self._lines = LINES
        self.sent = Sent()

    async def send(
        self, held: Sequence[Holding], start_ns: int, end_ns: int, waiting: Callable[[str], None]
    ) -> AsyncIterator[None]:
        """Send all of [start_ns, end_ns); yields after each device and day. Waiting is told why nothing goes on.

        MirrorError: the mirror refuses us, is away for PATIENCE_S, or was started anew and may have lost part of it.
        """
        began = await self._mirror.started()
        for span in spans(start_ns, end_ns):
            for holding in held:
                async for lines in self._read(holding, *span):
                    await self._write(lines, waiting)
                    self.sent.lines += len(lines)
                yield
        if began is not None and await self._mirror.started() != began:
            text = f"mirror {self._mirror.name!r} was started anew while it was sent history: send it once more"
            raise MirrorError(text, "failing")

    async def _read(self, holding: Holding, start_ns: int, end_ns: int) -> AsyncIterator[list[bytes]]:
        """Lines of a device's samples in a part of a day, a bounded piece at a time."""
        parts = math.ceil(holding.cells_a_day * (end_ns - start_ns) / DAY_NS / CELLS)
        step_ns = -(-(end_ns - start_ns) // max(parts, 1))
        for t_ns in range(start_ns, end_ns, step_ns):
            stop_ns = min(t_ns + step_ns, end_ns)
            yield await self._reader.ask(lambda c, known, t=t_ns, s=stop_ns: self._look(c, known, holding, t, s))  # type: ignore[misc]

    def _look(
        self, connection: apsw.Connection, catalogue: Catalogue, holding: Holding, start_ns: int, end_ns: int
    ) -> list[bytes]:
        found = catalogue.find(connection, [one.id for one in holding.series])
        lines: list[bytes] = []
        for group in catalogue.groups(connection, found):
            for block in query.raw(connection, group, start_ns, end_ns, corrected=False):
                if block.t_ns.size:
                    members = [holding.series[place] for place in block.places.tolist()]
                    self.sent.points.update(one.id for one in members)
                    template = Template(self._site_id, members)
                    lines += template.render(block.t_ns, block.values, block.quality)
        return lines

    async def _write(self, lines: Sequence[bytes], waiting: Callable[[str], None]) -> None:
        backoff, since_ns = Backoff(cap_s=30.0), self._clock.monotonic_ns()
        done = 0
        while done < len(lines):
            try:
                refused = await self._sieve.write(lines[done : done + self._lines])
            except MirrorError as error:
                if error.fault == "too_large" and self._lines > 1:
                    self._lines //= 2
                    continue
                away_s = (self._clock.monotonic_ns() - since_ns) / SECOND_NS
                if error.fault not in _PASSING or away_s > PATIENCE_S:
                    raise
                waiting(str(error))
                await self._clock.sleep(max(backoff.wait_s(), error.retry_after_s or 0.0))
                continue
            done += self._lines
            self.sent.refused += len(refused)
            self.sent.lines -= len(refused)
            self.sent.examples += refused[: _SHOWN - len(self.sent.examples)]
            backoff, since_ns = Backoff(cap_s=30.0), self._clock.monotonic_ns()
