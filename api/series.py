"""History in columns: raw samples, or one row an interval."""

import asyncio
import math
import re
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.parts import ApiParts
from api.points import columns_of
from api.problems import ASKS_FOR_POINTS, NO_HISTORY, RefusedError, invalid
from api.schemas import PointId, Series
from api.times import FIRST, LAST, Instant, to_ns
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame, SummingHistorian
from sdanlegg.points import Point
from sdanlegg.quality import BAD, NO_SAMPLE, UNCERTAIN, QualityArray
from sdanlegg.readings import FloatArray

MAX_POINTS = 50
MAX_ROWS = 20_000  # of one answer
MAX_CELLS = 200_000  # rows times points: some 10 ms of encoding, a few MB
READ_S = 30.0
MAX_SPAN_DAYS = 3660
DAY_NS = 86_400 * SECOND_NS
UNITS_S = {"": 1, "s": 1, "min": 60, "h": 3600}
EVERY = r"^(1d|([1-9]\d{0,6})(s|min|h)?)$"
DAYS = "1d"
FIGURES = {"mean": "mean", "min": "low", "max": "high", "first": "first", "last": "last", "count": "count"}
FIGURES_PATTERN = rf"^({'|'.join(FIGURES)})(,({'|'.join(FIGURES)}))*$"
SHORTEST_DAY_NS = 23 * 3600 * SECOND_NS
MAX_EVERY_S = 31 * 86_400
OFFERED_S = (1, 10, 60, 300, 900, 3600, 6 * 3600, 86_400)


def every_s(text: str) -> int:
    """Seconds of an interval such as 10s, 1min, 15min, 1h, or a bare number of seconds; ValueError if it is none."""
    match = re.fullmatch(EVERY.strip("^$"), text, re.ASCII)
    if match is None or match[2] is None:
        raise ValueError("write an interval such as 10s, 1min, 15min or 1h, a whole number of seconds, or 1d")
    seconds = int(match[2]) * UNITS_S[match[3] or ""]
    if seconds > MAX_EVERY_S:
        raise ValueError(f"an interval can be {MAX_EVERY_S // 3600}h at most")
    return seconds


def every_of(text: str | None, zone: ZoneInfo) -> int | Days | None:
    """What the history is asked for: ns, local days of the zone, or None for samples."""
    if text is None:
        return None
    return Days(zone) if text == DAYS else every_s(text) * SECOND_NS


def _checked(text: str) -> str:
    if text != DAYS:
        every_s(text)
    return text


def _named(text: str) -> str:
    unknown = [name for name in text.split(",") if name not in FIGURES]
    if unknown:
        raise ValueError(f"there is no figure {unknown[0]!r}: name some of {', '.join(FIGURES)}, with commas between")
    return text


class SeriesQuery(BaseModel):
    """What /series can be asked."""

    model_config = ConfigDict(extra="forbid")
    point: list[PointId] = Field(min_length=1, max_length=MAX_POINTS, description=f"repeat for up to {MAX_POINTS}")
    start: Annotated[Instant, Field(description="first instant (with its offset); not before 2000")]
    end: Annotated[
        Instant,
        Field(
            description=f"first instant after the range; at most {MAX_SPAN_DAYS} days after start",
            examples=["2026-11-23T11:00:00Z"],
        ),
    ]
    every: Annotated[str, AfterValidator(_checked)] | None = Field(
        default=None,
        description="length of the intervals: 10s, 1min, 15min, 1h, seconds, or 1d for the hall's own days,"
        " from midnight to midnight; without it, raw samples",
        examples=["1min"],
        json_schema_extra={"pattern": EVERY},
    )
    figures: Annotated[str, AfterValidator(_named)] | None = Field(
        default=None,
        description=f"further figures of each interval, with commas between: {', '.join(FIGURES)}; needs `every`",
        examples=["min,max"],
        json_schema_extra={"pattern": FIGURES_PATTERN},
    )


def checked_range(query: SeriesQuery) -> tuple[int, int]:
    """Half-open range in ns; refused when reversed, empty, or outside what a hall can have."""
    for field, instant in (("start", query.start), ("end", query.end)):
        if not FIRST <= instant <= LAST:
            raise invalid(field, f"must lie between {FIRST:%Y-%m-%d} and {LAST:%Y-%m-%d}")
    start_ns, end_ns = to_ns(query.start), to_ns(query.end)
    if end_ns <= start_ns:
        raise invalid("end", "must be later than start")
    if end_ns - start_ns > MAX_SPAN_DAYS * DAY_NS:
        raise invalid("end", f"start to end can be {MAX_SPAN_DAYS} days at most")
    return start_ns, end_ns


def most_rows(points: list[Point], figures: list[str]) -> int:
    """How many rows an answer may have."""
    return min(MAX_ROWS, MAX_CELLS // (len(points) * (1 + len(figures))))


def check_size(points: list[Point], span_ns: int, every: int | Days | None, limit: int) -> None:
    """Refuse what would be too long, before it is read; the words name an `every` that fits."""
    if every is None:
        # rows of one device and period share their instants, those of others do not
        periods = {(point.device, point.period_s) for point in points}
        rows = math.ceil(sum(span_ns / SECOND_NS / period_s for _, period_s in periods))
    else:
        rows = math.ceil(span_ns / (SHORTEST_DAY_NS if isinstance(every, Days) else every))
    if rows > limit:
        raise too_long(rows, limit, span_ns)


def too_long(rows: int, limit: int, span_ns: int) -> RefusedError:
    """Build the refusal of an answer with too many rows."""
    fits = next((s for s in OFFERED_S if span_ns / SECOND_NS / s <= limit), None)
    hint = f"give every={_words(fits)}" if fits else "shorten the range or ask for fewer points"
    return invalid("every", f"about {rows} rows, {limit} at most for so many points: {hint}, or a shorter range")


def _words(seconds: int) -> str:
    """Interval as a user writes it."""
    for unit in ("h", "min"):
        if seconds % UNITS_S[unit] == 0:
            return f"{seconds // UNITS_S[unit]}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the history: half-open [start_ns, end_ns), and which figures of FIGURES besides."""

    points: list[Point]
    start_ns: int
    end_ns: int
    every: int | Days | None
    figures: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame with a column for each point asked for, and figures (T, P) by name."""

    frame: Frame
    figures: dict[str, FloatArray]


async def answer(historian: SummingHistorian, question: Question) -> Answer:
    """Read what is asked; a point of the hall that was never stored is a column of gaps."""
    ids = [point.id for point in question.points]
    try:
        return await _ask(historian, question, ids)
    except TooMuchError as error:
        raise invalid("every", str(error)) from error
    except UnknownPointError:
        newest = await historian.latest(ids)
    stored = [id_ for id_, q in zip(ids, newest.quality.T, strict=True) if np.any(q != NO_SAMPLE)]
    if stored:
        return widened(await _ask(historian, question, stored), ids)
    none = np.empty((0, len(ids)))
    coverage = none if question.every else None
    frame = Frame(tuple(ids), np.empty(0, np.int64), none, none.astype(np.uint16), coverage)
    return Answer(frame, dict.fromkeys(question.figures, none))


async def _ask(historian: SummingHistorian, question: Question, ids: list[str]) -> Answer:
    if not question.figures or question.every is None:
        return Answer(await historian.read(ids, question.start_ns, question.end_ns, question.every), {})
    found = await historian.summary(ids, question.start_ns, question.end_ns, question.every)
    gauges = {point.id for point in question.points if point.kind == "gauge"}
    values = np.where([id_ in gauges for id_ in ids], found.figures.mean, found.figures.last)
    frame = Frame(tuple(ids), found.edges_ns[:-1], values, found.figures.quality(), found.figures.good)
    return Answer(frame, {name: getattr(found.figures, FIGURES[name]) for name in question.figures})


def widened(found: Answer, ids: list[str]) -> Answer:
    """Answer with a column for each id: gaps where it has none."""
    frame = found.frame
    columns = [ids.index(id_) for id_ in frame.points]
    values = np.full((frame.t_ns.size, len(ids)), np.nan)
    quality = np.full(values.shape, NO_SAMPLE, np.uint16)
    values[:, columns], quality[:, columns] = frame.values, frame.quality
    coverage = None
    if frame.coverage is not None:
        coverage = np.zeros(values.shape)
        coverage[:, columns] = frame.coverage
    figures = {}
    for name, narrow in found.figures.items():
        figures[name] = np.full(values.shape, 0.0 if name == "count" else np.nan)
        figures[name][:, columns] = narrow
    return Answer(Frame(tuple(ids), frame.t_ns, values, quality, coverage), figures)


def encode(found: Answer, question: Question, texts: dict[str, str]) -> bytes:
    """JSON of an answer, (T, P) turned to columns a point; NaN and infinity become null in orjson."""
    frame, points, every = found.frame, question.points, question.every
    return orjson.dumps(
        {
            "points": [point.id for point in points],
            "units": [point.unit for point in points],
            "t_ms": frame.t_ns // 1_000_000,
            "v": _columns(frame.values),
            "q": [_severities(frame.quality[:, i]) for i in range(len(points))],
            "coverage": None if frame.coverage is None else _columns(frame.coverage),
            "figures": {name: _columns(figure) for name, figure in found.figures.items()} or None,
            "every_s": every // SECOND_NS if isinstance(every, int) else None,
            "texts": texts,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _columns(values: FloatArray) -> FloatArray:
    """(T, P) as (P, T), in the memory order that the encoder takes."""
    return np.ascontiguousarray(values.T, np.float64)


def _severities(quality: QualityArray) -> NDArray[np.uint8] | list[int | None]:
    """0 good, 1 uncertain, 2 bad; None where there is no sample."""
    grades = (quality >= UNCERTAIN).astype(np.uint8) + (quality >= BAD)
    absent = quality == NO_SAMPLE
    if not absent.any():
        return np.ascontiguousarray(grades, np.uint8)
    return [None if none else grade for grade, none in zip(grades.tolist(), absent.tolist(), strict=True)]


class SeriesRoutes:
    """Route of the history."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def series(self, query: Annotated[SeriesQuery, Query()]) -> Response:
        """History of up to 50 points over the half-open range [start, end): raw samples, or with `every` one row an
        interval (of fixed length, counted from 1970 UTC, or a local day): the mean of a gauge, the last value of
        anything else, the share of the interval that has good data, and the figures asked for. Gaps are null, never
        zero."""
        table = self._parts.live.points
        points = [table.points[column] for column in dict.fromkeys(columns_of(table, query.point))]
        every = every_of(query.every, self._parts.site.zone)
        figures = [] if query.figures is None else list(dict.fromkeys(query.figures.split(",")))
        question = Question(points, *checked_range(query), every, figures)
        if every is not None and any(point.is_text for point in points):
            raise invalid("every", "texts have no mean: ask for them without it")
        if figures and every is None:
            raise invalid("figures", "samples have no further figures: give `every` as well")
        span_ns, limit = question.end_ns - question.start_ns, most_rows(points, figures)
        check_size(points, span_ns, every, limit)
        found = await self._read(question)
        if found.frame.t_ns.size > limit + 1:
            raise too_long(found.frame.t_ns.size, limit, span_ns)
        texts = self._texts(points, found.frame)
        return Response(encode(found, question, texts), media_type="application/json")

    async def _read(self, question: Question) -> Answer:
        """Read within bounded time: one long question must not hold the readers of all others."""
        try:
            async with asyncio.timeout(READ_S):
                return await answer(self._parts.historian, question)
        except TimeoutError as error:
            detail = f"the history took more than {READ_S:g} s: ask for fewer points or a shorter range"
            raise RefusedError(503, "too-slow", "History too slow", detail) from error

    def _texts(self, points: list[Point], frame: Frame) -> dict[str, str]:
        """Text of each code in the frame that the service has read."""
        known = self._parts.live.texts
        columns = [i for i, point in enumerate(points) if point.is_text]
        codes = np.unique(frame.values[:, columns])
        return {str(int(code)): known[int(code)] for code in codes if np.isfinite(code) and int(code) in known}

    def add_to(self, router: APIRouter) -> None:
        """Put the route on the router."""
        router.add_api_route("/series", self.series, response_model=Series, responses=ASKS_FOR_POINTS | NO_HISTORY)
