"""DuckDB, without anything around it, as an engine of the history."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.history_data import HOUR_NS, Hall, Polls
from benchmarks.history_questions import MS_NS, Column, Question
from sdanlegg.readings import FloatArray, IntArray, TimeArray


class Duck:
    """DuckDB in this process: one table of point, instant and value, sorted by point."""

    name = "DuckDB"

    def __init__(self, folder: Path, hall: Hall) -> None:
        self._folder = folder
        self._hall = hall
        self._open = duckdb.connect(str(folder / "arrived.duckdb"))
        self._open.execute("CREATE TABLE s(p SMALLINT, t BIGINT, v DOUBLE)")

    async def load(self, day: Sequence[Polls]) -> None:
        """A day sorted by point; at the end the whole is sorted once more."""
        for polls in day:
            self._insert("s", polls.columns, polls.t_ns, polls.values)

    async def load_hours(self, t_ns: TimeArray, values: FloatArray) -> None:
        """A second table, sorted as it comes."""
        self._open.execute("CREATE TABLE h(p SMALLINT, t BIGINT, v DOUBLE)")
        self._insert("h", np.arange(self._hall.size, dtype=np.int32), t_ns, values)

    async def settle(self) -> None:
        """Copy everything, sorted, into a file without holes; what came later is there sorted."""
        if self.path.exists():
            self._open.execute("CHECKPOINT")
            return
        self._open.execute(f"ATTACH '{self.path}' AS sorted")
        self._open.execute("CREATE TABLE sorted.s AS SELECT * FROM s ORDER BY p, t")
        self._open.close()
        (self._folder / "arrived.duckdb").unlink()
        self._open = duckdb.connect(str(self.path))

    @property
    def path(self) -> Path:
        """The file at rest."""
        return self._folder / "sorted.duckdb"

    def cpu_s(self) -> float:
        """Its work is done in this process."""
        return 0.0

    async def fetch(self, question: Question) -> dict[str, NDArray[Any]]:
        """Ask; the answer comes as arrays."""
        which, span = ",".join(map(str, question.columns)), (question.start_ns, question.end_ns)
        match question.kind:
            case "raw" | "tier":
                table = "s" if question.kind == "raw" else "h"
                sql = f"SELECT p, t, v FROM {table} WHERE p IN ({which}) AND t >= ? AND t < ? ORDER BY p, t"
            case "means":
                sql = f"SELECT p, t // {HOUR_NS} * {HOUR_NS} AS t, avg(v) AS v FROM s WHERE p IN ({which})"
                sql += " AND t >= ? AND t < ? GROUP BY ALL ORDER BY ALL"
            case _:
                sql = "SELECT p, max(t) AS t, arg_max(v, t) AS v FROM s WHERE t >= ? AND t < ? GROUP BY p"
        answer = self._open.execute(sql, span).fetchnumpy()
        return {name: np.asarray(column) for name, column in answer.items()}

    def columns(self, question: Question, answer: object) -> Mapping[int, Column]:
        """Cut by point."""
        assert isinstance(answer, dict)
        return {
            column: (answer["t"][answer["p"] == column] // MS_NS, answer["v"][answer["p"] == column])
            for column in question.columns
        }

    def close(self) -> None:
        """Let go of the file."""
        self._open.close()

    def _insert(self, table: str, columns: IntArray, t_ns: TimeArray, values: FloatArray) -> None:
        rows = {
            "p": np.repeat(columns.astype(np.int16), t_ns.size),
            "t": np.tile(t_ns, columns.size),
            "v": np.ascontiguousarray(values.T).reshape(-1),
        }
        self._open.register("rows", rows)
        self._open.execute(f"INSERT INTO {table} SELECT p, t, v FROM rows")
        self._open.unregister("rows")
