"""Group commit of 10,000 points a second into a store that is read and sealed meanwhile: lateness, CPU, memory."""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import apsw
import numpy as np
import uvloop

from benchmarks.history_data import DAY_NS, END_NS, HOUR_NS, Hall
from benchmarks.history_local import Local
from benchmarks.history_year import lay_behind
from benchmarks.live_hall import LiveHall, beside
from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import EVERY_NS, Sealer, due_ns
from sdanlegg.metrics import Metrics
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading

WINDOW_MS: Final = 250
READ_EVERY_S: Final = 0.1
LOOK_S: Final = 0.01
PHASES: Final = ("commits alone", "and ten questions a second", "and the sealer at work")


@dataclass(frozen=True)
class Halls:
    """One hall whose history is read, of so many points, and one whose readings come; one store has both."""

    old_size: int

    @property
    def old(self) -> Hall:
        """Sampled every ten seconds, long ago."""
        return Hall(self.old_size)

    @cached_property
    def live(self) -> LiveHall:
        """A hundred controllers of a hundred points."""
        return LiveHall(100, 100, first_column=self.old_size, first_device=100)

    @cached_property
    def table(self) -> PointTable:
        """Every point of both."""
        return PointTable([*self.old.table, *self.live.table])


@dataclass(slots=True)
class Phase:
    """What was seen of a stretch of time; ms, but seconds where it says so."""

    accepted_ms: list[float] = field(default_factory=list)  # from offer to acceptance
    loop_ms: list[float] = field(default_factory=list)
    reads_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0
    unsealed: int = 0  # rows that the sealer has to do at the end


class Acceptance:
    """Offers readings and is told by the store when they are accepted, in the place of its metrics."""

    def __init__(self) -> None:
        self.phase = Phase()
        self._offered: deque[float] = deque()
        self.store_waiting = self.store_errors = SimpleNamespace(set=_ignore, inc=_ignore)

    def offering(self, store: LocalStore) -> Callable[[Reading], None]:
        """Return what takes a reading and notes the time."""

        def offer(reading: Reading) -> None:
            self._offered.append(time.perf_counter())
            store.offer(reading)

        return offer

    def stored(self, readings: int, samples: int, seconds: float) -> None:
        """Take in that so many of the oldest are accepted."""
        del samples, seconds
        now = time.perf_counter()
        self.phase.accepted_ms += [1e3 * (now - self._offered.popleft()) for _ in range(readings)]


async def prepare(halls: Halls, folder: Path, rows_s: int) -> None:
    """Fill a store: a day of the old hall and a year of its figures; of the live hall what the sealer comes to next."""
    async with LocalStore.open(folder, halls.table) as store:
        await lay_behind(store, halls.old, END_NS - 365 * DAY_NS, END_NS - 2 * DAY_NS)
        local = Local(store, _sealer(store, folder), halls.old)
        for start_ns in (END_NS - 2 * DAY_NS, END_NS - DAY_NS):
            await local.load(list(halls.old.day(start_ns)))
        until_ns = due_ns(time.time_ns())
        await store.write(halls.live.past(until_ns - rows_s * SECOND_NS, until_ns))


async def run(halls: Halls, folder: Path, seconds: float) -> list[Phase]:
    """Three phases of so many seconds, each with one more thing going on."""
    told, phases = Acceptance(), []
    async with LocalStore.open(folder, halls.table, WINDOW_MS, metrics=cast("Metrics", told)) as store:
        async with AsyncExitStack() as going_on:
            await going_on.enter_async_context(beside(halls.live.live(told.offering(store)), _look(told)))
            await asyncio.sleep(1.5)
            for name in PHASES:
                if name == PHASES[1]:
                    await going_on.enter_async_context(beside(_read(halls, store, told)))
                if name == PHASES[2]:
                    await going_on.enter_async_context(beside(_sealer(store, folder).run()))
                phases.append(await _phase(told, seconds))
                phases[-1].unsealed = await store.change(_unsealed)
                print(name, file=sys.stderr)
        await store.flush()
    return phases


async def _phase(told: Acceptance, seconds: float) -> Phase:
    told.phase = phase = Phase()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    phase.cpu_s, phase.wall_s = time.process_time() - cpu, time.perf_counter() - wall
    phase.peak_mb = _peak_mb()
    return phase


def _unsealed(connection: apsw.Connection) -> int:
    sql = "SELECT count(*) FROM reading WHERE t_ns >= ? AND t_ns < ?"
    return int(connection.execute(sql, (END_NS, due_ns(time.time_ns()))).get)


def _peak_mb() -> float:
    """Highest resident size of this process so far, MB of 10^6 bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024 / 1e6


async def _look(told: Acceptance) -> None:
    """Note by how much the event loop wakes a sleeper too late."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(LOOK_S)
        told.phase.loop_ms.append(1e3 * (time.perf_counter() - begun - LOOK_S))


async def _read(halls: Halls, store: LocalStore, told: Acceptance) -> None:
    """Ask one question after the other, ten a second."""
    old, live = [p.id for p in halls.old.table], [p.id for p in halls.live.table.points[:300]]
    day_ns, year_ns = END_NS - DAY_NS - 2 * HOUR_NS, END_NS - 365 * DAY_NS
    questions: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: store.read(old[:1], day_ns, day_ns + DAY_NS),
        lambda: store.read(old[:1], year_ns, END_NS, HOUR_NS),
        lambda: store.read(old[:60], year_ns, END_NS, HOUR_NS),
        lambda: store.latest(live),
    )
    while True:
        for question in questions:
            begun = time.perf_counter()
            await question()
            told.phase.reads_ms.append(1e3 * (time.perf_counter() - begun))
            await asyncio.sleep(READ_EVERY_S)


def main() -> None:
    """Measure in processes of their own, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each of three phases")
    given = parser.parse_args()
    seconds, rows_s = (1.0, 20) if given.quick else (given.seconds, EVERY_NS // SECOND_NS)
    halls = Halls(60 if given.quick else 120)
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name:
        _apart(_prepare_there, halls, Path(name), rows_s)
        phases = _apart(_run_there, halls, Path(name), seconds)
    command = f"python -m benchmarks.commit --seconds {seconds:g}"
    publish(Result("commit", command, (_table(halls.live, phases, rows_s),), _goals(phases)), given)


def _apart(work: Callable[..., Any], *given: object) -> Any:
    """Do it in a fresh process, whose memory is that of the work alone."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _prepare_there(halls: Halls, folder: Path, rows_s: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(prepare(halls, folder, rows_s))


def _run_there(halls: Halls, folder: Path, seconds: float) -> list[Phase]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(halls, folder, seconds))


def _sealer(store: LocalStore, folder: Path) -> Sealer:
    return Sealer(store, folder / FILE_NAME, ZoneInfo("Europe/Oslo"), SystemClock())


def _ignore(*_: object) -> None:
    return


def _table(live: LiveHall, phases: Sequence[Phase], rows_s: int) -> Table:
    rows, before = [], rows_s * live.devices
    for name, phase in zip(PHASES, phases, strict=True):
        beyond = np.array(phase.accepted_ms) - WINDOW_MS
        rows.append(
            (
                name,
                f"{np.percentile(phase.accepted_ms, 50):.0f}",
                f"{np.percentile(phase.accepted_ms, 99):.0f}",
                f"{max(0.0, float(np.percentile(beyond, 99))):.1f}",
                f"{np.percentile(phase.loop_ms, 99):.2f}",
                f"{np.percentile(phase.reads_ms, 50):.1f}" if phase.reads_ms else "–",
                f"{100 * phase.cpu_s / phase.wall_s:.1f} %",
                f"{phase.peak_mb:.1f}",
                f"{(before - phase.unsealed) * live.points / 1e6:.2f} M",
            )
        )
        before = phase.unsealed
    columns = (
        *("what goes on", "accepted after p50, ms", "p99", "p99 beyond the window", "event loop late p99, ms"),
        *("question p50, ms", "of one core", "peak resident, MB", "samples sealed"),
    )
    title = (
        f"{live.rate:,} points a second from {live.devices} controllers, committed every {WINDOW_MS} ms;"
        f" the sealer finds {rows_s:,} s of them"
    )
    return Table(title, columns, tuple(rows))


def _goals(phases: Sequence[Phase]) -> tuple[Goal, ...]:
    last = phases[-1]
    return (
        Goal("p99 of acceptance, all at work", 2 * WINDOW_MS, float(np.percentile(last.accepted_ms, 99)), "ms"),
        Goal("peak resident size", 120, last.peak_mb, "MB"),
    )


if __name__ == "__main__":
    main()
