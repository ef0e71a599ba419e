"""House values to register bytes and back, by the point's type, order, scale and offset.

Written apart from the drivers' codec on purpose: an error in one of them must not hide in the other.
"""

import struct
from math import isfinite, nan

from sdanlegg.points import Register
from simulators.signals.getters import Value

_CODES = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}


def limits(base: str) -> tuple[int, int]:
    """Lowest and highest raw value of an integer type."""
    bits = int(base.lstrip("uint"))
    return (0, (1 << bits) - 1) if base.startswith("u") else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def absent(base: str) -> int:
    """Raw value that stands for none: 0x8000… in signed, 0xFFFF… in unsigned integers."""
    low, high = limits(base)
    return low if low < 0 else high


def raw_integer(value: float, base: str, scale: float, offset: float) -> int:
    """Nearest raw integer, held inside the type; NaN gives the value for none."""
    if not isfinite(value):
        return absent(base)
    low, high = limits(base)
    return min(high, max(low, round((value - offset) / scale)))


def arrange(content: bytes, order: str) -> bytes:
    """Big-endian bytes in the device's order: CDAB turns the words round, BADC the bytes of each, DCBA both."""
    if order in {"CDAB", "DCBA"}:
        content = b"".join(content[i : i + 2] for i in range(len(content) - 2, -1, -2))
    if order in {"BADC", "DCBA"}:
        content = b"".join(content[i + 1 : i + 2] + content[i : i + 1] for i in range(0, len(content), 2))
    return content


def encode(value: Value, register: Register) -> bytes:
    """Return the register bytes of a number or text (not of bool and bit, which share their place with others)."""
    kind = register.type
    if isinstance(value, str):
        size = 2 * kind.registers
        # The words of a text stand in reading order; only the two characters of a word may be swapped.
        swapped = register.order in {"BADC", "DCBA"}
        return arrange(value.encode("utf-8")[:size].ljust(size, b"\0"), "BADC" if swapped else "ABCD")
    if kind.base in {"float32", "float64"}:
        content = struct.pack(_CODES[kind.base], (value - register.offset) / register.scale)
    else:
        content = struct.pack(_CODES[kind.base], raw_integer(value, kind.base, register.scale, register.offset))
    return arrange(content, register.order)


def decode(content: bytes, register: Register) -> float:
    """House value of what a client wrote to a numeric register; NaN for anything that is not a number."""
    code = _CODES.get(register.type.base)
    if code is None:
        return nan
    raw: float = struct.unpack(code, arrange(content, register.order))[0]
    return raw * register.scale + register.offset
