"""A stretch of the twin summed up: it agrees with the counters, its parts with their whole."""

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from simulators import bands
from simulators.bands import Band
from simulators.plant.visitors import Place
from simulators.year import Life, live
from tests.support.twin import NOON_IN_JUNE

HOURS = 36


@pytest.fixture(scope="module")
def life(place: Place) -> Life:
    return live(place, NOON_IN_JUNE - 2 * 3600 * SECOND_NS, HOURS, 1)


def test_sums_are_what_the_counters_counted(life: Life) -> None:
    for flow, meter in (("vp1.cond", "condenser"), ("wells.charge", "well_charge"), ("heat.space", "space")):
        counted = getattr(life.last.meters.heat_kwh, meter) - getattr(life.first.meters.heat_kwh, meter)
        assert life.total(flow) == pytest.approx(counted, rel=1e-6, abs=1e-3)
    bought = life.last.meters.el_kwh.main - life.first.meters.el_kwh.main
    assert life.total("grid.import") == pytest.approx(bought, rel=1e-6)


def test_the_parts_of_the_heat_are_its_whole(life: Life) -> None:
    parts = bands.heat_parts(life)
    assert sum(part.kwh for part in parts) == pytest.approx(bands.heat_kwh(life), rel=1e-9)
    assert all(part.kwh >= 0.0 for part in parts)
    share = sum(part.kwh for part in parts if part.renewable) / bands.heat_kwh(life)
    assert bands.renewable_share(life) == pytest.approx(share)


def test_floors_save_only_when_closed(life: Life) -> None:
    saved = bands.nights(life)
    assert 0 < saved.size < HOURS / 2
    assert 10.0 < float(np.mean(saved)) < 30.0


def test_hours_go_on_without_a_gap(life: Life) -> None:
    assert (np.diff(life.t_ns) == 3600 * SECOND_NS).all()
    assert life.t_ns.size == HOURS
    assert {values.size for values in life.flows.values()} == {HOURS}


def test_a_table_says_what_is_outside() -> None:
    found = [
        Band("in", "kWh", 5.0, 1, 10, "here"), Band("out", "kWh", 50.0, None, 10, "there"),
        Band("free", "", 5.0, None, None, "nowhere"),
    ]  # fmt: skip
    assert [band.inside for band in found] == [True, False, None]
    lines = bands.table(found).splitlines()
    assert ["outside" in line for line in lines[2:]] == [False, True, False]


def test_a_year_has_a_figure_for_every_band(life: Life) -> None:
    found = bands.bands(life)
    assert len({band.name for band in found}) == len(found) > 20
    assert all(np.isfinite(band.value) for band in found)
