"""The score as JSON and as a table. NaN is null, and a dash."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from sdanlegg.score.faults import SEEN, FaultScore, Trial
from sdanlegg.score.savings import SavingScore, savings_covered
from sdanlegg.score.tally import FlowScore, flows_improved, interval_coverage
from sdanlegg.when import utc_text

# Key, lowest and highest that is good enough, what it says in both languages.
TARGETS: Final = (
    ("interval_coverage", 0.93, 0.97, "sannheten innenfor 95 %-intervallet / truth inside the 95 % interval"),
    ("flows_improved", 0.95, 1.0, "strømmer nærmere sannheten / flows closer to the truth"),
    ("faults_found", 0.90, 1.0, "målerfeil funnet / faults of meters found"),
    ("false_alarms_per_year", 0.0, 2.0, "falske alarmer i året / false alarms a year"),
    ("savings_covered", 1.0, 1.0, "besparelser innenfor intervallet / savings inside the interval"),
)


@dataclass(frozen=True, slots=True)
class Score:
    """What a run came to. flows: of the network; gains: of its storages; false_rules: other findings of sound halls."""

    start: str
    days: int
    seed: int
    sets: int
    flows: tuple[FlowScore, ...]
    gains: tuple[FlowScore, ...]
    faults: FaultScore
    savings: tuple[SavingScore, ...]

    @property
    def figures(self) -> dict[str, float]:
        """The figures that have targets."""
        return {
            "interval_coverage": interval_coverage(self.flows),
            "flows_improved": flows_improved(self.flows),
            "faults_found": self.faults.share,
            "false_alarms_per_year": self.faults.strays_per_year,
            "savings_covered": savings_covered(self.savings),
        }


def as_json(score: Score) -> dict[str, Any]:
    """Everything, for a program."""
    trials = zip(score.faults.trials, score.faults.found, strict=True)
    return {
        **{key: _rounded(value) for key, value in score.figures.items()},
        "start": score.start,
        "days": score.days,
        "seed": score.seed,
        "sets": score.sets,
        "coverage_by_group": {group: _rounded(interval_coverage(rows)) for group, rows in groups(score.flows)},
        "flows_compared": sum(flow.improvable for flow in score.flows),
        "flows_left": sum(not flow.improvable for flow in score.flows),
        "faults_planted": len(score.faults.trials),
        "faults_counted": sum(trial.counts for trial in score.faults.trials),
        "false_alarms": len(score.faults.strays),
        "other_meter_named": len(score.faults.others),
        "sound_years": _rounded(score.faults.years),
        "flows": [_flow(flow) for flow in (*score.flows, *score.gains)],
        "faults": [_fault(trial, found=found) for trial, found in trials],
        "alarms": [
            {"hall": one.hall, "names": sorted(one.names), "start": utc_text(one.start_ns), "end": utc_text(one.end_ns)}
            for one in (*score.faults.strays, *score.faults.others)
        ],
        "savings": [_saving(one) for one in score.savings],
    }


def as_table(score: Score) -> list[str]:
    """Lines for a person: the figures beside their targets, then groups, faults and savings, in Markdown."""
    lines = ["| | figure | target | |", "|---|--:|--:|---|"]
    for key, low, high, text in TARGETS:
        value = score.figures[key]
        verdict = "–" if not isfinite(value) else "ok" if low <= value <= high else "**no**"
        lines.append(f"| `{key}` | {_text(value)} | {target_text(low, high)} | {verdict}: {text} |")
    lines += [
        "",
        "| how a flow is known | flows | days | inside | improvable | improved |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for group, rows in groups(score.flows):
        asked = [row for row in rows if row.improvable]
        days = sum(row.days for row in rows)
        better = sum(row.improved for row in asked)
        lines.append(f"| {group} | {len(rows)} | {days} | {_text(interval_coverage(rows))} | {len(asked)} | {better} |")
    return [*lines, "", *_kinds(score.faults), "", *_savings(score.savings)]


def groups(flows: Sequence[FlowScore]) -> list[tuple[str, tuple[FlowScore, ...]]]:
    """Scores by how the flow is known, of those that say anything."""
    known = [flow for flow in flows if flow.days]
    names = list(dict.fromkeys(flow.group for flow in known))
    return [(name, tuple(flow for flow in known if flow.group == name)) for name in sorted(names)]


def _kinds(faults: FaultScore) -> list[str]:
    lines = [f"| fault of a meter | planted | above {SEEN:g} sigma | found |", "|---|--:|--:|--:|"]
    for kind in sorted({trial.kind for trial in faults.trials}):
        pairs = [(t, f) for t, f in zip(faults.trials, faults.found, strict=True) if t.kind == kind]
        seen = [found for trial, found in pairs if trial.counts]
        lines.append(f"| {kind} | {len(pairs)} | {len(seen)} | {sum(seen)} |")
    years = f"{len(faults.strays)} in {_text(faults.years)} sound years"
    return [*lines, "", f"False alarms: {years}; {len(faults.others)} alarms named another meter while one was wrong."]


def _savings(savings: Sequence[SavingScore]) -> list[str]:
    lines = ["| measure | quantity | truth | told | low | high | halls inside |", "|---|---|--:|--:|--:|--:|--:|"]
    return lines + [
        f"| {one.measure} | {one.quantity} | {one.truth:.0f} | {one.figure.value:.0f} | {one.figure.low:.0f} "
        f"| {one.figure.high:.0f} | {one.inside:.2f} |"
        for one in savings
    ]


def _flow(flow: FlowScore) -> dict[str, Any]:
    numbers = ("coverage", "width", "raw_rms", "rms", "raw_ratio", "raw_lean", "ratio", "lean", "gain")
    told = {name: _rounded(getattr(flow, name)) for name in numbers}
    return {"id": flow.id, "group": flow.group, "days": flow.days, **told, "improvable": flow.improvable}


def _fault(trial: Trial, *, found: bool) -> dict[str, Any]:
    return {
        "hall": trial.hall,
        "kind": trial.kind,
        "target": trial.target,
        "start": utc_text(trial.start_ns),
        "end": utc_text(trial.end_ns),
        "sigmas": _rounded(trial.size),
        "counts": trial.counts,
        "found": found,
    }


def _saving(one: SavingScore) -> dict[str, Any]:
    figure = {name: _rounded(getattr(one.figure, name)) for name in ("value", "low", "high")}
    truth = {"truth": _rounded(one.truth), "unit": one.figure.unit, "inside": _rounded(one.inside)}
    return {"measure": one.measure, "quantity": one.quantity, **truth, **figure, "covered": one.covered}


def _rounded(value: float) -> float | None:
    return float(f"{value:.6g}") if isfinite(value) else None


def _text(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "–"


def target_text(low: float, high: float) -> str:
    """Write bounds as a person would."""
    if low == 0.0:
        return f"≤ {high:g}"
    return f"≥ {low:g}" if high == 1.0 and low < 1.0 else f"{low:g}" if low == high else f"{low:g}–{high:g}"
