"""Hall rules -> findings: where a rule strikes, with what evidence, and what it costs a day."""

import numpy as np

from sdanlegg.balance.arrays import Figure
from sdanlegg.balance.findings.kinds import KINDS
from sdanlegg.balance.findings.records import Evidence, Finding, Prices, Rule, Told
from sdanlegg.balance.findings.series import Hours, ranges
from sdanlegg.balance.findings.texts import TEXTS, number
from sdanlegg.balance.findings.view import Signal, View
from sdanlegg.readings import FloatArray

COVERS_95 = 1.96


def hall_findings(hours: Hours, rules: tuple[Rule, ...], prices: Prices) -> list[Finding]:
    """Findings of every rule over the hours; a rule whose points are not known finds nothing."""
    found = []
    for rule in rules:
        view = View(hours, dict(rule.points), dict(rule.limits))
        signal = KINDS[rule.kind].look(view)
        active = signal.active & np.isfinite(signal.seen)
        gap = rule.limits["gap_h"]
        for start, end in ranges(active, rule.limits["hold_h"], gap):
            found.append(_finding(hours, rule, signal, (active, start, end), prices))
    return found


def _finding(hours: Hours, rule: Rule, signal: Signal, at: tuple[np.ndarray, int, int], prices: Prices) -> Finding:
    active, start, end = at
    inside = np.zeros(len(active), np.bool_)
    inside[start:end] = active[start:end]
    edges = hours.observed.edges_ns
    last = end + rule.limits["gap_h"] >= len(active)
    days = max(1.0, (edges[end] - edges[start]) / 8.64e13)
    el, heat, water = (_sum(of, inside) / days for of in (signal.electricity, signal.heat, signal.water))
    seen, expected = _mean(signal.seen, inside), _mean(signal.expected, inside)
    sigmas = _mean((signal.seen - signal.expected) / signal.sigma, inside) if signal.sigma is not None else np.nan
    text = TEXTS[rule.kind]
    kwh = np.nansum([el, heat]) if np.isfinite([el, heat]).any() else np.nan
    kroner = [v * p for v, p in zip((el, heat, water), (prices.electricity, prices.heat, prices.water), strict=True)]
    words = {"seen": f"{number(seen)} {signal.unit}", "expected": f"{number(expected)} {signal.unit}"}
    return Finding(
        kind=rule.kind,
        rule=rule.id,
        start_ns=int(edges[start]),
        end_ns=None if last else int(edges[end]),
        subjects=tuple(dict.fromkeys(p.removeprefix("-") for role in text.shows for p in rule.points[role])),
        evidence=(Evidence(text.nb_seen, text.en_seen, expected, seen, signal.unit, float(sigmas)),),
        nb=Told(*(part.format(name=rule.nb, **words) for part in text.nb)),
        en=Told(*(part.format(name=rule.en, **words) for part in text.en)),
        kwh_day=_figure(kwh, rule.waste_sigma, "kWh"),
        m3_day=_figure(water, rule.waste_sigma, "m³"),
        kr_day=float(np.nansum(kroner)) if np.isfinite(kroner).any() else float("nan"),
    )


def _sum(of: FloatArray | None, inside: np.ndarray) -> float:
    if of is None or not np.isfinite(of[inside]).any():
        return float("nan")
    return float(np.nansum(of[inside]))


def _mean(of: FloatArray, inside: np.ndarray) -> float:
    chosen = of[inside]
    return float(np.nanmean(chosen)) if np.isfinite(chosen).any() else float("nan")


def _figure(value: float, sigma: float, unit: str) -> Figure:
    if not np.isfinite(value):
        return Figure(float("nan"), float("nan"), float("nan"), unit, 0.0)
    half = COVERS_95 * sigma * abs(value)
    return Figure(float(value), float(value - half), float(value + half), unit, 1.0)
