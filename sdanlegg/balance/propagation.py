"""Figures out of a period's totals, with the interval that their covariance gives.

A quantity is a number and its derivatives by the V variables of the totals. Sums and shares of quantities are
quantities (first order); a ratio that is shown gets Fieller's interval, which is exact for two jointly normal sums and
tells when a denominator is too near zero to divide by (Fieller, J. R. Stat. Soc. B 16, 1954). Intervals are 95 %; how
many standard uncertainties that takes comes of the shape of the errors behind the figure, 1.65 where one meter's even
error rules it to 1.96 for many (half_width.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Figure, Totals
from sdanlegg.balance.half_width import coverage_factor
from sdanlegg.plan import Term
from sdanlegg.readings import FloatArray

K_NORMAL: Final = 1.96  # for deciding whether something can be told from 0
LEAST: Final = 1e-9  # kWh, m³, persons: below it there is nothing to divide by


@dataclass(frozen=True, slots=True)
class Sheet:
    """A period's totals made ready for many figures: V variables by name, with what is not known set apart.

    amount and coverage (V), NaN as in the totals; unsure, columns whose variance is not known; covariance and fixed
    (V, V) and excess (V,) with zeros in their place, so that one unknown neighbour blanks nothing.
    """

    column: Mapping[str, int]
    amount: list[float]
    coverage: list[float]
    unsure: frozenset[int]
    covariance: FloatArray
    fixed: FloatArray
    excess: FloatArray


def sheet(totals: Totals) -> Sheet:
    """Make a period's totals ready."""
    unsure = frozenset(np.flatnonzero(~np.isfinite(np.diag(totals.covariance))).tolist())
    return Sheet(
        {name: column for column, name in enumerate(totals.names)}, totals.amount.tolist(), totals.coverage.tolist(),
        unsure, np.nan_to_num(totals.covariance), np.nan_to_num(totals.fixed), np.nan_to_num(totals.excess),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number made of a period's totals.

    value [of its unit], NaN where a variable is not known; gradient (V,) its derivatives; own a variance that is no
    variable's (of a count), NaN where a variable's is not known; coverage 0 to 1; missing, variables not known.
    """

    value: float
    gradient: FloatArray
    coverage: float
    missing: tuple[str, ...] = ()
    own: float = 0.0


def unknown(of: Sheet, missing: Iterable[str] = ()) -> Quantity:
    """A quantity of which nothing is known."""
    return Quantity(nan, np.zeros(len(of.amount)), 0.0, tuple(missing))


def number(of: Sheet, value: float, sigma: float = 0.0, coverage: float = 1.0) -> Quantity:
    """A number from outside the balance, with its standard uncertainty, independent of every variable."""
    return Quantity(value, np.zeros(len(of.amount)), coverage if isfinite(value) else 0.0, (), sigma * sigma)


def summed(terms: Iterable[Term], of: Sheet) -> Quantity:
    """Sum of times · variable; NaN, with the names in missing, if one is not known. No terms: 0, known.

    Coverage is that of the variables, weighed by what each brings; 1 where none has points of its own: a variable that
    only the balance tells has no say here, those that tell it have.
    """
    gradient, missing, own = np.zeros(len(of.amount)), [], 0.0
    value, told = 0.0, []
    for term in terms:
        column = of.column.get(term.flow)
        if column is None or not isfinite(of.amount[column]):
            missing.append(term.flow)
            continue
        gradient[column] += term.times
        value += term.times * of.amount[column]
        if column in of.unsure:
            own = nan
        if of.coverage[column] > 0.0:
            told.append((abs(term.times * of.amount[column]), of.coverage[column]))
    if missing:
        return unknown(of, missing)
    return Quantity(value, gradient, _weighed(told) if told else 1.0, (), own)


def _weighed(told: Iterable[tuple[float, float]]) -> float:
    """Mean of (weight, share) pairs; the plain mean where nothing has a weight."""
    pairs = list(told)
    whole = sum(weight for weight, _ in pairs)
    if whole <= 0.0:
        return sum(share for _, share in pairs) / len(pairs)
    return sum(weight * share for weight, share in pairs) / whole


def add(parts: Iterable[Quantity], of: Sheet) -> Quantity:
    """Sum of quantities; not known if one is not. Coverage is weighed by the size of the parts."""
    kept = list(parts)
    missing = tuple(dict.fromkeys(name for part in kept for name in part.missing))
    if not kept:
        return summed((), of)
    if not all(isfinite(part.value) for part in kept):
        return unknown(of, missing)
    gradient = kept[0].gradient.copy()
    for part in kept[1:]:
        gradient += part.gradient
    covered = _weighed((abs(part.value), part.coverage) for part in kept)
    return Quantity(sum(p.value for p in kept), gradient, covered, missing, sum(p.own for p in kept))


def scaled(part: Quantity, times: float) -> Quantity:
    """A quantity multiplied by a number that is known."""
    return Quantity(part.value * times, part.gradient * times, part.coverage, part.missing, part.own * times * times)


def share(whole: Quantity, part: Quantity, of: Quantity) -> Quantity:
    """Return whole · part / of to first order, as when electricity is shared out by heat. of must not be 0."""
    ratio = part.value / of.value
    gradient = ratio * whole.gradient + whole.value / of.value * (part.gradient - ratio * of.gradient)
    covered = min(whole.coverage, part.coverage, of.coverage)
    return Quantity(whole.value * ratio, gradient, covered, whole.missing + part.missing + of.missing)


def variance(quantity: Quantity, of: Sheet) -> float:
    """Variance of a quantity, never below 0; NaN where a variable's is not known."""
    spread = float(quantity.gradient @ of.covariance @ quantity.gradient)
    return max(spread + quantity.own, 0.0)  # in this order NaN stays NaN


def factor(gradient: FloatArray, spread: float, of: Sheet) -> float:
    """How many standard uncertainties make a 95 % interval: by the kurtosis of the fixed errors behind a variance."""
    if not spread > 0.0:
        return K_NORMAL
    shares = gradient @ of.fixed / sqrt(spread)
    return float(coverage_factor(np.square(np.square(shares)) @ of.excess))


def figure(quantity: Quantity, of: Sheet, unit: str, times: float = 1.0) -> Figure:
    """Show times · a quantity with its 95 % interval; NaN with coverage 0 if it or its variance is not known."""
    spread = variance(quantity, of) if isfinite(quantity.value) else nan
    if not isfinite(spread):
        return Figure(nan, nan, nan, unit, 0.0)
    half = times * factor(quantity.gradient, spread, of) * sqrt(spread)
    value = times * quantity.value
    return Figure(value, value - half, value + half, unit, quantity.coverage)


def ratio(over: Quantity, under: Quantity, of: Sheet, unit: str, times: float = 1.0) -> Figure:
    """Show times · over / under with Fieller's 95 % interval.

    NaN with coverage 0 if either is not known, if under is not above 0, or if under's own interval holds 0: then no
    bounded interval holds the ratio with 95 %, and a number would be nonsense.
    """
    nothing = Figure(nan, nan, nan, unit, 0.0)
    if not (isfinite(over.value) and isfinite(under.value)) or under.value <= LEAST:
        return nothing
    value = over.value / under.value
    spread = of.covariance @ under.gradient
    shared = float(over.gradient @ spread)
    of_over, of_under = variance(over, of), float(under.gradient @ spread) + under.own
    off = of_over - 2.0 * value * shared + value * value * of_under  # of over - value · under, which should be zero
    z2 = factor(over.gradient - value * under.gradient, off, of) ** 2
    a = under.value**2 - z2 * of_under
    b = over.value * under.value - z2 * shared
    c = over.value**2 - z2 * of_over
    if not (isfinite(a) and isfinite(b) and isfinite(c)) or a <= 0.0:
        return nothing
    root = sqrt(max(0.0, b * b - a * c))
    ends = (times * (b - root) / a, times * (b + root) / a, times * value)
    return Figure(times * value, min(ends), max(ends), unit, min(over.coverage, under.coverage))
