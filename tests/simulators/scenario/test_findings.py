"""A scenario that cannot be is refused with file, line, key and nearest spelling, whatever is wrong with it."""

from pathlib import Path

import pytest

from sdanlegg.config import FindingsError
from sdanlegg.errors import ConfigError, SdError
from sdanlegg.site import Site
from simulators.plant.faults import Faults
from simulators.scenario.folder import examine_scenarios, find_scenario
from simulators.scenario.kinds import KINDS, PLANT
from simulators.scenario.read import load_scenario
from tests.support.scenarios import HEAD, fault, found, written

LINE = HEAD.count("\n") + 3  # of the first fault's kind


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (fault("leek", "pool_main", class_="leak"), 0, "unknown kind of fault 'leek'; did you mean 'leak'?"),
        (fault("stuck", "vp1.p_ell"), 1, "stuck: unknown point 'vp1.p_ell'; did you mean 'vp1.p_el'?"),
        (fault("stuck", "vp1"), 1, "stuck: unknown point 'vp1'"),
        (fault("offline", "vp9", class_="communication"), 1, "offline: unknown device 'vp9'; did you mean 'vp1'?"),
        (fault("leak", "pool_mian", "m3_h = 1", class_="leak"), 1, "the target 'pool_mian' is none of pool_main"),
        (fault("leak", "pool_main", class_="leak"), -1, "leak: the key 'm3_h' is missing"),
        (fault("leak", "pool_main", "m3_h = -1", class_="leak"), 3, "m3_h: -1 is not between 0 and 50"),
        (fault("leak", "pool_main", 'm3_h = "1"', class_="leak"), 3, "m3_h: '1' is not a number"),
        (fault("leak", "pool_main", "m3_h = nan", class_="leak"), 3, "m3_h: nan is not a number"),
        (fault("soiling", "pv", "share = 1.2", class_="fouling"), 3, "share: 1.2 is not between 0 and 1"),
        (
            fault("soiling", "pv", "share = 1", "shere = 1", class_="fouling"),
            4,
            "unknown key 'shere'; did you mean 'share'?",
        ),
        (fault("bias", "vp1.p_el"), -1, "bias: give one of offset and share, not 0"),
        (fault("bias", "vp1.p_el", "offset = 1", "share = 0.1"), 4, "bias: give one of offset and share, not 2"),
        (fault("bias", "vp1.serial", "offset = 1"), 1, "vp1.serial is a text: bias can only befall a gauge"),
        (fault("drift", "vp1.heat_kwh", "per_day = 1"), 1, "vp1.heat_kwh is a counter: drift can only befall a gauge"),
        (fault("stuck", "vp1.supply_t_sp"), 1, "vp1.supply_t_sp is a setpoint: stuck can only befall a gauge or"),
        (fault("scale", "vp1.heat_kwh", "factor = 3"), 3, "factor: 3 is no wrong decimal point"),
        (fault("scale", "vp1.heat_kwh", "factor = 1"), 3, "factor: 1 is no wrong decimal point"),
        (fault("spikes", "vp1.p_el", "size = 9", 'every = "0s"'), 4, "every: 0s is not between 2 s and"),
        (fault("spikes", "vp1.p_el", "size = 9", 'every = "soon"'), 4, "every: 'soon' is not a duration"),
        (fault("stuck", "vp1.p_el", 'start = "2h"', 'end = "1h"'), 4, "stuck of vp1.p_el ends before it starts"),
        (fault("stuck", "vp1.p_el", 'start = "-2h"'), 3, "start: -2h is no instant"),
        (fault("stuck", "vp1.p_el", "start = 2026-01-14T06:00:00"), 3, "is no instant; write a date-time with its"),
        (fault("reset", "wm_mains", 'end = "1h"'), 3, "reset cannot end"),
        (fault("reset", "weather.outdoor_t"), 1, "weather.outdoor_t is a gauge: reset can only befall a counter"),
        (fault("swapped", "el_light", 'with = "el_lite"'), 3, "'el_lite' is no other device of the hall; did you"),
        (fault("swapped", "el_light", 'with = "el_light"'), 3, "el_light cannot be swapped with itself"),
        (fault("swapped", "el_light", 'with = "floor_main"'), 3, "floor_main has no point of the same name"),
        (fault("swapped", "vp1.p_el", 'with = "vp1.supply_t"'), 3, "vp1.supply_t is a gauge of temperature, vp1.p_el"),
        (fault("reversed", "weather"), 1, "weather has no power or flow that could turn"),
        (fault("offline", "el_light", class_="communication"), 1, "el_light shares its socket with el_main"),
        (fault("offline", "vp1", 'how = "slient"', class_="communication"), 3, "'slient' is none of refuse, reset"),
        (fault("exception", "vp1", 'status = "BadOutOfService"', class_="communication"), 1, "give its code"),
        (fault("exception", "filter_main", "code = 4", class_="communication"), 1, "give its status"),
        (fault("exception", "vp1", "code = 7", class_="communication"), 3, "code: 7 is not between 1 and 6"),
        (fault("exception", "vp1", "code = 2.5", class_="communication"), 3, "2.5 is no exception code"),
        (fault("clock_off", "vp1", "ahead_s = 9", class_="communication"), 1, "only OPC UA tells times"),
        (fault("word_order", "el_light", 'order = "CDAB"', class_="communication"), 1, "in another order than CDAB"),
        (fault("word_order", "filter_main", 'order = "CDAB"', class_="communication"), 1, "has no value of several"),
        (fault("stuck", "vp1.p_el", class_="leak"), 3, "class: 'leak' is none of meter"),
        (fault("stuck", "vp1.p_el", points='["vp1.p_ell"]'), 3, "unknown point or device 'vp1.p_ell'; did you mean"),
        (fault("stuck", "vp1.p_el", points="[]"), 3, "the truth names no point"),
        (
            fault("restarting", "vp1", 'every = "1min"', 'down = "2min"', class_="communication"),
            4,
            "vp1 would be down longer than it is up",
        ),
        (
            fault("restarting", "vp1", 'every = "1h"', "forgets = 1", class_="communication"),
            4,
            "forgets: 1 is neither true nor false",
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_line(hall: Site, tmp_path: Path, text: str, line: int, told: str) -> None:
    texts = found(written(tmp_path, text), hall)
    assert len(texts) == 1, texts
    assert texts[0].startswith(f"{LINE + line}: ")
    assert told in texts[0]


def test_a_flow_that_the_balance_does_not_have_is_named(hall: Site, tmp_path: Path) -> None:
    text = fault("stuck", "vp1.p_el").replace('points = ["people"]', 'points = ["people"], flows = ["vp1.ell"]')
    assert found(written(tmp_path, text), hall) == [
        f"{LINE + 3}: flows: unknown flow 'vp1.ell'; did you mean 'vp1.el'?"
    ]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "0: the key 'name' is missing"),
        (HEAD.replace("begin", "beginn"), "3: unknown key 'beginn'; did you mean 'begin'?"),
        (HEAD.replace("hours = 4", "hours = 0"), "4: hours: 0 is not between 0.1 and 8784"),
        (HEAD.replace("+01:00", ""), "3: begin: 2026-01-14 08:00:00 is no instant"),
        (HEAD.replace(', en = "Trial"', ""), "1: the key 'en' is missing"),
        (HEAD + "fault = 3\n", "5: fault: write each fault under a [[fault]] of its own"),
        (HEAD + "what\n", "5: not TOML"),
    ],
)
def test_the_head_is_checked_too(hall: Site, tmp_path: Path, head: str, told: str) -> None:
    texts = found(written(tmp_path, head=head), hall)
    assert any(text.startswith(told) for text in texts), texts


def test_two_of_a_kind_on_one_target_at_one_time_are_refused(hall: Site, tmp_path: Path) -> None:
    first, second = fault("stuck", "vp1.p_el", 'end = "2h"'), fault("stuck", "vp1.p_el", 'start = "1h"')
    texts = found(written(tmp_path, first, second), hall)
    assert len(texts) == 1
    assert "stuck of vp1.p_el overlaps an earlier one" in texts[0]
    later = fault("stuck", "vp1.p_el", 'start = "2h"')
    assert found(written(tmp_path, first, later), hall) == []


def test_instants_and_offsets_meet_when_the_run_begins(hall: Site, tmp_path: Path) -> None:
    """An offset's place beside a date-time is known only with the run's beginning: then it is refused."""
    mixed = fault("stuck", "vp1.p_el", 'start = "2h"', "end = 2026-01-14T09:00:00+01:00")
    scenario = load_scenario(written(tmp_path, mixed), hall)
    assert scenario.planted(scenario.begin_ns - 3 * 3600 * 10**9)[0].end_ns == scenario.begin_ns + 3600 * 10**9
    with pytest.raises(SdError, match="ends before it starts in this run"):
        scenario.planted(scenario.begin_ns)
    pair = fault("stuck", "vp1.p_el", 'end = "2h"'), fault("stuck", "vp1.p_el", "start = 2026-01-14T09:00:00+01:00")
    scenario = load_scenario(written(tmp_path, *pair), hall)
    with pytest.raises(SdError, match="overlaps another of its kind"):
        scenario.planted(scenario.begin_ns)


def test_several_findings_come_together(hall: Site, tmp_path: Path) -> None:
    with pytest.raises(FindingsError) as raised:
        load_scenario(written(tmp_path, fault("leek", "pool_main"), fault("stuck", "nowhere.p")), hall)
    assert len(raised.value.findings) == 2


def test_a_name_that_is_no_scenario_is_named(hall: Site) -> None:
    with pytest.raises(ConfigError, match="no scenario 'leaking_basn'; did you mean 'leaking_basin'"):
        find_scenario("leaking_basn", hall)
    with pytest.raises(ConfigError, match=r"gone\.toml: the file is missing"):
        find_scenario(str(hall.folder / "gone.toml"), hall)


def test_every_fault_of_the_plant_can_be_planted() -> None:
    assert {field for kind in PLANT.values() for field in kind.fields.values()} == set(Faults._fields)


def test_the_halls_scenarios_are_sound_and_show_every_kind(hall: Site) -> None:
    scenarios, findings = examine_scenarios(hall)
    assert findings == []
    assert len(scenarios) >= 24
    assert {fault.kind for one in scenarios for fault in one.faults} == set(KINDS)
    assert [one.id for one in scenarios if not one.faults] == ["sound"]
    assert max(len(one.faults) for one in scenarios) >= 5
