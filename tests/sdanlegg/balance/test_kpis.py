"""Key figures: by hand, with gaps, and the hall's own beside the twin's definitions."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.balance.arrays import Observed
from sdanlegg.balance.kpis import Count, Counts, counts, kpis
from sdanlegg.balance.posts import posts
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.plan import KpiDefinition, KpiPlan, Words
from simulators import bands
from simulators.twin import place_of
from simulators.year import Life, live
from tests.support.holmen import CONFIG
from tests.support.totals import plan, terms, totals

HEAT_PUMP = totals({"cond": 400.0, "el": 100.0, "mains": 5.0}, {"cond": 8.0, "el": 1.0, "mains": 0.1})
PEOPLE = Counts(Count(50.0, 1.0, 1.0), Count(12.0, 0.0, 1.0))


def defined(id_: str, **fields: object) -> KpiDefinition:
    return KpiDefinition(id_, Words("n", "n"), **({"unit": "1", "over": ()} | fields))  # type: ignore[arg-type]


def test_figures_by_hand() -> None:
    wanted = plan(
        kpis=(
            defined("spf", over=terms("cond"), under=terms("el")),
            defined("ambient", over=terms("cond", "-el"), unit="kWh"),
            defined("area", over=terms("el"), per="water_m2", unit="kWh/m²"),
            defined("litres", over=terms("mains"), per="bathers", times=1000.0, unit="l"),
            defined("hour", over=terms("el"), per="open_h", unit="kWh"),
        )
    )
    found = {kpi.id: kpi.figure for kpi in kpis(wanted, HEAT_PUMP, PEOPLE)}
    assert {id_: shown.value for id_, shown in found.items()} == pytest.approx(
        {"spf": 4.0, "ambient": 300.0, "area": 1.0, "litres": 100.0, "hour": 100 / 12}
    )
    assert found["ambient"].high == pytest.approx(300 + 1.96 * math.sqrt(65))
    assert found["area"].high == pytest.approx(1 + 1.96 * 0.01)
    # 2 % of the water and 2 % of the people: about 2.8 %
    assert (found["litres"].high - found["litres"].low) / 2 == pytest.approx(
        100 * 1.96 * math.hypot(0.02, 0.02), rel=0.01
    )
    assert (found["spf"].high - found["spf"].low) / 2 == pytest.approx(4 * 1.96 * math.hypot(0.02, 0.01), rel=0.01)


def test_what_is_not_known_is_named_and_empty() -> None:
    wanted = plan(kpis=(defined("spf", over=terms("cond"), under=terms("el", "pumps")),))
    (kpi,) = kpis(wanted, HEAT_PUMP, PEOPLE)
    assert math.isnan(kpi.figure.value)
    assert kpi.figure.coverage == 0.0
    assert kpi.missing == ("pumps",)


def test_a_stated_gap_is_empty_and_says_why() -> None:
    (kpi,) = kpis(plan(kpis=(defined("h4", gap=Words("ingen måler", "no meter")),)), HEAT_PUMP, PEOPLE)
    assert math.isnan(kpi.figure.value)
    assert kpi.gap.en == "no meter"


@pytest.mark.parametrize("bathers", [Count(), Count(0.0, 0.0, 1.0), Count(50.0, 1.0, 0.9)])
def test_nobody_counted_or_only_some_gives_no_figure_for_each(bathers: Count) -> None:
    wanted = plan(kpis=(defined("litres", over=terms("mains"), per="bathers"),))
    (kpi,) = kpis(wanted, HEAT_PUMP, Counts(bathers, Count()))
    assert math.isnan(kpi.figure.value)
    assert kpi.figure.coverage == 0.0


def observed(gained: list[float], state: list[float]) -> Observed:
    edges = np.arange(len(gained) + 1, dtype=np.int64) * 3600 * SECOND_NS
    values = np.array([gained, state]).T
    share = np.isfinite(values).astype(float)
    return Observed(("people.in", "people.open"), edges, values, values, np.zeros((len(gained) + 1, 2)), share)


COUNTING = plan(bathers="people.in", bathers_sigma=0.01, open_point="people.open")


def test_people_and_open_hours_are_counted() -> None:
    found = counts(COUNTING, observed([10.0, 20.0, 0.0], [1.0, 0.5, 0.0]))
    assert found == Counts(Count(30.0, 0.3, 1.0), Count(1.5, 0.0, 1.0))
    assert counts(COUNTING, observed([10.0, 20.0, 0.0], [1.0, 0.5, 0.0]), slice(1, 3)).bathers.value == 20.0


def test_a_gap_in_the_counting_lowers_the_coverage() -> None:
    found = counts(COUNTING, observed([10.0, math.nan], [math.nan, math.nan]))
    assert found.bathers == Count(10.0, 0.1, 0.5)
    assert math.isnan(found.open_h.value)
    assert found.open_h.coverage == 0.0
    assert counts(plan(), observed([1.0], [1.0])) == Counts()


@pytest.fixture(scope="module")
def life() -> Life:
    """Two days of the twin in April: sun, heat pump, boiler and bathers."""
    site = load_site(CONFIG / "holmen")
    start = datetime(2026, 4, 14, tzinfo=ZoneInfo("Europe/Oslo"))
    return live(place_of(site, None), round(start.timestamp()) * SECOND_NS, 48, 1)


@pytest.fixture(scope="module")
def holmen() -> KpiPlan:
    found = load_site(CONFIG / "holmen").plan
    assert found is not None
    return found


def truth(life: Life) -> dict[str, float]:
    return {name: float(flow.sum()) for name, flow in life.flows.items()}


def test_the_halls_figures_are_the_twins(life: Life, holmen: KpiPlan) -> None:
    flows = truth(life)
    found = {kpi.id: kpi.figure.value for kpi in kpis(holmen, totals(flows), PEOPLE)}
    assert found["renewable_share"] == pytest.approx(100 * bands.renewable_share(life), rel=1e-6)
    sold = flows["grid.export"]
    own = sum(part.kwh for part in bands.heat_parts(life) if part.renewable)
    made = life.total("pv.roof", "pv.wall", "pv.bikes")
    used = bands.electricity_kwh(life)
    assert found["on_site_share"] == pytest.approx(100 * (own + made - sold) / (own + used), rel=1e-6)
    assert found["pv.self_use"] == pytest.approx(100 * (made - sold) / made)
    assert found["pv.self_sufficiency"] == pytest.approx(100 * (made - sold) / used)
    assert found["spf_h1.wells"] == pytest.approx(flows["vp1.cond"] / flows["vp1.el"])
    assert found["spf_h2.wells"] < found["spf_h1.wells"]
    assert found["energy.water_area"] == pytest.approx(used / 681.25)


def test_the_parts_of_the_renewable_share_add_up_and_count_the_rock_net(life: Life, holmen: KpiPlan) -> None:
    flows = truth(life)
    found = {kpi.id: kpi for kpi in kpis(holmen, totals(flows), PEOPLE)}
    parts = [kpi.figure.value for kpi in found.values() if kpi.part_of == "renewable_share"]
    assert len(parts) == 4
    assert sum(parts) == pytest.approx(found["renewable_share"].figure.value)
    heat = bands.heat_kwh(life)
    net = flows["wells.extract"] - flows["wells.charge"]
    assert found["renewable_share.wells"].figure.value == pytest.approx(100 * net / heat, abs=1e-6)


def test_the_halls_posts_add_up_to_what_the_hall_used(life: Life, holmen: KpiPlan) -> None:
    found = posts(holmen, totals(truth(life)))
    told = {post.id: post.electricity.value for post in found.posts if math.isfinite(post.electricity.value)}
    assert set(told) == {"1a", "1b", "2", "3a", "3b", "4", "5", "P1", "P2", "P3", "P4", "P5"}
    assert sum(told.values()) + found.left.value == pytest.approx(found.used.value, rel=1e-12)
    assert found.left.value == pytest.approx(life.total("el.rest"), rel=1e-6)
    gaps = {post.id for post in found.posts if not math.isfinite(post.electricity.value)}
    assert gaps == {"6a", "6b", "P6"}
    assert all(post.gap.en for post in found.posts if post.id in gaps)
