"""Measurement and verification: what a measure avoided, from a baseline before it, and how sure that is.

Baseline: energy by degree days, bathers and opening hours (45 Norwegian halls: three quarters of the variation; Nitter
2019), fitted before; avoided = what the baseline expects of the days after less what was measured then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from sdanlegg.balance.arrays import Figure
from sdanlegg.balance.degree_days import BASE_T, degree_days
from sdanlegg.balance.regression import Fit, ols, student_t, whole_rows
from sdanlegg.readings import FloatArray


@dataclass(frozen=True, slots=True)
class Baseline:
    """Energy of a day: fit over a constant, degree days below base_t [°C] and the drivers, by name."""

    fit: Fit
    base_t: float
    drivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Avoided:
    """Energy avoided over the days after: figure, expected and measured sums, days counted.

    model, noise: the half widths of the figure's interval that come from the baseline's coefficients and from the days'
    scatter; figure's half width is the root of their squares.
    """

    figure: Figure
    expected: float
    measured: float
    days: int
    model: float
    noise: float


def baseline(
    energy: FloatArray, outdoor_t: FloatArray, drivers: Mapping[str, FloatArray], base_t: float = BASE_T
) -> Baseline:
    """Fit energy (D,) [kWh a day] by degree days of daily means outdoor_t (D,) [°C] and drivers, each (D,).

    Drivers such as bathers [persons] and opening hours [h]; days with any NaN are left out; too few days, or drivers
    that do not vary or say the same, give a fit that is not known.
    """
    names = ("constant", "degree_days", *drivers)
    return Baseline(ols(_rows(outdoor_t, drivers, base_t), energy, names), base_t, tuple(drivers))


def avoided(
    before: Baseline,
    energy: FloatArray,
    outdoor_t: FloatArray,
    drivers: Mapping[str, FloatArray],
    unit: str,
    confidence: float = 0.95,
) -> Avoided:
    """What was avoided on the days after: energy (D,) measured, against the baseline at outdoor_t and drivers.

    Days with any NaN count neither way and lower the coverage. Variance of the sum of m days: that of the line, g C gᵀ
    with g the sum of the days' rows, and that of the scatter, m RMSE²; both times n / n' for residuals that follow each
    other (ASHRAE Guideline 14-2014, annex B; Draper & Smith, 3.1). KeyError: a driver of the baseline is missing.
    """
    rows = _rows(outdoor_t, {name: drivers[name] for name in before.drivers}, before.base_t)
    kept = whole_rows(rows, energy)
    days, fit = int(kept.sum()), before.fit
    if not fit.known or not days:
        nan = float("nan")
        return Avoided(Figure(nan, nan, nan, unit, 0.0), nan, nan, days, nan, nan)
    rows = rows[kept].sum(axis=0)
    expected, measured = float(rows @ fit.coefficients), float(energy[kept].sum())
    inflation, t = max(1.0, fit.n / fit.effective_n), student_t(fit.freedom, confidence)
    model = t * sqrt(float(rows @ fit.covariance @ rows) * inflation)
    noise = t * fit.rmse * sqrt(days * inflation)
    half, value = sqrt(model**2 + noise**2), expected - measured
    figure = Figure(value, value - half, value + half, unit, days / energy.size)
    return Avoided(figure, expected, measured, days, model, noise)


def fractional_band(fit: Fit, days: int, confidence: float = 0.95) -> float:
    """Half width of the interval of energy avoided over so many days, by the guideline's own shortcut.

    ASHRAE Guideline 14-2014 with Sun & Baltazar's polynomial (2013) in months for daily data: what other programs and
    reviewers compute. Avoided.figure carries the exact covariance instead and is the one to report.
    """
    months = days / 30.0
    shape = -0.00024 * months**2 + 0.03535 * months + 1.00286
    n = fit.effective_n
    spread = sqrt(fit.n / n * (1.0 + 2.0 / n) / days)
    return fit.mean * fit.n * student_t(fit.freedom, confidence) * shape * fit.cv * spread


def _rows(outdoor_t: FloatArray, drivers: Mapping[str, FloatArray], base_t: float) -> FloatArray:
    columns = [np.ones_like(outdoor_t), degree_days(outdoor_t, base_t), *drivers.values()]
    return np.stack(columns, axis=1)
