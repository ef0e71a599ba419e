"""What the service's store does beside taking readings, and how operators see it."""

import asyncio
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.upkeep import Upkeep
from tests.support.clocks import FastClock
from tests.support.history import T0, reading, until
from tests.support.holmen import holmen

OFF = 20 * 60  # s after which the quarter of the first readings is sealed


async def test_it_seals_and_holds_the_reserve_and_says_so(tmp_path: Path) -> None:
    site = load_site(holmen(tmp_path, move_ports=False))
    site = replace(site, store=replace(site.store, reserve_mib=1))
    registry, folder = CollectorRegistry(), tmp_path / "data"
    clock = FastClock(200.0)
    async with LocalStore.open(folder, site.points, 10) as store:
        await store.write([reading(site.points, T0 - 3600 * 10**9, {"el_main.p": 1.0})])
        upkeep = Upkeep(site, store, folder, clock, registry)
        working = asyncio.create_task(upkeep.run())
        try:
            await until((folder / "reserve").exists)
            await until(lambda: (registry.get_sample_value("sd_store_unsealed_seconds") or 1e9) < OFF)
            assert registry.get_sample_value("sd_store_reserve_held") == 1.0
            assert upkeep.note() is None
            assert not working.done()
        finally:
            working.cancel()
            await asyncio.wait({working})
        left = await store.ask(lambda connection, _: connection.execute("SELECT count(*) FROM reading").get)
    assert left == 0
