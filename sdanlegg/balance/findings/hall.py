"""Hall rules -> findings: where a rule strikes, with what evidence, and what it costs a day."""

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.kinds import KINDS
from sdanlegg.balance.findings.records import Evidence, Finding, Prices, Rule
from sdanlegg.balance.findings.series import DAY_NS, Hours, ranges
from sdanlegg.balance.findings.texts import TEXTS
from sdanlegg.balance.findings.told import figure, mean_in, sum_in, words
from sdanlegg.balance.findings.view import Signal, View


def hall_findings(hours: Hours, rules: tuple[Rule, ...], prices: Prices) -> list[Finding]:
    """Findings of every rule over the hours; a rule whose points are not known finds nothing."""
    found = []
    for rule in rules:
        signal = KINDS[rule.kind].look(View(hours, dict(rule.points), dict(rule.limits)))
        active = signal.active & np.isfinite(signal.seen)
        for start, end in ranges(active, rule.limits["hold_h"], rule.limits["gap_h"]):
            inside = np.zeros(len(active), np.bool_)
            inside[start:end] = active[start:end]
            found.append(_finding(hours, rule, signal, inside, prices))
    return found


def _finding(hours: Hours, rule: Rule, signal: Signal, inside: BoolArray, prices: Prices) -> Finding:
    where = np.flatnonzero(inside)
    start, end, edges = int(where[0]), int(where[-1]) + 1, hours.observed.edges_ns
    days = max(1.0, float(edges[end] - edges[start]) / DAY_NS)
    electricity, heat, water = (sum_in(of, inside) / days for of in (signal.electricity, signal.heat, signal.water))
    seen, expected = mean_in(signal.seen, inside), mean_in(signal.expected, inside)
    sigmas = float("nan")
    if signal.sigma is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            sigmas = mean_in((signal.seen - signal.expected) / signal.sigma, inside)
    text = TEXTS[rule.kind]
    nb, en = words(text, (rule.nb, rule.en), seen, expected, signal.unit)
    costs = np.array([electricity * prices.electricity, heat * prices.heat, water * prices.water])
    energy = np.array([electricity, heat])
    return Finding(
        kind=rule.kind,
        rule=rule.id,
        start_ns=int(edges[start]),
        end_ns=None if end + rule.limits["gap_h"] >= len(inside) else int(edges[end]),
        subjects=tuple(dict.fromkeys(p.removeprefix("-") for role in text.shows for p in rule.points[role])),
        evidence=(Evidence(text.nb_seen, text.en_seen, expected, seen, signal.unit, sigmas),),
        nb=nb,
        en=en,
        kwh_day=figure(float(np.nansum(energy)) if np.isfinite(energy).any() else np.nan, rule.waste_sigma, "kWh"),
        m3_day=figure(water, rule.waste_sigma, "m³"),
        kr_day=float(np.nansum(costs)) if np.isfinite(costs).any() else float("nan"),
    )
