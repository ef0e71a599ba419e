"""Data values -> house values: nothing that is no number passes for one, no impossible time survives."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from asyncua import ua
from asyncua.ua import VariantType
from hypothesis import given
from hypothesis import strategies as st

from drivers.opcua_values import AHEAD_NS, OLDEST_NS, Decoded, decode, decoding, encode
from sdanlegg import datatypes
from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Node
from sdanlegg.quality import BAD, CLOCK, CONFIG, GOOD, SENSOR, STALE, UNCERTAIN
from sdanlegg.readings import NO_SOURCE_TIME

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * SECOND_NS


def node(type_: str = "float64", scale: float = 1.0, offset: float = 0.0) -> Node:
    parsed = datatypes.parse(type_)
    assert parsed is not None
    return Node("nsu=urn:a;s=b", parsed, scale, offset)


def value(raw: Any, kind: VariantType = VariantType.Double, **more: Any) -> ua.DataValue:
    return ua.DataValue(ua.Variant(raw, kind), **more)


def one(of: Node, given_: ua.DataValue, arrival_ns: int = NOW_NS) -> Decoded:
    return decode(decoding([of]), [given_], np.array([arrival_ns]))


def read(of: Node, given_: ua.DataValue) -> tuple[float, int]:
    decoded = one(of, given_)
    return float(decoded.values[0]), int(decoded.quality[0])


@pytest.mark.parametrize(
    ("type_", "raw", "kind", "expected"),
    [
        ("float64", 12.5, VariantType.Double, 12.5),
        ("float32", 12.5, VariantType.Float, 12.5),
        ("int16", -3, VariantType.Int16, -3.0),
        ("int16", -3, VariantType.SByte, -3.0),
        ("uint32", 4_000_000_000, VariantType.UInt32, 4e9),
        ("int64", -(2**53), VariantType.Int64, -(2.0**53)),
        ("uint64", 2**64 - 1, VariantType.UInt64, 2.0**64),
        ("float64", 7, VariantType.Byte, 7.0),
        ("bool", True, VariantType.Boolean, 1.0),
        ("bool", False, VariantType.Boolean, 0.0),
        ("bit:0", 0b101, VariantType.UInt16, 1.0),
        ("bit:1", 0b101, VariantType.UInt16, 0.0),
        ("bit:15", -1, VariantType.Int16, 1.0),
    ],
)
def test_a_value_is_taken(type_: str, raw: Any, kind: VariantType, expected: float) -> None:
    assert read(node(type_), value(raw, kind)) == (expected, GOOD)


@pytest.mark.parametrize(
    ("type_", "raw", "kind"),
    [
        ("float64", "12.5", VariantType.String),
        ("float64", True, VariantType.Boolean),
        ("int16", NOW, VariantType.DateTime),
        ("bool", 1, VariantType.Int16),
        ("bit:3", 8.0, VariantType.Double),
        ("string:8", 12.5, VariantType.Double),
        ("string:8", b"abc", VariantType.ByteString),
        ("float64", [1.0, 2.0], VariantType.Double),
        ("float64", [], VariantType.Double),
    ],
)
def test_another_type_is_a_fault_of_the_point_list(type_: str, raw: Any, kind: VariantType) -> None:
    number, quality = read(node(type_), value(raw, kind))
    assert math.isnan(number)
    assert quality == BAD | CONFIG


@pytest.mark.parametrize(
    "given_",
    [
        ua.DataValue(),
        ua.DataValue(ua.Variant()),
        value(math.nan),
        value(math.inf),
        value(-math.inf),
        value(None, VariantType.String),
    ],
)
def test_what_is_no_number_is_bad(given_: ua.DataValue) -> None:
    number, quality = read(node(), given_)
    assert math.isnan(number)
    assert quality == BAD | SENSOR


def test_a_scale_that_leads_out_of_all_numbers_is_bad() -> None:
    number, quality = read(node(scale=1e300), value(1e300))
    assert math.isnan(number)
    assert quality == BAD | SENSOR


def test_scale_and_offset_make_the_house_value() -> None:
    decoded = decode(
        decoding([node("int16", 0.1, -40.0), node(scale=2.0)]),
        [value(455, VariantType.Int16), value(3.0)],
        np.array([NOW_NS, NOW_NS]),
    )
    np.testing.assert_allclose(decoded.values, [5.5, 6.0])


def test_a_bad_value_is_dropped_and_an_uncertain_one_kept() -> None:
    bad = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
    last = ua.StatusCode(ua.StatusCodes.UncertainLastUsableValue)
    assert math.isnan(read(node(), value(5.0, StatusCode=bad))[0])
    assert read(node(), value(5.0, StatusCode=last)) == (5.0, UNCERTAIN | STALE)


@pytest.mark.parametrize(
    ("raw", "text"), [("Pumpe 1", "Pumpe 1"), ("Rød;æ", "Rød;æ"), ("V2.1\0\0", "V2.1"), ("  ", ""), ("", "")]
)
def test_a_text_becomes_its_code(raw: str, text: str) -> None:
    for given_ in (value(raw, VariantType.String), value(ua.LocalizedText(raw), VariantType.LocalizedText)):
        decoded = one(node("string:8", scale=3.0, offset=1.0), given_)
        assert decoded.values[0] == datatypes.text_code(text)
        assert decoded.texts == {datatypes.text_code(text): text}
        assert decoded.quality[0] == GOOD


@pytest.mark.parametrize(
    "given_",
    [
        value(None, VariantType.String),
        value(ua.LocalizedText(None), VariantType.LocalizedText),
        value(b"\xff\xfe".decode("utf-8", errors="surrogateescape"), VariantType.String),
    ],
)
def test_what_is_no_text_is_bad(given_: ua.DataValue) -> None:
    decoded = one(node("string:8"), given_)
    assert decoded.quality[0] == BAD | SENSOR
    assert not decoded.texts


def test_a_source_time_is_kept_however_old() -> None:
    for source in (NOW, NOW - timedelta(days=365 * 20), NOW + timedelta(seconds=59)):
        decoded = one(node(), value(1.0, SourceTimestamp=source))
        assert decoded.source_t_ns[0] == int(source.timestamp()) * SECOND_NS
        assert decoded.quality[0] == GOOD


@pytest.mark.parametrize(
    "source",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1601, 1, 1, 0, 0, 1, tzinfo=UTC),
        NOW + timedelta(seconds=61),
    ],
)
def test_an_impossible_source_time_is_dropped_and_told(source: datetime) -> None:
    decoded = one(node(), value(5.0, SourceTimestamp=source))
    assert decoded.values[0] == 5.0
    assert decoded.quality[0] == UNCERTAIN | CLOCK
    assert decoded.source_t_ns[0] == NO_SOURCE_TIME


def test_a_wrong_clock_makes_a_bad_value_no_better() -> None:
    bad = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
    decoded = one(node(), value(5.0, StatusCode=bad, SourceTimestamp=datetime(1970, 1, 1, tzinfo=UTC)))
    assert decoded.quality[0] == BAD | SENSOR | CLOCK


def test_the_null_time_is_no_time() -> None:
    for source in (None, datetime(1601, 1, 1, tzinfo=UTC)):
        decoded = one(node(), value(1.0, SourceTimestamp=source))
        assert (decoded.quality[0], decoded.source_t_ns[0]) == (GOOD, NO_SOURCE_TIME)


def test_the_future_is_counted_from_the_arrival_of_each_value() -> None:
    source = NOW + timedelta(seconds=90)
    both = decode(
        decoding([node(), node()]),
        [value(1.0, SourceTimestamp=source)] * 2,
        np.array([NOW_NS, NOW_NS + 40 * SECOND_NS]),
    )
    assert list(both.quality) == [UNCERTAIN | CLOCK, GOOD]


@given(st.floats(), st.integers(0, 2**32 - 1), st.datetimes(datetime(1601, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001
def test_never_nan_beside_good_nor_an_impossible_time(raw: float, status: int, source: datetime) -> None:
    decoded = one(node(), value(raw, StatusCode=ua.StatusCode(status), SourceTimestamp=source.replace(tzinfo=UTC)))
    assert math.isnan(decoded.values[0]) == (decoded.quality[0] >= BAD)
    time = decoded.source_t_ns[0]
    assert time == NO_SOURCE_TIME or OLDEST_NS <= time <= NOW_NS + AHEAD_NS


@pytest.mark.parametrize(
    ("type_", "house", "raw", "kind"),
    [
        ("float64", 5.5, 455.0, VariantType.Double),
        ("float32", 5.5, 455.0, VariantType.Float),
        ("int16", 5.5, 455, VariantType.Int16),
        ("int16", 5.54, 455, VariantType.Int16),
        ("uint64", 60.0, 1000, VariantType.UInt64),
    ],
)
def test_a_house_value_is_written_as_the_node_has_it(type_: str, house: float, raw: float, kind: VariantType) -> None:
    variant = encode(node(type_, 0.1, -40.0), house)
    assert variant.VariantType == kind
    assert variant.Value == pytest.approx(raw)
    assert type(variant.Value) is type(raw)


def test_a_command_is_written_as_boolean() -> None:
    assert encode(node("bool"), 1.0) == ua.Variant(True, VariantType.Boolean)
    assert encode(node("bool"), 0.0) == ua.Variant(False, VariantType.Boolean)


@pytest.mark.parametrize(
    ("type_", "house"),
    [
        ("float64", math.nan),
        ("float64", math.inf),
        ("float32", 1e39),
        ("int16", 32768.0),
        ("uint16", -1.0),
        ("bool", 0.5),
        ("bool", 2.0),
        ("string:8", 1.0),
        ("bit:1", 1.0),
    ],
)
def test_what_the_node_cannot_hold_is_not_written(type_: str, house: float) -> None:
    with pytest.raises(ValueError, match=r"no value|does not fit|neither|cannot be written"):
        encode(node(type_), house)


@given(st.integers(-32768, 32767), st.sampled_from([0.001, 0.1, 1.0, 3.6]), st.sampled_from([0.0, -40.0]))
def test_what_is_written_is_what_is_read(raw: int, scale: float, offset: float) -> None:
    of = node("int16", scale, offset)
    house = one(of, value(raw, VariantType.Int16)).values[0]
    assert encode(of, float(house)).Value == raw
