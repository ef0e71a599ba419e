"""Inputs: the same by stretches and one by one; another source of weather; the net."""

import numpy as np
import pytest

from simulators.plant.inputs import STRETCH, InputsAhead, inputs_at, inputs_over
from simulators.plant.visitors import Place
from simulators.plant.weather import clear_sky_at
from simulators.plant.weather_block import Block
from tests.support.twin import NOON_IN_JUNE

MINUTE = 60 * 1_000_000_000


class Still:
    """Weather that never changes."""

    def block(self, t_s: float) -> Block:
        hour = t_s // 3600.0
        points = np.tile([5.0, 1.0, 2.0, 180.0, 1.0, 0.5], (2, 1))
        return Block(hour * 3600.0, 3600.0, points, np.array([[0.4, 0.5, 0.2, 0.0]]))


def test_ahead_gives_what_one_by_one_gives_whatever_the_strides(place: Place) -> None:
    strides = [60] * (STRETCH + 20) + [1, 1, 1, 7, 60, 60, 60, 30, 60]
    times = (NOON_IN_JUNE + np.cumsum(strides) * 1_000_000_000).tolist()
    ahead = InputsAhead(place, 1)
    assert [ahead.at(t) for t in times] == [inputs_at(t, place, 1) for t in times]


def test_ahead_computes_a_regular_stride_in_stretches(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(times_ns: range, *rest: object) -> object:
        asked.append(len(times_ns))
        return inputs_over(times_ns, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("simulators.plant.inputs.inputs_over", counted)
    ahead = InputsAhead(place, 1)
    for k in range(2 * STRETCH):
        ahead.at(NOON_IN_JUNE + k * MINUTE)
    assert asked == [1, 1, STRETCH, STRETCH]


def test_a_place_with_weather_of_its_own_has_that(place: Place) -> None:
    w = inputs_at(NOON_IN_JUNE, place._replace(weather=Still()), 1).weather
    assert (w.outdoor_t, w.wind, w.precip) == (5.0, 2.0, 0.4)
    _, clear, _ = clear_sky_at(np.array([NOON_IN_JUNE / 1e9]), place.latitude, place.longitude)
    assert w.sky.ghi == pytest.approx(0.5 * clear[0])
    assert inputs_at(NOON_IN_JUNE, place, 1).weather != w


def test_the_net_stays_within_its_bounds(place: Place) -> None:
    for k in range(200):
        grid = inputs_at(NOON_IN_JUNE + k * 7 * MINUTE, place, 1).grid
        assert 49.9 < grid.hz < 50.1
        assert all(226.0 < u < 238.0 for u in (grid.u_l1, grid.u_l2, grid.u_l3))
