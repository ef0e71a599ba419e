"""Rooms, light and loads: what flows in and out stays in account, and hours, daylight and faults count."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant import building
from simulators.plant.building import Building, RoomLoad
from simulators.plant.lighting import INSTALLED_KW, NIGHT_SHARE, cafe_kw, light_kw, staffed
from simulators.plant.visitors import Crowd
from simulators.plant.weather import Weather
from tests.support.air import SUMMER, WINTER

OPEN = Crowd(60.0, 60.0, True, 6.0, 21.5, 12.0, 1, 2)
NIGHT = OPEN._replace(open=False, hour=2.0)
LOAD = RoomLoad(100.0, 1.0, 26.0, 0.0)
START = Building(21.5, 0.0, 0.0, 0.0, 0.0)


@settings(deadline=None, max_examples=300)
@given(
    st.floats(5.0, 40.0), st.floats(-30.0, 35.0), st.floats(0.0, 900.0), st.floats(0.0, 24.0),
    st.builds(RoomLoad, st.floats(0.0, 400.0), st.floats(0.0, 1.0), st.floats(15.0, 35.0), st.just(0.0)),
    st.floats(1.0, 300.0),
)  # fmt: skip
def test_every_kilowatt_hour(t: float, outdoor_t: float, ghi: float, hour: float, at: RoomLoad, dt_s: float) -> None:
    w = SUMMER._replace(outdoor_t=outdoor_t, sky=SUMMER.sky._replace(ghi=ghi))
    before = START._replace(room_t=t)
    after = building.advance(before, w, OPEN._replace(hour=hour, open=6.0 <= hour < 21.5), at, dt_s)
    flow = building.flows(after)
    came = [flow[k] for k in ("heat.space", "heat.floor", "rooms.gains")]
    came += [-flow[k] for k in ("rooms.envelope", "rooms.ventilation", "rooms.to_hall3")]
    stored = building.contents(after)["rooms"] - building.contents(before)["rooms"]
    passed = sum(map(abs, came)) * dt_s / 3600.0
    assert stored == pytest.approx(sum(came) * dt_s / 3600.0, abs=1e-9 * passed + 1e-13 * building.CAPACITY_KWH_K * t)
    assert 0.0 <= after.space_kw <= building.RADIATOR_KW
    assert 0.0 <= after.floor_kw <= building.FLOOR_KW


def settled(w: Weather, at: RoomLoad = LOAD, crowd: Crowd = OPEN, dt_s: float = 60.0) -> Building:
    b = START
    for _ in range(round(14 * 86_400 / dt_s)):
        b = building.advance(b, w, crowd, at, dt_s)
    return b


def test_rooms_are_warm_in_winter_and_windows_cool_them_in_summer() -> None:
    winter, summer = settled(WINTER, crowd=NIGHT, dt_s=300.0), settled(SUMMER, dt_s=300.0)
    assert 21.0 < winter.room_t < 22.5
    assert winter.space_kw > 0.0
    assert summer.space_kw == 0.0
    assert SUMMER.outdoor_t < summer.room_t < 29.0
    assert summer.ventilation_kw > building.AIR_KW_K * (summer.room_t - SUMMER.outdoor_t)
    hot = SUMMER._replace(outdoor_t=30.0)
    assert settled(hot, dt_s=300.0).room_t > 30.0


def test_long_steps_give_the_same_rooms() -> None:
    assert settled(WINTER, dt_s=300.0).room_t == pytest.approx(settled(WINTER).room_t, abs=0.01)


def test_a_warm_hall_3_turns_its_floors_down_but_not_off() -> None:
    cold, warm = (building.advance(START, WINTER, OPEN, LOAD._replace(hall3_t=t), 60.0) for t in (25.0, 28.0))
    assert warm.floor_kw == pytest.approx(0.4 * cold.floor_kw)
    assert building.advance(START, WINTER, OPEN, LOAD._replace(available=0.0), 60.0).floor_kw == 0.0


def test_daylight_dims() -> None:
    powers = [light_kw(ghi, OPEN, 0.0) for ghi in (0.0, 40.0, 80.0, 120.0, 400.0)]
    assert powers[0] == INSTALLED_KW
    assert all(more > less for more, less in pairwise(powers[:4]))
    assert powers[4] == pytest.approx(0.28 * INSTALLED_KW)


def test_light_by_the_hours() -> None:
    at = {hour: light_kw(0.0, OPEN._replace(hour=hour), 0.0) for hour in (5.0, 5.5, 12.0, 22.0, 23.0)}
    dark = NIGHT_SHARE * INSTALLED_KW
    assert at == {5.0: dark, 5.5: INSTALLED_KW, 12.0: INSTALLED_KW, 22.0: INSTALLED_KW, 23.0: dark}
    closed = OPEN._replace(open=False, opens=12.0, closes=12.0)
    assert not staffed(closed)
    assert light_kw(500.0, closed, 0.0) == dark


def test_stuck_light_burns_day_and_night() -> None:
    assert light_kw(800.0, OPEN, 1.0) == light_kw(0.0, NIGHT, 1.0) == INSTALLED_KW
    stuck = building.advance(START, SUMMER, NIGHT, LOAD._replace(light_stuck=1.0), 60.0)
    assert stuck.light_kw == INSTALLED_KW


def test_daylight_saves_two_fifths_over_the_year(year: list[Weather]) -> None:
    """Light that would burn without daylight, for a hall that is open from 6 to 21.30 UTC+1 on every day."""
    crowds = (OPEN._replace(hour=(h + 1) % 24 + 0.5) for h in range(len(year)))
    with_sky = [light_kw(w.sky.ghi, crowd, 0.0) for w, crowd in zip(year, crowds, strict=True)]
    lit = [kw for kw in with_sky if kw > NIGHT_SHARE * INSTALLED_KW]
    assert 1.0 - sum(lit) / (INSTALLED_KW * len(lit)) == pytest.approx(0.38, abs=0.05)


def test_cafe_and_saunas() -> None:
    assert cafe_kw(NIGHT, 0.0) == 1.2
    assert cafe_kw(NIGHT._replace(hour=5.5), 0.0) > cafe_kw(OPEN, 50.0) > cafe_kw(OPEN, 0.0)
    closed = NIGHT._replace(opens=12.0, closes=12.0, hour=11.5)
    assert cafe_kw(closed, 0.0) == 1.2
