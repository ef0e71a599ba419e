"""The stage in its place: the whole hall's row, a day's balance, live beside backfill, and restarts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators import snapshot
from simulators.backfill import backfill
from simulators.metering.instruments import EXACT, instrument_of
from simulators.plant import ledger
from simulators.quantise import Quantiser
from simulators.twin import Twin, beginning
from tests.support.twin import NOON_IN_JUNE, only

MINUTE_NS, HOUR_NS = 60 * SECOND_NS, 3600 * SECOND_NS


@pytest.fixture(scope="module")
def twin(hall: Site) -> Twin:
    twin = Twin(hall, beginning(hall, NOON_IN_JUNE, 1, None), 1)
    twin.shown()
    assert twin.advance(NOON_IN_JUNE + 5 * MINUTE_NS, 100)
    return twin


def test_exact_points_pass_untouched_and_all_that_measure_err(hall: Site, twin: Twin) -> None:
    truth, shown = twin.truth(), twin.shown()
    assert shown.texts == truth.texts
    maps = {device.id: device.map for device in hall.devices}
    for point, true, told in zip(hall.points, truth.values.tolist(), shown.values.tolist(), strict=True):
        if np.isnan(true):
            assert np.isnan(told)
        elif instrument_of(maps[point.device], point) == EXACT:
            assert told == true, point.id
        elif true > 0.0 and point.kind == "gauge" and not point.min <= true == point.max:
            assert told != true, point.id


def test_other_seeds_have_other_instruments_and_the_same_truth(hall: Site) -> None:
    begun = beginning(hall, NOON_IN_JUNE, 1, None)
    one, two = (Twin(hall, begun, seed) for seed in (1, 2))
    assert np.array_equal(one.truth().values, two.truth().values, equal_nan=True)
    assert (one.shown().values != two.shown().values).sum() > 300
    assert np.array_equal(one.shown().values, Twin(hall, begun, 1).shown().values, equal_nan=True)


def test_a_days_submeters_miss_the_main_meter_by_what_classes_allow(hall: Site) -> None:
    """What the main meter and the sun gave less what submeters took: the unmetered loads, and the meters' errors."""
    small = only(hall, *(d.id for d in hall.devices if d.id.startswith(("el_", "pv_"))))
    signs = dict.fromkeys((p.id for p in small.points if p.name in {"import_kwh", "wh_kwh"}), -1.0)
    given = dict.fromkeys((id_ for id_ in signs if id_.startswith(("pv_", "el_main"))), 1.0)
    signs |= given | {"el_main.export_kwh": -1.0}
    columns, weights = [small.points.column[id_] for id_ in signs], np.array(list(signs.values()))
    assert len(columns) == 15
    for seed in (1, 2, 3):
        twin = Twin(small, beginning(small, NOON_IN_JUNE, 1, None), seed)
        first = np.array([twin.truth().values[columns], twin.shown().values[columns]])
        for k in range(24 * 12):
            assert twin.advance(NOON_IN_JUNE + (k + 1) * 5 * MINUTE_NS, 100)
            last = np.array([twin.truth().values[columns], twin.shown().values[columns]])
        gone = last - first
        true, told = gone @ weights
        assert true > 0.0
        assert 1e-5 < abs(told - true) / gone[0].sum() < 0.015


def test_the_truth_of_electricity_closes_at_every_step(hall: Site) -> None:
    small = only(hall, "el_main")
    twin = Twin(small, beginning(small, NOON_IN_JUNE, 1, None), 1)
    assert hall.network is not None
    into, out = hall.network.into("el.main"), hall.network.out_of("el.main")
    assert min(len(into), len(out)) >= 4
    for k in range(60):
        assert twin.advance(NOON_IN_JUNE + (k + 1) * MINUTE_NS, 100)
        flows = ledger.flows(twin.state)
        given, taken = (sum(flows[flow.id] for flow in side) for side in (into, out))
        assert given == pytest.approx(taken, rel=1e-9)


def test_live_values_are_those_of_backfill_at_the_same_instants(hall: Site) -> None:
    readings = list(backfill(hall, NOON_IN_JUNE, NOON_IN_JUNE + 10 * MINUTE_NS, step_s=60.0))
    twin = Twin(hall, beginning(hall, NOON_IN_JUNE, 1, None), 1)
    quantise, at = Quantiser(hall.points.points), iter(readings)
    for k in range(10):
        assert twin.advance(NOON_IN_JUNE + k * MINUTE_NS, 100)
        row = quantise(twin.shown().values)
        for device in twin.devices:
            reading = next(at)
            assert reading.device == device.device.id
            assert np.array_equal(reading.values, row[reading.columns], equal_nan=True)
            for bound, value in zip(device.points, twin.values(device), strict=True):
                raw = twin.shown().values[bound.column]
                assert value == twin.shown().texts.get(bound.column, raw) or np.isnan(raw)


def test_a_restart_changes_nothing(hall: Site, tmp_path: Path) -> None:
    small = only(hall, "hm_condenser", "hm_floor", "vp1", "el_main", "el_snow", "wm_tap", "wells", "filter_main")
    file = tmp_path / "state.json"

    def rows(twin: Twin, minutes: range) -> list[np.ndarray]:
        found = []
        for k in minutes:
            assert twin.advance(NOON_IN_JUNE + k * MINUTE_NS, 100)
            found.append(twin.shown().values)
        return found

    whole = rows(Twin(small, beginning(small, NOON_IN_JUNE, 1, None), 1), range(40))
    first = Twin(small, beginning(small, NOON_IN_JUNE, 1, None), 1)
    halves = rows(first, range(20))
    snapshot.save(first.saved(), file)
    halves += rows(Twin(small, beginning(small, NOON_IN_JUNE + 19 * MINUTE_NS, 1, file), 1), range(20, 40))
    assert np.array_equal(np.array(whole), np.array(halves), equal_nan=True)


def test_counters_never_fall_over_a_stop_or_a_new_device(hall: Site, tmp_path: Path) -> None:
    file, few, more = tmp_path / "state.json", only(hall, "el_main"), only(hall, "el_main", "hm_air")
    last = 0.0
    for start in (0, 2, 100):  # hours; the last stop is longer than the plant lives through
        site = few if start == 0 else more
        readings = list(
            backfill(site, NOON_IN_JUNE + start * HOUR_NS, NOON_IN_JUNE + (start + 1) * HOUR_NS, step_s=300.0,
                     state_file=file)
        )  # fmt: skip
        mains = [last, *(float(r.values[0]) for r in readings if r.device == "el_main")]
        assert site.points.points[0].id == "el_main.import_kwh"
        assert all(b >= a for a, b in pairwise(mains))
        last = mains[-1]
