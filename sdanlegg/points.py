"""The point table: every point of the hall, its column, and what is known of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import DataType
from sdanlegg.errors import UnknownPointError
from sdanlegg.readings import FloatArray, IntArray, TimeArray

Kind = Literal["gauge", "counter", "state", "setpoint"]
Table = Literal["coil", "discrete", "input", "holding"]


@dataclass(frozen=True, slots=True)
class Register:
    """Where a Modbus point stands: protocol (zero-based) address; value = raw * scale + offset, in the house unit."""

    table: Table
    address: int
    type: DataType
    order: str  # ABCD as in the point list: A is the most significant byte; ABCD is big-endian
    scale: float
    offset: float


@dataclass(frozen=True, slots=True)
class Node:
    """Where an OPC UA point stands: ``nsu=<uri>;s=…``, never an index; value = raw * scale + offset."""

    node: str
    type: DataType
    scale: float
    offset: float


@dataclass(frozen=True, slots=True)
class SunSpecField:
    """Where a SunSpec point stands: ``<group>.<field>``, e.g. inverter.W; the device's scale factor comes first."""

    field: str
    scale: float
    offset: float


Address = Register | Node | SunSpecField


@dataclass(frozen=True, slots=True)
class Point:
    """One point: id ``<device>.<name>``, house unit, what it means, what it may hold, where it stands."""

    id: str
    device: str
    name: str
    tfm: str  # full name, e.g. =320.001-RT401
    unit: str
    kind: Kind
    quantity: str
    access: Literal["r", "rw"]
    min: float
    max: float
    period_s: float
    sigma: float  # standard uncertainty of one sample, in the house unit
    max_rate: float  # fastest believable change, house unit per second; inf = not checked
    stuck_after_s: float  # longest believable time without any change; inf = not checked
    nb: str
    en: str
    address: Address

    @property
    def is_text(self) -> bool:
        """Whether the value is the code of a text."""
        return self.quantity == "text"

    @property
    def is_wide(self) -> bool:
        """Whether history must keep 64 bits of it."""
        if self.kind == "counter" or isinstance(self.address, SunSpecField):
            return True
        return self.address.type.is_wide


class PointTable:
    """Point id <-> column, with the columns' limits as arrays. The order is the configuration's and is not stable."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.points: tuple[Point, ...] = tuple(points)
        self.column: dict[str, int] = {p.id: i for i, p in enumerate(self.points)}
        self.lo: FloatArray = np.array([p.min for p in self.points], float)
        self.hi: FloatArray = np.array([p.max for p in self.points], float)
        self.max_rate: FloatArray = np.array([p.max_rate for p in self.points], float)
        self.stuck_after_s: FloatArray = np.array([p.stuck_after_s for p in self.points], float)
        self.is_counter = np.array([p.kind == "counter" for p in self.points], bool)
        self.is_wide = np.array([p.is_wide for p in self.points], bool)
        self.period_ns: TimeArray = np.array([int(p.period_s * SECOND_NS) for p in self.points], np.int64)

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def columns(self, ids: Iterable[str]) -> IntArray:
        """Columns of the given point ids, in their order; UnknownPointError names the first that is not there."""
        found = []
        for id_ in ids:
            if id_ not in self.column:
                raise UnknownPointError(f"unknown point {id_!r}")
            found.append(self.column[id_])
        return np.array(found, np.int32)
