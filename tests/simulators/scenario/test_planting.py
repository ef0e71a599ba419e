"""Faults that are planted at random: of every kind, on what the hall has, within their stretch, the same again."""

from collections import Counter

import pytest

from sdanlegg.site import Site
from simulators.scenario.checks import find_target
from simulators.scenario.kinds import METERS
from simulators.scenario.meter_faults import MeterFaults
from simulators.scenario.planting import DAY_NS, STRETCH_DAYS, Hall, Meter, plant_faults

T0 = 1_768_400_000 * 1_000_000_000


@pytest.fixture(scope="module")
def meters(hall: Site) -> Hall:
    assert hall.network is not None
    found = [Meter(flow.id, m.counter, m.power) for flow in hall.network.flows for m in flow.measured[:1]]
    return Hall(tuple(found), {point.id: point for point in hall.points})


def test_the_same_seed_plants_the_same(meters: Hall) -> None:
    assert plant_faults(meters, 3, 20, T0, 30) == plant_faults(meters, 3, 20, T0, 30)
    assert plant_faults(meters, 3, 20, T0, 30) != plant_faults(meters, 4, 20, T0, 30)
    assert plant_faults(meters, 3, 20, T0, 30)[:5] == plant_faults(meters, 3, 5, T0, 30)


@pytest.mark.parametrize("days", [10, 30, 365])
def test_each_stretch_has_one_that_begins_and_ends_within_it(meters: Hall, days: int) -> None:
    for ones in plant_faults(meters, 1, 50, T0, days):
        assert len(ones) == max(1, days // STRETCH_DAYS)
        length_ns = min(days, STRETCH_DAYS) * DAY_NS
        for number, one in enumerate(ones):
            begin_ns = T0 + number * length_ns
            assert begin_ns + length_ns // 4 <= one.start_ns <= begin_ns + length_ns // 2
            assert one.start_ns + 0.24 * length_ns <= one.end_ns <= begin_ns + 0.86 * length_ns


def test_every_kind_befalls_what_can_have_it(meters: Hall, hall: Site) -> None:
    assert hall.network is not None
    flows = {flow.id for flow in hall.network.flows}
    planted = [one for ones in plant_faults(meters, 9, 400, T0, 30) for one in ones]
    kinds = Counter(one.fault.kind for one in planted)
    assert set(kinds) == {"stuck", "scale", "bias", "drift", "reversed", "swapped"}
    assert min(kinds.values()) > 20
    for one in planted:
        target = find_target(one.fault.target, hall)
        assert target is not None, one.fault.target
        assert set(one.fault.settings) <= set(METERS[one.fault.kind].parameters)
        assert set(one.fault.truth.flows) <= flows
        if one.fault.kind == "swapped":
            other = find_target(one.fault.word("with"), hall)
            assert other is not None
            assert other != target
        assert MeterFaults([one], hall.points.points).any
    sizes = [one.fault.number("share") for one in planted if "share" in one.fault.settings]
    assert min(sizes) < 0.0 < max(sizes)
    assert all(0.03 <= abs(size) <= 0.6 for size in sizes)
