"""Register images of SunSpec inverters: 'SunS' at 40000, model 1, model 103 or 113, end model 0xFFFF.

Layouts: SunSpec Alliance information models 1 (66 registers), 103 (50, integers with scale factors) and 113 (60,
floats). What an inverter does not implement holds the type's value for none: 0x8000, 0xFFFF, NaN, or zeros in texts.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Final

from sdanlegg.points import Table
from simulators.encode import absent, raw_integer
from simulators.modbus_image import ILLEGAL_ADDRESS, MAKER, VERSION, RefusedError
from simulators.signals.getters import Value

FIRST: Final = 40000
# name, type, registers; a scale factor is named <quantity>_SF
COMMON: Final = (("Mn", "string", 16), ("Md", "string", 16), ("Opt", "string", 8), ("Vr", "string", 8),
                 ("SN", "string", 16), ("DA", "uint16", 1), ("Pad", "pad", 1))  # fmt: skip
_AMPS = (("A", "uint16", 1), ("AphA", "uint16", 1), ("AphB", "uint16", 1), ("AphC", "uint16", 1), ("A_SF", "sf", 1))
_VOLTS = (("PPVphAB", "uint16", 1), ("PPVphBC", "uint16", 1), ("PPVphCA", "uint16", 1), ("PhVphA", "uint16", 1),
          ("PhVphB", "uint16", 1), ("PhVphC", "uint16", 1), ("V_SF", "sf", 1))  # fmt: skip
_EVENTS = (("St", "enum16", 1), ("StVnd", "enum16", 1), ("Evt1", "bitfield32", 2), ("Evt2", "bitfield32", 2),
           ("EvtVnd1", "bitfield32", 2), ("EvtVnd2", "bitfield32", 2), ("EvtVnd3", "bitfield32", 2),
           ("EvtVnd4", "bitfield32", 2))  # fmt: skip
MODEL_103: Final = (
    *_AMPS, *_VOLTS, ("W", "int16", 1), ("W_SF", "sf", 1), ("Hz", "uint16", 1), ("Hz_SF", "sf", 1), ("VA", "int16", 1),
    ("VA_SF", "sf", 1), ("VAr", "int16", 1), ("VAr_SF", "sf", 1), ("PF", "int16", 1), ("PF_SF", "sf", 1),
    ("WH", "acc32", 2), ("WH_SF", "sf", 1), ("DCA", "uint16", 1), ("DCA_SF", "sf", 1), ("DCV", "uint16", 1),
    ("DCV_SF", "sf", 1), ("DCW", "int16", 1), ("DCW_SF", "sf", 1), ("TmpCab", "int16", 1), ("TmpSnk", "int16", 1),
    ("TmpTrns", "int16", 1), ("TmpOt", "int16", 1), ("Tmp_SF", "sf", 1), *_EVENTS,
)  # fmt: skip
MODEL_113: Final = (
    *((name, "float32", 2) for name in (
        "A", "AphA", "AphB", "AphC", "PPVphAB", "PPVphBC", "PPVphCA", "PhVphA", "PhVphB", "PhVphC", "W", "Hz", "VA",
        "VAr", "PF", "WH", "DCA", "DCV", "DCW", "TmpCab", "TmpSnk", "TmpTrns", "TmpOt")),
    *_EVENTS,
)  # fmt: skip
_SCALE_OF: Final = {
    **dict.fromkeys(("A", "AphA", "AphB", "AphC"), "A_SF"), **dict.fromkeys(("PhVphA", "PhVphB", "PhVphC"), "V_SF"),
    "W": "W_SF", "Hz": "Hz_SF", "PF": "PF_SF", "WH": "WH_SF", "DCW": "DCW_SF",
    **dict.fromkeys(("TmpCab", "TmpSnk", "TmpTrns", "TmpOt"), "Tmp_SF"),
}  # fmt: skip
_INTEGER: Final = {"uint16": "uint16", "int16": "int16", "acc32": "uint32", "enum16": "uint16", "bitfield32": "uint32"}


@dataclass(frozen=True, slots=True)
class Make:
    """How one inverter tells its values: its model, and the scale factors where the model has them."""

    model: int
    scale: Mapping[str, int]


MAKES: Final = {
    "pv_roof": Make(
        103,
        {"A_SF": -1, "V_SF": -1, "W_SF": 1, "Hz_SF": -2, "PF_SF": -2, "WH_SF": 1, "DCW_SF": 1, "Tmp_SF": -1},
    ),
    "pv_wall": Make(
        103,
        {"A_SF": -2, "V_SF": -1, "W_SF": 0, "Hz_SF": -2, "PF_SF": -1, "WH_SF": 0, "DCW_SF": 0, "Tmp_SF": 0},
    ),
    "pv_bikes": Make(113, {}),
}


def step_of(device: str, group: str, field: str) -> float:
    """Smallest step [device unit] in which an inverter tells a field; 0 for a float, 1 for what has no scale."""
    make = MAKES[device]
    if group == "inverter" and make.model == 113 and field not in {name for name, _, _ in _EVENTS}:
        return 0.0
    return float(10.0 ** make.scale.get(_SCALE_OF.get(field, ""), 0))


def image(device: str, values: Mapping[str, Value]) -> bytes:
    """Registers from 40000 to the end model; values by "<group>.<field>" in the device's unit (W, Wh, %, °C)."""
    make = MAKES[device]
    model = MODEL_103 if make.model == 103 else MODEL_113
    parts = [b"SunS", _header(1, COMMON), *(_cell(name, kind, size, values.get(f"common.{name}", nan), make)
                                            for name, kind, size in COMMON)]  # fmt: skip
    parts += [_header(make.model, model)]
    parts += [_cell(name, kind, size, values.get(f"inverter.{name}", nan), make) for name, kind, size in model]
    return b"".join(parts) + struct.pack(">HH", 0xFFFF, 0)


def _header(number: int, model: tuple[tuple[str, str, int], ...]) -> bytes:
    return struct.pack(">HH", number, sum(size for _, _, size in model))


def _cell(name: str, kind: str, size: int, value: Value, make: Make) -> bytes:
    if kind == "string":
        text = value if isinstance(value, str) else ""
        return text.encode("utf-8")[: 2 * size].ljust(2 * size, b"\0")
    if kind == "sf":
        return struct.pack(">h", make.scale.get(name, -32768))
    if kind == "pad":
        return struct.pack(">H", 0x8000)
    number = nan if isinstance(value, str) else value
    if kind == "float32":
        return struct.pack(">f", number)
    if not isfinite(number):
        # An accumulator's zero means "not accumulated".
        none = 0 if kind == "acc32" else absent(_INTEGER[kind])
        return none.to_bytes(2 * size, "big", signed=none < 0)
    step = 10.0 ** make.scale.get(_SCALE_OF.get(name, ""), 0)
    raw = raw_integer(number, _INTEGER[kind], step, 0.0)
    return raw.to_bytes(2 * size, "big", signed=raw < 0)


class Inverter:
    """A unit that holds such an image in its holding registers and takes no writes."""

    def __init__(self, device: str) -> None:
        self.identity = (MAKER, "sunspec", VERSION)
        self.device = device
        self.content = image(device, {})

    def refresh(self, values: Mapping[str, Value]) -> None:
        """Take over new values."""
        self.content = image(self.device, values)

    def read(self, table: Table, address: int, count: int) -> bytes:
        """Registers of a range inside the image."""
        start = address - FIRST
        if table != "holding" or start < 0 or 2 * (start + count) > len(self.content):
            raise RefusedError(ILLEGAL_ADDRESS)
        return self.content[2 * start : 2 * (start + count)]

    def write(self, table: Table, address: int, content: bytes) -> None:
        """Refuse every write."""
        del table, address, content
        raise RefusedError(ILLEGAL_ADDRESS)
