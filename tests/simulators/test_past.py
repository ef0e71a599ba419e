"""The past as arrays: the same values as the readings, whole days together, counters that end where they are to."""

import io
from typing import Any

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.backfill import backfill
from simulators.past import DAY_NS, Stretch, frames, stretches
from simulators.twin import Twin, beginning
from tests.support.twin import NOON_IN_JUNE

QUARTER = 900 * SECOND_NS


def twin_at(site: Site, t_ns: int) -> Twin:
    return Twin(site, beginning(site, t_ns, 1, None), 1)


@pytest.fixture(scope="module")
def three_days(hall: Site) -> list[Stretch]:
    """From a noon to the evening three days later, each quarter of an hour."""
    end_ns = NOON_IN_JUNE + 3 * DAY_NS + 8 * 3600 * SECOND_NS
    return list(stretches(twin_at(hall, NOON_IN_JUNE), NOON_IN_JUNE, end_ns, QUARTER))


def test_days_are_whole_and_nothing_is_left_out(three_days: list[Stretch]) -> None:
    assert [stretch.t_ns[0] % DAY_NS == 0 for stretch in three_days] == [False, True, True]
    times = np.concatenate([stretch.t_ns for stretch in three_days])
    assert (np.diff(times) == QUARTER).all()
    assert times[0] == NOON_IN_JUNE
    assert len(three_days[1].t_ns) == 2 * 96


def test_values_are_those_of_the_readings(hall: Site, three_days: list[Stretch]) -> None:
    first = three_days[0]
    readings = list(backfill(hall, NOON_IN_JUNE, NOON_IN_JUNE + 4 * QUARTER, step_s=900.0))
    for reading in readings:
        i = int(np.flatnonzero(first.t_ns == reading.t_ns)[0])
        np.testing.assert_array_equal(first.values[i, reading.columns], reading.values)
        np.testing.assert_array_equal(first.quality[i, reading.columns], reading.quality)
        assert (reading.texts or {}).items() <= first.texts.items()


def told(hall: Site, end_ns: int, counters: dict[int, float]) -> list[dict[str, Any]]:
    content = io.BytesIO(b"".join(frames(twin_at(hall, NOON_IN_JUNE), (NOON_IN_JUNE, end_ns, QUARTER), counters)))
    found = []
    while head := content.read(8):
        found.append(dict(np.load(io.BytesIO(content.read(int.from_bytes(head, "little"))))))
    return found


def test_frames_tell_all_and_how_far_it_is(hall: Site) -> None:
    """Without counters that are to stand elsewhere the frames hold what the stretches hold."""
    end_ns = NOON_IN_JUNE + DAY_NS
    found = told(hall, end_ns, {})
    shares = [float(frame["share"]) for frame in found]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "t_ns" not in found[0]
    plain = list(stretches(twin_at(hall, NOON_IN_JUNE), NOON_IN_JUNE, end_ns, QUARTER))
    filled = [frame for frame in found if "t_ns" in frame]
    for frame, stretch in zip(filled, plain, strict=True):
        np.testing.assert_array_equal(frame["t_ns"], stretch.t_ns)
        np.testing.assert_array_equal(frame["values"], stretch.values)
        np.testing.assert_array_equal(frame["quality"], stretch.quality)
        texts = dict(zip(frame["codes"].tolist(), frame["texts"].tolist(), strict=True))
        assert stretch.texts.items() <= texts.items()


def test_counters_end_where_they_are_to(hall: Site) -> None:
    """What a counter counts stays what it is; only where it stands is another."""
    end_ns = NOON_IN_JUNE + 8 * QUARTER
    column = hall.points.column["el_main.import_kwh"]
    plain, shifted = (
        np.concatenate([frame["values"] for frame in told(hall, end_ns, to) if "t_ns" in frame])
        for to in ({}, {column: 5_000_000.0})
    )
    others = np.arange(len(hall.points)) != column
    np.testing.assert_array_equal(plain[:, others], shifted[:, others])
    np.testing.assert_allclose(np.diff(shifted[:, column]), np.diff(plain[:, column]), atol=0.02)
    assert 0.0 < 5_000_000.0 - shifted[-1, column] < 100.0
