"""Savings beside what was truly saved: is the truth inside the interval that was told?

A 95 % interval misses one hall in twenty if it is honest. So a saving is covered unless so many of the halls, whose
instruments differ, miss it as would by chance in less than one of a hundred cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, isfinite
from typing import Final

from sdanlegg.balance.arrays import Figure

MISSED: Final = 0.05  # of the halls, by an honest interval
CHANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class SavingScore:
    """One quantity of one measure: the truth, what one hall tells of it, and how many of the halls hold it."""

    measure: str
    quantity: str
    truth: float
    figure: Figure
    held: int
    halls: int

    @property
    def inside(self) -> float:
        """Share of the halls that hold it."""
        return self.held / self.halls

    @property
    def covered(self) -> bool:
        """Whether it counts as inside."""
        return at_least(self.halls - self.held, self.halls) >= CHANCE


def at_least(misses: int, halls: int) -> float:
    """Probability of so many misses or more among halls whose intervals are honest and independent."""
    return sum(comb(halls, k) * MISSED**k * (1.0 - MISSED) ** (halls - k) for k in range(misses, halls + 1))


def score_saving(measure: str, quantity: str, truth: float, told: Sequence[Figure]) -> SavingScore:
    """Score one quantity; told: of every hall. A figure that is not known holds nothing; the first hall's is shown."""
    holds = [isfinite(one.value) and one.low <= truth <= one.high for one in told]
    return SavingScore(measure, quantity, truth, told[0], sum(holds), len(holds))


def savings_covered(scores: Sequence[SavingScore]) -> float:
    """Share of the savings that are covered; NaN without any."""
    return sum(score.covered for score in scores) / len(scores) if scores else float("nan")
