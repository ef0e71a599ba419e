"""Every scenario of the hall changes what its truth says, that way, and nothing before it begins."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.config import load_site
from sdanlegg.quality import BAD, CLOCK, COMM, CONFIG, RANGE, RESET, SENSOR, UNCERTAIN
from sdanlegg.site import Site
from simulators.past import stretches
from simulators.plant.ledger import flows
from simulators.scenario.folder import scenario_files
from simulators.scenario.kinds import KINDS
from simulators.scenario.model import Scenario
from simulators.scenario.read import load_scenario
from simulators.twin import Twin, beginning
from tests.support import holmen
from tests.support.scenarios import HOUR_NS, Past, differs, expanded, fault, past, scenario
from tests.support.twin import only

HALL = holmen.CONFIG / "holmen"
LONGEST_H = 12.0
FILES = {file.stem: file for file in scenario_files(HALL)}
# What a fault of the plant makes more (+) or less (-): of a counter what it counts, of a gauge its mean.
MORE_OR_LESS = {
    "backwash_every_hour": "+wm_backwash.volume_m3 +filter_main.backwash_count",
    "boiler_stuck": "+el_boiler.import_kwh +tv1.header_kwh",
    "circulation_loss": "-tv1.vvc_return_t",
    "day_rules_at_night": "+el_fans.import_kwh +ahu1.supply_flow",
    "dosing_lost": "-filter_main.cl_free -filter_main.redox",
    "failed_drying": "-ahu2.condensate_m3 -ahu2.hp_el_kwh",
    "failed_recovery": "+ahu1.exhaust_t +hm_vent.energy_kwh",
    "floor_left_down": "+floor_main.position",
    "fouled_filter": "+filter_main.tmp -filter_main.permeability",
    "greywater_fouled": "-hm_grey.energy_kwh +gv1.drain_out_t",
    "leaking_basin": "+wm_makeup_main.volume_m3",
    "light_stuck": "+el_light.import_kwh",
    "melting_stuck": "+hm_snow.energy_kwh",
    "refrigerant_loss": "-hm_condenser.energy_kwh",
    "short_cycling": "+vp1.starts",
    "shower_stuck": "+wm_mains.volume_m3 +wm_tap.volume_m3",
    "snow_on_modules": "-pv_roof.wh_kwh",
    "soiling": "-pv_roof.wh_kwh -pv_wall.wh_kwh -pv_bikes.wh_kwh",
    "worn_brine_pump": "-vp1.brine_flow -vp1.brine_out_t",
}


@cache
def hall() -> Site:
    return load_site(HALL, secrets=False)


@cache
def scenario_of(name: str) -> Scenario:
    return load_scenario(FILES[name], hall())


@cache
def sound_from(begin_ns: int) -> Past:
    return past(hall(), begin_ns, LONGEST_H, None)


@cache
def run(name: str) -> tuple[Past, Past]:
    """A scenario's run, and the same time in a sound hall."""
    one = scenario_of(name)
    faulty = past(hall(), one.begin_ns, min(one.hours, LONGEST_H), one)
    return faulty, sound_from(one.begin_ns).cut(faulty.times.size)


def of_layer(layer: str) -> list[str]:
    """Names of the scenarios with faults of one layer only."""
    kinds = {
        name: {f["kind"] for f in tomllib.loads(file.read_text("utf-8")).get("fault", [])}
        for name, file in FILES.items()
    }
    return [name for name, words in kinds.items() if {KINDS[word].layer for word in words} == {layer}]


def changed(name: str) -> set[str]:
    faulty, sound = run(name)
    points = hall().points.points
    return {points[c].id for c in np.flatnonzero(differs(faulty, sound).any(axis=0))}


@pytest.mark.parametrize("name", FILES)
def test_nothing_differs_before_the_first_fault(name: str) -> None:
    faulty, sound = run(name)
    starts = [one.start_ns for one in scenario_of(name).planted(scenario_of(name).begin_ns)]
    before = faulty.times < min(starts, default=1 << 62)
    assert not differs(faulty, sound)[before].any()


def test_the_sound_hall_stays_sound() -> None:
    assert changed("sound") == set()


@pytest.mark.parametrize("name", of_layer("meter"))
def test_a_faulty_meter_spoils_the_points_that_its_truth_names_and_no_other(name: str) -> None:
    named = {p for one in scenario_of(name).faults for p in one.truth.points}
    found = changed(name)
    assert found <= expanded(tuple(named), hall().points.points)
    assert found >= {p for p in named if p in hall().points.column}
    assert {p.partition(".")[0] for p in found} == {p.partition(".")[0] for p in named}


@pytest.mark.parametrize("name", of_layer("device"))
def test_a_faulty_controller_spoils_its_own_points_and_no_other(name: str) -> None:
    named = {p for one in scenario_of(name).faults for p in one.truth.points}
    found = changed(name)
    assert found <= expanded(tuple(named), hall().points.points)
    assert {p.partition(".")[0] for p in found} == named


@pytest.mark.parametrize("name", [*of_layer("plant"), "bad_winter_day"])
def test_a_faulty_plant_shows_at_the_points_that_its_truth_names(name: str) -> None:
    found = changed(name)
    for one in scenario_of(name).faults:
        for named in one.truth.points:
            assert named in found or any(id_.partition(".")[0] == named for id_ in found), named


def test_more_or_less_is_told_of_every_fault_of_the_plant() -> None:
    assert set(MORE_OR_LESS) == set(of_layer("plant"))


@pytest.mark.parametrize("name", of_layer("plant"))
def test_a_faulty_plant_shows_that_way(name: str) -> None:
    faulty, sound = run(name)
    after = faulty.times >= min(one.start_ns for one in scenario_of(name).planted(scenario_of(name).begin_ns))
    for word in MORE_OR_LESS[name].split():
        column = hall().points.column[word[1:]]
        counts = hall().points.is_counter[column]
        gone = faulty.values[after, column] - sound.values[after, column]
        gone = gone[-1:] if counts else gone[np.isfinite(gone)]
        assert gone.size
        assert float(gone.mean()) * (1.0 if word[0] == "+" else -1.0) > 0.0, word


@pytest.mark.parametrize("name", of_layer("plant"))
def test_the_flows_that_the_truth_names_are_others(name: str) -> None:
    """On the plant's own truth, summed over the run; and the same up to the start."""
    one, summed = scenario_of(name), []
    for planted in (one.planted(one.begin_ns), ()):
        twin = Twin(hall(), beginning(hall(), one.begin_ns, 1, None), 1, None, planted)
        total = dict.fromkeys(flows(twin.state), 0.0)
        for k in range(1, round(min(one.hours, LONGEST_H) * 60)):
            twin.advance(one.begin_ns + k * HOUR_NS // 60, 1 << 30)
            for id_, value in flows(twin.state).items():
                total[id_] += value
        summed.append(total)
    for planted_fault in one.faults:
        for id_ in planted_fault.truth.flows:
            assert summed[0][id_] != summed[1][id_], id_


def test_the_same_scenario_runs_the_same_twice() -> None:
    one = scenario_of("bad_winter_day")
    again = past(hall(), one.begin_ns, 6.0, one)
    assert not differs(again, run("bad_winter_day")[0].cut(again.times.size)).any()


def quality_of(name: str, point: str, hours: float) -> int:
    faulty, _ = run(name)
    k = int(np.searchsorted(faulty.times, scenario_of(name).begin_ns + hours * HOUR_NS))
    return int(faulty.quality[k, hall().points.column[point]])


@pytest.mark.parametrize(
    ("name", "point", "hours", "quality"),
    [
        ("offline_heat_pump", "vp1.p_el", 2.0, BAD | COMM),
        ("offline_heat_pump", "vp1.p_el", 3.0, 0),
        ("offline_gateway", "el_boiler.p", 1.25, BAD | COMM),
        ("offline_gateway", "hm_grey.flow", 1.25, 0),
        ("silent_meter", "hm_grey.flow", 2.0, BAD | COMM),
        ("slow_controller", "tv1.boiler_kw", 2.0, BAD | COMM),
        ("modbus_exception", "ahu2.coil_kw", 2.0, BAD | COMM),
        ("bad_status", "floor_main.position", 2.0, BAD | SENSOR),
        ("broken_sensor", "filter_main.ph", 2.0, BAD | SENSOR),
        ("broken_sensor", "ahu3.supply_t", 3.0, UNCERTAIN | RANGE),
        ("meter_changed", "wm_mains.volume_m3", 4.0, UNCERTAIN | RESET),
        ("frozen_controller", "gv1.p_el", 2.0, 0),
    ],
)
def test_quality_is_the_collectors(name: str, point: str, hours: float, quality: int) -> None:
    assert quality_of(name, point, hours) == quality


def test_a_clock_that_is_behind_gives_old_source_times() -> None:
    faulty, _ = run("clock_off")
    column = hall().points.column["filter_main.ph"]
    told = faulty.source_ns[:, column]
    late = faulty.times >= scenario_of("clock_off").begin_ns + HOUR_NS
    assert (told[late] == faulty.times[late] - 2 * HOUR_NS).all()
    assert (told[~late] == 0).all()
    assert (faulty.quality[:, column] == 0).all()


@pytest.mark.parametrize(
    ("kind", "target", "line", "quality"),
    [
        ("exception", "vp1", "code = 2", BAD | CONFIG),
        ("exception", "filter_main", 'status = "UncertainSensorNotAccurate"', UNCERTAIN | SENSOR),
        ("clock_off", "filter_main", "ahead_s = 7200", UNCERTAIN | CLOCK),
    ],
)
def test_other_mishaps_are_marked_as_the_drivers_mark_them(
    tmp_path: Path, kind: str, target: str, line: str, quality: int
) -> None:
    small = only(hall(), target)
    trial = fault(kind, target, line, class_="communication", points=f'["{target}"]')
    one = scenario(tmp_path, small, trial)
    told = past(small, one.begin_ns, 0.5, one).quality
    assert (told & quality == quality).all()


@pytest.mark.parametrize("name", ["bad_winter_day", "wrong_word_order", "meter_changed"])
def test_the_past_as_arrays_is_the_past_as_readings(name: str) -> None:
    one, rows, every_ns = scenario_of(name), 54, HOUR_NS // 12
    readings = past(hall(), one.begin_ns, rows / 12, one, judged=False)
    twin = Twin(hall(), beginning(hall(), one.begin_ns, 1, None), 1, None, one.planted(one.begin_ns))
    found = list(stretches(twin, one.begin_ns, one.begin_ns + rows * every_ns, every_ns))
    np.testing.assert_array_equal(np.concatenate([s.values for s in found]), readings.values)
    np.testing.assert_array_equal(np.concatenate([s.quality for s in found]), readings.quality)
