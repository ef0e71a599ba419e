"""Time from starting `sdanlegg run` on Holmen, every controller up, to ready and to good values of every point."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import pin
from benchmarks.results import Result, Table, arguments, publish
from benchmarks.serving import get, verb
from tests.support.holmen import free_ports, holmen

WITHIN_S = 120.0
LOOK_EVERY_S = 0.02
IMPORTS = "import sdanlegg.cli"  # what the verb imports before it does anything


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process; points, and how many of them the device says it does not have."""

    imports_s: float
    listening_s: float
    ready_s: float
    complete_s: float
    cpu_s: float
    points: int
    absent: int


def complete(port: int) -> tuple[int, int] | None:
    """Points and how many of them their device does not have, once every other one is good; None before."""
    status, values = get(port, "/api/v1/values")
    if status != 200:
        return None
    rest = [value for value in values if value["quality"] != "good"]
    if any(value["t"] is None or value["reasons"] != ["sensor"] for value in rest):
        return None
    return len(values), len(rest)


def start_once(hall: Path, folder: Path) -> Start:
    """Start the service on a fresh data folder and ask it until every point is good."""
    (port,) = free_ports(1)
    words = ["run", str(hall), "--no-foyer", "--port", str(port), "--data-dir", str(folder / "data")]
    imports_s = _imports()
    begun = time.perf_counter()
    with verb(words, folder / "log", core=0) as process:
        counts: list[tuple[int, int]] = []

        def is_complete() -> bool:
            counts.extend([found] if (found := complete(port)) else [])
            return bool(counts)

        def within(holds: Callable[[], bool]) -> float:
            process.until(holds, WITHIN_S, LOOK_EVERY_S)
            return time.perf_counter() - begun

        listening_s = within(lambda: get(port, "/healthz/live")[0] == 200)
        ready_s = within(lambda: get(port, "/healthz/ready")[0] == 200)
        complete_s = within(is_complete)
        return Start(imports_s, listening_s, ready_s, complete_s, process.cpu_s(), *counts[0])


def measure(rounds: int) -> list[Start]:
    """Start the service that often beside one twin."""
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name:
        folder = Path(name)
        hall, log = holmen(folder), folder / "twin.log"
        starts = []
        with verb(["simulate", str(hall)], log, core=1) as twin:
            pin(1)
            twin.until(lambda: b"The twin serves" in log.read_bytes(), WITHIN_S)
            for number in range(rounds):
                run = folder / str(number)
                run.mkdir()
                starts.append(start_once(hall, run))
                print(f"ready {starts[-1].ready_s:.2f} s, complete {starts[-1].complete_s:.2f} s", file=sys.stderr)
        return starts


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rounds = 1 if given.quick else given.rounds
    result = Result("start", f"python -m benchmarks.start --rounds {rounds}", (_table(measure(rounds)),))
    publish(result, given)


def _imports() -> float:
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", IMPORTS]) as process:
        pin(0, process.pid)
    if process.returncode != 0:
        raise RuntimeError(f"python -c {IMPORTS!r} failed")
    return time.perf_counter() - begun


def _table(starts: list[Start]) -> Table:
    def row(what: str, seconds: list[float]) -> tuple[str, ...]:
        return what, f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}–{max(seconds):.2f}"

    rows = (
        row(f"`python -c '{IMPORTS}'`, the floor", [s.imports_s for s in starts]),
        row("the service answers", [s.listening_s for s in starts]),
        row("`/healthz/ready` says 200", [s.ready_s for s in starts]),
        row("good values of every point", [s.complete_s for s in starts]),
        row("CPU time until then", [s.cpu_s for s in starts]),
    )
    title = (
        f"`sdanlegg run config/holmen`: {starts[0].points} points, {starts[0].absent} of which their device says that"
        " it does not have"
    )
    return Table(title, ("from starting the process to", "median, s", "from–to, s"), rows)


if __name__ == "__main__":
    main()
