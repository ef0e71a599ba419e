"""What a Modbus unit answers to one request: functions 1-6, 15, 16, 22, 23, and 43/14 (who are you).

Frames as in the MODBUS Application Protocol V1.1b3. Of the identification there are the three basic objects: maker,
product (the register map) and version.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from sdanlegg.points import Table
from simulators.modbus_image import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, RefusedError

READ_BITS: Final[Mapping[int, Table]] = {1: "coil", 2: "discrete"}
READ_REGISTERS: Final[Mapping[int, Table]] = {3: "holding", 4: "input"}
COIL_ON, COIL_OFF = 0xFF00, 0x0000
IDENTIFICATION, STREAM, FURTHER, ONE = 0x0E, 1, (2, 3), 4
BASIC_BY_ONE = 0x81  # conformity: basic objects, in a stream or one by one


class Registers(Protocol):
    """What a unit must be able to do."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Maker, product, version."""
        ...

    def read(self, table: Table, address: int, count: int) -> bytes:
        """Content of a range: two bytes a register, one a bit."""
        ...

    def write(self, table: Table, address: int, content: bytes) -> None:
        """Write a range."""
        ...


def respond(unit: Registers, pdu: bytes) -> bytes:
    """Answer one request (function code and data)."""
    answer = ANSWERS.get(pdu[0])
    if answer is None:
        return bytes((pdu[0] | 0x80, ILLEGAL_FUNCTION))
    try:
        return answer(unit, pdu)
    except RefusedError as refused:
        return bytes((pdu[0] | 0x80, refused.code))


def _range(pdu: bytes, most: int) -> tuple[int, int]:
    if len(pdu) < 5:
        raise RefusedError(ILLEGAL_VALUE)
    address, count = struct.unpack_from(">HH", pdu, 1)
    if not 1 <= count <= most:
        raise RefusedError(ILLEGAL_VALUE)
    return address, count


def _read_bits(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 2000)
    bits = unit.read(READ_BITS[pdu[0]], address, count)
    packed = bytearray((count + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << (i % 8)
    return bytes((pdu[0], len(packed))) + packed


def _read_registers(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 125)
    return bytes((pdu[0], 2 * count)) + unit.read(READ_REGISTERS[pdu[0]], address, count)


def _write_one(unit: Registers, pdu: bytes) -> bytes:
    if len(pdu) != 5:
        raise RefusedError(ILLEGAL_VALUE)
    address, value = struct.unpack_from(">HH", pdu, 1)
    if pdu[0] == 6:
        unit.write("holding", address, pdu[3:5])
    elif value in {COIL_ON, COIL_OFF}:
        unit.write("coil", address, b"\1" if value == COIL_ON else b"\0")
    else:
        raise RefusedError(ILLEGAL_VALUE)
    return pdu


def _write_many(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 1968 if pdu[0] == 15 else 123)
    size = (count + 7) // 8 if pdu[0] == 15 else 2 * count
    content = pdu[6:]
    if len(pdu) < 6 or pdu[5] != size or len(content) != size:
        raise RefusedError(ILLEGAL_VALUE)
    if pdu[0] == 15:
        unit.write("coil", address, bytes(content[i // 8] >> (i % 8) & 1 for i in range(count)))
    else:
        unit.write("holding", address, content)
    return pdu[:5]


def _mask_write(unit: Registers, pdu: bytes) -> bytes:
    """Function 22: bits of one register."""
    if len(pdu) != 7:
        raise RefusedError(ILLEGAL_VALUE)
    address, and_mask, or_mask = struct.unpack_from(">HHH", pdu, 1)
    (now,) = struct.unpack(">H", unit.read("holding", address, 1))
    unit.write("holding", address, struct.pack(">H", (now & and_mask) | (or_mask & ~and_mask & 0xFFFF)))
    return pdu


def _read_and_write(unit: Registers, pdu: bytes) -> bytes:
    """Function 23: write first, then read."""
    address, count = _range(pdu, 125)
    to, size = _range(pdu[4:], 121)
    content = pdu[10:]
    if len(pdu) < 10 or pdu[9] != 2 * size or len(content) != 2 * size:
        raise RefusedError(ILLEGAL_VALUE)
    unit.read("holding", address, count)  # a request of which one half cannot be done is refused whole
    unit.write("holding", to, content)
    return bytes((pdu[0], 2 * count)) + unit.read("holding", address, count)


def _identify(unit: Registers, pdu: bytes) -> bytes:
    """Function 43, kind 14: one object, or the basic ones from the object asked for on."""
    if len(pdu) < 2 or pdu[1] != IDENTIFICATION:
        raise RefusedError(ILLEGAL_FUNCTION)
    if len(pdu) != 4 or pdu[2] not in {STREAM, *FURTHER, ONE}:
        raise RefusedError(ILLEGAL_VALUE)
    code, first = pdu[2], pdu[3]
    if first >= len(unit.identity):
        if code == ONE:
            raise RefusedError(ILLEGAL_ADDRESS)
        first = 0
    told = [(n, text.encode()) for n, text in enumerate(unit.identity) if (n == first if code == ONE else n >= first)]
    objects = b"".join(bytes((n, len(text))) + text for n, text in told)
    return bytes((pdu[0], IDENTIFICATION, code, BASIC_BY_ONE, 0, 0, len(told))) + objects


ANSWERS: Final[Mapping[int, Callable[[Registers, bytes], bytes]]] = {
    1: _read_bits,
    2: _read_bits,
    3: _read_registers,
    4: _read_registers,
    5: _write_one,
    6: _write_one,
    15: _write_many,
    16: _write_many,
    22: _mask_write,
    23: _read_and_write,
    43: _identify,
}
