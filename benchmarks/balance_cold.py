"""A year of readings to the key figures of every month, cold: out of the local store, by a process that knows nothing.

The twin fills a store with a year of samples a quarter of an hour apart, as `sdanlegg backfill` does. Then a fresh
process opens it, with the file put out of the system's cache, reads the hours, estimates, reconciles the days and works
out all key figures, posts, carriers and the bill of each month. Beside it: the reading alone.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg.balance.evaluate import dates, evaluate, period_figures, whole
from sdanlegg.balance_ask import hall_of
from sdanlegg.balance_read import hours, observe
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.config import load_site
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.run_twin import Span, backfill_history
from sdanlegg.site import Site
from simulators.serve import Life

HALL: Final = Path(__file__).resolve().parents[1] / "config" / "holmen"
YEAR: Final = 365  # days
EVERY_NS: Final = 900 * SECOND_NS
GOAL_S: Final = 1.0
RUNS: Final = 5
STEPS: Final = ("open and read the hours", "estimate and reconcile the days", "figures of every month", "all")


def begin_ns(site: Site) -> int:
    """New Year's midnight of 2026."""
    return int(datetime(2026, 1, 1, tzinfo=site.zone).timestamp()) * SECOND_NS


async def measure(folder: Path, days: int) -> list[float]:
    """Seconds of each step, and of all of them."""
    site = load_site(HALL, secrets=False)
    hall = hall_of(site)
    if hall.plan is None:
        raise SystemExit("the hall has no kpis.toml")
    start_ns = begin_ns(site)
    marks = [time.perf_counter()]
    async with LocalReader.open(folder) as reader:
        observed = await observe(reader, site, hours(start_ns, start_ns + days * 96 * EVERY_NS), hall.points)
    marks.append(time.perf_counter())
    evaluation = evaluate(hall, observed)
    marks.append(time.perf_counter())
    months = [day.month for day in dates(evaluation, hall.zone)]
    cuts = [0, *(i for i in range(1, len(months)) if months[i] != months[i - 1]), whole(evaluation).stop]
    found = [period_figures(hall, hall.plan, evaluation, slice(*cut)) for cut in pairwise(cuts)]
    marks.append(time.perf_counter())
    if not all(figures.kpis[0].figure.coverage > 0 for figures in found):
        raise SystemExit("a month has no key figures")
    return [later - earlier for earlier, later in pairwise(marks)] + [marks[-1] - marks[0]]


def cold(folder: Path, days: int) -> list[float]:
    """The same in a process of its own, the file not in the system's cache."""
    with (folder / FILE_NAME).open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    command = [sys.executable, "-m", "benchmarks.balance_cold", "--measure", str(folder), "--days", str(days)]
    found: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def fill(folder: Path, days: int) -> None:
    """Let the twin's days go into a store."""
    site = load_site(HALL, secrets=False)
    start_ns = begin_ns(site)
    span = Span(start_ns, start_ns + days * 96 * EVERY_NS, EVERY_NS)
    asyncio.run(backfill_history(site, folder, span, Life(seed=1), SystemClock()))


def main() -> None:
    """Fill, measure some times, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--days", type=int, help="days of history (default: the whole year)")
    parser.add_argument("--measure", type=Path, help="measure this store in this process and print the seconds")
    parser.add_argument("--data-dir", type=Path, help="a store that has the days already")
    given = parser.parse_args()
    days = given.days or (31 if given.quick else YEAR)
    if given.measure is not None:
        sys.stdout.write(json.dumps(asyncio.run(measure(given.measure, days))))
        return
    with TemporaryDirectory() as folder:
        store = given.data_dir or Path(folder)
        if given.data_dir is None:
            fill(store, days)
        runs = [cold(store, days) for _ in range(RUNS)]
        size = (store / FILE_NAME).stat().st_size
    best = min(runs, key=lambda run: run[-1])
    middle = sorted(run[-1] for run in runs)[RUNS // 2]
    rows = tuple((name, f"{seconds:.2f}") for name, seconds in zip(STEPS, best, strict=True))
    table = Table(f"{days} days, a file of {size >> 20} MiB; the fastest of {RUNS} cold runs", ("step", "s"), rows)
    spread = Table("All runs", ("least, s", "median, s"), ((f"{best[-1]:.2f}", f"{middle:.2f}"),))
    goal = Goal(f"{days} days of readings to the key figures of every month, cold", GOAL_S, best[-1], "s")
    publish(Result("balance_cold", f"python -m benchmarks.balance_cold --days {days}", (table, spread), (goal,)), given)


if __name__ == "__main__":
    main()
