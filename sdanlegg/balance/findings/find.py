"""All that is found wrong in a stretch of hours: bad meters and what the hall's rules say."""

from sdanlegg.balance.arrays import Observed, Reconciled
from sdanlegg.balance.estimate import needed_points as points_of_estimates
from sdanlegg.balance.findings.hall import hall_findings
from sdanlegg.balance.findings.meters import own_findings
from sdanlegg.balance.findings.records import Finding, Rules
from sdanlegg.balance.findings.series import Hours
from sdanlegg.network import Network

OF_HEAT_METER = ("flow", "supply_t", "return_t")


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
    network: Network,
    rules: Rules,
    observed: Observed,
    reconciled: Reconciled | None = None,  # noqa: ARG001
) -> tuple[Finding, ...]:
    """What is wrong, by beginning: observed are hours, reconciled days of the same time.

    Intervals of observed are whole UTC hours; a finding needs the past that its rule asks for (docs/findings.md): give
    it five weeks before the time that is asked about. NaN is never a finding.
    """
    hours = Hours.of(observed)
    found = [*own_findings(hours, network, rules.meters), *hall_findings(hours, rules.rules, rules.prices)]
    return tuple(sorted(found, key=lambda one: (one.start_ns, one.kind, one.subjects)))
