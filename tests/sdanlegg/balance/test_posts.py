"""Posts: electricity shared out by heat, by hand and against draws; they always add up to what was used."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.balance.posts import level_of, posts
from sdanlegg.plan import KpiPlan, PlantDefinition, PostDefinition, Words
from tests.support.totals import plan, terms, totals

NAME = Words("n", "n")


def two_stage() -> KpiPlan:
    """An air unit gives to the air and to the header; a heat pump drives the header; light stands alone."""
    return plan(
        used=terms("grid"),
        posts=(
            PostDefinition("1a", NAME, (), terms("rooms")),
            PostDefinition("2", NAME, (), terms("tap")),
            PostDefinition("4", NAME, terms("light"), ()),
            PostDefinition("P4", NAME, (), terms("air")),
            PostDefinition("6a", NAME, (), (), Words("ingen", "none")),
        ),
        plants=(
            PlantDefinition("unit", NAME, terms("unit_el"), ("air",), (("to_header", "header"),)),
            PlantDefinition("header", NAME, terms("pump_el"), ("rooms", "tap")),
        ),
    )


AMOUNTS = {
    "grid": 200.0, "light": 20.0, "unit_el": 30.0, "pump_el": 100.0, "air": 40.0, "to_header": 80.0, "rooms": 300.0,
    "tap": 100.0,
}  # fmt: skip


def test_electricity_goes_with_the_heat_through_two_stages() -> None:
    found = posts(two_stage(), totals(AMOUNTS))
    told = {post.id: post.electricity.value for post in found.posts}
    # Of the unit's 30, a third (10) stays in the air, 20 go on: (100 + 20) to rooms and tap by 300 to 100.
    assert {id_: told[id_] for id_ in ("1a", "2", "4", "P4")} == pytest.approx({"1a": 90, "2": 30, "4": 20, "P4": 10})
    assert math.isnan(told["6a"])
    assert found.left.value == pytest.approx(50.0)
    assert found.left_pct.value == pytest.approx(25.0)
    assert found.level == "alarm"
    assert {post.id: post.heat.value for post in found.posts}["1a"] == 300.0


def test_the_interval_of_a_shared_post_is_that_of_draws() -> None:
    sigma = {name: 0.03 * value for name, value in AMOUNTS.items()}
    found = posts(two_stage(), totals(AMOUNTS, sigma))
    rng = np.random.default_rng(3)
    draw = {name: rng.normal(value, sigma[name], 300_000) for name, value in AMOUNTS.items()}
    onward = draw["unit_el"] * draw["to_header"] / (draw["air"] + draw["to_header"])
    rooms = (draw["pump_el"] + onward) * draw["rooms"] / (draw["rooms"] + draw["tap"])
    shown = found.posts[0].electricity
    assert (shown.high - shown.low) / 2 == pytest.approx(1.96 * float(rooms.std()), rel=0.01)
    # What is left does not hang on how heat was shared out: grid, light and the machines' electricity only.
    left = math.sqrt(sum(sigma[name] ** 2 for name in ("grid", "light", "unit_el", "pump_el")))
    assert (found.left.high - found.left.low) / 2 == pytest.approx(1.96 * left, rel=1e-6)


amount = st.floats(0.0, 1e6)


@given(
    st.fixed_dictionaries(dict.fromkeys(AMOUNTS, amount)), st.sets(st.sampled_from(sorted(AMOUNTS.keys() - {"grid"})))
)
def test_posts_and_left_are_what_was_used_whatever_is_lost(amounts: dict[str, float], lost: set[str]) -> None:
    some = amounts | dict.fromkeys(lost, math.nan)
    found = posts(two_stage(), totals(some, {name: 0.02 * value for name, value in amounts.items()}))
    known = [post.electricity.value for post in found.posts if math.isfinite(post.electricity.value)]
    assert sum(known) + found.left.value == pytest.approx(amounts["grid"], rel=1e-9, abs=1e-6)
    for post in found.posts:
        assert math.isfinite(post.electricity.value) == (post.electricity.coverage > 0.0)


def test_a_plant_whose_heat_is_lost_leaves_its_posts_empty() -> None:
    found = posts(two_stage(), totals(AMOUNTS | {"tap": math.nan}))
    told = {post.id: post for post in found.posts}
    assert math.isnan(told["1a"].electricity.value)
    assert told["1a"].missing == ("tap",)
    assert told["P4"].electricity.value == pytest.approx(10.0)
    assert found.left.value == pytest.approx(200 - 20 - 10)


def test_an_idle_plant_shares_nothing_out() -> None:
    """0.5 kWh of heat with an uncertainty of 1 kWh is no heat to share 3 kWh of standby by."""
    some = AMOUNTS | {"rooms": 0.3, "tap": 0.2, "pump_el": 3.0, "air": 0.0, "to_header": 0.0, "unit_el": 0.0}
    found = posts(two_stage(), totals(some, {"rooms": 1.0, "tap": 1.0}))
    told = {post.id: post.electricity.value for post in found.posts}
    assert (told["1a"], told["2"]) == (0.0, 0.0)
    assert found.left.value == pytest.approx(180.0)


@pytest.mark.parametrize(
    ("pct", "level"),
    [(0.0, "good"), (5.0, "good"), (-5.1, "warn"), (10.1, "alarm"), (-30.0, "alarm"), (math.nan, None)],
)
def test_levels(pct: float, level: str | None) -> None:
    assert level_of(pct, plan()) == level
