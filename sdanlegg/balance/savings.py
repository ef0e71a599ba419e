"""What each measure of the hall saved in a period: a modelled reference less what was measured, with an interval.

savings() adds hours up; months and years are periods like any other. Errors of meters and models stay the same over
the period, so they add up with it (savings_series.py). How each measure is worked out: savings_water.py,
savings_air.py; what its heat would have cost in electricity: savings_supply.py. Sources and limits: docs/savings.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.balance import savings_air, savings_water
from sdanlegg.balance.arrays import Estimates, Figure, Observed
from sdanlegg.balance.cost_hours import Calendar, calendar, prices
from sdanlegg.balance.savings_series import Series, figure
from sdanlegg.balance.savings_supply import Known
from sdanlegg.balance.savings_water import Found
from sdanlegg.factors import FactorError, FactorSet
from sdanlegg.measures import Claim, MeasureDefinition, MeasurePlan
from sdanlegg.network import Network
from sdanlegg.plan import Words
from sdanlegg.readings import FloatArray
from sdanlegg.tariff import Tariff

KINDS: Final[Mapping[str, Callable[[Known, MeasureDefinition], Found]]] = {
    "raised_floors": savings_water.raised_floors,
    "ceramic_filter": savings_water.ceramic_filter,
    "greywater": savings_water.greywater,
    "low_flow_showers": savings_water.low_flow_showers,
    "air_recovery": savings_air.air_recovery,
    "solar_cells": savings_air.solar_cells,
    "collectors": savings_air.collectors,
    "wells": savings_air.wells,
    "daylight": savings_air.daylight,
}
GRAM: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Saving:
    """What a measure saved: heat and electricity [kWh], water [m³], chlorine [kg], cost [currency], CO₂e [kg] by set.

    electricity: what would have been bought more or sold less, what the heat would have cost included; exported is the
    part of it that was sold. cost: energy and water prices of the hours, without capacity and fixed parts. A figure
    that the measure has no part in, or that is not known, is NaN with coverage 0. claims are others' words.
    """

    id: str
    kind: str
    name: Words
    reference: Words
    source: str
    heat: Figure
    electricity: Figure
    water: Figure
    chlorine: Figure
    exported: Figure
    cost: Figure
    co2: tuple[tuple[str, Figure], ...]
    claims: tuple[Claim, ...]


def needed_points(plan: MeasurePlan) -> tuple[str, ...]:
    """Points that savings() looks at beside those of the network's estimates, each once."""
    told = [plan.supply, *(t for measure in plan.measures for t in (measure.whole, *measure.parts))]
    return tuple(dict.fromkeys(point for table in told for point in table.points.values()))


def savings(
    plan: MeasurePlan, network: Network, observed: Observed, estimates: Estimates, zone: ZoneInfo
) -> tuple[Saving, ...]:
    """Work out every measure's saving over K hours between observed.edges_ns, the same hours as the estimates'.

    Hours shorter or longer than one are fine. Hours that are not known count as the mean of the others; with less than
    nine tenths known a figure is NaN with coverage 0.
    """
    known = Known(observed, estimates, dict(network.sensors), plan.supply)
    when = calendar(observed.edges_ns, zone)
    return tuple(_saving(plan, measure, known, when) for measure in plan.measures)


def _saving(plan: MeasurePlan, measure: MeasureDefinition, known: Known, when: Calendar) -> Saving:
    found, seen = KINDS[measure.kind](known, measure), known.coverage((measure.whole, *measure.parts))
    return Saving(
        measure.id, measure.kind, measure.name, measure.reference, measure.source,
        figure(found.heat, "kWh", seen), figure(found.electricity, "kWh", seen), figure(found.water, "m³", seen),
        figure(found.chlorine, "kg", seen), figure(found.exported, "kWh", seen),
        _cost(plan.tariff, found, when, seen),
        tuple((one.id, _co2(one, found, when, seen)) for one in plan.factors), measure.claims,
    )  # fmt: skip


def _cost(tariff: Tariff | None, found: Found, when: Calendar, seen: float) -> Figure:
    """Energy and water at the prices of their hours; what was sold earned its price, not that of bought energy."""
    if tariff is None:
        return figure(None, "NOK")
    parts: list[Series] = []
    if found.electricity is not None:
        used = found.electricity if found.exported is None else found.electricity.plus(found.exported, -1.0)
        parts.append(used.times(_price(tariff, "energy", when)))
    if found.exported is not None:
        parts.append(found.exported.times(_price(tariff, "sold", when)))
    if found.water is not None:
        parts.append(found.water.times(_price(tariff, "water", when)))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.plus(part)
    return figure(whole, tariff.currency, seen)


def _price(tariff: Tariff, by: str, when: Calendar) -> FloatArray:
    """Sum of all lines of a kind in each hour, with VAT if the tariff is; NaN where a line has no price."""
    lines = [
        prices(part.rates, when) * (1.0 + part.vat_pct / 100.0 if tariff.with_vat else 1.0)
        for part in tariff.parts
        if part.by == by
    ]
    return np.sum(lines, axis=0) if lines else np.full(when.day.size, np.nan)


def _co2(factors: FactorSet, found: Found, when: Calendar, seen: float) -> Figure:
    """CO₂ equivalents of the electricity; sold electricity counts as saved elsewhere by the same factor."""
    if found.electricity is None:
        return figure(None, "kg")
    try:
        years = {int(year): factors.g_per_kwh("electricity", int(year)) for year in np.unique(when.year)}
    except FactorError:
        return figure(None, "kg")
    return figure(found.electricity.times(GRAM * np.array([years[int(year)] for year in when.year])), "kg", seen)
