"""The fit's worked figures, first law, limits and minimum spells."""

import pytest

from simulators.plant import heatpump
from simulators.plant.heatpump import HeatPump
from simulators.plant.setpoints import HeatPumpSetpoints
from simulators.plant.wells import BRINE_KWH_PER_M3_K

SP = HeatPumpSetpoints(supply_t_sp=45.0)
RESTING = HeatPump(False, 3600.0, 0.0, 40.0, 38.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 7.0)


@pytest.mark.parametrize(
    ("source", "sink", "expected"), [(0.0, 35.0, 4.5), (0.0, 45.0, 3.6), (0.0, 55.0, 2.6), (5.0, 45.0, 4.0)]
)
def test_cop_worked_figures(source: float, sink: float, expected: float) -> None:
    assert heatpump.cop(source, sink, 0.0) == pytest.approx(expected, abs=0.06)


def test_nominal_capacity_is_120_kw_at_b0_w45() -> None:
    assert heatpump.capacity_kw(0.0, 45.0) == pytest.approx(120.0)
    assert heatpump.capacity_kw(1.0, 45.0) / 120.0 == pytest.approx(1.027)


def test_first_law_and_streams_agree() -> None:
    pump = heatpump.advance(RESTING, SP, 40.0, 4.0, 20.0, 60.0)
    assert pump.on
    assert pump.heat_kw == pytest.approx(pump.evaporator_kw + pump.p_el, rel=1e-12)
    assert pump.heat_kw == pytest.approx(1.152 * pump.water_flow * (pump.supply_t - pump.return_t), rel=1e-9)
    taken = BRINE_KWH_PER_M3_K * pump.brine_flow * (pump.brine_in_t - pump.brine_out_t)
    assert pump.evaporator_kw == pytest.approx(taken, rel=1e-9)
    assert pump.starts == 8.0
    assert pump.run_h == pytest.approx(100.0 + 1.0 / 60.0)


def test_cold_brine_cuts_the_output_and_stays_above_the_limit() -> None:
    pump = heatpump.advance(RESTING, SP, 40.0, -3.0, 20.0, 60.0)
    assert pump.brine_out_t == pytest.approx(-4.0)
    assert pump.heat_kw == pytest.approx(pump.evaporator_kw + pump.p_el, rel=1e-12)
    assert heatpump.advance(RESTING, SP, 40.0, -6.0, 20.0, 60.0).heat_kw == 0.0


def test_runs_and_rests_at_least_ten_minutes() -> None:
    pump = heatpump.advance(RESTING, SP, 40.0, 4.0, 20.0, 60.0)
    spell = 0
    while pump.on:
        pump = heatpump.advance(pump, SP, 60.0, 4.0, 20.0, 60.0)
        spell += 1
    assert spell == 10
    rest = 0
    while not pump.on:
        pump = heatpump.advance(pump, SP, 40.0, 4.0, 20.0, 60.0)
        rest += 1
    assert rest == 10


def test_obeys_enable_and_capacity_limit() -> None:
    assert not heatpump.advance(RESTING, SP._replace(enable=0.0), 30.0, 4.0, 20.0, 60.0).on
    assert heatpump.advance(RESTING, SP._replace(capacity_limit=40.0), 30.0, 4.0, 20.0, 60.0).level == 0.4
    assert heatpump.advance(RESTING, SP, 30.0, 4.0, 20.0, 60.0).level == 1.0


@pytest.mark.parametrize(("t", "bar"), [(-10.0, 2.006), (0.0, 2.928), (40.0, 10.166), (60.0, 16.818)])
def test_refrigerant_pressure_by_the_tables(t: float, bar: float) -> None:
    on = RESTING._replace(on=True, brine_out_t=t + 4.0, supply_t=t - 3.0)
    assert heatpump.pressures(on) == pytest.approx((bar, bar), rel=2e-3)
