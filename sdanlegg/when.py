"""Times as people write them and read them: dates and clock times of the hall, instants with an offset. Pure."""

from datetime import UTC, date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.readings import TimeArray

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SLOT_NS: Final = 900 * SECOND_NS  # every zone's clock changes at a quarter of an hour


class TimeError(SdError):
    """Somebody wrote a time that is none, or that the hall's clock shows never or twice."""


def instant_ns(text: str, zone: ZoneInfo) -> int:
    """Ns since 1970 UTC of a date (its first instant in the zone), a clock time of the zone, or one with an offset.

    TimeError: not ISO 8601, or a clock time that the zone skips or shows twice that day.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        shape = "write 2026-01-31, 2026-01-31T06:30 (the hall's clock) or 2026-01-31T06:30+01:00"
        raise TimeError(f"{text!r} is not a date or a time: {shape}") from error
    if given.tzinfo is None:
        given = _first(given, zone) if _is_date(text) else _shown_once(text, given, zone)
    span = given - _EPOCH
    return (span.days * 86_400 + span.seconds) * SECOND_NS + span.microseconds * 1000


def iso_texts(t_ns: TimeArray, zone: ZoneInfo, *, unit: Literal["ns", "s"] = "ns") -> list[str]:
    """Local ISO 8601 times with offset of instants (n,); unit ns or s says how many digits of the second."""
    if not t_ns.size:
        return []
    slots, which = np.unique(t_ns // _SLOT_NS, return_inverse=True)
    offsets = [_offset_s(int(slot) * _SLOT_NS, zone) for slot in slots.tolist()]
    local = t_ns + np.array(offsets, np.int64)[which] * SECOND_NS
    clock = np.datetime_as_string(local.astype("datetime64[ns]"), unit=unit)
    suffix = np.array([_offset_text(offset) for offset in offsets])[which]
    texts: list[str] = np.strings.add(clock, suffix).tolist()
    return texts


def utc_text(t_ns: int) -> str:
    """ISO 8601 text of an instant, UTC, to the second."""
    return datetime.fromtimestamp(t_ns // SECOND_NS, UTC).isoformat().replace("+00:00", "Z")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _first(midnight: datetime, zone: ZoneInfo) -> datetime:
    """First instant of a day; where midnight is skipped, the instant at which the clock jumps over it."""
    return midnight.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _shown_once(text: str, clock: datetime, zone: ZoneInfo) -> datetime:
    early, late = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    if early.astimezone(zone).replace(tzinfo=None) != clock:
        raise TimeError(f"{text!r} is a time that the clock in {zone.key} skips that day")
    offsets = " or ".join(_offset_text(_seconds(t, zone)) for t in (early, late))
    raise TimeError(f"{text!r} is shown twice by the clock in {zone.key}: write the offset, {offsets}")


def _offset_s(t_ns: int, zone: ZoneInfo) -> int:
    return _seconds(datetime.fromtimestamp(t_ns // SECOND_NS, UTC), zone)


def _seconds(instant: datetime, zone: ZoneInfo) -> int:
    offset = instant.astimezone(zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _offset_text(offset_s: int) -> str:
    minutes = abs(offset_s) // 60
    return f"{'-' if offset_s < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
