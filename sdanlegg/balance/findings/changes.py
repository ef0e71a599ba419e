"""Meters that have changed against their own past, named by the pattern over all balances that they stand in.

A meter errs by a constant share, so the residual of a balance is a sum of constant shares of its flows. Over a past of
weeks each row is fitted, residual = even part by time of day + sum of share_j · a_j · amount_j, with the
meters' classes as what is known of the shares beforehand (Bayesian linear regression; Huber weights). What a row then
does beyond that, over its own spread, is held up against what each meter would do to all rows if it had changed by a
share g: the generalised likelihood ratio of Willsky & Jones (1976), for plants Narasimhan & Mah (1987): the meter
that explains most is named. Blocks of six hours, so that what runs by day is told from what runs by night.

A change that was found is taken out of the meter's later figures (divided by 1 + g), and the search goes on.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.likelihood import likelihood
from sdanlegg.balance.findings.relations import Relations
from sdanlegg.balance.findings.row_fit import BLOCKS, LEAST_DAYS, blocks, excess, row_of
from sdanlegg.readings import FloatArray

PAST_DAYS: Final = 42
LONGEST: Final = 10  # days over which a change is looked for; they do not belong to the past
LEAST_BLOCKS: Final = 8
RAN: Final = 0.3  # a meter is judged if it ran so much in the past of what it runs now
EVERY: Final = 3  # days from look to look
MOST_A_DAY: Final = 4
REFINED: Final = 0.001
MOST_REFINED: Final = 0.5
PLAUSIBLE: Final = 0.1  # weight of a change's size against how well it explains
GONE: Final = 0.05  # a meter that shows less than this share of what it did is not put right but left out


@dataclass(frozen=True, slots=True)
class Limits:
    """When a change is told: ratio (χ² of one freedom) over the last days, more over few (days, ratio), whose odd
    weather or holiday is no fault; change in class sigmas and as a share; χ² that may be left for each block of the
    meter's rows, or else the share of it that the change must explain; how near another's ratio must come to the best
    to be thought as likely: of those, small changes go before large ones.
    """

    ratio: tuple[tuple[float, float], ...] = ((0.0, 1000.0), (3.0, 400.0), (5.0, 100.0), (9.0, 60.0))
    sigmas: float = 2.0
    share: float = 0.015
    left: float = 4.0
    explained: float = 0.8
    near: float = 0.8

    def least(self, blocks: NDArray[np.intp]) -> FloatArray:
        """The ratio that so many blocks need."""
        days = np.array([days for days, _ in self.ratio])
        return np.array([ratio for _, ratio in self.ratio])[np.searchsorted(days, blocks / BLOCKS, side="right") - 1]


@dataclass(frozen=True, slots=True)
class Change:
    """A meter (column of the relations) that shows 1 + share of what it did, from block start on; told at the end of
    day told. end: block from which it is as before (None: still). ratio is the likelihood ratio; others: meters that
    explain it nearly as well.
    """

    variable: int
    start: int
    told: int
    end: int | None
    share: float
    ratio: float
    others: tuple[int, ...]


class Search:
    """The search through the days of one stretch; what was found is taken out of what follows."""

    def __init__(self, relations: Relations, first: int, limits: Limits) -> None:
        self._sigma = np.array([variable.sigma for variable in relations.variables])
        self._blame = np.array([bool(variable.subjects) for variable in relations.variables])
        self._a, self._limits = relations.a, limits
        self._x, self._fixed = blocks(relations.amount, first), blocks(relations.fixed, first)
        self._rows = [row_of(self._x, self._fixed, a, self._sigma) for a in relations.a]
        self._events: list[tuple[int, int]] = []
        self.found: list[Change] = []

    def run(self) -> list[Change]:
        """Every change, by the day on which it is told."""
        last = len(self._x) // BLOCKS
        return self.between(LEAST_DAYS + LONGEST, last)

    def between(self, first: int, last: int) -> list[Change]:
        """The same, of what is told from the end of day first to that of day last."""
        for day in range(first, last + 1):
            if (last - day) % EVERY:
                continue
            for variable, start in [event for event in self._events if event[1] >= (day - LONGEST) * BLOCKS]:
                self._refine(day, variable, start)
            for _ in range(MOST_A_DAY):
                change = self._look(day)
                if change is None:
                    break
                self._take(change)
        return self.found

    def _seen(self, day: int) -> tuple[FloatArray, FloatArray]:
        """Excess (R, B) and signatures (R, J, B) of the blocks before the end of a day."""
        begin = day - LONGEST
        test = slice(begin * BLOCKS, day * BLOCKS)
        past = slice(max(0, begin - PAST_DAYS) * BLOCKS, begin * BLOCKS)
        every = [excess(row, self._sigma, past, test) for row in self._rows]
        signature = np.zeros((*self._a.shape, test.stop - test.start))
        for k, (row, (_, spread)) in enumerate(zip(self._rows, every, strict=True)):
            signature[k, row.used] = row.terms[test].T / spread
        return np.array([found for found, _ in every]), signature

    def _look(self, day: int) -> Change | None:
        over, signature = self._seen(day)
        if (over**2).sum() < self._limits.ratio[-1][1]:
            return None
        begin = day - LONGEST
        past = np.abs(self._x[max(0, begin - PAST_DAYS) * BLOCKS : begin * BLOCKS])
        ran = _means(past) > RAN * _means(np.abs(self._x[begin * BLOCKS : day * BLOCKS]))
        return self._best(over, signature, day, self._blame & ran)

    def _refine(self, day: int, variable: int, start: int) -> None:
        """Tell a fresh change's share anew by all blocks since."""
        over, signature = self._seen(day)
        since = start - (day - LONGEST) * BLOCKS
        part, mark = over[:, since:], signature[:, variable, since:]
        weight = float((mark**2).sum())
        shown = float((part * mark).sum()) / weight if weight > 0.0 else 0.0
        share = shown / (1.0 - shown) if shown < 1.0 else 0.0
        if REFINED < abs(share) < MOST_REFINED:
            self._correct(variable, start, 1.0 + share)
            for k, one in enumerate(self.found):
                if one.variable == variable and one.start == start and one.end is None:
                    self.found[k] = replace(one, share=(1.0 + one.share) * (1.0 + share) - 1.0)

    def _best(self, over: FloatArray, signature: FloatArray, day: int, blame: BoolArray) -> Change | None:
        of, limits = likelihood(over, signature), self._limits
        count = np.arange(1, over.shape[1] + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(of.share < 1.0, of.share / (1.0 - of.share), np.nan)
        told = blame[:, None] & (of.sure > limits.least(count)) & (count >= LEAST_BLOCKS)
        told &= np.abs(share) > np.maximum(limits.sigmas * self._sigma, limits.share)[:, None]
        told &= (of.left < limits.left) | (of.explained > limits.explained)
        if not told.any():
            return None
        ratio = np.where(told, of.ratio, 0.0)
        length = ratio.argmax(axis=1)
        tops = ratio.max(axis=1)
        near = np.flatnonzero(tops > limits.near * tops.max())
        likely = tops[near] / (1.0 + PLAUSIBLE * np.abs(share[near, length[near]]))
        order = near[np.argsort(-likely, kind="stable")]
        best, others = int(order[0]), tuple(int(k) for k in order[1:])
        start = day * BLOCKS - int(count[length[best]])
        return Change(best, start, day, None, float(share[best, length[best]]), float(tops[best]), others)

    def _take(self, change: Change) -> None:
        """Put the meter right from the change on, and join the change to an earlier one of the same meter."""
        gain = 1.0 + change.share
        self._correct(change.variable, change.start, gain)
        self._events.append((change.variable, change.start))
        for k, before in enumerate(self.found):
            if before.variable == change.variable and before.end is None:
                share = (1.0 + before.share) * gain - 1.0
                over = abs(share) < max(self._sigma[change.variable], 0.3 * abs(before.share))
                ratio = max(before.ratio, change.ratio)
                if over:
                    self.found[k] = replace(before, end=change.start, ratio=ratio)
                else:
                    self.found[k] = replace(before, share=share, ratio=ratio)
                return
        self.found.append(change)

    def _correct(self, variable: int, start: int, gain: float) -> None:
        column = self._x[start:, variable]
        column[:] = column / gain if gain > GONE else np.nan
        for k, a in enumerate(self._a):
            if a[variable]:
                self._rows[k] = row_of(self._x, self._fixed, a, self._sigma)


def _means(amounts: FloatArray) -> FloatArray:
    """Means (J,) over blocks, 0 where nothing is known."""
    known = np.isfinite(amounts)
    return np.asarray(np.where(known, amounts, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
