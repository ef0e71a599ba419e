"""One row of a register map: its cells parsed and judged, all faults of the row at once."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from sdanlegg import datatypes, units
from sdanlegg.config.durations import seconds
from sdanlegg.config.findings import nearest
from sdanlegg.datatypes import DataType
from sdanlegg.points import Address, Kind, Node, Register, SunSpecField, Table
from sdanlegg.site import Protocol

KINDS: tuple[Kind, ...] = get_args(Kind)
TABLES: tuple[Table, ...] = get_args(Table)


@dataclass(frozen=True, slots=True)
class MapRow:
    """One point of a device type."""

    line: int
    name: str
    tfm: str
    address: Address
    unit: str
    kind: Kind
    quantity: str
    access: str
    min: float
    max: float
    period_s: float | None  # None: the device's own
    sigma: float
    max_rate: float
    stuck_after_s: float
    nb: str
    en: str


class RowError(Exception):
    """A row that cannot be used; carries every fault."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        super().__init__("; ".join(texts))


class _Cells:
    """Reads cells and gathers what is wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self.faults: list[str] = []

    def number(self, column: str, default: float = math.nan) -> float:
        text = self.cells.get(column, "")
        if text == "" and not math.isnan(default):
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.faults.append(f"{column} {text!r} is not a number")
        return value

    def duration(self, column: str) -> float | None:
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            value = seconds(text)
        except ValueError as error:
            self.faults.append(f"{column}: {error}")
            return None
        if value <= 0:
            self.faults.append(f"{column} {text!r} must be longer than nothing")
        return value

    def one_of(self, column: str, known: tuple[str, ...]) -> str:
        text = self.cells[column]
        if text not in known:
            self.faults.append(f"{column} {text!r} is none of {', '.join(known)}{nearest(text, known)}")
        return text

    def matching(self, column: str, pattern: str, example: str) -> str:
        text = self.cells[column]
        if not re.fullmatch(pattern, text):
            self.faults.append(f"{column} {text!r} is not written like {example}")
        return text


def parse_row(line: int, protocol: Protocol, cells: Mapping[str, str]) -> MapRow:
    """Parse one row; RowError with every fault if it has any."""
    c = _Cells(cells)
    quantity = c.one_of("quantity", tuple(units.HOUSE))
    _unit(c, quantity)
    kind = c.one_of("kind", KINDS)
    access = c.one_of("access", ("r", "rw"))
    if access == "rw" and kind != "setpoint":
        c.faults.append(f"access rw is for setpoints only, and this is a {kind}")
    address = _address(c, protocol, access)
    low, high = _range(c, quantity)
    sigma = c.number("sigma", 0.0)
    if sigma < 0 or (sigma == 0 and kind == "gauge"):
        c.faults.append("sigma must be given, and above zero, for a gauge")
    c.faults += [f"the name in column {column} is missing" for column in ("nb", "en") if not cells[column]]
    row = MapRow(
        line,
        c.matching("name", r"[a-z][a-z0-9_]*", "supply_t"),
        c.matching("tfm", r"[A-ZÆØÅ]{2,3}\d{2,4}[A-Za-z0-9_.]*", "RT401"),
        address,
        cells["unit"],
        kind,  # type: ignore[arg-type]  # one of KINDS, or the row is refused below
        quantity,
        access,
        low,
        high,
        c.duration("period"),
        sigma,
        c.number("max_rate", _usual_rate(kind, quantity)),
        c.duration("stuck_after") or math.inf,
        cells["nb"],
        cells["en"],
    )
    if c.faults:
        raise RowError(c.faults)
    return row


def _range(c: _Cells, quantity: str) -> tuple[float, float]:
    if quantity == "text":
        return 0.0, 2.0**32 - 1  # codes
    low, high = c.number("min"), c.number("max")
    if low >= high:
        c.faults.append(f"min {low:g} is not below max {high:g}")
    return low, high


def _usual_rate(kind: str, quantity: str) -> float:
    return units.MAX_RATE.get(quantity, math.inf) if kind in {"gauge", "counter"} else math.inf


def _unit(c: _Cells, quantity: str) -> None:
    unit, house = c.cells["unit"], units.HOUSE.get(quantity)
    if house is None or unit == house:
        return
    hint = ""
    if unit in units.FOREIGN and units.FOREIGN[unit][0] == house:
        hint = f" (scale {units.FOREIGN[unit][1]:g} makes it that)"
    c.faults.append(f"unit {unit!r} is not the house unit of {quantity}: {house!r}{hint}")


def _type(c: _Cells) -> DataType:
    text = c.cells["type"]
    parsed = datatypes.parse(text)
    if parsed is None:
        c.faults.append(f"type {text!r} is not known{nearest(text, datatypes.names())}")
        return DataType("uint16", "uint16", 1)
    if parsed.is_text != (c.cells["quantity"] == "text"):
        c.faults.append("a string has the quantity text, and nothing else has")
    return parsed


def _address(c: _Cells, protocol: Protocol, access: str) -> Address:
    scale, offset = c.number("scale", 1.0), c.number("offset", 0.0)
    if scale == 0:
        c.faults.append("scale 0 would make every value the same")
    if protocol == "sunspec":
        field = c.matching("sunspec", r"(common|inverter)\.[A-Za-z][A-Za-z0-9_]*", "inverter.W")
        return SunSpecField(field, scale, offset)
    kind = _type(c)
    if protocol == "opcua":
        return Node(c.matching("node", r"nsu=[^;]+;[sigb]=.+", "nsu=urn:maker:plc;s=Filter.Flow"), kind, scale, offset)
    table = c.one_of("table", TABLES)
    number = c.number("address")
    if not math.isnan(number) and (number != int(number) or not 0 <= number <= 65536 - kind.registers):
        c.faults.append(
            f"address {c.cells['address']!r} is not a whole number from 0 to 65535 that its type fits behind"
        )
        number = 0
    if (table in {"coil", "discrete"}) != (kind.base == "bool"):
        c.faults.append(
            f"type {kind.name} does not go with table {table}: coils and discrete inputs are bool, registers not"
        )
    if access == "rw" and table in {"discrete", "input"}:
        c.faults.append(f"table {table} cannot be written")
    order = c.cells["order"] or "ABCD"
    if order not in datatypes.ORDERS:
        c.faults.append(f"order {order!r} is none of {', '.join(datatypes.ORDERS)}")
    return Register(table, 0 if math.isnan(number) else int(number), kind, order, scale, offset)  # type: ignore[arg-type]
