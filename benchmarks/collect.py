"""What a point costs from the socket to the disk, beside the bare pymodbus read and a bare socket."""

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from benchmarks.hall import POINTS, load_hall
from benchmarks.machine import pin
from benchmarks.modbus_server import responder
from benchmarks.readers import Count, bare_pymodbus, raw_socket, whole_path
from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg import logs
from sdanlegg.points import PointTable
from sdanlegg.site import Site

DEVICES = 50
READERS: dict[str, Callable[[Site], AbstractAsyncContextManager[Count]]] = {
    "whole path": whole_path,
    "bare pymodbus": bare_pymodbus,
    "bare socket": raw_socket,
}
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.new_event_loop,
}
SETTLE_S = 0.3  # on top of a period: every device has been read, and what a first read costs is over
CATCH_UP_S = 0.4  # what the collection of garbage made late has been made up for


@dataclass(frozen=True, slots=True)
class Stretch:
    """One measured stretch: CPU and wall time of this process, all threads, and the points that it read meanwhile."""

    cpu_s: float
    wall_s: float
    points: int

    @property
    def us_per_point(self) -> float:
        """CPU microseconds a point."""
        return 1e6 * self.cpu_s / self.points


async def stretch(name: str, site: Site, seconds: float) -> Stretch:
    """Let a reader read the hall for that long."""
    async with READERS[name](site) as count:
        await asyncio.sleep(site.points.points[0].period_s + SETTLE_S)
        gc.collect()
        await asyncio.sleep(CATCH_UP_S)
        points, wall, cpu = count(), time.perf_counter(), time.process_time()
        await asyncio.sleep(seconds)
        return Stretch(time.process_time() - cpu, time.perf_counter() - wall, count() - points)


def measure(site: Site, rounds: int, seconds: float) -> dict[tuple[str, str], list[Stretch]]:
    """Take stretches of every reader on every loop, in turn, so that a noisy minute hits all of them."""
    taken: dict[tuple[str, str], list[Stretch]] = {(loop, name): [] for loop in LOOPS for name in READERS}
    for _ in range(rounds):
        for (loop, name), stretches in taken.items():
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                stretches.append(runner.run(stretch(name, site, seconds)))
            print(f"{loop}, {name}: {stretches[-1].us_per_point:.2f} µs a point", file=sys.stderr)
    return taken


def hurried(site: Site) -> Site:
    """Return the same hall with a period that nothing can keep: as fast as it goes."""
    return replace(site, points=PointTable(replace(point, period_s=0.001) for point in site.points))


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each stretch")
    given = parser.parse_args()
    rounds, seconds = (1, 0.5) if given.quick else (given.rounds, given.seconds)
    with (
        responder(DEVICES) as server,
        tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as folder,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        logs.configure("json", nowhere)
        pin(0)
        site = load_hall(Path(folder), server.ports)
        paced = measure(site, rounds, seconds)
        flat_out = measure(hurried(site), min(rounds, 3), 0.5)
    command = f"python -m benchmarks.collect --rounds {rounds} --seconds {seconds:g}"
    publish(Result("collect", command, (_paced(paced), _flat_out(flat_out)), _goals(paced)), given)


def _median(stretches: list[Stretch]) -> float:
    return statistics.median(s.us_per_point for s in stretches)


def _ratio(taken: dict[tuple[str, str], list[Stretch]], loop: str) -> float:
    """Return the median over rounds of whole path to bare pymodbus."""
    pairs = zip(taken[loop, "whole path"], taken[loop, "bare pymodbus"], strict=True)
    return statistics.median(a.us_per_point / b.us_per_point for a, b in pairs)


def _paced(taken: dict[tuple[str, str], list[Stretch]]) -> Table:
    rows = []
    for (loop, name), stretches in taken.items():
        cost = [s.us_per_point for s in stretches]
        share = statistics.median(100 * s.cpu_s / s.wall_s for s in stretches)
        ratio = statistics.median(
            s.us_per_point / b.us_per_point for s, b in zip(stretches, taken[loop, "bare pymodbus"], strict=True)
        )
        median = statistics.median(cost)
        spread = f"{min(cost):.2f}–{max(cost):.2f}"
        rows.append((loop, name, f"{1e6 / median:,.0f}", f"{median:.2f}", spread, f"{share:.2f} %", f"{ratio:.2f}"))
    columns = ("loop", "reader", "points per CPU-second", "µs a point", "from–to", "of a core", "to bare pymodbus")
    return Table(f"{DEVICES} devices of {POINTS} float32 points, each once a second", columns, tuple(rows))


def _flat_out(taken: dict[tuple[str, str], list[Stretch]]) -> Table:
    rows = []
    for (loop, name), stretches in taken.items():
        rate = statistics.median(s.points / s.wall_s for s in stretches)
        median = _median(stretches)
        rows.append((loop, name, f"{rate:,.0f}", f"{1e6 / median:,.0f}", f"{median:.2f}"))
    columns = ("loop", "reader", "points per second", "points per CPU-second", "µs a point")
    return Table("The same hall as fast as it goes", columns, tuple(rows))


def _goals(taken: dict[tuple[str, str], list[Stretch]]) -> tuple[Goal, ...]:
    share = statistics.median(100 * 1e-6 * s.us_per_point * DEVICES * POINTS for s in taken["uvloop", "whole path"])
    return (
        Goal("whole path to bare pymodbus, uvloop", 0.8, _ratio(taken, "uvloop"), "×"),
        Goal("whole path to bare pymodbus, asyncio", 0.8, _ratio(taken, "asyncio"), "×"),
        Goal(f"{DEVICES * POINTS:,} points a second, of one core, uvloop", 3.0, share, "%"),
    )


if __name__ == "__main__":
    main()
