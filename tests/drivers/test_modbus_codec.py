"""The codec against struct: every type, every byte order, every bit pattern."""

import math
import struct
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.modbus_codec import Row, compile_layout, decode, encode, orders, raw_none, with_bit
from drivers.modbus_plan import plan_blocks, span_of
from sdanlegg.datatypes import ORDERS, text_code
from sdanlegg.points import Register
from sdanlegg.quality import BAD, BUSY, COMM, GOOD, SENSOR
from sdanlegg.site import Pacing
from tests.support.points import point, register

FORMATS = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}
numbers = st.sampled_from(sorted(FORMATS))
orders_ = st.sampled_from(ORDERS)


def wire(big_endian: bytes, order: str) -> bytes:
    """The bytes of one value as they come on the wire, written down once more and differently."""
    words = [big_endian[i : i + 2] for i in range(0, len(big_endian), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return b"".join(words)


def read(registers: list[Register], memory: bytes, pacing: Pacing | None = None, **layout: object) -> Row:
    """Plan, cut the answers out of a memory image of one table, decode."""
    blocks = plan_blocks([span_of(i, r, "d.x") for i, r in enumerate(registers)], pacing or Pacing())
    raw = b"".join(memory[2 * b.address : 2 * b.address + b.size] for b in blocks)
    return decode(compile_layout(registers, blocks, **layout), raw)  # type: ignore[arg-type]


def one(type_: str, raw: bytes, order: str = "ABCD", **over: float) -> Row:
    return read([register(type_, 0, order=order, **over)], raw)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("int16", -1234),
        ("uint16", 54321),
        ("int32", -123456789),
        ("uint32", 3123456789),
        ("int64", -(2**53) + 1),
        ("uint64", 2**53 - 1),
        ("float32", 21.5),
        ("float64", math.pi),
    ],
)
def test_each_type_in_each_order(type_: str, value: float, order: str) -> None:
    raw = wire(struct.pack(FORMATS[type_], value), order)
    row = one(type_, raw, order)
    assert row.values.tolist() == [value]
    assert row.quality.tolist() == [GOOD]
    assert struct.pack(f">{len(raw) // 2}H", *encode(register(type_, order=order), value)) == raw


def test_the_four_orders_spelled_out() -> None:
    raw = {"ABCD": "41BD0A3D", "CDAB": "0A3D41BD", "BADC": "BD413D0A", "DCBA": "3D0ABD41"}
    for order, text in raw.items():
        assert one("float32", bytes.fromhex(text), order).values[0] == pytest.approx(23.63, abs=1e-6)


@given(numbers, orders_, st.binary(min_size=8, max_size=8))
@example("float32", "ABCD", bytes.fromhex("7fa0000000000000"))  # a signalling NaN
@example("float64", "DCBA", bytes.fromhex("0000000000000100"))  # a denormal
def test_any_bits_give_what_struct_gives(type_: str, order: str, octets: bytes) -> None:
    size = struct.calcsize(FORMATS[type_])
    expected = float(struct.unpack(FORMATS[type_], octets[:size])[0])
    row = one(type_, wire(octets[:size], order), order)
    if math.isfinite(expected):
        assert row.values[0] == expected
        assert row.quality[0] == GOOD
    else:
        assert math.isnan(row.values[0])
        assert row.quality[0] == BAD | SENSOR


@given(numbers, orders_, st.binary(min_size=8, max_size=8))
def test_what_was_decoded_encodes_to_the_same_registers(type_: str, order: str, octets: bytes) -> None:
    raw = wire(octets[: struct.calcsize(FORMATS[type_])], order)
    row = one(type_, raw, order)
    if row.quality[0] != GOOD or abs(row.values[0]) > 2**53:
        return  # nothing to write, or beyond what a float64 holds exactly
    words = encode(register(type_, order=order), float(row.values[0]))
    assert one(type_, struct.pack(f">{len(words)}H", *words), order).values[0] == row.values[0]


@st.composite
def maps(draw: st.DrawFn) -> list[Register]:
    """Registers of every type on top of each other: worse than any real map."""
    kinds = [*FORMATS, "bit:0", "bit:7", "bit:8", "bit:15", "string:3"]
    return [
        register(
            draw(st.sampled_from(kinds)),
            draw(st.integers(0, 60)),
            order=draw(orders_),
            scale=draw(st.sampled_from([1.0, 0.1, -2.0, 1e300])),
            offset=draw(st.sampled_from([0.0, 273.15])),
        )
        for _ in range(draw(st.integers(1, 30)))
    ]


@given(maps(), st.binary(min_size=200, max_size=200), st.integers(0, 8))
def test_nothing_is_good_beside_nan_and_a_row_does_not_depend_on_its_neighbours(
    registers: list[Register], memory: bytes, gap: int
) -> None:
    row = read(registers, memory, Pacing(max_gap=gap, max_registers=20))
    assert ((row.quality >= BAD) == np.isnan(row.values)).all()
    assert not np.isinf(row.values).any()
    for i, single in enumerate(registers):
        alone = read([single], memory)
        assert np.array_equal(alone.values, row.values[i : i + 1], equal_nan=True)
        assert alone.quality[0] == row.quality[i]


@given(maps(), st.binary(min_size=200, max_size=200), st.randoms())
def test_the_order_of_the_points_does_not_matter(registers: list[Register], memory: bytes, random: Random) -> None:
    places = list(range(len(registers)))
    random.shuffle(places)
    straight, mixed = read(registers, memory), read([registers[i] for i in places], memory)
    assert np.array_equal(straight.values[places], mixed.values, equal_nan=True)
    assert (straight.quality[places] == mixed.quality).all()


def test_scale_and_offset_make_the_house_value() -> None:
    assert one("int16", struct.pack(">h", -123), scale=0.1, offset=5.0).values[0] == pytest.approx(-7.3)


def test_bits_are_counted_from_the_lowest() -> None:
    registers = [register(f"bit:{i}") for i in range(16)]
    assert read(registers, bytes.fromhex("8001")).values.tolist() == [1.0] + 14 * [0.0] + [1.0]
    assert one("bit:0", bytes.fromhex("0100"), "BADC").values[0] == 1.0


def test_coils_come_eight_in_a_byte_lowest_first() -> None:
    registers = [register("bool", address, "coil") for address in (0, 1, 9, 3)]
    (block,) = plan_blocks([span_of(i, r, "d.x") for i, r in enumerate(registers)], Pacing())
    assert block.size == 2
    assert decode(compile_layout(registers, [block]), bytes([0b00000001, 0b00000010])).values.tolist() == [1, 0, 1, 0]


def test_texts_become_codes() -> None:
    registers = [register("string:6", 0), register("uint16", 6), register("string:2", 7, order="BADC")]
    row = read(registers, b"VP-120 \0\xff\xff\xff\xff" + b"\x00\x2a" + b"olH\0")
    assert row.values.tolist() == [text_code("VP-120"), 42, text_code("lo")]
    assert row.texts == {text_code("VP-120"): "VP-120", text_code("lo"): "lo"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"\0\0\0\0", ""), (b"Pump", "Pump"), ("Nø\0".encode(), "Nø"), (b"N\xf8rd", "Nørd")],
)
def test_readable_texts(raw: bytes, text: str) -> None:
    row = one("string:2", raw)
    assert row.texts == {text_code(text): text}
    assert row.quality[0] == GOOD


@pytest.mark.parametrize("raw", [b"\xff\xff\xff\xff", b"\x01\x02ab", b"a\x9bcd"])
def test_bytes_that_are_no_text_are_bad(raw: bytes) -> None:
    row = one("string:2", raw)
    assert math.isnan(row.values[0])
    assert row.quality[0] == BAD | SENSOR
    assert row.texts == {}


@pytest.mark.parametrize(
    ("type_", "raw"),
    [("int16", -(2**15)), ("uint16", 2**16 - 1), ("int32", -(2**31)), ("uint32", 2**32 - 1), ("int64", -(2**63))],
)
def test_the_extreme_of_a_gauge_that_cannot_be_is_no_value(type_: str, raw: int) -> None:
    def quality(**over: object) -> int:
        gauge = point("d.t", register(type_, scale=0.1), **{"min": -30.0, "max": 110.0} | over)
        registers = [gauge.address]
        row = read(registers, struct.pack(FORMATS[type_], raw), none=raw_none([gauge], registers))  # type: ignore[arg-type]
        return int(row.quality[0])

    assert quality() == BAD | SENSOR
    assert quality(min=-1e30, max=1e30) == GOOD  # it may be a measurement
    for kind in ("counter", "state", "setpoint"):
        assert quality(kind=kind) == GOOD  # left to the plausibility checks


def test_an_ordinary_value_out_of_range_is_left_to_the_plausibility_checks() -> None:
    gauge = point("d.t", register("int16", scale=0.1), min=-30.0, max=110.0)
    row = read([gauge.address], struct.pack(">h", 32767), none=raw_none([gauge], [gauge.address]))  # type: ignore[list-item]
    assert row.quality[0] == GOOD
    assert row.values[0] == pytest.approx(3276.7)


def test_blocks_that_were_not_answered_are_marked_and_their_neighbours_are_not() -> None:
    registers = [register("float32", 0), register("string:2", 100), register("uint16", 102), register("float32", 200)]
    blocks = plan_blocks([span_of(i, r, "d.x") for i, r in enumerate(registers)], Pacing())
    raw = struct.pack(">f", 1.5) + bytes(6) + bytes(4)
    row = decode(compile_layout(registers, blocks), raw, {1: BAD | BUSY, 2: BAD | COMM})
    assert np.array_equal(row.values, [1.5, math.nan, math.nan, math.nan], equal_nan=True)
    assert row.quality.tolist() == [GOOD, BAD | BUSY, BAD | BUSY, BAD | COMM]
    assert row.texts == {}


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("uint16", 65536, "does not fit uint16"),
        ("uint16", -1, "does not fit uint16"),
        ("int64", 2.0**60, "does not fit int64"),
        ("float32", 1e39, "does not fit float32"),
        ("int16", math.nan, "cannot be written"),
        ("float32", math.inf, "cannot be written"),
        ("int32", 1e308, "does not fit int32"),
        ("string:4", 1, "cannot be written as a number"),
        ("bit:3", 1, "cannot be written as a number"),
    ],
)
def test_what_does_not_fit_is_not_written(type_: str, value: float, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        encode(register(type_, scale=0.1), value)


def test_encoding_undoes_scale_and_offset_and_rounds() -> None:
    assert encode(register("int16", scale=0.1, offset=-40.0), 21.04) == [610]
    assert encode(register("bool", table="coil"), 1.0) == [1]
    with pytest.raises(ValueError, match="neither on nor off"):
        encode(register("bool", table="coil"), 0.5)


@given(st.integers(0, 0xFFFF), st.integers(0, 15), st.sampled_from(["ABCD", "BADC"]), st.booleans())
def test_writing_a_bit_changes_that_bit_only(word: int, bit: int, order: str, on: bool) -> None:
    target = register(f"bit:{bit}", order=order)
    changed = with_bit(target, word, float(on))
    assert one(target.type.name, struct.pack(">H", changed), order).values[0] == float(on)
    assert (changed ^ word).bit_count() <= 1


def test_a_person_sees_all_orders_of_an_implausible_value() -> None:
    raw = wire(struct.pack(">f", 21.37), "CDAB")
    seen = orders(raw, register("float32", scale=2.0))
    assert list(seen) == list(ORDERS)
    assert seen["CDAB"] == pytest.approx(42.74)
    assert [order for order, value in seen.items() if 10 < value < 100] == ["CDAB"]
    assert orders(struct.pack(">h", 256), register("int16")) == {"ABCD": 256, "BADC": 1}
    assert math.isnan(orders(bytes.fromhex("7fc00000"), register("float32"))["ABCD"])
