"""What the store does beside taking readings: sealing, forgetting, and holding a piece of the disk back."""

import asyncio
from pathlib import Path

from prometheus_client import CollectorRegistry

from sdanlegg.clock import Clock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reserve import Reserve
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from sdanlegg.metrics import register_reserve, register_sealed
from sdanlegg.site import Site


class Upkeep:
    """Sealer and reserve of the service's store; the registry shows how far behind one is, and whether one is held."""

    def __init__(
        self, site: Site, store: LocalStore, data_dir: Path, clock: Clock, registry: CollectorRegistry
    ) -> None:
        self.sealer = Sealer(store, data_dir / FILE_NAME, site.zone, clock, site.store.keep)
        size = site.store.reserve_mib << 20
        self.reserve = Reserve(data_dir, size, lambda: store.tally.full or self.sealer.full, clock)
        register_sealed(registry, self.sealer.behind_s)
        register_reserve(registry, lambda: self.reserve.held)

    async def run(self) -> None:
        """Keep the store up until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.sealer.run())
            group.create_task(self.reserve.run())

    def note(self) -> str | None:
        """What an operator should know although readings are being written."""
        return self.reserve.detail
