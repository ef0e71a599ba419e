"""Lines are parsed back here by a plain reading of the format, one character at a time."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.historian.mirrors.lines import Series, Template, escape, heartbeat, told
from sdanlegg.quality import BAD, COMM, NO_SAMPLE, UNCERTAIN
from tests.support.history import T0
from tests.support.points import point, register

NARROW = Series("vp1.supply_t", "temperature", "gauge", "°C", "320.001", False)
WIDE = Series("el_main.import_kwh", "energy", "counter", "kWh", "432.001", True)
NAMES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\\"), max_size=12)


def cut(text: str, at: str) -> list[str]:
    """Pieces between separators that no backslash protects."""
    pieces, piece, characters = [], "", iter(text)
    for character in characters:
        if character == "\\":
            piece += character + next(characters)
        elif character == at:
            pieces.append(piece)
            piece = ""
        else:
            piece += character
    return [*pieces, piece]


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def parse(line: bytes) -> tuple[str, dict[str, str], dict[str, float | int], int]:
    """Measurement, tags, fields (float or int by their writing), time."""
    head, fields, t_ns = cut(line.decode(), " ")
    measurement, *tags = cut(head, ",")
    made = {key: int(v[:-1]) if v.endswith("i") else float(v) for key, v in (f.split("=") for f in fields.split(","))}
    return plain(measurement), {plain(k): plain(v) for k, v in (cut(tag, "=") for tag in tags)}, made, int(t_ns)


def lines(series: list[Series], rows: list[list[float]], quality: object = 0) -> list[bytes]:
    values = np.array(rows, float)
    q = np.broadcast_to(np.asarray(quality, np.uint16), values.shape)
    return Template("holmen", series).render(T0 + np.arange(len(rows)), values, q)


def test_a_line_reads_as_it_is_promised():
    narrow, wide = lines([NARROW, WIDE], [[21.1, 131072.01]])
    tags = "device=vp1,kind=gauge,point=supply_t,site=holmen,system=320.001,unit=°C"
    assert narrow.decode() == f"temperature,{tags} value=21.1,quality=0i 1750000000000000000"
    tags = "device=el_main,kind=counter,point=import_kwh,site=holmen,system=432.001,unit=kWh"
    assert wide.decode() == f"energy,{tags} value=131072.01,quality=0i 1750000000000000000"


def test_a_series_is_made_of_a_point():
    made = Series.of(
        point("vp1.supply_t", register("float32"), tfm="=320.001-RT401", unit="°C", quantity="temperature")
    )
    assert made == NARROW


def test_rows_come_in_their_order_and_points_within_them():
    got = lines([WIDE, NARROW, WIDE], [[1, 2, 3], [4, 5, 6]])
    ids = ["el_main.import_kwh", "vp1.supply_t", "el_main.import_kwh"]
    assert [told(line) for line in got] == [(id_, T0) for id_ in ids] + [(id_, T0 + 1) for id_ in ids]
    assert [parse(line)[2]["value"] for line in lines([WIDE, NARROW, WIDE], [[1, 2, 3], [4, 5, 6]])] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def test_missing_values_have_a_quality_only_and_absent_samples_no_line():
    q = [[BAD | COMM, 0, NO_SAMPLE], [UNCERTAIN, BAD, BAD]]
    got = [
        parse(line)[2:] for line in lines([NARROW, WIDE, NARROW], [[np.nan, 5, np.nan], [np.inf, -np.inf, 1e300]], q)
    ]
    assert got == [
        ({"quality": BAD | COMM}, T0),
        ({"value": 5.0, "quality": 0}, T0),
        ({"quality": UNCERTAIN}, T0 + 1),
        ({"quality": BAD}, T0 + 1),
        ({"quality": BAD}, T0 + 1),
    ]
    assert lines([NARROW], [[np.nan]], NO_SAMPLE) == []
    assert lines([], [[]]) == []


def test_types_never_change():
    text = [line.decode().split(" ")[1] for line in lines([NARROW, WIDE], [[1, 1], [0, -0.0], [1e-7, 2.0**53]])]
    assert [fields.split(",")[1] for fields in text] == ["quality=0i"] * 6
    assert not any(re.search(r"value=[^,]*[it]", fields) for fields in text)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_digit_that_is_kept_is_sent(wide, narrow):
    exact, short = (parse(line)[2]["value"] for line in lines([WIDE, NARROW], [[wide, narrow]]))
    assert exact == wide
    assert float(np.float32(short)) == narrow
    assert len(repr(short)) <= len(repr(narrow))


@given(*[NAMES] * 5, st.integers(0, 2**62))
def test_any_text_comes_back(name, quantity, unit, system, site, t_ns):
    series = Series(f"d.{name}", f"m{quantity}", "gauge", unit, system, False)
    (line,) = Template(site, [series]).render(np.array([t_ns]), np.ones((1, 1)), np.zeros((1, 1), np.uint16))
    tags = {"device": "d", "kind": "gauge", "point": name, "site": site, "system": system, "unit": unit}
    assert parse(line) == (f"m{quantity}", {k: v for k, v in tags.items() if v}, {"value": 1.0, "quality": 0}, t_ns)
    assert list(parse(line)[1]) == sorted(parse(line)[1])
    if name:
        assert told(line) == (f"d.{name}", t_ns)


@pytest.mark.parametrize("text", ["a\nb", "a\\", "\x00", "\u2028"])
def test_what_no_engine_takes_back_is_refused(text):
    with pytest.raises(ValueError, match="cannot stand in a line"):
        escape(text)


def test_the_heartbeat():
    line = heartbeat("holmen bad", T0, 412)
    assert line == rb"hall,site=holmen\ bad heartbeat=1750000000.0,water_area_m2=412.0 1750000000000000000"
    assert told(line) == ("", T0)
