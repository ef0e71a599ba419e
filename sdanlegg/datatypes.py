"""The types that a point list may name, as data: how many registers each takes, and what it can hold.

int16 uint16 int32 uint32 int64 uint64 float32 float64   numbers
bool            a coil or a discrete input (an OPC UA Boolean)
bit:N           bit N (0 is the lowest) of a 16-bit register
string:N        text in N registers, two characters each (OPC UA: String, N ignored)
"""

import re
import zlib
from dataclasses import dataclass

_NUMBERS = {
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "int64": 4,
    "uint64": 4,
    "float32": 2,
    "float64": 4,
}
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")


@dataclass(frozen=True, slots=True)
class DataType:
    """One parsed type: its base name, the registers it takes, and for bit:N the bit."""

    name: str
    base: str
    registers: int
    bit: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether the value is a text and not a number."""
        return self.base == "string"

    @property
    def is_wide(self) -> bool:
        """Whether float32 would lose digits of it: 32- and 64-bit integers, float64 and text codes."""
        return self.base in {"int32", "uint32", "int64", "uint64", "float64", "string"}


def parse(text: str) -> DataType | None:
    """Return the type that a point list names, or None if there is no such type."""
    if text in _NUMBERS:
        return DataType(text, text, _NUMBERS[text])
    if text == "bool":
        return DataType(text, "bool", 1)
    match = re.fullmatch(r"(bit|string):(\d{1,3})", text)
    if match and match[1] == "bit" and int(match[2]) < 16:
        return DataType(text, "bit", 1, int(match[2]))
    if match and match[1] == "string" and 1 <= int(match[2]) <= 125:
        return DataType(text, "string", int(match[2]))
    return None


def names() -> list[str]:
    """Every type name that can be written, for messages: bit and string with an example number."""
    return [*_NUMBERS, "bool", "bit:0", "string:8"]


def text_code(text: str) -> int:
    """Code that stands for a text in a column of numbers: its CRC-32, the same on every machine for ever."""
    return zlib.crc32(text.encode("utf-8"))
