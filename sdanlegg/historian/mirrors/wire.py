"""The connection to one engine: lines out through influxdb-client, answers in as they come."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
import structlog
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from yarl import URL

from sdanlegg.historian.mirrors import MirrorError, MirrorSettings
from sdanlegg.historian.mirrors.faults import mapped, of_answer

PATIENCE_S: Final = 60.0  # how long a long question may be silent
BODY_BYTES: Final = 1 << 20  # the HTTP client warns above: one larger piece holds up the event loop
_OTHERS: Final = 0o077  # permission bits of everybody but the owner

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
log = structlog.get_logger("mirror")


def read_token(settings: MirrorSettings) -> str | None:
    """Token in the mirror's file, None without one; MirrorError if it cannot be read or is empty."""
    if settings.token_file is None:
        return None
    path: Path = settings.token_file
    try:
        token = path.read_text(encoding="utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a text"
        raise MirrorError(
            f"mirror {settings.name!r}: the token file {path} cannot be read: {reason}", "denied"
        ) from err
    if not token or not token.isprintable() or " " in token:
        raise MirrorError(f"mirror {settings.name!r}: the token file {path} must hold one token, on one line", "denied")
    if mode & _OTHERS:
        log.warning("mirror_token_open", mirror=settings.name, file=str(path), mode=f"{mode & 0o777:o}", should="600")
    return token


class Wire:
    """Requests to one engine; every failure comes as MirrorError. Retry is not here."""

    def __init__(self, settings: MirrorSettings, lines: InfluxDBClientAsync, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self._lines = lines
        self._session = session

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: MirrorSettings) -> AsyncIterator["Wire"]:
        """Have connections ready; nothing is sent yet."""
        token = read_token(settings)
        scheme = "Token" if settings.kind == "influx" else "Bearer"
        headers = {"Authorization": f"{scheme} {token}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=settings.timeout_s, sock_read=PATIENCE_S)
        client = InfluxDBClientAsync(
            settings.url.rstrip("/"), token or "", settings.org, timeout=int(settings.timeout_s * 1e3)
        )
        async with client, aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            for key, header in headers.items():
                client.api_client.default_headers[key] = header
            yield cls(settings, client, session)

    async def write(self, lines: Sequence[bytes]) -> None:
        """Send lines, BODY_BYTES a request; MirrorError unless the engine says that it took them all."""
        for body in _bodies(lines):
            with mapped(self.settings.name):
                api = self._lines.write_api()
                taken = await api.write(self.settings.bucket, self.settings.org, record=body)  # ns is its default
            if not taken:
                text = f"mirror {self.settings.name!r}: what answers at {self.settings.url} is no engine"
                raise MirrorError(text, "missing")

    async def lines(self, path: str, params: Fields = (), form: Fields | None = None) -> AsyncGenerator[bytes, None]:
        """Lines of the answer of <read_url><path>, as they come; a form makes it a POST."""
        url = self.settings.read_url.rstrip("/") + path
        with mapped(self.settings.name):
            async with self._session.request(
                "GET" if form is None else "POST", url, params=params, data=form
            ) as answer:
                if answer.status != 200:
                    body = await answer.content.read(4096)
                    raise of_answer(self.settings.name, answer.status, answer.headers, body)
                rest = b""
                async for data in answer.content.iter_any():
                    *whole, rest = (rest + data).split(b"\n")
                    for line in filter(bytes.strip, whole):
                        yield line
                if rest.strip():
                    yield rest

    async def json(
        self, method: str, url: str, params: Fields = (), body: Any = None
    ) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and document of a short answer, whatever its status; None for an empty one."""
        short = aiohttp.ClientTimeout(total=self.settings.timeout_s)
        with mapped(self.settings.name):
            async with self._session.request(method, url, params=params, json=body, timeout=short) as answer:
                content = await answer.read()
                if answer.status >= 400 and "json" not in answer.content_type:  # a proxy's page speaks for no engine
                    raise of_answer(self.settings.name, answer.status, answer.headers, content)
                return answer.status, answer.headers, self.loads(content) if content else None

    async def started(self) -> float | None:
        """When the engine's process began, s since 1970; None where it does not tell."""
        found = re.search(r"^process_start_time_seconds ([0-9.e+]+)$", await self.metrics(), re.MULTILINE)
        return float(found[1]) if found else None

    async def metrics(self) -> str:
        """What the engine tells of itself, in Prometheus' format; empty where it does not."""
        url = URL(self.settings.url)
        if url.path.strip("/"):
            return ""  # one of a cluster's doors, or a proxy: not what keeps the samples
        short = aiohttp.ClientTimeout(total=self.settings.timeout_s)
        with mapped(self.settings.name):
            async with self._session.get(url / "metrics", timeout=short) as answer:
                return await answer.text(errors="replace") if answer.status == 200 else ""

    def loads(self, content: bytes) -> Any:
        """JSON document; MirrorError if it is none."""
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as err:
            text = f"mirror {self.settings.name!r}: what answers at {self.settings.read_url} does not speak JSON"
            raise MirrorError(text, "missing") from err


def _bodies(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Lines as bodies of requests, in their order; one that is empty if there is no line."""
    body = b"\n".join(lines)
    if len(body) <= BODY_BYTES or len(lines) == 1:
        yield body
        return
    half = len(lines) // 2
    yield from _bodies(lines[:half])
    yield from _bodies(lines[half:])
