"""The weather at an instant: one question, one answer, alone or among many; what follows from what."""

from datetime import UTC, datetime

import pytest

from simulators.plant.moist_air import humidity_ratio, saturation_kpa
from simulators.plant.weather import RAIN, SLEET, SNOW, Weather, weather_at, weather_over
from simulators.plant.weather_synthetic import COUNT, STEP_S, Synthetic

PLACE = (59.86, 10.46)
T = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()


def test_weather_is_a_function_of_seed_and_time() -> None:
    assert weather_at(T, *PLACE, Synthetic(7)) == weather_at(T, *PLACE, Synthetic(7))
    assert weather_at(T, *PLACE, Synthetic(7)) != weather_at(T, *PLACE, Synthetic(8))


def test_many_instants_are_the_same_as_one_by_one_in_any_order_and_across_blocks() -> None:
    edge = (T // (STEP_S * COUNT) + 1) * STEP_S * COUNT
    times = [edge + 60.0, T, edge - 1e-3, edge, T - 40 * 365.25 * 86400.0, T + 1e-3, edge - 60.0]
    assert weather_over(times, *PLACE, Synthetic(1)) == [weather_at(t, *PLACE, Synthetic(1)) for t in times]


def test_weather_runs_on_without_a_jump_where_blocks_meet() -> None:
    edge = (T // (STEP_S * COUNT) + 1) * STEP_S * COUNT
    before, after = weather_over([edge - 1e-3, edge + 1e-3], *PLACE, Synthetic(1))
    assert after.outdoor_t == pytest.approx(before.outdoor_t, abs=1e-4)
    assert after.dew_t == pytest.approx(before.dew_t, abs=1e-4)
    assert after.wind == pytest.approx(before.wind, abs=1e-4)


def test_humidity_is_of_one_piece(year: list[Weather]) -> None:
    for w in year[::50]:
        assert w.dew_t <= w.outdoor_t
        assert 0.0 < w.rh <= 100.0
        assert saturation_kpa(w.dew_t) == pytest.approx(saturation_kpa(w.outdoor_t) * w.rh / 100.0)
        assert w.ratio == pytest.approx(humidity_ratio(w.outdoor_t, w.rh))


def test_direct_and_diffuse_make_the_global(year: list[Weather]) -> None:
    for w in year:
        assert w.sky.dhi + w.sky.dni * max(w.sky.sun[2], 0.0) == pytest.approx(w.sky.ghi, abs=1e-9)
        assert min(w.sky.ghi, w.sky.dni, w.sky.dhi) >= 0.0
        assert w.sky.ghi == 0.0 or w.sky.sun[2] > 0.0


def test_kind_of_precipitation_follows_the_temperature(year: list[Weather]) -> None:
    bounds = {SNOW: (-60.0, 0.3), SLEET: (0.3, 2.0), RAIN: (2.0, 60.0)}
    for w in year:
        assert (w.precip > 0.0) == (w.precip_type != 0)
        assert w.snow + w.rain == pytest.approx(w.precip)
        if w.precip_type:
            low, high = bounds[w.precip_type]
            assert low <= w.outdoor_t <= high
            assert w.snow / w.precip == {SNOW: 1.0, SLEET: 0.5, RAIN: 0.0}[w.precip_type]
    assert {w.precip_type for w in year} == {0, RAIN, SLEET, SNOW}
