"""The picture's part of the snapshot: what is known is told, what is not is null."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.config import load_site
from sdanlegg.foyer_scene import is_open, points_of, scene
from sdanlegg.live import Live, LiveView
from sdanlegg.quality import BAD
from sdanlegg.site import Site

OSLO = ZoneInfo("Europe/Oslo")
VALUES = {
    "weather.outdoor_t": -4.25, "weather.ghi": 120.0, "weather.precip": 0.4, "weather.snow_depth": 80.0,
    "wells.ground_t": 6.5, "filter_main.water_t": 28.04, "filter_therapy.water_t": 33.9,
    "floor_main.raised": 1.0, "floor_therapy.raised": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(Path("config/holmen"))


def view(site: Site, t_ns: int, **bad: int) -> LiveView:
    """Return what live shows at an instant: the values above, some of them bad."""
    shown = Live(site.points).view(t_ns)
    values, quality = np.full(shown.values.shape, np.nan), np.full(shown.quality.shape, BAD, np.uint16)
    for id_, value in VALUES.items():
        values[site.points.column[id_]] = value
        quality[site.points.column[id_]] = bad.get(id_, 0)
    return LiveView(t_ns, values, quality, *(getattr(shown, name) for name in LiveView.__slots__[3:]))


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=OSLO).timestamp()) * 1_000_000_000  # type: ignore[misc,arg-type]


def test_what_is_known_is_told(site: Site) -> None:
    seen = scene(site, view(site, at(2026, 1, 14, 12, 30)))
    assert seen["outdoor_c"] == -4.25
    assert seen["snow_mm"] == 80.0
    assert seen["rock_c"] == 6.5
    assert seen["open"] is True
    assert 7.0 < seen["sun"]["altitude"] < 10.0
    assert seen["sun"]["rise_ms"] < at(2026, 1, 14, 12, 30) // 1_000_000 < seen["sun"]["set_ms"]
    assert [(p["id"], p["water_c"], p["raised"]) for p in seen["pools"]] == [
        ("main", 28.04, True), ("therapy", 33.9, False)
    ]  # fmt: skip


def test_clouds_are_told_by_day_only(site: Site) -> None:
    assert scene(site, view(site, at(2026, 6, 14, 13, 0)))["cloud"] == pytest.approx(0.86, abs=0.03)
    assert scene(site, view(site, at(2026, 6, 14, 1, 0)))["cloud"] is None


def test_what_is_not_known_is_null(site: Site) -> None:
    nothing = scene(site, Live(site.points).view(at(2026, 6, 14, 13, 0)))
    for key in ("cloud", "precipitation_mm_h", "snow_mm", "outdoor_c", "rock_c"):
        assert nothing[key] is None
    assert [(p["water_c"], p["raised"]) for p in nothing["pools"]] == [(None, None)] * 2
    bad = scene(site, view(site, at(2026, 6, 14, 13, 0), **{"floor_main.raised": BAD}))
    assert bad["pools"][0]["raised"] is None


def test_opening_hours_are_local(site: Site) -> None:
    assert is_open(site.opening, datetime(2026, 11, 23, 6, 0, tzinfo=OSLO))
    assert not is_open(site.opening, datetime(2026, 11, 23, 5, 59, tzinfo=OSLO))
    assert not is_open(site.opening, datetime(2026, 11, 23, 21, 30, tzinfo=OSLO))
    assert not is_open({**site.opening, "mon": "closed"}, datetime(2026, 11, 23, 12, 0, tzinfo=OSLO))
    assert is_open({**site.opening, "mon": "06:00-24:00"}, datetime(2026, 11, 23, 23, 59, tzinfo=OSLO))


def test_its_points_are_those_of_the_file(site: Site) -> None:
    assert set(points_of(site.scene)) == set(VALUES)
