"""What one Modbus unit holds: four tables of registers and bits, refreshed from the plant, written through it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import isfinite
from typing import Final

from sdanlegg.points import Point, Register, Table
from simulators.encode import decode, encode
from simulators.signals.getters import Value

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
MAKER, VERSION = "Holmen Twin", "1.0"
BITS: Final = ("coil", "discrete")

WriteSetpoint = Callable[[Point, float], None]


class RefusedError(Exception):
    """A request that the unit answers with a Modbus exception code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"Modbus exception {code}")


class Cells:
    """One table: two bytes a register or one a bit, and which addresses there are.

    A hole is readable (as zeros) only where a read across it is expected: no wider than the device's max_gap.
    """

    def __init__(self, table: Table, registers: Iterable[Register], max_gap: int) -> None:
        self.width = 1 if table in BITS else 2
        taken = sorted({a for r in registers for a in range(r.address, r.address + r.type.registers)})
        size = taken[-1] + 1 if taken else 0
        self.content = bytearray(self.width * size)
        self.there = bytearray(size)
        previous = None
        for address in taken:
            start = address if previous is None or address - previous - 1 > max_gap else previous
            self.there[start : address + 1] = b"\1" * (address + 1 - start)
            previous = address

    def check(self, address: int, count: int) -> None:
        """Refuse a range that is not wholly there."""
        if address + count > len(self.there) or self.there.count(1, address, address + count) != count:
            raise RefusedError(ILLEGAL_ADDRESS)

    def read(self, address: int, count: int) -> bytes:
        """Content of a range: two bytes a register, one a bit."""
        self.check(address, count)
        return bytes(self.content[self.width * address : self.width * (address + count)])


class Unit:
    """Points behind one unit id. Reads see the last refresh; writes are checked as a whole, then carried out."""

    def __init__(self, points: Iterable[Point], max_gap: int, write: WriteSetpoint, product: str = "") -> None:
        self.identity = (MAKER, product, VERSION)
        self._write = write
        self._points = [(p, p.address) for p in points if isinstance(p.address, Register)]
        tables: tuple[Table, ...] = ("coil", "discrete", "input", "holding")
        self.tables = {t: Cells(t, [r for _, r in self._points if r.table == t], max_gap) for t in tables}
        self.turn("")

    def turn(self, order: str) -> None:
        """Lay every value of several registers out in this order from now on; empty: in the point list's."""
        self._setpoints = [(p, turned(r, order)) for p, r in self._points if p.access == "rw"]
        self._registers = {p.id: turned(r, order) for p, r in self._points}

    def refresh(self, values: Iterable[tuple[Point, Value]]) -> None:
        """Take over new values (house units)."""
        for point, value in values:
            self.put(self._registers[point.id], value)

    def put(self, register: Register, value: Value) -> None:
        """Take over one value."""
        content, address = self.tables[register.table].content, register.address
        if register.table in BITS:
            content[address] = 1 if value else 0
        elif register.type.bit is not None:
            # Bit N of the word; a device that swaps bytes has its low byte first.
            bit = register.type.bit
            low = (bit < 8) != (register.order == "BADC")
            place, mask = 2 * address + (1 if low else 0), 1 << (bit % 8)
            content[place] = content[place] | mask if value else content[place] & ~mask
        else:
            cells = encode(value, register)
            content[2 * address : 2 * address + len(cells)] = cells

    def read(self, table: Table, address: int, count: int) -> bytes:
        """Content of a range; RefusedError for an address that is not there."""
        return self.tables[table].read(address, count)

    def write(self, table: Table, address: int, content: bytes) -> None:
        """Write whole setpoints; RefusedError (2) where one is not writable or cut in half, (3) if out of range."""
        width = 1 if table in BITS else 2
        end = address + len(content) // width
        self.tables[table].check(address, end - address)
        wanted: list[tuple[Point, Register, float]] = []
        covered = 0
        for point, register in self._setpoints:
            last = register.address + register.type.registers
            if register.table == table and register.address >= address and last <= end:
                part = content[width * (register.address - address) : width * (last - address)]
                wanted.append((point, register, float(part[0]) if width == 1 else decode(part, register)))
                covered += register.type.registers
        if covered != end - address:
            raise RefusedError(ILLEGAL_ADDRESS)
        if any(not isfinite(value) or not within(point, value) for point, _, value in wanted):
            raise RefusedError(ILLEGAL_VALUE)
        for point, register, value in wanted:
            self._write(point, value)
            self.put(register, value)


def turned(register: Register, order: str) -> Register:
    """Return the register in another order; texts and what one register holds keep theirs."""
    if not order or register.type.registers == 1 or register.type.is_text:
        return register
    return replace(register, order=order)


def within(point: Point, value: float) -> bool:
    """Whether a value may be written: inside the range, give or take rounding."""
    slack = 1e-9 * max(abs(point.min), abs(point.max), 1.0)
    return point.min - slack <= value <= point.max + slack
