"""A period's key figures: sums of flows, over sums of flows, or over water, people or hours, each with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Figure, Observed, Totals
from sdanlegg.balance.propagation import Quantity, Sheet, figure, number, ratio, sheet, summed, unknown
from sdanlegg.clock import SECOND_NS
from sdanlegg.plan import KpiDefinition, KpiPlan, Per, Words

HOUR_NS: Final = 3600 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Count:
    """Something counted beside the balance: its value, standard uncertainty and coverage. NaN, 0 where not known."""

    value: float = nan
    sigma: float = 0.0
    coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What a period's figures are divided by beside flows: people who came, and hours that the hall was open."""

    bathers: Count = Count()
    open_h: Count = Count()


@dataclass(frozen=True, slots=True)
class Kpi:
    """A key figure of a period; missing names the flows that nothing tells, gap what the hall cannot show at all."""

    id: str
    name: Words
    figure: Figure
    boundary: Words
    part_of: str | None
    missing: tuple[str, ...]
    gap: Words


def counts(plan: KpiPlan, observed: Observed, rows: slice = slice(None)) -> Counts:
    """Count people and open hours in intervals of what was observed.

    People: what the counter gained where it is known, with the counter's uncertainty; missing intervals are left out of
    the sum and of the coverage. Open hours: mean of the state times the interval's length. NaN, coverage 0, without
    such points.
    """
    hours = np.diff(observed.edges_ns)[rows] / HOUR_NS
    people = _column(plan.bathers, observed)
    came = Count()
    if people is not None:
        gained = observed.gained[rows, people]
        known = np.isfinite(gained)
        if known.any():
            total = float(gained[known].sum())
            covered = float((observed.coverage[rows, people] * hours)[known].sum() / hours.sum())
            came = Count(total, plan.bathers_sigma * total, covered)
    state = _column(plan.open_point, observed)
    opened = Count()
    if state is not None:
        mean = observed.mean[rows, state]
        known = np.isfinite(mean)
        if known.any():
            opened = Count(float((mean * hours)[known].sum()), 0.0, float(hours[known].sum() / hours.sum()))
    return Counts(came, opened)


def _column(point: str | None, observed: Observed) -> int | None:
    return observed.points.index(point) if point is not None and point in observed.points else None


def kpis(plan: KpiPlan, totals: Totals, counted: Counts) -> tuple[Kpi, ...]:
    """Work out every key figure of the plan for a period.

    Figures whose flows are not all known are NaN with coverage 0 and name them; so are ratios whose denominator cannot
    be told from 0. People that were counted for part of the period only leave figures for each of them with that
    coverage, and unknown below 98 %: flows of the whole period are not divided by people of half of it.
    """
    of = sheet(totals)
    by = _divisors(plan, of, counted)
    return tuple(_kpi(definition, of, by) for definition in plan.kpis)


LEAST_COUNTED: Final = 0.98


def _divisors(plan: KpiPlan, of: Sheet, counted: Counts) -> Mapping[Per, Quantity]:
    counts_of: dict[Per, Count] = {"bathers": counted.bathers, "open_h": counted.open_h}
    found: dict[Per, Quantity] = {"water_m2": number(of, plan.water_m2)}
    for per, count in counts_of.items():
        enough = count.coverage >= LEAST_COUNTED
        found[per] = number(of, count.value, count.sigma, count.coverage) if enough else unknown(of, (per,))
    return found


def _kpi(definition: KpiDefinition, of: Sheet, by: Mapping[Per, Quantity]) -> Kpi:
    over = summed(definition.over, of)
    under = summed(definition.under, of) if definition.under else None
    if under is None and definition.per is not None:
        under = by[definition.per]
    if definition.gap.nb:
        shown = Figure(nan, nan, nan, definition.unit, 0.0)
    elif under is None:
        shown = figure(over, of, definition.unit, definition.times)
    else:
        shown = ratio(over, under, of, definition.unit, definition.times)
    missing = tuple(dict.fromkeys(over.missing + (under.missing if under is not None else ())))
    return Kpi(definition.id, definition.name, shown, definition.boundary, definition.part_of, missing, definition.gap)
