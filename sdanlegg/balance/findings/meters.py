"""Signs of bad meters -> findings, with the flow's name and the meter's points."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Reconciled
from sdanlegg.balance.findings.changes import LONGEST, Limits, Search
from sdanlegg.balance.findings.meter_texts import METER_TEXTS
from sdanlegg.balance.findings.own import Sign, signs
from sdanlegg.balance.findings.records import Evidence, Finding, MeterRules
from sdanlegg.balance.findings.relations import Relations, relations
from sdanlegg.balance.findings.row_fit import BLOCKS, LEAST_DAYS
from sdanlegg.balance.findings.series import HOUR_NS, Hours, ranges
from sdanlegg.balance.findings.swaps import swapped
from sdanlegg.balance.findings.told import mean_in, unknown, words
from sdanlegg.network import Network

RULE: Final = "meters"
# A measurement that reconciliation does not believe: its test on so many of the days, and at least so large.
OFF_DAYS: Final = 14
OFF_SHARE: Final = 0.7
OFF_TEST: Final = 5.0
SWAP_GAP_D: Final = 5
# A meter found out by its own signals is left out of the balances from so long before.
SPOILT_H: Final = 12


def own_findings(hours: Hours, network: Network, rules: MeterRules) -> list[Finding]:
    """What meters tell by themselves, and meters in each other's place."""
    found = []
    for sign in signs(hours, network, rules.watched, rules.heat_meters):
        found += [_of_sign(hours, sign, start, end) for start, end in ranges(sign.active, sign.hold_h, sign.gap_h)]
    counters: dict[tuple[str, str], list[str]] = {}
    for flow in network.flows:
        meter = flow.measured[0] if flow.measured else None
        if meter is not None and meter.counter is not None and meter.meter not in {None, "controller"}:
            counters.setdefault((flow.carrier, str(meter.meter)), []).append(meter.counter)
    for names in counters.values():
        found += _swaps(hours, names)
    return found


def change_findings(hours: Hours, network: Network, rules: MeterRules, known: Sequence[Finding] = ()) -> list[Finding]:
    """Meters that show more or less than they used to, and from when; those known to be spoilt are left out."""
    first = int(-(hours.observed.edges_ns[0] // HOUR_NS) % 24)
    if len(hours.length_h) - first < 24 * (LEAST_DAYS + LONGEST):
        return []
    held = relations(network, rules, hours.observed)
    _leave_out(held, hours, known)
    found = []
    for change in Search(held, first, Limits()).run():
        if change.end is not None and change.end - change.start < BLOCKS:
            continue  # taken back as soon as more was known
        meter = held.variables[change.variable]
        beside = [subject for k in change.others for subject in held.variables[k].subjects]
        end = None if change.end is None else first + 24 // BLOCKS * change.end
        shown = (100.0 * (1.0 + change.share), 100.0, "%", change.share / meter.sigma if meter.sigma > 0.0 else np.nan)
        subjects = tuple(dict.fromkeys((*meter.subjects, *beside)))
        found.append(meter_finding("meter_changed", subjects, (hours, first + 24 // BLOCKS * change.start, end), shown))
    return found


def _leave_out(held: Relations, hours: Hours, known: Sequence[Finding]) -> None:
    edges = hours.observed.edges_ns
    for one in known:
        begin = int(np.searchsorted(edges, one.start_ns)) - SPOILT_H
        end = len(edges) if one.end_ns is None else int(np.searchsorted(edges, one.end_ns))
        for k, variable in enumerate(held.variables):
            if set(variable.subjects) & set(one.subjects):
                held.amount[max(0, begin) : end, k] = np.nan


def off_findings(hours: Hours, network: Network, reconciled: Reconciled) -> list[Finding]:
    """Meters that reconciliation does not believe, day after day: those that were wrong from the beginning."""
    found = []
    columns = {name: k for k, name in enumerate(reconciled.names)}
    for flow in network.flows:
        if not flow.measured or flow.id not in columns:
            continue
        k = columns[flow.id]
        doubted = reconciled.dropped[:, k] & (reconciled.test[:, k] > OFF_TEST)
        judged = reconciled.dropped[:, k] | np.isfinite(reconciled.test[:, k])
        if judged[-OFF_DAYS:].sum() < OFF_DAYS or doubted[-OFF_DAYS:].mean() < OFF_SHARE:
            continue
        held = np.convolve(doubted, np.ones(OFF_DAYS))[: len(doubted)] >= OFF_SHARE * OFF_DAYS
        begin = int(np.flatnonzero(~held)[-1]) + 2 - OFF_DAYS if (~held).any() else 0
        at = int(np.searchsorted(hours.observed.edges_ns, reconciled.edges_ns[max(0, begin)]))
        points = tuple(p for p in (flow.measured[0].counter, flow.measured[0].power) if p is not None)
        test = float(np.median(reconciled.test[doubted, k][-OFF_DAYS:]))
        found.append(meter_finding("meter_off", points, (hours, at, None), (test, OFF_TEST, "σ", test)))
    return found


def _of_sign(hours: Hours, sign: Sign, start: int, end: int) -> Finding:
    inside = np.zeros(len(sign.active), np.bool_)
    inside[start:end] = sign.active[start:end]
    seen, expected = mean_in(sign.seen, inside), mean_in(sign.expected, inside)
    lasts = end + sign.gap_h >= len(inside) and sign.kind != "counter_anew"
    return meter_finding(
        sign.kind, sign.points, (hours, start, None if lasts else end), (seen, expected, sign.unit, float("nan"))
    )


def _swaps(hours: Hours, counters: list[str]) -> list[Finding]:
    found = []
    for swap in swapped(hours, counters):
        for first, last in ranges(swap.different, 2, SWAP_GAP_D):
            start = int(np.searchsorted(hours.days, first))
            end = int(np.searchsorted(hours.days, last))
            over = None if end + SWAP_GAP_D * 24 >= len(hours.days) else end
            one = len({counter.partition(".")[0] for counter in swap.counters}) == 1
            times = float(np.nanmedian(swap.times[first:last]))
            found.append(
                meter_finding(
                    "reversed" if one else "meters_swapped",
                    swap.counters,
                    (hours, start, over),
                    (times, 1.0, "", float("nan")),
                )
            )
    return found


def meter_finding(
    kind: str,
    subjects: tuple[str, ...],
    when: tuple[Hours, int, int | None],
    shown: tuple[float, float, str, float],
) -> Finding:
    """A finding about meters: its first and one past its last interval, what is seen and expected, unit and sigmas."""
    hours, start, end = when
    seen, expected, unit, sigmas = shown
    edges, text = hours.observed.edges_ns, METER_TEXTS[kind]
    devices = list(dict.fromkeys(subject.partition(".")[0] for subject in subjects))
    nb, en = words(text, (" og ".join(devices), " and ".join(devices)), seen, expected, unit)
    return Finding(
        kind=kind,
        rule=RULE,
        start_ns=int(edges[start]),
        end_ns=None if end is None else int(edges[end]),
        subjects=subjects,
        evidence=(Evidence(text.nb_seen, text.en_seen, expected, seen, unit, sigmas),),
        nb=nb,
        en=en,
        kwh_day=unknown("kWh"),
        m3_day=unknown("m³"),
        kr_day=float("nan"),
    )
