"""A hall's figures out of what its points said: the one way from hours to flows, key figures, costs and savings.

Online and offline, for the API, the foyer and reports: the same functions in the same order, so the same digits. Hours
are estimated, added up to local days, days are made to agree; every longer period is the sum of its days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray, Estimates, Observed, Reconciled, Totals
from sdanlegg.balance.carriers import CarrierBalance, carriers
from sdanlegg.balance.cost import Cost, Hours, cost
from sdanlegg.balance.estimate import estimate
from sdanlegg.balance.estimate import needed_points as estimate_points
from sdanlegg.balance.kpis import Count, Counts, Kpi, counts, kpis
from sdanlegg.balance.kpis_closure import Closure, closures
from sdanlegg.balance.opening import hours_open
from sdanlegg.balance.periods import by_periods, totals
from sdanlegg.balance.posts import Posts, posts
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.savings import Saving, savings
from sdanlegg.balance.savings import needed_points as savings_points
from sdanlegg.balance.structure import Structure
from sdanlegg.clock import SECOND_NS
from sdanlegg.measures import MeasurePlan
from sdanlegg.network import Network
from sdanlegg.plan import KpiPlan
from sdanlegg.readings import FloatArray, TimeArray

UNITS: Final = {"electricity": "kWh", "heat": "kWh", "water": "m³", "moisture": "kg"}
_ESTIMATES: Final = ("amount", "fixed", "noise", "coverage")
_RECONCILED: Final = ("amount", "sigma", "half", "residual", "spread", "chi2", "freedom", "test", "dropped")
T = TypeVar("T", Estimates, Reconciled)


@dataclass(frozen=True, slots=True)
class Hall:
    """What a hall's figures are worked out of. None: the hall does not say; outdoor is a gauge [°C]."""

    network: Network
    structure: Structure
    zone: ZoneInfo
    opening: Mapping[str, str]
    plan: KpiPlan | None = None
    outdoor: str | None = None
    measures: MeasurePlan | None = None

    @property
    def points(self) -> tuple[str, ...]:
        """Every point that an evaluation looks at, each once."""
        found = [*estimate_points(self.network)]
        if self.plan is not None:
            found += [point for point in (self.plan.bathers, self.plan.open_point) if point is not None]
        if self.measures is not None:
            found += savings_points(self.measures)
        if self.outdoor is not None:
            found.append(self.outdoor)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A span of K hours: what was observed and estimated, and M pieces of it (local days, or the hours) reconciled.

    starts (M + 1,): the hour that each piece begins with, and K.
    """

    observed: Observed
    hours: Estimates
    pieces: Estimates
    reconciled: Reconciled
    starts: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Everything that kpis.toml wants of a period; cost is None without a tariff."""

    totals: Totals
    kpis: tuple[Kpi, ...]
    posts: Posts
    carriers: tuple[CarrierBalance, ...]
    cost: Cost | None


def evaluate(hall: Hall, observed: Observed, *, days: bool = True) -> Evaluation:
    """Estimate the hours observed, add them up to local days, and reconcile these; without days, the hours themselves.

    A day that the span holds in part is a piece as well. Points that are not observed count as silent.
    """
    hours = estimate(hall.network, observed)
    k = observed.edges_ns.size - 1
    firsts = day_starts(observed.edges_ns, hall.zone) if days else np.arange(k)
    pieces = by_periods(hours, firsts) if days else hours
    return Evaluation(observed, hours, pieces, reconcile(hall.structure, pieces), np.append(firsts, k))


def day_starts(edges_ns: TimeArray, zone: ZoneInfo) -> NDArray[np.intp]:
    """Rows (M,) of the intervals that begin a local day, and the first row."""
    clocks = (datetime.fromtimestamp(t // SECOND_NS, UTC).astimezone(zone) for t in edges_ns[:-1].tolist())
    ordinals = np.array([clock.toordinal() for clock in clocks])
    return np.flatnonzero(np.diff(ordinals, prepend=-1))


def whole(evaluation: Evaluation) -> slice:
    """All pieces of an evaluation."""
    return slice(0, evaluation.starts.size - 1)


def between(evaluation: Evaluation, start_ns: int, end_ns: int) -> slice:
    """Pieces that begin in [start_ns, end_ns)."""
    return slice(*np.searchsorted(evaluation.pieces.edges_ns[:-1], [start_ns, end_ns]).tolist())


def period_totals(hall: Hall, evaluation: Evaluation, rows: slice) -> Totals:
    """Sum of some successive pieces; at least one."""
    pieces = _cut(evaluation.pieces, _ESTIMATES, rows)
    return totals(hall.structure, pieces, _cut(evaluation.reconciled, _RECONCILED, rows), slice(None))


def period_figures(hall: Hall, plan: KpiPlan, evaluation: Evaluation, rows: slice) -> PeriodFigures:
    """Key figures, posts, carriers and cost of some successive pieces; at least one."""
    summed = period_totals(hall, evaluation, rows)
    hours = slice(int(evaluation.starts[rows.start]), int(evaluation.starts[rows.stop]))
    counted = _counts(hall, plan, evaluation.observed, hours)
    bill = None
    if plan.tariff is not None:
        bought, sold = (_flows(evaluation.hours, flows, hours) for flows in (plan.tariff.bought, plan.tariff.sold))
        edges_ns = evaluation.observed.edges_ns[hours.start : hours.stop + 1]
        bill = cost(plan.tariff, hall.zone, summed, Hours(edges_ns, bought, sold))
    return PeriodFigures(
        totals=summed,
        kpis=kpis(plan, summed, counted),
        posts=posts(plan, summed),
        carriers=carriers(plan, summed, _years(summed, hall.zone)),
        cost=bill,
    )


def period_closures(hall: Hall, plan: KpiPlan, evaluation: Evaluation, rows: slice) -> tuple[Closure, ...]:
    """What each node does not account for over some successive pieces, before they were made to agree."""
    nodes = tuple(zip(hall.structure.nodes, row_units(hall), strict=True))
    return closures(plan, evaluation.pieces, nodes, hall.structure.a, rows)


def period_savings(hall: Hall, measures: MeasurePlan, observed: Observed) -> tuple[Saving, ...]:
    """What each measure saved over the hours observed."""
    return savings(measures, hall.network, observed, estimate(hall.network, observed), hall.zone)


def used_daily(plan: KpiPlan, evaluation: Evaluation) -> tuple[FloatArray, FloatArray]:
    """Electricity (M,) that the hall used in each piece [kWh], and its coverage (M,): the least of its flows'.

    NaN where one of the flows is not known.
    """
    column = {name: j for j, name in enumerate(evaluation.reconciled.names)}
    which = [column[term.flow] for term in plan.used]
    times = np.array([term.times for term in plan.used])
    used: FloatArray = evaluation.reconciled.amount[:, which] @ times
    return used, evaluation.pieces.coverage[:, which].min(axis=1, initial=1.0)


def lasts_whole(evaluation: Evaluation, zone: ZoneInfo) -> BoolArray:
    """Which pieces (M,) are local days from midnight to midnight."""
    clocks = [datetime.fromtimestamp(t // SECOND_NS, UTC).astimezone(zone) for t in evaluation.pieces.edges_ns.tolist()]
    at_midnight = np.array([clock.hour == clock.minute == 0 for clock in clocks])
    whole_days: BoolArray = at_midnight[:-1] & at_midnight[1:]
    return whole_days


def mean_daily(point: str, evaluation: Evaluation) -> tuple[FloatArray, FloatArray]:
    """Mean of a gauge in each piece (M,), by the hours that tell it, and the share (M,) of the piece that it covers."""
    observed = evaluation.observed
    mean = observed.mean[:, observed.points.index(point)]
    weight = np.where(np.isfinite(mean), observed.coverage[:, observed.points.index(point)], 0.0)
    firsts, lengths = evaluation.starts[:-1], np.diff(evaluation.starts)
    covered = np.add.reduceat(weight, firsts)
    area = np.add.reduceat(np.where(weight > 0.0, mean, 0.0) * weight, firsts)
    return np.divide(area, covered, out=np.full(area.size, np.nan), where=covered > 0.0), covered / lengths


def dates(evaluation: Evaluation, zone: ZoneInfo) -> list[date]:
    """Local date (M) that each piece begins on."""
    starts = evaluation.pieces.edges_ns[:-1].tolist()
    return [datetime.fromtimestamp(t // SECOND_NS, UTC).astimezone(zone).date() for t in starts]


def row_units(hall: Hall) -> tuple[str, ...]:
    """Unit of each row (N,) of the structure: that of the flows it adds up."""
    units = [UNITS[flow.carrier] for flow in hall.network.flows]
    found = []
    for row in hall.structure.a[:, : len(units)]:
        first = np.flatnonzero(row)
        found.append(units[int(first[0])] if first.size else "kWh")
    return tuple(found)


def _cut(whole_: T, names: tuple[str, ...], rows: slice) -> T:
    """The same of some of the intervals; names: what has a row for each."""
    parts = {name: getattr(whole_, name)[rows] for name in names}
    return replace(whole_, edges_ns=whole_.edges_ns[rows.start : rows.stop + 1], **parts)


def _counts(hall: Hall, plan: KpiPlan, observed: Observed, hours: slice) -> Counts:
    """People and open hours; without a point that tells, the hours that the hall says it is open."""
    counted = counts(plan, observed, hours)
    if plan.open_point is not None:
        return counted
    opened = hours_open(hall.opening, hall.zone, observed.edges_ns[hours.start : hours.stop + 1])
    return Counts(counted.bathers, Count(float(opened.sum()), 0.0, 1.0))


def _flows(hours: Estimates, flows: tuple[str, ...], rows: slice) -> FloatArray:
    """Sum (K,) of flows in each hour; NaN where one is not known."""
    columns = [hours.names.index(flow) for flow in flows]
    total: FloatArray = hours.amount[rows][:, columns].sum(axis=1)
    return total


def _years(summed: Totals, zone: ZoneInfo) -> range:
    first, last = (
        datetime.fromtimestamp(t // SECOND_NS, UTC).astimezone(zone) for t in (summed.start_ns, summed.end_ns - 1)
    )
    return range(first.year, last.year + 1)
