"""Entries and changes of the live stream, as pure functions."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.frames import changed, entries, event
from sdanlegg.live import LiveView
from sdanlegg.quality import BAD, COMM, MANUAL, NO_SAMPLE, RANGE, STALE, UNCERTAIN
from sdanlegg.readings import NO_SOURCE_TIME

IDS = ("a", "b", "c", "d")
T_NS = 1_795_428_000_123_456_789


def view(values: list[float], quality: list[int], t_ns: int = T_NS) -> LiveView:
    n = len(values)
    times = np.array([0 if q == NO_SAMPLE else t_ns for q in quality], np.int64)
    return LiveView(T_NS, np.array(values), np.array(quality, np.uint16), times, np.full(n, NO_SOURCE_TIME, np.int64))


def found(values: list[float], quality: list[int], texts: dict[int, str] | None = None) -> dict[str, object]:
    """Entries of all columns; b is a text."""
    return dict(entries(view(values, quality), np.arange(len(values)), IDS, frozenset({1}), texts or {}))


def test_an_entry_holds_what_is_known_and_no_more() -> None:
    t = T_NS // 1_000_000
    got = found([45.25, 7.0, math.nan, 1.0], [0, 0, NO_SAMPLE, BAD | COMM | STALE], {7: "EM340"})
    assert got == {
        "a": (45.25, 0, t),
        "b": ("EM340", 0, t),
        "c": (pytest.approx(math.nan, nan_ok=True), 2, None),
        "d": (1.0, 2, t, ["comm", "stale"]),
    }


def test_a_good_value_with_a_reason_tells_it_and_a_doubtful_one_without_tells_none() -> None:
    t = T_NS // 1_000_000
    got = found([1.0, math.nan, 2.0, 3.0], [MANUAL, BAD, UNCERTAIN, UNCERTAIN | RANGE])
    assert got == {"a": (1.0, 0, t, ["manual"]), "b": (None, 2, t), "c": (2.0, 1, t), "d": (3.0, 1, t, ["range"])}


def test_a_text_that_nobody_read_is_none() -> None:
    assert found([1.0, 8.0, 2.0, 3.0], [0, 0, 0, 0], {7: "EM340"})["b"] == (None, 0, T_NS // 1_000_000)


@pytest.mark.parametrize(
    ("before", "after", "columns"),
    [
        (([1.0, 2.0], [0, 0]), ([1.0, 2.0], [0, 0]), []),
        (([1.0, 2.0], [0, 0]), ([1.0, 2.5], [0, 0]), [1]),
        (([1.0, 2.0], [0, 0]), ([1.0, 2.0], [UNCERTAIN, 0]), [0]),
        (([1.0, 2.0], [BAD, 0]), ([1.0, 2.0], [BAD | COMM, 0]), [0]),
        (([math.nan, 2.0], [BAD, 0]), ([math.nan, 2.0], [BAD, 0]), []),
        (([math.nan, 2.0], [BAD, 0]), ([1.0, math.nan], [0, BAD]), [0, 1]),
        (([0.0, 2.0], [0, 0]), ([-0.0, 2.0], [0, 0]), []),
    ],
)
def test_only_another_value_or_quality_is_a_change(
    before: tuple[list[float], list[int]], after: tuple[list[float], list[int]], columns: list[int]
) -> None:
    assert changed(view(*before), view(*after, t_ns=T_NS + 5_000_000_000)).tolist() == columns


@given(st.lists(st.floats(), min_size=4, max_size=4), st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4))
def test_every_bit_pattern_is_json_and_keeps_its_grade(values: list[float], quality: list[int]) -> None:
    text = event("d", {"v": found(values, quality)}, 7).decode()
    head, _, data = text.rstrip("\n").partition("data: ")
    assert head == "id: 7\nevent: d\n"
    assert "\n" not in data
    got = json.loads(data, parse_constant=pytest.fail)["v"]
    for name, value, q in zip(IDS, values, quality, strict=True):
        assert got[name][1] == (2 if q >= BAD else 1 if q >= UNCERTAIN else 0)
        assert name == "b" or got[name][0] == (value if math.isfinite(value) else None)


def test_a_frame_is_one_event() -> None:
    assert event("hb", {"t_ms": 5}) == b'event: hb\ndata: {"t_ms":5}\n\n'
