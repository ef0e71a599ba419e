"""How many bytes of disk a hall takes: in the local store, table by table, and in VictoriaMetrics.

The twin's values, each point at its own period; those polled more often than every 10 s at 10 s.
python -m benchmarks.hall_size --days 3
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw
import numpy as np

from benchmarks.servers import Server, victoria
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors.lines import Series, Template, heartbeat
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from sdanlegg.readings import Reading
from sdanlegg.site import Site
from simulators.backfill import backfill

HALL: Final = Path(__file__).resolve().parents[1] / "config" / "holmen"
STEP_S: Final = 10  # the twin's step
JITTER_NS: Final = 3_000_000  # standard deviation of an answer's arrival
END_NS: Final = 1_770_000_000 * SECOND_NS
BATCH: Final = 10_000
DAY_S: Final = 86_400


@dataclass
class Sent:
    """What went to the server so far."""

    samples: int = 0
    seconds: float = 0.0


def main() -> None:
    """Fill both with a hall's days and print what they take."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--days", type=float, default=3.0)
    days = given.parse_args().days
    site = load_site(HALL)
    with tempfile.TemporaryDirectory() as folder:
        sent = Sent()
        with victoria(Path(folder) / "victoria", "-dedup.minScrapeInterval=1ms") as server:
            asyncio.run(fill(site, days, Path(folder), server, sent))
            server.ask("GET", "/internal/force_flush")
            server.ask("GET", "/internal/force_merge")
            server.rest(5.0)
            told = of_server(server, sent)
        told |= {"days": days, "samples": sent.samples, "samples_a_second": round(sent.samples / days / DAY_S, 1)}
        asyncio.run(seal(site, Path(folder) / "data"))
        told |= of_store(Path(folder) / "data" / FILE_NAME, sent.samples)
    print(json.dumps(told, indent=1))


async def fill(site: Site, days: float, folder: Path, server: Server, sent: Sent) -> None:
    """Write the days into the local store and send their lines to the server."""
    start_ns = END_NS - int(days * DAY_S) * SECOND_NS
    templates: dict[bytes, Template] = {}
    waiting: list[Reading] = []
    lines: list[bytes] = []
    async with LocalStore.open(folder / "data", site.points) as store:
        for reading in readings(site, start_ns):
            waiting.append(reading)
            key = reading.columns.tobytes()
            if key not in templates:
                templates[key] = Template(site.id, [Series.of(site.points.points[c]) for c in reading.columns.tolist()])
            values, quality = reading.values[None, :], reading.quality[None, :]
            lines += templates[key].render(np.array([reading.t_ns], np.int64), values, quality)
            if len(lines) >= BATCH:
                send(server, lines, sent)
                lines = []
            if len(waiting) >= BATCH:
                await store.write(waiting)
                waiting = []
        send(server, [*lines, heartbeat(site.id, END_NS, site.water_area_m2)], sent)
        await store.write(waiting)


async def seal(site: Site, folder: Path) -> None:
    """Seal all of the store, as the service would have done by and by."""
    async with LocalStore.open(folder, site.points) as store:
        sealer = Sealer(store, folder / FILE_NAME, site.zone, SystemClock())
        await sealer.seal(END_NS + 3600 * SECOND_NS)
        await sealer.prune(slack=0)


def readings(site: Site, start_ns: int) -> Iterator[Reading]:
    """What the hall's devices would have given."""
    random = np.random.default_rng(1)
    phase = {device.id: int(random.integers(STEP_S * SECOND_NS)) for device in site.devices}
    for reading in backfill(site, start_ns, END_NS, step_s=STEP_S):
        period_ns = np.maximum(site.points.period_ns[reading.columns], STEP_S * SECOND_NS)
        due = np.flatnonzero(reading.t_ns % period_ns == 0)
        if due.size:
            t_ns = reading.t_ns + phase[reading.device] + int(random.normal(0, JITTER_NS))
            columns, values, quality = reading.columns[due], reading.values[due], reading.quality[due]
            yield Reading(reading.device, t_ns, columns, values, quality, None, reading.texts)


def send(server: Server, lines: list[bytes], sent: Sent) -> None:
    """Send lines and count them."""
    begun = time.monotonic()
    server.ask("POST", "/api/v2/write", b"\n".join(lines))
    sent.seconds += time.monotonic() - begun
    sent.samples += len(lines)


def of_server(server: Server, sent: Sent) -> dict[str, Any]:
    """What VictoriaMetrics takes; the index is once, the samples grow."""
    index = sum(512 * path.stat().st_blocks for path in (server.folder / "indexdb").rglob("*"))
    return {
        "victoria_bytes_a_sample": round((server.disk_bytes() - index) / sent.samples, 3),
        "victoria_index_bytes": index,
        "victoria_resident_mb": round(metric(server, "process_resident_memory_bytes") / 1e6),
        "victoria_lines_a_second": round(sent.samples / sent.seconds),
    }


def metric(server: Server, name: str) -> float:
    """A figure that the server tells of itself."""
    lines = server.ask("GET", "/metrics").decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


def of_store(path: Path, samples: int) -> dict[str, Any]:
    """What the local store takes once all is sealed."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        sql = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"
        tables = {name: int(size) for name, size in connection.execute(sql) if size > 100_000}
        by_tier = (
            "SELECT every_s, count(*), sum(length(v)), sum(length(c)), sum(length(m)) FROM rollup GROUP BY every_s"
        )
        tiers = {str(every_s): row for every_s, *row in connection.execute(by_tier)}  # blocks may be begun only
        raw = sum(size for name, size in tables.items() if "chunk" in name or "axis" in name)
    return {
        "store_bytes": path.stat().st_size,
        "store_bytes_a_sealed_sample": round(raw / samples, 3),
        "store_tables": tables,
        "store_tiers": tiers,
    }


if __name__ == "__main__":
    main()
