"""Points, devices and poll groups by hand, for tests of what lies below the configuration."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sdanlegg import datatypes
from sdanlegg.driver import PollGroup
from sdanlegg.points import Node, Point, Register, SunSpecField, Table
from sdanlegg.site import Device, Name, Pacing


def register(
    type_: str = "uint16",
    address: int = 0,
    table: Table = "holding",
    order: str = "ABCD",
    scale: float = 1.0,
    offset: float = 0.0,
) -> Register:
    """A Modbus register; the type as a point list writes it."""
    parsed = datatypes.parse(type_)
    assert parsed is not None, type_
    return Register(table, address, parsed, order, scale, offset)


def point(id: str = "d.x", address: Register | Node | SunSpecField | None = None, **over: Any) -> Point:  # noqa: A002
    """A gauge that believes every number, unless told otherwise; ``id`` is ``<device>.<name>``."""
    device, name = id.split(".")
    fields: dict[str, Any] = {
        "id": id,
        "device": device,
        "name": name,
        "tfm": "=000.000-XX000",
        "unit": "1",
        "kind": "gauge",
        "quantity": "count",
        "access": "r",
        "min": -1e300,
        "max": 1e300,
        "period_s": 1.0,
        "sigma": 0.1,
        "max_rate": np.inf,
        "stuck_after_s": np.inf,
        "nb": name,
        "en": name,
        "address": register() if address is None else address,
    }
    return Point(**fields | over)


def device(id: str = "d", port: int = 1, pacing: Pacing | None = None, **over: Any) -> Device:  # noqa: A002
    """A Modbus device at a port of this machine."""
    fields: dict[str, Any] = {
        "id": id,
        "protocol": "modbus",
        "host": "127.0.0.1",
        "port": port,
        "unit": 1,
        "path": "",
        "map": "test",
        "every_s": 1.0,
        "tfm": "=000.000",
        "name": Name(id, id),
        "pacing": pacing or Pacing(),
    }
    return Device(**fields | over)


def group(points: Sequence[Point], of: Device, first_column: int = 0, period_s: float = 1.0) -> PollGroup:
    """The points of a device as one poll group, with columns from first_column on."""
    columns = np.arange(first_column, first_column + len(points), dtype=np.int32)
    return PollGroup(of, period_s, columns, tuple(points))
