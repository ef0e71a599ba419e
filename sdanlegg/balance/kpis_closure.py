"""What each node cannot account for: what was said to flow in, less what was said to flow out and stay.

Out of estimates before they are made to agree: reconciled flows close by construction and tell nothing here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray, Estimates, Figure
from sdanlegg.balance.posts import level_of
from sdanlegg.balance.propagation import Quantity, Sheet, figure, ratio
from sdanlegg.balance.structure import gains
from sdanlegg.plan import KpiPlan, Level
from sdanlegg.readings import FloatArray

IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Closure:
    """A node's balance before reconciliation: what is not accounted for, in its unit and as a share of what came in.

    unmeasured names variables that nothing tells: if all of them lead out of the node or stay in it, they are what is
    not accounted for; if one leads into it, nothing can be said and both figures are NaN with coverage 0. level is
    good as long as the amount cannot be told from 0; None where nothing can be said, and where something else than the
    plan's `rest` leaves unmeasured: that it does is no fault, and the balance tells it.
    """

    node: str
    amount: Figure
    pct: Figure
    level: Level | None
    unmeasured: tuple[str, ...]


def closures(
    plan: KpiPlan,
    estimates: Estimates,
    nodes: Sequence[tuple[str, str]],
    incidence: FloatArray,
    rows: slice = slice(None),
) -> tuple[Closure, ...]:
    """Close every node over intervals of estimates.

    nodes: (id, unit) of N balances; incidence (N, V): 1 where a variable comes in, -1 where it leaves or stays. Only
    intervals in which all that is told of a node is known count; their share of the time is the coverage. Fixed errors
    add up over intervals, noise in squares, that of a storage's gain where a stretch begins and ends; variables are
    independent. Source: VDI 2048-1, residual of a balance.
    """
    told = np.array([how != "unmeasured" for how in estimates.how])
    parts = zip(nodes, incidence, strict=True)
    return tuple(_closure(plan, estimates, node, (line, told), rows) for node, line in parts)


def _closure(
    plan: KpiPlan, estimates: Estimates, node: tuple[str, str], where: tuple[FloatArray, BoolArray], rows: slice
) -> Closure:
    id_, unit = node
    line, told = where
    unmeasured = tuple(estimates.names[column] for column in np.flatnonzero((line != 0.0) & ~told))
    columns = np.flatnonzero((line != 0.0) & told)
    signs = line[columns]
    if (line[~told] > 0.0).any() or not (signs > 0.0).any():
        return Closure(id_, Figure(nan, nan, nan, unit, 0.0), Figure(nan, nan, nan, "%", 0.0), None, unmeasured)
    of, covered = _sums(estimates, columns, rows)
    residual, came = (_line(of, gradient, covered) for gradient in (signs, np.maximum(signs, 0.0)))
    amount, pct = figure(residual, of, unit), ratio(residual, came, of, "%", 100.0)
    level = level_of(pct.value, plan) if set(unmeasured) <= set(plan.rest) else None
    if level is not None and amount.low <= 0.0 <= amount.high:
        level = "good"
    return Closure(id_, amount, pct, level, unmeasured)


def _sums(estimates: Estimates, columns: IndexArray, rows: slice) -> tuple[Sheet, float]:
    """Sums of some variables over the intervals in which all of them are known, with independent errors; coverage."""
    amount, fixed, noise = (part[rows][:, columns] for part in (estimates.amount, estimates.fixed, estimates.noise))
    lengths = np.diff(estimates.edges_ns)[rows].astype(float)
    whole: BoolArray = np.logical_and.reduce(np.isfinite(amount), axis=1)
    covered = float(lengths[whole].sum() / lengths.sum()) if whole.any() else 0.0
    total = amount[whole].sum(axis=0) if whole.any() else np.full(columns.size, nan)
    names = tuple(estimates.names[column] for column in columns)
    stays = fixed[whole].sum(axis=0)
    spread = np.square(stays) + _noise(noise, gains(names), whole)
    nothing: frozenset[int] = frozenset()
    excess = np.nan_to_num(estimates.excess[columns])
    by_name = {name: column for column, name in enumerate(names)}
    shares = [covered] * columns.size
    return Sheet(by_name, total.tolist(), shares, nothing, np.diag(spread), np.diag(stays), excess), covered


def _noise(noise: FloatArray, storing: BoolArray, whole: BoolArray) -> FloatArray:
    """Variance of the sums' noise: that of each interval; of a storage's gain, where a stretch begins and ends."""
    each = np.square(noise)
    begins = whole & ~np.append(False, whole[:-1])
    ends = whole & ~np.append(whole[1:], False)
    ended: FloatArray = (each[begins].sum(axis=0) + each[ends].sum(axis=0)) / 2.0
    new: FloatArray = np.where(storing, ended, each[whole].sum(axis=0))
    return new


def _line(of: Sheet, gradient: FloatArray, covered: float) -> Quantity:
    return Quantity(float(gradient @ np.array(of.amount)), gradient, covered)
