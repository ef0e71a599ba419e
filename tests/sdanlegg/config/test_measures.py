"""measures.toml: every way in which it can be wrong is found with its line."""

from pathlib import Path

import pytest

from sdanlegg.config import load_site
from sdanlegg.measures import FORMS
from tests.support.findings import edit, found
from tests.support.holmen import holmen


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


def test_the_real_hall_has_every_kind_of_measure(hall: Path) -> None:
    plan = load_site(hall).measures
    assert plan is not None
    assert sorted(measure.kind for measure in plan.measures) == sorted(FORMS)
    floors = plan.measures[0]
    assert floors.parts[0].points["raised"] == "floor_main.raised"
    assert floors.parts[1].numbers["floor_m2"] == 156.25
    assert plan.supply.flows["heat"] == "vp1.cond"
    assert plan.tariff is not None
    filters = next(measure for measure in plan.measures if measure.kind == "ceramic_filter")
    assert [(claim.quantity, claim.share) for claim in filters.claims] == [
        ("water", 0.9), ("chlorine", 0.5), ("heat", 0.9),
    ]  # fmt: skip


def test_a_hall_without_the_file_has_no_plan(hall: Path) -> None:
    (hall / "measures.toml").unlink()
    assert load_site(hall).measures is None


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('kind = "greywater"', 'kind = "graywater"', "unknown kind 'graywater'; did you mean 'greywater'?"),
        ('raised = "floor_main.raised"', 'raised = "floor_main.raisd"', "floor_main.raisd"),
        ('light = "el.light"', 'light = "el.ligth"', "daylight: unknown flow 'el.ligth'; did you mean 'el.light'?"),
        ("with.shower_t = 38.0", 'with.shower_t = "hot"', "low_flow_showers: shower_t is a number, not 'hot'"),
        ("with.shower_t = 38.0", "with.showr_t = 38.0", "low_flow_showers has no 'showr_t'"),
        ("with.useful = ", "with.usefull = ", "greywater needs useful"),
        ('id = "greywater"', 'id = "raised_floors"', "the measure id 'raised_floors' stands already"),
        ('made = "pv.roof"', "made = 1.0", "solar_cells: made is a flow, not 1.0"),
        ("capacity_kw = 120.0 ", "", "supply needs capacity_kw"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(hall: Path, old: str, new: str, text: str) -> None:
    edit(hall / "measures.toml", old, new)
    findings = found(hall)
    assert any(line.startswith("measures.toml:") and text in line for line in findings), findings


def test_a_measure_without_its_parts_is_found(hall: Path) -> None:
    file = hall / "measures.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('[[measure.part]]\nmade = "pv.', '[[measure.claim]]\nmade = "pv.'), encoding="utf-8")
    assert any("unknown key" in line for line in found(hall))
    file.write_text(
        "\n".join(line for line in text.split("\n") if not line.startswith("made = ")).replace(
            "[[measure.part]]\n\n", ""
        ),
        encoding="utf-8",
    )
    assert any("solar_cells needs made" in line or "needs at least one part" in line for line in found(hall))


def test_savings_without_a_network_are_found(hall: Path) -> None:
    for name in ("balance.toml", "kpis.toml", "tariff.toml"):
        (hall / name).unlink()
    assert any("no balance.toml" in line for line in found(hall))
