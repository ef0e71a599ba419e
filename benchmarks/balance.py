"""Residuals of a year of minutes beside the memory's rate; reconciling a year of quarters beside a plain loop.

BLAS is kept to one thread; where both cores work, each has half of the intervals and calls the same function.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np

from benchmarks.balance_data import BALANCES, FLOWS, MISSING, PATTERNS, QUARTERS, Hall, hall, matrix
from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.residuals import residuals
from sdanlegg.readings import FloatArray

MINUTES: Final = 525_600
SAMPLE: Final = 600  # intervals of the plain loop
CORES: Final = 2
RUNS: Final = 7


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of several runs of the same thing."""

    runs: tuple[float, ...]

    @property
    def best(self) -> float:
        """The least of them: what is left when nobody disturbs."""
        return min(self.runs)

    @property
    def span(self) -> str:
        """From the least to the most, in ms."""
        return f"{1e3 * min(self.runs):.1f}–{1e3 * max(self.runs):.1f}"


def timed(act: Callable[[], object], runs: int) -> Times:
    """Seconds by the wall of so many runs."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return Times(tuple(taken))


def parts(size: int, count: int) -> list[slice]:
    """Cut so many intervals into even parts."""
    edges = np.linspace(0, size, count + 1).astype(int)
    return [slice(a, b) for a, b in pairwise(edges)]


def rate(pool: Executor, threads: int, numbers: int, runs: int) -> float:
    """Bytes a second that adding two arrays into a third moves, so many threads at it; the best of the runs."""
    one, two, three = (np.full(numbers, k, dtype=float) for k in (1.0, 2.0, 3.0))

    def act() -> None:
        list(pool.map(lambda cut: np.add(one[cut], two[cut], out=three[cut]), parts(numbers, threads)))

    return 3 * 8 * numbers / timed(act, runs).best


def year_of_minutes(a: FloatArray, minutes: int, runs: int) -> tuple[list[tuple[str, ...]], float]:
    """Rows of the table, and how often the bound the residuals take on all cores."""
    amount = np.random.default_rng(1).random((FLOWS, minutes))
    moved, rows, over = 8 * (FLOWS + BALANCES) * minutes, [], 0.0
    with ThreadPoolExecutor(CORES) as pool:
        for threads in (1, CORES):
            cuts = [np.ascontiguousarray(amount[:, cut]) for cut in parts(minutes, threads)]
            outs = [np.zeros((BALANCES, cut.shape[1])) for cut in cuts]
            stream = rate(pool, threads, 60 * minutes, runs)
            for what, function in (("residuals", residuals), ("bare product", np.matmul)):
                took = timed(partial(_share, pool, partial(function, a), cuts, outs), runs)
                bound = moved / stream
                rows.append(
                    (what, str(threads), f"{1e3 * took.best:.1f}", took.span, f"{stream / 1e9:.1f}",
                     f"{1e3 * bound:.1f}", f"{took.best / bound:.2f}")
                )  # fmt: skip
                over = took.best / bound if what == "residuals" else over
    return rows, over


def _share(pool: Executor, function: Callable[..., object], cuts: list[FloatArray], outs: list[FloatArray]) -> None:
    list(pool.map(function, cuts, outs))


def plain(of: Hall, rows: Sequence[int]) -> FloatArray:
    """Reconcile intervals one after the other, as a textbook has it: project, least squares, tell."""
    a, out = of.structure.a, []
    for k in rows:
        y = of.estimates.amount[k]
        known = np.isfinite(y)
        v = np.square(of.estimates.fixed[k, known]) + np.square(of.estimates.noise[k, known])
        base, singular, _ = np.linalg.svd(a[:, ~known])
        left = base[:, int((singular > 1e-9).sum()) :].T @ a[:, known]
        gain = (v[:, None] * left.T) @ np.linalg.pinv((left * v) @ left.T)
        x = np.full(FLOWS, np.nan)
        x[known] = y[known] - gain @ (left @ y[known])
        x[~known] = np.linalg.lstsq(a[:, ~known], -a[:, known] @ x[known], rcond=None)[0]
        spread = v - np.einsum("ij,ji->i", gain, left) * v
        out.append(np.append(x, spread.sum()))
    return np.array(out)


def piece(of: Hall, cut: slice) -> FloatArray:
    """Reconciled amounts of some intervals."""
    e = of.estimates
    some = replace(
        e, edges_ns=e.edges_ns[cut.start : cut.stop + 1], amount=e.amount[cut], fixed=e.fixed[cut], noise=e.noise[cut],
        coverage=e.coverage[cut],
    )  # fmt: skip
    return reconcile(of.structure, some).amount


def year_of_quarters(of: Hall, runs: int) -> tuple[list[tuple[str, ...]], float]:
    """Rows of the table, and the seconds of the year on one core."""
    intervals = len(of.truth)
    one = timed(lambda: reconcile(of.structure, of.estimates), runs)
    with ProcessPoolExecutor(CORES) as pool:
        cuts = parts(intervals, CORES)
        list(pool.map(piece, [of] * CORES, cuts))
        both = timed(lambda: list(pool.map(piece, [of] * CORES, cuts)), runs)
    sample = np.random.default_rng(2).choice(intervals, min(SAMPLE, intervals), replace=False)
    loop = timed(lambda: plain(of, sample), 1)
    same = reconcile(of.structure, of.estimates, eliminate=False).amount[sample]
    told = np.isfinite(same)
    if not np.allclose(same[told], plain(of, sample)[:, :FLOWS][told], rtol=1e-6, atol=1e-6):
        raise ValueError("the loop and the batch do not agree")
    scaled = loop.best * intervals / sample.size
    rows = [
        ("batch, one core", f"{one.best:.2f}", one.span, f"{1e6 * one.best / intervals:.1f}"),
        (f"batch, {CORES} processes", f"{both.best:.2f}", both.span, f"{1e6 * both.best / intervals:.1f}"),
        (f"plain loop, {sample.size} of them, scaled", f"{scaled:.2f}", "", f"{1e6 * scaled / intervals:.1f}"),
    ]
    return rows, one.best


def main() -> None:
    """Measure, print, keep."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # BLAS reads it when numpy is loaded
        again = [sys.executable, "-m", "benchmarks.balance", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="how often everything is timed; the least counts")
    given = parser.parse_args()
    runs = 2 if given.quick else given.runs
    minutes, over = year_of_minutes(matrix(np.random.default_rng(1)), MINUTES // (10 if given.quick else 1), runs)
    quarters, seconds = year_of_quarters(hall(QUARTERS // (10 if given.quick else 1), 1), runs)
    tables = (
        Table(
            f"Residuals of a year of minutes: {FLOWS} flows, {BALANCES} balances, flows first",
            ("what", "threads", "ms", "from–to", "memory, GB/s", "bound, ms", "to the bound"), tuple(minutes),
        ),
        Table(
            f"A year of quarters reconciled: {FLOWS} flows, {MISSING:.0%} of them with holes, {PATTERNS} patterns",
            ("how", "s", "from–to, ms", "µs an interval"), tuple(quarters),
        ),
    )  # fmt: skip
    goals = (
        Goal("residuals of a year of minutes on all cores, to the memory's bound", 1.6, over, "×"),
        Goal("a year of quarters reconciled on one core", 1.0, seconds, "s"),
    )
    publish(Result("balance", f"python -m benchmarks.balance --runs {runs}", tables, goals), given)


if __name__ == "__main__":
    main()
