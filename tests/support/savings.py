"""A small period for savings: points and flows that stand still for some hours."""

from collections.abc import Mapping

import numpy as np

from sdanlegg.balance.arrays import Estimates, Observed
from sdanlegg.balance.savings_supply import Known
from sdanlegg.clock import SECOND_NS
from sdanlegg.measures import MeasureDefinition, Told
from sdanlegg.plan import Words

START_NS = 1_768_345_200 * SECOND_NS  # 2026-01-14 00:00 in Asker
SUPPLY = Told(
    flows={"heat": "vp1.cond", "electricity": "vp1.el", "peak": "boiler.header"},
    points={"brine_t": "brine", "sink_t": "tank", "outdoor_t": "out", "cold_t": "cold"},
    numbers={
        "capacity_kw": 120.0, "lift_k": 5.0, "per_source_k": 0.027, "per_sink_k": 0.008, "most_kw": 165.0,
        "boiler_efficiency": 1.0, "marginal": 1.0, "marginal_sigma": 0.0, "pumps": 0.0, "pumps_sigma": 0.0,
        "stored_kwh": 0.0,
        "hot_gas": 0.0, "hot_gas_sigma": 0.0, "peak_sigma": 0.0,
    },
)  # fmt: skip
POINTS = {"brine": 0.0, "tank": 40.0, "out": 0.0, "cold": 8.0}
FLOWS = {"vp1.cond": 80.0, "vp1.el": 20.0, "boiler.header": 0.0}


def known(
    points: Mapping[str, float], flows: Mapping[str, float], hours: int = 4, fixed: float = 0.0, supply: Told = SUPPLY
) -> Known:
    """What is known if every hour is like the others; amounts are an hour's, `fixed` the share that a flow is off."""
    points, flows = {**POINTS, **points}, {**FLOWS, **flows}
    edges = START_NS + 3600 * SECOND_NS * np.arange(hours + 1)
    mean = np.tile([*points.values()], (hours, 1)).astype(float)
    seen = np.isfinite(mean).astype(float)
    observed = Observed(tuple(points), edges, mean, mean, np.vstack([mean, mean[-1:]]), seen)
    amount = np.tile([*flows.values()], (hours, 1)).astype(float)
    none = np.zeros_like(amount)
    estimates = Estimates(
        tuple(flows), edges, amount, fixed * np.abs(amount), none, np.isfinite(amount).astype(float),
        np.full(len(flows), -1.2), ("measured",) * len(flows),
    )  # fmt: skip
    return Known(observed, estimates, {}, supply)


def measure(kind: str, whole: Told, parts: tuple[Told, ...] = ()) -> MeasureDefinition:
    """A measure of a kind."""
    return MeasureDefinition(kind, kind, Words("m", "m"), Words("r", "r"), "[E]", whole, parts)
