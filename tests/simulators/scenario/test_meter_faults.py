"""What faulty meters show, by hand: on rows of values that no plant is needed for."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean, pstdev

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import PointTable
from sdanlegg.site import Site
from simulators.scenario.meter_faults import MeterFaults
from tests.support.scenarios import fault, scenario

T0 = int(datetime(2026, 1, 14, 7, tzinfo=UTC).timestamp()) * SECOND_NS
MINUTE, HOUR = 60 * SECOND_NS, 3600 * SECOND_NS
WATER = 1.16  # kWh/m³K, what the meter of these tests has


class Bench:
    """Meters under faults, given true values by point id; everything else is 0."""

    def __init__(self, hall: Site, folder: Path, *faults: str) -> None:
        self.points: PointTable = hall.points
        self._meters = MeterFaults(scenario(folder, hall, *faults).planted(T0), hall.points.points)
        self.truth = np.zeros(len(hall.points))

    def show(self, t_ns: int, **truth: float) -> dict[str, float]:
        """Values that differ from the truth, by point id; __ stands for a dot."""
        for name, value in truth.items():
            self.truth[self.points.column[name.replace("__", ".")]] = value
        shown = self._meters.apply(t_ns, self.truth.copy())
        odd = np.flatnonzero(~((shown == self.truth) | (np.isnan(shown) & np.isnan(self.truth))))
        return {self.points.points[c].id: float(shown[c]) for c in odd}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_stuck_holds_what_it_showed_first_and_lets_go(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("stuck", "vp1.p_el", 'start = "1h"', 'end = "2h"'))
    assert bench.show(T0, vp1__p_el=10.0) == {}
    assert bench.show(T0 + HOUR, vp1__p_el=20.0) == {}
    assert bench.show(T0 + HOUR + MINUTE, vp1__p_el=30.0) == {"vp1.p_el": 20.0}
    assert bench.show(T0 + 2 * HOUR, vp1__p_el=40.0) == {}


def test_frozen_holds_the_whole_device(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("frozen", "vp1", class_="communication"))
    bench.show(T0, vp1__p_el=10.0, vp1__heat_kwh=100.0, vp1__running=1.0, el_vp1__p=10.0)
    told = bench.show(T0 + HOUR, vp1__p_el=0.0, vp1__heat_kwh=101.0, vp1__running=0.0, el_vp1__p=0.0)
    assert told == {"vp1.p_el": 10.0, "vp1.heat_kwh": 100.0, "vp1.running": 1.0}


def test_bias_of_a_power_is_counted_and_stays_counted(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("bias", "el_fans.p", "share = -0.25", 'start = "1h"', 'end = "3h"'))
    bench.show(T0, el_fans__p=12.0, el_fans__import_kwh=1000.0)
    bench.show(T0 + HOUR, el_fans__import_kwh=1012.0)
    told = bench.show(T0 + 2 * HOUR, el_fans__import_kwh=1024.0)
    assert told == pytest.approx({"el_fans.p": 9.0, "el_fans.import_kwh": 1018.0})
    assert bench.show(T0 + 3 * HOUR, el_fans__import_kwh=1036.0) == pytest.approx({"el_fans.import_kwh": 1030.0})
    assert bench.show(T0 + 9 * HOUR, el_fans__import_kwh=1108.0) == pytest.approx({"el_fans.import_kwh": 1102.0})


def test_drift_of_a_heat_meters_sensor_spoils_what_it_calculates(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("drift", "hm_space.return_t", "per_day = 2.4"))
    truth = {"hm_space__supply_t": 50.0, "hm_space__return_t": 40.0, "hm_space__dt": 10.0, "hm_space__flow": 2.0}
    assert bench.show(T0, **truth, hm_space__power=2.0 * 10.0 * WATER) == {}
    told = bench.show(T0 + 10 * HOUR)
    assert told["hm_space.return_t"] == pytest.approx(41.0)
    assert told["hm_space.dt"] == pytest.approx(9.0)
    assert told["hm_space.power"] == pytest.approx(2.0 * 9.0 * WATER)
    assert told["hm_space.energy_kwh"] == pytest.approx(-2.0 * WATER * 10.0)
    assert set(told) == {"hm_space.return_t", "hm_space.dt", "hm_space.power", "hm_space.energy_kwh"}


def test_a_sensor_of_a_standing_heat_meter_makes_no_power(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("bias", "hm_space.supply_t", "offset = 3"))
    told = bench.show(T0, hm_space__supply_t=22.0, hm_space__return_t=22.0)
    assert told == pytest.approx({"hm_space.supply_t": 25.0, "hm_space.dt": 3.0})


def test_a_reversed_heat_meter_stands_and_counts_the_other_way(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("reversed", "hm_vent"))
    truth = {"hm_vent__flow": 2.0, "hm_vent__dt": 10.0, "hm_vent__supply_t": 45.0, "hm_vent__return_t": 35.0}
    bench.show(T0, **truth, hm_vent__power=23.0, hm_vent__energy_kwh=500.0, hm_vent__volume_m3=70.0)
    told = bench.show(T0 + HOUR, hm_vent__energy_kwh=523.0, hm_vent__volume_m3=72.0)
    assert told == pytest.approx(
        {
            "hm_vent.flow": -2.0,
            "hm_vent.power": -23.0,
            "hm_vent.energy_kwh": 500.0,
            "hm_vent.volume_m3": 70.0,
            "hm_vent.volume_rev_m3": 2.0,
        }
    )


def test_a_reversed_main_meter_counts_bought_as_sold(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("reversed", "el_main"))
    bench.show(T0, el_main__p=80.0, el_main__q=20.0, el_main__pf=0.96, el_main__import_kwh=900.0)
    told = bench.show(T0 + HOUR, el_main__import_kwh=980.0)
    assert told == pytest.approx(
        {
            "el_main.p": -80.0,
            "el_main.q": -20.0,
            "el_main.pf": -0.96,
            "el_main.import_kwh": 900.0,
            "el_main.export_kwh": 80.0,
        }
    )


def test_swapped_meters_show_each_other_but_keep_their_names(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("swapped", "el_light", 'with = "el_filters"'))
    told = bench.show(T0, el_light__p=7.0, el_filters__p=3.0, el_light__import_kwh=70.0, el_light__serial=1.0)
    assert told == {"el_light.p": 3.0, "el_filters.p": 7.0, "el_light.import_kwh": 0.0, "el_filters.import_kwh": 70.0}


def test_scale_shifts_the_whole_value(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("scale", "wm_tap.volume_m3", "factor = 10", 'start = "1h"', 'end = "2h"'))
    assert bench.show(T0, wm_tap__volume_m3=120.0) == {}
    assert bench.show(T0 + HOUR) == {"wm_tap.volume_m3": 1200.0}
    assert bench.show(T0 + 2 * HOUR) == {}


def test_a_new_meter_counts_from_its_own_beginning(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("reset", "wm_tap.volume_m3", "to = 5", 'start = "1h"'))
    assert bench.show(T0, wm_tap__volume_m3=120.0) == {}
    assert bench.show(T0 + HOUR, wm_tap__volume_m3=121.0) == {"wm_tap.volume_m3": 5.0}
    assert bench.show(T0 + 9 * HOUR, wm_tap__volume_m3=129.5) == {"wm_tap.volume_m3": 13.5}


def test_a_restarting_controller_forgets_each_time(hall: Site, folder: Path) -> None:
    lines = ('every = "1h"', 'down = "1min"', "forgets = true", 'start = "1h"', 'end = "150min"')
    bench = Bench(hall, folder, fault("restarting", "sol1", *lines, class_="communication"))
    assert bench.show(T0, sol1__melt_kwh=100.0, sol1__slab_t=3.0) == {}
    assert bench.show(T0 + HOUR, sol1__melt_kwh=110.0) == {"sol1.melt_kwh": 0.0}
    assert bench.show(T0 + HOUR + MINUTE, sol1__melt_kwh=111.0) == {"sol1.melt_kwh": 1.0}
    assert bench.show(T0 + 2 * HOUR, sol1__melt_kwh=120.0) == {"sol1.melt_kwh": 0.0}
    assert bench.show(T0 + 5 * HOUR, sol1__melt_kwh=150.0) == {"sol1.melt_kwh": 30.0}


def test_a_controller_that_remembers_loses_only_its_uptime(hall: Site, folder: Path) -> None:
    lines = 'every = "1h"', "whole_gateway = true"
    bench = Bench(hall, folder, fault("restarting", "people", *lines, class_="communication"))
    told = bench.show(T0, people__uptime=5000.0, people__in_total=9000.0)
    assert told == {"people.uptime": 0.0}


def test_noise_has_its_size_and_no_bias(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("noise", "vp1.p_el", "sigma = 2"))
    seen = [bench.show(T0 + k * MINUTE, vp1__p_el=30.0)["vp1.p_el"] - 30.0 for k in range(2000)]
    assert abs(mean(seen)) < 0.15
    assert pstdev(seen) == pytest.approx(2.0, rel=0.06)


def test_spikes_are_as_many_and_as_long_as_told(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("spikes", "vp1.p_el", "size = 50", 'every = "20min"', 'width = "60s"'))
    odd = [bool(bench.show(T0 + k * 10 * SECOND_NS, vp1__p_el=30.0)) for k in range(6 * 3000)]
    assert sum(odd) / len(odd) == pytest.approx(1 / 20, rel=0.2)
    begins = [k for k, (a, b) in enumerate(pairwise(odd)) if b and not a]
    assert all(odd[k + 1 : k + 7] == [True] * 6 for k in begins[:-1])


def test_no_value_and_out_of_range(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("no_value", "vp1.p_el"), fault("out_of_range", "ahu3.supply_t"))
    told = bench.show(T0, vp1__p_el=30.0, ahu3__supply_t=20.0)
    assert np.isnan(told["vp1.p_el"])
    assert told["ahu3.supply_t"] > hall.points.hi[hall.points.column["ahu3.supply_t"]]


def test_what_has_no_value_gets_none_from_a_fault(hall: Site, folder: Path) -> None:
    bench = Bench(hall, folder, fault("bias", "el_fans.p", "offset = 3"), fault("stuck", "vp1.p_el"))
    bench.show(T0, el_fans__p=4.0, vp1__p_el=float("nan"))
    told = bench.show(T0 + HOUR, el_fans__p=float("nan"))
    assert told == {}


def test_a_hall_without_its_devices_has_none_of_their_faults(hall: Site, folder: Path) -> None:
    planted = scenario(folder, hall, fault("swapped", "el_light", 'with = "el_filters"')).planted(T0)
    points = [p for p in hall.points if p.device == "el_light"]
    row = np.arange(len(points), dtype=float)
    assert (MeterFaults(planted, points).apply(T0, row) == row).all()
