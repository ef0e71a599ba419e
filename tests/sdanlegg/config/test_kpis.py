"""kpis.toml, tariff.toml and factor sets: every way in which they can be wrong is found with its line."""

from datetime import date
from pathlib import Path

import pytest

from sdanlegg.config import load_site
from sdanlegg.factors import FactorError
from sdanlegg.plan import Term
from sdanlegg.tariff import Rate
from tests.support.findings import edit, found
from tests.support.holmen import holmen


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


def test_the_real_halls_plan_is_read(hall: Path) -> None:
    plan = load_site(hall).plan
    assert plan is not None
    kpis = {kpi.id: kpi for kpi in plan.kpis}
    assert kpis["spf_h2.wells"].under == (Term("vp1.el"), Term("vp1.pumps"))
    assert kpis["water.bather"].times == 1000.0
    assert kpis["renewable_share.sun"].part_of == "renewable_share"
    assert Term("grid.export", -1.0) in plan.used
    assert [post.id for post in plan.posts] == [
        "1a", "1b", "2", "3a", "3b", "4", "5", "6a", "6b", "P1", "P2", "P3", "P4", "P5", "P6",
    ]  # fmt: skip
    assert plan.plants[0].passes == (("ahu1.hp_water", "header"),)
    assert (plan.water_m2, plan.warn_pct, plan.alarm_pct) == (681.25, 5.0, 10.0)
    assert {one.id for one in plan.factors} == {"nve_declared", "simien_zeb", "ns3720_no", "ns3720_eu"}
    assert plan.tariff is not None
    assert plan.tariff.parts[0].rates[0] == Rate(0.9, (1, 2, 3, 10, 11, 12), (0, 1, 2, 3, 4), 360, 1320)


def test_declared_factors_are_of_their_year_and_no_other(hall: Path) -> None:
    plan = load_site(hall).plan
    assert plan is not None
    nve = next(one for one in plan.factors if one.id == "nve_declared")
    assert [nve.g_per_kwh("electricity", year) for year in (2019, 2022)] == [17.0, 19.0]
    for year in (2018, 2021, 2026):
        with pytest.raises(FactorError, match=f"no factor for electricity in {year}"):
            nve.g_per_kwh("electricity", year)


def test_a_hall_without_these_files_works(hall: Path) -> None:
    for name in ("kpis.toml", "tariff.toml"):
        (hall / name).unlink()
    assert load_site(hall).plan is None


def test_a_hall_without_tariff_and_factors_has_figures(hall: Path) -> None:
    (hall / "tariff.toml").unlink()
    edit(hall / "kpis.toml", 'factors = "../factors"\n', "")
    plan = load_site(hall).plan
    assert plan is not None
    assert (plan.tariff, plan.factors) == (None, ())


H1 = 'over = ["vp1.cond"]\nunder = ["vp1.el"]'


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (H1, 'over = ["vp1.kond"]', "spf_h1.wells: unknown flow 'vp1.kond'; did you mean 'vp1.cond'?"),
        (H1, 'over = ["vp1.cond", "-vp1.cond"]', "spf_h1.wells: vp1.cond stands twice in the same sum"),
        (H1, 'over = ["vp1.cond", "water.mains"]',
         "spf_h1.wells: vp1.cond [kWh] and water.mains [m³] cannot be added up"),
        ('id = "pv.produced"', 'id = "pv.self_use"', "the kpi id 'pv.self_use' stands already"),
        ('part_of = "renewable_share"\nsource = "brine', 'part_of = "renewable_shares"\nsource = "brine',
         "renewable_share.wells: unknown figure 'renewable_shares'; did you mean 'renewable_share'?"),
        ('used = ["grid.import"', 'used = ["heat.air", "grid.import"', "used: heat.air is heat, not electricity"),
        ('bathers = "people.in_total"', 'bathers = "people.inside"',
         "bathers: people.inside is a gauge of persons, not a counter of persons"),
        ('bathers = "people.in_total"', "",
         "energy.bather: nothing counts bathers; name the counter as bathers under [counted]"),
        ('flows = ["el.rest"', 'flows = ["el.rests"', "unaccounted: unknown flow 'el.rests'; did you mean 'el.rest'?"),
        ("alarm_pct = 10", "alarm_pct = 5", "alarm_pct is not above warn_pct: the warning never shows"),
        ('electricity = ["el.light"]', 'electricity = ["el.lights"]',
         "4: unknown flow 'el.lights'; did you mean 'el.light'?"),
        ('electricity = ["el.light"]', 'electricity = ["el.light", "el.cafe"]',
         "el.cafe stands in 4 and 5: it would be counted twice"),
        ('electricity = ["el.cafe", "el.floors"]', 'electricity = ["el.cafe"]',
         "el.floors is in no post; name it in one, in a plant, or under left"),
        ('electricity = ["el.fans"]', 'electricity = ["el.fans", "ahu1.fan_el"]',
         "el.fans and ahu1.fan_el, a part of it, are both in posts"),
        ('electricity = ["el.fans"]', 'electricity = ["ahu1.fan_el", "ahu2.fan_el"]',
         "ahu3.fan_el: of el.fans only some parts are in posts"),
        ('heat = ["snow.melt"]', 'heat = ["el.snow"]', "P5: el.snow is electricity, not heat"),
        ('heat = ["heat.space", "heat.floor"]', 'heat = ["heat.space"]',
         "header: heat.floor stands in no posts as heat; it must stand in one"),
        ('heat = ["snow.melt"]', 'heat = ["snow.melt", "heat.floor"]',
         "header: heat.floor stands in 2 posts as heat; it must stand in one"),
        ('passes = { "boiler.header" = "header" }', 'passes = { "boiler.header" = "heder" }',
         "boiler: unknown plant 'heder'; did you mean 'header'?"),
        ('passes = { "boiler.header" = "header" }', 'passes = { "boiler.header" = "ahu1" }',
         "boiler passes boiler.header to ahu1, which must stand further down"),
        ('gives = ["gv1.heat"]', 'gives = ["gv1.heat", "boiler.tank"]',
         "boiler: boiler.tank is given by another plant too"),
        ('gives = ["gv1.heat"]', "", "greywater gives no heat to anything"),
        ('delivered = ["grid.import"]', 'delivered = ["grid.imports"]',
         "electricity: unknown flow 'grid.imports'; did you mean 'grid.import'?"),
        ('source = "SEPEMO-Build, SPF H1"', 'sauce = "SEPEMO"', "unknown key 'kpi.sauce'; did you mean 'source'?"),
        (H1, 'under = ["vp1.el"]', "kpi: a figure has either over, or a gap that says why it cannot be shown"),
        (H1, H1 + '\nper = "water_m2"', "kpi: a figure is divided either by flows (under) or by what per counts"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_plan_is_found_with_its_line(hall: Path, old: str, new: str, text: str) -> None:
    edit(hall / "kpis.toml", old, new)
    said = found(hall)
    assert any(text in line for line in said), said
    line = next(line for line in said if text in line)
    file, number, _ = line.split(":", 2)
    assert file == "kpis.toml"
    assert number.isdigit()


def test_the_line_is_that_of_the_key(hall: Path) -> None:
    line = edit(hall / "kpis.toml", 'over = ["gv1.heat"]', 'over = ["gv1.heath"]')
    assert found(hall) == [f"kpis.toml:{line}: spf_h1.greywater: unknown flow 'gv1.heath'; did you mean 'gv1.heat'?"]


def test_parts_that_do_not_add_up_are_found_with_the_odd_flow(hall: Path) -> None:
    edit(hall / "kpis.toml", 'over = ["gv1.heat", "-gv1.el"]\nunder', 'over = ["gv1.heat"]\nunder')
    assert found(hall)[0].endswith("the parts of renewable_share do not add up to it: look at gv1.el")


def test_a_part_divided_by_something_else_is_found(hall: Path) -> None:
    edit(hall / "kpis.toml", 'over = ["sol1.collector"]\nunder = ["vp1.cond", ', 'over = ["sol1.collector"]\nunder = [')
    assert any("renewable_share.sun is a part of renewable_share but is divided" in line for line in found(hall))


def test_a_gain_of_a_storage_may_stand_in_a_sum(hall: Path) -> None:
    edit(hall / "kpis.toml", H1, 'over = ["vp1.cond", "-heat.header.gain"]\nunder = ["vp1.el"]')
    assert found(hall) == []


def test_figures_need_a_network(hall: Path) -> None:
    (hall / "balance.toml").unlink()
    assert found(hall) == [
        "kpis.toml:0: there is no balance.toml whose flows these figures could be made of",
        "measures.toml:0: there is no balance.toml whose flows these savings could be made of",
        "tariff.toml:0: a tariff needs balance.toml and kpis.toml: what it prices stands there",
    ]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('bought = ["grid.import"]', 'bought = ["grid.imports"]',
         "bought: unknown flow 'grid.imports'; did you mean 'grid.import'?"),
        ('water = ["water.mains"]', 'water = ["grid.import"]', "water: grid.import is electricity, not water"),
        ('sold = ["grid.export"]', "", "sold: no flows are named as sold"),
        ('id = "sewage"', 'id = "water_supply"', "the part id 'water_supply' stands already"),
        ("  { kr = 0.50 },\n", "", "energy has no price for some hours, the first in month 4, mon 00:00"),
        ("rate = [{ kr = 340 }]", 'rate = [{ kr = 340, hours = "06:00-22:00" }]',
         "grid_fixed: a month's price cannot hang on hours or weekdays"),
        ("rate = [{ kr = 340 }]", 'rate = [{ kr = 340, since = "2026-02-01", until = "2026-01-01" }]',
         "grid_fixed: until is before since"),
        ("rate = [{ kr = 340 }]", 'rate = [{ kr = 340, since = "2026-02-31" }]', "part.rate.since: "),
        ("rate = [{ kr = 340 }]", 'rate = [{ kr = 340, hours = "22-06" }]', "'22' is not a clock time"),
        ("rate = [{ kr = 340 }]", "step = [{ up_to_kw = 5, kr = 2 }]", "steps go with by = capacity"),
        ("highest = 1\n", "highest = 32\n", "part.highest: input should be less than or equal to 31"),
        ("rate = [{ kr = 90, months = [11, 12, 1, 2, 3] }, { kr = 40 }]",
         "step = [{ up_to_kw = 5, kr = 2 }, { up_to_kw = 5, kr = 3 }]", "grid_capacity: steps must rise in up_to_kw"),
        ("vat_pct = 25", "vat = 25", "unknown key 'vat'; did you mean 'vat_pct'?"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_tariff_is_found(hall: Path, old: str, new: str, text: str) -> None:
    edit(hall / "tariff.toml", old, new)
    said = found(hall)
    assert any(line.startswith("tariff.toml:") and text in line for line in said), said


def test_dated_prices_are_read(hall: Path) -> None:
    edit(hall / "tariff.toml", "rate = [{ kr = 340 }]", 'rate = [{ kr = 300, until = "2025-12-31" }, { kr = 340 }]')
    plan = load_site(hall).plan
    assert plan is not None
    assert plan.tariff is not None
    fixed = next(part for part in plan.tariff.parts if part.id == "grid_fixed")
    assert fixed.rates[0].until == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("first = 2020", "first = 2019", "nve_declared: electricity 2019-2019 overlaps another factor of the set"),
        ("first = 2020", "first = 2020\nlast = 2018", "nve_declared: electricity 2020-2018 ends before it begins"),
        ('carrier = "electricity"', 'carrier = "electrisity"',
         "no weighted carrier of that name in kpis.toml; did you mean 'electricity'?"),
        ('id = "nve_declared"', 'id = "ns3720_no"', "the set 'ns3720_no' stands already in ns3720_no.toml"),
        ('dated = "2024-06-11"', 'dated = "11.06.2024"', "dated: "),
        ('kind = "attributional"', 'kind = "guess"', "kind: input should be 'attributional' or 'scenario'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_factor_set_is_found(hall: Path, old: str, new: str, text: str) -> None:
    edit(hall.parent / "factors" / "nve_declared.toml", old, new)
    said = found(hall)
    assert any(line.startswith("nve_declared.toml:") and text in line for line in said), said


def test_a_folder_without_sets_is_found(hall: Path) -> None:
    line = edit(hall / "kpis.toml", 'factors = "../factors"', 'factors = "../faktorer"')
    (said,) = found(hall)
    assert said.startswith(f"kpis.toml:{line}: there are no factor sets in ")
