"""hplib's own coefficients, first law, limits, minimum spells and faults."""

import hplib.hplib
import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI

from simulators.plant import heatpump
from simulators.plant.faults import SOUND
from simulators.plant.heatpump import HeatPump
from simulators.plant.setpoints import HeatPumpSetpoints
from simulators.plant.wells import BRINE_KWH_PER_M3_K

SP = HeatPumpSetpoints(supply_t_sp=45.0)
RESTING = HeatPump(False, 3600.0, 0.0, 40.0, 38.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 7.0)
RUNNING = RESTING._replace(on=True)
BRINE = 4.0, 0.0, 0.0
REGULATED_BRINE_WATER = 2


def brine_at(t: float) -> tuple[float, float, float]:
    return t, 0.0, 0.0


@pytest.fixture(scope="module")
def peer() -> "hplib.hplib.HeatPump":
    parameters = hplib.hplib.get_parameters("Generic", REGULATED_BRINE_WATER, t_in=0, t_out=45, p_th=120_000)
    return hplib.hplib.HeatPump(parameters)


@pytest.mark.filterwarnings("ignore")  # hplib's own use of pandas
@pytest.mark.parametrize("source", [-4.0, 0.0, 5.0, 12.0])
@pytest.mark.parametrize("sink", [35.0, 45.0, 55.0])
def test_cop_is_hplibs(peer: "hplib.hplib.HeatPump", source: float, sink: float) -> None:
    theirs = peer.simulate(source, sink - peer.delta_t, 5.0)
    assert theirs["T_out"] == sink
    assert heatpump.cop(source, sink) == pytest.approx(theirs["COP"], abs=0.002)


@pytest.mark.filterwarnings("ignore")
def test_capacity_moves_as_hplibs_power_and_cop_together(peer: "hplib.hplib.HeatPump") -> None:
    """At the outdoor temperature of its full load; the estimate for the source is steeper, for the sink flatter."""
    full, ours = [], []
    for source, sink in ((0.0, 45.0), (5.0, 45.0), (0.0, 52.0), (-3.0, 40.0)):
        full.append(peer.simulate(source, sink - peer.delta_t, -7.0)["P_th"])
        ours.append(heatpump.capacity_kw(source, sink))
    assert np.array(ours) / ours[0] == pytest.approx(np.array(full) / full[0], abs=0.09)


def test_nominal_capacity_is_120_kw_at_b0_w45() -> None:
    assert heatpump.capacity_kw(0.0, 45.0) == pytest.approx(120.0)
    assert heatpump.capacity_kw(1.0, 45.0) / 120.0 == pytest.approx(1.027)
    assert heatpump.capacity_kw(25.0, 30.0) == heatpump.MOST_KW


def test_first_law_and_streams_agree_whatever_comes() -> None:
    draw = np.random.default_rng(8)
    pump, seen = RESTING, set()
    for _ in range(4000):
        dt_s = float(draw.uniform(1.0, 300.0))
        sp = HeatPumpSetpoints(float(draw.random() < 0.95), 46.0, float(draw.uniform(0.0, 100.0)))
        faults = SOUND._replace(
            short_cycling_vp1=float(draw.random() < 0.1), refrigerant_lost_vp1=float(draw.choice([0.0, 0.4, 0.9])),
            brine_pump_worn=float(draw.choice([0.0, 0.5, 1.0], p=[0.7, 0.2, 0.1])),
        )  # fmt: skip
        brine = float(draw.uniform(-6.0, 14.0)), float(draw.choice([0.0, 16.0])), float(draw.choice([0.0, 60.0]))
        brine = brine if brine[1] > 0.0 else (brine[0], 0.0, 0.0)
        pump = heatpump.advance(pump, sp, float(draw.uniform(30.0, 55.0)), brine, dt_s, faults)
        assert pump.heat_kw == pytest.approx(pump.evaporator_kw + pump.p_el, rel=1e-12)
        assert min(pump.heat_kw, pump.evaporator_kw, pump.p_el) >= 0.0
        assert pump.heat_kw == pytest.approx(1.152 * pump.water_flow * (pump.supply_t - pump.return_t), abs=1e-9)
        taken = BRINE_KWH_PER_M3_K * pump.brine_flow * (pump.brine_in_t - pump.brine_out_t)
        assert pump.evaporator_kw == pytest.approx(taken, abs=1e-9)
        assert not pump.on or pump.brine_out_t >= -4.0 - 1e-9
        seen.add(pump.on)
    assert seen == {True, False}
    assert heatpump.flows(pump)["vp1.cond"] == pump.heat_kw


def test_pavement_warms_the_brine_before_the_evaporator() -> None:
    plain = heatpump.advance(RUNNING, SP, 40.0, (4.0, 16.0, 0.0), 60.0)
    helped = heatpump.advance(RUNNING, SP, 40.0, (4.0, 16.0, 60.0), 60.0)
    assert helped.brine_in_t == pytest.approx(4.0 + 60.0 / (BRINE_KWH_PER_M3_K * helped.brine_flow))
    assert helped.heat_kw / helped.p_el > plain.heat_kw / plain.p_el


def test_a_start_builds_up_and_counts() -> None:
    first = heatpump.advance(RESTING, SP, 40.0, BRINE, 60.0)
    assert (first.on, first.starts) == (True, 8.0)
    assert first.run_h == pytest.approx(100.0 + 1.0 / 60.0)
    steady = heatpump.advance(RUNNING, SP, 40.0, BRINE, 60.0)
    assert first.p_el == steady.p_el
    assert first.evaporator_kw == pytest.approx(0.25 * steady.evaporator_kw)
    seconds, pump = 0.0, RESTING
    for _ in range(300):
        pump = heatpump.advance(pump, SP, 40.0, BRINE, 1.0)
        seconds += pump.evaporator_kw
    at_once = heatpump.advance(RESTING, SP, 40.0, BRINE, 300.0)
    assert at_once.evaporator_kw == pytest.approx(seconds / 300.0, rel=1e-9)


def test_cold_brine_cuts_the_output_and_stays_above_the_limit() -> None:
    pump = heatpump.advance(RUNNING, SP, 40.0, brine_at(-3.0), 60.0)
    assert pump.brine_out_t == pytest.approx(-4.0)
    assert pump.level < 1.0
    frozen = heatpump.advance(RUNNING, SP, 40.0, brine_at(-6.0), 60.0)
    assert (frozen.on, frozen.tripped) == (False, heatpump.COLD_BRINE)
    assert heatpump.advance(RESTING, SP, 60.0, brine_at(-6.0), 60.0).tripped == heatpump.SOUND_BRINE


def spell(pump: HeatPump, tank_t: float, dt_s: float, short: bool = False) -> tuple[HeatPump, float]:
    """The machine after its next change, and how long its spell lasted [s]."""
    faults = SOUND._replace(short_cycling_vp1=float(short))
    lasted, on = 0.0, pump.on
    while pump.on == on:
        lasted, pump = pump.spell_s, heatpump.advance(pump, SP, tank_t, BRINE, dt_s, faults)
    return pump, lasted


@pytest.mark.parametrize("dt_s", [1.0, 60.0, 300.0])
def test_runs_and_rests_at_least_ten_minutes(dt_s: float) -> None:
    pump, _ = spell(RESTING, 40.0, dt_s)
    pump, ran = spell(pump, 60.0, dt_s)
    pump, rested = spell(pump, 40.0, dt_s)
    assert ran == rested == 600.0


def test_short_cycling_starts_twelve_times_an_hour_and_costs() -> None:
    sound, faulty = RESTING, RESTING
    heat, power = [0.0, 0.0], [0.0, 0.0]
    for _ in range(3600):
        sound = heatpump.advance(sound, SP, 42.0, BRINE, 1.0)
        faulty = heatpump.advance(faulty, SP, 42.0, BRINE, 1.0, SOUND._replace(short_cycling_vp1=1.0))
        for k, pump in enumerate((sound, faulty)):
            heat[k] += pump.heat_kw
            power[k] += pump.p_el
    assert (sound.starts - RESTING.starts, faulty.starts - RESTING.starts) == (1.0, 12.0)
    assert heat[1] / power[1] < 0.75 * heat[0] / power[0]


def test_lost_refrigerant_leaves_the_power_and_takes_the_heat() -> None:
    sound = heatpump.advance(RUNNING, SP, 40.0, BRINE, 60.0)
    lost = heatpump.advance(RUNNING, SP, 40.0, BRINE, 60.0, SOUND._replace(refrigerant_lost_vp1=0.3))
    assert lost.p_el == sound.p_el
    assert lost.heat_kw == pytest.approx(0.7 * sound.heat_kw)


def test_worn_brine_pump_chills_the_brine_and_trips_the_machine_in_the_end() -> None:
    sound, worn, dead = (
        heatpump.advance(RUNNING, SP, 40.0, brine_at(8.0), 60.0, SOUND._replace(brine_pump_worn=loss))
        for loss in (0.0, 0.4, 0.9)
    )
    assert worn.brine_flow == pytest.approx(0.6 * sound.brine_flow)
    assert worn.brine_out_t < sound.brine_out_t
    assert worn.pumps_kw == sound.pumps_kw == pytest.approx(1.3)
    assert not dead.on
    assert dead.tripped == heatpump.LITTLE_BRINE


def test_obeys_enable_and_capacity_limit() -> None:
    assert not heatpump.advance(RESTING, SP._replace(enable=0.0), 30.0, BRINE, 60.0).on
    assert not heatpump.advance(RESTING, SP._replace(capacity_limit=20.0), 30.0, BRINE, 60.0).on
    assert heatpump.advance(RESTING, SP._replace(capacity_limit=40.0), 30.0, BRINE, 60.0).level == 0.4
    assert heatpump.advance(RESTING, SP, 30.0, BRINE, 60.0).level == 1.0
    assert heatpump.advance(RUNNING, SP, 46.9, BRINE, 60.0).level == heatpump.MIN_LEVEL


@pytest.mark.parametrize("t", [-10.0, 0.0, 20.0, 40.0, 60.0])
def test_refrigerant_pressure_is_coolprops(t: float) -> None:
    on = RESTING._replace(on=True, brine_out_t=t + 4.0, supply_t=t - 3.0)
    bar = PropsSI("P", "T", t + 273.15, "Q", 1.0, "R134a") / 1e5
    assert heatpump.pressures(on) == pytest.approx((bar, bar), rel=2e-3)
