"""Which point has which instrument."""

from math import sqrt

import pytest

from sdanlegg.site import Site
from simulators.metering.instruments import EXACT, instrument_of


def test_no_point_that_measures_is_exact_and_no_other_errs(hall: Site) -> None:
    maps = {device.id: device.map for device in hall.devices}
    for point in hall.points:
        exact = instrument_of(maps[point.device], point) == EXACT
        clock = point.quantity in {"operating_time", "duration", "count"}
        backwards = point.name == "volume_rev_m3"  # nothing of the hall runs backwards
        assert exact == (point.kind in {"state", "setpoint"} or point.is_text or clock or backwards), point.id


@pytest.mark.parametrize(
    ("id_", "gain", "offset"),
    [
        ("el_cafe.p", 0.02, 0.0),  # class B
        ("el_cafe.import_kwh", 0.02, 0.0),
        ("el_fans.p", 0.01, 0.0),  # class 1
        ("wm_mains.volume_m3", 0.02, 0.0),
        ("vp1.supply_t", 0.002, 0.15),
        ("ahu1.supply_rh", 0.0, 3.0),
        ("filter_main.level_pct", 0.0, 0.5),
        ("floor_main.position", 0.0, 5.0),
    ],
)
def test_limits_are_those_of_the_class(hall: Site, id_: str, gain: float, offset: float) -> None:
    point = hall.points.points[hall.points.column[id_]]
    found = instrument_of(next(d.map for d in hall.devices if d.id == point.device), point)
    assert (found.gain, found.offset) == (gain, offset)


def test_without_a_row_the_maps_sigma_is_split(hall: Site) -> None:
    point = hall.points.points[hall.points.column["filter_main.ph"]]
    found = instrument_of("ceramic_filter", point)
    assert (found.offset / sqrt(3.0)) ** 2 + found.noise**2 == pytest.approx(point.sigma**2)
    assert found.lag == (10.0, 30.0)
