"""Recuperator and heat pump of the greywater unit: epsilon-NTU, first and second law, CoolProp."""

from math import exp

import pytest
from CoolProp.CoolProp import PropsSI
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import exchanger
from simulators.plant.pool import WATER_KWH_PER_M3_K

KELVIN = 273.15


def test_effectiveness_at_its_known_points() -> None:
    assert exchanger.effectiveness(1.9, 1.0) == pytest.approx(1.9 / 2.9)
    assert exchanger.effectiveness(1.9, 1.0 - 1e-5) == pytest.approx(1.9 / 2.9, abs=1e-5)
    assert exchanger.effectiveness(2.0, 0.0) == pytest.approx(1.0 - exp(-2.0))  # the other side condenses
    assert exchanger.effectiveness(50.0, 0.5) == pytest.approx(1.0)
    assert exchanger.effectiveness(0.0, 0.7) == 0.0


@pytest.mark.parametrize("ratio", [0.5, 0.8, 0.97])
def test_effectiveness_against_an_exchanger_of_many_slices(ratio: float) -> None:
    """Counterflow in a thousand slices, marched from the cold end, whose outlet is found by halving."""
    ntu, slices = 1.9, 1000

    def hot_in(cold_out_of_hot: float) -> tuple[float, float]:
        hot, cold = cold_out_of_hot, 0.0
        for _ in range(slices):
            q = ntu / slices * (hot - cold)
            hot, cold = hot + q * ratio, cold + q
        return hot, cold

    low, high = 0.0, 1.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if hot_in(middle)[0] < 1.0 else (low, middle)
    assert exchanger.effectiveness(ntu, ratio) == pytest.approx(hot_in(low)[1], abs=2e-3)


@given(st.floats(12.0, 45.0), st.floats(2.0, 15.0), st.floats(28.0, 42.0), st.floats(0.0, 1.0))
def test_first_and_second_law(drain_t: float, cold_t: float, outlet_t: float, fouled: float) -> None:
    unit = exchanger.run(drain_t, cold_t, outlet_t, fouled)
    heat = unit.exchanged_kw + unit.condenser_kw
    assert heat == pytest.approx(WATER_KWH_PER_M3_K * unit.fresh_m3_h * (outlet_t - cold_t), rel=1e-9)
    given_up = WATER_KWH_PER_M3_K * 2.4 * (drain_t - unit.drain_out_t)
    assert given_up == pytest.approx(heat - unit.el_kw, rel=1e-9, abs=1e-9)
    assert 0.0 < unit.fresh_m3_h <= 2.4
    assert unit.condenser_kw <= 34.0 + 1e-9
    assert unit.drain_out_t > 6.0
    if unit.el_kw > 0.0:
        assert 1.5 < unit.condenser_kw / unit.el_kw < (outlet_t + KELVIN) / max(1.0, outlet_t - unit.drain_out_t)


def test_the_usual_case_lies_in_what_suppliers_promise() -> None:
    """Drain 31 °C, mains 8 °C, outlet 36 °C: 0.6 to 0.7 recovered by the exchanger, COP 4-5 and 8-11 in all."""
    unit = exchanger.run(31.0, 8.0, 36.0, 0.0)
    fresh = WATER_KWH_PER_M3_K * unit.fresh_m3_h
    assert 0.6 < unit.exchanged_kw / (fresh * 23.0) < 0.7
    assert 4.0 < unit.condenser_kw / unit.el_kw < 5.0
    assert 8.0 < (unit.exchanged_kw + unit.condenser_kw) / unit.el_kw < 11.0
    assert 6.0 < unit.drain_out_t < 12.0


def test_fouling_costs_efficiency_all_the_way() -> None:
    units = [exchanger.run(31.0, 8.0, 36.0, fouled) for fouled in (0.0, 0.3, 0.6, 1.0)]
    totals = [(unit.exchanged_kw + unit.condenser_kw) / unit.el_kw for unit in units]
    assert totals == sorted(totals, reverse=True)
    assert [unit.fresh_m3_h for unit in units] == sorted((unit.fresh_m3_h for unit in units), reverse=True)
    assert units[2].drain_out_t > units[0].drain_out_t + 3.0
    assert units[-1].exchanged_kw == 0.0
    assert totals[-1] < 0.6 * totals[0]


def test_a_warm_drain_needs_no_compressor() -> None:
    unit = exchanger.run(60.0, 8.0, 28.0, 0.0)
    assert (unit.condenser_kw, unit.el_kw) == (0.0, 0.0)


@pytest.mark.parametrize(("outlet_t", "drain_out_t"), [(36.0, 7.0), (28.0, 9.0), (42.0, 7.0)])
def test_cop_beside_a_vapour_cycle_by_coolprop(outlet_t: float, drain_out_t: float) -> None:
    """R134a, 5 K superheat, 3 K subcooling: ours lies between cycles of 45 and 60 % efficiency for all losses."""

    def cycle(efficiency: float) -> float:
        evaporating, condensing = drain_out_t - 4.0 + KELVIN, outlet_t + 3.0 + KELVIN
        low, high = (PropsSI("P", "T", t, "Q", 1, "R134a") for t in (evaporating, condensing))
        start = PropsSI("H", "T", evaporating + 5.0, "P", low, "R134a")
        entropy = PropsSI("S", "T", evaporating + 5.0, "P", low, "R134a")
        ideal = PropsSI("H", "P", high, "S", entropy, "R134a")
        liquid = PropsSI("H", "T", condensing - 3.0, "P", high, "R134a")
        work = (ideal - start) / efficiency
        return float((start + work - liquid) / work)

    assert cycle(0.45) < exchanger.cop(outlet_t, drain_out_t, 0.0) < cycle(0.60)
