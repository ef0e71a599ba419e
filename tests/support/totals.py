"""Small totals and plans for tests of figures."""

from collections.abc import Mapping

import numpy as np

from sdanlegg.balance.arrays import Totals
from sdanlegg.plan import KpiPlan, Term
from sdanlegg.readings import FloatArray


def totals(
    amounts: Mapping[str, float], sigma: Mapping[str, float] | None = None, covariance: FloatArray | None = None,
    coverage: Mapping[str, float] | None = None,
) -> Totals:  # fmt: skip
    """Totals of some variables; independent ones with sigma, or with a covariance."""
    names = tuple(amounts)
    x = np.array([amounts[name] for name in names], dtype=float)
    spread = np.diag([(sigma or {}).get(name, 0.0) ** 2 for name in names])
    covered = np.array([(coverage or {}).get(name, 1.0) for name in names])
    spread = spread if covariance is None else covariance
    none, normal = np.zeros(spread.shape), np.zeros(x.size)
    return Totals(names, 0, 3600 * 10**9, x, spread, x, covered, 1.96 * np.sqrt(np.diag(spread)), none, normal)


def terms(*names: str) -> tuple[Term, ...]:
    """Terms of a sum as kpis.toml writes them."""
    return tuple(Term(name.removeprefix("-"), -1.0 if name.startswith("-") else 1.0) for name in names)


def plan(**fields: object) -> KpiPlan:
    """A plan with nothing in it but what a test says."""
    empty: dict[str, object] = {"kpis": (), "posts": (), "plants": (), "carriers": (), "used": (), "water_m2": 100.0}
    return KpiPlan(**(empty | fields))  # type: ignore[arg-type]
