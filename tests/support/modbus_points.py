"""A Modbus point read by pyModbusTCP and decoded by hand: neither the drivers' codec nor the twin's."""

import struct

from pyModbusTCP.client import ModbusClient

from sdanlegg.points import Register

# Which byte of the big-endian value stands where, as the point list's letters say; 64 bits have eight letters.
PLACES = {
    2: {"ABCD": "AB", "BADC": "BA"},
    4: {"ABCD": "ABCD", "CDAB": "CDAB", "BADC": "BADC", "DCBA": "DCBA"},
    8: {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"},
}
CODES = {
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}


def read(client: ModbusClient, register: Register) -> float | str:
    """House value of a point."""
    count = register.type.registers
    if register.table in {"coil", "discrete"}:
        bits = (client.read_coils if register.table == "coil" else client.read_discrete_inputs)(register.address, 1)
        assert bits is not None
        return float(bits[0])
    reader = client.read_input_registers if register.table == "input" else client.read_holding_registers
    words = reader(register.address, count)
    assert words is not None, (register, client.last_except, client.last_error)
    content = struct.pack(f">{count}H", *words)
    if register.type.is_text:
        return content.rstrip(b"\0").decode()
    if register.type.bit is not None:
        word = words[0] if register.order == "ABCD" else (words[0] >> 8) | (words[0] & 0xFF) << 8
        return float(word >> register.type.bit & 1)
    letters = PLACES[len(content)][register.order]
    big = bytes(content[letters.index(letter)] for letter in sorted(letters))
    raw: float = struct.unpack(">" + CODES[register.type.base], big)[0]
    return raw * register.scale + register.offset
