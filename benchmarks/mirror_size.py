"""How many bytes of disk VictoriaMetrics takes a sample of a hall: the twin's values at each point's own period.

python -m benchmarks.mirror_size --days 3
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.servers import Server, victoria
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.mirrors.lines import Series, Template, heartbeat
from sdanlegg.readings import IntArray, Reading
from sdanlegg.site import Site
from simulators.backfill import backfill

HALL: Final = Path(__file__).resolve().parents[1] / "config" / "holmen"
STEP_S: Final = 10  # the twin's step: points that are polled more often are sent as often as this
JITTER_NS: Final = 3_000_000  # standard deviation of an answer's arrival
END_NS: Final = 1_770_000_000 * SECOND_NS
BATCH: Final = 10_000


@dataclass(frozen=True)
class Sent:
    """What was sent."""

    samples: int
    seconds: float


def main() -> None:
    """Fill a server with a hall's days and print what they take."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--days", type=float, default=3.0)
    days = given.parse_args().days
    site = load_site(HALL)
    with tempfile.TemporaryDirectory() as folder, victoria(Path(folder), "-dedup.minScrapeInterval=1ms") as server:
        sent = fill(server, site, days)
        server.ask("GET", "/internal/force_flush")
        server.ask("GET", "/internal/force_merge")
        server.rest(5.0)
        report(server, sent, days)


def report(server: Server, sent: Sent, days: float) -> None:
    """Print the figures."""
    disk = server.disk_bytes()
    index = sum(512 * path.stat().st_blocks for path in (server.folder / "indexdb").rglob("*"))
    told = {
        "days": days,
        "samples": sent.samples,
        "samples_a_second_of_the_hall": round(sent.samples / days / 86_400, 1),
        "sent_a_second": round(sent.samples / sent.seconds),
        "disk_bytes": disk,
        "of_which_index": index,
        "bytes_a_sample_with_quality": round((disk - index) / sent.samples, 3),
        "series": json.loads(server.ask("GET", "/api/v1/series/count"))["data"][0],
        "resident_mb": round(metric(server, "process_resident_memory_bytes") / 1e6),
    }
    print(json.dumps(told, indent=1))


def metric(server: Server, name: str) -> float:
    """A figure that the server tells of itself."""
    lines = server.ask("GET", "/metrics").decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


def fill(server: Server, site: Site, days: float) -> Sent:
    """Send the twin's days."""
    start_ns = END_NS - int(days * 86_400) * SECOND_NS
    batch: list[bytes] = []
    samples, seconds = 0, 0.0
    for line in lines(site, start_ns):
        batch.append(line)
        if len(batch) == BATCH:
            seconds += send(server, batch)
            samples += len(batch)
            batch = []
    seconds += send(server, batch)
    return Sent(samples + len(batch), seconds)


def send(server: Server, batch: list[bytes]) -> float:
    """Send lines; seconds until the server took them."""
    begun = time.monotonic()
    server.ask("POST", "/api/v2/write", b"\n".join(batch))
    return time.monotonic() - begun


def lines(site: Site, start_ns: int) -> Iterator[bytes]:
    """Lines of the hall, a heartbeat each minute among them."""
    random = np.random.default_rng(1)
    templates: dict[bytes, Template] = {}
    phase = {device.id: int(random.integers(STEP_S * SECOND_NS)) for device in site.devices}
    for reading in backfill(site, start_ns, END_NS, step_s=STEP_S):
        due = due_in(reading, site)
        if not due.size:
            continue
        columns = reading.columns[due]
        key = columns.tobytes()
        if key not in templates:
            templates[key] = Template(site.id, [Series.of(site.points.points[c]) for c in columns.tolist()])
        t_ns = reading.t_ns + phase[reading.device] + int(random.normal(0, JITTER_NS))
        yield from templates[key].render(
            np.array([t_ns], np.int64), reading.values[None, due], reading.quality[None, due]
        )
        if reading.device == site.devices[0].id and reading.t_ns % (60 * SECOND_NS) == 0:
            yield heartbeat(site.id, t_ns, site.water_area_m2)


def due_in(reading: Reading, site: Site) -> IntArray:
    """Places of the points that are polled at the reading's time."""
    period_ns = np.maximum(site.points.period_ns[reading.columns], STEP_S * SECOND_NS)
    return np.flatnonzero(reading.t_ns % period_ns == 0).astype(np.int32)


if __name__ == "__main__":
    main()
