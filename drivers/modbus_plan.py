"""Registers to few requests, as pure thinking: which block of addresses is read at once, and where it may be cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sdanlegg.errors import ConfigError
from sdanlegg.points import Register, Table
from sdanlegg.site import Pacing

MAX_REGISTERS = 125  # Modbus Application Protocol V1.1b3, 6.3 and 6.4
MAX_BITS = 2000  # the same, 6.1 and 6.2
ADDRESSES = 65536
_BITS = ("coil", "discrete")


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses that one value needs together; row is the value's place in its group."""

    row: int
    table: Table
    address: int
    count: int

    @property
    def end(self) -> int:
        """First address after the span."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Block:
    """One request: the addresses [address, address + count) of a table, and the spans that it serves, ascending."""

    table: Table
    address: int
    count: int
    spans: tuple[Span, ...]

    @property
    def size(self) -> int:
        """Bytes of values in the answer."""
        return (self.count + 7) // 8 if self.table in _BITS else 2 * self.count


def span_of(row: int, register: Register, name: str) -> Span:
    """Span of one register; ConfigError names the point if its type cannot stand there."""
    is_bit = register.table in _BITS
    if is_bit != (register.type.base == "bool"):
        raise ConfigError(f"{name}: type {register.type.name} cannot stand in table {register.table}")
    span = Span(row, register.table, register.address, 1 if is_bit else register.type.registers)
    if not 0 <= span.address < span.end <= ADDRESSES:
        raise ConfigError(f"{name}: address {span.address} with {span.count} registers lies outside 0..65535")
    return span


def plan_blocks(spans: Iterable[Span], pacing: Pacing) -> tuple[Block, ...]:
    """Cover every span exactly once with few blocks, ascending by table and address.

    A block never exceeds the device's max_registers (nor what Modbus allows), never cuts a span, and reads at most
    max_gap addresses in a row that no span needs. ConfigError if a single span is larger than a block may be.
    """
    runs: list[list[Span]] = []
    end = 0
    for span in sorted(spans, key=lambda s: (s.table, s.address, s.count, s.row)):
        limit = _limit(span.table, pacing)
        if span.count > limit:
            raise ConfigError(f"a value of {span.count} registers at {span.address} exceeds max_registers {limit}")
        run = runs[-1] if runs else None
        fits = run and span.table == run[0].table and max(end, span.end) - run[0].address <= limit
        if run and fits and span.address <= end + pacing.max_gap:
            run.append(span)
            end = max(end, span.end)
        else:
            runs.append([span])
            end = span.end
    return tuple(_block(run) for run in runs)


def split(block: Block) -> tuple[Block, Block] | None:
    """Cut a block in two where its widest hole is, else in the middle; None if nothing in it can be parted.

    Spans of the same addresses (bits of one register) stay together. Both halves lie inside the block.
    """
    spans = block.spans
    cuts = [
        i for i in range(1, len(spans)) if (spans[i].address, spans[i].end) > (spans[i - 1].address, spans[i - 1].end)
    ]
    if not cuts:
        return None
    middle = len(spans) / 2

    def merit(cut: int) -> tuple[int, float]:
        hole = spans[cut].address - max(s.end for s in spans[:cut])
        return max(0, hole), -abs(cut - middle)

    best = max(cuts, key=merit)
    return _block(spans[:best]), _block(spans[best:])


def _limit(table: Table, pacing: Pacing) -> int:
    """Return how many addresses one block may take."""
    if table in _BITS:
        return min(MAX_BITS, 16 * pacing.max_registers)
    return min(MAX_REGISTERS, pacing.max_registers)


def _block(spans: Sequence[Span]) -> Block:
    """Build the smallest block over ascending spans."""
    first = spans[0]
    return Block(first.table, first.address, max(s.end for s in spans) - first.address, tuple(spans))
