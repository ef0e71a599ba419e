"""Sums of what estimates and reconciled figures miss the truth by, flow by flow, over days and sets of meters.

A row is a day of one set. Days on which nothing flows say nothing and are left out: a zero that is known to be zero
would pass for a good interval. A flow is improvable where the balance takes at least a tenth of its variance away; with
less it stays where it was, and whether it strays a hair to one side or the other is chance.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Estimates, Reconciled
from sdanlegg.readings import FloatArray

NOTHING: Final = 1e-6  # kWh, m³ or kg of a day
IMPROVABLE: Final = 0.1  # share of the variance


@dataclass(slots=True)
class Sums:
    """Per variable (V,): rows with a figure and those inside; rows compared, and squares of errors and of their ratios
    to the standard uncertainty, before and after."""

    rows: FloatArray
    inside: FloatArray
    half: FloatArray
    ratio: FloatArray
    lean: FloatArray
    size: FloatArray
    compared: FloatArray
    raw: FloatArray
    reconciled: FloatArray
    raw_ratio: FloatArray
    raw_lean: FloatArray
    gain: FloatArray


class Tally:
    """Adds rows up; what it keeps does not grow with them."""

    def __init__(self, count: int) -> None:
        self.sums = Sums(*(np.zeros(count) for _ in range(12)))

    def add(self, truth: FloatArray, estimates: Estimates, reconciled: Reconciled) -> None:
        """Take up rows (R, V) of truth and what was made of it; NaN, what is not known, is left out."""
        s, flows = self.sums, np.abs(truth) > NOTHING
        error = reconciled.amount - truth
        known = flows & np.isfinite(error) & np.isfinite(reconciled.half)
        s.rows += known.sum(axis=0)
        s.inside += (known & (np.abs(error) <= reconciled.half)).sum(axis=0)
        s.half += _sum(reconciled.half, known)
        s.size += _sum(np.abs(truth), known)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = error / reconciled.sigma
            sigma = np.hypot(estimates.fixed, estimates.noise)
            raw_ratio = (estimates.amount - truth) / sigma
            gain = 1.0 - (reconciled.sigma / sigma) ** 2
        told = known & np.isfinite(ratio)
        s.ratio += _sum(ratio**2, told)
        s.lean += _sum(ratio, told)
        both = known & np.isfinite(raw_ratio) & np.isfinite(gain)
        s.compared += both.sum(axis=0)
        s.raw += _sum((estimates.amount - truth) ** 2, both)
        s.reconciled += _sum(error**2, both)
        s.raw_ratio += _sum(raw_ratio**2, both)
        s.raw_lean += _sum(raw_ratio, both)
        s.gain += _sum(gain, both)


@dataclass(frozen=True, slots=True)
class FlowScore:
    """One flow; NaN where nothing can be said.

    coverage: share of the days inside. width: mean half interval over mean amount. raw_rms and rms: errors before and
    after, over the mean amount. raw_ratio and ratio: root mean square of error over standard uncertainty (1: honest,
    above: too narrow); raw_lean and lean: its mean (0: no bias). gain: share of the variance that the balance takes.
    """

    id: str
    group: str
    days: int
    coverage: float
    width: float
    raw_rms: float
    rms: float
    raw_ratio: float
    raw_lean: float
    ratio: float
    lean: float
    gain: float

    @property
    def improvable(self) -> bool:
        """Whether the balance has something to say of it."""
        return self.gain >= IMPROVABLE

    @property
    def improved(self) -> bool:
        """Whether it came closer to the truth."""
        return self.rms < self.raw_rms


def flow_scores(names: tuple[str, ...], groups: tuple[str, ...], sums: Sums) -> tuple[FlowScore, ...]:
    """One score for each variable of the sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        amount = sums.size / sums.rows
        columns = (
            sums.inside / sums.rows,
            sums.half / sums.size,
            np.sqrt(sums.raw / sums.compared) / amount,
            np.sqrt(sums.reconciled / sums.compared) / amount,
            np.sqrt(sums.raw_ratio / sums.compared),
            sums.raw_lean / sums.compared,
            np.sqrt(sums.ratio / sums.rows),
            sums.lean / sums.rows,
            sums.gain / sums.compared,
        )
    days = sums.rows.astype(int).tolist()
    told = zip(names, groups, days, *(column.tolist() for column in columns), strict=True)
    return tuple(FlowScore(*row) for row in told)


def interval_coverage(scores: tuple[FlowScore, ...]) -> float:
    """Share of all days of all flows on which the truth lies inside; NaN without any."""
    days = sum(score.days for score in scores)
    return sum(score.coverage * score.days for score in scores if score.days) / days if days else float("nan")


def flows_improved(scores: tuple[FlowScore, ...]) -> float:
    """Share of the improvable flows that came closer to the truth; NaN without any."""
    asked = [score.improved for score in scores if score.improvable]
    return sum(asked) / len(asked) if asked else float("nan")


def _sum(values: FloatArray, where: np.ndarray) -> FloatArray:
    total: FloatArray = np.where(where, values, 0.0).sum(axis=0)
    return total
