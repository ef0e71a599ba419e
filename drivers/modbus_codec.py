"""Modbus bytes to house values and back, as pure thinking: compiled once into numpy steps, no work per point.

Byte orders: A is the most significant byte. CDAB sends the registers of a value in reverse, BADC the two bytes of each
register, DCBA both; so a 64-bit CDAB value comes with its least significant register first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.modbus_plan import Block, span_of
from sdanlegg.datatypes import ORDERS, text_code
from sdanlegg.points import Point, Register
from sdanlegg.quality import BAD, SENSOR, QualityArray
from sdanlegg.readings import FloatArray

Index = NDArray[np.intp] | slice
NO_VALUE: Final = BAD | SENSOR
_DTYPES: Final = {
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
    "float32": "f4",
    "float64": "f8",
}


@dataclass(frozen=True, slots=True)
class Field:
    """Values of one raw type: which bytes of the answer they are, and which rows they fill."""

    dtype: np.dtype[np.generic]
    take: Index
    rows: Index
    shift: NDArray[np.uint8] | None = None  # set for bits: how far the bit lies from the lowest of its byte


@dataclass(frozen=True, slots=True)
class Layout:
    """How the joined answers of some blocks become one row; block_rows[i] are the rows that block i serves."""

    rows: int
    size: int
    fields: tuple[Field, ...]
    texts: tuple[tuple[int, NDArray[np.intp]], ...]
    scale: FloatArray | None
    offset: FloatArray | None
    none: FloatArray | None
    block_rows: tuple[NDArray[np.intp], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One decoded answer: values (n,) in house units, quality (n,), and the texts behind codes."""

    values: FloatArray
    quality: QualityArray
    texts: Mapping[int, str] | None


def compile_layout(registers: Sequence[Register], blocks: Sequence[Block], none: FloatArray | None = None) -> Layout:
    """Compile the decoding of registers out of the joined answers of blocks.

    Rows are the places of registers; every row must lie in exactly one block. none (n,) is a raw value that stands for
    "no value" (see raw_none), NaN where there is no such value.
    """
    groups: dict[str, list[tuple[int, list[int], int]]] = {}
    texts: list[tuple[int, NDArray[np.intp]]] = []
    start = 0
    for block in blocks:
        for span in block.spans:
            register = registers[span.row]
            octets, shift = _place(register, start, register.address - block.address)
            if register.type.is_text:
                texts.append((span.row, np.array(octets[::-1], np.intp)))
            else:
                groups.setdefault(_DTYPES.get(register.type.base, "u1"), []).append((span.row, octets, shift))
        start += block.size
    scale = np.array([1.0 if r.type.is_text else r.scale for r in registers], float)
    offset = np.array([0.0 if r.type.is_text else r.offset for r in registers], float)
    return Layout(
        rows=len(registers),
        size=start,
        fields=tuple(_field(kind, sorted(members)) for kind, members in groups.items()),
        texts=tuple(texts),
        scale=None if (scale == 1.0).all() else scale,
        offset=None if (offset == 0.0).all() else offset,
        none=None if none is None or np.isnan(none).all() else none,
        block_rows=tuple(np.array([s.row for s in b.spans], np.intp) for b in blocks),
    )


def raw_none(points: Sequence[Point], registers: Sequence[Register]) -> FloatArray:
    """Give the raw value (n,) that means "no value" by custom, NaN where there is none.

    Signed gauges: the least value (0x8000…); unsigned gauges: the greatest (0xFFFF…). It counts only where the scaled
    value lies outside the point's min..max: inside, it is a measurement. Counters, states and setpoints have none.
    """
    none = np.full(len(points), np.nan)
    for row, (point, register) in enumerate(zip(points, registers, strict=True)):
        limit = _extreme(register.type.base)
        if point.kind == "gauge" and not point.min <= limit * register.scale + register.offset <= point.max:
            none[row] = limit
    return none


def decode(layout: Layout, raw: bytes, faults: Mapping[int, int] | None = None) -> Row:
    """Decode the joined answers raw (layout.size bytes) of a layout's blocks.

    A float that is NaN or infinite, a raw "no value", a result beyond float64 and an unreadable text become NaN with
    BAD|SENSOR. faults gives the quality of blocks that were not answered (their bytes are any): NaN in all their rows.
    Integers are exact to 2^53; beyond, a 64-bit integer is rounded to the nearest float64. Raises nothing.
    """
    octets = np.frombuffer(raw, np.uint8)
    values = np.empty(layout.rows)
    with np.errstate(all="ignore"):  # signalling NaN and overflow are data here, judged below
        for field in layout.fields:
            part = octets[field.take]
            values[field.rows] = part.view(field.dtype) if field.shift is None else (part >> field.shift) & 1
        for row, _ in layout.texts:
            values[row] = 0.0
        no_value = None if layout.none is None else values == layout.none
        if layout.scale is not None:
            values *= layout.scale
        if layout.offset is not None:
            values += layout.offset
    broken = ~np.isfinite(values)
    if no_value is not None:
        broken |= no_value
    quality = np.zeros(layout.rows, np.uint16)
    spoilt = bool(broken.any())
    if spoilt:
        quality[broken] = NO_VALUE
    for block, fault in (faults or {}).items():
        quality[layout.block_rows[block]] = fault
    texts = _read_texts(layout, octets, values, quality) if layout.texts else None
    if spoilt or faults or texts is not None:
        values[quality >= BAD] = np.nan
    return Row(values, quality, texts)


def encode(register: Register, value: float) -> list[int]:
    """Encode a house value as the register words to write (numbers), or as one 0 or 1 (bool); the inverse of decode.

    Integers are rounded to the nearest. ValueError, with a text for a person, if the value is not finite, does not fit,
    or cannot be written whole (texts and single bits of a register).
    """
    kind = register.type
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written")
    raw = (value - register.offset) / register.scale
    if kind.base == "bool":
        if raw not in {0.0, 1.0}:
            raise ValueError(f"{value} is neither on nor off")
        return [int(raw)]
    if kind.base not in _DTYPES:
        raise ValueError(f"type {kind.name} cannot be written as a number")
    dtype = np.dtype(">" + _DTYPES[kind.base])
    if dtype.kind == "f":
        with np.errstate(all="ignore"):
            packed = np.array([raw]).astype(dtype)
        if not np.isfinite(packed[0]):
            raise ValueError(f"{value} does not fit {kind.name}")
    else:
        limits = np.iinfo(dtype)
        if not (math.isfinite(raw) and int(limits.min) <= round(raw) <= int(limits.max)):
            raise ValueError(f"{value} does not fit {kind.name}")
        packed = np.array([round(raw)], dtype)
    octets = packed.view(np.uint8)[_wire_order(register.order, kind.registers)]
    return [int(word) for word in octets.view(">u2")]


def with_bit(register: Register, word: int, value: float) -> int:
    """Return a register word as it stands on the wire with the register's bit set to 0 or 1; ValueError if neither."""
    if value not in {0.0, 1.0}:
        raise ValueError(f"{value} is neither on nor off")
    octet, shift = divmod(register.type.bit or 0, 8)
    if register.order in {"BADC", "DCBA"}:
        octet = 1 - octet
    mask = 1 << 8 * octet + shift
    return word | mask if value else word & ~mask


def orders(raw: bytes, register: Register) -> dict[str, float]:
    """Read the raw bytes of one value in every byte order that its type can have; NaN where an order gives no number.

    For a person who looks at an implausible value: the right order is the one that makes sense.
    """
    span = span_of(0, register, "value")
    block = Block(span.table, span.address, span.count, (span,))
    known = ORDERS if register.type.registers > 1 else ("ABCD", "BADC")
    layouts = {order: compile_layout([replace(register, order=order)], [block]) for order in known}
    return {order: float(decode(layout, raw).values[0]) for order, layout in layouts.items()}


def _extreme(base: str) -> float:
    """Return the raw integer that by custom means "no value"; NaN for other types."""
    if base not in _DTYPES or base.startswith("float"):
        return math.nan
    limits = np.iinfo(_DTYPES[base])
    return float(limits.max if limits.min == 0 else limits.min)


def _wire_order(order: str, registers: int) -> NDArray[np.intp]:
    """Place on the wire of each byte of a value, most significant first; every order is its own inverse."""
    words = range(registers)[:: -1 if order in {"CDAB", "DCBA"} else 1]
    pair = [1, 0] if order in {"BADC", "DCBA"} else [0, 1]
    return np.array([2 * word + octet for word in words for octet in pair], np.intp)


def _place(register: Register, start: int, distance: int) -> tuple[list[int], int]:
    """Bytes of a value in the joined answers, least significant first, and for a bit its shift in that byte."""
    if register.type.base == "bool":
        return [start + distance // 8], distance % 8
    first = start + 2 * distance
    octets = [first + int(i) for i in _wire_order(register.order, register.type.registers)[::-1]]
    if register.type.bit is None:
        return octets, 0
    return [octets[register.type.bit // 8]], register.type.bit % 8


def _field(kind: str, members: list[tuple[int, list[int], int]]) -> Field:
    """Compile values of one type, ascending by row."""
    rows = _index(np.array([row for row, _, _ in members], np.intp))
    octets = np.array([place for _, place, _ in members], np.intp)
    if kind == "u1":
        return Field(np.dtype(kind), octets.ravel(), rows, np.array([shift for _, _, shift in members], np.uint8))
    big_endian = _index(octets[:, ::-1].ravel())
    if isinstance(big_endian, slice):
        return Field(np.dtype(">" + kind), big_endian, rows)
    return Field(np.dtype("<" + kind), _index(octets.ravel()), rows)


def _index(places: NDArray[np.intp]) -> Index:
    """Give consecutive places as a slice, which numpy does without copying."""
    if bool((np.diff(places) == 1).all()):
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _read_texts(layout: Layout, octets: NDArray[np.uint8], values: FloatArray, quality: QualityArray) -> dict[int, str]:
    """Fill the codes of texts that were answered; NO_VALUE where the bytes are no text."""
    texts: dict[int, str] = {}
    for row, index in layout.texts:
        if quality[row] >= BAD:
            continue
        text = _text(octets[index].tobytes())
        if text is None:
            quality[row] = NO_VALUE
        else:
            values[row] = text_code(text)
            texts[text_code(text)] = text
    return texts


def _text(raw: bytes) -> str | None:
    """Text before the first NUL without blanks at its ends (UTF-8, else Latin-1); None if it is not printable."""
    raw = raw.partition(b"\0")[0].strip()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if text.isprintable() and set(raw) != {0xFF} else None
