"""What crossed the hall's boundary with each carrier, after EN ISO 52000-1.

In a time step on-site production serves the hall's own use first: used on site = min(use, production), exported the
surplus, delivered the shortfall. A meter that counts both directions has done this in steps of its own, shorter than
any interval here, so a hall with such a meter has it exactly: `carriers` takes its counters. `matched` is for two
series that no such meter stands between; in longer steps it finds more used on site.

Weighted energy (step A): what was delivered and what was produced, each by its factor, less what was exported, by the
factor of what made it. Step B: k_exp times what the exported energy saves elsewhere beyond that, factor of the grid
less factor of the production. k_exp = 0 credits nothing beyond step A, 1 all of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Figure, Totals
from sdanlegg.balance.propagation import Sheet, add, figure, scaled, sheet, summed
from sdanlegg.factors import FactorError, FactorSet
from sdanlegg.plan import CarrierDefinition, KpiPlan, Words
from sdanlegg.readings import FloatArray

UNIT: Final = "kWh"
GRAM: Final = 1e-3  # kg


@dataclass(frozen=True, slots=True)
class Matched:
    """Amounts of each time step (K,): delivered, used on site, exported; NaN where use or production is not known."""

    delivered: FloatArray
    on_site: FloatArray
    exported: FloatArray


def matched(use: FloatArray, production: FloatArray) -> Matched:
    """Match use (K,) with production (K,), same unit, none below 0, step by step. Source: EN ISO 52000-1, 11.6."""
    on_site = np.minimum(use, production)
    return Matched(use - on_site, on_site, production - on_site)


def weighted(balance: tuple[float, float, float], grid: float, production: float, k_exp: float) -> float:
    """Weighted energy of (delivered, produced, exported) by the grid's and the production's factors, with k_exp 0 to 1.

    NaN where one of them is. Source: EN ISO 52000-1:2017, formulae 2 and 27; checked against ISO/TR 52000-2, annex J.
    """
    delivered, produced, exported = balance
    step_a = grid * delivered + production * produced - production * exported
    return step_a - k_exp * (grid - production) * exported


@dataclass(frozen=True, slots=True)
class Co2:
    """CO₂ equivalents [kg] of a period by one set of factors; refusal says why there are none.

    delivered: of what was bought. credit: what the exported energy would save, a line of its own, never taken off
    silently. k_exp_0 and k_exp_1: weighted after EN ISO 52000-1 without and with that credit.
    """

    factors: str
    delivered: Figure
    credit: Figure
    k_exp_0: Figure
    k_exp_1: Figure
    refusal: str


@dataclass(frozen=True, slots=True)
class CarrierBalance:
    """One carrier over a period [kWh]; used is delivered and what was produced and used on site together."""

    id: str
    name: Words
    delivered: Figure
    produced: Figure
    exported: Figure
    on_site: Figure
    used: Figure
    co2: tuple[Co2, ...]
    missing: tuple[str, ...]


def carriers(plan: KpiPlan, totals: Totals, years: Iterable[int]) -> tuple[CarrierBalance, ...]:
    """Balance every carrier of the plan over a period that lies in some years of the hall's calendar.

    Figures are NaN with coverage 0 where a flow is not known. CO₂ is worked out by every set side by side; a set
    that has no factor for one of the years, or different ones within the period, gives none: cut the period by years.
    """
    spoken = tuple(years)
    of = sheet(totals)
    return tuple(_balance(plan, definition, of, spoken) for definition in plan.carriers)


def _balance(plan: KpiPlan, definition: CarrierDefinition, of: Sheet, years: tuple[int, ...]) -> CarrierBalance:
    delivered, produced = summed(definition.delivered, of), summed(definition.produced, of)
    exported = summed(definition.exported, of)
    on_site = add([produced, scaled(exported, -1.0)], of)
    used = add([delivered, on_site], of)
    sets = plan.factors if definition.weighted else ()
    return CarrierBalance(
        definition.id, definition.name, figure(delivered, of, UNIT), figure(produced, of, UNIT),
        figure(exported, of, UNIT), figure(on_site, of, UNIT), figure(used, of, UNIT),
        tuple(_co2(one, definition, of, years) for one in sets),
        delivered.missing + produced.missing + exported.missing,
    )  # fmt: skip


def _co2(one: FactorSet, definition: CarrierDefinition, of: Sheet, years: tuple[int, ...]) -> Co2:
    try:
        found = {one.g_per_kwh(definition.id, year) for year in years}
    except FactorError as error:
        return _refused(one, str(error))
    if len(found) != 1:
        return _refused(one, f"the factor of {one.id} changes within the period: ask for each year by itself")
    by = GRAM * found.pop()
    delivered = scaled(summed(definition.delivered, of), by)
    credit = scaled(summed(definition.exported, of), by)
    # What the sun makes has no emission in use, so step A takes nothing off for what is exported.
    net = add([delivered, scaled(credit, -1.0)], of)
    return Co2(
        one.id, figure(delivered, of, "kg"), figure(credit, of, "kg"), figure(delivered, of, "kg"),
        figure(net, of, "kg"), "",
    )  # fmt: skip


def _refused(one: FactorSet, why: str) -> Co2:
    nothing = Figure(nan, nan, nan, "kg", 0.0)
    return Co2(one.id, nothing, nothing, nothing, nothing, why)
