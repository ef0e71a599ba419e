"""Who was found: planted faults of meters beside what was claimed of them.

A fault counts if it can be seen: if on half of its days it moves what its meter tells by more than SEEN times what the
other meters cannot tell apart from it, sigma² / sqrt(sigma² - sigma_reconciled²), the standard uncertainty of the
difference between the meter and what all others say of it. It is found if one of its names is claimed while it lasts,
or up to SLACK after it. A claim at a sound time, in a hall with or without faults, is a false alarm; one while a fault
lasts that names another meter is told apart from both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Estimates, Reconciled
from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray, TimeArray

SEEN: Final = 3.0
DAY_NS: Final = 86_400 * SECOND_NS
BEFORE_NS: Final = 1 * DAY_NS  # a claim of days begins with the day
SLACK_NS: Final = 3 * DAY_NS
YEAR_NS: Final = 365 * DAY_NS


@dataclass(frozen=True, slots=True)
class Trial:
    """A planted fault: in which hall, what, who may be named for it, when, and how large [standard uncertainties]."""

    hall: int
    kind: str
    target: str
    names: frozenset[str]
    start_ns: int
    end_ns: int
    size: float

    @property
    def counts(self) -> bool:
        """Whether it can be seen."""
        return self.size > SEEN

    def beside(self, claim: "Claim") -> bool:
        """Whether a claim is about its hall and time."""
        late = claim.start_ns < self.end_ns + SLACK_NS and claim.end_ns > self.start_ns - BEFORE_NS
        return claim.hall == self.hall and late


@dataclass(frozen=True, slots=True)
class Claim:
    """A meter that was said to be wrong: in which hall, by which names it goes, from when to when."""

    hall: int
    names: frozenset[str]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class FaultScore:
    """found: for each trial, whether it was named; strays: claims at sound times; others: claims at a fault's time that
    do not name it; years: of sound halls."""

    trials: tuple[Trial, ...]
    found: tuple[bool, ...]
    strays: tuple[Claim, ...]
    others: tuple[Claim, ...]
    years: float

    @property
    def share(self) -> float:
        """Share of the trials that count that were found; NaN without any."""
        asked = [found for trial, found in zip(self.trials, self.found, strict=True) if trial.counts]
        return sum(asked) / len(asked) if asked else float("nan")

    @property
    def strays_per_year(self) -> float:
        """False alarms of one hall in a year."""
        return len(self.strays) / self.years if self.years > 0.0 else float("nan")


def judge(trials: Sequence[Trial], claims: Sequence[Claim], lived_ns: int) -> FaultScore:
    """Score claims; lived_ns: time that all halls lived through together."""
    found = tuple(any(trial.beside(claim) and claim.names & trial.names for claim in claims) for trial in trials)
    beside = [[trial for trial in trials if trial.beside(claim)] for claim in claims]
    strays = tuple(claim for claim, near in zip(claims, beside, strict=True) if not near)
    others = tuple(
        claim
        for claim, near in zip(claims, beside, strict=True)
        if near and not any(claim.names & trial.names for trial in near)
    )
    spoilt_ns = sum(trial.end_ns + SLACK_NS - trial.start_ns + BEFORE_NS for trial in trials)
    return FaultScore(tuple(trials), found, strays, others, max(0, lived_ns - spoilt_ns) / YEAR_NS)


def visible(estimates: Estimates, reconciled: Reconciled) -> FloatArray:
    """Standard uncertainty (K, V) of a variable's estimate against all others; inf where these do not tell it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = estimates.fixed**2 + estimates.noise**2
        seen = variance / np.sqrt(variance - reconciled.sigma**2)
    return np.where(np.isfinite(seen), seen, np.inf)


def size_of(effect: FloatArray, sigma: FloatArray, edges_ns: TimeArray, start_ns: int, end_ns: int) -> float:
    """Median of |effect| (K,) over sigma (K,) on the days that lie within a fault's time; 0 if it is never known."""
    within = (edges_ns[:-1] >= start_ns) & (edges_ns[1:] <= end_ns) & np.isfinite(effect)
    sizes = np.abs(effect[within]) / sigma[within]
    return float(np.median(sizes)) if sizes.size else 0.0
