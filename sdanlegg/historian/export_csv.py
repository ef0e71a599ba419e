"""Rows as CSV: UTF-8, comma, a header; local times with offset; an empty cell is a missing value."""

import csv
import io
from typing import BinaryIO, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from sdanlegg.historian.export import Rows, quality_words
from sdanlegg.readings import FloatArray
from sdanlegg.when import iso_texts

SAMPLES: Final = ("time", "point", "value", "unit", "quality", "reasons")
INTERVALS: Final = ("time", "point", "value", "unit", "coverage", "quality")


class CsvSheet:
    """Writes rows to a file; intervals have a coverage instead of reasons, and times to the second."""

    def __init__(self, file: BinaryIO, zone: ZoneInfo, *, intervals: bool) -> None:
        self._file = file
        self._zone = zone
        self._unit: Literal["ns", "s"] = "s" if intervals else "ns"
        self._write(",".join(INTERVALS if intervals else SAMPLES))

    def add(self, rows: Rows) -> None:
        """Write rows."""
        if not rows.values.size:
            return
        times = iso_texts(rows.t_ns, self._zone, unit=self._unit)
        ids, units = ([quoted(getattr(point, name)) for point in rows.points] for name in ("id", "unit"))
        which = rows.which.tolist()
        cells = [
            [times[i] for i in rows.at.tolist()],
            [ids[i] for i in which],
            _values(rows),
            [units[i] for i in which],
        ]
        if rows.coverage is None:
            cells.append(_words(rows))
        else:
            cells += [number_texts(rows.coverage, wide=False), [word.partition(",")[0] for word in _words(rows)]]
        self._write("\n".join(map(",".join, zip(*cells, strict=True))))

    def close(self) -> None:
        """Nothing is held back."""

    def _write(self, lines: str) -> None:
        self._file.write(lines.encode())
        self._file.write(b"\n")


def quoted(text: str) -> str:
    """A cell, in quotes where its text needs them; an empty one is empty."""
    if not text:
        return ""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text])
    return line.getvalue()


def number_texts(values: FloatArray, *, wide: bool) -> list[str]:
    """Shortest decimals (n,) that give the same number back, "" where there is none; narrow ones rest as float32."""
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    if not wide and np.array_equal(narrow.astype(np.float64), values, equal_nan=True):
        texts = orjson.dumps(narrow, option=orjson.OPT_SERIALIZE_NUMPY)
    else:
        texts = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    return ["" if text == "null" else text.removesuffix(".0") for text in texts[1:-1].decode().split(",")]


def _values(rows: Rows) -> list[str]:
    wide = np.array([point.is_wide for point in rows.points])[rows.which]
    texts: NDArray[np.object_] = np.full(rows.values.size, "", object)
    for kind in (False, True):
        rest: NDArray[np.intp] = np.flatnonzero(wide == kind)
        if rest.size:
            texts[rest] = number_texts(rows.values[rest], wide=kind)
    is_text = np.array([point.is_text for point in rows.points])[rows.which]
    for row in np.flatnonzero(is_text).tolist():
        texts[row] = quoted(rows.text(row) or "")
    made: list[str] = texts.tolist()
    return made


def _words(rows: Rows) -> list[str]:
    """The cells quality and reasons of each row, with their comma."""
    distinct, which = np.unique(rows.quality, return_inverse=True)
    words = [",".join(quality_words(int(quality))) for quality in distinct]
    return [words[i] for i in which.tolist()]
