"""All that is found wrong in a stretch of hours: bad meters and what the hall's rules say."""

from collections.abc import Sequence
from typing import Final

from sdanlegg.balance.arrays import Observed, Reconciled
from sdanlegg.balance.estimate import needed_points as points_of_estimates
from sdanlegg.balance.findings.hall import hall_findings
from sdanlegg.balance.findings.meters import change_findings, off_findings, own_findings
from sdanlegg.balance.findings.records import Finding, Rules
from sdanlegg.balance.findings.series import DAY_NS, Hours
from sdanlegg.network import Network

OF_HEAT_METER: Final = ("flow", "supply_t", "return_t")
SLACK_NS: Final = 10 * DAY_NS


def needed_points(network: Network, rules: Rules) -> tuple[str, ...]:
    """Points that `findings` looks at, each once."""
    points = dict.fromkeys(points_of_estimates(network))
    for rule in rules.rules:
        for names in rule.points.values():
            points.update(dict.fromkeys(name.removeprefix("-") for name in names))
    meters = rules.meters
    points.update(dict.fromkeys(meters.watched))
    points.update(dict.fromkeys(f"{device}.{name}" for device in meters.heat_meters for name in OF_HEAT_METER))
    for partner in meters.partners:
        points.update(dict.fromkeys(name.removeprefix("-") for name in (*partner.gauges, *partner.counters)))
    return tuple(points)


def findings(
    network: Network, rules: Rules, observed: Observed, reconciled: Reconciled | None = None
) -> tuple[Finding, ...]:
    """What is wrong, by beginning: observed are hours, reconciled days of the same time.

    Intervals of observed are whole UTC hours; a finding needs the past that its rule asks for (docs/findings.md): give
    it five weeks before the time that is asked about. NaN is never a finding.
    """
    hours = Hours.of(observed)
    hall = hall_findings(hours, rules.rules, rules.prices)
    found = own_findings(hours, network, rules.meters)
    found += _further(
        found, [one for one in change_findings(hours, network, rules.meters, found) if not _plant(one, hall)]
    )
    if reconciled is not None:
        found += _further(found, off_findings(hours, network, reconciled))
    return tuple(sorted((*found, *hall), key=lambda one: (one.start_ns, one.kind, one.subjects)))


def _further(found: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """Those of more that are about none of the devices that were found out at the same time."""
    return [
        one for one in more if not any(_devices(one) & _devices(other) and _together(one, other) for other in found)
    ]


def _plant(meter: Finding, hall: Sequence[Finding]) -> bool:
    """Whether a meter that seems to show more only tells what a rule of the hall says: a leak is no meter's fault."""
    more = meter.evidence[0].seen > meter.evidence[0].expected
    leaks = [one for one in hall if one.kind == "leak"]
    return more and any(set(one.subjects) & set(meter.subjects) and _together(one, meter) for one in leaks)


def _devices(one: Finding) -> set[str]:
    return {subject.partition(".")[0] for subject in one.subjects}


def _together(one: Finding, other: Finding) -> bool:
    """Whether they hold at the same time, some days of delay apart."""
    begins = one.start_ns - SLACK_NS, other.start_ns - SLACK_NS
    ends = (one.end_ns, other.end_ns)
    return (ends[1] is None or begins[0] < ends[1]) and (ends[0] is None or begins[1] < ends[0])
