"""Heat meters: EN 1434's limits, what follows from flow and temperatures, and energy as their integral."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from tests.support.meter_bench import Bench, MakeBench

K = 1.163
# Class 2 at q = qp/2, dTmin 3 K, by hand: 2 + 0.04, + 0.5 + 9/dT, + 0.5 + 3/dT [%].
SUMS = {3.0: 0.0704, 5.0: 0.0544, 10.0: 0.0424, 20.0: 0.0364}


class Circuit:
    """The true stream through a meter, and what it has carried."""

    def __init__(self, meter: Bench, device: str = "hm_floor", k: float = K) -> None:
        self.meter, self.device, self.k = meter, device, k
        self.volume, self.energy = 500.0, 4000.0

    def run(self, seconds: float, flow: float, dt: float, back: float = 40.0, parts: int = 1) -> dict[str, float]:
        """What is shown after a time of constant flow and temperatures, read in so many parts."""
        told: Mapping[str, float] = {}
        for _ in range(parts):
            hours = seconds / parts / 3600.0
            self.volume += flow * hours
            self.energy += self.k * flow * dt * hours
            truth = {
                "flow": flow, "supply_t": back + dt, "return_t": back, "dt": dt, "power": self.k * flow * dt,
                "volume_m3": self.volume, "energy_kwh": self.energy,
            }  # fmt: skip
            told = self.meter.read(seconds / parts, {f"{self.device}.{name}": x for name, x in truth.items()})
        return {name.removeprefix(f"{self.device}."): value for name, value in told.items()}


def energy_error(bench: MakeBench, seed: int, flow: float, dt: float, device: str = "hm_floor") -> float:
    circuit = Circuit(bench(device, seed=seed), device)
    first, energy = circuit.run(60.0, flow, dt), circuit.energy
    last = circuit.run(3600.0, flow, dt)
    return (last["energy_kwh"] - first["energy_kwh"]) / (circuit.energy - energy) - 1.0


def test_the_error_grows_as_the_difference_shrinks_and_keeps_to_the_class(bench: MakeBench) -> None:
    spread = []
    for dt, limit in SUMS.items():
        errors = np.array([energy_error(bench, seed, 1.75, dt) for seed in range(150)])
        assert np.abs(errors).max() < limit + 1e-3  # of products of two parts' errors
        assert abs(errors.mean()) < 4.0 * errors.std() / 150**0.5
        spread.append(errors.std())
    assert all(a > b for a, b in pairwise(spread))
    # Three rectangular parts: root of the sum of their squares by the root of 3.
    for dt, found in zip(SUMS, spread, strict=True):
        parts = np.array([0.0204, 0.005 + 0.09 / dt, 0.005 + 0.03 / dt])
        assert found == pytest.approx(np.sqrt((parts**2).sum() / 3.0), rel=0.15)


def test_small_flows_err_by_five_percent_at_most(bench: MakeBench) -> None:
    def volume_error(seed: int, flow: float) -> float:
        circuit = Circuit(bench("hm_floor", seed=seed))
        first, volume = circuit.run(60.0, flow, 8.0), circuit.volume
        return (circuit.run(36_000.0, flow, 8.0)["volume_m3"] - first["volume_m3"]) / (circuit.volume - volume) - 1.0

    small, nominal = (np.array([volume_error(seed, flow) for seed in range(60)]) for flow in (0.005, 3.5))
    assert 0.04 < np.abs(small).max() <= 0.05 + 1e-6
    assert 0.016 < np.abs(nominal).max() <= 0.0202 + 1e-6
    assert (small * nominal > 0.0).all()


def test_power_is_what_the_meters_own_flow_and_difference_make(bench: MakeBench) -> None:
    for seed in range(20):
        circuit = Circuit(bench("hm_floor", seed=seed))
        for _ in range(20):
            told = circuit.run(60.0, 2.0, 5.0)
            assert told["dt"] == pytest.approx(told["supply_t"] - told["return_t"], abs=1e-12)
            assert told["power"] == pytest.approx(K * told["flow"] * told["dt"], rel=0.005 + 0.03 / 5.0 + 1e-4)


def test_the_pair_is_matched_though_each_sensor_may_err_more(bench: MakeBench) -> None:
    wrong = []
    for seed in range(100):
        told = [Circuit(bench("hm_floor", seed=seed)).run(60.0, 2.0, 10.0)]
        wrong.append([np.mean([t["supply_t"] - 50.0 for t in told]), np.mean([t["dt"] - 10.0 for t in told])])
    single, difference = np.abs(np.array(wrong)).T
    assert single.max() > 0.2
    assert difference.max() < 0.005 * 10.0 + 0.09 + 5.0 * 0.015


def test_energy_is_the_integral_of_power_whatever_the_cadence_and_the_lag(bench: MakeBench) -> None:
    pattern = [(0.0, 0.0), (2.0, 6.0), (2.0, 3.0), (0.0, 0.0), (3.0, 12.0), (0.5, 4.0)] * 10
    shown = []
    for parts in (1, 60):
        circuit = Circuit(bench("hm_floor"))
        first = circuit.run(60.0, 2.0, 6.0)
        for flow, dt in pattern:
            told = circuit.run(60.0, flow, dt, parts=parts)
        shown.append((told["energy_kwh"] - first["energy_kwh"], told["volume_m3"] - first["volume_m3"]))
    assert shown[0] == pytest.approx(shown[1], rel=1e-9)

    circuit, integral = Circuit(bench("hm_floor")), 0.0
    first = circuit.run(60.0, 2.0, 6.0)
    for flow, dt in pattern:
        for _ in range(60):
            told = circuit.run(1.0, flow, dt)
            integral += max(told["power"], 0.0) / 3600.0
    # Each second's power is the one at its end: with lags of 20 s and more that is nearly a per cent of such a pattern.
    assert told["energy_kwh"] - first["energy_kwh"] == pytest.approx(integral, rel=0.01)


def test_nothing_flows_and_nothing_is_counted(bench: MakeBench) -> None:
    circuit = Circuit(bench("hm_floor"))
    first = circuit.run(60.0, 2.0, 6.0)
    told = circuit.run(3600.0, 0.0, 0.0, parts=60)
    assert (told["flow"], told["power"]) == (0.0, 0.0)
    assert (told["volume_m3"], told["energy_kwh"]) == (first["volume_m3"], first["energy_kwh"])


def test_a_difference_too_small_to_see_never_counts_backwards(bench: MakeBench) -> None:
    for seed in range(30):
        circuit = Circuit(bench("hm_well_extract", seed=seed), "hm_well_extract", 1.126)
        last = circuit.run(60.0, 20.0, 3.0)["energy_kwh"]
        for dt in (0.02, 0.0, 0.05):
            told = circuit.run(600.0, 20.0, dt, parts=10)
            assert told["energy_kwh"] >= last
            last = told["energy_kwh"]


def test_brine_adds_its_own_error(bench: MakeBench) -> None:
    water, brine = (
        np.std([energy_error(bench, seed, 10.0, 10.0, device) for seed in range(120)])
        for device in ("hm_condenser", "hm_well_extract")
    )
    assert brine**2 - water**2 == pytest.approx(0.03**2 / 3.0, rel=0.5)
