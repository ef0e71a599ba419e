"""The dashboard's built files: read once, served from memory, so no path can lead out of their folder."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from api.points import matches

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
COMPACT = {".ico", ".png", ".woff2"}  # gzip gains nothing
HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+$")  # as Vite names them: another content has another name
NOT_BUILT = """<!doctype html>
<html lang="nb"><meta charset="utf-8"><title>SD-anlegg</title>
<p>Sidene er ikke bygd. Kjør <code>pip install .</code> i kildemappen og start tjenesten på nytt; programmet svarer
likevel på <a href="/api/v1/values">/api/v1</a>.</p>
<p lang="en">The pages are not built. Run <code>pip install .</code> in the source folder and start the service anew;
the API answers all the same at <a href="/api/v1/values">/api/v1</a>.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file, with the headers it goes out under."""

    body: bytes
    zipped: bytes | None
    media_type: str
    etag: str
    cache: str

    async def __call__(self, request: Request) -> Response:
        """Answer a GET of this file."""
        headers = {**PAGE_HEADERS, "ETag": self.etag, "Cache-Control": self.cache}
        if matches(request.headers.get("if-none-match"), self.etag):
            return Response(status_code=304, headers=headers)
        if self.zipped is None:
            return Response(self.body, headers=headers, media_type=self.media_type)
        headers["Vary"] = "Accept-Encoding"
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.body, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.zipped, headers=headers, media_type=self.media_type)


def load(folder: Path) -> dict[str, Asset]:
    """Every file under the folder by its path in the address; hidden files are left out."""
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return {name: _asset(folder / name, name) for name in names if "/." not in f"/{name}"}


def _asset(path: Path, name: str) -> Asset:
    body = path.read_bytes()
    return Asset(
        body,
        None if path.suffix in COMPACT else gzip.compress(body, mtime=0),
        TYPES.get(path.suffix, "application/octet-stream"),
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "public, max-age=31536000, immutable" if HASHED.search(name) else "no-cache",
    )


async def not_built(_: Request) -> Response:
    """Say that there are no pages, and how to get them."""
    return HTMLResponse(NOT_BUILT, 503, {**PAGE_HEADERS, "Cache-Control": "no-store"})


def add_pages(app: FastAPI, folder: Path | None) -> None:
    """Serve index.html at the root and every other file under its name; a sentence where the pages are not built."""
    assets = {} if folder is None or not folder.is_dir() else load(folder)
    index = assets.get("index.html")
    app.add_route("/", not_built if index is None else index.__call__, include_in_schema=False)
    for name, asset in assets.items():
        app.add_route(f"/{name}", asset.__call__, include_in_schema=False)
