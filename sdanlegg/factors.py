"""Sets of CO₂ factors, each with a name, a source and years. Pure data, as the files of config/factors say it."""

from dataclasses import dataclass
from typing import Literal

from sdanlegg.errors import SdError


class FactorError(SdError):
    """A set has no factor for a carrier in a year."""


@dataclass(frozen=True, slots=True)
class Factor:
    """CO₂ equivalents of a carrier's kWh [g/kWh] in the years first to last, both included."""

    carrier: str
    first: int
    last: int
    g_per_kwh: float


@dataclass(frozen=True, slots=True)
class FactorSet:
    """One way to count: attributional tells of years that were, a scenario of a mean over years to come."""

    id: str
    nb: str
    en: str
    kind: Literal["attributional", "scenario"]
    source: str
    dated: str
    factors: tuple[Factor, ...]

    def g_per_kwh(self, carrier: str, year: int) -> float:
        """Return the factor of a carrier in a year; FactorError if the set does not say: none is borrowed."""
        for factor in self.factors:
            if factor.carrier == carrier and factor.first <= year <= factor.last:
                return factor.g_per_kwh
        raise FactorError(f"the factor set {self.id} has no factor for {carrier} in {year}")
