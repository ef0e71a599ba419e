"""The foyer's web app: its few routes, what guards them, and that nothing else answers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from foyer_display.app import create_app
from foyer_display.feed import Feed
from sdanlegg.clock import SECOND_NS
from tests.support.clocks import SetClock
from tests.support.foyer import summer, write

PAGE = b"<!doctype html><title>page</title>" + b"<p>energy</p>" * 50


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "energy.json"
    write(path, summer())
    return path


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "_web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "assets" / "index-Ab12_-Cd.js").write_bytes(b"'use strict'\n" * 40)
    (folder / "assets" / "font-Ab12_-Cd.woff2").write_bytes(bytes(range(256)))
    (folder / "third-party.md").write_bytes(b"# Licenses\n")
    (folder / ".fingerprint").write_bytes(b"secret")
    return folder


@pytest.fixture
def app(snapshot: Path, pages: Path) -> Starlette:
    return create_app(snapshot, pages)


def feed_of(app: Starlette) -> Feed:
    feed: Feed = app.state.feed
    return feed


@asynccontextmanager
async def asking(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, whose feed has looked once."""
    feed_of(app).look()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://foyer") as client:
        yield client


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app) as made:
        yield made


def protected(response: httpx.Response) -> None:
    """Every answer carries what keeps a page in a public room safe."""
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in response.headers
    assert "server" not in response.headers


async def test_the_page_is_at_the_root(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert (page.status_code, page.content) == (200, PAGE)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    protected(page)
    again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    protected(again)


async def test_hashed_assets_are_kept_for_ever_others_are_asked_for(client: httpx.AsyncClient) -> None:
    script = await client.get("/assets/index-Ab12_-Cd.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-encoding"] == "gzip"
    assert script.content == b"'use strict'\n" * 40
    protected(script)
    font = await client.get("/assets/font-Ab12_-Cd.woff2")
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers
    notice = await client.get("/third-party.md")
    assert notice.headers["cache-control"] == "no-cache"


async def test_who_cannot_unzip_gets_it_plain(client: httpx.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in page.headers
    assert (page.content, page.headers["vary"]) == (PAGE, "Accept-Encoding")


async def test_the_snapshot_is_given_as_it_stands_to_everybody(
    app: Starlette, client: httpx.AsyncClient, snapshot: Path
) -> None:
    content = summer(in_kw=1.0)
    write(snapshot, content)
    feed_of(app).look()
    energy = await client.get("/energy.json")
    assert (energy.status_code, energy.content) == (200, orjson.dumps(content))
    assert energy.headers["content-type"] == "application/json"
    assert energy.headers["access-control-allow-origin"] == "*"
    assert energy.headers["cache-control"] == "no-cache"
    protected(energy)
    again = await client.get("/energy.json", headers={"If-None-Match": energy.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"
    other = await client.get("/energy.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_a_head_gives_the_same_headers_and_no_body(client: httpx.AsyncClient) -> None:
    for path in ("/", "/energy.json", "/healthz/live", "/assets/font-Ab12_-Cd.woff2"):
        got, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("content-length") == got.headers.get("content-length")
        protected(head)
    stream = await client.head("/energy/stream")
    assert stream.headers["content-type"].startswith("text/event-stream")


async def test_without_a_snapshot_it_says_so(tmp_path: Path, pages: Path) -> None:
    async with asking(create_app(tmp_path / "nothing.json", pages)) as client:
        energy = await client.get("/energy.json")
        assert energy.status_code == 503
        assert energy.headers["content-type"] == "application/problem+json"
        assert energy.headers["access-control-allow-origin"] == "*"
        assert "no figures" in energy.json()["detail"]
        assert (await client.get("/")).status_code == 200


async def test_a_broken_snapshot_leaves_the_last_sound_one(
    app: Starlette, client: httpx.AsyncClient, snapshot: Path
) -> None:
    sound = (await client.get("/energy.json")).content
    for broken in (b"", sound[:100], b"[]", orjson.dumps(summer() | {"schema": 2})):
        write(snapshot, broken)
        feed_of(app).look()
        assert (await client.get("/energy.json")).content == sound


NOT_HERE = [
    "/index.html",
    "/energy",
    "/energy.json/",
    "/energy/",
    "/energy/stream/",
    "/api/v1/values",
    "/api/v1/points",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/healthz/ready",
    "/.fingerprint",
    "/assets",
    "/assets/",
    "/assets/../.fingerprint",
    "/assets/%2e%2e/%2e%2e/energy.json",
    "/..%2f..%2fetc/passwd",
    "//etc/passwd",
    "/%00",
    "/" + "a" * 8000,
    "/æøå",
]


@pytest.mark.parametrize("path", NOT_HERE)
async def test_nothing_else_answers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    problem(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/energy.json", "/energy/stream", "/healthz/live"])
async def test_only_get_and_head_are_answered(client: httpx.AsyncClient, path: str, method: str) -> None:
    answer = await client.request(method, path, content=b"x" * 100_000)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    problem(answer)


def problem(answer: httpx.Response) -> dict[str, Any]:
    """An error as RFC 9457 wants it, with no word of the program's inside."""
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    assert "Traceback" not in answer.text
    protected(answer)
    return told


async def test_queries_change_nothing(client: httpx.AsyncClient) -> None:
    plain = await client.get("/energy.json")
    asked = await client.get("/energy.json", params={"file": "/etc/passwd", "callback": "x"})
    assert asked.content == plain.content


async def test_a_fault_inside_is_told_without_its_traceback(app: Starlette, client: httpx.AsyncClient) -> None:
    feed_of(app).newest = "not a snapshot"  # type: ignore[assignment]
    answer = await client.get("/energy.json")
    assert answer.status_code == 500
    assert "it is in the log" in problem(answer)["detail"]


async def test_a_page_that_was_never_built_says_how_to_get_it(snapshot: Path, tmp_path: Path) -> None:
    async with asking(create_app(snapshot, tmp_path / "no")) as client:
        page = await client.get("/")
        assert page.status_code == 503
        assert "pip install" in page.text
        protected(page)


async def test_alive_means_that_the_file_is_being_looked_at(snapshot: Path, pages: Path) -> None:
    clock = SetClock()
    async with asking(create_app(snapshot, pages, clock=clock)) as client:
        assert (await client.get("/healthz/live")).json() == {"status": "alive"}
        clock.t_ns += 6 * SECOND_NS
        answer = await client.get("/healthz/live")
        assert answer.status_code == 503
        problem(answer)


async def test_no_more_streams_than_allowed(snapshot: Path, pages: Path) -> None:
    app = create_app(snapshot, pages, max_clients=2)
    async with asking(app) as client:
        feed_of(app).clients = 2
        answer = await client.get("/energy/stream")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        problem(answer)
        assert (await client.get("/energy.json")).status_code == 200


async def test_no_stream_begins_when_it_is_over(app: Starlette, client: httpx.AsyncClient) -> None:
    feed_of(app).end()
    assert (await client.get("/energy/stream")).status_code == 503


def builds(pages: Path, snapshot: Path) -> Iterator[str]:
    """Build id of the page as it is, then after a change of one file."""
    yield feed_of(create_app(snapshot, pages))._build
    yield feed_of(create_app(snapshot, pages))._build
    (pages / "index.html").write_bytes(PAGE + b"<p>new</p>")
    yield feed_of(create_app(snapshot, pages))._build


def test_the_build_is_another_when_the_page_is(pages: Path, snapshot: Path) -> None:
    first, same, other = builds(pages, snapshot)
    assert first == same != other
