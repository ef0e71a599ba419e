"""What the twin says that each measure saves."""

from datetime import UTC, datetime

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators.plant.measures import Measures
from simulators.without import QUANTITIES, true_savings
from tests.support.holmen import CONFIG

START_NS = int(datetime(2026, 3, 10, 23, tzinfo=UTC).timestamp()) * SECOND_NS


def test_a_day_of_every_measure() -> None:
    saved = true_savings(load_site(CONFIG / "holmen"), 5, START_NS, START_NS + 86_400 * SECOND_NS)
    assert tuple(saved) == Measures._fields
    assert all(tuple(figures) == QUANTITIES for figures in saved.values())
    assert saved["air_recovery"]["heat_kwh"] > 500.0
    assert saved["ceramic_filters"]["chlorine_kg"] > 0.02
    assert saved["low_flow_showers"]["water_m3"] == pytest.approx(10.0, abs=5.0)
    assert saved["solar_cells"]["heat_kwh"] == 0.0
    for name in ("raised_floors", "greywater", "wells", "daylight"):
        assert saved[name]["electricity_kwh"] > 0.0, name


def test_a_period_without_a_step_is_told() -> None:
    with pytest.raises(ValueError, match="without a step"):
        true_savings(load_site(CONFIG / "holmen"), 5, START_NS, START_NS)
