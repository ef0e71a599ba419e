"""What an engine's refusal means for whoever feeds it: one sentence and one fault. Pure."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import orjson
from influxdb_client.rest import ApiException

from sdanlegg.historian.mirrors import Fault, MirrorError

FAULTS: Final[Mapping[int, Fault]] = {
    400: "refused",
    401: "denied",
    403: "denied",
    404: "missing",
    413: "too_large",
    422: "refused",
    429: "busy",
}
_SAID: Final[Mapping[Fault, str]] = {
    "refused": "does not take it",
    "denied": "does not accept the token",
    "missing": "does not know the database, the bucket or the path",
    "too_large": "finds it too large",
    "busy": "has no time now",
    "failing": "failed",
    "unreachable": "cannot be reached",
}
_WORDS: Final = 300  # characters of the engine's own words that are passed on


def of_answer(
    name: str, status: int, headers: Mapping[str, str], body: bytes, now: datetime | None = None
) -> MirrorError:
    """Error for an answer that is no success: its fault, and the engine's own words."""
    wait_s = retry_after_s(headers.get("Retry-After"), now or datetime.now(UTC))
    fault: Fault = FAULTS.get(status, "failing")
    if status == 503 and wait_s is not None:
        fault = "busy"
    words = said(body)
    return MirrorError(f"mirror {name!r} {_SAID[fault]} ({status}{': ' + words if words else ''})", fault, wait_s)


def said(body: bytes) -> str:
    """The engine's own words in the body of an answer, shortened, in one line."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = body.decode("utf-8", "replace")
    if isinstance(document, dict):
        document = document.get("message") or document.get("error") or ""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", str(document))).strip()[:_WORDS]


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait that a Retry-After asks for, as a number or as a date; None if it asks for nothing readable."""
    if header is None:
        return None
    if re.fullmatch(r"\d{1,9}", header.strip()):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


@contextmanager
def mapped(name: str) -> Iterator[None]:
    """Turn what the HTTP client and influxdb-client raise into MirrorError; secrets are in none of these texts."""
    try:
        yield
    except ApiException as err:
        body = err.body if isinstance(err.body, bytes) else str(err.body or err.reason or "").encode()
        raise of_answer(name, int(err.status or 0), dict(err.headers or {}), body) from err
    except TimeoutError as err:
        raise MirrorError(f"mirror {name!r} cannot be reached: no answer in time", "unreachable") from err
    except (aiohttp.ClientError, OSError) as err:
        raise MirrorError(
            f"mirror {name!r} cannot be reached: {str(err) or type(err).__name__}", "unreachable"
        ) from err
