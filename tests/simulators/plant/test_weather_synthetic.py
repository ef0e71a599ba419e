"""Twenty synthetic years against the climate they are drawn from, and against ten years of light measured at Ås."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pvlib
import pytest

from simulators.plant.chance import FloatArray
from simulators.plant.sun import clear_sky
from simulators.plant.weather import Weather, clear_sky_at
from simulators.plant.weather_block import DEW_T, DIRECT, GLOBAL, OUTDOOR_T, PRECIP, WIND, read
from simulators.plant.weather_synthetic import CLEARNESS, PRECIP_MM, Synthetic, direct, ranks

YEARS = 20


@dataclass(frozen=True)
class Climate:
    """Half-hourly values of twenty years, by day: (days, 48)."""

    month: FloatArray
    outdoor_t: FloatArray
    dew_t: FloatArray
    wind: FloatArray
    precip: FloatArray
    ghi: FloatArray
    clear: FloatArray
    dni: FloatArray

    def monthly(self, values: FloatArray) -> FloatArray:
        """Mean by month of daily values."""
        return np.array([values[self.month == m].mean() for m in range(1, 13)])


@pytest.fixture(scope="module")
def climate() -> Climate:
    start = datetime(2016, 1, 1, tzinfo=UTC).timestamp()
    days = round((datetime(2016 + YEARS, 1, 1, tzinfo=UTC).timestamp() - start) / 86400.0)
    t = start + 1800.0 * np.arange(days * 48) + 900.0
    points, spans = read(Synthetic(3), t)
    _, clear, direct = clear_sky_at(t, 59.86, 10.46)
    month = (t.reshape(days, 48)[:, 0].astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12) + 1
    columns = (
        points[:, OUTDOOR_T], points[:, DEW_T], points[:, WIND], spans[:, PRECIP], spans[:, GLOBAL] * clear, clear,
        spans[:, DIRECT] * direct,
    )  # fmt: skip
    return Climate(month, *(column.reshape(days, 48) for column in columns))


def test_temperature(climate: Climate) -> None:
    months = climate.monthly(climate.outdoor_t.mean(axis=1))
    assert climate.outdoor_t.mean() == pytest.approx(7.0, abs=0.5)
    assert months[0] == pytest.approx(-3.3, abs=1.5)
    assert months[6] == pytest.approx(17.4, abs=1.0)
    # A degree from one day to the next is less than chance alone would give: weather lasts.
    strayed = climate.outdoor_t.mean(axis=1) - months[climate.month - 1]
    assert strayed.std() == pytest.approx(3.5, abs=0.6)
    assert 0.65 < np.corrcoef(strayed[:-1], strayed[1:])[0, 1] < 0.88
    lowest = climate.outdoor_t.min(axis=1).reshape(-1)
    assert -27.0 < lowest.min() < -14.0
    assert 28.0 < climate.outdoor_t.max() < 36.0


def test_days_warm_by_their_sun(climate: Climate) -> None:
    by_hour = climate.outdoor_t[climate.month == 7].mean(axis=0)
    assert by_hour.max() - by_hour.min() == pytest.approx(9.0, abs=1.0)
    assert 13.0 <= by_hour.argmax() / 2.0 <= 15.5  # UTC; the sun of Asker is 42 minutes ahead
    winter = climate.outdoor_t[climate.month == 1].mean(axis=0)
    assert winter.max() - winter.min() == pytest.approx(2.0, abs=0.6)


def test_light_by_month_and_year(climate: Climate) -> None:
    months = climate.monthly(climate.ghi.mean(axis=1)) / climate.monthly(climate.clear.mean(axis=1))
    assert months == pytest.approx(np.array(CLEARNESS), rel=0.1)
    assert climate.ghi.sum() / 2000.0 / YEARS == pytest.approx(938.0, rel=0.03)


def test_days_of_light_are_spread_as_those_of_ten_years_at_aas(climate: Climate) -> None:
    """Measured 2006-2015: 120 days a year below 1 kWh/m², 156 above 3 with 75 % of the light, 4.3 % between years."""
    daily = climate.ghi.sum(axis=1) / 2000.0
    assert (daily < 1.0).sum() / YEARS == pytest.approx(120.0, abs=15.0)
    assert (daily > 3.0).sum() / YEARS == pytest.approx(156.0, abs=20.0)
    assert daily[daily > 3.0].sum() / daily.sum() == pytest.approx(0.75, abs=0.04)
    years = np.array([part.sum() for part in np.array_split(daily, YEARS)])
    assert years.std() / years.mean() == pytest.approx(0.043, abs=0.02)


@pytest.mark.parametrize("height", [30.0, 40.0, 55.0])
def test_diffuse_share_is_near_that_of_erbs(height: float) -> None:
    """Erbs and others (1982) by pvlib: within 0.15 for each sky, 0.06 on the mean."""
    clearness, full = np.linspace(0.1, 0.95, 60), np.ones(60)
    up = np.sin(np.radians(height)) * full
    clear_ghi, clear_dni = clear_sky(up, 1361.0 * full, 3.6 * full)
    ghi = clearness * clear_ghi
    share = 1.0 - clearness * direct(clearness) * clear_dni * up / ghi
    peer = pvlib.irradiance.erbs(ghi, (90.0 - height) * full, 93)["dhi"] / ghi
    assert np.abs(share - peer).max() < 0.15
    assert abs(np.mean(share - peer)) < 0.06


def test_direct_light_of_the_year(climate: Climate) -> None:
    """About 1,000 kWh/m² of direct normal light at the Oslofjord (estimate)."""
    assert climate.dni.sum() / 2000.0 / YEARS == pytest.approx(1000.0, rel=0.1)


def test_rain_by_month_and_on_cloudy_days(climate: Climate) -> None:
    sums = np.array([climate.precip[climate.month == m].sum() / 2.0 / YEARS for m in range(1, 13)])
    assert sums.sum() == pytest.approx(763.0, rel=0.1)
    assert sums == pytest.approx(np.array(PRECIP_MM), rel=0.45)
    daily = climate.precip.sum(axis=1) / 2.0
    assert 95.0 < (daily >= 1.0).sum() / YEARS < 130.0
    bright = climate.ghi.sum(axis=1) / climate.clear.sum(axis=1)
    assert bright[daily >= 1.0].mean() < bright[daily < 1.0].mean() - 0.2


def test_air_is_driest_in_spring_and_moist_in_winter(climate: Climate) -> None:
    gap = climate.monthly((climate.outdoor_t - climate.dew_t).mean(axis=1))
    assert gap.argmax() in {3, 4, 5}
    assert 1.5 < gap[11] < 3.5
    assert 5.5 < gap[4] < 9.0
    assert (climate.dew_t <= climate.outdoor_t).all()


def test_wind(climate: Climate) -> None:
    assert climate.wind.mean() == pytest.approx(2.8, abs=0.2)
    assert climate.wind.min() >= 0.0
    assert 9.0 < climate.wind.max() < 25.0


def test_ranks_are_those_of_the_normal_distribution() -> None:
    known = {0.0: 0.5, 1.0: 0.841345, -1.96: 0.0249979, 3.0: 0.9986501}
    assert ranks(np.array(list(known))) == pytest.approx(np.array(list(known.values())), abs=2e-4)


def test_the_year_of_the_demo_is_an_ordinary_one(year: list[Weather]) -> None:
    assert sum(w.outdoor_t for w in year) / 8760 == pytest.approx(7.0, abs=1.0)
    assert 860.0 < sum(w.sky.ghi for w in year) / 1000.0 < 1010.0
    assert 550.0 < sum(w.precip for w in year) < 1000.0
    assert 60.0 < sum(w.snow for w in year) < 320.0
