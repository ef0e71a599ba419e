"""VictoriaMetrics, single or cluster: the same lines, kept as two series, <quantity>_value and <quantity>_quality.

Times are cut to milliseconds there, so that a sample is found at the millisecond in which it was taken.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson
import structlog

from sdanlegg.errors import TooMuchError
from sdanlegg.historian.mirrors import MirrorError
from sdanlegg.historian.mirrors.answers import Answers, Known, Run, expected
from sdanlegg.historian.mirrors.figures import Figures, parts
from sdanlegg.historian.mirrors.lines import HEARTBEAT
from sdanlegg.historian.mirrors.wire import Fields, Wire
from sdanlegg.points import Point
from sdanlegg.readings import FloatArray, TimeArray

ROWS: Final = 20_000  # of one line of an answer
MS_NS: Final = 1_000_000
_FLAG: Final = re.compile(r'^flag\{name="([^"]+)", ?value="([^"]*)"', re.MULTILINE)
_ROLLUPS: Final = (
    *("avg_over_time", "last_over_time", "count_over_time"),
    *("count_over_timequality", "max_over_timequality"),
)
_LATEST_S: Final = 9_000_000_000  # the year 2255
_AHEAD: Final = "2d"  # how far in the future the engine takes samples
_WINDOWS: Final = ("3d", "60d", "30y")  # where the newest sample is looked for, one after the other
log = structlog.get_logger("mirror")


class VictoriaMirror(Answers):
    """One storage that holds the lines of many halls; every selector names this one's site."""

    def __init__(self, wire: Wire, site_id: str, points: Iterable[Point]) -> None:
        super().__init__(self, points)
        self.name = wire.settings.name
        self._wire = wire
        self._site = f"site={_quoted(site_id)}"

    async def prepare(self) -> None:
        """See that writing and reading are answered: see Mirror. Warns of what a single server says of its flags."""
        try:
            await self.write([])
            await self._query("1")
            self._look_at_flags(await self._wire.metrics())
        except MirrorError as err:
            if err.fault == "refused":  # it answers 400 to a path that it does not know
                raise MirrorError(str(err), "missing") from err
            raise

    def _look_at_flags(self, metrics: str) -> None:
        flags = dict(_FLAG.findall(metrics))
        if flags.get("dedup.minScrapeInterval") == "0s":
            log.warning("mirror_keeps_duplicates", mirror=self.name, should="-dedup.minScrapeInterval=1ms")
        if flags.get("retentionPeriod") == "1":
            log.warning("mirror_keeps_one_month", mirror=self.name, should="-retentionPeriod=10y")

    async def write(self, lines: Sequence[bytes]) -> None:
        """Hand over lines: see Mirror. The engine says that it took them whatever they are."""
        await self._wire.write(lines)

    async def heartbeats(self, start_ns: int, end_ns: int) -> list[int]:
        """Times of this hall's heartbeat lines, whole milliseconds: see Mirror."""
        selector = f'{{__name__="{HEARTBEAT}_heartbeat",{self._site}}}'
        found: list[int] = []
        async for line in self._export([selector], start_ns, end_ns):
            t_ns = _times(line)
            found += t_ns[(t_ns >= start_ns) & (t_ns < end_ns)].tolist()
        return sorted(found)

    async def started(self) -> float | None:
        """When the engine's process began: see Wire.started."""
        return await self._wire.started()

    async def find(self, ids: Sequence[str]) -> Mapping[str, Known]:
        """Points, not of the configuration, that there are series of."""
        form = [("match[]", self._selector(".*", "quality", id_)) for id_ in ids]
        form += [("start", "1"), ("end", str(_LATEST_S))]  # 0 would mean "not given"
        found: dict[str, Known] = {}
        for metric in await self._data("/api/v1/series", form):
            id_ = _id(metric)
            quantity = metric["__name__"].removesuffix("_quality")
            found[id_] = Known(id_, quantity, metric.get("kind") == "gauge", is_wide=True, period_ns=None)
        return found

    async def samples(self, points: Sequence[Known], start_ns: int, end_ns: int, limit: int) -> Mapping[str, Run]:
        """Samples in [start_ns, end_ns): see Engine."""
        selectors = [self._selector(re.escape(point.quantity), "(value|quality)", point.id) for point in points]
        halves: dict[str, _Halves] = {point.id: _Halves() for point in points}
        count = 0
        async with aclosing(self._export(selectors, start_ns, end_ns)) as answer:
            async for line in answer:
                count += halves[_id(line["metric"])].add(line)
                if count > 2 * limit:
                    raise TooMuchError(f"the answer would take more than {limit} values: ask for a shorter range")
        runs = await asyncio.to_thread(
            lambda: {point.id: halves[point.id].run(start_ns, end_ns, is_wide=point.is_wide) for point in points}
        )
        return {id_: run for id_, run in runs.items() if run.t_ns.size}

    async def newest(self, points: Sequence[Known]) -> Mapping[str, Run]:
        """Newest sample of each point."""
        at_ns: dict[str, int] = {}
        for window in _WINDOWS:
            missing = [point for point in points if point.id not in at_ns]
            if not missing:
                break
            at_ns |= await self._newest_times(missing, window)
        found: dict[str, Run] = {}
        for t_ns in set(at_ns.values()):
            those = [point for point in points if at_ns.get(point.id) == t_ns]
            found |= await self.samples(those, t_ns, t_ns + MS_NS, 2 * len(those))
        return found

    async def figures(self, points: Sequence[Known], edges_ns: TimeArray) -> Mapping[str, Figures]:
        """Figures of equal intervals: see Engine. Asked for in pieces that the engine's limits bear."""
        length = int(edges_ns[1] - edges_ns[0])
        asked = ", ".join(self._figures_of(point, f"[{length // MS_NS}ms]") for point in points)
        count = edges_ns.size - 1
        found = {point.id: Figures.nothing(count) for point in points}
        for first, stop in parts(count, expected(points, length)):
            # A window ends with its instant, an interval before it.
            form = [("start", _seconds(int(edges_ns[first + 1]) - MS_NS)), ("end", _seconds(int(edges_ns[stop])))]
            form += [("query", f"union({asked})"), ("step", f"{length // MS_NS}ms"), ("nocache", "1")]
            series = (await self._data("/api/v1/query_range", form))["result"]
            for id_, figures in _figures(series, int(edges_ns[0]), length, count):
                found[id_].put(np.arange(count), figures)
        return {id_: figures for id_, figures in found.items() if figures.samples.any()}

    def _figures_of(self, point: Known, window: str) -> str:
        value, quality = (self._selector(re.escape(point.quantity), half, point.id) for half in ("value", "quality"))
        return (
            f'aggr_over_time(("avg_over_time", "last_over_time", "count_over_time"), {value}{window}),'
            f' label_set(aggr_over_time(("max_over_time", "count_over_time"), {quality}{window}), "half", "quality")'
        )

    async def _newest_times(self, points: Sequence[Known], window: str) -> dict[str, int]:
        selectors = (self._selector(re.escape(point.quantity), "quality", point.id) for point in points)
        times = ", ".join(f"tlast_over_time({selector}[{window}] offset -{_AHEAD})" for selector in selectors)
        found: dict[str, int] = {}
        for entry in await self._query(f"union({times})"):
            id_, t_ns = _id(entry["metric"]), round(float(entry["value"][1]) * 1000) * MS_NS
            found[id_] = max(t_ns, found.get(id_, t_ns))
        return found

    def _selector(self, quantity: str, half: str, id_: str) -> str:
        device, _, name = id_.partition(".")
        return f'{{__name__=~"{quantity}_{half}",{self._site},device={_quoted(device)},point={_quoted(name)}}}'

    async def _export(self, selectors: Sequence[str], start_ns: int, end_ns: int) -> AsyncGenerator[Any, None]:
        """Documents of the export route; a millisecond wider on both sides, since times go there as floats."""
        form = [("match[]", selector) for selector in selectors]
        form += [("start", _seconds(start_ns - MS_NS)), ("end", _seconds(end_ns + MS_NS))]
        form.append(("max_rows_per_line", str(ROWS)))
        async with aclosing(self._wire.lines("/api/v1/export", form=form)) as lines:
            async for line in lines:
                yield self._wire.loads(line)

    async def _query(self, query: str) -> Sequence[Any]:
        found: Sequence[Any] = (await self._data("/api/v1/query", {"query": query, "nocache": "1"}))["result"]
        return found

    async def _data(self, path: str, form: Fields) -> Any:
        body = b"".join([line async for line in self._wire.lines(path, form=form)])
        return self._wire.loads(body)["data"]


@dataclass(slots=True)
class _Halves:
    """The value series and the quality series of a point, as pieces."""

    times: dict[str, list[TimeArray]] = field(default_factory=lambda: {"value": [], "quality": []})
    values: dict[str, list[FloatArray]] = field(default_factory=lambda: {"value": [], "quality": []})

    def add(self, line: Any) -> int:
        """Take one line of the export in; how many samples it has."""
        half = line["metric"]["__name__"].rpartition("_")[2]
        self.times[half].append(_times(line))
        self.values[half].append(np.array(line["values"], np.float64))
        return len(line["values"])

    def run(self, start_ns: int, end_ns: int, *, is_wide: bool) -> Run:
        """Samples in [start_ns, end_ns): one where there is a quality, NaN where no value stands beside it."""
        value_t, value = self._half("value")
        t_ns, quality = self._half("quality")
        inside = (t_ns >= start_ns) & (t_ns < end_ns)
        t_ns, quality = t_ns[inside], quality[inside]
        values = np.full(t_ns.size, np.nan)
        _, here, there = np.intersect1d(t_ns, value_t, assume_unique=True, return_indices=True)
        values[here] = value[there] if is_wide else value[there].astype(np.float32)
        return Run(t_ns, values, quality.astype(np.uint16))

    def _half(self, half: str) -> tuple[TimeArray, FloatArray]:
        """One half by time; of equal instants one stays."""
        t_ns = np.concatenate([np.empty(0, np.int64), *self.times[half]])
        values = np.concatenate([np.empty(0), *self.values[half]])
        t_ns, first = np.unique(t_ns[::-1], return_index=True)
        return t_ns, values[::-1][first]


def _figures(series: Sequence[Any], first_ns: int, length_ns: int, count: int) -> Iterator[tuple[str, Figures]]:
    """Figures of each series of a point, whatever its other labels, over count intervals from first_ns."""
    parts: dict[tuple[str, str], dict[str, FloatArray]] = {}
    for one in series:
        labels = dict(one["metric"])
        name = labels.pop("rollup") + labels.pop("half", "")
        times = np.array([round(float(t) * 1000) for t, _ in one["values"]], np.int64) * MS_NS
        rows = (times - first_ns) // length_ns
        inside = (rows >= 0) & (rows < count)
        column = np.full(count, np.nan)
        column[rows[inside]] = np.array([float(value) for _, value in one["values"]])[inside]
        parts.setdefault((_id(labels), str(sorted(labels.items()))), {})[name] = column
    for (id_, _), part in parts.items():
        nothing = np.full(count, np.nan)
        mean, last, values, samples, worst = (part.get(name, nothing) for name in _ROLLUPS)
        yield id_, Figures(mean, last, np.nan_to_num(values), np.nan_to_num(samples), np.nan_to_num(worst))


def _id(metric: Mapping[str, str]) -> str:
    return f"{metric['device']}.{metric['point']}"


def _times(line: Any) -> TimeArray:
    return np.array(line["timestamps"], np.int64) * MS_NS


def _seconds(t_ns: int) -> str:
    """Millisecond of an instant as seconds, with a bit more: the engine reads a float and cuts it."""
    seconds, ms = divmod(min(max(t_ns // MS_NS, 0), _LATEST_S * 1000), 1000)
    return f"{seconds}.{ms:03}4"


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
