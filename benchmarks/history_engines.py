"""The two servers as engines of the history: each gets and gives the data its own quickest way."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import numpy as np
import orjson

from benchmarks.history_data import HOUR_NS, Hall, Polls
from benchmarks.history_questions import MS_NS, Column, Question
from benchmarks.servers import RefusedError, Server
from sdanlegg.readings import FloatArray, TimeArray

_ARRAYS = orjson.OPT_SERIALIZE_NUMPY


def numbers(values: FloatArray | TimeArray, *, narrow: bool = False) -> bytes:
    """Write an array as JSON; a narrow one with the shortest decimals that give the same float32."""
    return orjson.dumps(np.ascontiguousarray(values, np.float32 if narrow else values.dtype), option=_ARRAYS)


class Victoria:
    """VictoriaMetrics: columns to /api/v1/import; /api/v1/export and /api/v1/query_range without its cache."""

    name = "VictoriaMetrics"

    def __init__(self, server: Server, hall: Hall, quiet_s: float) -> None:
        self._server = server
        self._quiet_s = quiet_s
        self._hall = hall
        self._ids = [point.id for point in hall.table]
        self._column = {id_: i for i, id_ in enumerate(self._ids)}

    async def load(self, day: Sequence[Polls]) -> None:
        """One series a point; instants are cut to ms."""
        for polls in day:
            t_ms = numbers(polls.t_ns // MS_NS)
            lines = [
                self._line("v", column, numbers(polls.values[:, i], narrow=not self._hall.table.is_wide[column]), t_ms)
                for i, column in enumerate(polls.columns.tolist())
            ]
            self._server.ask("POST", "/api/v1/import", b"\n".join(lines))

    async def load_hours(self, t_ns: TimeArray, values: FloatArray) -> None:
        """A second series a point."""
        t_ms = numbers(t_ns // MS_NS)
        for column in range(self._hall.size):
            body = self._line("h", column, numbers(values[:, column]), t_ms)
            self._server.ask("POST", "/api/v1/import", body)

    async def settle(self) -> None:
        """Everything searchable, parts merged."""
        self._server.ask("GET", "/internal/force_flush")
        self._server.ask("GET", "/internal/force_merge")
        self._server.rest(self._quiet_s)
        self._server.ask("GET", "/internal/resetRollupResultCache")

    def cpu_s(self) -> float:
        """CPU seconds of the server."""
        return self._server.cpu_s()

    async def fetch(self, question: Question) -> bytes:
        """Ask over the kept connection."""
        return self._server.ask("GET", self._route(question))

    def columns(self, question: Question, answer: object) -> Mapping[int, Column]:
        """Take JSON lines or a JSON answer apart."""
        assert isinstance(answer, bytes)
        if question.kind in {"raw", "tier"}:
            parts = [orjson.loads(line) for line in answer.splitlines()]
            return {
                self._column[part["metric"]["p"]]: (np.array(part["timestamps"]), np.array(part["values"], float))
                for part in parts
            }
        back = HOUR_NS // MS_NS if question.kind == "means" else 0  # its windows end at the instant they are named for
        result = {}
        for one in orjson.loads(answer)["data"]["result"]:
            pairs = one["values"] if "values" in one else [one["value"]]
            t_ms = np.array([round(1000 * pair[0]) - back for pair in pairs], np.int64)
            result[self._column[one["metric"]["p"]]] = (t_ms, np.array([float(pair[1]) for pair in pairs]))
        return result

    def _route(self, question: Question) -> str:
        which = "|".join(self._ids[column] for column in question.columns).replace(".", r"\\.")
        start_ms, end_ms = question.start_ns // MS_NS, question.end_ns // MS_NS
        match question.kind:
            case "raw" | "tier":
                name = "v" if question.kind == "raw" else "h"
                chosen = quote(f'{name}{{p=~"{which}"}}')
                return f"/api/v1/export?match[]={chosen}&start={start_ms / 1000}&end={(end_ms - 1) / 1000}"
            case "means":
                made = quote(f'avg_over_time(v{{p=~"{which}"}}[1h])')
                first_s, last_s = start_ms / 1000 + 3600, end_ms / 1000
                return f"/api/v1/query_range?query={made}&start={first_s}&end={last_s}&step=3600&nocache=1"
            case _:
                return f"/api/v1/query?query=v&time={end_ms / 1000}&nocache=1"

    @staticmethod
    def _series(name: str, id_: str) -> bytes:
        return orjson.dumps({"__name__": name, "p": id_})

    def _line(self, name: str, column: int, values: bytes, t_ms: bytes) -> bytes:
        series = self._series(name, self._ids[column])
        return b'{"metric":' + series + b',"values":' + values + b',"timestamps":' + t_ms + b"}"


class Influx:
    """InfluxDB 1: one line a poll, its points as fields, which it takes three times faster than a line a point."""

    name = "InfluxDB"

    def __init__(self, server: Server, hall: Hall, quiet_s: float) -> None:
        self._server = server
        self._quiet_s = quiet_s
        self._hall = hall
        for database, shard in (("v", "7d"), ("h", "520w")):
            self._query(f"CREATE DATABASE {database} WITH DURATION INF SHARD DURATION {shard}")

    async def load(self, day: Sequence[Polls]) -> None:
        """A request for each device."""
        for polls in day:
            self._write("v", polls.device, polls.t_ns, polls.values, narrow=True)

    async def load_hours(self, t_ns: TimeArray, values: FloatArray) -> None:
        """The same into a database of its own, in one shard."""
        for device in range(self._hall.devices):
            self._write("h", device, t_ns, values[:, self._hall.columns(device)], narrow=False)

    async def settle(self) -> None:
        """Its cache on the disk, its files compacted."""
        self._server.rest(self._quiet_s)

    def cpu_s(self) -> float:
        """CPU seconds of the server."""
        return self._server.cpu_s()

    async def fetch(self, question: Question) -> bytes:
        """Ask over the kept connection, all devices in one request; MessagePack is what it writes fastest."""
        return self._ask(question, "application/x-msgpack")

    def columns(self, question: Question, answer: object) -> Mapping[int, Column]:
        """Ask again, for JSON, and take that apart."""
        del answer  # of a format that needs a library of its own
        result: dict[int, Column] = {}
        for statement in orjson.loads(self._ask(question, "application/json"))["results"]:
            for series in statement["series"]:
                first = int(self._hall.columns(int(series["tags"]["d"][1:]))[0])
                t_ms = np.array([row[0] for row in series["values"]], np.int64)
                for place, name in enumerate(series["columns"][1:], 1):
                    column = first + int(name[-2:])
                    if column in question.columns:
                        result[column] = (t_ms, np.array([row[place] for row in series["values"]], float))
        return result

    def _ask(self, question: Question, accept: str) -> bytes:
        database = "h" if question.kind == "tier" else "v"
        return self._query("; ".join(self._statements(question)), f"&db={database}&epoch=ms", accept)

    def _statements(self, question: Question) -> list[str]:
        span = f"time >= {question.start_ns} AND time < {question.end_ns}"
        if question.kind == "last":
            return [f"SELECT last(*) FROM r WHERE {span} GROUP BY d"]
        devices: dict[str, list[str]] = {}
        for column in question.columns:
            point = self._hall.table.points[column]
            devices.setdefault(point.device, []).append(point.name)
        made = question.kind == "means"
        statements = []
        for device, names in devices.items():
            fields = ", ".join(f"mean({name}) AS {name}" if made else name for name in names)
            rest = ", time(1h)" if made else ""
            statements.append(f"SELECT {fields} FROM r WHERE d = '{device}' AND {span} GROUP BY d{rest}")
        return statements

    def _write(self, database: str, device: int, t_ns: TimeArray, values: FloatArray, *, narrow: bool) -> None:
        columns = self._hall.columns(device).tolist()
        names = [self._hall.table.points[column].name for column in columns]
        template = b"r,d=d%02d " % device + b",".join(name.encode() + b"=%b" for name in names) + b" %b"
        texts = [
            numbers(values[:, i], narrow=narrow and not self._hall.table.is_wide[column])[1:-1].split(b",")
            for i, column in enumerate(columns)
        ]
        t_ms = numbers(t_ns // MS_NS)[1:-1].split(b",")
        body = b"\n".join([template % row for row in zip(*texts, t_ms, strict=True)])
        self._server.ask("POST", f"/write?db={database}&precision=ms", body)

    def _query(self, text: str, rest: str = "", accept: str = "application/json") -> bytes:
        method = "GET" if text.startswith("SELECT") else "POST"
        content = self._server.ask(method, f"/query?q={quote(text)}{rest}", accept=accept)
        if b"error" in content[:1000]:
            raise RefusedError(content[:300].decode())
        return content
