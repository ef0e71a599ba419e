"""What the foyer's picture shows beside the energy: sun, sky, weather, rock, pools, and whether the hall is open.

Every part is null when nothing tells it: the picture then leaves it out rather than guess.
"""

from collections.abc import Mapping
from datetime import datetime, time
from math import isnan
from typing import Any, Final

from sdanlegg.clock import SECOND_NS
from sdanlegg.live import LiveView
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD
from sdanlegg.site import Scene, Site
from sdanlegg.sun import cloudiness, sun

_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MS: Final = 1_000_000


def scene(site: Site, view: LiveView) -> dict[str, Any]:
    """The picture's part of the snapshot; times in ms since 1970 UTC, degrees, shares from 0 to 1."""
    what, now = site.scene, sun(view.t_ns, site.latitude, site.longitude)
    ghi, rain = (_value(site.points, view, point) for point in (what.irradiance, what.precipitation))
    cloud = cloudiness(float("nan") if ghi is None else ghi, now.altitude)
    return {
        "sun": {
            "altitude": round(now.altitude, 2),
            "azimuth": round(now.azimuth, 2),
            "noon_altitude": round(now.noon_altitude, 2),
            "rise_ms": None if now.rise_ns is None else now.rise_ns // _MS,
            "set_ms": None if now.set_ns is None else now.set_ns // _MS,
        },
        "cloud": None if isnan(cloud) else round(cloud, 2),
        "precipitation_mm_h": rain,
        "snow_mm": _value(site.points, view, what.snow),
        "outdoor_c": _value(site.points, view, what.outdoor),
        "rock_c": _value(site.points, view, what.rock),
        "open": is_open(site.opening, datetime.fromtimestamp(view.t_ns // SECOND_NS, site.zone)),
        "pools": [_pool(site, view, place) for place in range(len(what.pools))],
    }


def is_open(opening: Mapping[str, str], local: datetime) -> bool:
    """Whether the hall is open at a local time, by its weekly hours (HH:MM-HH:MM or closed)."""
    hours = opening.get(_WEEK[local.weekday()], "closed")
    if "-" not in hours:
        return False
    start, end = (time.fromisoformat(part) if part != "24:00" else time.max for part in hours.split("-"))
    return start <= local.time() < end


def points_of(what: Scene) -> tuple[str, ...]:
    """Points that the picture needs."""
    pools = (point for pool in what.pools for point in (pool.water, pool.raised))
    asked = (what.outdoor, what.irradiance, what.precipitation, what.snow, what.rock, *pools)
    return tuple(point for point in asked if point is not None)


def _pool(site: Site, view: LiveView, place: int) -> dict[str, Any]:
    pool = site.scene.pools[place]
    raised = _value(site.points, view, pool.raised)
    return {
        "id": pool.id,
        "name": {"nb": pool.name.nb, "en": pool.name.en},
        "water_c": _value(site.points, view, pool.water),
        "raised": None if raised is None else raised > 0.5,
    }


def _value(points: PointTable, view: LiveView, point: str | None) -> float | None:
    """Value of a point that may be shown now, None otherwise."""
    if point is None:
        return None
    column = points.column[point]
    value = float(view.values[column])
    return None if isnan(value) or int(view.quality[column]) >= BAD else round(value, 2)
