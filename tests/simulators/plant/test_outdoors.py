"""Snow on the ground keeps its mass; snow on modules follows pvlib's model."""

import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators.plant import outdoors
from simulators.plant.outdoors import Outdoors
from simulators.plant.weather import SNOW, Weather


def test_snow_on_the_ground_keeps_its_mass(year: list[Weather]) -> None:
    draw = np.random.default_rng(1)
    o, fallen, thawed = Outdoors(100.0, 3.0, 0.0, 0.0), 0.0, 0.0
    for w in year:
        dt_s = float(draw.uniform(1.0, 300.0))
        after = outdoors.advance(o, w, dt_s)
        assert after.precip_mm - o.precip_mm == pytest.approx(w.precip * dt_s / 3600.0, abs=1e-12)
        change = (w.snow - after.thaw_mm_h) * dt_s / 3600.0
        assert after.snow_mm - o.snow_mm == pytest.approx(change, abs=1e-12)
        assert after.snow_mm >= 0.0
        assert 0.0 <= after.hidden <= 1.0
        fallen, thawed, o = fallen + w.snow * dt_s, thawed + after.thaw_mm_h * dt_s, after
    assert 0.0 < thawed <= fallen + 3.0 * 3600.0 + 1e-6
    assert outdoors.snow_depth_mm(Outdoors(0.0, 20.0, 0.0, 0.0)) == 100.0


@pytest.mark.filterwarnings("ignore")  # pvlib's own use of pandas
def test_snow_on_modules_is_marions_as_pvlib_has_it(year: list[Weather]) -> None:
    """Winter's light and temperature with falls of two centimetres in an hour, ground always white: hour by hour."""
    draw = np.random.default_rng(7)
    winter = [
        w._replace(precip=2.0 if draw.random() < 0.02 else 0.0, precip_type=SNOW, outdoor_t=w.outdoor_t - 1.0)
        for w in (year[:2200] + year[7200:])
    ]
    index = pd.date_range("2026-01-01", periods=len(winter), freq="h", tz="UTC")
    theirs = pvlib.snow.coverage_nrel(
        pd.Series([w.precip for w in winter], index),
        pd.Series([w.sky.ghi for w in winter], index),
        pd.Series([w.outdoor_t for w in winter], index),
        surface_tilt=10.0,
    )
    o, ours = Outdoors(0.0, 1000.0, 0.0, 0.0), []
    for w in winter:
        o = outdoors.advance(o._replace(snow_mm=1000.0), w, 3600.0)
        ours.append(o.hidden)
    assert np.array(ours) == pytest.approx(theirs.to_numpy(), abs=1e-9)
    assert max(ours) == 1.0
    assert sum(0.0 < hidden < 1.0 for hidden in ours) > 100


def test_light_snow_adds_up_and_goes_with_the_snow_on_the_ground(year: list[Weather]) -> None:
    cold: Weather = year[0]._replace(outdoor_t=-5.0, precip=0.4, precip_type=SNOW)
    cold = cold._replace(sky=cold.sky._replace(ghi=0.0))
    o = Outdoors(0.0, 2.0, 0.0, 0.0)
    for _ in range(60):
        o = outdoors.advance(o, cold, 60.0)
    assert o.hidden == pytest.approx(0.4)
    thaw: Weather = cold._replace(outdoor_t=8.0, precip=0.0, precip_type=0)
    for _ in range(3 * 60):
        o = outdoors.advance(o, thaw, 60.0)
    assert o.hidden == 0.0
