"""Figures out of a period's totals, with the interval that their covariance gives.

A quantity is a number and its derivatives by the V variables of the totals. Sums and shares of quantities are
quantities (first order); a ratio that is shown gets Fieller's interval, which is exact for two jointly normal sums and
tells when a denominator is too near zero to divide by (Fieller, J. R. Stat. Soc. B 16, 1954). Intervals are 95 %; how
many standard uncertainties that takes comes of the shape of the errors behind the figure, 1.65 where one meter's even
error rules it to 1.96 for many (half_width.py).
"""

from collections.abc import Iterable
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
class Quantity:
    """A number made of a period's totals.

    value [of its unit], NaN where a variable is not known; gradient (V,) its derivatives; own a variance that is no
    variable's (of a count); coverage 0 to 1; missing, the variables that are not known.
    """

    value: float
    gradient: FloatArray
    coverage: float
    missing: tuple[str, ...] = ()
    own: float = 0.0


def unknown(totals: Totals, missing: Iterable[str] = ()) -> Quantity:
    """A quantity of which nothing is known."""
    return Quantity(nan, np.zeros(len(totals.names)), 0.0, tuple(missing))


def number(totals: Totals, value: float, sigma: float = 0.0, coverage: float = 1.0) -> Quantity:
    """A number from outside the balance, with its standard uncertainty, independent of every variable."""
    return Quantity(value, np.zeros(len(totals.names)), coverage if isfinite(value) else 0.0, (), sigma * sigma)


def summed(terms: Iterable[Term], totals: Totals) -> Quantity:
    """Sum of times · variable; NaN, with the names in missing, if one is not known. No terms: 0, known."""
    where = {name: column for column, name in enumerate(totals.names)}
    gradient, missing = np.zeros(len(totals.names)), []
    for term in terms:
        column = where.get(term.flow)
        if column is None or not isfinite(totals.amount[column]):
            missing.append(term.flow)
        else:
            gradient[column] += term.times
    if missing:
        return unknown(totals, missing)
    used = gradient != 0.0
    value = float(gradient[used] @ totals.amount[used])
    return Quantity(value, gradient, coverage(gradient, totals))


def coverage(gradient: FloatArray, totals: Totals) -> float:
    """Coverage of the variables with a derivative, weighed by what each brings; 1 where none has points of its own.

    A variable that only the balance tells has no points behind it and no say here: those that tell it have.
    """
    weight = np.abs(gradient * np.where(np.isfinite(totals.amount), totals.amount, 0.0))
    told = (gradient != 0.0) & np.isfinite(totals.coverage) & (totals.coverage > 0.0)
    if not told.any():
        return 1.0
    if weight[told].sum() <= 0.0:
        return float(totals.coverage[told].mean())
    return float(np.average(totals.coverage[told], weights=weight[told]))


def add(parts: Iterable[Quantity], totals: Totals) -> Quantity:
    """Sum of quantities; not known if one is not. Coverage is weighed by the size of the parts."""
    kept = list(parts)
    missing = tuple(dict.fromkeys(name for part in kept for name in part.missing))
    if not kept:
        return summed((), totals)
    if not all(isfinite(part.value) for part in kept):
        return unknown(totals, missing)
    size = np.array([abs(part.value) for part in kept])
    shares = np.array([part.coverage for part in kept])
    covered = float(np.average(shares, weights=size)) if size.sum() > 0.0 else float(shares.mean())
    gradient = np.sum([part.gradient for part in kept], axis=0)
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


def variance(first: Quantity, second: Quantity, totals: Totals) -> float:
    """Covariance of two quantities; of one with itself, its variance. Never below 0 for the latter."""
    used = (first.gradient != 0.0) | (second.gradient != 0.0)
    block = totals.covariance[np.ix_(used, used)]
    shared = float(first.gradient[used] @ block @ second.gradient[used])
    if first is not second:
        return shared
    return max(shared + first.own, 0.0)  # in this order NaN stays NaN


def factor(quantity: Quantity, totals: Totals) -> float:
    """How many standard uncertainties make the 95 % interval: by the kurtosis of the fixed errors behind it."""
    spread = variance(quantity, quantity, totals)
    if not spread > 0.0:
        return K_NORMAL
    used = quantity.gradient != 0.0
    shares = quantity.gradient[used] @ totals.fixed[used] / sqrt(spread)
    return float(coverage_factor(np.square(np.square(shares)) @ np.nan_to_num(totals.excess)))


def figure(quantity: Quantity, totals: Totals, unit: str) -> Figure:
    """Show a quantity with its 95 % interval; NaN with coverage 0 if its value or its variance is not known."""
    spread = variance(quantity, quantity, totals) if isfinite(quantity.value) else nan
    if not isfinite(spread):
        return Figure(nan, nan, nan, unit, 0.0)
    half = factor(quantity, totals) * sqrt(spread)
    return Figure(quantity.value, quantity.value - half, quantity.value + half, unit, quantity.coverage)


def ratio(over: Quantity, under: Quantity, totals: Totals, unit: str, times: float = 1.0) -> Figure:
    """Show times · over / under with Fieller's 95 % interval.

    NaN with coverage 0 if either is not known, if under is not above 0, or if under's own interval holds 0: then no
    bounded interval holds the ratio with 95 %, and a number would be nonsense.
    """
    if not (isfinite(over.value) and isfinite(under.value)) or under.value <= LEAST:
        return Figure(nan, nan, nan, unit, 0.0)
    value = over.value / under.value
    z2 = factor(_difference(over, scaled(under, value)), totals) ** 2
    a = under.value**2 - z2 * variance(under, under, totals)
    b = over.value * under.value - z2 * variance(over, under, totals)
    c = over.value**2 - z2 * variance(over, over, totals)
    if not (isfinite(a) and isfinite(b) and isfinite(c)) or a <= 0.0:
        return Figure(nan, nan, nan, unit, 0.0)
    root = sqrt(max(0.0, b * b - a * c))
    ends = (times * (b - root) / a, times * (b + root) / a)
    covered = min(over.coverage, under.coverage)
    return Figure(times * value, min(*ends, times * value), max(*ends, times * value), unit, covered)


def _difference(first: Quantity, second: Quantity) -> Quantity:
    """One quantity less another: what Fieller's interval asks to be zero."""
    own = first.own + second.own
    return Quantity(first.value - second.value, first.gradient - second.gradient, 1.0, (), own)
