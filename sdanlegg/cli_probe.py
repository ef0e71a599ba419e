"""`sdanlegg check --probe`: read every point once and tell what came, with the byte orders of what cannot be."""

import asyncio
from collections.abc import Iterator, Sequence

import click
import numpy as np

from drivers.modbus_codec import encode, orders
from sdanlegg.clock import Clock
from sdanlegg.collect import CONNECT_S, poll_groups
from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.points import Point, Register
from sdanlegg.quality import BAD, reasons
from sdanlegg.readings import Reading
from sdanlegg.run import factories
from sdanlegg.site import Site


async def probe(site: Site, clock: Clock) -> None:
    """Read each point once and print what came; exit code 1 if a point did not come or cannot be."""
    by_address: dict[tuple[str, str], list[PollGroup]] = {}
    for group in poll_groups(site):
        by_address.setdefault((group.device.protocol, group.device.address), []).append(group)
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(_read(key[0], groups, clock)) for key, groups in by_address.items()]
    faults = [line for task in started for line in task.result()]
    for line in faults:
        click.echo(line)
    read = len(site.points) - len({line.split(":", 1)[0] for line in faults})
    click.echo(f"{read} of {len(site.points)} points read as they should")
    if faults:
        raise SystemExit(1)


async def _read(protocol: str, groups: Sequence[PollGroup], clock: Clock) -> list[str]:
    """Read the groups behind one address; lines on what did not come or cannot be."""
    link = factories(clock)[protocol](groups)
    lines: list[str] = []
    try:
        async with asyncio.timeout(CONNECT_S):
            await link.connect()
        for group in groups:
            try:
                lines += _judge(group, await link.poll(group))
            except DeviceError as error:
                lines += [f"{point.id}: not read: {error}" for point in group.points]
    except (LinkError, TimeoutError) as error:
        text = str(error) or f"no connection within {CONNECT_S:g} s"
        lines = [f"{point.id}: not read: {text}" for group in groups for point in group.points]
    finally:
        await link.close()
    return lines


def _judge(group: PollGroup, reading: Reading) -> Iterator[str]:
    for point, value, quality in zip(group.points, reading.values, reading.quality, strict=True):
        device = group.device.name.en
        if quality >= BAD:
            yield f"{point.id}: {device} gave no value ({', '.join(reasons(int(quality))) or 'bad'})"
        elif not np.isnan(value) and not point.min <= value <= point.max:
            span = f"{point.min:g} to {point.max:g} {point.unit}"
            yield f"{point.id}: {value:g} {point.unit} is outside {span}{_orders(point, float(value))}"


def _orders(point: Point, value: float) -> str:
    """The value in the four byte orders, the plausible ones marked; nothing for a point of one register."""
    if not isinstance(point.address, Register) or point.address.type.registers < 2:
        return ""
    raw = b"".join(word.to_bytes(2) for word in encode(point.address, value))
    read = orders(raw, point.address)
    shown = (f"{order} {v:g}{' (plausible)' if point.min <= v <= point.max else ''}" for order, v in read.items())
    return f"; in the byte orders: {', '.join(shown)}"
