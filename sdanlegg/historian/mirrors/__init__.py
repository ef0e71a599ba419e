"""Mirrors: other engines that get a copy of the history. They are fed from the local store and may be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sdanlegg.errors import StoreError
from sdanlegg.historian import Historian

Fault = Literal[
    "unreachable",  # no connection, it broke, or no answer in time
    "failing",  # 5xx, read-only: it may come back by itself
    "busy",  # 429, 503 with Retry-After
    "denied",  # 401, 403: the token
    "missing",  # 404: the database, the bucket or the path
    "too_large",  # 413: fewer lines
    "refused",  # 400, 422: at least one line is wrong
]


class MirrorError(StoreError):
    """A mirror did not take or give what it was asked to; the text is a sentence for the operator."""

    def __init__(self, text: str, fault: Fault, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.fault = fault
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """One mirror as site.toml names it."""

    name: str  # stable for ever: the cursor goes by it
    kind: Literal["influx", "victoria"]
    url: str  # lines go to <url>/api/v2/write
    read_url: str  # questions go to <read_url>/query, /api/v1/export, /api/v1/query_range
    org: str = ""
    bucket: str = "sdanlegg"
    token_file: Path | None = None
    timeout_s: float = 10.0
    spool_bytes: int = 4 << 30


class Mirror(Historian, Protocol):
    """One engine. Writing the same lines twice is harmless: a sample is known by its point and time."""

    name: str

    async def prepare(self) -> None:
        """See to it that the place for the lines is there: make it, or say in a MirrorError what is missing."""
        ...

    async def write(self, lines: Sequence[bytes]) -> None:
        """Hand over lines of lines.render; MirrorError when the engine did not say that it took all of them."""
        ...

    async def heartbeats(self, start_ns: int, end_ns: int) -> list[int]:
        """Times of the heartbeat lines of this hall that the engine gives back, ns, ascending."""
        ...

    async def started(self) -> float | None:
        """When the engine's process began, unix s, from its own /metrics; None if it does not tell.

        An engine that is killed and is back between two writes shows no broken connection; this tells it.
        """
        ...
