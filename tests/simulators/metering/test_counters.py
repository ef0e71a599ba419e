"""Counters: the integral of what the meter sees, in whole pulses, never less than before, nothing lost."""

from math import isnan, nan

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from simulators.metering.memory import Memory
from tests.support.meter_bench import Bench, MakeBench


def counted(meter: Bench, id_: str, power: float, hours: float, seconds: float) -> float:
    """What a counter gains in so many hours of a constant power, read every so many seconds."""
    total = meter.truth[meter.ids.index(id_)]
    first = meter.read(0.0, {})[id_]
    last = first
    for _ in range(round(hours * 3600.0 / seconds)):
        total += power * seconds / 3600.0
        last = meter.read(seconds, {id_: total})[id_]
    return last - first


def test_energy_is_the_integral_of_the_power_shown(bench: MakeBench) -> None:
    for seed in range(3):
        meter = bench("el_cafe.p", "el_cafe.import_kwh", seed=seed)
        meter.read(0.0, {"el_cafe.p": 8.0, "el_cafe.import_kwh": 3_000_000.0})
        total, integral, start = 3_000_000.0, 0.0, meter.read(0.0, {})["el_cafe.import_kwh"]
        for k in range(700):
            power = 2.0 + 8.0 * (k % 7) / 7.0
            total += power / 60.0
            shown = meter.read(60.0, {"el_cafe.p": power, "el_cafe.import_kwh": total})
            integral += shown["el_cafe.p"] / 60.0
        gain = (shown["el_cafe.import_kwh"] - start) / (total - 3_000_000.0)
        assert abs(gain - 1.0) < 0.02
        assert shown["el_cafe.import_kwh"] - start == pytest.approx(integral, rel=5.0 * 0.0005 / 700**0.5)


@pytest.mark.parametrize("id_", ["el_cafe.import_kwh", "wm_tap.volume_m3", "pv_wall.wh_kwh"])
def test_nothing_is_lost_between_readings(bench: MakeBench, id_: str) -> None:
    often, seldom = (counted(bench(id_), id_, 0.75, 24.0, seconds) for seconds in (60.0, 7200.0))
    assert often == pytest.approx(seldom, rel=1e-9, abs=2e-3)
    assert often == pytest.approx(18.0, rel=0.05)


def test_low_load_widens_the_error_within_the_class(bench: MakeBench) -> None:
    for id_, low, high, limits in (
        ("el_cafe.import_kwh", 0.17, 5.0, (0.025, 0.02)),
        ("wm_mains.volume_m3", 0.1, 5.0, (0.05, 0.02)),
    ):
        errors = np.array(
            [[counted(bench(id_, seed=seed), id_, x, 1000.0, 360_000.0) / (1000.0 * x) - 1.0 for x in (low, high)]
             for seed in range(60)]
        )  # fmt: skip
        assert (np.abs(errors).max(axis=0) < np.array(limits) + 1e-4).all()
        assert np.abs(errors[:, 0]) == pytest.approx(np.abs(errors[:, 1]) * limits[0] / limits[1], abs=1e-4)


def test_import_and_export_are_counted_apart(bench: MakeBench) -> None:
    meter = bench("el_main.p", "el_main.import_kwh", "el_main.export_kwh")
    first = meter.read(0.0, {"el_main.import_kwh": 1000.0, "el_main.export_kwh": 10.0})
    shown = meter.read(3600.0, {"el_main.p": -20.0, "el_main.export_kwh": 30.0})
    assert shown["el_main.import_kwh"] == first["el_main.import_kwh"] == 1000.0
    assert shown["el_main.export_kwh"] - 10.0 == pytest.approx(20.0, rel=0.011)
    assert shown["el_main.p"] == pytest.approx(-(shown["el_main.export_kwh"] - 10.0), rel=0.003)


def test_counters_never_fall_and_come_in_whole_pulses(bench: MakeBench) -> None:
    pulses = {"tv1.tap_m3": 0.01, "wells.extract_kwh": 1.0, "wm_grey.volume_m3": 0.001, "gv1.volume_m3": 0.01}
    meter, random = bench(*pulses), np.random.default_rng(7)
    truth = dict.fromkeys(pulses, 12345.6789)
    last = meter.read(0.0, truth)
    for _ in range(400):
        truth = {id_: value + random.exponential(0.7) * (random.random() < 0.7) for id_, value in truth.items()}
        shown = meter.read(random.uniform(0.5, 300.0), truth)
        for id_, pulse in pulses.items():
            assert shown[id_] >= last[id_]
            assert shown[id_] / pulse == pytest.approx(round(shown[id_] / pulse), abs=1e-6)
        last = shown
    for id_ in pulses:
        assert last[id_] - 12345.6789 == pytest.approx(truth[id_] - 12345.6789, rel=0.06)


def test_a_persons_counter_counts_whole_persons(bench: MakeBench) -> None:
    meter = bench("people.in_total")
    meter.read(0.0, {"people.in_total": 1000.0})
    shown = [meter.read(60.0, {"people.in_total": 1000.0 + n})["people.in_total"] for n in range(500)]
    assert all(value == int(value) for value in shown)
    assert shown[-1] == pytest.approx(1499.0, abs=0.02 * 499.0 + 1.0)


def test_a_counter_without_a_value_shows_none_and_loses_nothing(bench: MakeBench) -> None:
    id_ = "el_cafe.import_kwh"
    meter = bench(id_)
    meter.read(0.0, {id_: 100.0})
    assert isnan(meter.read(60.0, {id_: nan})[id_])
    assert meter.read(7200.0, {id_: 120.0})[id_] == pytest.approx(120.0, abs=0.4)


def test_memory_goes_on_where_it_stood_and_the_rest_begins_at_the_truth(bench: MakeBench) -> None:
    id_ = "el_cafe.import_kwh"
    start = 1_781_604_000 * SECOND_NS
    told = Memory(start, {id_: 100.0}, {id_: 90.0})
    meter = bench(id_, "el_cafe.export_kwh", "el_light.import_kwh", memory=told)
    shown = meter.read(3600.0, {id_: 108.0, "el_light.import_kwh": 77.0})
    assert shown[id_] == pytest.approx(98.0, abs=0.16)
    assert shown["el_light.import_kwh"] == 77.0
    assert meter.metering.memory().counted[id_] == 108.0


def test_a_truth_that_begins_anew_does_not_pull_the_counter_down(bench: MakeBench) -> None:
    id_ = "el_cafe.import_kwh"
    meter = bench(id_, memory=Memory(1_781_604_000 * SECOND_NS, {id_: 100.0}, {id_: 101.0}))
    assert meter.read(60.0, {id_: 0.0})[id_] == 101.0
    assert meter.read(3600.0, {id_: 5.0})[id_] == pytest.approx(106.0, abs=0.13)
