"""Signs of bad meters -> findings, with the flow's name and the meter's points."""

import numpy as np

from sdanlegg.balance.findings.meter_texts import METER_TEXTS
from sdanlegg.balance.findings.own import Sign, signs
from sdanlegg.balance.findings.records import Evidence, Finding, MeterRules
from sdanlegg.balance.findings.series import Hours, ranges
from sdanlegg.balance.findings.swaps import swapped
from sdanlegg.balance.findings.told import mean_in, unknown, words
from sdanlegg.network import Network

RULE = "meters"


def own_findings(hours: Hours, network: Network, rules: MeterRules) -> list[Finding]:
    """What meters tell by themselves, and meters in each other's place."""
    found = []
    for sign in signs(hours, network, rules.watched, rules.heat_meters):
        found += [_of_sign(hours, sign, start, end) for start, end in ranges(sign.active, sign.hold_h, sign.gap_h)]
    counters: dict[str, list[str]] = {}
    for flow in network.flows:
        if flow.measured and flow.measured[0].counter is not None:
            counters.setdefault(flow.carrier, []).append(flow.measured[0].counter)
    for names in counters.values():
        found += _swaps(hours, names)
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
        for first, last in ranges(swap.different, 2, 2):
            start = int(np.searchsorted(hours.days, first))
            end = int(np.searchsorted(hours.days, last))
            over = None if end + 2 * 24 >= len(hours.days) else end
            times = float(np.nanmedian(swap.times[first:last]))
            found.append(
                meter_finding("meters_swapped", swap.counters, (hours, start, over), (times, 1.0, "", float("nan")))
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
