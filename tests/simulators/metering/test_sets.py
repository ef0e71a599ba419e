"""Many sets of meters on one row: each with errors of its own, within its class, whoever else reads."""

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from sdanlegg.site import Name, Site
from simulators.metering.heat_meters import POINTS
from simulators.metering.sets import MeterSets
from simulators.scenario.model import Fault, Moment, Planted, Truth

T0 = 1_768_400_000 * SECOND_NS
HOUR_NS = 3600 * SECOND_NS
SEED = 5


@pytest.fixture(scope="module")
def points(hall: Site) -> list[Point]:
    wanted = {f"hm_snow.{name}" for name in POINTS} | {"el_light.p", "el_light.import_kwh", "el_filters.p"}
    return [point for point in hall.points if point.id in wanted]


@pytest.fixture(scope="module")
def maps(hall: Site) -> dict[str, str]:
    return {device.id: device.map for device in hall.devices}


def row(points: list[Point], hours: float) -> np.ndarray:
    """Truth after some hours: 20 kW of light, and 10 m³/h of brine that gives 40 kW."""
    true = {
        "p": 20.0, "import_kwh": 1000.0 + 20.0 * hours, "flow": 10.0, "volume_m3": 10.0 * hours, "supply_t": 8.0,
        "return_t": 4.4, "dt": 3.6, "power": 40.0, "energy_kwh": 40.0 * hours,
    }  # fmt: skip
    return np.array([true[point.name] for point in points])


def told(
    points: list[Point], maps: dict[str, str], sound: int, faulty: tuple[tuple[Planted, ...], ...] = ()
) -> np.ndarray:
    """What every set tells (instants, sets, n) in ten hours."""
    sets = MeterSets(points, maps, SEED, sound, range(len(points)))
    sets.befall(faulty)
    return np.array([sets.read(T0 + hour * HOUR_NS, row(points, hour)) for hour in range(11)])


def test_each_set_errs_in_its_own_way_within_its_class(points: list[Point], maps: dict[str, str]) -> None:
    shown = told(points, maps, 200)
    light = [point.id for point in points].index("el_light.import_kwh")
    errors = (shown[-1, :, light] - shown[0, :, light]) / 200.0 - 1.0
    assert np.abs(errors).max() <= 0.02 + 0.005
    assert errors.std() == pytest.approx(0.02 / np.sqrt(3.0), rel=0.15)
    assert np.unique(errors).size > 50


def test_a_copy_of_a_heat_meter_has_its_size_and_its_brine(points: list[Point], maps: dict[str, str]) -> None:
    shown = told(points, maps, 300)
    column = {point.id: k for k, point in enumerate(points)}
    gained = shown[-1] - shown[0]
    flow = gained[:, column["hm_snow.volume_m3"]] / 100.0 - 1.0
    assert np.abs(flow).max() <= 0.02 + 0.0002 * 25.0 / 10.0 + 1e-6  # qp 25 m³/h
    carried = gained[:, column["hm_snow.energy_kwh"]] / gained[:, column["hm_snow.volume_m3"]] / 4.0 - 1.0
    water = [0.005 + 0.03 * 3.0 / 3.6, 0.005 + 0.01 * 3.0 / 3.6]
    assert carried.std() == pytest.approx(np.sqrt(sum(limit**2 for limit in [*water, 0.03]) / 3.0), rel=0.15)


def test_a_set_does_not_depend_on_how_many_there_are(points: list[Point], maps: dict[str, str]) -> None:
    assert np.array_equal(told(points, maps, 2), told(points, maps, 5)[:, :2])


def test_what_befalls_a_copy_changes_its_meter_and_nothing_else(points: list[Point], maps: dict[str, str]) -> None:
    def biased(device: str) -> Planted:
        truth, name = Truth("meter", (), (), Name("", "")), Name("", "")
        moment = Moment(T0 + 5 * HOUR_NS, after_start=False)
        fault = Fault("bias", "meter", f"{device}.p", moment, None, {"share": 0.5}, name, truth)
        return Planted(fault, T0 + 5 * HOUR_NS, T0 + 8 * HOUR_NS)

    shown = told(points, maps, 2, ((biased("el_light"),), (), (biased("el_filters"),)))
    assert shown.shape[1] == 5
    assert np.array_equal(shown[:, 3], shown[:, 1])
    column = {point.id: k for k, point in enumerate(points)}
    for copy, own in ((2, {"el_light.p", "el_light.import_kwh"}), (4, {"el_filters.p"})):
        differs = (shown[:, copy] != shown[:, 0]).any(axis=0)
        assert {id_ for id_, k in column.items() if differs[k]} == own
        assert np.array_equal(shown[:5, copy], shown[:5, 0])
    light = column["el_light.p"]
    assert shown[5:8, 2, light] == pytest.approx(1.5 * shown[5:8, 0, light], rel=1e-3)
    assert shown[8:, 2, light] == pytest.approx(shown[8:, 0, light], rel=1e-3)


def test_swapped_copies_are_of_one_hall(points: list[Point], maps: dict[str, str]) -> None:
    truth, name, moment = Truth("meter", (), (), Name("", "")), Name("", ""), Moment(T0, after_start=False)
    fault = Fault("swapped", "meter", "el_light.p", moment, None, {"with": "el_filters.p"}, name, truth)
    planted = Planted(fault, T0, T0 + 100 * HOUR_NS)
    shown = told(points, maps, 1, ((planted,),))
    column = {point.id: k for k, point in enumerate(points)}
    light, filters = column["el_light.p"], column["el_filters.p"]
    assert np.array_equal(shown[:, 1, [light, filters]], shown[:, 0, [filters, light]])
    assert planted.fault.target == "el_light.p"


def test_what_befalls_others_later_leaves_the_sound_ones_alone(points: list[Point], maps: dict[str, str]) -> None:
    truth, name, moment = Truth("meter", (), (), Name("", "")), Name("", ""), Moment(T0, after_start=False)
    fault = Fault("bias", "meter", "el_light.p", moment, None, {"share": 0.5}, name, truth)
    sets = MeterSets(points, maps, SEED, 2, range(len(points)))
    shown = []
    for hour in range(11):
        if hour == 5:
            sets.befall(((Planted(fault, T0, T0 + 100 * HOUR_NS),),) * 3)
        shown.append(sets.read(T0 + hour * HOUR_NS, row(points, hour)))
    assert [one.shape[0] for one in shown] == [2] * 5 + [5] * 6
    assert np.array_equal(np.array([one[:2] for one in shown]), told(points, maps, 2))
