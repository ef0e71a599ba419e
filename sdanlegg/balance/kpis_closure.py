"""What each node cannot account for: what was said to flow in, less what was said to flow out and stay.

Out of estimates before they are made to agree: reconciled flows close by construction and tell nothing here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from sdanlegg.balance.arrays import BoolArray, Estimates, Figure, Totals
from sdanlegg.balance.posts import level_of
from sdanlegg.balance.propagation import Quantity, figure, ratio
from sdanlegg.balance.structure import gains
from sdanlegg.plan import KpiPlan, Level
from sdanlegg.readings import FloatArray, TimeArray


@dataclass(frozen=True, slots=True)
class Closure:
    """A node's balance before reconciliation: what is not accounted for, in its unit and as a share of what came in.

    unmeasured names variables that nothing tells: if all of them lead out of the node or stay in it, they are what is
    not accounted for; if one leads into it, nothing can be said and both figures are NaN with coverage 0.
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
    lengths = np.diff(estimates.edges_ns)[rows].astype(float)
    found = []
    for (node, unit), line in zip(nodes, incidence, strict=True):
        unmeasured = tuple(np.array(estimates.names)[(line != 0.0) & ~told])
        into = line > 0.0
        if (into & ~told).any() or not (into & told).any():
            nothing = Figure(nan, nan, nan, unit, 0.0)
            found.append(Closure(node, nothing, Figure(nan, nan, nan, "%", 0.0), None, unmeasured))
            continue
        totals = _sums(estimates, (line != 0.0) & told, lengths, rows)
        residual = _line(totals, np.where(told, line, 0.0))
        pct = ratio(residual, _line(totals, np.where(into, line, 0.0)), totals, "%", 100.0)
        found.append(Closure(node, figure(residual, totals, unit), pct, level_of(pct.value, plan), unmeasured))
    return tuple(found)


def _sums(estimates: Estimates, of: BoolArray, lengths: FloatArray, rows: slice) -> Totals:
    """Sums of some variables over the intervals in which all of them are known, with independent errors."""
    whole: BoolArray = np.logical_and.reduce(np.isfinite(estimates.amount[rows][:, of]), axis=1)
    covered = float(lengths[whole].sum() / lengths.sum()) if lengths.size else 0.0
    pick = np.flatnonzero(of)
    amount, sigma2, stays = np.full(of.size, nan), np.zeros(of.size), np.zeros(of.size)
    if whole.any():
        amount[pick] = estimates.amount[rows][whole][:, pick].sum(axis=0)
        stays[pick] = estimates.fixed[rows][whole][:, pick].sum(axis=0)
        sigma2[pick] = stays[pick] ** 2 + _noise(estimates, pick, whole, rows)
    start, end = int(estimates.edges_ns[0]), int(estimates.edges_ns[-1])
    half, share = 1.96 * np.sqrt(sigma2), np.full(of.size, covered)
    parts = (amount, np.diag(sigma2), amount, share, half, np.diag(stays), estimates.excess)
    return Totals(estimates.names, start, end, *parts)


def _noise(estimates: Estimates, pick: TimeArray, whole: BoolArray, rows: slice) -> FloatArray:
    """Variance of the sums' noise: that of each interval; of a storage's gain, where a stretch begins and ends."""
    each = np.square(estimates.noise[rows][:, pick])
    begins = whole & ~np.append(False, whole[:-1])
    ends = whole & ~np.append(whole[1:], False)
    ended: FloatArray = (each[begins].sum(axis=0) + each[ends].sum(axis=0)) / 2.0
    storing = gains(tuple(estimates.names[column] for column in pick))
    new: FloatArray = np.where(storing, ended, each[whole].sum(axis=0))
    return new


def _line(totals: Totals, gradient: FloatArray) -> Quantity:
    used = gradient != 0.0
    covered = float(totals.coverage.max())
    return Quantity(float(gradient[used] @ totals.amount[used]), gradient, covered)
