"""SunSpec models as data: where each field of the common and the inverter models stands.

Source: SunSpec Alliance information models 1, 101-103 and 111-113 (repository sunspec/models, Apache-2.0). Offsets are
counted in registers from the model's own id.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sdanlegg.datatypes import DataType

MARK: Final = b"SunS"
BASES: Final = (40000, 0, 50000)  # where the mark may stand
END: Final = 0xFFFF  # id of the model after the last
SF_LIMIT: Final = 10  # a scale factor is a power of ten from -10 to 10; 0x8000 says that there is none


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands, as what SunSpec type, and where its scale factor stands if it has one."""

    offset: int
    type: str
    scale_factor: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a SunSpec type is on the wire, and the raw values by which it says that it has none."""

    register_type: DataType
    none: tuple[float, float]


_NO: Final = math.nan
KINDS: Final[Mapping[str, Kind]] = {
    "int16": Kind(DataType("int16", "int16", 1), (-0x8000, _NO)),
    "uint16": Kind(DataType("uint16", "uint16", 1), (0xFFFF, _NO)),
    "enum16": Kind(DataType("uint16", "uint16", 1), (0xFFFF, _NO)),
    "acc32": Kind(DataType("uint32", "uint32", 2), (0, _NO)),
    "bitfield32": Kind(DataType("uint32", "uint32", 2), (0xFFFFFFFF, 0x80000000)),  # the second in older devices
    "float32": Kind(DataType("float32", "float32", 2), (_NO, _NO)),  # NaN, which the codec judges
    "string8": Kind(DataType("string:8", "string", 8), (0, _NO)),  # 0 is the code of the empty text
    "string16": Kind(DataType("string:16", "string", 16), (0, _NO)),
}

_COMMON: Final[Mapping[str, Place]] = {
    "Mn": Place(2, "string16"),
    "Md": Place(18, "string16"),
    "Opt": Place(34, "string8"),
    "Vr": Place(42, "string8"),
    "SN": Place(50, "string16"),
}
_INTEGER: Final[Mapping[str, Place]] = {
    "A": Place(2, "uint16", 6),
    "AphA": Place(3, "uint16", 6),
    "AphB": Place(4, "uint16", 6),
    "AphC": Place(5, "uint16", 6),
    "PPVphAB": Place(7, "uint16", 13),
    "PPVphBC": Place(8, "uint16", 13),
    "PPVphCA": Place(9, "uint16", 13),
    "PhVphA": Place(10, "uint16", 13),
    "PhVphB": Place(11, "uint16", 13),
    "PhVphC": Place(12, "uint16", 13),
    "W": Place(14, "int16", 15),
    "Hz": Place(16, "uint16", 17),
    "VA": Place(18, "int16", 19),
    "VAr": Place(20, "int16", 21),
    "PF": Place(22, "int16", 23),
    "WH": Place(24, "acc32", 26),
    "DCA": Place(27, "uint16", 28),
    "DCV": Place(29, "uint16", 30),
    "DCW": Place(31, "int16", 32),
    "TmpCab": Place(33, "int16", 37),
    "TmpSnk": Place(34, "int16", 37),
    "TmpTrns": Place(35, "int16", 37),
    "TmpOt": Place(36, "int16", 37),
    "St": Place(38, "enum16"),
    "StVnd": Place(39, "enum16"),
    "Evt1": Place(40, "bitfield32"),
    "Evt2": Place(42, "bitfield32"),
    "EvtVnd1": Place(44, "bitfield32"),
    "EvtVnd2": Place(46, "bitfield32"),
    "EvtVnd3": Place(48, "bitfield32"),
    "EvtVnd4": Place(50, "bitfield32"),
}
_FLOATS: Final = (
    *("A", "AphA", "AphB", "AphC", "PPVphAB", "PPVphBC", "PPVphCA", "PhVphA", "PhVphB", "PhVphC"),
    *("W", "Hz", "VA", "VAr", "PF", "WH", "DCA", "DCV", "DCW", "TmpCab", "TmpSnk", "TmpTrns", "TmpOt"),
)
_FLOAT: Final[Mapping[str, Place]] = {
    **{name: Place(2 + 2 * i, "float32") for i, name in enumerate(_FLOATS)},
    "St": Place(48, "enum16"),
    "StVnd": Place(49, "enum16"),
    **{name: Place(50 + 2 * i, "bitfield32") for i, name in enumerate(("Evt1", "Evt2"))},
    **{f"EvtVnd{i}": Place(52 + 2 * i, "bitfield32") for i in (1, 2, 3, 4)},
}
# group of a point's address -> the models that may hold it, and where
GROUPS: Final[Mapping[str, Mapping[int, Mapping[str, Place]]]] = {
    "common": {1: _COMMON},
    "inverter": {**dict.fromkeys((101, 102, 103), _INTEGER), **dict.fromkeys((111, 112, 113), _FLOAT)},
}
