"""The sun's place and a clear sky against pvlib; planes by geometry."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators.plant import sun
from simulators.plant.sun import Irradiance, Vectors
from simulators.plant.weather import TURBIDITY, clear_sky_at

LATITUDE, LONGITUDE = 59.86, 10.46


@pytest.fixture(scope="module")
def times() -> pd.DatetimeIndex:
    return pd.date_range("2026-01-01", "2028-12-31", freq="401min", tz="UTC")


@pytest.fixture(scope="module")
def seconds(times: pd.DatetimeIndex) -> np.ndarray:
    return times.as_unit("ns").astype("int64").to_numpy() / 1e9


@pytest.fixture(scope="module")
def vectors(seconds: np.ndarray) -> Vectors:
    return sun.sun_vectors(seconds, LATITUDE, LONGITUDE)


@pytest.fixture(scope="module")
def peer(times: pd.DatetimeIndex) -> pd.DataFrame:
    return pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE)


def test_sun_stands_where_the_nrel_algorithm_has_it(vectors: Vectors, peer: pd.DataFrame) -> None:
    zenith, azimuth = np.radians(peer["zenith"].to_numpy()), np.radians(peer["azimuth"].to_numpy())
    east, north = np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth)
    cosine = vectors[0] * east + vectors[1] * north + vectors[2] * np.cos(zenith)
    assert np.degrees(np.arccos(np.minimum(cosine, 1.0))).max() < 0.02


def test_distance_of_the_sun(times: pd.DatetimeIndex, seconds: np.ndarray) -> None:
    outside = pvlib.irradiance.get_extra_radiation(times, solar_constant=sun.SOLAR_CONSTANT, method="nrel")
    assert sun.extraterrestrial(seconds) == pytest.approx(np.asarray(outside), rel=3e-4)


@pytest.mark.parametrize("turbidity", [2.0, 3.3, 4.5])
def test_clear_sky_is_ineichens(vectors: Vectors, seconds: np.ndarray, turbidity: float) -> None:
    up, outside = vectors[2], sun.extraterrestrial(seconds)
    risen = up > 0.01
    zenith = np.degrees(np.arccos(up[risen]))
    mass = pvlib.atmosphere.get_relative_airmass(zenith)
    expected = pvlib.clearsky.ineichen(zenith, mass, turbidity, dni_extra=outside[risen])
    ghi, dni = sun.clear_sky(up, outside, np.full(up.shape, turbidity))
    assert ghi[risen] == pytest.approx(expected["ghi"], rel=2e-3, abs=0.1)
    assert dni[risen] == pytest.approx(expected["dni"], rel=2e-3, abs=0.1)
    assert not ghi[up <= 0.0].any()
    assert not dni[up <= 0.0].any()
    assert (dni * np.maximum(up, 0.0) <= ghi + 1e-9).all()


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")  # pvlib's own use of pandas
def test_turbidity_and_clear_months_are_those_of_the_hall() -> None:
    """Monthly sums of global light under a clear sky, against pvlib's with the turbidity of the hall's place."""
    middles = pd.DatetimeIndex([f"2026-{month:02d}-15" for month in range(1, 13)], tz="UTC")
    there = pvlib.clearsky.lookup_linke_turbidity(middles, LATITUDE, LONGITUDE, interp_turbidity=False)
    assert list(TURBIDITY) == pytest.approx(there.tolist())
    times = pd.date_range("2026-01-01", "2026-12-31 23:50", freq="10min", tz="UTC")
    peer = pvlib.location.Location(LATITUDE, LONGITUDE, altitude=0.0).get_clearsky(times)["ghi"]
    _, ghi, _ = clear_sky_at(times.as_unit("ns").astype("int64").to_numpy() / 1e9, LATITUDE, LONGITUDE)
    months = pd.Series(ghi, times).groupby(times.month).sum() / 6000.0
    expected = peer.groupby(times.month).sum() / 6000.0
    assert months.to_numpy() == pytest.approx(expected.to_numpy(), rel=0.03, abs=0.6)
    assert months.sum() == pytest.approx(expected.sum(), rel=0.01)


def test_noon_height_at_the_solstices() -> None:
    for moment, tilt in (
        (datetime(2026, 6, 21, 11, 20, tzinfo=UTC), 23.44),
        (datetime(2026, 12, 21, 11, 16, tzinfo=UTC), -23.44),
    ):
        east, north, up = sun.sun_vectors(np.array([moment.timestamp()]), LATITUDE, LONGITUDE)
        assert sun.elevation((east[0], north[0], up[0])) == pytest.approx(90.0 - LATITUDE + tilt, abs=0.05)


def test_planes_against_pvlib(vectors: Vectors, peer: pd.DataFrame) -> None:
    """Perez' sky on single planes, clear to overcast."""
    risen = np.flatnonzero(vectors[2] > 0.05)[::20]
    for tilt, azimuth in ((10.0, 90.0), (10.0, 270.0), (90.0, 180.0), (90.0, 0.0)):
        for turn, k in enumerate(risen):
            dni, up = (0.0, 120.0, 400.0, 800.0)[turn % 4], float(vectors[2][k])
            sky = Irradiance(dni * up + 90.0, dni, 90.0, (float(vectors[0][k]), float(vectors[1][k]), up), 1366.0)
            expected = pvlib.irradiance.get_total_irradiance(
                tilt, azimuth, peer["zenith"].iloc[k], peer["azimuth"].iloc[k], sky.dni, sky.ghi, sky.dhi, 1366.0,
                pvlib.atmosphere.get_relative_airmass(peer["zenith"].iloc[k]), albedo=0.2, model="perez",
            )  # fmt: skip
            found = sun.on_plane(sun.light(sky, 0.2), sun.normal(tilt, azimuth))
            assert found == pytest.approx(expected["poa_global"], abs=0.5)


def test_twilight_is_even_and_night_is_dark() -> None:
    below = (0.0, -1.0, -0.01)
    dusk = sun.light(Irradiance(5.0, 0.0, 5.0, below), 0.2)
    assert sun.on_plane(dusk, sun.normal(0.0, 0.0)) == pytest.approx(5.0)
    assert sun.light(Irradiance(0.0, 0.0, 0.0, below), 0.2) == sun.DARK
    assert sun.on_plane(sun.DARK, sun.normal(90.0, 180.0)) == 0.0
