"""Charging and melting: heat closes, and the controller does what its setpoints say."""

import numpy as np
import pytest

from simulators.plant import collector
from simulators.plant.collector import Circuits, Collector, rested
from simulators.plant.setpoints import CollectorSetpoints
from simulators.plant.weather import RAIN, SNOW, Weather, weather_at
from simulators.plant.weather_synthetic import Synthetic
from simulators.plant.wells import BRINE_KWH_PER_M3_K

SUMMER = weather_at(1_782_043_200.0, 59.86, 10.46, Synthetic(1))  # 2026-06-21 12:00 UTC
WINTER: Weather = SUMMER._replace(
    outdoor_t=-3.0, rh=90.0, ratio=0.0027, precip=1.0, precip_type=SNOW, sky=SUMMER.sky._replace(ghi=20.0)
)
DRY: Weather = WINTER._replace(precip=0.0, precip_type=0)
SP = CollectorSetpoints()
TO = Circuits(8.0, 20.0, 0.8, 46.0, 1.0)


def run(c: Collector, w: Weather, hours: float, to: Circuits = TO, sp: CollectorSetpoints = SP) -> Collector:
    for _ in range(round(hours * 60.0)):
        c = collector.advance(c, sp, w, to, 60.0)
    return c


def snowed(t: float, snow_mm: float) -> Collector:
    c = rested(t, 0.0)
    return c._replace(heated=c.heated._replace(snow_mm=snow_mm), plain=c.plain._replace(snow_mm=snow_mm))


def test_heat_closes_at_any_step() -> None:
    draw = np.random.default_rng(6)
    c, modes = rested(5.0, 0.0), set()
    for k in range(5000):
        dt_s = float(draw.uniform(1.0, 300.0))
        w = (SUMMER, WINTER, DRY)[int(k / 400 + draw.uniform()) % 3]
        w = w._replace(outdoor_t=float(draw.uniform(-14.0, 25.0)))
        to = Circuits(
            float(draw.uniform(-2.0, 18.0)), float(draw.choice([20.0, -100.0])), float(draw.uniform(0.3, 1.0)),
            float(draw.uniform(28.0, 55.0)), float(draw.uniform()), bool(draw.random() < 0.05),
        )  # fmt: skip
        sp = SP._replace(mode_sp=float(draw.integers(0, 4)))
        before, c = c, collector.advance(c, sp, w, to, dt_s)
        f = collector.flows(c)
        outwards = ("sol1.sky", "sol1.air", "sol1.ground", "sol1.latent", "sol1.collector")
        net = f["sol1.absorbed"] + f["snow.melt"] - sum(f[name] for name in outwards)
        stored = collector.contents(c)["slab"] - collector.contents(before)["slab"]
        through = sum(map(abs, f.values())) * dt_s / 3600.0
        assert stored == pytest.approx(net * dt_s / 3600.0, abs=1e-9 * through + 1e-11)
        carried = BRINE_KWH_PER_M3_K * c.flow * (c.fluid_out_t - c.fluid_in_t)
        assert c.solar_kw - c.melt_kw == pytest.approx(carried, abs=1e-9)
        assert c.solar_kw >= 0.0
        assert 0.0 <= c.melt_kw <= sp.max_power_sp
        modes.add(c.mode)
    assert modes == {collector.MODE_OFF, collector.MODE_CHARGE, collector.MODE_MELT}


def test_charging_starts_stops_and_keeps_below_its_highest_temperature() -> None:
    assert collector.advance(rested(16.9, 0.0), SP, SUMMER, TO, 60.0).solar_kw == 0.0
    on = collector.advance(rested(17.1, 0.0), SP, SUMMER, TO, 60.0)
    assert on.mode == collector.MODE_CHARGE
    assert on.pump_kw == pytest.approx(1.6 * 0.8**3)
    assert collector.advance(rested(12.5, 0.0)._replace(mode=2), SP, SUMMER, TO, 60.0).solar_kw > 0.0
    assert collector.advance(rested(11.5, 0.0)._replace(mode=2), SP, SUMMER, TO, 60.0).solar_kw == 0.0
    hot = collector.advance(rested(60.0, 0.0), SP, SUMMER, TO, 60.0)
    assert hot.fluid_out_t == pytest.approx(20.0)
    for stopped in (SP._replace(mode_sp=0.0), SP._replace(mode_sp=3.0)):
        assert collector.advance(rested(35.0, 0.0), stopped, SUMMER, TO, 60.0).solar_kw == 0.0
    assert collector.advance(rested(35.0, 0.0), SP, SUMMER, TO._replace(max_t=-100.0), 60.0).solar_kw == 0.0


def test_gain_is_that_of_a_heat_exchanger_with_one_side_at_rest() -> None:
    """1 - e^-N of the way from the brine's to the slab's temperature."""
    after = collector.advance(rested(18.0, 0.0), SP, SUMMER, TO, 60.0)
    transfer = collector.FLUID_KW_K / (BRINE_KWH_PER_M3_K * after.flow)
    assert after.fluid_out_t == pytest.approx(8.0 + 10.0 * (1.0 - np.exp(-transfer)))


def test_melting_is_called_by_snow_and_by_what_would_freeze() -> None:
    assert collector.advance(snowed(-2.0, 2.0), SP, DRY, TO, 60.0).mode == collector.MODE_MELT
    assert collector.advance(rested(-2.0, 0.0), SP, WINTER, TO, 60.0).mode == collector.MODE_MELT
    assert collector.advance(rested(-2.0, 0.0), SP, DRY, TO, 60.0).mode == collector.MODE_OFF
    wet = rested(-1.0, 0.0)
    wet = wet._replace(heated=wet.heated._replace(wet_mm=0.2))
    assert collector.advance(wet, SP, DRY, TO, 60.0).mode == collector.MODE_MELT
    mild: Weather = WINTER._replace(outdoor_t=4.0, precip_type=RAIN)
    assert collector.advance(snowed(1.0, 2.0), SP, mild, TO, 60.0).mode == collector.MODE_OFF
    icy: Weather = DRY._replace(outdoor_t=-11.0)
    assert collector.advance(snowed(-5.0, 2.0), SP, icy, TO, 60.0).mode == collector.MODE_OFF
    assert collector.advance(snowed(-5.0, 2.0)._replace(mode=3), SP, icy, TO, 60.0).mode == collector.MODE_MELT


def test_melting_clears_its_part_dries_it_and_ends() -> None:
    c = run(snowed(-1.0, 5.0), DRY, 24.0)
    assert c.heated.snow_mm == 0.0
    assert c.heated.wet_mm < collector.MOIST_MM
    assert c.mode == collector.MODE_OFF
    assert c.plain.snow_mm > 4.0


def test_melting_obeys_limits_and_the_header() -> None:
    full = collector.advance(snowed(-2.0, 2.0), SP, WINTER, TO, 60.0)
    assert full.melt_kw == SP.max_power_sp
    assert collector.advance(snowed(-2.0, 2.0), SP._replace(max_power_sp=20.0), WINTER, TO, 60.0).melt_kw == 20.0
    assert collector.advance(snowed(-2.0, 2.0), SP, WINTER, TO._replace(available=0.5), 60.0).melt_kw == 30.0
    assert collector.advance(snowed(-2.0, 2.0), SP, WINTER, TO._replace(available=0.0), 60.0).melt_kw == 0.0
    assert collector.advance(snowed(-2.0, 2.0), SP._replace(mode_sp=2.0), WINTER, TO, 60.0).melt_kw == 0.0
    lukewarm = collector.advance(snowed(-2.0, 2.0), SP, WINTER, TO._replace(header_t=15.0), 60.0)
    assert lukewarm.melt_kw == pytest.approx(3.0 * (15.0 - 5.0 + 2.0))
    assert lukewarm.fluid_in_t + lukewarm.fluid_out_t == pytest.approx(2.0 * (15.0 - 5.0))


def test_stuck_valve_heats_a_dry_summer_pavement() -> None:
    c = collector.advance(rested(20.0, 0.0), SP, SUMMER, TO._replace(stuck=True), 60.0)
    assert c.mode == collector.MODE_MELT
    assert c.melt_kw == SP.max_power_sp
    assert c.solar_kw == 0.0
    assert run(c, SUMMER, 24.0, TO._replace(stuck=True)).heated.t < TO.header_t
