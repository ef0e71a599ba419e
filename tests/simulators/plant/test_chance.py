"""Chance without state: draws that do not depend on who asks, with the statistics that they claim."""

import numpy as np
import pytest

from simulators.plant.chance import normals, persistent, smooth, uniform, uniforms


def test_many_draws_are_the_single_ones() -> None:
    for first in (-3, 0, 2_900_000):
        draws = np.arange(first, first + 6)
        assert uniforms(7, 5, draws).tolist() == [uniform(7, 5, k) for k in draws.tolist()]


def test_draws_are_uniform_and_channels_differ() -> None:
    draws = uniforms(1, 3, np.arange(100_000))
    assert draws.min() >= 0.0
    assert draws.max() < 1.0
    assert draws.mean() == pytest.approx(0.5, abs=0.005)
    assert draws.var() == pytest.approx(1.0 / 12.0, abs=0.002)
    other = uniforms(1, 4, np.arange(100_000))
    assert abs(np.corrcoef(draws, other)[0, 1]) < 0.02
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.02


def test_normal_draws() -> None:
    draws = normals(2, 9, 0, 100_000)
    assert draws.mean() == pytest.approx(0.0, abs=0.02)
    assert draws.std() == pytest.approx(1.0, abs=0.02)
    assert (np.abs(draws) < 1.959964).mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("memory", [3.0, 40.0])
def test_persistence_is_what_was_asked_for(memory: float) -> None:
    series = persistent(1, 2, 0, 200_000, memory)
    assert series.std() == pytest.approx(1.0, abs=0.05)
    lag = round(memory)
    assert np.corrcoef(series[:-lag], series[lag:])[0, 1] == pytest.approx(np.exp(-lag / memory), abs=0.03)


def test_ease_takes_the_roughness_and_keeps_the_spread() -> None:
    rough, eased = persistent(1, 2, 0, 200_000, 40.0), persistent(1, 2, 0, 200_000, 40.0, 6.0)
    assert eased.std() == pytest.approx(1.0, abs=0.06)
    assert np.diff(eased).std() < 0.4 * np.diff(rough).std()


def test_a_part_of_a_persistent_series_is_the_same_whoever_begins_where() -> None:
    whole = persistent(1, 2, 0, 3_000, 24.0)
    assert persistent(1, 2, 1_234, 50, 24.0) == pytest.approx(whole[1_234:1_284], abs=1e-5)


def test_smooth_noise_has_no_jumps() -> None:
    values = smooth(1, 6, 0.5 * np.arange(2_000), 30.0)
    assert np.abs(np.diff(values)).max() < 0.06
    assert -1.0 <= values.min() < -0.7
    assert 0.7 < values.max() <= 1.0
    assert smooth(1, 6, np.array([17.0, 3.0]), 30.0).tolist() == values[[34, 6]].tolist()
