"""What is kept of a hall's hours and days for those who look at more than one stretch.

Most of it rests in 32 bits, seven digits: counters' increases have been worked out before. Means keep theirs, since one
that stands still is told by its last digit.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sdanlegg.balance.arrays import Estimates, Observed, Reconciled
from sdanlegg.readings import FloatArray
from sdanlegg.score.rows import joined_estimates, joined_reconciled


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a hall: its hours, and its days; hours are None where nobody needs them."""

    observed: Observed
    hours: Estimates | None
    days: Estimates
    reconciled: Reconciled


def slim(part: Part) -> Part:
    """The same in 32 bits, as far as hours go."""
    observed = part.observed
    arrays = {name: getattr(observed, name).astype(np.float32) for name in ("gained", "at", "coverage")}
    hours = part.hours
    if hours is not None:
        made = {name: getattr(hours, name).astype(np.float32) for name in ("amount", "fixed", "noise", "coverage")}
        hours = replace(hours, **made)
    return replace(part, observed=replace(observed, **arrays), hours=hours)


def joined(parts: list[Part]) -> Part:
    """Successive stretches as one, in 64 bits."""
    seen = [part.observed for part in parts]
    edges_ns = np.concatenate([seen[0].edges_ns, *(one.edges_ns[1:] for one in seen[1:])])
    mean, gained, coverage = (_wide([getattr(one, name) for one in seen]) for name in ("mean", "gained", "coverage"))
    at = _wide([seen[0].at, *(one.at[1:] for one in seen[1:])])
    observed = Observed(seen[0].points, edges_ns, mean, gained, at, coverage)
    hours = [part.hours for part in parts if part.hours is not None]
    whole = None
    if len(hours) == len(parts):
        whole = joined_estimates(hours)
        made: dict[str, Any] = {
            name: _wide([getattr(whole, name)]) for name in ("amount", "fixed", "noise", "coverage")
        }
        whole = replace(whole, **made)
    days = joined_estimates([part.days for part in parts])
    return Part(observed, whole, days, joined_reconciled([part.reconciled for part in parts]))


def _wide(parts: list[FloatArray]) -> FloatArray:
    whole: FloatArray = np.concatenate(parts).astype(np.float64)
    return whole
