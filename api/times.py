"""Instants at the API's edge: ns since 1970 UTC inside, ISO 8601 outside."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from sdanlegg.clock import SECOND_NS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # what a hall can be asked of
LAST = datetime(2100, 1, 1, tzinfo=UTC)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
LOST_PLUS = re.compile(r" (?=\d\d:\d\d$)")


def _rfc3339(value: object) -> object:
    """Refuse bare numbers and dates; give back the + of an offset, which an unescaped URL has turned into a space."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError(
            "write an instant with its offset, such as 2026-11-23T10:00:00Z or 2026-11-23T11:00:00%2B01:00"
        )
    return LOST_PLUS.sub("+", value)


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc3339),
    Field(description="instant with its offset (RFC 3339)", examples=["2026-11-23T10:00:00Z"]),
]


def to_ns(instant: datetime) -> int:
    """Whole microseconds of an aware instant, as ns since 1970 UTC."""
    return (instant - EPOCH) // timedelta(microseconds=1) * 1000


def iso(t_ns: int) -> str:
    """UTC with milliseconds, cut (never rounded up into a second that has not come)."""
    whole, rest = divmod(t_ns, SECOND_NS)
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"
