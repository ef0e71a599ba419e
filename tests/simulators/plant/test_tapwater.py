"""Tap water: first law over random states and inputs, preheating, circulation, flush, faults."""

from itertools import pairwise

import pytest
from CoolProp.CoolProp import PropsSI
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import tapwater
from simulators.plant.faults import SOUND, Faults
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.setpoints import TapSetpoints
from simulators.plant.start import _tap
from simulators.plant.tank import mixed
from simulators.plant.tapwater import FLUSHING, HEATING_UP, IDLE, Feed, TapWater
from simulators.plant.visitors import Crowd

CROWD = Crowd(60.0, 60.0, True, 6.5, 21.5, 12.0, 3, 2)
NIGHT = Crowd(0.0, 0.0, False, 6.5, 21.5, 3.6, 3, 2)
FEED = Feed(8.0, 0.0, 36.0, 46.0, 1.0, 40.0, 6.0)
TAP = _tap(8.0, 1.0, 3)


def advanced(
    tap: TapWater,
    sp: TapSetpoints | None = None,
    crowd: Crowd = CROWD,
    feed: Feed = FEED,
    faults: Faults = SOUND,
    dt_s: float = 60.0,
) -> TapWater:
    wish = tapwater.demand(tap, crowd, feed.cold_t, faults, dt_s)
    stored = min(feed.store_m3_h, wish.shower_hot + wish.other)
    return tapwater.advance(tap, sp or TapSetpoints(), crowd, wish, feed._replace(store_m3_h=stored), faults, dt_s)


def assert_closes(before: TapWater, after: TapWater, dt_s: float) -> None:
    flows, h = tapwater.flows(after), dt_s / 3600.0
    into = flows["tap.feed"] + flows["tap.preheat"] + flows["boiler.tank"]
    out = flows["tap.drawn"] + flows["tap.circulation"] + flows["tap.loss"]
    gained = tapwater.contents(after)["tap.tank"] - tapwater.contents(before)["tap.tank"]
    assert gained == pytest.approx((into - out) * h, abs=1e-9 * (into + abs(out)) * h + 1e-11)
    assert flows["boiler.el"] == pytest.approx(flows["boiler.tank"] + flows["boiler.header"] + flows["boiler.loss"])
    assert flows["tap.hot_water"] == pytest.approx(flows["water.shower_hot"] + flows["water.hot_other"], rel=1e-12)
    assert flows["shower.drain"] == pytest.approx(flows["water.shower_hot"] + flows["water.shower_cold"], rel=1e-12)
    assert min(flows["water.tap_cold"], flows["water.shower_cold"], flows["boiler.loss"]) >= 0.0


@given(
    st.lists(st.floats(8.0, 74.0), min_size=10, max_size=10), st.floats(0.0, 900.0), st.floats(4.0, 12.0),
    st.floats(0.0, 8.0), st.floats(20.0, 42.0), st.floats(25.0, 60.0), st.floats(0.0, 20.0), st.floats(0.0, 300.0),
    st.integers(0, 2), st.floats(1.0, 600.0), st.sampled_from([1.0, 10.0, 60.0, 300.0]),
    st.sampled_from([SOUND, Faults(boiler_stuck_kw=60.0, circulation_lost_kw=6.0, shower_stuck_m3_h=2.0)]),
)  # fmt: skip
def test_heat_and_water_close_whatever_happens(
    nodes: list[float],
    arrivals: float,
    cold_t: float,
    stored: float,
    store_t: float,
    header_t: float,
    gas: float,
    limit: float,
    flush: int,
    left: float,
    dt_s: float,
    faults: Faults,
) -> None:
    tap = TAP._replace(nodes=mixed(tuple(nodes)), flush_state=flush, flush_left_s=left)
    feed = Feed(cold_t, stored, store_t, header_t, min(1.0, max(0.0, (header_t - 30.0) / 5.0)), 40.0, gas)
    sp, crowd = TapSetpoints(boiler_limit_kw=limit), CROWD._replace(arrivals=arrivals)
    after = advanced(tap, sp, crowd, feed, faults, dt_s)
    assert_closes(tap, after, dt_s)
    assert list(after.nodes) == sorted(after.nodes, reverse=True)
    assert after.nodes[-1] > 4.0
    assert after.nodes[0] < 76.0


def test_an_ordinary_day_delivers_65_and_preheats_to_between_50_and_55() -> None:
    tap, hours, preheated = TAP, 0.0, []
    for k in range(2 * 1440):
        is_open = 390 <= k % 1440 < 1290
        crowd = CROWD if is_open else NIGHT
        tap = advanced(tap, None, crowd._replace(hour=k % 1440 / 60.0), FEED._replace(store_m3_h=0.6))
        assert tap.hot_t >= 65.0
        assert tap.circulation_t >= 62.4
        if k >= 1440 and is_open:
            preheated.append(tap.nodes[5])
            hours += 1 / 60.0
    assert 50.0 < sum(preheated) / len(preheated) < 56.5


def test_plate_exchanger_by_epsilon_ntu() -> None:
    after = advanced(TAP)
    flow = WATER_KWH_PER_M3_K * after.draw_m3_h
    ntu = 25.0 / flow
    assert after.preheat_t == pytest.approx(8.0 + ntu / (1.0 + ntu) * 38.0)
    assert after.header_kw - after.coil_kw == pytest.approx(flow * (after.preheat_t - 8.0))
    assert advanced(TAP, feed=FEED._replace(available=0.0)).preheat_t == 8.0
    warm = advanced(TAP, feed=FEED._replace(header_t=31.0, store_m3_h=9.0))
    assert warm.preheat_t == warm.feed_t == pytest.approx(36.0)


def test_coil_takes_hot_gas_up_to_its_temperature() -> None:
    cool_below = TAP._replace(nodes=(66.0,) * 5 + (45.0,) * 5)
    assert advanced(cool_below).coil_kw == 6.0
    assert advanced(cool_below, feed=FEED._replace(hot_gas_kw=50.0)).coil_kw == pytest.approx(1.5 * 15.0)
    assert advanced(TAP._replace(nodes=(66.0,) * 5 + (56.5,) * 5)).coil_kw == 0.0


@pytest.mark.parametrize("efficiency", [0.65, 0.70])
def test_hot_gas_share_beside_a_vapour_cycle_by_coolprop(efficiency: float) -> None:
    """R134a at 0/50 °C: gas above the coil's 60 °C, and more heat above saturation than the coil may take."""
    low, high = (PropsSI("P", "T", t + 273.15, "Q", 1, "R134a") for t in (0.0, 50.0))
    start = PropsSI("H", "T", 278.15, "P", low, "R134a")
    ideal = PropsSI("H", "P", high, "S", PropsSI("S", "T", 278.15, "P", low, "R134a"), "R134a")
    gas = start + (ideal - start) / efficiency
    liquid = PropsSI("H", "T", 320.15, "P", high, "R134a")
    superheat = (gas - PropsSI("H", "P", high, "Q", 1, "R134a")) / (gas - liquid)
    assert tapwater.HOT_GAS_SHARE < superheat < 0.17
    assert 70.0 < PropsSI("T", "P", high, "H", gas, "R134a") - 273.15 < 77.0


def test_circulation_loses_by_its_pipes_and_by_a_fault() -> None:
    still = NIGHT._replace(day=3)
    sound = advanced(TAP._replace(nodes=(65.0,) * 10), crowd=still)
    assert sound.circulation_t == pytest.approx(62.5, abs=0.02)
    assert sound.circulation_kw == pytest.approx(WATER_KWH_PER_M3_K * 0.8 * 2.5, rel=0.01)
    worse = advanced(TAP._replace(nodes=(65.0,) * 10), crowd=still, faults=Faults(circulation_lost_kw=5.0))
    assert worse.circulation_kw - sound.circulation_kw == pytest.approx(5.0)
    cold = advanced(TAP._replace(nodes=(22.0,) * 10), crowd=still, faults=Faults(circulation_lost_kw=5.0))
    assert cold.circulation_kw == pytest.approx(0.0, abs=1e-12)


def flushed(tap: TapWater, sp: TapSetpoints, dt_s: float = 60.0, start_hour: float = 3.6) -> list[TapWater]:
    states = [tap]
    for k in range(round(4 * 3600 / dt_s)):
        crowd = NIGHT._replace(hour=start_hour + (k + 1) * dt_s / 3600.0)
        states.append(advanced(states[-1], sp, crowd, dt_s=dt_s))
        sp = sp._replace(flush_start=0.0)
    return states


@pytest.mark.parametrize("dt_s", [10.0, 60.0, 300.0])
def test_flush_heats_the_whole_tank_flushes_counts_and_ends(dt_s: float) -> None:
    states = flushed(TAP, TapSetpoints(flush_start=1.0), dt_s)
    assert {s.flush_state for s in states} == {IDLE, HEATING_UP, FLUSHING}
    assert states[-1].flush_state == IDLE
    assert states[-1].flush_count == TAP.flush_count + 1.0
    flush = [s for before, s in pairwise(states) if before.flush_state == FLUSHING]
    assert sum(s.shower_m3_h for s in flush) * dt_s / 3600.0 == pytest.approx(0.5)
    assert min(s.hot_t for s in flush) >= 70.0
    begun = next(s for s in states if s.flush_state == FLUSHING)
    assert min(begun.nodes) > 68.0


def test_controller_flushes_on_the_seventh_night() -> None:
    late = TAP._replace(flush_day=NIGHT.day - 7)
    assert flushed(late, TapSetpoints())[-1].flush_count == TAP.flush_count + 1.0
    assert flushed(late, TapSetpoints())[-1].flush_day == NIGHT.day
    early = TAP._replace(flush_day=NIGHT.day - 6)
    assert flushed(early, TapSetpoints())[-1].flush_count == TAP.flush_count
    assert flushed(late, TapSetpoints(), start_hour=12.0)[-1].flush_count == TAP.flush_count


def test_a_shower_that_does_not_close_draws_all_night() -> None:
    night = advanced(TAP, crowd=NIGHT, faults=Faults(shower_stuck_m3_h=0.5))
    assert night.shower_m3_h == pytest.approx(0.5)
    assert advanced(TAP, crowd=NIGHT).shower_m3_h == 0.0


def test_boiler_that_sticks_heats_the_header_uncalled() -> None:
    stuck = advanced(TAP, faults=Faults(boiler_stuck_kw=30.0))
    assert stuck.boiler_header_kw == 30.0
    assert not stuck.peaking
    assert advanced(TAP).boiler_header_kw == 0.0
