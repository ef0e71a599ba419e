"""The dashboard's files: headers, caching, and nothing outside their folder."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest

from tests.support.api_hall import hall, serving

SCRIPT = b"console.log('hei')\n" * 50


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "_web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Holmen</title>" + "<p>å</p>" * 50, encoding="utf-8")
    (folder / "assets" / "index-B4x_9-Zq.js").write_bytes(SCRIPT)
    (folder / "assets" / "figtree-CqyM1nP4.woff2").write_bytes(b"wOF2")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / ".fingerprint").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    return folder


async def test_the_page_is_served_with_its_guards(built: Path) -> None:
    async with serving(hall(pages=built)) as client:
        page = await client.get("/")
        named = await client.get("/index.html")
        again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert named.text == page.text
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers


async def test_hashed_assets_are_kept_for_ever_and_others_asked_for_anew(built: Path) -> None:
    async with serving(hall(pages=built)) as client:
        script = await client.get("/assets/index-B4x_9-Zq.js")
        font = await client.get("/assets/figtree-CqyM1nP4.woff2")
        icon = await client.get("/favicon.svg")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.content == SCRIPT
    assert "immutable" in font.headers["cache-control"]
    assert font.headers["content-type"] == "font/woff2"
    assert icon.headers["cache-control"] == "no-cache"


async def test_files_go_zipped_to_who_can_unzip(built: Path) -> None:
    async with serving(hall(pages=built)) as client:
        zipped = await client.send(client.build_request("GET", "/assets/index-B4x_9-Zq.js"), stream=True)
        raw = b"".join([chunk async for chunk in zipped.aiter_raw()])
        await zipped.aclose()
        plain = await client.get("/assets/index-B4x_9-Zq.js", headers={"Accept-Encoding": "identity"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == SCRIPT
    assert len(raw) < len(SCRIPT)
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/.fingerprint",
        "/../outside.txt",
        "/assets/../../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/assets/..%5c..%5coutside.txt",
        "//etc/passwd",
        "/assets/",
        "/assets",
        "/index.html/",
        "/index.html%00",
    ],
)
async def test_nothing_but_the_built_files_is_served(built: Path, path: str) -> None:
    async with serving(hall(pages=built)) as client:
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    assert re.match(rb"HTTP/1.1 40[04] ", answer), answer[:200]
    assert b"secret" not in answer


@pytest.mark.parametrize("folder", [None, "empty", "absent"])
async def test_pages_that_are_not_built_say_how(tmp_path: Path, folder: str | None) -> None:
    (tmp_path / "empty").mkdir()
    async with serving(hall(pages=None if folder is None else tmp_path / folder)) as client:
        response = await client.get("/")
        api = await client.get("/api/v1/values")
    assert response.status_code == 503
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Sidene er ikke bygd" in response.text
    assert "pip install ." in response.text
    assert api.status_code == 200
