"""The savings that are worked out of erring meters hold the twin's true ones in their intervals."""

from datetime import UTC, datetime

import pytest

from sdanlegg.balance.estimate import estimate
from sdanlegg.balance.savings import savings
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators.without import DAY_S, SETTLING_DAYS, true_savings
from tests.support.holmen import CONFIG
from tests.support.holmen_hours import observed

DAYS = 5
QUANTITY = {"heat": "heat_kwh", "electricity": "electricity_kwh", "water": "water_m3", "exported": "exported_kwh"}


@pytest.mark.parametrize(("month", "seed"), [(3, 61), (6, 62)])
def test_every_true_saving_lies_in_its_interval(month: int, seed: int) -> None:
    site, start_ns = (
        load_site(CONFIG / "holmen"),
        int(datetime(2026, month, 15, 23, tzinfo=UTC).timestamp()) * SECOND_NS,
    )
    assert site.measures is not None
    assert site.network is not None
    truth = true_savings(site, seed, start_ns, start_ns + DAYS * DAY_S * SECOND_NS)
    hours = observed(site, seed, start_ns, 24 * DAYS, SETTLING_DAYS * DAY_S * SECOND_NS)
    found = savings(site.measures, site.network, hours, estimate(site.network, hours), site.zone)
    assert {saving.id for saving in found} == set(truth)
    outside = [
        f"{saving.id} {quantity}: {truth[saving.id][key]:.0f} is not in {figure.low:.0f} to {figure.high:.0f}"
        for saving in found
        for quantity, key in QUANTITY.items()
        if (figure := getattr(saving, quantity)).coverage > 0.0
        and not figure.low - 1e-6 <= truth[saving.id][key] <= figure.high + 1e-6
    ]
    # Of some 34 intervals of 95 % one or two may miss; a wrong model misses by a whole measure.
    assert len(outside) <= 2, outside
    assert all(saving.electricity.coverage > 0.9 for saving in found)
    wide = [s.id for s in found if s.electricity.high - s.electricity.low > 1.2 * abs(s.electricity.value) + 300.0]
    assert wide == []
