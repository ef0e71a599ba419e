"""Steps, hysteresis, limit and the stuck contactor of the electric boiler."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import boiler
from simulators.plant.boiler import Call
from simulators.plant.header import CAPACITY_KWH_K
from simulators.plant.tank import NODE_KWH_K

SATISFIED = Call(67.2, 65.0, 5, 46.0, 40.0, 240.0, 0.0)


def test_hysteresis_of_the_tank() -> None:
    for t, boiling, expected in ((65.7, False, False), (65.7, True, True), (65.5, False, True), (67.1, True, False)):
        assert boiler.advance(boiling, False, SATISFIED._replace(tank_t=t), 60.0).boiling is expected


@pytest.mark.parametrize(("t", "kw"), [(65.4, 60.0), (65.6, 30.0), (63.0, 90.0), (50.0, 120.0)])
def test_one_to_four_steps_for_the_tank(t: float, kw: float) -> None:
    now = boiler.advance(True, False, SATISFIED._replace(tank_t=t), 1.0)
    assert (now.tank_kw, now.steps) == (kw, kw / 30.0)
    assert now.el_kw == pytest.approx(kw / 0.99)


def test_tank_first_whole_steps_within_the_limit() -> None:
    call = SATISFIED._replace(tank_t=40.0, header_t=30.0, limit_kw=170.0)
    now = boiler.advance(False, False, call, 1.0)
    assert (now.tank_kw, now.header_kw, now.steps) == (120.0, 30.0, 5)
    assert boiler.advance(False, False, call._replace(limit_kw=0.0), 1.0).el_kw == 0.0


def test_header_is_helped_at_peak_only() -> None:
    assert boiler.advance(False, False, SATISFIED._replace(header_t=40.1), 60.0).header_kw == 0.0
    helping = boiler.advance(False, False, SATISFIED._replace(header_t=39.9), 60.0)
    assert helping.peaking
    assert helping.header_kw == 90.0
    assert boiler.advance(False, True, SATISFIED._replace(header_t=40.9), 60.0).header_kw == 30.0
    assert boiler.advance(False, True, SATISFIED._replace(header_t=41.1), 60.0).header_kw == 0.0


@given(
    st.booleans(), st.booleans(), st.floats(20.0, 75.0), st.floats(20.0, 80.0), st.floats(0.0, 300.0),
    st.sampled_from([1.0, 60.0, 300.0]),
)  # fmt: skip
def test_no_step_overshoots_or_passes_the_limit(
    boiling: bool, peaking: bool, tank_t: float, header_t: float, limit: float, dt_s: float
) -> None:
    call = SATISFIED._replace(tank_t=tank_t, header_t=header_t, limit_kw=limit)
    now, h = boiler.advance(boiling, peaking, call, dt_s), dt_s / 3600.0
    assert 0.0 <= now.tank_kw + now.header_kw <= limit
    assert now.tank_kw + now.header_kw <= 30.0 * now.steps
    assert now.el_kw == pytest.approx((now.tank_kw + now.header_kw) / 0.99)
    if now.tank_kw > 0.0:
        assert tank_t + now.tank_kw * h / (5 * NODE_KWH_K) <= 67.3
    if now.header_kw > 0.0:
        assert header_t + now.header_kw * h / CAPACITY_KWH_K <= 41.3


def test_stuck_contactor_heats_the_header_until_the_thermostat_cuts() -> None:
    stuck = SATISFIED._replace(stuck_kw=60.0, limit_kw=0.0)
    assert boiler.advance(False, False, stuck, 60.0).header_kw == 60.0
    assert not boiler.advance(False, False, stuck, 60.0).peaking
    assert boiler.advance(False, False, stuck._replace(header_t=72.5), 60.0).header_kw == pytest.approx(30.0)
    assert boiler.advance(False, False, stuck._replace(header_t=76.0), 60.0).header_kw == 0.0
