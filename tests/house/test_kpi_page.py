"""docs/kpis.md tells of every figure, post, plant and factor as the hall's files have them, and of every key."""

import pytest

from scripts.kpi_table import filled, tables
from sdanlegg.config import kpi_models, load_site, tariff_models
from sdanlegg.config.models import Strict
from sdanlegg.plan import KpiPlan
from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "kpis.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plan() -> KpiPlan:
    found = load_site(ROOT / "config" / "holmen", secrets=False).plan
    assert found is not None
    return found


def test_the_tables_are_those_of_the_files(plan: KpiPlan) -> None:
    assert filled(PAGE, plan) == PAGE, "write them anew: python -m scripts.kpi_table config/holmen docs/kpis.md"
    assert tables(plan)["figures"].count("\n") == len(plan.kpis) + 1
    assert "`vp1.cond`" in tables(plan)["figures"]


def test_a_figure_that_changed_is_seen(plan: KpiPlan) -> None:
    assert filled(PAGE.replace("`vp1.cond`", "`vp1.kond`"), plan) == PAGE


def test_a_page_without_a_place_is_refused(plan: KpiPlan) -> None:
    with pytest.raises(ValueError, match="no place for the table of figures"):
        filled(PAGE.replace("kpi_table.py: figures", ""), plan)


@pytest.mark.parametrize("module", [kpi_models, tariff_models])
def test_every_key_is_told_of(module: object) -> None:
    models = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Strict)]
    own = [model for model in models if model.__module__ == getattr(module, "__name__", "")]
    keys = {name for model in own for name in model.model_fields}
    assert len(keys) > 12
    tables_of = {"kpi", "post", "plant", "carrier", "counted", "unaccounted", "part", "factor"}
    assert {key for key in keys if f"`{key}`" not in PAGE} <= tables_of
