"""Air-handling units and their halls: every kilowatt-hour and gram, the controls, and what goes wrong."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant import ahu, air_plan
from simulators.plant.ahu import Air
from simulators.plant.air_coils import CP
from simulators.plant.air_control import DAY, NIGHT, OFF
from simulators.plant.air_plan import AirLoad, AirPlan
from simulators.plant.moist_air import AIR_KG_PER_M3, EVAPORATION_KWH_PER_KG, humidity_ratio, relative_humidity
from simulators.plant.setpoints import MODE_DAY, MODE_NIGHT, MODE_OFF, AirSetpoints
from simulators.plant.weather import Weather
from tests.support.air import SUMMER, WINTER, load, night, still_air

SP = AirSetpoints()
PLANS = {1: air_plan.MAIN, 2: air_plan.THERAPY, 3: air_plan.CHANGING}
share = st.floats(0.0, 1.0)


def run(
    a: Air, weather: Weather, at: AirLoad, hours: float = 12.0, plan: AirPlan = air_plan.MAIN,
    sp: AirSetpoints = SP, dt_s: float = 60.0,
) -> Air:  # fmt: skip
    for _ in range(round(hours * 3600.0 / dt_s)):
        a = ahu.advance(a, plan, sp, at, weather, dt_s)
    return a


steady = partial(run, still_air())


@st.composite
def loads(draw: st.DrawFn) -> AirLoad:
    return AirLoad(
        evaporation_kg_h=draw(st.floats(0.0, 200.0)), exchanged_kw=draw(st.floats(-30.0, 60.0)),
        light_kw=draw(st.floats(0.0, 8.0)), people=draw(st.floats(0.0, 300.0)), open=draw(st.booleans()),
        available=draw(share), surplus=draw(share), header_t=draw(st.floats(15.0, 75.0)), covered=draw(share),
        recovery_lost=draw(share), drying_lost=draw(share), day_at_night=draw(st.sampled_from([0.0, 1.0])),
    )  # fmt: skip


@st.composite
def states(draw: st.DrawFn, plan: AirPlan) -> Air:
    t = draw(st.floats(10.0, 40.0))
    return Air(
        t, humidity_ratio(t, draw(st.floats(5.0, 99.0))), 10.0, 20.0, 30.0, 40.0, 50.0,
        flow=draw(st.sampled_from([0.0, 1.0])) * draw(share) * plan.day_flow, outdoor_share=draw(share),
        hp_level=draw(st.sampled_from([0.0, 0.5])),
    )  # fmt: skip


weathers = st.builds(
    lambda t, rh, ghi: SUMMER._replace(outdoor_t=t, ratio=humidity_ratio(t, rh), sky=SUMMER.sky._replace(ghi=ghi)),
    st.floats(-30.0, 38.0), st.floats(20.0, 100.0), st.floats(0.0, 900.0),
)  # fmt: skip
setpoints = st.builds(AirSetpoints, st.sampled_from([0.0, 1.0, 2.0, 3.0]), st.floats(26.0, 32.0), st.floats(45.0, 64.0))


@settings(deadline=None, max_examples=300)
@given(st.data(), st.sampled_from([1, 2, 3]), loads(), weathers, setpoints, st.floats(1.0, 300.0))
def test_every_kilowatt_hour_and_gram(
    data: st.DataObject, number: int, at: AirLoad, w: Weather, sp: AirSetpoints, dt_s: float
) -> None:
    plan = PLANS[number]
    before = data.draw(states(plan))
    after = ahu.advance(before, plan, sp, at, w, dt_s)
    flow, dt_h = ahu.flows(after, number), dt_s / 3600.0
    hall, unit = f"hall{number}", f"ahu{number}"
    kept = [ahu.contents(a, plan, number) for a in (before, after)]

    def closes(stored: float, came: list[float], held: float) -> None:
        passed = sum(map(abs, came)) * dt_h
        assert stored == pytest.approx(sum(came) * dt_h, abs=1e-9 * passed + 1e-14 * held)

    heat = [at.exchanged_kw, flow[f"{hall}.gains"], flow[f"{unit}.coil"], flow[f"{unit}.hp_air"]]
    heat += [-flow[f"{hall}.envelope"], -flow[f"{hall}.ventilation"], -flow[f"{unit}.cooling"]]
    closes(kept[1][hall] - kept[0][hall], heat, kept[0][hall])
    vapour = [at.evaporation_kg_h, flow[f"{hall}.people"], -flow[f"{hall}.vented"], -flow[f"{unit}.condensate"]]
    name = f"{hall}.moisture"
    closes(kept[1][name] - kept[0][name], vapour, kept[0][name])
    pump = [flow[f"{unit}.{k}"] for k in ("hp_el", "cooling", "condensing")]
    pump += [-flow[f"{unit}.hp_air"], -flow[f"{unit}.hp_water"]]
    closes(0.0, pump, 1.0)
    through_the_air(after, before, plan, w)
    sane(after)


def through_the_air(a: Air, before: Air, plan: AirPlan, w: Weather) -> None:
    """What the air carries by its flows and temperatures is what the unit says that it gave, took and dropped."""
    supply, leak = AIR_KG_PER_M3 * a.flow, plan.leak_kg_h
    carried = CP * (supply * (a.supply_t - before.t) - leak * (before.t - w.outdoor_t)) if a.flow > 0.0 else None
    given = a.hp_air_kw + a.coil_kw + a.fan_kw - a.cooling_kw - a.ventilation_kw
    if carried is not None:
        assert carried == pytest.approx(given, abs=1e-9 * (abs(given) + CP * supply * 100.0))
        drawn = supply * (a.supply_ratio - before.ratio) + leak * (w.ratio - before.ratio)
        assert drawn == pytest.approx(-a.vented_kg_h - a.condensate_kg_h, abs=1e-9 * supply)
    if a.flow > 0.0 and a.outdoor_share > 0.0:
        outdoor = supply * a.outdoor_share
        extract_t = before.t + 0.5 * a.fan_kw / (CP * (supply + leak))
        assert a.recovered_kw == pytest.approx(CP * outdoor * a.recovery * (extract_t - w.outdoor_t), abs=1e-9)
        assert ahu.extract_flow(a, plan) == pytest.approx((supply + leak) / AIR_KG_PER_M3)


def sane(a: Air) -> None:
    assert a.ratio > 0.0
    for at_least_nothing in (a.hp_p_el, a.hp_air_kw, a.hp_water_kw, a.coil_kw, a.condensate_kg_h, a.fan_kw, a.flow):
        assert at_least_nothing >= 0.0
    assert 0.0 <= a.recovery <= 0.9
    assert 0.0 <= a.outdoor_share <= 1.0
    assert a.supply_t < 60.0
    if a.hp_p_el > 0.0:
        assert 1.5 < (a.hp_air_kw + a.hp_water_kw) / a.hp_p_el < 17.0


@pytest.mark.parametrize("weather", [WINTER, SUMMER], ids=["winter", "summer"])
def test_the_day_holds_temperature_and_humidity(weather: Weather) -> None:
    a = steady(weather, load())
    assert SP.supply_t_sp - 1.0 < a.t < SP.supply_t_sp + 1.2
    assert 40.0 < relative_humidity(a.t, a.ratio) < SP.rh_sp + 4.0
    assert a.mode == DAY
    assert a.outdoor_share >= 0.30


def test_outdoor_air_is_what_the_moisture_asks_for() -> None:
    """In muggy weather the damper opens beyond its least, to (evaporation - condensate) / (W_hall - W_out)."""
    muggy = SUMMER._replace(outdoor_t=20.0, ratio=0.0095)
    a = steady(muggy, load(evaporation_kg_h=100.0), hours=48.0)
    exhaust = AIR_KG_PER_M3 * a.flow * a.outdoor_share + air_plan.MAIN.leak_kg_h
    produced = a.evaporation_kg_h + a.people_kg_h
    assert a.outdoor_share > 0.35
    # Dropped water was in the exhaust, so the hall's loss is the exhaust at the hall's own ratio.
    assert exhaust * (a.ratio - muggy.ratio) == pytest.approx(produced, rel=0.02)


def test_the_damper_does_not_dry_with_moist_air() -> None:
    wet, fair = (SUMMER._replace(outdoor_t=27.0, ratio=ratio) for ratio in (0.0220, 0.0100))
    moist, at = still_air(29.5, 64.0), load(exchanged_kw=-20.0)
    assert run(moist, wet, at, hours=0.25).outdoor_share == pytest.approx(0.30)
    assert run(moist, fair, at, hours=0.25).outdoor_share > 0.5


def test_by_night_air_goes_round_and_humidity_floats_with_the_floors() -> None:
    start = still_air(30.0, 60.0)
    raised, down = (run(start, WINTER, night(covered=covered, evaporation_kg_h=26.0)) for covered in (1.0, 0.0))
    assert (raised.mode, raised.flow, raised.outdoor_share) == (NIGHT, air_plan.MAIN.night_flow, 0.0)
    assert 60.0 < relative_humidity(raised.t, raised.ratio) < 65.0
    assert 52.0 < relative_humidity(down.t, down.ratio) < 57.0
    written = run(start, WINTER, night(evaporation_kg_h=26.0), sp=SP._replace(rh_sp=62.0))
    assert relative_humidity(written.t, written.ratio) < 66.5


def test_mode_and_setpoints_are_obeyed() -> None:
    assert steady(WINTER, load(), hours=0.1, sp=SP._replace(mode_sp=MODE_NIGHT)).mode == NIGHT
    assert steady(WINTER, night(), hours=0.1, sp=SP._replace(mode_sp=MODE_DAY)).mode == DAY
    off = run(steady(WINTER, load()), WINTER, load(), hours=0.2, sp=SP._replace(mode_sp=MODE_OFF))
    assert (off.mode, off.flow, off.fan_kw, off.hp_p_el, off.coil_kw) == (OFF, 0.0, 0.0, 0.0, 0.0)
    assert off.run_h == run(off, WINTER, load(), hours=0.2, sp=SP._replace(mode_sp=MODE_OFF)).run_h
    assert steady(WINTER, load(), sp=SP._replace(supply_t_sp=28.0)).t < 28.6
    assert steady(SUMMER, night(covered=0.0), sp=SP._replace(rh_sp=48.0)).ratio < steady(SUMMER, night()).ratio


def test_heat_goes_to_the_air_first_and_a_hot_header_gets_none() -> None:
    cold = steady(WINTER, load(exchanged_kw=-18.0))
    assert cold.hp_air_kw > 0.0
    assert cold.hp_water_kw < 0.5 * cold.hp_air_kw
    warm = steady(SUMMER, load(exchanged_kw=20.0))
    assert (warm.hp_air_kw, warm.coil_kw) == (0.0, 0.0)
    assert warm.hp_water_kw > 10.0
    full = steady(SUMMER, load(exchanged_kw=20.0, surplus=0.0, header_t=60.0))
    assert full.hp_water_kw == 0.0
    assert run(still_air(30.0, 66.0), SUMMER, night(surplus=0.0, exchanged_kw=20.0), hours=1.0).hp_blocked


def test_cop_follows_the_temperatures() -> None:
    assert ahu.cop(40.0, 13.0) == pytest.approx(0.5 * 313.15 / 31.0)
    assert 4.0 < ahu.cop(40.0, 8.0) < 6.0
    assert ahu.cop(53.0, 8.0) < ahu.cop(53.0, 14.0) < ahu.cop(40.0, 14.0)
    warm, hot = (steady(SUMMER, load(exchanged_kw=20.0, header_t=t)) for t in (35.0, 53.0))
    assert hot.hp_water_kw / hot.hp_p_el < warm.hp_water_kw / warm.hp_p_el


def test_the_latent_share_is_the_coils_own() -> None:
    moist, dry_hall = (run(still_air(30.0, rh), WINTER, night(), hours=0.5, sp=SP._replace(rh_sp=rh - 3.0, mode_sp=1.0))
                       for rh in (66.0, 48.0))  # fmt: skip
    shares = [a.condensing_kw / (a.condensing_kw + a.cooling_kw) for a in (moist, dry_hall) if a.hp_p_el > 0.0]
    assert len(shares) == 2 or dry_hall.hp_p_el == 0.0
    assert 0.45 < shares[0] < 0.75
    assert shares == sorted(shares, reverse=True)
    assert moist.condensing_kw == pytest.approx(EVAPORATION_KWH_PER_KG * moist.condensate_kg_h)


def test_fans() -> None:
    crowded = steady(SUMMER, load(people=150.0))
    assert crowded.flow == air_plan.MAIN.day_flow
    assert 1.5 <= crowded.fan_kw / (crowded.flow / 3600.0) <= 2.5
    quiet = steady(WINTER, night())
    assert quiet.fan_kw < 0.2 * crowded.fan_kw
    assert steady(SUMMER, load(people=20.0)).flow < crowded.flow


def test_fans_and_damper_take_their_time() -> None:
    a = ahu.advance(still_air(), air_plan.MAIN, SP, load(), WINTER, 1.0)
    assert a.flow == pytest.approx(air_plan.MAIN.day_flow / 120.0)
    assert a.outdoor_share == pytest.approx(1.0 / 150.0)


def test_frost_keeps_cold_air_off_the_plates_of_dry_halls() -> None:
    bitter = WINTER._replace(outdoor_t=-25.0, ratio=humidity_ratio(-25.0, 80.0))
    at = load(evaporation_kg_h=3.0, people=5.0, exchanged_kw=10.0, surplus=0.0)
    sp = AirSetpoints(supply_t_sp=26.0, rh_sp=50.0)
    changing = run(still_air(26.0, 25.0), bitter, at, plan=air_plan.CHANGING, sp=sp)
    assert changing.recovery < 0.80
    assert changing.exhaust_t > 1.5
    assert steady(WINTER, load()).recovery > 0.84


FAULTS: dict[str, tuple[Callable[[Air], float], AirLoad, str]] = {
    "more heat is needed": (lambda a: a.hp_air_kw + a.coil_kw, load(), "recovery_lost"),
    "colder air comes in": (lambda a: -a.recovery, load(), "recovery_lost"),
    "the night gets moister": (lambda a: relative_humidity(a.t, a.ratio), night(), "drying_lost"),
    "no condensate": (lambda a: -a.condensing_kw, night(), "drying_lost"),
    "fans at night": (lambda a: a.fan_kw, night(), "day_at_night"),
    "outdoor air at night": (lambda a: a.outdoor_share, night(), "day_at_night"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_faults(what: str) -> None:
    figure, at, fault = FAULTS[what]
    sound, half, broken = (
        run(still_air(30.0, 60.0), WINTER, at._replace(**{fault: degree})) for degree in (0.0, 0.5, 1.0)
    )
    assert figure(broken) > figure(sound)
    assert figure(sound) <= figure(half) + 1e-9
    assert fault != "drying_lost" or broken.hp_blocked


def test_a_lost_recuperator_warms_the_exhaust_in_winter() -> None:
    at = load(surplus=0.0)
    sound, broken = (steady(WINTER, at._replace(recovery_lost=loss)) for loss in (0.0, 1.0))
    assert broken.exhaust_t > sound.exhaust_t + 3.0
    assert (broken.recovery, broken.recovered_kw) == (0.0, 0.0)


@pytest.mark.parametrize(("plan", "vapour"), [(air_plan.MAIN, 80.0), (air_plan.THERAPY, 30.0)])
@pytest.mark.parametrize("weather", [WINTER, SUMMER], ids=["winter", "summer"])
def test_long_steps_give_the_same_hall(plan: AirPlan, vapour: float, weather: Weather) -> None:
    day, dark = load(evaporation_kg_h=vapour), night(evaporation_kg_h=0.4 * vapour)
    fine, coarse = (
        run(run(still_air(), weather, day, 8.0, plan, dt_s=dt_s), weather, dark, 8.0, plan, dt_s=dt_s)
        for dt_s in (10.0, 300.0)
    )
    assert coarse.t == pytest.approx(fine.t, abs=0.15)
    assert coarse.ratio == pytest.approx(fine.ratio, rel=0.02)
    assert coarse.fan_kwh == pytest.approx(fine.fan_kwh, rel=0.02)
    assert coarse.hp_heat_kwh == pytest.approx(fine.hp_heat_kwh, rel=0.05)
    assert coarse.condensate_m3 == pytest.approx(fine.condensate_m3, rel=0.05)
