"""A month of raw samples and a year of hourly figures: loading, size at rest, latencies, beside three other engines."""

import asyncio
import contextlib
import gc
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import uvloop

from benchmarks.history_data import DAY_NS, END_NS, Hall
from benchmarks.history_duck import Duck
from benchmarks.history_engines import Influx, Victoria
from benchmarks.history_local import Local
from benchmarks.history_questions import Asked, Engine, compare, questions
from benchmarks.history_tables import Loaded, Outcome, goals, tables
from benchmarks.history_year import lay_behind
from benchmarks.results import Result, arguments, publish
from benchmarks.servers import influx, occupied, victoria
from sdanlegg.clock import SystemClock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer

YEAR_NS: Final = 365 * DAY_NS
SLOW_REPETITIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Engines:
    """All of them, and where each keeps its files."""

    local: Local
    store: LocalStore
    others: tuple[Engine, ...]
    folders: dict[str, Path]

    @property
    def all(self) -> tuple[Engine, ...]:
        """The local store first."""
        return (self.local, *self.others)


@contextlib.asynccontextmanager
async def running(hall: Hall, folder: Path, cold_s: int) -> AsyncIterator[Engines]:
    """Start every engine in a folder of its own."""
    names = ("local store", "VictoriaMetrics", "InfluxDB", "DuckDB")
    folders = dict(zip(names, (folder / name for name in ("local", "victoria", "influx", "duck")), strict=True))
    for place in folders.values():
        place.mkdir()
    with victoria(folders["VictoriaMetrics"]) as first, influx(folders["InfluxDB"], cold_s) as second:
        duck = Duck(folders["DuckDB"], hall)
        async with LocalStore.open(folders["local store"], hall.table) as store:
            path = folders["local store"] / FILE_NAME
            local = Local(store, Sealer(store, path, ZoneInfo("Europe/Oslo"), SystemClock()), hall)
            others = (Victoria(first, hall, cold_s / 2), Influx(second, hall, cold_s + 2), duck)
            yield Engines(local, store, others, folders)
        duck.close()


async def load(engines: Engines, hall: Hall, days: int) -> dict[str, Loaded]:
    """Give every day to every engine in turn; let each come to rest; measure what it left."""
    loaded = {engine.name: Loaded() for engine in engines.all}
    await lay_behind(engines.store, hall, END_NS - YEAR_NS, END_NS - days * DAY_NS)
    for number in range(days):
        day = list(hall.day(END_NS - (days - number) * DAY_NS))
        for engine in engines.all:
            wall, cpu = time.perf_counter(), time.process_time()
            await engine.load(day)
            loaded[engine.name].wall_s += time.perf_counter() - wall
            loaded[engine.name].cpu_s += time.process_time() - cpu
        print(f"day {number + 1} of {days}", file=sys.stderr)
    for engine in engines.all:
        cpu = time.process_time()
        await engine.settle()
        loaded[engine.name].cpu_s += time.process_time() - cpu + engine.cpu_s()
        loaded[engine.name].size = occupied(engines.folders[engine.name])
    return loaded


async def check(engines: Engines, asked: Sequence[Asked]) -> None:
    """See to it that all engines answer the same; DisagreementError if not."""
    for one in asked:
        for repetition in range(2):
            question = one.every(repetition)
            truth = engines.local.columns(question, await engines.local.fetch(question))
            for engine in engines.others:
                compare(question, truth, engine.columns(question, await engine.fetch(question)), engine.name)


async def ask(engines: Engines, asked: Sequence[Asked], repetitions: int) -> dict[tuple[str, str], list[float]]:
    """Times in ms of every question to every engine, the engines in turn; the first round does not count."""
    times: dict[tuple[str, str], list[float]] = {}
    for one in asked:
        gc.collect()
        for repetition in range(-1, min(repetitions, SLOW_REPETITIONS) if one.slow else repetitions):
            question = one.every(repetition)
            for engine in engines.all:
                begun = time.perf_counter()
                await engine.fetch(question)
                if repetition >= 0:
                    times.setdefault((one.text, engine.name), []).append(1e3 * (time.perf_counter() - begun))
        print(one.text, file=sys.stderr)
    return times


async def measure(hall: Hall, days: int, repetitions: int, cold_s: int = 10) -> Outcome:
    """Load, check, ask; the servers are at rest when nothing has happened for about cold_s."""
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name:
        async with running(hall, Path(name), cold_s) as engines:
            outcome = Outcome(hall.size * days * 8640, await load(engines, hall, days))
            outcome.kinds = await engines.local.bytes_by_table()
            outcome.write_s, outcome.seal_s = engines.local.write_s, engines.local.seal_s
            hours = await engines.local.hours(END_NS - YEAR_NS, END_NS)
            for engine in engines.others:
                await engine.load_hours(hours.t_ns, hours.values)
                await engine.settle()
            asked = questions(hall, days, END_NS - YEAR_NS)
            await check(engines, asked)
            outcome.times_ms = await ask(engines, asked, repetitions)
            return outcome


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--days", type=int, default=30, help="of raw samples")
    parser.add_argument("--repetitions", type=int, default=25, help="of each question")
    given = parser.parse_args()
    size, days, repetitions = (24, 2, 3) if given.quick else (given.points, given.days, given.repetitions)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(measure(Hall(size), days, repetitions, 1 if given.quick else 10))
    command = f"python -m benchmarks.history --points {size} --days {days} --repetitions {repetitions}"
    publish(Result("history", command, tables(outcome), goals(outcome)), given)


if __name__ == "__main__":
    main()
