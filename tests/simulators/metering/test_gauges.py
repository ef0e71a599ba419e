"""Gauges: class limits over many instruments, lag, cut-off, ends of the range, absence."""

from math import exp, isnan, log, nan

import numpy as np
import pytest

from tests.support.meter_bench import MakeBench

SEEDS = range(200)


def mean_shown(bench: MakeBench, id_: str, truth: float, seed: int, samples: int = 10) -> float:
    """What an instrument shows of a standing truth, its noise averaged away."""
    meter = bench(id_, seed=seed)
    return float(np.mean([meter.read(60.0, {id_: truth})[id_] for _ in range(samples)]))


@pytest.mark.parametrize(
    ("id_", "truth", "limit", "noise"),
    [
        ("vp1.supply_t", 50.0, 0.15 + 0.002 * 50.0, 0.01),
        ("vp1.brine_in_t", -4.0, 0.15 + 0.002 * 4.0, 0.01),
        ("el_cafe.p", 9.0, 0.02 * 9.0, 0.0005 * 9.0),
        ("el_cafe.p", 0.17, 0.025 * 0.17, 0.0005 * 0.17),
        ("el_fans.p", 18.0, 0.01 * 18.0, 0.0005 * 18.0),
        ("wm_mains.flow", 5.0, 0.02 * 5.0, 0.003 * 5.0),
        ("wm_mains.flow", 0.1, 0.05 * 0.1, 0.003 * 0.1),
        ("ahu1.extract_rh", 55.0, 3.0, 0.2),
        ("pv_roof.w", 40.0, 0.03 * 40.0, 0.003 * 40.0),
    ],
)
def test_errors_fill_the_class_and_stay_inside(
    bench: MakeBench, id_: str, truth: float, limit: float, noise: float
) -> None:
    errors = np.array([mean_shown(bench, id_, truth, seed) - truth for seed in SEEDS]) / limit
    left = 5.0 * noise / limit / 10**0.5
    assert np.abs(errors).max() < 1.0 + left
    assert np.abs(errors).max() > 0.85
    assert abs(errors.mean()) < 0.17  # four standard errors
    assert errors.std() == pytest.approx(3**-0.5, abs=0.1)


def test_noise_has_the_instruments_size_and_stands_at_the_same_instant(bench: MakeBench) -> None:
    meter = bench("weather.outdoor_t")
    values = [meter.read(600.0, {"weather.outdoor_t": 10.0})["weather.outdoor_t"] for _ in range(2000)]
    assert np.std(values) == pytest.approx(0.03, rel=0.1)
    assert meter.read(0.0, {})["weather.outdoor_t"] == values[-1]


def test_a_pocket_answers_a_step_as_a_first_order_lag(bench: MakeBench) -> None:
    def reached(steps: list[float]) -> float:
        meter = bench("vp1.supply_t")
        meter.read(0.0, {"vp1.supply_t": 20.0})
        for seconds in steps:
            meter.read(seconds, {"vp1.supply_t": 60.0})
        return meter.metering.memory().reached["vp1.supply_t"]

    assert reached([]) == 20.0
    lag_s = -10.0 / log((60.0 - reached([10.0])) / 40.0)
    assert 20.0 <= lag_s <= 60.0
    for seconds in (1.0, 30.0, 90.0, 300.0):
        analytic = 60.0 - 40.0 * exp(-seconds / lag_s)
        assert reached([seconds]) == pytest.approx(analytic, abs=1e-9)
        assert reached([seconds / 10.0] * 10) == pytest.approx(analytic, abs=1e-9)


def test_lags_differ_between_instruments_and_stay_in_their_range(bench: MakeBench) -> None:
    lags = []
    for seed in range(60):
        meter = bench("vp1.supply_t", seed=seed)
        meter.read(0.0, {"vp1.supply_t": 0.0})
        meter.read(10.0, {"vp1.supply_t": 1.0})
        lags.append(-10.0 / log(1.0 - meter.metering.memory().reached["vp1.supply_t"]))
    assert 20.0 <= min(lags) < 25.0
    assert 55.0 < max(lags) <= 60.0


def test_nothing_reads_as_nothing(bench: MakeBench) -> None:
    ids = ("wells.total_flow", "ahu1.fan_p_el", "vp1.compressor_pct", "el_snow.i_l1", "weather.precip", "people.inside")
    meter = bench(*ids)
    for _ in range(50):
        assert set(meter.read(60.0, {}).values()) == {0.0}


def test_a_whole_ends_at_a_hundred_and_a_power_factor_at_one(bench: MakeBench) -> None:
    truth = {"ahu1.supply_rh": 99.9, "vp1.compressor_pct": 100.0, "el_boiler.pf": 1.0, "weather.wind_dir": 359.9}
    bounds = (100.0, 100.0, 1.0, 360.0)
    seen = []
    for seed in range(20):
        meter = bench(*truth, seed=seed)
        seen += [[meter.read(60.0, truth)[id_] for id_ in truth] for _ in range(20)]
    assert tuple(np.max(seen, axis=0)) == bounds
    assert (np.min(seen, axis=0) < 0.999 * np.array(bounds)).all()


def test_what_has_no_value_shows_none_and_comes_back(bench: MakeBench) -> None:
    meter = bench("vp1.supply_t", "wm_mains.flow")
    meter.read(0.0, {"vp1.supply_t": 50.0, "wm_mains.flow": 2.0})
    shown = meter.read(5.0, {"vp1.supply_t": nan, "wm_mains.flow": nan})
    assert isnan(shown["vp1.supply_t"])
    assert isnan(shown["wm_mains.flow"])
    shown = meter.read(5.0, {"vp1.supply_t": 50.0, "wm_mains.flow": 2.0})
    assert shown["vp1.supply_t"] == pytest.approx(50.0, abs=0.4)
    assert shown["wm_mains.flow"] == pytest.approx(2.0, rel=0.04)
