"""Resident size of `sdanlegg run` under load, and its slope."""

import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import numpy as np

from benchmarks.collect import DEVICES
from benchmarks.hall import POINTS, write_hall
from benchmarks.machine import pin
from benchmarks.modbus_server import responder
from benchmarks.results import Result, Table, arguments, publish
from benchmarks.serving import Process, get, verb
from sdanlegg.historian.schema import FILE_NAME
from tests.support.holmen import free_ports

EVERY_S = 1.0


@dataclass(slots=True)
class Samples:
    """What was seen of the process: seconds since it was ready, resident MB, CPU seconds."""

    at_s: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    readings: int = 0


def slope(at_s: list[float], mb: list[float]) -> float:
    """Theil-Sen slope, MB an hour: the median over all pairs of samples; NaN with fewer than two."""
    x, y = np.array(at_s), np.array(mb)
    first, second = np.triu_indices(x.size, 1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first]))) * 3600 if first.size else float("nan")


def watch(process: Process, seconds: float) -> Samples:
    """Sample a process for that long."""
    samples, start = Samples(), time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        samples.at_s.append(now)
        samples.mb.append(process.resident_mb())
        samples.cpu_s.append(process.cpu_s())
        time.sleep(EVERY_S)
    return samples


def measure(seconds: float) -> Samples:
    """Run the service on the load for that long after every device has been read."""
    with responder(DEVICES) as server, tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name:
        folder, (port,) = Path(name), free_ports(1)
        words = ["run", str(write_hall(folder, server.ports)), "--no-foyer", "--port", str(port)]
        with verb([*words, "--data-dir", str(folder / "data")], folder / "log", core=0) as process:
            pin(1)
            process.until(lambda: get(port, "/healthz/ready")[0] == 200, 60)
            samples = watch(process, seconds)
        with apsw.Connection(str(folder / "data" / FILE_NAME)) as history:
            samples.readings = history.execute("SELECT count(*) FROM reading WHERE q IS NULL").get
        return samples


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    minutes = 0.1 if given.quick else given.minutes
    print(f"{minutes:g} minutes of load", file=sys.stderr)
    result = Result("memory", f"python -m benchmarks.memory --minutes {minutes:g}", (_table(measure(60 * minutes)),))
    publish(result, given)


def _table(s: Samples) -> Table:
    half = len(s.at_s) // 2
    minutes = s.at_s[-1] / 60
    cpu = 100 * (s.cpu_s[-1] - s.cpu_s[0]) / (s.at_s[-1] - s.at_s[0])
    rows = (
        ("readings of good values on the disk at the end", f"{s.readings:,}"),
        ("resident when every device had been read", f"{s.mb[0]:.1f} MB"),
        (f"resident after {minutes / 2:.1f} min", f"{s.mb[half]:.1f} MB"),
        (f"resident after {minutes:.1f} min", f"{s.mb[-1]:.1f} MB"),
        ("highest resident", f"{max(s.mb):.1f} MB"),
        ("slope, whole run", f"{slope(s.at_s, s.mb):+.2f} MB/h"),
        ("slope, second half", f"{slope(s.at_s[half:], s.mb[half:]):+.2f} MB/h"),
        ("of one core, whole service", f"{cpu:.2f} %"),
    )
    title = f"`sdanlegg run` with {DEVICES} devices of {POINTS} float32 points each second"
    return Table(title, ("what", "measured"), rows)


if __name__ == "__main__":
    main()
