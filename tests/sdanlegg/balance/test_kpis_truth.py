"""From meters that err to key figures, posts and costs: their intervals hold what the twin knows to be true."""

import math
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.balance.arrays import Figure, Observed, Totals
from sdanlegg.balance.carriers import carriers
from sdanlegg.balance.cost import Hours as Flowed
from sdanlegg.balance.cost import cost
from sdanlegg.balance.estimate import estimate, needed_points
from sdanlegg.balance.kpis import Counts, kpis
from sdanlegg.balance.periods import by_periods, totals
from sdanlegg.balance.posts import posts
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import structure
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.plan import KpiPlan
from sdanlegg.readings import TimeArray
from sdanlegg.site import Site
from simulators.hours import Hours, ManyMeters, Run
from tests.support.holmen import CONFIG
from tests.support.totals import totals as of_truth

OSLO = ZoneInfo("Europe/Oslo")
DAYS, SETS = 2, 10


class Seen(NamedTuple):
    """Two days in April as ten sets of meters told them, and the truth."""

    site: Site
    plan: KpiPlan
    hours: Hours
    flows: tuple[str, ...]
    edges_ns: TimeArray


@pytest.fixture(scope="module")
def seen() -> Seen:
    site = load_site(CONFIG / "holmen")
    assert site.plan is not None
    assert site.network is not None
    start = round(datetime(2026, 4, 14, tzinfo=OSLO).timestamp()) * SECOND_NS
    meters = ManyMeters(site, Run(start, 77, needed_points(site.network), SETS))
    hours = meters.hours(24 * DAYS)
    return Seen(site, site.plan, hours, meters.flows, hours.observed[0].edges_ns)


def figures(seen: Seen, of: Totals, flowed: Flowed) -> dict[str, Figure]:
    """Every figure of a period by name."""
    assert seen.plan.tariff is not None
    found = {kpi.id: kpi.figure for kpi in kpis(seen.plan, of, Counts())}
    shared = posts(seen.plan, of)
    found |= {f"post {post.id}": post.electricity for post in shared.posts}
    found |= {f"heat {post.id}": post.heat for post in shared.posts} | {"left": shared.left}
    for carrier in carriers(seen.plan, of, [2026]):
        found |= {f"{carrier.id} used": carrier.used}
    return found | {line.id: line.figure for line in cost(seen.plan.tariff, OSLO, of, flowed).lines}


def reckoned(seen: Seen, observed: Observed) -> dict[str, Figure]:
    assert seen.site.network is not None
    hall = structure(seen.site.network)
    hours = estimate(seen.site.network, observed)
    days = by_periods(hours, np.arange(0, 24 * DAYS, 24))
    of = totals(hall, days, reconcile(hall, days), slice(0, DAYS))
    bought, sold = (hours.amount[:, hours.names.index(name)] for name in ("grid.import", "grid.export"))
    return figures(seen, of, Flowed(seen.edges_ns, bought, sold))


def test_intervals_hold_the_truth(seen: Seen) -> None:
    flows = {name: seen.hours.flows[:, k] for k, name in enumerate(seen.flows)}
    truth = figures(
        seen,
        of_truth({name: float(flow.sum()) for name, flow in flows.items()}),
        Flowed(seen.edges_ns, flows["grid.import"], flows["grid.export"]),
    )
    held, asked = 0, 0
    for observed in seen.hours.observed:
        for name, shown in reckoned(seen, observed).items():
            true = truth[name].value
            if math.isnan(shown.value) or shown.high == shown.low:
                continue
            asked += 1
            held += shown.low <= true <= shown.high
    assert asked > 45 * SETS
    # Ten sets of meters, and figures that have meters in common: 95 % to a few per cent.
    assert 0.90 <= held / asked <= 1.0


def test_hardly_a_figure_is_lost_on_the_way(seen: Seen) -> None:
    found = reckoned(seen, seen.hours.observed[0])
    empty = {name for name, shown in found.items() if math.isnan(shown.value)}
    assert empty == {
        "spf_h4.wells", "energy.bather", "water.bather", "makeup.bather", "power.open",  # no counter among these points
        "post 6a", "heat 6a", "post 6b", "heat 6b", "post P6", "heat P6",
    }  # fmt: skip
    assert all(shown.coverage > 0.9 for name, shown in found.items() if name not in empty)
