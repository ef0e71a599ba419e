"""Solar cells against pvlib, plane by plane over the synthetic year; snow, dirt and limits of the inverter."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators.plant import pv, sun
from simulators.plant.faults import SOUND
from simulators.plant.outdoors import Outdoors
from simulators.plant.pv import Plane
from simulators.plant.weather import Weather

BARE, WHITE = Outdoors(0.0, 0.0, 0.0, 0.0), Outdoors(0.0, 20.0, 0.0, 1.0)
PLANES = {(10.0, 90.0): pv.ROOF.planes[0], (10.0, 270.0): pv.ROOF.planes[1], (90.0, 180.0): pv.WALL.planes[0]}
ALBEDO = pv.ALBEDO_BARE


@pytest.fixture(scope="module")
def times(year: list[Weather]) -> pd.DatetimeIndex:
    return pd.date_range(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), periods=len(year), freq="h")


@pytest.fixture(scope="module")
def skies(year: list[Weather], times: pd.DatetimeIndex) -> pd.DataFrame:
    """The twin's light with pvlib's own place of the sun."""
    place = pvlib.solarposition.get_solarposition(times, 59.86, 10.46)
    light = [(w.sky.ghi, w.sky.dni, w.sky.dhi, w.outdoor_t) for w in year]
    skies = pd.DataFrame(light, times, ["ghi", "dni", "dhi", "outdoor_t"]).join(place)
    skies["outside"] = pvlib.irradiance.get_extra_radiation(times, solar_constant=sun.SOLAR_CONSTANT, method="nrel")
    skies["air_mass"] = pvlib.atmosphere.get_relative_airmass(skies["zenith"])
    return skies


def on_plane(skies: pd.DataFrame, tilt: float, azimuth: float) -> pd.DataFrame:
    """By pvlib with Perez' sky."""
    return pvlib.irradiance.get_total_irradiance(
        tilt, azimuth, skies["zenith"], skies["azimuth"], skies["dni"], skies["ghi"], skies["dhi"], skies["outside"],
        skies["air_mass"], albedo=ALBEDO, model="perez",
    ).fillna(0.0)  # fmt: skip


@pytest.mark.parametrize(("tilt", "azimuth"), list(PLANES))
def test_light_on_each_plane_over_the_year_is_pvlibs(
    year: list[Weather], skies: pd.DataFrame, tilt: float, azimuth: float
) -> None:
    theirs = on_plane(skies, tilt, azimuth)["poa_global"].to_numpy()
    ours = np.array([sun.on_plane(sun.light(w.sky, ALBEDO), sun.normal(tilt, azimuth)) for w in year])
    risen = skies["elevation"].to_numpy() > 3.0
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.005)
    # The sky's eight classes are steps: a sun a hundredth of a degree elsewhere may land in the next one.
    assert np.quantile(np.abs(ours - theirs)[risen], 0.99) < 2.0


@pytest.mark.parametrize(("tilt", "azimuth"), list(PLANES))
def test_direct_power_of_each_plane_is_pvlibs_chain(
    year: list[Weather], skies: pd.DataFrame, tilt: float, azimuth: float
) -> None:
    """Light, reflection, cell temperature and PVWatts with pvlib's functions in their order."""
    parts = on_plane(skies, tilt, azimuth)
    angle = pvlib.irradiance.aoi(tilt, azimuth, skies["zenith"], skies["azimuth"])
    around = pvlib.irradiance.perez(
        tilt, azimuth, skies["dhi"], skies["dni"], skies["outside"], skies["zenith"], skies["azimuth"],
        skies["air_mass"], return_components=True,
    )["poa_circumsolar"].fillna(0.0)  # fmt: skip
    glass = pvlib.iam.martin_ruiz_diffuse(tilt)
    beam_in = (parts["poa_direct"] + around) * pvlib.iam.martin_ruiz(angle)
    dome_in = (parts["poa_sky_diffuse"] - around) * glass["sky"]
    seen = beam_in + dome_in + parts["poa_ground_diffuse"] * glass["ground"]
    u = pv.WALL.u if tilt == 90.0 else pv.ROOF.u
    cell = pvlib.temperature.pvsyst_cell(parts["poa_global"], skies["outdoor_t"], 0.0, u, 0.0, 0.165, 0.9)
    losses = pvlib.pvsystem.pvwatts_losses(availability=0.0) / 100.0
    theirs = pvlib.pvsystem.pvwatts_dc(seen, cell, 1.0, pv.GAMMA) * (1.0 - losses)
    array = pv.Array((PLANES[tilt, azimuth]._replace(kwp=1.0),), 1.0, 10.0, u, False)
    ours = np.array([pv.produce(array, sun.light(w.sky, ALBEDO), w.outdoor_t, 1.0).dc_kw for w in year])
    counted = ours > 0.0
    assert ours.sum() == pytest.approx(theirs[counted].sum(), rel=0.01)


def test_glass_passes_what_pvlib_says() -> None:
    for facing in (0.05, 0.3, 0.7, 1.0):
        assert pv.passed(facing) == pytest.approx(pvlib.iam.martin_ruiz(np.degrees(np.arccos(facing))))
    for tilt in (10.0, 45.0, 90.0):
        theirs = pvlib.iam.martin_ruiz_diffuse(tilt)
        assert pv.passed_diffuse(tilt) == pytest.approx((theirs["sky"], theirs["ground"]), abs=1e-4)


def test_inverter_is_pvwatts(year: list[Weather]) -> None:
    lit = sun.light(max(year, key=lambda w: w.sky.dni).sky, ALBEDO)
    for limit in (2.0, 5.0, 20.0, 60.0, 500.0):
        made = pv.produce(pv.WALL._replace(inverter_kw=limit), lit, 10.0, 1.0)
        expected = pvlib.inverter.pvwatts(made.dc_kw, limit / 0.96, 0.96)
        assert made.ac_kw == pytest.approx(expected, rel=1e-9)
        assert 0.0 < made.ac_kw <= limit
    assert pv.produce(pv.WALL._replace(inverter_kw=1e5), lit, 10.0, 1.0).ac_kw == 0.0


def test_losses_are_pvlibs_without_outages() -> None:
    assert pytest.approx(1.0 - pvlib.pvsystem.pvwatts_losses(availability=0.0) / 100.0) == pv.KEPT


def test_year_without_snow(year: list[Weather]) -> None:
    """Beside others: 875 kWh/kWp at Evenstad with modules 27° to the south, about 810 planned for the hall."""
    peak = {name: array.peak_kw for name, array in pv.ARRAYS.items()}
    assert {name: sum(p.kwp for p in array.planes) for name, array in pv.ARRAYS.items()} == peak
    made = [pv.advance(w, BARE) for w in year]
    yields = {name: sum(m[name].ac_kw for m in made) / kwp for name, kwp in peak.items()}
    assert sum(peak.values()) == pytest.approx(89.3)
    assert 700.0 < yields["roof"] < 800.0
    assert 640.0 < yields["wall"] < 780.0
    assert 780.0 < yields["bikes"] < 875.0
    assert pv.flows(made[12])["pv.roof"] == made[12]["roof"].ac_kw


def test_snow_hides_flat_modules_only_and_brightens_the_wall(year: list[Weather]) -> None:
    bright = max(year, key=lambda w: w.sky.ghi)
    bare, white = pv.advance(bright, BARE), pv.advance(bright, WHITE)
    assert white["roof"].ac_kw == white["bikes"].ac_kw == 0.0
    assert white["wall"].ac_kw > bare["wall"].ac_kw > 0.0
    half = pv.advance(bright, BARE._replace(hidden=0.5))
    assert half["roof"].dc_kw == pytest.approx(0.5 * bare["roof"].dc_kw)


def test_faults_of_snow_and_dirt(year: list[Weather]) -> None:
    bright = max(year, key=lambda w: w.sky.ghi)
    sound = pv.advance(bright, BARE)
    old_snow = pv.advance(bright, BARE, SOUND._replace(snow_on_pv=0.7))
    assert old_snow["roof"].dc_kw == pytest.approx(0.3 * sound["roof"].dc_kw)
    assert old_snow["wall"] == sound["wall"]
    dirty = pv.advance(bright, BARE, SOUND._replace(soiling_pv=0.2))
    for name, made in dirty.items():
        assert made.dc_kw == pytest.approx(0.8 * sound[name].dc_kw)


def test_night_makes_nothing(year: list[Weather]) -> None:
    night = min(year, key=lambda w: w.sky.sun[2])
    for made in pv.advance(night, BARE).values():
        assert made == (0.0, night.outdoor_t, 0.0, 0.0)


def test_planes_see_the_whole_of_sky_and_ground() -> None:
    for p in PLANES.values():
        assert isinstance(p, Plane)
        assert p.dome + p.ground == pytest.approx(1.0)
        assert 0.8 * p.dome < p.dome_in < p.dome
