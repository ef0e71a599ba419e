"""The engine that a mirror's settings name."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sdanlegg.historian.mirrors import Mirror, MirrorSettings
from sdanlegg.historian.mirrors.influx import InfluxMirror
from sdanlegg.historian.mirrors.victoria import VictoriaMirror
from sdanlegg.historian.mirrors.wire import Wire
from sdanlegg.points import Point


@asynccontextmanager
async def open_mirror(settings: MirrorSettings, site_id: str, points: Iterable[Point]) -> AsyncIterator[Mirror]:
    """Connections to the engine for as long as the block lasts; nothing is sent by opening.

    MirrorError if the token cannot be read.
    """
    async with Wire.open(settings) as wire:
        make = InfluxMirror if settings.kind == "influx" else VictoriaMirror
        yield make(wire, site_id, points)
