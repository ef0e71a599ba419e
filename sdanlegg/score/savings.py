"""Savings beside what was truly saved: is the truth inside the interval that was told?

A 95 % interval misses one hall in twenty if it is honest. So a saving is covered if the truth lies inside in at least
MOST of the halls, whose instruments differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from sdanlegg.balance.arrays import Figure

MOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class SavingScore:
    """One quantity of one measure: the truth, what one hall tells of it, and the share of halls that hold it."""

    measure: str
    quantity: str
    truth: float
    figure: Figure
    inside: float

    @property
    def covered(self) -> bool:
        """Whether it counts as inside."""
        return self.inside >= MOST


def score_saving(measure: str, quantity: str, truth: float, told: Sequence[Figure]) -> SavingScore:
    """Score one quantity; told: of every hall. A figure that is not known holds nothing; the first hall's is shown."""
    holds = [isfinite(one.value) and one.low <= truth <= one.high for one in told]
    return SavingScore(measure, quantity, truth, told[0], sum(holds) / len(holds))


def savings_covered(scores: Sequence[SavingScore]) -> float:
    """Share of the savings that are covered; NaN without any."""
    return sum(score.covered for score in scores) / len(scores) if scores else float("nan")
