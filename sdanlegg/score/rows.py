"""Rows of many halls as one batch, and one hall's rows out of a batch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sdanlegg.balance.arrays import Estimates, Observed, Reconciled
from sdanlegg.readings import FloatArray

_ESTIMATED = ("amount", "fixed", "noise", "coverage")
_RECONCILED = (
    "amount", "sigma", "half", "residual", "spread", "chi2", "freedom", "test", "dropped",
)  # fmt: skip


def end_to_end(halls: Sequence[Observed]) -> Observed:
    """Rows of halls of equally many intervals, one hall after the other; between two stands one of which nothing is
    known, so that the edges of each are its own. Who looks at one interval at a time sees the same as in each hall.
    """
    first, count = halls[0], len(halls[0].mean)
    edges_ns = np.concatenate(
        [one.edges_ns + k * (count + 1) * (first.edges_ns[1] - first.edges_ns[0]) for k, one in enumerate(halls)]
    )
    blank = np.full((1, len(first.points)), np.nan)

    def rows(name: str, between: FloatArray) -> FloatArray:
        return np.concatenate([part for one in halls for part in (getattr(one, name), between)])[:-1]

    mean, gained, coverage = rows("mean", blank), rows("gained", blank), rows("coverage", np.zeros_like(blank))
    return Observed(first.points, edges_ns, mean, gained, np.concatenate([one.at for one in halls]), coverage)


def apart(made: Estimates, halls: int) -> Estimates:
    """Rows of halls that stood end to end, without those between them; edges only count them."""
    length = (len(made.amount) + 1) // halls
    keep = np.arange(len(made.amount)) % length != length - 1
    rows = {name: getattr(made, name)[keep] for name in _ESTIMATED}
    return replace(made, edges_ns=np.arange(keep.sum() + 1, dtype=np.int64), **rows)


def rows_of_estimates(estimates: Estimates, which: slice) -> Estimates:
    """Some rows of a batch."""
    rows: dict[str, Any] = {name: getattr(estimates, name)[which] for name in _ESTIMATED}
    return replace(estimates, edges_ns=estimates.edges_ns[which.start : which.stop + 1], **rows)


def rows_of(reconciled: Reconciled, which: slice) -> Reconciled:
    """Some rows of a batch."""
    rows: dict[str, Any] = {name: getattr(reconciled, name)[which] for name in _RECONCILED}
    return replace(reconciled, edges_ns=reconciled.edges_ns[which.start : which.stop + 1], **rows)


def joined_estimates(parts: Sequence[Estimates]) -> Estimates:
    """Successive stretches of one hall as one."""
    made = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _ESTIMATED}
    excess: FloatArray = np.mean([one.excess for one in parts], axis=0)
    return Estimates(parts[0].names, _edges(parts), **made, excess=excess, how=parts[0].how)


def joined_reconciled(parts: Sequence[Reconciled]) -> Reconciled:
    """Successive stretches of one hall as one."""
    made: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _RECONCILED}
    return replace(parts[0], edges_ns=_edges(parts), **made)


def _edges(parts: Sequence[Estimates] | Sequence[Reconciled]) -> np.ndarray:
    return np.concatenate([parts[0].edges_ns[:1], *(one.edges_ns[1:] for one in parts)])
