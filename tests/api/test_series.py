"""History in columns: gaps, limits, refusals."""

from datetime import datetime
from typing import Any

import pytest

from api.schemas import Series
from api.series import MAX_CELLS, MAX_ROWS, every_s
from sdanlegg.clock import SECOND_NS
from tests.support.api_hall import POINTS, hall, point, serving, strict_json, with_text
from tests.support.api_series import T0_MS, T0_NS, asked, filled, problem, series


async def test_raw_samples_come_in_columns_with_null_for_gaps() -> None:
    found = await series(filled(), asked(["vp1.supply_t", "vp1.return_t"], 8))
    assert found.points == ["vp1.supply_t", "vp1.return_t"]
    assert found.units == ["°C", "°C"]
    assert found.t_ms == [T0_MS + 1000 * i for i in range(8)], "the end is not part of the range"
    assert found.v == [[40.0 + i for i in range(8)], [1.0, None, None, None, 3.0, None, None, None]]
    assert found.q == [[0] * 8, [0, None, 2, None, 1, None, 2, None]]
    assert (found.coverage, found.every_s, found.texts) == (None, None, {})


async def test_intervals_come_with_coverage() -> None:
    found = await series(filled(), asked(["vp1.supply_t", "vp1.return_t"], 8, every="4s"))
    assert found.every_s == 4
    assert found.t_ms == [T0_MS, T0_MS + 4000]
    assert found.v == [[41.5, 45.5], [1.0, None]]
    assert found.coverage == [[1.0, 1.0], [0.5, 0.0]]


async def test_the_order_of_the_points_is_the_askers_and_a_double_is_one() -> None:
    found = await series(filled(), asked(["vp1.return_t", "vp1.supply_t", "vp1.return_t"]))
    assert found.points == ["vp1.return_t", "vp1.supply_t"]
    assert found.v[1][0] == 40.0


async def test_an_empty_range_of_history_is_empty_columns() -> None:
    place = filled()
    far = {"point": "vp1.supply_t", "start": "2020-01-01T00:00:00Z", "end": "2020-01-01T01:00:00Z"}
    found = await series(place, far)
    assert (found.t_ms, found.v, found.q) == ([], [[]], [[]])


async def test_a_point_never_stored_is_a_column_of_gaps_beside_the_others() -> None:
    found = await series(filled(), asked(["sol1.out_t", "vp1.supply_t"], every="5s"))
    assert found.v == [[None, None], [42.0, 47.0]]
    assert found.q == [[None, None], [0, 0]]
    assert found.coverage == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(("more", "coverage"), [({}, None), ({"every": "1min"}, [[]])])
async def test_nothing_ever_stored_is_empty(more: dict[str, Any], coverage: list[Any] | None) -> None:
    found = await series(hall(), asked("sol1.out_t", **more))
    assert (found.points, found.t_ms, found.v, found.coverage) == (["sol1.out_t"], [], [[]], coverage)


async def test_texts_come_as_codes_with_their_words_and_have_no_mean() -> None:
    place = filled()
    code = with_text(place, "EM340")
    place.read(1.0, 2.0, 3.0, code)
    place.history.add("vp1.model", T0_NS, code)
    place.history.add("vp1.model", T0_NS + SECOND_NS, 77.0)
    found = await series(place, asked(["vp1.model", "vp1.supply_t"]))
    assert found.v[0][:2] == [code, 77.0]
    assert found.texts == {str(int(code)): "EM340"}
    refused = hall()
    assert "texts have no mean" in (await problem(refused, asked("vp1.model", every="1min")))["detail"]
    assert refused.history.reads == 0


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("1min", 60), ("15min", 900), ("1h", 3600), ("24h", 86_400), ("7", 7)]
)
def test_intervals_as_people_write_them(text: str, seconds: int) -> None:
    assert every_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0s", "-1s", "1.5s", "2d", "1D", "1 min", "min", "1e3", "٣s", "9999999h", "1s\n"]
)
async def test_what_is_no_interval_is_refused_by_name(text: str) -> None:
    found = await problem(hall(), asked(every=text))
    assert [error["field"] for error in found["errors"]] == ["every"]


@pytest.mark.parametrize(
    ("start", "end", "fields", "words"),
    [
        ("2026-11-23T10:00:00", "2026-11-23T11:00:00Z", ["start"], "offset"),
        ("2026-11-23T10:00:00", "2026-11-23T11:00:00", ["start", "end"], "offset"),
        ("2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z", ["end"], "later than start"),
        ("2026-11-23T11:00:00Z", "2026-11-23T12:00:00+01:00", ["end"], "later than start"),
        ("2026-11-23", "2026-11-24", ["start", "end"], "instant with its offset"),
        ("1795428000", "1795428100", ["start", "end"], "instant with its offset"),
        ("now", "2026-11-23T10:00:00Z", ["start"], "instant with its offset"),
        ("0001-01-01T00:00:00+14:00", "2026-11-23T10:00:00Z", ["start"], "between 2000-01-01 and 2100-01-01"),
        ("2026-11-23T10:00:00Z", "9999-12-31T23:59:59-14:00", ["end"], "between 2000-01-01 and 2100-01-01"),
        ("2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z", ["end"], "3660 days at most"),
        ("2026-11-23T10:61:00Z", "2026-11-23T12:00:00Z", ["start"], "valid datetime"),
    ],
)
async def test_times_that_cannot_be_are_refused_by_name(start: str, end: str, fields: list[str], words: str) -> None:
    place = hall()
    found = await problem(place, {"point": "vp1.supply_t", "start": start, "end": end, "every": "1h"})
    assert [error["field"] for error in found["errors"]] == fields
    assert words in found["detail"]
    assert place.history.reads == 0


async def test_an_offset_whose_plus_was_not_escaped_is_understood() -> None:
    async with serving(filled()) as client:
        query = "point=vp1.supply_t&start=2026-11-23T11:00:00+01:00&end=2026-11-23T11:00:05+01:00"
        response = await client.get(f"/api/v1/series?{query}")
    assert Series.model_validate_json(response.content).t_ms == [T0_MS + 1000 * i for i in range(5)]


async def test_hours_that_come_twice_are_told_apart_by_their_offset() -> None:
    place = hall()
    for offset in (2, 1):
        hour = datetime.fromisoformat(f"2026-10-25T02:30:00+0{offset}:00")
        place.history.add("vp1.supply_t", int(hour.timestamp()) * SECOND_NS, float(offset))
    query = {"point": "vp1.supply_t", "start": "2026-10-25T02:00:00+01:00", "end": "2026-10-25T03:00:00+01:00"}
    assert (await series(place, query)).v == [[1.0]]


async def test_too_long_raw_names_an_every_that_is_then_taken() -> None:
    place = hall()
    day = {"point": "vp1.supply_t", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
    async with serving(place) as client:
        refused = await client.get("/api/v1/series", params=day)
        assert refused.status_code == 422
        assert place.history.reads == 0
        found = strict_json(refused)
        assert [error["field"] for error in found["errors"]] == ["every"]
        assert f"{MAX_ROWS} at most" in found["detail"]
        every = found["detail"].split("give every=")[1].split(",")[0]
        taken = await client.get("/api/v1/series", params={**day, "every": every})
    assert every == "10s"
    assert taken.status_code == 200


async def test_slow_points_may_be_read_raw_over_longer_ranges() -> None:
    day = {"point": "sol1.out_t", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
    assert (await series(hall(), day)).t_ms == []


async def test_intervals_too_short_for_the_range_are_refused() -> None:
    week = {"point": "vp1.supply_t", "start": "2026-11-16T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
    assert "604800 rows" in (await problem(hall(), {**week, "every": "1s"}))["detail"]
    assert "give every=60s" not in (await problem(hall(), {**week, "every": "1s"}))["detail"]


async def test_many_points_share_one_bound() -> None:
    place = hall([point(f"p{i}") for i in range(50)])
    seconds = MAX_CELLS // 50 + 100
    found = await problem(place, asked([p.id for p in place.site.points], seconds))
    assert f"{MAX_CELLS // 50} at most" in found["detail"]


async def test_history_denser_than_the_period_tells_is_bounded_too() -> None:
    place = hall()
    for i in range(MAX_ROWS + 2):
        place.history.add("vp1.supply_t", T0_NS + i * 100_000, 1.0)
    assert "give every=" in (await problem(place, asked(seconds=10)))["detail"]


async def test_more_than_fifty_points_are_refused() -> None:
    found = await problem(hall(), asked(["vp1.supply_t"] * 51))
    assert [error["field"] for error in found["errors"]] == ["point"]
    assert "50" in found["detail"]


async def test_what_is_missing_or_surplus_is_named() -> None:
    found = await problem(hall(), {"points": "vp1.supply_t"})
    assert {error["field"] for error in found["errors"]} == {"point", "start", "end", "points"}


async def test_an_unknown_point_is_404_and_named() -> None:
    place = hall()
    found = await problem(place, asked(["vp1.supply_t", "vp1.retur_t"]), 404)
    assert found["detail"] == "there is no point 'vp1.retur_t'; nearest: 'vp1.return_t'"
    assert place.history.reads == 0


async def test_a_store_that_cannot_be_read_is_503() -> None:
    place = filled()
    place.history.broken = "the history in /var/lib/sdanlegg cannot be read: disk I/O error"
    found = await problem(place, asked(), 503)
    assert found["type"] == "urn:sdanlegg:problem:store-unavailable"
    assert found["detail"] == place.history.broken


async def test_a_historian_that_finds_the_answer_too_long_is_422() -> None:
    place = filled()
    place.history.refused = "the answer would take 6000000 values, 5000000 at most"
    found = await problem(place, asked())
    assert found["errors"] == [{"field": "every", "message": place.history.refused}]


async def test_a_history_that_takes_too_long_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.series.READ_S", 0.05)
    place = filled()
    place.history.lasts_s = 60.0
    found = await problem(place, asked(), 503)
    assert found["type"] == "urn:sdanlegg:problem:too-slow"


async def test_every_point_of_the_test_hall_can_be_asked() -> None:
    numbers = [p.id for p in POINTS if p.quantity != "text"]
    assert (await series(filled(), asked(numbers, every="5s"))).points == numbers
