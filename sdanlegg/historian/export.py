"""History as rows for other programs: which points, which stretches, and one row a sample or interval."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import apsw
import numpy as np
from numpy.typing import NDArray

from sdanlegg.clock import SECOND_NS
from sdanlegg.config.findings import nearest
from sdanlegg.errors import StoreError, TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame, facts
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.tiers import block_ns
from sdanlegg.quality import NO_SAMPLE, QualityArray, reasons, severity
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.when import iso_texts, utc_text

DAY_NS: Final = 86_400 * SECOND_NS
Every = int | Days | None


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export needs to know of a point, as the history has it."""

    id: str
    unit: str
    is_text: bool
    is_wide: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: half-open [start_ns, end_ns); every None for the samples themselves."""

    points: tuple[Exported, ...]
    start_ns: int
    end_ns: int
    every: Every
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Rows:
    """N rows: which (N,) point of points at which (N,) instant of t_ns; coverage (N,) for intervals, else None."""

    points: Sequence[Exported]
    t_ns: TimeArray
    at: NDArray[np.intp]
    which: NDArray[np.intp]
    values: FloatArray
    quality: QualityArray
    coverage: FloatArray | None
    texts: Mapping[int, str]

    def text(self, row: int) -> str | None:
        """Text that the value of a text point's row stands for; None where there is none."""
        value = self.values[row]
        return self.texts.get(int(value)) if np.isfinite(value) else None


class Sheet(Protocol):
    """Where rows go."""

    def add(self, rows: Rows) -> None:
        """Write rows."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def catalogue(connection: apsw.Connection) -> dict[str, Exported]:
    """Every point that the history knows, by id."""
    found = connection.execute("SELECT id, unit, quantity = 'text', wide FROM point ORDER BY p")
    return {id_: Exported(id_, unit, bool(text), bool(wide)) for id_, unit, text, wide in found}


def choose(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """Ids that the patterns (`hm_*.power`) name, each once, in known's order; without patterns all of them.

    UnknownPointError names the first pattern that fits none, with what comes nearest to it.
    """
    for pattern in wanted:
        if not any(fnmatchcase(id_, pattern) for id_ in known):
            raise UnknownPointError(f"the history has no point {pattern!r}{nearest(pattern, known)}")
    return [id_ for id_ in known if not wanted or any(fnmatchcase(id_, pattern) for pattern in wanted)]


def windows(request: Request) -> list[tuple[int, int]]:
    """The period cut at UTC midnights into pieces as the store has them; intervals of TIERS_S never cross a cut."""
    if isinstance(request.every, Days):
        return [(request.start_ns, request.end_ns)]
    step_ns = DAY_NS if request.every is None else block_ns(request.every // SECOND_NS)
    cuts = np.arange(request.start_ns // step_ns + 1, -(-request.end_ns // step_ns)) * step_ns
    return list(pairwise([request.start_ns, *cuts.tolist(), request.end_ns]))


def batches(request: Request) -> list[list[Exported]]:
    """Points that are asked for together: a device's, since they share instants; for intervals all."""
    if request.every is not None:
        return [list(request.points)]
    devices: dict[str, list[Exported]] = {}
    for point in request.points:
        devices.setdefault(point.id.partition(".")[0], []).append(point)
    return list(devices.values())


async def stretches(reader: LocalReader, request: Request) -> AsyncIterator[Rows]:
    """The rows, one question at a time: by window; in it samples by point and time, intervals by time and point."""
    texts: Mapping[int, str] = {}
    for window in windows(request):
        for points in batches(request):
            if any(point.is_text for point in points):
                texts = await reader.texts()
            async for asked, frame in _frames(reader, points, window, request.every):
                yield _rows(asked, frame, texts)


async def _frames(
    reader: LocalReader, points: Sequence[Exported], window: tuple[int, int], every: Every
) -> AsyncIterator[tuple[Sequence[Exported], Frame]]:
    """The answer, in smaller pieces when it is too large for one: fewer points, in the end less time."""
    try:
        frame = await reader.read([point.id for point in points], *window, every)
    except TooMuchError:
        for fewer, shorter in _halves(points, window, every):
            async for piece in _frames(reader, fewer, shorter, every):
                yield piece
        return
    yield points, frame


def _halves(
    points: Sequence[Exported], window: tuple[int, int], every: Every
) -> Iterator[tuple[Sequence[Exported], tuple[int, int]]]:
    start_ns, end_ns = window
    middle_ns = (start_ns + end_ns) // 2
    if len(points) > 1:
        half = len(points) // 2
        yield points[:half], window
        yield points[half:], window
    elif every is None and start_ns < middle_ns:
        yield points, (start_ns, middle_ns)
        yield points, (middle_ns, end_ns)
    else:
        raise TooMuchError("one point's intervals are more than one answer can hold: ask for a shorter period")


def _rows(points: Sequence[Exported], frame: Frame, texts: Mapping[int, str]) -> Rows:
    if frame.coverage is None:
        which, at = np.nonzero(frame.quality.T != NO_SAMPLE)
    else:
        at, which = np.divmod(np.arange(frame.quality.size), max(1, len(points)))
    coverage = None if frame.coverage is None else frame.coverage[at, which]
    return Rows(points, frame.t_ns, at, which, frame.values[at, which], frame.quality[at, which], coverage, texts)


def quality_words(quality: int) -> tuple[str, str]:
    """Word for the severity and words for the reasons, with blanks between; none where nothing stood."""
    return ("none", "") if quality == NO_SAMPLE else (severity(quality), " ".join(reasons(quality)))


def check_there_is(connection: apsw.Connection, request: Request) -> None:
    """StoreError with the period that the history has, if it has none of what is asked for."""
    first, last = extent(connection, intervals=request.every is not None)
    if first is None or last is None:
        raise StoreError("the history has nothing: no sample was accepted yet, or they are kept no longer")
    if last < request.start_ns or first >= request.end_ns:
        raise nothing_there(request, (first, last))


def nothing_there(request: Request, span: tuple[int, int] | None = None) -> StoreError:
    """The sentence for a period in which none of the points has a sample."""
    asked = " to ".join(iso_texts(np.array([request.start_ns, request.end_ns]), request.zone, unit="s"))
    has = "" if span is None else "; it goes from " + " to ".join(iso_texts(np.array(span), request.zone, unit="s"))
    return StoreError(f"the history has nothing of these points from {asked}{has}")


def extent(connection: apsw.Connection, *, intervals: bool) -> tuple[int | None, int | None]:
    """First and last instant of the history: to the sample where it is not sealed, else to the day.

    Intervals outlive the samples that they were made of.
    """
    first, last = connection.execute("SELECT min(t_ns), max(t_ns) FROM reading").get
    sealed_first, sealed_last = connection.execute("SELECT min(t0_ns), max(t0_ns) FROM chunk").get
    kept = connection.execute("SELECT min(t0_ns) FROM rollup").get if intervals else None
    sealed_ns = facts.read(connection).sealed_ns if intervals else None
    starts = [t for t in (first, sealed_first, kept) if t is not None]
    ends = [t for t in (last, None if sealed_last is None else sealed_last + DAY_NS - 1, sealed_ns) if t is not None]
    return min(starts, default=None), max(ends, default=None)


def corrections_applied(connection: apsw.Connection, request: Request) -> list[dict[str, Any]]:
    """What people corrected in the exported period and have not undone, as it goes into the file's metadata."""
    sql = """SELECT c.id, point.id, action, start_ns, end_ns, gain, shift, actor, reason FROM correction AS c
        JOIN point USING(p) WHERE action <> 'undo' AND start_ns < ? AND end_ns > ?
        AND NOT EXISTS(SELECT 1 FROM correction AS u WHERE u.undoes = c.id) ORDER BY c.id"""
    names = ("id", "point", "action", "from", "to", "gain", "shift", "actor", "reason")
    wanted = {point.id for point in request.points}
    found = [row for row in connection.execute(sql, (request.end_ns, request.start_ns)) if row[1] in wanted]
    made = [dict(zip(names, row, strict=True)) for row in found]
    for row in made:
        row["from"], row["to"] = (utc_text(row[end]) for end in ("from", "to"))
    return made


def metadata(request: Request, site: str, version: str, corrections: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What a file says of itself."""
    every = "samples" if request.every is None else "1d" if isinstance(request.every, Days) else f"{request.every} ns"
    return {
        "site": site,
        "version": version,
        "from": utc_text(request.start_ns),
        "to": utc_text(request.end_ns),
        "zone": request.zone.key,
        "every": every,
        "corrections": json.dumps(list(corrections), ensure_ascii=False),
    }
