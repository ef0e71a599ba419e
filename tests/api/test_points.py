"""The point list, the devices and the newest values, over a real socket."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter

from api.schemas import DeviceInfo, PointInfo, PointValue
from sdanlegg.clock import SECOND_NS
from sdanlegg.quality import BAD, COMM, RANGE, SENSOR, STALE, UNCERTAIN, reasons
from sdanlegg.readings import Reading
from tests.support.api_hall import POINTS, Hall, hall, point, serving, strict_json, with_text

POINT_LIST = TypeAdapter(list[PointInfo])
VALUES = TypeAdapter(list[PointValue])
DEVICES = TypeAdapter(list[DeviceInfo])


async def values(place: Hall, query: str = "") -> dict[str, PointValue]:
    async with serving(place) as client:
        response = await client.get(f"/api/v1/values{query}")
    assert response.status_code == 200
    strict_json(response)
    return {value.point: value for value in VALUES.validate_json(response.content)}


async def test_the_point_list_gives_what_the_maps_say() -> None:
    async with serving(hall()) as client:
        response = await client.get("/api/v1/points")
        rows = POINT_LIST.validate_json(response.content)
        again = await client.get("/api/v1/points", headers={"If-None-Match": response.headers["etag"]})
        weak = await client.get("/api/v1/points", headers={"If-None-Match": f'"x", W/{response.headers["etag"]}'})
        other = await client.get("/api/v1/points", headers={"If-None-Match": '"something else"'})
    assert [row.id for row in rows] == [p.id for p in POINTS]
    supply = rows[0]
    assert (supply.device, supply.unit, supply.kind, supply.quantity) == ("vp1", "°C", "gauge", "temperature")
    assert (supply.name.nb, supply.name.en) == ("supply_t på norsk", "supply_t in English")
    assert (supply.tfm, supply.access, supply.min, supply.max) == ("=320.001-supply_t", "r", -30.0, 110.0)
    assert (supply.period_s, supply.sigma) == (1.0, 0.15)
    assert rows[2].max is None, "no upper bound is null, not infinity"
    strict_json(response)
    assert (again.status_code, again.content) == (304, b"")
    assert weak.status_code == 304
    assert other.status_code == 200


async def test_another_hall_has_another_etag() -> None:
    tags = []
    for points in (POINTS, POINTS[:-1]):
        async with serving(hall(points)) as client:
            tags.append((await client.get("/api/v1/points")).headers["etag"])
    assert tags[0] != tags[1]


async def test_devices_tell_how_they_answer() -> None:
    place = hall()
    good_ns = place.clock.now_ns() - 3 * SECOND_NS
    place.statuses["vp1"].answered(good_ns, 0.0125, good=True)
    place.statuses["sol1"].failed(place.clock.now_ns(), "no connection to 127.0.0.1:5021 within 4 s")
    async with serving(place) as client:
        response = await client.get("/api/v1/devices")
    vp1, sol1 = DEVICES.validate_json(response.content)
    assert (vp1.id, vp1.state, vp1.points, vp1.polls, vp1.failures) == ("vp1", "up", 4, 1, 0)
    assert vp1.lateness_s == 0.0125
    assert vp1.last_good_age_s is not None
    assert 3.0 <= vp1.last_good_age_s < 60.0
    assert vp1.last_good == vp1.since
    assert (sol1.state, sol1.failures, sol1.points) == ("down", 1, 1)
    assert sol1.error == "no connection to 127.0.0.1:5021 within 4 s"
    assert (sol1.last_good, sol1.last_good_age_s) == (None, None)
    assert sol1.name.nb == "sol1 på norsk"


async def test_values_carry_quality_unit_time_and_age() -> None:
    place = hall()
    place.read(45.25, math.nan, 120.0, quality=[0, BAD | COMM, UNCERTAIN | RANGE], age_s=1.5)
    found = await values(place)
    supply = found["vp1.supply_t"]
    assert (supply.value, supply.quality, supply.reasons, supply.unit) == (45.25, "good", [], "°C")
    assert supply.t is not None
    assert supply.t.endswith("Z")
    assert supply.age_s is not None
    assert 1.5 <= supply.age_s < 4.0
    broken = found["vp1.return_t"]
    assert (broken.value, broken.quality, broken.reasons) == (None, "bad", ["comm"])
    doubtful = found["vp1.heat_kwh"]
    assert (doubtful.value, doubtful.quality, doubtful.reasons) == (120.0, "uncertain", ["range"])


async def test_what_was_never_read_is_null_and_bad_without_an_invented_reason() -> None:
    never = (await values(hall()))["sol1.out_t"]
    assert (never.value, never.text, never.quality, never.reasons) == (None, None, "bad", [])
    assert (never.t, never.source_t, never.age_s) == (None, None, None)


async def test_an_old_value_keeps_its_time_and_loses_its_quality() -> None:
    place = hall()
    place.read(45.25, 40.0)
    place.clock.shift_ns = 6 * SECOND_NS
    mild = (await values(place))["vp1.supply_t"]
    place.stopping.clear()
    place.clock.shift_ns = 60 * SECOND_NS
    place.registry = hall().registry
    lost = (await values(place))["vp1.supply_t"]
    assert (mild.value, mild.quality, mild.reasons) == (45.25, "uncertain", ["stale"])
    assert (lost.value, lost.quality, lost.reasons) == (45.25, "bad", ["stale"])
    assert mild.t == lost.t, "never stamped anew"


async def test_the_devices_own_time_is_told_beside_ours() -> None:
    place = hall()
    now_ns = place.clock.now_ns()
    source = np.array([1_000_000_000_123_456_789, np.iinfo(np.int64).min], np.int64)
    columns, quality = np.array([0, 1], np.int32), np.zeros(2, np.uint16)
    place.live.apply(Reading("vp1", now_ns, columns, np.array([1.0, 2.0]), quality, source))
    found = await values(place)
    assert found["vp1.supply_t"].source_t == "2001-09-09T01:46:40.123Z"
    assert found["vp1.return_t"].source_t is None


async def test_texts_are_texts() -> None:
    place = hall()
    place.read(1.0, 2.0, 3.0, with_text(place, "Ærfugl µ"))
    found = await values(place, "?point=vp1.model")
    assert list(found) == ["vp1.model"]
    assert (found["vp1.model"].value, found["vp1.model"].text) == (None, "Ærfugl µ")


async def test_a_text_code_without_its_text_is_null() -> None:
    place = hall()
    place.read(1.0, 2.0, 3.0, 12345.0)
    assert (await values(place))["vp1.model"].text is None


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_no_number_that_json_does_not_know_gets_out(number: float) -> None:
    place = hall()
    place.read(number, number, number, number, quality=[BAD | SENSOR] * 4)
    assert {value.value for value in (await values(place)).values()} == {None}


async def test_values_of_asked_points_come_in_the_asked_order() -> None:
    place = hall()
    place.read(1.0, 2.0, 3.0)
    assert list(await values(place, "?point=sol1.out_t&point=vp1.return_t")) == ["sol1.out_t", "vp1.return_t"]


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        ("vp1.suply_t", "there is no point 'vp1.suply_t'; nearest: 'vp1.supply_t'"),
        ("vp2.supply_t", "there is no point 'vp2.supply_t'; nearest: device 'vp1'"),
        ("qqqqqq", "there is no point 'qqqqqq'"),
        ("", "there is no point ''"),
    ],
)
async def test_an_unknown_point_is_named_with_the_nearest(id_: str, said: str) -> None:
    async with serving(hall()) as client:
        response = await client.get("/api/v1/values", params={"point": id_})
    problem = strict_json(response)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"] == said
    assert problem["errors"] == [{"field": "point", "message": said}]
    assert problem["type"] == "urn:sdanlegg:problem:unknown-point"


async def test_every_reason_has_its_word() -> None:
    place = hall([point("a")])
    place.read(1.0, quality=[BAD | STALE | COMM | 0x07FF])
    assert (await values(place))["vp1.a"].reasons == reasons(0x87FF)
    assert len(reasons(0x87FF)) == 11
