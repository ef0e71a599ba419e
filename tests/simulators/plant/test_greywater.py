"""Greywater: water and heat close over random states and inputs, the controller obeys, fouling costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import greywater
from simulators.plant.greywater import CLEANING, OFF, RECOVERING, WAITING, Around, Greywater, Taken
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.setpoints import GreywaterSetpoints
from simulators.plant.start import _greywater

SP = GreywaterSetpoints()
GREY = _greywater(8.0, 1.0)
NOTHING = Taken(0.0, 0.0, 0.0)


def around(hour: float = 12.0, shower: float = 0.0, backwash: float = 0.0, fouled: float = 0.0) -> Around:
    return Around(
        hour, 8.0, fouled, shower, WATER_KWH_PER_M3_K * shower * 31.0, backwash, WATER_KWH_PER_M3_K * backwash * 28.0
    )


def assert_closes(before: Greywater, after: Greywater, at: Around, dt_s: float) -> None:
    f, h = greywater.flows(after), dt_s / 3600.0
    balances = {
        "grey.water": (at.shower_m3_h, at.backwash_m3_h, -f["grey.drain"], -f["grey.overflow"]),
        "grey.heat": (f["grey.shower_heat"], f["grey.backwash_heat"], -f["gv1.recovered"], -f["grey.drain_heat"],
                      -f["grey.overflow_heat"], -f["grey.loss"]),
        "store.water": (f["water.grey_fresh"], -f["store.tap"], -f["store.main"], -f["store.therapy"]),
        "store.heat": (f["gv1.heat"], f["store.fresh_heat"], -f["store.drawn_heat"], -f["store.loss"]),
    }  # fmt: skip
    first, last = greywater.contents(before), greywater.contents(after)
    for node, terms in balances.items():
        turned = sum(map(abs, terms)) * h
        assert last[node] - first[node] == pytest.approx(sum(terms) * h, abs=1e-9 * turned + 1e-11), node
    assert f["gv1.heat"] == pytest.approx(f["gv1.recovered"] + f["gv1.el"], rel=1e-12)
    assert min(f["grey.drain"], f["grey.overflow"], f["water.grey_fresh"], f["grey.overflow_heat"]) >= 0.0
    assert 0.0 <= after.dirty_m3 <= greywater.TANK_M3 + 1e-9
    assert 0.0 <= after.store_m3 <= greywater.STORE_M3 + 1e-9


@given(
    st.one_of(st.sampled_from([0.0, 0.04, 1.21, 12.0]), st.floats(0.0, 12.0)), st.floats(5.0, 45.0),
    st.one_of(st.sampled_from([0.0, 0.06, 5.93, 6.0]), st.floats(0.0, 6.0)), st.floats(8.0, 42.0),
    st.sampled_from([OFF, RECOVERING, WAITING, CLEANING]), st.floats(0.0, 0.3), st.floats(0.0, 24.0),
    st.floats(0.0, 20.0), st.floats(10.0, 60.0), st.floats(0.0, 30.0), st.floats(0.0, 1.0),
    st.tuples(st.floats(0.0, 6.0), st.floats(0.0, 8.0), st.floats(0.0, 8.0)), st.floats(28.0, 42.0),
    st.sampled_from([1.0, 13.0, 60.0, 300.0]),
)  # fmt: skip
def test_water_and_heat_close_whatever_happens(
    dirty: float,
    dirty_t: float,
    store: float,
    store_t: float,
    mode: int,
    film: float,
    hour: float,
    shower: float,
    shower_t: float,
    backwash: float,
    fouled: float,
    wish: tuple[float, float, float],
    outlet_t: float,
    dt_s: float,
) -> None:
    g = GREY._replace(dirty_m3=dirty, dirty_t=dirty_t, store_m3=store, store_t=store_t, mode=mode, film=film)
    at = around(hour, 0.0, backwash, fouled)
    at = at._replace(shower_m3_h=shower, shower_kw=WATER_KWH_PER_M3_K * shower * shower_t)
    out = greywater.taken(g, *wish, dt_s)
    after = greywater.advance(g, SP._replace(outlet_t_sp=outlet_t), at, out, dt_s)
    assert_closes(g, after, at, dt_s)
    assert all(0.0 <= given_out <= asked for given_out, asked in zip(out, wish, strict=True))
    low, high = min(dirty_t, 10.0, 20.0), max(dirty_t, 60.0)
    assert low - 1e-6 <= after.dirty_t <= high + 1e-6
    assert min(store_t, 8.0, 20.0) - 1e-6 <= after.store_t <= max(store_t, outlet_t) + 1e-6


def test_store_serves_tap_water_first_and_both_pools_alike() -> None:
    g = GREY._replace(store_m3=greywater.RESERVE_M3 + 0.1)
    assert greywater.taken(g, 1.0, 1.0, 0.5, 60.0) == (1.0, 1.0, 0.5)
    assert greywater.taken(g, 3.0, 4.0, 2.0, 60.0) == pytest.approx((3.0, 2.0, 1.0))
    assert greywater.taken(g, 8.0, 4.0, 2.0, 60.0) == pytest.approx((6.0, 0.0, 0.0))
    assert greywater.taken(g._replace(store_m3=0.05), 8.0, 0.0, 0.0, 60.0) == (0.0, 0.0, 0.0)


def test_levels_start_and_stop_it() -> None:
    def mode(dirty: float, store: float, was: int, sp: GreywaterSetpoints = SP, hour: float = 12.0) -> int:
        g = GREY._replace(dirty_m3=dirty, store_m3=store, mode=was)
        return greywater.advance(g, sp, around(hour), NOTHING, 60.0).mode

    assert (mode(3.5, 3.0, WAITING), mode(3.7, 3.0, WAITING)) == (WAITING, RECOVERING)
    assert (mode(1.3, 3.0, RECOVERING), mode(1.1, 3.0, RECOVERING)) == (RECOVERING, WAITING)
    assert (mode(8.0, 5.5, WAITING), mode(8.0, 5.5, RECOVERING)) == (WAITING, RECOVERING)
    assert mode(8.0, 5.95, RECOVERING) == WAITING
    assert mode(8.0, 3.0, RECOVERING, SP._replace(enable=0.0)) == OFF
    assert mode(8.0, 3.0, RECOVERING, hour=3.2) == CLEANING
    assert mode(8.0, 3.0, RECOVERING, SP._replace(cleaning_hour_sp=5.0), 3.2) == RECOVERING


def test_cleaning_takes_the_film_away_and_counts_once() -> None:
    first = greywater.advance(GREY._replace(film=0.04), SP, around(3.1), NOTHING, 60.0)
    again = greywater.advance(first, SP, around(3.2), NOTHING, 60.0)
    assert (first.film, first.cleaning_count, again.cleaning_count) == (0.0, 366.0, 366.0)
    ran = greywater.advance(GREY, SP, around(), NOTHING, 60.0)
    assert ran.film == pytest.approx(0.005 / 60.0)


@pytest.mark.parametrize("outlet_t", [28.0, 36.0, 42.0])
def test_outlet_setpoint_is_obeyed(outlet_t: float) -> None:
    after = greywater.advance(GREY, SP._replace(outlet_t_sp=outlet_t), around(), NOTHING, 60.0)
    assert after.fresh_out_t == outlet_t
    assert after.heat_kw == pytest.approx(WATER_KWH_PER_M3_K * after.fresh_flow * (outlet_t - 8.0))


def test_a_full_tank_overflows_and_a_full_store_stops_the_unit() -> None:
    full = GREY._replace(dirty_m3=12.0, store_m3=5.99, mode=RECOVERING)
    after = greywater.advance(full, SP, around(shower=3.0, backwash=12.0), NOTHING, 300.0)
    assert after.overflow_m3_h == pytest.approx(15.0)
    assert after.drain_flow == 0.0


def test_it_runs_for_the_part_of_a_step_that_its_tanks_allow() -> None:
    nearly = GREY._replace(dirty_m3=10.0, store_m3=5.9, mode=RECOVERING)
    after = greywater.advance(nearly, SP, around(), NOTHING, 300.0)
    assert after.store_m3 == pytest.approx(6.0)
    assert after.run_h - nearly.run_h == pytest.approx(0.1 / (after.fresh_flow / (after.run_h - nearly.run_h) / 12.0))


def day_cop(fouled: float) -> tuple[float, float]:
    """Total COP and heat of two days of 14 m³ of shower water, with a thirsty store."""
    g, heat, el = GREY, 0.0, 0.0
    for k in range(2 * 288):
        hour = (k / 12.0) % 24.0
        at = around(hour, 1.0 if 7.0 <= hour < 21.0 else 0.0, 0.0, fouled)
        out = greywater.taken(g, 0.6, 0.2, 0.1, 300.0)
        after = greywater.advance(g, SP, at, out, 300.0)
        assert_closes(g, after, at, 300.0)
        g, heat, el = after, heat + after.heat_kw / 12.0, el + after.p_el / 12.0
    return heat / el, heat


def test_total_cop_of_days_and_what_fouling_costs() -> None:
    (sound, heat), (fouled, _) = day_cop(0.0), day_cop(0.6)
    assert 8.0 < sound < 11.0
    assert 600.0 < heat < 1000.0
    assert fouled < 0.85 * sound
