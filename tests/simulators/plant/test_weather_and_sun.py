"""The sun's place by almanac figures; the synthetic year inside its normals; solar cells."""

from datetime import UTC, datetime
from statistics import fmean

import pytest

from simulators.plant import pv, sun
from simulators.plant.moist_air import dew_point, humidity_ratio, relative_humidity, saturation_kpa
from simulators.plant.weather import SNOW, Weather, weather_at

LATITUDE, LONGITUDE = 59.86, 10.46


def seconds(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


@pytest.fixture(scope="module")
def year() -> list[Weather]:
    start = seconds(2026, 1, 1)
    return [weather_at(start + 3600.0 * h + 1800.0, LATITUDE, LONGITUDE, 1) for h in range(8760)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [((2026, 6, 21, 11, 20), 90.0 - LATITUDE + 23.44), ((2026, 12, 21, 11, 16), 90.0 - LATITUDE - 23.44)],
)
def test_noon_height_at_the_solstices(moment: tuple[int, ...], expected: float) -> None:
    height = sun.elevation(sun.sun_vector(seconds(*moment), LATITUDE, LONGITUDE))
    assert height == pytest.approx(expected, abs=0.05)


def test_sun_is_east_in_the_morning_and_south_at_noon() -> None:
    morning = sun.sun_vector(seconds(2026, 3, 20, 5, 30), LATITUDE, LONGITUDE)
    noon = sun.sun_vector(seconds(2026, 3, 20, 11, 25), LATITUDE, LONGITUDE)
    assert morning[0] > 0.95
    assert noon[1] < -0.8
    assert abs(noon[0]) < 0.02
    assert sum(x * x for x in noon) == pytest.approx(1.0)


def test_no_light_below_the_horizon() -> None:
    night = sun.irradiance(sun.sun_vector(seconds(2026, 6, 21, 23, 0), LATITUDE, LONGITUDE), 0.0)
    assert (night.ghi, night.dni, night.dhi) == (0.0, 0.0, 0.0)


def test_direct_and_diffuse_make_the_global() -> None:
    for cloud in (0.0, 0.3, 0.7, 1.0):
        sky = sun.irradiance(sun.sun_vector(seconds(2026, 5, 1, 9, 0), LATITUDE, LONGITUDE), cloud)
        assert sky.dhi + sky.dni * sky.sun[2] == pytest.approx(sky.ghi, rel=1e-12)
        assert sun.on_plane(sky, sun.normal(0.0, 0.0), 0.2) == pytest.approx(sky.ghi, rel=1e-9)


def test_year_lies_in_its_normals(year: list[Weather]) -> None:
    assert fmean(w.outdoor_t for w in year) == pytest.approx(7.0, abs=0.8)
    assert fmean(w.outdoor_t for w in year[: 31 * 24]) == pytest.approx(-3.0, abs=3.0)
    assert fmean(w.outdoor_t for w in year[181 * 24 : 212 * 24]) == pytest.approx(17.5, abs=2.5)
    assert -24.0 < min(w.outdoor_t for w in year) < -8.0
    assert 24.0 < max(w.outdoor_t for w in year) < 35.0
    assert 880.0 < sum(w.sky.ghi for w in year) / 1000.0 < 1080.0
    assert 550.0 < sum(w.precip for w in year) < 1000.0


def test_snow_falls_only_in_frost(year: list[Weather]) -> None:
    snowing = [w for w in year if w.precip_type == SNOW]
    assert snowing
    assert all(w.outdoor_t < 0.3 for w in snowing)
    assert all((w.precip > 0.0) == (w.precip_type != 0) for w in year)


def test_weather_is_a_function_of_seed_and_time() -> None:
    t = seconds(2026, 2, 3, 4, 5, 6)
    assert weather_at(t, LATITUDE, LONGITUDE, 7) == weather_at(t, LATITUDE, LONGITUDE, 7)
    assert weather_at(t, LATITUDE, LONGITUDE, 7) != weather_at(t, LATITUDE, LONGITUDE, 8)


def test_moist_air_known_values() -> None:
    assert saturation_kpa(20.0) == pytest.approx(2.339, abs=0.003)
    assert humidity_ratio(30.0, 55.0) == pytest.approx(0.0147, abs=0.0002)
    assert relative_humidity(30.0, humidity_ratio(30.0, 55.0)) == pytest.approx(55.0)
    assert dew_point(30.0, 55.0) == pytest.approx(20.0, abs=0.2)


def test_solar_cells_over_the_year(year: list[Weather]) -> None:
    peak = {name: sum(kwp for _, kwp in array.planes) for name, array in pv.ARRAYS.items()}
    kwh = {name: sum(pv.produce(array, w, 0.0).ac_kw for w in year) for name, array in pv.ARRAYS.items()}
    assert sum(peak.values()) == pytest.approx(89.3)
    assert 640.0 < kwh["roof"] / peak["roof"] < 900.0
    assert 560.0 < kwh["wall"] / peak["wall"] < 850.0
    assert kwh["bikes"] / peak["bikes"] > kwh["roof"] / peak["roof"]


def test_snow_hides_flat_modules_only(year: list[Weather]) -> None:
    bright = max(year, key=lambda w: w.sky.ghi)
    assert pv.produce(pv.ROOF, bright, 10.0).ac_kw == 0.0
    assert pv.produce(pv.WALL, bright, 10.0).ac_kw > pv.produce(pv.WALL, bright, 0.0).ac_kw > 0.0


def test_inverter_never_gives_more_than_it_gets_or_can(year: list[Weather]) -> None:
    for w in year[::7]:
        made = pv.produce(pv.BIKES, w, 0.0)
        assert 0.0 <= made.ac_kw <= min(made.dc_kw, 4.0)
