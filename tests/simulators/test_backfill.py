"""The past: order, columns, quality, ranges, determinism, and the state file that serving goes on from."""

from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import text_code
from sdanlegg.quality import BAD, GOOD, SENSOR
from sdanlegg.readings import Reading
from sdanlegg.site import Site
from simulators import snapshot
from simulators.backfill import backfill
from simulators.twin import beginning
from tests.support.twin import NOON_IN_JUNE, only

START = NOON_IN_JUNE
HOUR = 3600 * SECOND_NS


@pytest.fixture(scope="module")
def hours(hall: Site) -> list[Reading]:
    """Three hours, every two minutes."""
    return list(backfill(hall, START, START + 3 * HOUR, step_s=120.0))


def test_one_reading_per_device_and_step_in_time_order(hall: Site, hours: list[Reading]) -> None:
    assert len(hours) == 90 * len(hall.devices)
    times = [r.t_ns for r in hours]
    assert times == sorted(times)
    assert sorted(set(times)) == list(range(START, START + 3 * HOUR, 120 * SECOND_NS))
    assert [r.device for r in hours[: len(hall.devices)]] == [d.id for d in hall.devices]


def test_columns_are_the_devices_own_and_ascending(hall: Site, hours: list[Reading]) -> None:
    first = hours[: len(hall.devices)]
    for r in first:
        assert r.columns.dtype == np.int32
        assert (np.diff(r.columns) > 0).all()
        assert {hall.points.points[c].device for c in r.columns} == {r.device}
    assert sorted(c for r in first for c in r.columns) == list(range(len(hall.points)))


def test_good_in_range_or_absent_with_its_reason(hall: Site, hours: list[Reading]) -> None:
    absent = set()
    for r in hours:
        assert r.quality.dtype == np.uint16
        missing = np.isnan(r.values)
        assert (r.quality[~missing] == GOOD).all()
        assert (r.quality[missing] == BAD | SENSOR).all()
        absent |= {hall.points.points[c].id for c in r.columns[missing]}
        inside = (r.values >= hall.points.lo[r.columns]) & (r.values <= hall.points.hi[r.columns])
        assert (inside | missing).all(), [hall.points.points[c].id for c in r.columns[~(inside | missing)]]
    assert absent == {"pv_wall.v_ph_c", "pv_bikes.tmp_cab"}


def test_counters_never_fall(hall: Site, hours: list[Reading]) -> None:
    last: dict[str, Reading] = {}
    moved = 0
    for r in hours:
        if r.device in last:
            counts = hall.points.is_counter[r.columns]
            change = r.values[counts] - last[r.device].values[counts]
            assert (change >= 0).all()
            moved += int((change > 0).any())
        last[r.device] = r
    assert moved > 1000


def test_texts_stand_beside_their_codes(hall: Site, hours: list[Reading]) -> None:
    reading = next(r for r in hours if r.device == "floor_main")
    column = hall.points.column["floor_main.firmware"]
    code = reading.values[list(reading.columns).index(column)]
    assert code == text_code("FS 1.8")
    assert reading.texts[int(code)] == "FS 1.8"


def test_values_are_what_the_registers_can_say(hall: Site, hours: list[Reading]) -> None:
    def column(id_: str) -> np.ndarray:
        c = hall.points.column[id_]
        return np.array([r.values[list(r.columns).index(c)] for r in hours if c in r.columns])

    tenths = column("ahu1.extract_t") / 0.1
    assert np.allclose(tenths, np.rint(tenths), atol=1e-6)
    watts = column("pv_roof.w") / 0.01
    assert np.allclose(watts, np.rint(watts), atol=1e-6)
    single = column("vp1.supply_t")
    assert (single.astype(np.float32) == single).all()


def test_same_seed_and_times_same_values(hall: Site) -> None:
    small = only(hall, "weather", "people", "el_main")

    def rows(seed: int) -> list[list[float]]:
        return [r.values.tolist() for r in backfill(small, START, START + HOUR // 4, step_s=60.0, seed=seed)]

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


def test_state_file_goes_on_where_the_past_ended(hall: Site, state_file: Path) -> None:
    small = only(hall, "el_fans", "pv_roof")
    readings = list(backfill(small, START, START + HOUR, step_s=60.0, state_file=state_file))
    saved = snapshot.load(state_file)
    assert saved is not None
    assert saved.state.t_ns == START + HOUR
    resumed = beginning(small, START + HOUR, 1, state_file)
    assert resumed == saved
    last = next(r for r in reversed(readings) if r.device == "el_fans")
    column = list(last.columns).index(small.points.column["el_fans.import_kwh"])
    assert saved.meters.t_ns == last.t_ns
    assert saved.meters.seen["el_fans.import_kwh"] == pytest.approx(last.values[column], abs=1e-3)
    again = list(backfill(small, START + HOUR, START + 2 * HOUR, step_s=60.0, state_file=state_file))
    gone = saved.state.meters.el_kwh.fans - saved.meters.counted["el_fans.import_kwh"]
    assert 0.0 < gone < 1.0
    assert again[0].values[column] - last.values[column] == pytest.approx(gone, rel=0.02, abs=1e-3)


def test_step_is_free_and_the_plant_takes_short_ones(hall: Site) -> None:
    small = only(hall, "el_fans")
    readings = list(backfill(small, START, START + HOUR, step_s=900.0))
    assert [r.t_ns - START for r in readings] == [0, 900 * SECOND_NS, 1800 * SECOND_NS, 2700 * SECOND_NS]
