"""The built page: its files read once and served from memory, so no address can lead out of their folder."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
ZIPPED = {".css", ".html", ".js", ".md", ".svg"}
HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+$")  # as the build names them: another content has another name
NOT_BUILT = """<!doctype html>
<html lang="nb"><meta charset="utf-8"><title>Energien akkurat nå</title>
<p>Siden er ikke bygd. Kjør <code>pip install .</code> i kildemappen og start på nytt.</p>
<p lang="en">The page is not built. Run <code>pip install .</code> in the source folder and start anew.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file and the headers it goes out under."""

    body: bytes
    zipped: bytes | None
    media_type: str
    etag: str
    cache: str

    async def __call__(self, request: Request) -> Response:
        """Answer a GET or HEAD of this file."""
        headers = {"ETag": self.etag, "Cache-Control": self.cache}
        if unchanged(request, self.etag):
            return Response(status_code=304, headers=headers)
        body = self.body
        if self.zipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"], body = "gzip", self.zipped
        return Response(body, headers=headers, media_type=self.media_type)


def unchanged(request: Request, etag: str) -> bool:
    """Whether the client already holds what this tag stands for."""
    held = request.headers.get("if-none-match", "")
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in held.split(","))


def read_pages(folder: Path) -> dict[str, Asset]:
    """Every file of the built page by its path in the address; none if it was never built."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: _asset(folder / name, name) for name in names if "/." not in f"/{name}"}


def build_of(assets: dict[str, Asset]) -> str:
    """A name for this build of the page: another page has another."""
    return hashlib.sha256("".join(sorted(asset.etag for asset in assets.values())).encode()).hexdigest()[:16]


async def not_built(_: Request) -> Response:
    """Say that there is no page, and how to get it."""
    return HTMLResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})


def _asset(path: Path, name: str) -> Asset:
    body = path.read_bytes()
    return Asset(
        body,
        gzip.compress(body, mtime=0) if path.suffix in ZIPPED else None,
        TYPES.get(path.suffix, "application/octet-stream"),
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "public, max-age=31536000, immutable" if HASHED.search(name) else "no-cache",
    )
