"""Faults that are planted at random: of every kind, on what the hall has, within their stretch, the same again."""

from collections import Counter

import pytest

from sdanlegg.site import Site
from simulators.scenario.checks import find_target
from simulators.scenario.kinds import METERS
from simulators.scenario.meter_faults import MeterFaults
from simulators.scenario.planting import DAY_NS, SIZES, Hall, Meter, plant_faults

T0 = 1_768_400_000 * 1_000_000_000
END = T0 + 30 * DAY_NS


@pytest.fixture(scope="module")
def meters(hall: Site) -> Hall:
    assert hall.network is not None
    found = [Meter(flow.id, m.counter, m.power, 0.05) for flow in hall.network.flows for m in flow.measured[:1]]
    return Hall(tuple(found), {point.id: point for point in hall.points})


def test_the_same_seed_plants_the_same(meters: Hall) -> None:
    assert plant_faults(meters, 3, 20, T0, END) == plant_faults(meters, 3, 20, T0, END)
    assert plant_faults(meters, 3, 20, T0, END) != plant_faults(meters, 4, 20, T0, END)
    assert plant_faults(meters, 3, 20, T0, END) != plant_faults(meters, 3, 20, END, END + 30 * DAY_NS)
    assert plant_faults(meters, 3, 20, T0, END)[:5] == plant_faults(meters, 3, 5, T0, END)


@pytest.mark.parametrize("days", [10, 30, 55])
def test_it_begins_and_ends_within_its_stretch(meters: Hall, days: int) -> None:
    length_ns = days * DAY_NS
    for (one,) in plant_faults(meters, 1, 50, T0, T0 + length_ns):
        assert T0 + length_ns // 4 <= one.start_ns <= T0 + length_ns // 2
        assert one.start_ns + 0.24 * length_ns <= one.end_ns <= T0 + 0.86 * length_ns


def test_every_kind_befalls_what_can_have_it(meters: Hall, hall: Site) -> None:
    assert hall.network is not None
    flows = {flow.id for flow in hall.network.flows}
    planted = [one for ones in plant_faults(meters, 9, 400, T0, END) for one in ones]
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


def test_small_faults_are_drawn_in_the_measure_of_what_is_seen(meters: Hall) -> None:
    planted = [one for ones in plant_faults(meters, 9, 400, T0, END) for one in ones]
    sizes = [one.fault.number("share") for one in planted if "share" in one.fault.settings]
    assert min(sizes) < 0.0 < max(sizes)
    assert all(SIZES[0] * 0.05 <= abs(size) <= SIZES[1] * 0.05 for size in sizes)
    halfway = [
        one.fault.number("share_per_day") * 0.5 * (one.end_ns - one.start_ns) / DAY_NS
        for one in planted
        if one.fault.kind == "drift"
    ]
    assert all(SIZES[0] * 0.05 <= abs(size) <= SIZES[1] * 0.05 + 1e-9 for size in halfway)
