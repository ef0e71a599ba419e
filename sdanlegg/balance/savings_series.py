"""Hour by hour amounts that carry their errors, and what they add up to.

Errors have names: the same name is the same error, in every hour and in every series, so it adds up with its sign;
those of different names are independent. That holds for meters (their class error stays) and for models (a wrong
coefficient is wrong all year), and it is why a year's saving is hardly surer than a month's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan, sqrt
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Figure
from sdanlegg.readings import FloatArray

K95: Final = 1.96
LEAST_SEEN: Final = 0.9  # share of the hours that must be known


@dataclass(frozen=True, slots=True)
class Series:
    """Amounts (K,) of one unit, NaN where not known; errors: by name, what one standard uncertainty moves them (K,)."""

    amount: FloatArray
    errors: Mapping[str, FloatArray]

    def plus(self, other: "Series", times: float = 1.0) -> "Series":
        """Add times · another series of the same unit and hours."""
        names = {*self.errors, *other.errors}
        zero = np.zeros_like(self.amount)
        errors = {name: self.errors.get(name, zero) + times * other.errors.get(name, zero) for name in names}
        return Series(self.amount + times * other.amount, errors)

    def times(self, factor: "FloatArray | float") -> "Series":
        """Multiply by a number or an array (K,) that is known."""
        return Series(self.amount * factor, {name: error * factor for name, error in self.errors.items()})

    def unsure(self, name: str, share: float) -> "Series":
        """Add an error of so large a share of the amounts."""
        return self.off(name, share * self.amount)

    def off(self, name: str, error: "FloatArray") -> "Series":
        """Add an error (K,) in the series' own unit."""
        return Series(self.amount, {**self.errors, name: self.errors.get(name, 0.0) + error})


def exact(amount: FloatArray) -> Series:
    """A series without an error."""
    return Series(amount, {})


def total(parts: "list[Series]") -> Series:
    """Sum of series; at least one."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.plus(part)
    return whole


def through(inputs: Mapping[str, tuple[FloatArray, FloatArray]], model: Callable[..., FloatArray]) -> Series:
    """Put inputs - name: value (K,) and its standard uncertainty (K,) - through a model of them; first order."""
    values = {name: value for name, (value, _) in inputs.items()}
    amount = model(**values)
    errors = {
        name: model(**{**values, name: value + spread}) - amount
        for name, (value, spread) in inputs.items()
        if np.any(spread)
    }
    return Series(amount, errors)


def spread(series: Series) -> tuple[float, float, float]:
    """Sum, its standard uncertainty and the share of the hours that is known.

    Hours that are not known count as the mean of the others, from none to twice as much being as likely (rectangular).
    NaN, NaN and 0 if less than nine tenths are known.
    """
    known = np.isfinite(series.amount)
    for error in series.errors.values():
        known &= np.isfinite(error)
    seen = float(known.mean()) if known.size else 0.0
    if seen < LEAST_SEEN:
        return nan, nan, 0.0
    value = float(series.amount[known].sum()) / seen
    parts = [float(error[known].sum()) / seen for error in series.errors.values()]
    parts.append(value * (1.0 - seen) / sqrt(3.0))
    return value, sqrt(sum(part * part for part in parts)), seen


def figure(series: "Series | None", unit: str, coverage: float = 1.0) -> Figure:
    """Show the sum of a series with its 95 % interval; NaN with coverage 0 if it is not known, or there is none."""
    if series is None:
        return Figure(nan, nan, nan, unit, 0.0)
    value, sigma, seen = spread(series)
    if seen == 0.0:
        return Figure(nan, nan, nan, unit, 0.0)
    return Figure(value, value - K95 * sigma, value + K95 * sigma, unit, min(seen, coverage))
