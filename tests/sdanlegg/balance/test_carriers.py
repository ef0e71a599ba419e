"""Carriers: the published examples of ISO/TR 52000-2, annex J, and matching step by step."""

import math

import numpy as np
import pytest

from sdanlegg.balance.carriers import carriers, matched, weighted
from sdanlegg.factors import Factor, FactorSet
from sdanlegg.plan import CarrierDefinition, Words
from tests.support.totals import plan, terms, totals

# Factors of the examples as published with cteepbd: grid 0.5 renewable, 2.0 not, 0.42 kg CO2; sun 1, 0, 0.
GRID = {"ren": 0.5, "nren": 2.0, "co2": 0.42}
SUN = {"ren": 1.0, "nren": 0.0, "co2": 0.0}
EXAMPLES = {
    # use, production, k_exp: step A+B of renewable, not renewable, CO2 (None: not published)
    "J1": (100.0, 0.0, 1.0, 50.0, 200.0, 42.0),
    "J2": (100.0, 50.0, 1.0, 75.0, 100.0, 21.0),
    "J3": (100.0, 140.0, 1.0, 120.0, -80.0, -16.8),
    "J4": (100.0, 140.0, 0.0, 100.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_published_examples_of_electricity(name: str) -> None:
    use, made, k_exp, *wanted = EXAMPLES[name]
    step = matched(np.array([use]), np.array([made]))
    balance = (float(step.delivered[0]), made, float(step.exported[0]))
    found = [weighted(balance, GRID[key], SUN[key], k_exp) for key in ("ren", "nren", "co2")]
    assert found == pytest.approx(wanted)


def test_the_published_example_of_a_heat_pump_with_sun() -> None:
    """J6: 59 of electricity with 40 of sun, 131 of ambient heat: renewable 180.5, not renewable 38."""
    step = matched(np.array([59.0]), np.array([40.0]))
    electricity = (float(step.delivered[0]), 40.0, float(step.exported[0]))
    ambient = (0.0, 131.0, 0.0)
    ren = weighted(electricity, 0.5, 1.0, 1.0) + weighted(ambient, 0.0, 1.0, 1.0)
    nren = weighted(electricity, 2.0, 0.0, 1.0) + weighted(ambient, 0.0, 0.0, 1.0)
    assert (ren, nren) == (180.5, 38.0)


def test_each_step_is_matched_by_itself() -> None:
    found = matched(np.array([3.0, 1.0, math.nan, 2.0]), np.array([0.0, 4.0, 1.0, 2.0]))
    np.testing.assert_array_equal(found.delivered, [3.0, 0.0, math.nan, 0.0])
    np.testing.assert_array_equal(found.on_site, [0.0, 1.0, math.nan, 2.0])
    np.testing.assert_array_equal(found.exported, [0.0, 3.0, math.nan, 0.0])


def test_longer_steps_find_more_used_on_site() -> None:
    rng = np.random.default_rng(2)
    use, made = rng.uniform(0, 5, 24), rng.uniform(0, 5, 24)
    hours, day = matched(use, made), matched(use.sum(keepdims=True), made.sum(keepdims=True))
    assert hours.on_site.sum() < day.on_site.sum()
    assert hours.delivered.sum() - hours.exported.sum() == pytest.approx(day.delivered.sum() - day.exported.sum())


SET = FactorSet("nve", "n", "n", "attributional", "s", "2024-06-11", (Factor("electricity", 2022, 2022, 19.0),
                Factor("electricity", 2023, 2024, 15.0)))  # fmt: skip
CARRIER = CarrierDefinition("electricity", Words("s", "s"), terms("grid"), terms("pv"), terms("sold"), weighted=True)
HALL = plan(carriers=(CARRIER,), factors=(SET,))
YEAR = totals({"grid": 600.0, "pv": 80.0, "sold": 10.0}, {"grid": 6.0, "pv": 2.0, "sold": 1.0})


def test_a_carriers_balance_by_hand() -> None:
    (found,) = carriers(HALL, YEAR, [2022])
    assert [f.value for f in (found.delivered, found.produced, found.exported, found.on_site, found.used)] == [
        600.0, 80.0, 10.0, 70.0, 670.0,
    ]  # fmt: skip
    assert found.used.high == pytest.approx(670 + 1.96 * math.sqrt(36 + 4 + 1))
    (co2,) = found.co2
    assert (co2.delivered.value, co2.credit.value) == pytest.approx((11.4, 0.19))
    assert (co2.k_exp_0.value, co2.k_exp_1.value) == pytest.approx((11.4, 11.21))
    assert co2.k_exp_1.value == pytest.approx(weighted((600.0, 80.0, 10.0), 0.019, 0.0, 1.0))
    assert co2.delivered.high == pytest.approx(0.019 * (600 + 1.96 * 6))
    assert co2.delivered.unit == "kg"


@pytest.mark.parametrize(
    ("years", "said"),
    [([2021], "has no factor for electricity in 2021"), ([2024, 2025], "in 2025"), ([2022, 2023], "changes within")],
)
def test_a_year_without_a_factor_is_refused(years: list[int], said: str) -> None:
    (found,) = carriers(HALL, YEAR, years)
    (co2,) = found.co2
    assert said in co2.refusal
    assert math.isnan(co2.delivered.value)
    assert co2.k_exp_1.coverage == 0.0
    assert found.delivered.value == 600.0


def test_years_with_the_same_factor_go_together() -> None:
    (found,) = carriers(HALL, YEAR, [2023, 2024])
    assert found.co2[0].delivered.value == pytest.approx(9.0)


def test_a_lost_meter_leaves_only_what_does_not_need_it() -> None:
    (found,) = carriers(HALL, totals({"grid": 600.0, "pv": 80.0, "sold": math.nan}), [2022])
    assert found.delivered.value == 600.0
    assert math.isnan(found.used.value)
    assert found.missing == ("sold",)
    assert found.co2[0].delivered.value == pytest.approx(11.4)
    assert math.isnan(found.co2[0].k_exp_1.value)
