"""Questions to the route of the history, and a hall with a little of it."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from api.schemas import Series
from sdanlegg.clock import SECOND_NS
from sdanlegg.quality import BAD, SENSOR, UNCERTAIN
from tests.support.api_hall import Hall, hall, serving, strict_json

T0 = datetime(2026, 11, 23, 10, tzinfo=UTC)
T0_NS = int(T0.timestamp()) * SECOND_NS
T0_MS = T0_NS // 1_000_000


def asked(points: list[str] | str = "vp1.supply_t", seconds: float = 10.0, **more: Any) -> dict[str, Any]:
    end = T0 + timedelta(seconds=seconds)
    return {"point": points, "start": T0.isoformat(), "end": end.isoformat(), **more}


async def get(place: Hall, params: Any) -> httpx.Response:
    async with serving(place) as client:
        return await client.get("/api/v1/series", params=params)


async def series(place: Hall, params: Any) -> Series:
    response = await get(place, params)
    assert response.status_code == 200, response.text
    strict_json(response)
    return Series.model_validate_json(response.content)


async def problem(place: Hall, params: Any, status: int = 422) -> dict[str, Any]:
    response = await get(place, params)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = strict_json(response)
    return found


def filled() -> Hall:
    """Ten seconds of one point, five of another; a gap, an uncertain and an infinite sample among them."""
    place = hall()
    for i in range(10):
        place.history.add("vp1.supply_t", T0_NS + i * SECOND_NS, 40.0 + i)
    for i, (value, quality) in enumerate([(1.0, 0), (math.nan, BAD | SENSOR), (3.0, UNCERTAIN), (math.inf, BAD)]):
        place.history.add("vp1.return_t", T0_NS + 2 * i * SECOND_NS, value, quality)
    return place
