"""The pavement: heat, snow and water close at any step; evaporation and efficiency beside others' relations."""

import numpy as np
import psychrolib
import pytest

from simulators.plant import slab
from simulators.plant.slab import CAPACITY_WH_K, Slab
from simulators.plant.sun import Irradiance
from simulators.plant.weather import RAIN, SNOW, Weather

NIGHT = Irradiance(0.0, 0.0, 0.0, (0.0, 0.0, -1.0))


def weather(t: float, rh: float = 80.0, wind: float = 2.0, ghi: float = 0.0, precip: float = 0.0) -> Weather:
    psychrolib.SetUnitSystem(psychrolib.SI)
    ratio = psychrolib.GetHumRatioFromRelHum(t, rh / 100.0, 101325.0)
    sky = NIGHT._replace(ghi=ghi, dhi=ghi)
    kind = 0 if precip <= 0.0 else SNOW if t < 0.3 else RAIN
    return Weather(t, t - 3.0, rh, ratio, wind, 180.0, 1.01, precip, kind, 0.5, sky, 8.0)


def dry(t: float) -> Slab:
    return Slab(t, t, *(0.0,) * 11)


def run(s: Slab, w: Weather, fluid: float, hours: float, dt_s: float = 60.0) -> Slab:
    sky = slab.sky(w)
    for _ in range(round(hours * 3600.0 / dt_s)):
        s = slab.advance(s, sky, fluid, dt_s)
    return s


def test_heat_snow_and_water_close_at_any_step() -> None:
    draw = np.random.default_rng(2)
    s, seen = dry(0.0), np.zeros(3)
    for k in range(6000):
        dt_h = float(draw.uniform(1.0, 300.0)) / 3600.0
        season = 12.0 * np.sin(k / 300.0)
        w = weather(
            float(season + draw.normal(0.0, 3.0)), float(draw.uniform(40.0, 100.0)), float(draw.weibull(1.9) * 4.0),
            float(draw.choice([0.0, 300.0, 800.0])), float(draw.choice([0.0, 1.5], p=[0.8, 0.2])),
        )  # fmt: skip
        fluid = float(draw.choice([-150.0, 0.0, 240.0]))
        after = slab.advance(s, slab.sky(w), fluid, dt_h * 3600.0)
        gained = after.absorbed + after.fluid - after.sky - after.air - after.ground - after.latent
        through = sum(map(abs, (after.absorbed, after.fluid, after.sky, after.air, after.ground, after.latent))) * dt_h
        assert CAPACITY_WH_K * (after.t - s.t) == pytest.approx(gained * dt_h, abs=1e-9 * through + 1e-12)
        snow, wet = (w.snow - after.melted) * dt_h, (w.rain + after.melted - after.dried - after.drained) * dt_h
        assert after.snow_mm - s.snow_mm == pytest.approx(snow, abs=1e-12)
        assert after.wet_mm - s.wet_mm == pytest.approx(wet, abs=1e-12)
        assert min(after.snow_mm, after.melted, after.dried, after.drained) >= 0.0
        assert -1e-12 <= after.wet_mm <= slab.FILM_MM + 1e-9
        s, seen = after, seen + np.array([after.melted, after.dried, after.drained])
    assert (seen > 1.0).all()


def test_a_fresh_surface_loses_as_much_as_it_gets() -> None:
    """No capacity of its own: sun, sky, air, evaporation and the way down sum to nothing."""
    s, w = run(dry(12.0), weather(15.0, ghi=500.0), -100.0, 3.0), weather(15.0, ghi=500.0)
    after = slab.advance(s, slab.sky(w), -100.0, 60.0)
    down = slab.SURFACE_W_K * (after.surface_t - s.t)
    assert after.absorbed - after.sky - after.air == pytest.approx(down, abs=1e-9)


def test_steady_gain_has_the_form_of_iso_9806() -> None:
    """Without a sky colder than the air the steady gain is eta0 G - a1 (T_m - T_a), as a wind-dependent collector's.

    The domain's unglazed form 0.9 (1 - 0.03 u) and 9 + 2 u W/m²K is that of plastic pipes in the open; asphalt above
    the pipes takes its share: F' = U/(U + h), U of the way between fluid and surface.
    """
    for wind in (0.0, 2.0, 4.0):
        gains = []
        for ghi, fluid_t, air_t in ((600.0, 15.0, 15.0), (600.0, 15.0, 10.0), (300.0, 15.0, 15.0)):
            w = weather(air_t, 60.0, wind, ghi)._replace(cloud=1.25)  # a sky as warm as the air
            s, sky = dry(20.0), slab.sky(w)
            for _ in range(3000):
                s = slab.advance(s, sky, 12.0 * (fluid_t - s.t), 120.0)
            gains.append(-s.fluid)
        h = 4.8 + 5.7 + 3.8 * 0.6 * wind
        factor = 17.0 * h / (17.0 + h)  # from the node outwards
        collector = 12.0 / (12.0 + factor + slab.GROUND_W_K)
        eta0 = (gains[0] - gains[2]) / 300.0
        a1 = (gains[0] - gains[1]) / 5.0
        assert eta0 == pytest.approx(collector * slab.ABSORBED * 17.0 / (17.0 + h), rel=1e-6)
        assert a1 == pytest.approx(collector * factor, rel=1e-6)
        assert 0.15 < eta0 < 0.40
        assert eta0 < 0.9 * (1.0 - 0.03 * wind)
        assert a1 < 9.0 + 2.0 * wind


def test_evaporation_is_lewis_relation_by_psychrolib() -> None:
    psychrolib.SetUnitSystem(psychrolib.SI)
    for t, rh in ((2.0, 90.0), (12.0, 70.0)):
        w = weather(t, rh, 2.0)
        s = slab.advance(dry(t)._replace(wet_mm=0.3), slab.sky(w), 0.0, 60.0)
        drive = psychrolib.GetSatHumRatio(s.surface_t, 101325.0) - w.ratio
        expected = (5.7 + 3.8 * 0.6 * 2.0) / 1006.0 * drive * 3600.0
        assert s.dried == pytest.approx(expected, rel=0.08, abs=0.001)


def test_snow_shields_and_melts_from_below() -> None:
    w = weather(-5.0)
    bare, covered = run(dry(4.0), w, 0.0, 1.0), run(dry(4.0)._replace(snow_mm=20.0), w, 0.0, 1.0)
    assert covered.sky == covered.air == covered.absorbed == 0.0
    assert bare.sky > 0.0
    assert covered.surface_t == 0.0
    melting = slab.advance(dry(4.0)._replace(snow_mm=20.0), slab.sky(w), 0.0, 60.0)
    assert melting.latent == pytest.approx(17.0 * 4.0)
    assert melting.melted * 93.3 == pytest.approx(melting.latent)
    frozen = run(dry(-3.0)._replace(snow_mm=20.0), w, 0.0, 1.0)
    assert (frozen.melted, frozen.latent) == (0.0, 0.0)


@pytest.mark.parametrize("dt_s", [1.0, 60.0])
def test_step_may_be_long(dt_s: float) -> None:
    w = weather(-3.0, ghi=100.0, precip=1.0)
    short, long = run(dry(0.0), w, 240.0, 5.0, dt_s), run(dry(0.0), w, 240.0, 5.0, 300.0)
    assert long.t == pytest.approx(short.t, abs=0.1)
    assert long.snow_mm == pytest.approx(short.snow_mm, abs=0.06)
