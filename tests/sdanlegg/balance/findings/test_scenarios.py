"""The twin lives through the hall's scenarios: what is wrong is found and named, and nothing else in the sound days."""

from datetime import datetime, timedelta

import pytest

from sdanlegg.balance.findings.find import findings
from sdanlegg.balance.findings.records import Finding
from simulators.scenario.folder import find_scenario
from tests.support.twin_hours import HOUR_NS, after, hall, lead

SEED = 5  # no threshold was chosen with it
LEAD_DAYS = 24
DAYS = 4
# What staff forget and what snow hides happens in a sound hall as well, and is told.
OF_A_SOUND_HALL = {"floor_down", "modules_hidden"}
PLANT = {
    "backwash_every_hour": "washed_often",
    "boiler_stuck": "boiler_uncalled",
    "circulation_loss": "circulation_loss",
    "day_rules_at_night": "air_by_day",
    "dosing_lost": "dosing_weak",
    "failed_drying": "drying_low",
    "failed_recovery": "recovery_low",
    "floor_left_down": "floor_down",
    "fouled_filter": "fouling_fast",
    "greywater_fouled": "recovery_cop_low",
    "leaking_basin": "leak",
    "light_stuck": "power_on",
    "melting_stuck": "melting_uncalled",
    "refrigerant_loss": "cop_low",
    "short_cycling": "short_cycling",
    "shower_stuck": "water_runs",
    "snow_on_modules": "modules_hidden",
    "soiling": "modules_dirty",
    "worn_brine_pump": "flow_low",
}
METERS = {
    "biased_current_transformer": ("meter_changed", "el_fans"),
    "meter_changed": ("counter_anew", "wm_mains"),
    "reversed_heat_meter": ("reversed", "hm_pool_main"),
    "reversed_main_meter": ("reversed", "el_main"),
    "spikes": ("gauge_and_counter", "hm_tap"),
    "stuck_pool_temperature": ("stuck", "filter_main"),
    "stuck_power": ("stuck", "hm_pool_main"),
    "swapped_meters": ("meters_swapped", "el_light"),
    "swapped_sensors": ("sensors_swapped", "hm_floor"),
    "wrong_scale": ("gauge_and_counter", "wm_tap"),
    "wrong_scale_power": ("gauge_and_counter", "el_cafe"),
}


def lived(name: str) -> tuple[int, list[Finding]]:
    """First instant of the fault, and what is found but for what happens in sound halls before it."""
    site = hall()
    scenario = find_scenario(name, site)
    begin = datetime.fromtimestamp(scenario.begin_ns / 1e9, site.zone)
    day = begin.replace(hour=0, minute=0)
    before = lead(round((day - timedelta(days=LEAD_DAYS)).timestamp()) * 10**9, LEAD_DAYS * 24, SEED)
    planted = scenario.planted(scenario.begin_ns)
    seen = after(before, DAYS * 24, SEED, planted)
    assert site.network is not None
    assert site.rules is not None
    first_ns = min((one.start_ns for one in planted), default=scenario.begin_ns)
    found = findings(site.network, site.rules, seen)
    early = [one for one in found if one.kind not in OF_A_SOUND_HALL and (one.end_ns or 1 << 62) < first_ns - HOUR_NS]
    assert early == []
    return first_ns, [one for one in found if (one.end_ns or 1 << 62) >= first_ns]


@pytest.mark.parametrize(("name", "kind"), PLANT.items())
def test_what_is_wrong_with_the_plant_is_found(name: str, kind: str) -> None:
    first_ns, found = lived(name)
    ours = [one for one in found if one.kind == kind]
    assert ours, [one.nb.what for one in found]
    assert min(one.start_ns for one in ours) > first_ns - 26 * HOUR_NS  # rules by days begin with the day
    points = {subject for one in ours for subject in one.subjects}
    (fault,) = find_scenario(name, hall()).faults
    devices = {point.partition(".")[0] for point in fault.truth.points}
    assert devices & {point.partition(".")[0] for point in points}, points
    assert all(one.nb.what and one.nb.why and one.nb.do and one.en.what for one in ours)


@pytest.mark.parametrize(("name", "expected"), METERS.items())
def test_a_bad_meter_is_named(name: str, expected: tuple[str, str]) -> None:
    kind, device = expected
    _, found = lived(name)
    ours = [one for one in found if one.kind == kind and one.subjects[0].partition(".")[0] == device]
    assert ours, [(one.kind, one.subjects) for one in found]


def test_a_sound_hall_has_no_findings() -> None:
    _, found = lived("sound")
    assert [one for one in found if one.kind not in OF_A_SOUND_HALL] == []
