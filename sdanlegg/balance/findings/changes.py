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
from sdanlegg.balance.findings.relations import Relations
from sdanlegg.balance.findings.series import MAD_SIGMA
from sdanlegg.readings import FloatArray

BLOCKS: Final = 4  # of a day
PAST_DAYS: Final = 42
LEAST_DAYS: Final = 14
LONGEST: Final = 10  # days over which a change is looked for; they do not belong to the past
LEAST_BLOCKS: Final = 8
FLOOR: Final = 0.001  # least spread of a row as a share of what goes through it
EVEN: Final = 0.3  # what the even part of a row may be beforehand, as a share of what goes through it
HUBER: Final = 2.5
RAN: Final = 0.3  # a meter is judged if it ran so much in the past of what it runs now
EVERY: Final = 3  # days from look to look
MOST_A_DAY: Final = 4
SLOW_DAYS: Final = 3
LEAST_SLOW: Final = 4
GONE: Final = 0.05  # a meter that shows less than this share of what it did is not put right but left out


@dataclass(frozen=True, slots=True)
class Limits:
    """When a change is told: ratio (χ² of one freedom) over the last days, more over few (days, ratio), whose odd
    weather or holiday is no fault; change in class sigmas and as a share; χ² that may be left for each block of the
    meter's rows, or else the share of it that the change must explain; how near another's ratio must come to the best
    to be thought as likely: of those, the smallest change is named first.
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


def blocks(hourly: FloatArray, first: int) -> FloatArray:
    """Sums (B, J) of blocks of six hours from interval first on, whole days only."""
    days = (len(hourly) - first) // 24
    whole: FloatArray = hourly[first : first + 24 * days].reshape(days * BLOCKS, 24 // BLOCKS, -1).sum(axis=1)
    return whole


@dataclass(frozen=True, slots=True)
class Row:
    """A row over all blocks: the variables in it, residual (B,), terms (B, J'), scale (B,) and known (B,); low (B,) is
    the standard uncertainty that low load adds to the classes.
    """

    used: NDArray[np.intp]
    residual: FloatArray
    terms: FloatArray
    through: FloatArray
    known: BoolArray
    low: FloatArray


def row_of(x: FloatArray, fixed: FloatArray, a: FloatArray, sigma: FloatArray) -> Row:
    """One row of the relations."""
    used = np.flatnonzero(a)
    terms = x[:, used] * a[used]
    residual = terms.sum(axis=1)
    known = np.isfinite(residual)
    terms = np.where(known[:, None], terms, 0.0)
    low = np.maximum(np.abs(fixed[:, used] * a[used]) - sigma[used] * np.abs(terms), 0.0)
    return Row(
        used, np.where(known, residual, 0.0), terms, 0.5 * np.abs(terms).sum(axis=1), known,
        np.sqrt((low**2).sum(axis=1)),
    )  # fmt: skip


def excess(row: Row, sigma: FloatArray, past: slice, test: slice) -> tuple[FloatArray, FloatArray]:
    """Excess (T,) of a row in test blocks over what its past makes of them, in its own spread, and that spread; 0 and
    inf where nothing is known.
    """
    count = test.stop - test.start
    nothing = np.zeros(count), np.full(count, np.inf)
    rows = np.flatnonzero(row.known[past]) + past.start
    if len(rows) < LEAST_DAYS * BLOCKS or row.through[rows].sum() <= 0.0:
        return nothing
    usual = _median(row.through[rows]) or float(row.through[rows].mean())
    scale = row.through + 0.3 * usual
    hour = np.eye(BLOCKS)[np.arange(len(scale)) % BLOCKS] * usual
    h = np.hstack([hour, row.terms]) / scale[:, None]
    z, low = row.residual / scale, row.low / scale
    prior = np.concatenate([np.full(BLOCKS, EVEN), np.maximum(sigma[row.used], 0.005)])
    beta, spread, covariance = _regress(h[rows], z[rows], prior)
    ahead = h[test]
    variance = spread**2 + ((ahead @ covariance) * ahead).sum(axis=1) + low[test] ** 2
    deviation = np.sqrt(variance)
    found = np.where(row.known[test], (z[test] - ahead @ beta) / deviation, 0.0)
    return found, np.where(row.known[test], deviation * scale[test], np.inf)


def _median(values: FloatArray) -> float:
    """The upper median: numpy's own takes ten times as long on so few."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _regress(h: FloatArray, z: FloatArray, prior: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Coefficients, spread and the coefficients' covariance; outliers weigh less (Huber, three rounds)."""
    weight = np.ones(len(z))
    spread = max(FLOOR, MAD_SIGMA * _median(np.abs(z - _median(z))))
    known = np.diag(prior**-2)
    beta: FloatArray = np.zeros(len(prior))
    covariance: FloatArray = np.diag(prior**2)
    for _ in range(3):
        weighted = h.T * (weight / spread**2)
        covariance = np.asarray(np.linalg.inv(weighted @ h + known), np.float64)
        beta = covariance @ (weighted @ z)
        left = np.abs(z - h @ beta)
        spread = max(FLOOR, MAD_SIGMA * _median(left))
        weight = np.minimum(1.0, HUBER * spread / np.maximum(left, 1e-12))
    return beta, max(spread, _slow(z - h @ beta)), covariance


def _slow(left: FloatArray) -> float:
    """The spread that blocks would need if each were new, so that means of SLOW_DAYS spread as they do."""
    per = SLOW_DAYS * BLOCKS
    means = left[len(left) % per :].reshape(-1, per).mean(axis=1)
    return MAD_SIGMA * _median(np.abs(means)) * float(np.sqrt(per)) if len(means) >= LEAST_SLOW else 0.0


class Search:
    """The search through the days of one stretch; what was found is taken out of what follows."""

    def __init__(self, relations: Relations, first: int, limits: Limits) -> None:
        self._sigma = np.array([variable.sigma for variable in relations.variables])
        self._blame = np.array([bool(variable.subjects) for variable in relations.variables])
        self._a, self._limits = relations.a, limits
        self._x, self._fixed = blocks(relations.amount, first), blocks(relations.fixed, first)
        self._rows = [row_of(self._x, self._fixed, a, self._sigma) for a in relations.a]
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
            for _ in range(MOST_A_DAY):
                change = self._look(day)
                if change is None:
                    break
                self._take(change)
        return self.found

    def _look(self, day: int) -> Change | None:
        begin = day - LONGEST
        test = slice(begin * BLOCKS, day * BLOCKS)
        past = slice(max(0, begin - PAST_DAYS) * BLOCKS, begin * BLOCKS)
        every = [excess(row, self._sigma, past, test) for row in self._rows]
        over = np.array([found for found, _ in every])
        if (over**2).sum() < self._limits.ratio[-1][1]:
            return None
        signature = np.zeros((*self._a.shape, test.stop - test.start))
        for k, (row, (_, spread)) in enumerate(zip(self._rows, every, strict=True)):
            signature[k, row.used] = row.terms[test].T / spread
        ran = np.nanmean(np.abs(self._x[past]), axis=0)
        now = np.nanmean(np.abs(self._x[test]), axis=0)
        return self._best(over, signature, day, self._blame & (ran > RAN * now))

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
        shares = share[near, length[near]]
        order = near[np.argsort(np.abs(shares), kind="stable")]
        best, others = int(order[0]), tuple(int(k) for k in order[1:])
        start = day * BLOCKS - int(count[length[best]])
        return Change(best, start, day, None, float(share[best, length[best]]), float(tops[best]), others)

    def _take(self, change: Change) -> None:
        """Put the meter right from the change on, and join the change to an earlier one of the same meter."""
        column = self._x[change.start :, change.variable]
        gain = 1.0 + change.share
        column[:] = column / gain if gain > GONE else np.nan
        for k, a in enumerate(self._a):
            if a[change.variable]:
                self._rows[k] = row_of(self._x, self._fixed, a, self._sigma)
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


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Each (J, B): a change of variable j that began b + 1 blocks before the end. Ratio, the least of it over leaving
    out one day, so that a single odd day names nobody; share of what is shown; what it leaves of χ² for each block of
    its rows, and the share of χ² that it explains.
    """

    ratio: FloatArray
    sure: FloatArray
    share: FloatArray
    left: FloatArray
    explained: FloatArray


def likelihood(over: FloatArray, signature: FloatArray) -> Likelihood:
    """Of excess (R, B) and signatures (R, J, B), for every variable and every block to begin in."""
    length = over.shape[1]
    across = np.cumsum((over[:, None] * signature).sum(axis=0)[:, ::-1], axis=1)
    along = np.cumsum((signature**2).sum(axis=0)[:, ::-1], axis=1)
    stands = (signature != 0.0).any(axis=2).T
    chi2 = np.cumsum((stands @ over**2)[:, ::-1], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(along > 0.0, across / along, 0.0)
        ratio = np.where(along > 0.0, across**2 / along, 0.0)
        sure = ratio.copy()
        for day in range(0, length, BLOCKS):
            last = min(day + BLOCKS, length) - 1
            gone = np.arange(length).clip(day - 1, last)
            before = across[:, day - 1 : day] if day else 0.0, along[:, day - 1 : day] if day else 0.0
            rest = across - np.where(gone >= day, across[:, gone] - before[0], 0.0)
            lighter = along - np.where(gone >= day, along[:, gone] - before[1], 0.0)
            kept = np.where((rest * across > 0.0) & (lighter > 1e-9), rest**2 / lighter, 0.0)
            sure = np.minimum(sure, np.where(np.arange(length) >= day, kept, ratio))
        left = (chi2 - ratio) / (np.maximum(stands.sum(axis=1), 1)[:, None] * np.arange(1, length + 1))
        explained = np.where(chi2 > 0.0, ratio / chi2, 0.0)
    return Likelihood(ratio, sure, share, left, explained)
