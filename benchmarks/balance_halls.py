"""A year of days of 1 to 200 halls reconciled: one process, a pool over the cores, and Dask - by the same function."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import dask
import numpy as np

from benchmarks.balance_data import hall
from benchmarks.results import Result, Table, arguments, publish
from sdanlegg.balance.periods import totals
from sdanlegg.balance.reconcile import reconcile

DAYS: Final = 365
COUNTS: Final = (1, 10, 50, 200)
CORES: Final = os.cpu_count() or 1
Engine = Callable[[Sequence[int]], list[float]]


def year(seed: int) -> float:
    """Reconcile a hall's year and add it up; the sum of all that is known and of its half widths."""
    of = hall(DAYS, seed)
    got = reconcile(of.structure, of.estimates)
    whole = totals(of.structure, of.estimates, got, slice(None))
    return float(np.nansum(got.amount) + np.nansum(whole.half))


def alone(seeds: Sequence[int]) -> list[float]:
    """One hall after the other in this process."""
    return [year(seed) for seed in seeds]


def pooled(seeds: Sequence[int]) -> list[float]:
    """Halls shared out over a pool of processes, which is started and ended here."""
    with ProcessPoolExecutor(CORES) as pool:
        return list(pool.map(year, seeds))


def dasked(seeds: Sequence[int]) -> list[float]:
    """Halls as Dask's delayed calls, on its own pool of processes."""
    calls = [dask.delayed(year)(seed) for seed in seeds]
    return list(dask.compute(*calls, scheduler="processes", num_workers=CORES))


def main() -> None:
    """Measure, print, keep."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # BLAS reads it when numpy is loaded
        again = [sys.executable, "-m", "benchmarks.balance_halls", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    parser = arguments(__doc__)
    parser.add_argument("--halls", type=int, default=COUNTS[-1], help="most halls at once")
    given = parser.parse_args()
    most = COUNTS[1] if given.quick else given.halls
    engines: tuple[tuple[str, Engine], ...] = (("one process", alone), (f"pool of {CORES}", pooled), ("Dask", dasked))
    rows = []
    for count in (count for count in COUNTS if count <= most):
        seeds = range(1, count + 1)
        found: dict[str, list[float]] = {}
        for name, engine in engines:
            begun = time.perf_counter()
            found[name] = engine(seeds)
            took = time.perf_counter() - begun
            rows.append((str(count), name, f"{took:.2f}", f"{count / took:.1f}", f"{1e3 * took / count:.0f}"))
        if any(one != found["one process"] for one in found.values()):
            raise ValueError("the engines do not agree to the last digit")
    columns = ("halls", "engine", "s", "halls a second", "ms a hall")
    title = f"A year of days ({DAYS} intervals, 60 flows, 12 balances), reconciled and added up"
    table = Table(f"{title}; Dask {dask.__version__}", columns, tuple(rows))
    publish(Result("balance_halls", f"python -m benchmarks.balance_halls --halls {most}", (table,)), given)


if __name__ == "__main__":
    main()
