"""InfluxDB 1.8, 2.x and 3: lines by the v2 write route, answers by InfluxQL on the v1 query route, which all have."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np

from sdanlegg.errors import TooMuchError
from sdanlegg.historian.mirrors import MirrorError
from sdanlegg.historian.mirrors.answers import Answers, Known, Run, expected
from sdanlegg.historian.mirrors.faults import FAULTS, of_answer, said
from sdanlegg.historian.mirrors.figures import Figures, parts
from sdanlegg.historian.mirrors.lines import HEARTBEAT
from sdanlegg.historian.mirrors.wire import Wire
from sdanlegg.historian.reader import MAX_VALUES
from sdanlegg.points import Point
from sdanlegg.readings import TimeArray

ROWS: Final = 10_000  # of one piece of an answer
EARLIEST_NS: Final = -(2**63) + 2  # the engine keeps the numbers below for itself
LATEST_NS: Final = 2**63 - 2
_NEWEST: Final = "ORDER BY time DESC LIMIT 1"

Series = Mapping[str, Any]


class InfluxMirror(Answers):
    """One database (1.8, 3) or bucket (2.x) that holds the lines of many halls; this is the one with site_id."""

    def __init__(self, wire: Wire, site_id: str, points: Iterable[Point]) -> None:
        super().__init__(self, points)
        self.name = wire.settings.name
        self._wire = wire
        self._site = site_id

    async def prepare(self) -> None:
        """See to it that database or bucket are there: see Mirror."""
        status, headers, document = await self._wire.json("GET", self._at_write("/ping"))
        if status not in {200, 204}:
            raise of_answer(self.name, status, headers, said_again(document))
        version = headers.get("X-Influxdb-Version", "").lstrip("v")
        if version.startswith("2"):
            await self._prepare_bucket()
        elif version.startswith("1"):
            await self._prepare_database()
        # 3 makes the database when the first line comes.

    async def write(self, lines: Sequence[bytes]) -> None:
        """Hand over lines: see Mirror."""
        await self._wire.write(lines)

    async def heartbeats(self, start_ns: int, end_ns: int) -> list[int]:
        """Times of this hall's heartbeat lines: see Mirror."""
        where = f'"site" = {_text(self._site)} AND {_span(start_ns, end_ns)}'
        found = [
            int(row[0])
            async for series in self._ask(f'SELECT "heartbeat" FROM "{HEARTBEAT}" WHERE {where}')  # noqa: S608 -- quoted by _text
            for row in series["values"]
        ]
        return sorted(found)

    async def started(self) -> float | None:
        """When the engine's process began: see Wire.started."""
        return await self._wire.started()

    async def find(self, ids: Sequence[str]) -> Mapping[str, Known]:
        """Points, not of the configuration, that there are series of."""
        where = self._which(ids)
        asked = f'SELECT "quality" FROM /.*/ WHERE {where} GROUP BY "device", "kind", "point" {_NEWEST}'  # noqa: S608
        found: dict[str, Known] = {}
        async for series in self._ask(asked):
            for tags, _ in _parts(series):
                id_, kind = _id(tags), tags["kind"]
                found[id_] = Known(id_, series["name"], kind == "gauge", is_wide=True, period_ns=None)
        return found

    async def samples(self, points: Sequence[Known], start_ns: int, end_ns: int, limit: int) -> Mapping[str, Run]:
        """Samples in [start_ns, end_ns): see Engine."""
        return await self._runs(points, f"AND {_span(start_ns, end_ns)} {_GROUPED}", limit)

    async def newest(self, points: Sequence[Known]) -> Mapping[str, Run]:
        """Newest sample of each point."""
        return await self._runs(points, f"{_GROUPED} {_NEWEST}", MAX_VALUES)

    async def figures(self, points: Sequence[Known], edges_ns: TimeArray) -> Mapping[str, Figures]:
        """Figures of equal intervals: see Engine."""
        count, length = edges_ns.size - 1, int(edges_ns[1] - edges_ns[0])
        sources, where = _sources(points), self._which([point.id for point in points])
        found = {point.id: Figures.nothing(count) for point in points}
        for first, stop in parts(count, expected(points, length)):
            span = _span(int(edges_ns[first]), int(edges_ns[stop]))
            asked = f"SELECT {_FIGURES} FROM {sources} WHERE {where} AND {span}"  # noqa: S608 -- all quoted
            async for series in self._ask(f"{asked} GROUP BY time({length}ns), {_TAGS} fill(none)"):
                for tags, rows in _parts(series):
                    columns = _columns(series, rows)
                    intervals = (np.array(columns["time"], np.int64) - edges_ns[0]) // length
                    mean, last, *counts = (np.array(columns[name], np.float64) for name in _NAMES)
                    found[_id(tags)].put(intervals, Figures(mean, last, *map(np.nan_to_num, counts)))
        return {id_: figures for id_, figures in found.items() if figures.samples.any()}

    async def _runs(self, points: Sequence[Known], rest: str, limit: int) -> dict[str, Run]:
        where = self._which([point.id for point in points])
        asked = f'SELECT "value", "quality" FROM {_sources(points)} WHERE {where} {rest}'  # noqa: S608 -- all quoted
        pieces: dict[str, list[Run]] = {}
        count = 0
        async with aclosing(self._ask(asked)) as answer:
            async for series in answer:
                for tags, rows in _parts(series):
                    count += len(rows)
                    if count > limit:
                        raise TooMuchError(f"the answer would take more than {limit} values: ask for a shorter range")
                    pieces.setdefault(_id(tags), []).append(_run(_columns(series, rows)))
        wide = {point.id: point.is_wide for point in points}
        return await asyncio.to_thread(
            lambda: {id_: _joined(runs, is_wide=wide[id_]) for id_, runs in pieces.items() if id_ in wide}
        )

    def _which(self, ids: Iterable[str]) -> str:
        """Condition for this hall's points."""
        parts = (id_.partition(".") for id_ in ids)
        any_of = " OR ".join(f'("device" = {_text(device)} AND "point" = {_text(name)})' for device, _, name in parts)
        return f'"site" = {_text(self._site)} AND ({any_of})'

    async def _ask(self, query: str) -> AsyncGenerator[Series, None]:
        """Pieces of the series that a query gives; 3 takes the parameters of the URL only."""
        settings = self._wire.settings
        params = {"db": settings.bucket, "q": query, "epoch": "ns", "chunked": "true", "chunk_size": str(ROWS)}
        async with aclosing(self._wire.lines("/query", params)) as lines:
            async for line in lines:
                document = self._wire.loads(line)
                for result in _results(document):
                    if "error" in result:
                        raise self._refusal(str(result["error"]))
                    for series in result.get("series", ()):
                        if "values" in series:
                            yield series

    def _refusal(self, words: str) -> MirrorError:
        """Error for a query that was answered 200 with an error inside."""
        is_missing = "not found" in words
        is_denied = "authori" in words
        return MirrorError(
            f"mirror {self.name!r} does not answer: {words}",
            "missing" if is_missing else "denied" if is_denied else "failing",
        )

    def _at_write(self, path: str) -> str:
        return self._wire.settings.url.rstrip("/") + path

    async def _prepare_database(self) -> None:
        """Make the database of a 1.x server, where the user may."""
        bucket = self._wire.settings.bucket
        async for series in self._ask("SHOW DATABASES"):
            if [bucket] in series["values"]:
                return
        url = self._wire.settings.read_url.rstrip("/") + "/query"
        status, headers, document = await self._wire.json("POST", url, {"q": f"CREATE DATABASE {_name(bucket)}"})
        if status != 200:
            raise of_answer(self.name, status, headers, said_again(document))
        for result in _results(document):
            if "error" in result:
                text = f"mirror {self.name!r}: database {bucket!r} is not there and cannot be made: {result['error']}"
                raise MirrorError(text, "missing")

    async def _prepare_bucket(self) -> None:
        """Make the bucket of a 2.x server, where the token may."""
        settings = self._wire.settings
        wanted = {"name": settings.bucket, "org": settings.org}
        status, headers, document = await self._wire.json("GET", self._at_write("/api/v2/buckets"), wanted)
        if status == 200 and document and document.get("buckets"):
            return
        if status not in {200, 404}:
            raise of_answer(self.name, status, headers, said_again(document))
        status, headers, document = await self._wire.json("GET", self._at_write("/api/v2/orgs"), {"org": settings.org})
        orgs = document.get("orgs") if status == 200 and document else None
        if not orgs:
            text = f"mirror {self.name!r}: the token sees neither organisation {settings.org!r} nor its buckets"
            raise MirrorError(text, FAULTS.get(status, "missing"))
        body = {"name": settings.bucket, "orgID": orgs[0]["id"], "retentionRules": []}
        status, headers, document = await self._wire.json("POST", self._at_write("/api/v2/buckets"), body=body)
        if status != 201:
            words = said(said_again(document))
            text = (
                f"mirror {self.name!r}: bucket {settings.bucket!r} is not there and cannot be made ({status}: {words})"
            )
            raise MirrorError(text, "denied" if status in {401, 403, 404} else FAULTS.get(status, "failing"))


_TAGS: Final = '"device", "point"'
_GROUPED: Final = f"GROUP BY {_TAGS}"


_FIGURES: Final = (
    'mean("value"), last("value"), count("value") AS "values", count("quality") AS "samples", max("quality") AS "worst"'
)
_NAMES: Final = ("mean", "last", "values", "samples", "worst")


def _results(document: Any) -> Sequence[Mapping[str, Any]]:
    """Results of one document of an answer; its own error, if it has no results, as one of them."""
    if not isinstance(document, dict):
        return [{"error": "the answer is not one of a database"}]
    if "error" in document:
        return [{"error": document["error"]}]
    found: Sequence[Mapping[str, Any]] = document.get("results", ())
    return found


def _parts(series: Series) -> Iterator[tuple[Mapping[str, str], Sequence[Sequence[Any]]]]:
    """Tags and rows of a piece: 1.x and 2.x give one set of tags, 3 gives tags as columns of each row."""
    if "tags" in series:
        yield series["tags"], series["values"]
        return
    columns = series["columns"]
    places = [place for place, name in enumerate(columns) if name in {"device", "kind", "point"}]
    for key, rows in groupby(series["values"], itemgetter(*places)):
        yield dict(zip((columns[place] for place in places), key, strict=True)), list(rows)


def _columns(series: Series, rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows of a series by the names of its columns."""
    return dict(zip(series["columns"], zip(*rows, strict=True), strict=True))


def _id(tags: Mapping[str, str]) -> str:
    return f"{tags['device']}.{tags['point']}"


def _sources(points: Iterable[Known]) -> str:
    return ", ".join(sorted({_name(point.quantity) for point in points}))


def _run(by_column: Mapping[str, Sequence[Any]]) -> Run:
    """Samples of columns: one where there is a quality, NaN where no value stands beside it."""
    quality = np.array(by_column["quality"], np.float64)
    ours = np.isfinite(quality)
    t_ns, values = np.array(by_column["time"], np.int64), np.array(by_column["value"], np.float64)
    return Run(t_ns[ours], values[ours], quality[ours].astype(np.uint16))


def _joined(runs: Sequence[Run], *, is_wide: bool) -> Run:
    """Pieces as one, by time; narrow values as the local store has them."""
    t_ns = np.concatenate([run.t_ns for run in runs])
    values = np.concatenate([run.values for run in runs])
    quality = np.concatenate([run.quality for run in runs])
    order = np.argsort(t_ns, kind="stable")
    if not is_wide:
        values = values.astype(np.float32).astype(np.float64)
    return Run(t_ns[order], values[order], quality[order])


def said_again(document: Any) -> bytes:
    """Words of a document that was read already."""
    words = document.get("message") or document.get("error") if isinstance(document, dict) else document
    return str(words or "").encode()


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _span(start_ns: int, end_ns: int) -> str:
    return f"time >= {max(start_ns, EARLIEST_NS)} AND time < {min(end_ns, LATEST_NS)}"
