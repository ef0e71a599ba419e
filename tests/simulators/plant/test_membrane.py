"""The ceramic filter: resistance, washing, cleaning, permissives, and its water."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant import membrane
from simulators.plant.membrane import DOSING, FILTERING, FLUSHING, MAIN, RINSING, SCOURING, Filter, Pooled
from simulators.plant.setpoints import FilterSetpoints

AT = Pooled(water_t=27.5, turbidity=0.3, level_pct=72.0, night=False, fouling=1.0, stuck=False)
NEW = Filter(0.0, 0.0, FILTERING, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 3750.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
CALM = FilterSetpoints(interval_sp=48.0, tmp_start_sp=0.5)


def run(sp: FilterSetpoints, at: Pooled, hours: float, dt_s: float = 60.0, f: Filter = NEW) -> Filter:
    for _ in range(round(hours * 3600 / dt_s)):
        f = membrane.advance(f, MAIN, sp, at, dt_s)
    return f


def test_washed_by_interval_pressure_and_request() -> None:
    assert run(FilterSetpoints(interval_sp=4.0, tmp_start_sp=0.5), AT, 9.0).washes == 2.0
    assert run(CALM._replace(tmp_start_sp=0.15), AT._replace(turbidity=1.0), 24.0).washes >= 1.0
    assert run(CALM._replace(backwash_request=1.0), AT, 0.1).washes >= 1.0
    assert run(CALM, AT, 24.0).washes == 0.0


@pytest.mark.parametrize("dt_s", [1.0, 7.0, 60.0, 300.0])
def test_a_wash_takes_its_water_and_time_whatever_the_step(dt_s: float) -> None:
    f, filtered = NEW, 0.0
    for _ in range(round(2.2 * 3600 / dt_s)):
        f = membrane.advance(f, MAIN, CALM._replace(interval_sp=2.0), AT, dt_s)
        filtered += f.flow * dt_s / 3600.0
    assert f.washes == 1.0
    assert f.volume_m3 == pytest.approx(MAIN.backwash_m3)
    hours = round(2.2 * 3600 / dt_s) * dt_s / 3600.0
    assert f.run_h == pytest.approx(hours - 135.0 / 3600.0)
    assert filtered == pytest.approx(MAIN.flow * f.run_h)


def test_pressure_follows_flux_viscosity_and_resistance() -> None:
    """J = TMP / (mu (Rm + Rc + Ri)), and the cake grows by k c J."""
    f = run(CALM, AT, 1.0)
    flux = 1000.0 * f.flow / MAIN.area_m2
    assert flux == pytest.approx(300.0)
    assert f.cake == pytest.approx(membrane.CAKE_PER_FTU * 300.0 * 0.3 * 1.0)
    assert f.tmp_bar == pytest.approx(flux * membrane.viscosity_ratio(27.5) * (1.0 + f.cake + f.pores) / 3750.0)
    assert f.permeability == pytest.approx(3750.0 / (1.0 + f.cake + f.pores))
    clean = membrane.advance(NEW, MAIN, CALM, AT._replace(water_t=20.0), 1.0)
    assert clean.tmp_bar == pytest.approx(0.08, rel=1e-3)
    # IAPWS: 1.0016 mPa·s at 20 °C, 0.7975 at 30 °C.
    assert membrane.viscosity_ratio(20.0) == 1.0
    assert membrane.viscosity_ratio(30.0) == pytest.approx(0.7975 / 1.0016, abs=0.005)


def test_washing_brings_back_the_cake_but_not_the_pores() -> None:
    fouled = NEW._replace(cake=0.8, pores=0.2, since_h=9.0)
    f = run(CALM._replace(interval_sp=8.0), AT, 0.1, f=fouled)
    assert f.washes == 1.0
    assert f.cake == pytest.approx(0.8 * membrane.CAKE_LEFT, abs=0.01)
    assert f.pores >= 0.2


def test_no_second_wash_straight_after_the_first() -> None:
    """At steps longer than a wash too: the pressure that counts is the one after it."""
    fouled = NEW._replace(cake=3.0, tmp_bar=0.35)
    f = run(CALM._replace(tmp_start_sp=0.3), AT, 2.0, 300.0, fouled)
    assert f.washes == 1.0


def test_cleaned_chemically_at_night_when_washing_no_longer_helps() -> None:
    fouled = NEW._replace(pores=0.31)
    assert run(CALM, AT, 1.0, f=fouled).cleanings == 0.0
    night = AT._replace(night=True)
    f, states = fouled, set()
    for _ in range(60):
        f = membrane.advance(f, MAIN, CALM, night, 60.0)
        states.add(membrane.cleaning_state(f))
        assert membrane.wash_phase(f) == 0
    assert f.cleanings == 1.0
    assert states == {0, 1, 2, 3}
    assert f.pores == pytest.approx(0.031, abs=0.002)
    assert f.volume_m3 == pytest.approx(membrane.RINSE_WASHES * MAIN.backwash_m3)


def test_phases_of_a_wash_in_order() -> None:
    f, seen = NEW._replace(since_h=50.0), []
    for _ in range(20):
        f = membrane.advance(f, MAIN, CALM, AT, 10.0)
        seen.append(membrane.wash_phase(f))
    assert seen == [1] * 2 + [2] * 5 + [3] * 6 + [0] * 7


def test_nothing_is_washed_from_a_low_tank_and_a_dry_one_stops_the_pump() -> None:
    asked = CALM._replace(backwash_request=1.0)
    assert membrane.due(NEW._replace(since_h=99.0), asked, AT._replace(level_pct=19.0)) == FILTERING
    assert membrane.due(NEW, asked, AT) == SCOURING
    dry = membrane.advance(NEW, MAIN, CALM, AT._replace(level_pct=4.0), 60.0)
    assert (dry.flow, dry.pump_kw, dry.tmp_bar, dry.running) == (0.0, 0.0, 0.0, 0.0)
    assert membrane.speed_pct(dry, MAIN) == 0.0


def test_pump_gives_less_rather_than_trip() -> None:
    blocked = NEW._replace(cake=20.0)
    f = membrane.advance(blocked, MAIN, CALM._replace(tmp_start_sp=9.0), AT, 60.0)
    assert f.tmp_bar == pytest.approx(membrane.TRIP_BAR, rel=1e-2)
    assert 0.0 < f.flow < 0.6 * MAIN.flow


def test_pump_speed_by_flow_and_pressure() -> None:
    full, night = (membrane.advance(NEW, MAIN, CALM, AT._replace(night=n), 60.0) for n in (False, True))
    assert membrane.speed_pct(full, MAIN) == pytest.approx(90.0, abs=1.0)
    assert night.flow == pytest.approx(0.6 * full.flow)
    assert 50.0 < membrane.speed_pct(night, MAIN) < 60.0
    assert night.pump_kw < 0.3 * full.pump_kw


def test_faults_foul_faster_and_wash_every_hour() -> None:
    sound, fast = (run(CALM, AT._replace(fouling=k), 1.0) for k in (1.0, 6.0))
    assert fast.cake == pytest.approx(6.0 * sound.cake)
    assert run(CALM, AT._replace(stuck=True), 12.0).washes >= 11.0


@settings(max_examples=200, deadline=None)
@given(
    phase=st.sampled_from(range(7)),
    part=st.floats(0.01, 1.0),
    cake=st.floats(0.0, 9.0),
    dt_s=st.floats(1.0, 300.0),
    night=st.booleans(),
    flow_sp=st.floats(50.0, 110.0),
)
def test_water_and_time_close(phase: int, part: float, cake: float, dt_s: float, night: bool, flow_sp: float) -> None:
    """What a wash takes is counted once; the step is filtering or washing, and nothing is lost between them."""
    before = NEW._replace(phase=phase, phase_left_s=part * membrane.PHASE_S[phase], cake=cake, volume_m3=100.0)
    f = membrane.advance(before, MAIN, CALM._replace(flow_sp=flow_sp), AT._replace(night=night), dt_s)
    assert f.volume_m3 - before.volume_m3 == pytest.approx(f.washed_m3, abs=1e-12)
    assert f.washed_m3 == pytest.approx(f.wash_flow * dt_s / 3600.0, rel=1e-12)
    assert 0.0 <= f.running <= 1.0
    assert f.run_h == pytest.approx(f.running * dt_s / 3600.0)
    most = {FLUSHING: part, RINSING: 2.0 * part, SCOURING: 1.0}.get(phase, 2.0 if phase >= DOSING else 0.0)
    assert f.washed_m3 <= MAIN.backwash_m3 * most + 1e-9
    assert f.cake >= 0.0
