"""From hours to figures by hand: a board with a main meter and two loads."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.balance.arrays import Observed
from sdanlegg.balance.evaluate import (
    Hall,
    between,
    dates,
    evaluate,
    lasts_whole,
    mean_daily,
    period_figures,
    period_totals,
    used_daily,
    whole,
)  # fmt: skip
from sdanlegg.balance.structure import structure
from sdanlegg.clock import SECOND_NS
from sdanlegg.network import BalanceFlow, BalanceNode, Measurement, Network
from sdanlegg.plan import KpiDefinition, KpiPlan, Term, Words
from sdanlegg.when import instant_ns

OSLO = ZoneInfo("Europe/Oslo")
HOUR = 3600 * SECOND_NS


def flow(id_: str, source: str | None, target: str | None, meter: str) -> BalanceFlow:
    return BalanceFlow(
        id_, id_, id_, source, target, "electricity", (Measurement(f"{id_}.kwh", None, meter),), signed=False
    )


NETWORK = Network(
    (BalanceNode("board", "junction", "Tavle", "Board"),),
    (
        flow("grid", None, "board", "MID-C"),
        flow("light", "board", None, "MID-B"),
        flow("pumps", "board", None, "MID-B"),
    ),
)
PLAN = KpiPlan(
    kpis=(
        KpiDefinition("light", Words("Lys", "Light"), "%", (Term("light"),), (Term("grid"),), times=100.0),
        KpiDefinition("open", Words("Åpent", "Open"), "kWh", (Term("grid"),), per="open_h"),
    ),
    posts=(),
    plants=(),
    carriers=(),
    used=(Term("grid"),),
    water_m2=100.0,
)
HALL = Hall(NETWORK, structure(NETWORK), OSLO, {"sun": "10:00-18:00", "mon": "06:00-21:30"}, PLAN, "out.t")
START, END = (instant_ns(day, OSLO) for day in ("2026-03-28T12:00", "2026-03-31"))


def observed(wrong: float = 0.0) -> Observed:
    """Sixty hours or so: 10 kWh from the grid each hour, 4 to light and 6 to pumps; light may be said to be more."""
    edges_ns = np.arange(START, END + 1, HOUR)
    k = edges_ns.size - 1
    gained = np.tile([10.0, 4.0 + wrong, 6.0, np.nan], (k, 1))
    mean = np.tile([np.nan, np.nan, np.nan, 3.0], (k, 1))
    at = np.full((k + 1, 4), np.nan)
    return Observed(HALL.points, edges_ns, mean, gained, at, np.ones((k, 4)))


def test_days_are_the_halls_own() -> None:
    found = evaluate(HALL, observed())
    assert HALL.points == ("grid.kwh", "light.kwh", "pumps.kwh", "out.t")
    assert np.diff(found.starts).tolist() == [12, 23, 24]
    assert [str(day) for day in dates(found, OSLO)] == ["2026-03-28", "2026-03-29", "2026-03-30"]
    assert lasts_whole(found, OSLO).tolist() == [False, True, True]
    assert found.reconciled.amount[:, 0].tolist() == pytest.approx([120.0, 230.0, 240.0])
    assert between(found, START + HOUR, END) == slice(1, 3)
    used, coverage = used_daily(PLAN, found)
    assert used.tolist() == pytest.approx([120.0, 230.0, 240.0])
    assert coverage.tolist() == [1.0, 1.0, 1.0]
    assert mean_daily("out.t", found)[0].tolist() == [3.0] * 3


def test_a_period_is_the_sum_of_its_days_and_what_disagrees_is_shared_out() -> None:
    found = evaluate(HALL, observed(wrong=0.1))
    parts = [period_totals(HALL, found, slice(i, i + 1)).amount for i in range(3)]
    total = period_totals(HALL, found, whole(found))
    assert total.amount.tolist() == pytest.approx(np.sum(parts, axis=0).tolist())
    assert total.amount[0] == pytest.approx(total.amount[1] + total.amount[2])
    assert 4.0 * 59 < total.amount[1] < 4.1 * 59
    assert total.raw.tolist() == pytest.approx([590.0, 4.1 * 59, 6.0 * 59])


def test_hours_by_themselves() -> None:
    found = evaluate(HALL, observed(), days=False)
    assert found.reconciled.amount.shape == (59, 3)
    assert found.reconciled.amount.sum(axis=0).tolist() == pytest.approx([590.0, 236.0, 354.0])


def test_figures_of_a_period() -> None:
    found = evaluate(HALL, observed())
    light, opened = period_figures(HALL, PLAN, found, slice(1, 3)).kpis
    assert light.figure.value == pytest.approx(40.0)
    assert light.figure.low < 40.0 < light.figure.high
    assert opened.figure.value == pytest.approx(470.0 / (8.0 + 15.5))  # Sunday and Monday by the hall's own words


def test_a_silent_meter_leaves_its_figures_unknown() -> None:
    seen = observed()
    seen.gained[30, :2] = np.nan
    seen.coverage[30, :2] = 0.0
    found = evaluate(HALL, seen)
    assert np.isnan(found.reconciled.amount[1, :2]).all()
    light = period_figures(HALL, PLAN, found, whole(found)).kpis[0]
    assert np.isnan(light.figure.value)
    assert light.figure.coverage == 0.0
    assert light.missing == ("light", "grid")
    assert np.isfinite(period_figures(HALL, PLAN, found, slice(2, 3)).kpis[0].figure.value)
