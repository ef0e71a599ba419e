"""The sun beside pvlib's solar position algorithm (NREL SPA), and the sky's clouds."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from pvlib import solarposition

from sdanlegg.sun import clear_sky_ghi, cloudiness, sun

ASKER = 59.86, 10.46


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def test_it_stands_where_pvlib_has_it() -> None:
    times = pd.date_range("2026-01-01", "2027-01-01", freq="7h13min", tz="UTC")
    peer = solarposition.get_solarposition(times, *ASKER)
    ours = [sun(int(t.value), *ASKER) for t in times]
    assert np.abs([s.altitude for s in ours] - peer["elevation"]).max() < 0.05
    off = (np.array([s.azimuth for s in ours]) - peer["azimuth"] + 180) % 360 - 180
    assert np.abs(off).max() < 0.1


def test_days_begin_and_end_where_pvlib_has_it() -> None:
    for month in range(1, 13):
        noon = datetime(2026, month, 15, 11, tzinfo=UTC)
        peer = solarposition.sun_rise_set_transit_spa(pd.DatetimeIndex([noon]), *ASKER)
        seen = sun(ns(noon), *ASKER)
        assert seen.rise_ns is not None
        assert seen.set_ns is not None
        assert abs(seen.rise_ns - peer["sunrise"].iloc[0].value) < 240e9
        assert abs(seen.set_ns - peer["sunset"].iloc[0].value) < 240e9


def test_where_it_does_not_set_there_is_no_set() -> None:
    midsummer, midwinter = (ns(datetime(2026, month, 21, 12, tzinfo=UTC)) for month in (6, 12))
    for t_ns in (midsummer, midwinter):
        assert (sun(t_ns, 78.2, 15.6).rise_ns, sun(t_ns, 78.2, 15.6).set_ns) == (None, None)
    assert sun(midsummer, 78.2, 15.6).noon_altitude == pytest.approx(35.2, abs=0.1)


def test_clouds_are_what_does_not_arrive() -> None:
    assert cloudiness(clear_sky_ghi(40.0), 40.0) == 0.0
    assert cloudiness(0.25 * clear_sky_ghi(40.0), 40.0) == pytest.approx(0.75)
    assert cloudiness(2000.0, 40.0) == 0.0
    assert np.isnan(cloudiness(5.0, 3.0))
    assert np.isnan(cloudiness(float("nan"), 40.0))
    assert np.isnan(cloudiness(5.0, float("nan")))
    assert clear_sky_ghi(-10.0) == 0.0
    assert sun(ns(datetime(2026, 6, 21, 11, tzinfo=UTC) + timedelta(hours=12)), *ASKER).altitude < 0
