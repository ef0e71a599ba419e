"""Register bytes computed by hand, all types and orders."""

import math

import pytest

from sdanlegg.points import Register
from simulators.encode import decode, encode
from tests.support.hall import data_type


def register(kind: str, order: str = "ABCD", scale: float = 1.0, offset: float = 0.0) -> Register:
    return Register("holding", 0, data_type(kind), order, scale, offset)


# 12.5 is 1.5625 x 8: exponent 3 + 127 = 82h, mantissa .1001: 4148 0000h. 12.5 as a double: 4029 0000 0000 0000h.
# 305419896 is 12345678h; 81985529216486895 is 0123456789ABCDEFh; -2 is all ones but the last bit.
HAND = [
    (12.5, "float32", "ABCD", "41480000"),
    (12.5, "float32", "CDAB", "00004148"),
    (12.5, "float32", "BADC", "48410000"),
    (12.5, "float32", "DCBA", "00004841"),
    (12.5, "float64", "ABCD", "4029000000000000"),
    (12.5, "float64", "CDAB", "0000000000004029"),
    (12.5, "float64", "BADC", "2940000000000000"),
    (12.5, "float64", "DCBA", "0000000000002940"),
    (305419896.0, "uint32", "ABCD", "12345678"),
    (305419896.0, "uint32", "CDAB", "56781234"),
    (305419896.0, "uint32", "BADC", "34127856"),
    (305419896.0, "uint32", "DCBA", "78563412"),
    (-2.0, "int32", "CDAB", "fffeffff"),
    (4660.0, "uint16", "ABCD", "1234"),
    (4660.0, "uint16", "BADC", "3412"),
    (-2.0, "int16", "ABCD", "fffe"),
    (-2.0, "int64", "ABCD", "fffffffffffffffe"),
    (4886718345.0, "uint64", "ABCD", "0000000123456789"),
    (4886718345.0, "uint64", "CDAB", "6789234500010000"),
    (4886718345.0, "uint64", "DCBA", "8967452301000000"),
]


@pytest.mark.parametrize(("value", "kind", "order", "expected"), HAND)
def test_bytes_by_hand(value: float, kind: str, order: str, expected: str) -> None:
    assert encode(value, register(kind, order)).hex() == expected
    assert decode(bytes.fromhex(expected), register(kind, order)) == value


def test_scale_and_offset() -> None:
    assert encode(21.37, register("int16", scale=0.1)).hex() == "00d6"  # 214
    assert encode(-7.25, register("int16", scale=0.01)).hex() == "fd2b"  # -725
    assert encode(4.0, register("uint16", scale=0.5, offset=-1.0)).hex() == "000a"
    assert decode(bytes.fromhex("00d6"), register("int16", scale=0.1)) == pytest.approx(21.4)
    assert encode(0.0125, register("float32", scale=0.001)).hex() == "41480000"


@pytest.mark.parametrize(
    ("kind", "low", "high", "none"),
    [
        ("int16", "8000", "7fff", "8000"),
        ("uint16", "0000", "ffff", "ffff"),
        ("int32", "80000000", "7fffffff", "80000000"),
    ],
)
def test_integers_hold_at_their_ends_and_have_a_value_for_none(kind: str, low: str, high: str, none: str) -> None:
    assert encode(-1e12, register(kind)).hex() == low
    assert encode(1e12, register(kind)).hex() == high
    assert encode(math.nan, register(kind)).hex() == none


def test_float_none_is_nan() -> None:
    assert math.isnan(decode(encode(math.nan, register("float32")), register("float32")))


def test_texts_are_padded_cut_and_byte_swapped_in_words() -> None:
    assert encode("AB1", register("string:3")) == b"AB1\0\0\0"
    assert encode("ABCDEFGH", register("string:2")) == b"ABCD"
    assert encode("ABC", register("string:2", "BADC")) == b"BA\0C"


def test_what_is_no_number_decodes_to_nan() -> None:
    assert math.isnan(decode(b"AB", register("string:1")))
