"""The real hall with a few days of its twin's readings in a real store, for questions to the balance."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from prometheus_client import CollectorRegistry

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian import SummingHistorian
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics
from sdanlegg.run_twin import Span, backfill_history
from sdanlegg.site import Site
from sdanlegg.status import DeviceStatus
from sdanlegg.when import instant_ns
from simulators.serve import Life
from tests.support.api_hall import Hall, ShiftedClock
from tests.support.clocks import SetClock
from tests.support.holmen import CONFIG
from tests.support.memory_history import MemoryHistory

HOLMEN = CONFIG / "holmen"
FIRST, LAST = "2025-03-29", "2025-04-01"  # one of the days has 23 hours


@dataclass(frozen=True)
class Balanced:
    """The hall, and the folder of its history."""

    site: Site
    data_dir: Path


@cache
def balanced() -> Balanced:
    """Compute the twin's days once."""
    site, data_dir = load_site(HOLMEN, secrets=False), Path(mkdtemp(prefix="balanced"))
    start_ns, end_ns = (instant_ns(day, site.zone) for day in (FIRST, LAST))
    span = Span(start_ns, end_ns, 900 * SECOND_NS)
    with ThreadPoolExecutor(1) as threads:  # the test that asks first has a loop of its own
        threads.submit(
            lambda: asyncio.run(backfill_history(site, data_dir, span, Life(seed=7), SetClock(end_ns)))
        ).result()
    return Balanced(site, data_dir)


def place(site: Site, historian: SummingHistorian) -> Hall:
    """The hall behind the API, over a history."""
    clock, registry = ShiftedClock(), CollectorRegistry()
    statuses = {d.id: DeviceStatus(d.id, "connecting", clock.now_ns()) for d in site.devices}
    made = Hall(
        site, Live(site.points), MemoryHistory(), statuses, clock, registry, Metrics.create(registry), asyncio.Event()
    )
    made.historian = historian
    return made
