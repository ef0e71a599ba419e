"""Point tables and readings for tests of the core, made by hand."""

import math

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import DataType, parse
from sdanlegg.points import Kind, Point, PointTable, Register
from sdanlegg.readings import Reading

T0 = 1_750_000_000 * SECOND_NS


def data_type(text: str) -> DataType:
    """Return a type that is known to exist."""
    parsed = parse(text)
    assert parsed is not None
    return parsed


def core_point(
    id_: str,
    *,
    kind: Kind = "gauge",
    quantity: str = "power",
    unit: str = "kW",
    low: float = -1000.0,
    high: float = 1000.0,
    period_s: float = 1.0,
    max_rate: float = math.inf,
    stuck_after_s: float = math.inf,
    access: str = "r",
) -> Point:
    """Return a point whose address nobody reads."""
    device, name = id_.split(".", 1)
    return Point(
        id=id_,
        device=device,
        name=name,
        tfm=f"=320.001-XX{abs(hash(name)) % 900 + 100}",
        unit=unit,
        kind=kind,
        quantity=quantity,
        access="rw" if access == "rw" else "r",
        min=low,
        max=high,
        period_s=period_s,
        sigma=0.1,
        max_rate=max_rate,
        stuck_after_s=stuck_after_s,
        nb=name,
        en=name,
        address=Register("holding", 0, data_type("float32"), "ABCD", 1.0, 0.0),
    )


def table(*points: Point) -> PointTable:
    """Return a point table."""
    return PointTable(points)


class Source:
    """Makes readings of one device, all of its columns in one array, as a driver does."""

    def __init__(self, points: PointTable, device: str) -> None:
        self.device = device
        self.columns = np.array([c for c, p in enumerate(points) if p.device == device], np.int32)

    def at(self, seconds: float, *values: float, quality: int = 0) -> Reading:
        """Return the reading of T0 + seconds; NaN is bad."""
        v = np.array(values, float)
        q = np.full(v.size, quality, np.uint16)
        q[np.isnan(v)] = 0x8001
        return Reading(self.device, T0 + int(seconds * SECOND_NS), self.columns, v, q)
