"""Pool water: chlorine balances, stays inside the limits with bathers, and falls when dosing fails."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant import chemistry, membrane, pool
from simulators.plant.chemistry import MAIN, THERAPY, Chemistry, ChemistryPlan, Load
from simulators.plant.membrane import FilterPlan
from simulators.plant.pool import PoolPlan

FRESH = Chemistry(0.8, 0.1, 7.3, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
FILTER = membrane.Filter(
    0.2, 0.1, 0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 3000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
)  # fmt: skip
POOLS = [
    pytest.param(MAIN, membrane.MAIN, pool.MAIN, 85.0, id="main"),
    pytest.param(THERAPY, membrane.THERAPY, pool.THERAPY, 35.0, id="therapy"),
]


def filtering(plan: FilterPlan, running: float = 1.0) -> membrane.Filter:
    return FILTER._replace(flow=plan.flow * running, running=running)


def run(plan: ChemistryPlan, filter_: membrane.Filter, water: pool.Pool, load: Load, hours: float) -> Chemistry:
    c = FRESH._replace(cl_free=plan.cl_sp)
    for _ in range(round(hours * 12)):
        c = chemistry.advance(c, plan, load, water, filter_, 300.0)
    return c


def bathing(water: pool.Pool, bathers: float, lost: float = 0.0) -> Load:
    return Load(water.water_m3, bathers, lost)


@pytest.mark.parametrize(("plan", "filter_plan", "pool_plan", "most"), POOLS)
def test_inside_the_limits_empty_and_busy(
    plan: ChemistryPlan, filter_plan: FilterPlan, pool_plan: PoolPlan, most: float
) -> None:
    """Free chlorine above the least of the water's temperature; combined below 0.5 and half of the free; pH 7.2-7.6."""
    water = pool.filled(pool_plan, pool_plan.water_t_sp, 72.0)._replace(makeup_m3_h=0.5)
    for bathers, hours in ((0.0, 12.0), (0.4 * most, 12.0), (most, 4.0)):
        c = run(plan, filtering(filter_plan), water, bathing(water, bathers), hours)
        assert plan.cl_least < c.cl_free < 1.5
        assert 0.0 <= c.cl_combined < min(0.5, 0.5 * c.cl_free)
        assert 7.2 < c.ph < 7.6
        assert chemistry.filtered_ftu(c) < c.turbidity < 0.5
        assert 650.0 < chemistry.redox_mv(c.cl_free, c.ph) < 800.0


def test_a_lost_pump_lets_the_chlorine_fall_and_the_controller_calls_for_all() -> None:
    water = pool.filled(pool.MAIN, 27.5, 72.0)
    c = run(MAIN, filtering(membrane.MAIN), water, bathing(water, 40.0, 1.0), 8.0)
    assert c.cl_free < MAIN.cl_least
    assert c.cl_dosing == 100.0
    assert c.dosed_g_h == 0.0
    assert chemistry.redox_mv(c.cl_free, c.ph) < chemistry.redox_mv(0.8, 7.3) - 20.0
    half = run(MAIN, filtering(membrane.MAIN), water, bathing(water, 40.0, 0.5), 8.0)
    assert half.dosed_g_h == pytest.approx(0.5 * MAIN.pump_g_h * half.cl_dosing / 100.0)


def test_nothing_is_dosed_while_no_water_passes_the_filter() -> None:
    water = pool.filled(pool.MAIN, 27.5, 72.0)
    low = FRESH._replace(cl_free=0.3, ph=7.6)
    c = chemistry.advance(low, MAIN, bathing(water, 0.0), water, filtering(membrane.MAIN, 0.0), 60.0)
    assert (c.cl_dosing, c.acid_dosing, c.dosed_g_h) == (0.0, 0.0, 0.0)


def test_uv_breaks_down_what_bathers_bind() -> None:
    water = pool.filled(pool.THERAPY, 33.5, 72.0)
    with_uv, without = (
        run(THERAPY, filtering(membrane.THERAPY, r), water, bathing(water, 0.0), 6.0) for r in (1.0, 0.0)
    )
    assert with_uv.cl_combined < 0.5 * without.cl_combined


@settings(max_examples=300, deadline=None)
@given(
    plans=st.sampled_from(((MAIN, membrane.MAIN, pool.MAIN), (THERAPY, membrane.THERAPY, pool.THERAPY))),
    free=st.floats(0.0, 4.0),
    combined=st.floats(0.0, 2.0),
    running=st.floats(0.0, 1.0),
    bathers=st.floats(0.0, 200.0),
    flows=st.tuples(*(st.floats(0.0, 5.0) for _ in range(5))),
    lost=st.floats(0.0, 1.0),
    dt_s=st.floats(1.0, 300.0),
)
def test_chlorine_closes(
    plans: tuple[ChemistryPlan, FilterPlan, PoolPlan],
    free: float,
    combined: float,
    running: float,
    bathers: float,
    flows: tuple[float, ...],
    lost: float,
    dt_s: float,
) -> None:
    plan, filter_plan, pool_plan = plans
    before = pool.filled(pool_plan, 28.0, 60.0)
    makeup, splash, dilution, backwash, leak = flows
    after = before._replace(
        water_m3=before.water_m3 + (makeup - splash - dilution - backwash - leak - 0.05) * dt_s / 3600.0,
        makeup_m3_h=makeup, splash_m3_h=splash, dilution_m3_h=dilution, backwash_m3_h=backwash, leak_m3_h=leak,
    )  # fmt: skip
    was = FRESH._replace(cl_free=free, cl_combined=combined)
    filter_ = filtering(filter_plan, running)
    now = chemistry.advance(was, plan, bathing(before, bathers, lost), after, filter_, dt_s)
    flow = {name.removeprefix("p."): value for name, value in chemistry.flows(now, "p").items()}
    held, left = chemistry.contents(was, before, "p"), chemistry.contents(now, after, "p")
    dt_h = dt_s / 3600.0
    gained = (flow["chlorine_dosed"] - flow["chlorine_spent"] - flow["free_chlorine_drained"]) * dt_h
    assert left["p.free_chlorine"] - held["p.free_chlorine"] == pytest.approx(gained, abs=1e-10)
    bound = (flow["chlorine_bound"] - flow["chlorine_broken"] - flow["combined_chlorine_drained"]) * dt_h
    assert left["p.combined_chlorine"] - held["p.combined_chlorine"] == pytest.approx(bound, abs=1e-10)
    assert flow["chlorine_bound"] <= flow["chlorine_spent"]
    assert now.cl_free >= 0.0
    assert now.cl_combined >= 0.0
    assert now.turbidity >= 0.0
