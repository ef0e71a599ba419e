"""A file's year on any year: light kept hour by hour, stamps at their hour, leap days, seams."""

from datetime import UTC, datetime

import numpy as np
import pytest

from simulators.plant.chance import FloatArray
from simulators.plant.weather import Weather, weather_at, weather_over
from simulators.plant.weather_synthetic import Synthetic
from simulators.plant.weather_year import HourlyYear
from simulators.weather_file import load_weather
from tests.support.weather_files import GREENSBORO, PLACE

ZONE_S = -5 * 3600.0


def begin(year: int) -> float:
    """Start of a year by the file's standard time [s since 1970 UTC]."""
    return datetime(year, 1, 1, tzinfo=UTC).timestamp() - ZONE_S


@pytest.fixture(scope="module")
def source() -> HourlyYear:
    found = load_weather(GREENSBORO, *PLACE, 1)
    assert isinstance(found, HourlyYear)
    return found


def light(weather: list[Weather], parts: int) -> tuple[FloatArray, FloatArray]:
    """Hourly means of global and diffuse light."""
    ghi, dhi = np.array([w.sky.ghi for w in weather]), np.array([w.sky.dhi for w in weather])
    return ghi.reshape(-1, parts).mean(axis=1), dhi.reshape(-1, parts).mean(axis=1)


@pytest.mark.parametrize("year", [2026, 2031])
def test_light_of_each_hour_is_kept(source: HourlyYear, year: int) -> None:
    days = np.arange(100, 120)
    hours = (days[:, None] * 24 + np.arange(24)).reshape(-1)
    times = begin(year) + 3600.0 * hours[:, None] + 60.0 * (np.arange(60) + 0.5)
    ghi, dhi = light(weather_over(times.reshape(-1), *PLACE, source), 60)
    assert ghi == pytest.approx(source.ghi[hours], rel=1e-6, abs=1e-6)
    assert dhi.sum() == pytest.approx(source.dhi[hours].sum(), rel=0.02)
    assert np.abs(dhi - source.dhi[hours]).max() < 45.0


def test_light_of_the_year_is_kept_at_ten_minutes(source: HourlyYear) -> None:
    times = begin(2026) + 600.0 * np.arange(8760 * 6) + 300.0
    ghi, _ = light(weather_over(times, *PLACE, source), 6)
    assert ghi.sum() == pytest.approx(source.ghi.sum(), rel=1e-3)
    assert np.corrcoef(ghi, source.ghi)[0, 1] > 0.9999


def test_direct_light_of_the_file(source: HourlyYear) -> None:
    """The file's own direct normal column, which is not read: only global and diffuse are."""
    peer = np.loadtxt(GREENSBORO, delimiter=",", skiprows=2, usecols=7)
    times = begin(2026) + 3600.0 * np.arange(8760)[:, None] + 300.0 * (np.arange(12) + 0.5)
    dni = np.array([w.sky.dni for w in weather_over(times.reshape(-1), *PLACE, source)]).reshape(-1, 12).mean(axis=1)
    assert dni.sum() == pytest.approx(peer.sum(), rel=0.03)
    assert np.corrcoef(dni, peer)[0, 1] > 0.99


def test_stamps_are_at_the_hours_end_and_joined_by_straight_lines(source: HourlyYear) -> None:
    for row in (0, 700, 8758):
        end = begin(2026) + 3600.0 * (row + 1)
        at_stamp, half = weather_at(end, *PLACE, source), weather_at(end + 1800.0, *PLACE, source)
        assert at_stamp.outdoor_t == pytest.approx(source.points[row, 0])
        assert half.outdoor_t == pytest.approx(source.points[row : row + 2, 0].mean())
        assert at_stamp.air_p == pytest.approx(source.points[row, 4])


def test_the_year_joins_its_own_end(source: HourlyYear) -> None:
    edge = begin(2027)
    before, after = weather_over([edge - 1e-3, edge + 1e-3], *PLACE, source)
    assert before.outdoor_t == pytest.approx(after.outdoor_t, abs=1e-3)
    assert after.outdoor_t == pytest.approx(source.points[-1, 0], abs=1e-3)


def test_the_leap_day_repeats_the_day_before(source: HourlyYear) -> None:
    hours = 3600.0 * np.arange(1, 24)
    day28, day29, march1 = (
        [w.outdoor_t for w in weather_over(begin(2028) + 86400.0 * (58 + k) + hours, *PLACE, source)] for k in range(3)
    )
    assert day29 == pytest.approx(day28)
    assert march1 == pytest.approx(source.points[59 * 24 : 59 * 24 + 23, 0])
    common = weather_at(begin(2026) + 86400.0 * 364 + 7200.0, *PLACE, source)
    leap = weather_at(begin(2028) + 86400.0 * 365 + 7200.0, *PLACE, source)
    assert leap.outdoor_t == pytest.approx(common.outdoor_t)


def test_a_year_with_a_leap_day_of_its_own_leaves_it_out_of_common_years() -> None:
    hours = np.arange(8784.0)
    points = np.tile([0.0, -1.0, 3.0, 180.0, 1.0, 0.5], (8784, 1))
    points[:, 0] = hours / 1000.0
    year = HourlyYear(*PLACE, -5.0, points, np.zeros(8784), np.zeros(8784), np.zeros(8784), Synthetic(1))
    assert weather_at(begin(2028) + 86400.0 * 59 + 3600.0 * 5, *PLACE, year).outdoor_t == pytest.approx(1.420)
    assert weather_at(begin(2026) + 86400.0 * 59 + 3600.0 * 5, *PLACE, year).outdoor_t == pytest.approx(1.444)


def test_twilight_that_a_clear_sky_cannot_carry_is_spread_over_its_hour() -> None:
    points = np.tile([0.0, -1.0, 3.0, 350.0, 1.0, 0.5], (8760, 1))
    points[1::2, 3] = 10.0
    light_at_night = np.full(8760, 6.0)
    year = HourlyYear(59.86, 10.46, 1.0, points, light_at_night, light_at_night, np.zeros(8760), Synthetic(1))
    midnight = datetime(2026, 12, 21, tzinfo=UTC).timestamp()
    dark = weather_at(midnight, 59.86, 10.46, year)
    assert (dark.sky.ghi, dark.sky.dni, dark.sky.dhi) == pytest.approx((6.0, 0.0, 6.0))
    # From 350° to 10° the wind turns through north.
    assert all(
        w.wind_dir >= 350.0 or w.wind_dir <= 10.0
        for w in weather_over(midnight + 300.0 * np.arange(40), 59.86, 10.46, year)
    )
