"""Whatever is sent: a problem with its status, never a traceback, never a 5xx of ours."""

import asyncio
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from api.guards import MAX_QUERY
from api.schemas import PointValue, Problem, Series
from tests.support.api_hall import POINTS, Hall, hall, serving, strict_json

GETS = [
    "/api/v1/points",
    "/api/v1/devices",
    "/api/v1/values",
    "/healthz/live",
    "/healthz/ready",
    "/metrics",
    "/openapi.json",
]


def problem(response: httpx.Response, status: int) -> Problem:
    """The problem that a response must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    found = Problem.model_validate_json(response.content)
    assert found.status == status
    return found


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/nope", "/api/v1/points/", "/docs", "/redoc", "/å/%2e%2e", "/%ff"])
async def test_no_such_route_is_a_problem(path: str) -> None:
    async with serving(hall()) as client:
        found = problem(await client.get(path), 404)
    assert found.type == "about:blank"
    assert found.instance.isascii()


async def test_other_methods_are_refused_with_those_that_are_allowed() -> None:
    async with serving(hall()) as client:
        for path in (*GETS, "/api/v1/live", "/api/v1/series"):
            for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
                response = await client.request(method, path)
                problem(response, 405)
                assert response.headers["allow"] == "GET, HEAD"


async def test_head_is_get_without_the_body() -> None:
    async with serving(hall()) as client:
        for path in GETS:
            head, get = await client.head(path), await client.get(path)
            assert head.content == b""
            assert head.status_code == get.status_code
            assert head.headers["content-type"] == get.headers["content-type"]
        assert (await client.head("/api/v1/points")).headers["content-length"]
        assert (await client.head("/nope")).status_code == 404
        stream = await client.head("/api/v1/live")
        assert (stream.status_code, stream.content) == (200, b"")


async def test_an_endless_query_is_refused() -> None:
    async with serving(hall()) as client:
        query = "point=" + "x" * MAX_QUERY
        found = problem(await client.get(f"/api/v1/values?{query}"), 414)
    assert str(MAX_QUERY) in found.detail


async def test_many_surplus_fields_do_not_make_an_endless_answer() -> None:
    async with serving(hall()) as client:
        query = "&".join(f"a{i}=1" for i in range(3000))
        response = await client.get(f"/api/v1/values?{query}")
    assert len(problem(response, 422).errors) == 20
    assert len(response.content) < 10_000


@pytest.mark.parametrize(
    "query", ["point=%ff%fe", "point=%ed%a0%80", "point=%00", "point=%F0%9F%8F%8A", "%ff=%ff", "&&&="]
)
async def test_bytes_that_are_no_text_are_answered(query: str) -> None:
    async with serving(hall()) as client:
        for path in ("/api/v1/values", "/api/v1/series"):
            response = await client.get(f"{path}?{query}")
            assert response.status_code in {200, 404, 422}
            strict_json(response)


async def test_raw_bytes_in_the_address_do_not_end_the_service() -> None:
    async with serving(hall()) as client:
        for line in (b"GET /api/v1/values?point=\xff\xfe HTTP/1.1", b"GET /\xff HTTP/1.1", b"\x00\x01\x02", b"GET"):
            reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
            writer.write(line + b"\r\nHost: hall\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            assert b" 500 " not in answer.split(b"\r\n")[0]
        assert (await client.get("/healthz/live")).status_code == 200


async def test_an_error_of_ours_is_logged_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    place = hall()
    monkeypatch.setattr(place.history, "read", _secret)
    query = {"point": "vp1.supply_t", "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:00:05Z"}
    async with serving(place) as client:
        with capture_logs() as logs:
            response = await client.get("/api/v1/series", params=query)
    found = problem(response, 500)
    assert found.type == "urn:sdanlegg:problem:internal"
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    (line,) = [line for line in logs if line["event"] == "request_failed"]
    assert line["path"] == "/api/v1/series"
    assert "secret" in line["err"]
    assert "Traceback" in line["err"]


async def _secret(*_: Any) -> None:
    raise RuntimeError("secret")


VALUES = TypeAdapter(list[PointValue])
IDS = [p.id for p in POINTS]
TIMES = st.one_of(
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda t: t.isoformat()),
    st.sampled_from(
        ["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", "2026-11-23T11:00:00+01:00", "2026-11-24T00:00:00Z"]
    ),
    st.text(max_size=30),
)
EVERY = st.one_of(st.sampled_from(["10s", "1min", "1h", "900", "0", "1d"]), st.text(max_size=10))
POINT = st.tuples(st.just("point"), st.one_of(st.sampled_from(IDS), st.text(max_size=40)))
PAIR = st.one_of(
    POINT,
    st.tuples(st.just("start"), TIMES),
    st.tuples(st.just("end"), TIMES),
    st.tuples(st.just("every"), EVERY),
    st.tuples(st.text(max_size=8), st.text(max_size=8)),
)
WELL_MEANT = st.fixed_dictionaries(
    {"point": st.lists(st.sampled_from(IDS), max_size=4), "start": TIMES, "end": TIMES}, optional={"every": EVERY}
).map(lambda fields: urlencode(fields, doseq=True))
QUERY = st.one_of(
    WELL_MEANT,
    st.lists(POINT, min_size=1, max_size=4).map(urlencode),
    st.lists(PAIR, max_size=6).map(urlencode),
    st.binary(max_size=60).map(quote_from_bytes),
)
PATH = st.sampled_from(["/api/v1/series", "/api/v1/series", "/api/v1/values", "/api/v1/points", "/api/v1/devices"])


def fuzz(address: str) -> set[int]:
    """Ask anything; the statuses that were met."""
    met: set[int] = set()

    @settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(PATH, QUERY)
    def ask(path: str, query: str) -> None:
        response = client.get(f"{path}?{query}")
        met.add(response.status_code)
        assert response.status_code in {200, 404, 422}, response.text
        strict_json(response)
        if response.status_code != 200:
            problem(response, response.status_code)
        elif path == "/api/v1/series":
            found = Series.model_validate_json(response.content)
            assert {len(column) for column in found.v} == {len(column) for column in found.q} == {len(found.t_ms)}
        elif path == "/api/v1/values":
            VALUES.validate_json(response.content)

    with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
        ask()
    return met


def filled() -> Hall:
    place = hall()
    place.read(45.25, 40.0, 120.0)
    for i in range(60):
        place.history.add("vp1.supply_t", (1_795_428_000 + 60 * i) * 10**9, 40.0 + i)
    return place


async def test_whatever_is_asked_is_answered_or_refused() -> None:
    async with serving(filled()) as client:
        met = await asyncio.to_thread(fuzz, str(client.base_url))
    assert met == {200, 404, 422}, "the questions were too tame"
