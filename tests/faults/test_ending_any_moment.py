"""Asked to end at any moment of a refused connection, collecting ends: also when both happen at the same instant."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sdanlegg.clock import SystemClock
from sdanlegg.collect import Collector
from sdanlegg.config import load_site
from sdanlegg.metrics import Metrics
from sdanlegg.run import factories
from tests.support.holmen import holmen

pytestmark = pytest.mark.timeout(300)
MOMENTS = 60  # turns of the event loop; a refused connection takes fewer


async def test_collecting_ends_whenever_it_is_asked_to(tmp_path: Path) -> None:
    site, clock = load_site(holmen(tmp_path)), SystemClock()
    for turns in range(MOMENTS):
        collector = Collector(site, factories(clock), lambda _: None, clock, Metrics.create(CollectorRegistry()))
        task = asyncio.create_task(collector.run())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=20)
        assert done, f"cancelled after {turns} turns of the loop, it goes on"
        assert task.cancelled()
