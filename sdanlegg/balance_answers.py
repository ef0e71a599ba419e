"""What the balance says of a period, as JSON takes it: one shape for the API, the foyer and reports. Pure.

Not known is None with coverage 0, never 0.
"""

from math import isfinite
from typing import Any

import numpy as np

from sdanlegg.balance.arrays import Figure, Totals
from sdanlegg.balance.carriers import CarrierBalance
from sdanlegg.balance.cost import Cost
from sdanlegg.balance.evaluate import (
    UNITS,
    Evaluation,
    Hall,
    PeriodFigures,
    period_closures,
    period_totals,
)
from sdanlegg.balance.kpis import Kpi
from sdanlegg.balance.kpis_closure import Closure
from sdanlegg.balance.posts import Post, Posts
from sdanlegg.balance.savings import Saving
from sdanlegg.balance.structure import GAIN
from sdanlegg.network import BalanceFlow
from sdanlegg.plan import KpiPlan, Words
from sdanlegg.when import utc_text

Json = dict[str, Any]
NO_PLAN = KpiPlan((), (), (), (), (), 0.0)  # a hall without kpis.toml: its usual bounds of what is unaccounted for


def number(value: float) -> float | None:
    """A number that JSON knows; None for what is not known."""
    return float(value) if isfinite(value) else None


def figure(found: Figure) -> Json:
    """A figure with its 95 % interval."""
    known = isfinite(found.value)
    return {
        "value": number(found.value),
        "low": number(found.low) if known else None,
        "high": number(found.high) if known else None,
        "unit": found.unit,
        "coverage": float(found.coverage) if known else 0.0,
    }


def words(text: Words) -> Json | None:
    """A text for people; None where there is nothing to say."""
    return {"nb": text.nb, "en": text.en} if text.nb or text.en else None


def balance_interval(hall: Hall, evaluation: Evaluation, rows: slice) -> Json:
    """Flows and nodes of some successive pieces of an evaluation."""
    totals = period_totals(hall, evaluation, rows)
    dropped = evaluation.reconciled.dropped[rows].mean(axis=0)
    plan = NO_PLAN if hall.plan is None else hall.plan
    closures = {closure.node: closure for closure in period_closures(hall, plan, evaluation, rows)}
    column = {name: j for j, name in enumerate(totals.names)}
    how = dict(zip(evaluation.pieces.names, evaluation.pieces.how, strict=True))
    return {
        "start": utc_text(totals.start_ns),
        "end": utc_text(totals.end_ns),
        "flows": [
            _flow(hall, flow, totals, how[flow.id], float(dropped[column[flow.id]])) for flow in hall.network.flows
        ],
        "nodes": [
            _node(node.id, Words(node.nb, node.en), node.kind, closures[node.id], totals) for node in hall.network.nodes
        ],
        "chi2": number(float(np.nansum(evaluation.reconciled.chi2[rows]))),
        "freedom": int(np.nansum(evaluation.reconciled.freedom[rows])),
    }


def _flow(hall: Hall, flow: BalanceFlow, totals: Totals, how: str, dropped: float) -> Json:
    j = totals.names.index(flow.id)
    amount, raw = float(totals.amount[j]), float(totals.raw[j])
    return {
        "id": flow.id,
        "name": {"nb": flow.nb, "en": flow.en},
        "carrier": flow.carrier,
        "from": flow.source,
        "to": flow.target,
        "how": how,
        "raw": number(raw),
        "figure": figure(amount_figure(totals, j, UNITS[flow.carrier], signed=bool(hall.structure.signed[j]))),
        "adjusted_by": number(amount - raw),
        "suspect": dropped >= 0.5,
        "left_out": dropped,
    }


def amount_figure(totals: Totals, j: int, unit: str, *, signed: bool) -> Figure:
    """Variable j of a period with its interval, which is cut at 0 where the flow cannot run backwards."""
    amount, half = float(totals.amount[j]), float(totals.half[j])
    if not (isfinite(amount) and isfinite(half)):
        return Figure(float("nan"), float("nan"), float("nan"), unit, 0.0)
    low = amount - half if signed else max(amount - half, 0.0)
    return Figure(amount, low, amount + half, unit, float(totals.coverage[j]))


def _node(id_: str, name: Words, kind: str, closure: Closure, totals: Totals) -> Json:
    gain = None
    if kind == "storage":
        gain = figure(amount_figure(totals, totals.names.index(id_ + GAIN), closure.amount.unit, signed=True))
    return {
        "id": id_,
        "name": words(name),
        "kind": kind,
        "residual": number(closure.amount.value),
        "figure": figure(closure.amount),
        "unaccounted_pct": figure(closure.pct),
        "level": closure.level,
        "unmeasured": [str(flow) for flow in closure.unmeasured],
        "gain": gain,
    }


def kpis_answer(found: PeriodFigures) -> Json:
    """Key figures, posts, carriers and cost of a period."""
    return {
        "kpis": [_kpi(kpi) for kpi in found.kpis],
        **_posts(found.posts),
        "carriers": [_carrier(carrier) for carrier in found.carriers],
        "cost": None if found.cost is None else _cost(found.cost),
    }


def _kpi(kpi: Kpi) -> Json:
    return {
        "id": kpi.id,
        "name": words(kpi.name),
        "boundary": words(kpi.boundary),
        "part_of": kpi.part_of,
        "missing": list(kpi.missing),
        "gap": words(kpi.gap),
        "figure": figure(kpi.figure),
    }


def _posts(found: Posts) -> Json:
    return {
        "posts": [_post(post) for post in found.posts],
        "posts_used": figure(found.used),
        "posts_left": figure(found.left),
        "posts_left_pct": figure(found.left_pct),
        "posts_level": found.level,
    }


def _post(post: Post) -> Json:
    return {
        "id": post.id,
        "name": words(post.name),
        "electricity": figure(post.electricity),
        "heat": figure(post.heat),
        "missing": list(post.missing),
        "gap": words(post.gap),
    }


def _carrier(carrier: CarrierBalance) -> Json:
    return {
        "id": carrier.id,
        "name": words(carrier.name),
        **{name: figure(getattr(carrier, name)) for name in ("delivered", "produced", "exported", "on_site", "used")},
        "co2": [
            {
                "factors": one.factors,
                **{name: figure(getattr(one, name)) for name in ("delivered", "credit", "k_exp_0", "k_exp_1")},
                "refusal": one.refusal or None,
            }
            for one in carrier.co2
        ],
        "missing": list(carrier.missing),
    }


def _cost(found: Cost) -> Json:
    return {
        "lines": [
            {
                "id": line.id,
                "name": {"nb": line.nb, "en": line.en},
                "figure": figure(line.figure),
                "kw": number(line.kw),
            }
            for line in found.lines
        ],
        "total": figure(found.total),
        "currency": found.currency,
        "with_vat": found.with_vat,
    }


def savings_answer(found: tuple[Saving, ...]) -> Json:
    """What each measure saved in a period; others' claims stand beside it."""
    return {"measures": [_saving(saving) for saving in found]}


def _saving(saving: Saving) -> Json:
    return {
        "id": saving.id,
        "kind": saving.kind,
        "name": words(saving.name),
        "reference": words(saving.reference),
        "source": saving.source or None,
        **{
            name: figure(getattr(saving, name))
            for name in ("heat", "electricity", "water", "chlorine", "exported", "cost")
        },
        "co2": [{"factors": id_, "figure": figure(one)} for id_, one in saving.co2],
        "claims": [
            {"quantity": claim.quantity, "share": number(claim.share), "by": words(claim.by)} for claim in saving.claims
        ],
    }
