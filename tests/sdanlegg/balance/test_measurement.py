"""Before and after, beside what eemeter 3.2.0 (OpenEEmeter, the reference of the CalTRACK methods) makes of it."""

from math import sqrt

import numpy as np
import pytest

from sdanlegg.balance.arrays import Figure
from sdanlegg.balance.degree_days import degree_days, normalised
from sdanlegg.balance.et_curve import et_curve
from sdanlegg.balance.measurement import avoided, baseline, fractional_band

DAYS = np.arange(730)


def world(factor: float, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Temperatures [°F, as eemeter has them] and energy of a building that follows them below 60; factor: a measure."""
    t = 45 + 25 * np.sin(2 * np.pi * (days - 110) / 365) + 8 * np.sin(1.7 * days) + 5 * np.sin(0.37 * days)
    scatter = 3 * np.sin(2.3 * days) + 4 * np.sin(0.11 * days)
    return t, factor * (30 + 1.4 * np.maximum(0, 60 - t)) + scatter


# fit_caltrack_usage_per_day_model (hdd_only), metrics.ModelMetrics and error bands of derivatives.py, of world's two
# years, 95 %, two parameters.
EEMETER = {
    "intercept": 29.907421693831107, "beta": 1.4157281967007842, "balance_point": 60.0, "r2": 0.9755468482322893,
    "rmse": 3.5476822817373654, "cv": 0.0653111929834969, "autocorrelation": 0.39670193164088696,
    "n_prime": 157.65983418693656, "saved": 2083.4330947867966, "noise": 202.80355323321174, "fsu": 285.19464887722125,
}  # fmt: skip


def test_the_baseline_is_eemeters() -> None:
    t, energy = world(1.0, DAYS[:365])
    fit = baseline(energy, t, {}, base_t=60.0).fit
    assert fit.coefficients == pytest.approx([EEMETER["intercept"], EEMETER["beta"]], rel=1e-9)
    for name, value in (("r2", "r2"), ("rmse", "rmse"), ("cv", "cv"), ("autocorrelation", "autocorrelation")):
        assert getattr(fit, name) == pytest.approx(EEMETER[value], rel=1e-6)
    assert fit.effective_n == pytest.approx(EEMETER["n_prime"], rel=1e-6)


def test_the_change_point_is_eemeters_balance_point() -> None:
    t, energy = world(1.0, DAYS[:365])
    curve = et_curve(t, energy, np.zeros(365, int), "change_point")
    assert curve.change == EEMETER["balance_point"]
    assert curve.fit.coefficients == pytest.approx([EEMETER["intercept"], EEMETER["beta"]], rel=1e-9)


def test_what_was_avoided_is_eemeters_and_so_is_the_band() -> None:
    before = baseline(world(1.0, DAYS[:365])[1], world(1.0, DAYS[:365])[0], {}, base_t=60.0)
    t, energy = world(0.9, DAYS[365:])
    seen = avoided(before, energy, t, {}, "kWh")
    assert seen.figure.value == pytest.approx(EEMETER["saved"], rel=1e-9)
    assert seen.noise == pytest.approx(EEMETER["noise"], rel=1e-4)
    assert fractional_band(before.fit, 365) == pytest.approx(EEMETER["fsu"], rel=1e-4)
    half = seen.figure.high - seen.figure.value
    assert half == pytest.approx(sqrt(seen.model**2 + seen.noise**2))
    assert (seen.figure.coverage, seen.days) == (1.0, 365)


def test_the_interval_of_what_was_avoided_holds_the_truth() -> None:
    held = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        t = 6 - 10 * np.cos(2 * np.pi * DAYS / 365) + draw.normal(0, 3, 730)
        bathers, hours = draw.integers(200, 900, 730).astype(float), draw.choice([8.0, 15.5], 730)
        energy = 900 + 25 * degree_days(t) + 0.6 * bathers + 20 * hours
        shown = energy + draw.normal(0, 80, 730)
        shown[365:] -= 150
        drivers = {"bathers": bathers, "opening_hours": hours}
        before = baseline(shown[:365], t[:365], {name: x[:365] for name, x in drivers.items()})
        seen = avoided(before, shown[365:], t[365:], {name: x[365:] for name, x in drivers.items()}, "kWh").figure
        held += seen.low <= 150 * 365 <= seen.high
    assert 0.90 <= held / 200 <= 0.99


def test_missing_days_count_neither_way() -> None:
    t, energy = world(1.0, DAYS)
    before = baseline(energy[:365], t[:365], {}, base_t=60.0)
    after = energy[365:].copy()
    whole = avoided(before, after[100:], t[465:], {}, "kWh")
    after[:100] = np.nan
    seen = avoided(before, after, t[365:], {}, "kWh")
    assert seen.figure.value == pytest.approx(whole.figure.value)
    assert seen.figure.coverage == pytest.approx(265 / 365)


def test_without_a_baseline_nothing_is_known() -> None:
    t, energy = world(1.0, DAYS)
    none = baseline(energy[:2], t[:2], {}, base_t=60.0)
    for seen in (
        avoided(none, energy, t, {}, "kWh"),
        avoided(baseline(energy, t, {}), np.full(730, np.nan), t, {}, "kWh"),
    ):
        assert np.isnan(seen.figure.value)
        assert seen.figure.coverage == 0.0
    steady = baseline(energy, t, {"hours": np.full(730, 15.5)})  # says what the constant says
    assert not steady.fit.known


def test_a_drivers_absence_is_told() -> None:
    t, energy = world(1.0, DAYS)
    before = baseline(energy, t, {"bathers": np.abs(np.sin(DAYS)) * 500})
    with pytest.raises(KeyError, match="bathers"):
        avoided(before, energy, t, {}, "kWh")


def test_degree_days_below_seventeen() -> None:
    assert degree_days(np.array([-3.0, 17.0, 25.0, np.nan])) == pytest.approx([20.0, 0.0, 0.0, np.nan], nan_ok=True)


def test_a_normal_year() -> None:
    energy, share = Figure(100.0, 98.0, 102.0, "kWh", 0.9), Figure(0.3, 0.25, 0.35, "1", 1.0)
    seen = normalised(energy, share, 4000.0, 4400.0)  # 100 (0.7 + 0.3 · 1.1)
    assert seen.value == pytest.approx(103.0)
    assert seen.high - seen.value == pytest.approx(sqrt((1.03 * 2) ** 2 + (100 * 0.1 * 0.05) ** 2))
    assert (seen.unit, seen.coverage) == ("kWh", 0.9)
    assert normalised(energy, share, 0.0, 0.0) == energy
    assert np.isnan(normalised(energy, share, 0.0, 100.0).value)
    assert normalised(energy, share, float("nan"), 100.0).coverage == 0.0
