"""What the operator API is made of: handed in by the composition root, held by nobody else."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from sdanlegg.clock import Clock
from sdanlegg.health import Readiness
from sdanlegg.historian import SummingHistorian
from sdanlegg.live import Live
from sdanlegg.site import Site
from sdanlegg.status import DeviceStatus


@dataclass(frozen=True, slots=True)
class ApiParts:
    """Everything the API reads; it writes nothing."""

    site: Site
    live: Live
    historian: SummingHistorian
    statuses: Callable[[], Mapping[str, DeviceStatus]]
    readiness: Callable[[], Readiness]
    registry: CollectorRegistry
    clock: Clock
    stopping: asyncio.Event  # set: every open stream ends at once
    pages: Path | None  # the built dashboard, None if there is none
    build: str  # changes with every build of the pages: an open page that sees another one reloads itself
