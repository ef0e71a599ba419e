"""Rows as Parquet: typed columns, dictionaries for what repeats, zstd; a row group holds at most a day of samples.

Loaded only when asked for: pyarrow takes a third of a second and 40 MB, which the service has no use for.
"""

from collections.abc import Mapping
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sdanlegg.historian.export import DAY_NS, Rows, quality_words
from sdanlegg.quality import NO_SAMPLE

GROUP_ROWS: Final = 1_000_000  # rows that wait in memory before they become a row group
_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_COLUMNS: Final = (
    ("time", pa.timestamp("ns", "UTC")),
    ("point", _WORD),
    ("value", pa.float64()),  # null: missing, or the point is a text
    ("text", _WORD),  # null: the point is not a text, or missing
    ("unit", _WORD),
)
_QUALITY: Final = (("quality", pa.uint16()), ("severity", _WORD), ("reasons", _WORD))  # quality null: nothing stood


def schema(meta: Mapping[str, str], *, intervals: bool) -> pa.Schema:
    """Columns of a file, with what it says of itself."""
    extra = (("coverage", pa.float64()),) if intervals else ()
    return pa.schema([*_COLUMNS, *extra, *_QUALITY], {f"sdanlegg.{key}": text for key, text in meta.items()})


class ParquetSheet:
    """Writes rows to a file."""

    def __init__(self, file: BinaryIO, meta: Mapping[str, str], *, intervals: bool) -> None:
        self._schema = schema(meta, intervals=intervals)
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._day: int | None = None

    def add(self, rows: Rows) -> None:
        """Take rows; they are written with the others of their day."""
        if not rows.values.size:
            return
        day = int(rows.t_ns[0]) // DAY_NS
        if self._day is not None and (day != self._day or self._rows() >= GROUP_ROWS):
            self._flush()
        self._day = day
        self._waiting.append(_table(rows, self._schema))

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._flush()
        self._writer.close()

    def _rows(self) -> int:
        return sum(table.num_rows for table in self._waiting)

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting).unify_dictionaries(), self._rows())
            self._waiting = []


def _table(rows: Rows, to: pa.Schema) -> pa.Table:
    points, which = rows.points, rows.which.astype(np.int32)
    is_text = np.array([point.is_text for point in points])[rows.which]
    at_text = np.flatnonzero(is_text)
    texts = np.full(rows.values.size, None, object)
    texts[at_text] = [rows.text(row) for row in at_text.tolist()]
    distinct, kinds = np.unique(rows.quality, return_inverse=True)
    words = [quality_words(int(quality)) for quality in distinct]
    columns = {
        "time": pa.array(rows.t_ns[rows.at], to.field("time").type),
        "point": pa.DictionaryArray.from_arrays(which, [point.id for point in points]),
        "value": pa.array(rows.values, mask=is_text | ~np.isfinite(rows.values)),
        "text": pa.array(texts, pa.string()).dictionary_encode(),
        "unit": pa.DictionaryArray.from_arrays(which, [point.unit for point in points]),
        "quality": pa.array(rows.quality, mask=rows.quality == NO_SAMPLE),
        "severity": pa.DictionaryArray.from_arrays(kinds.astype(np.int32), [word for word, _ in words]),
        "reasons": pa.DictionaryArray.from_arrays(kinds.astype(np.int32), [word for _, word in words]),
    }
    if rows.coverage is not None:
        columns["coverage"] = pa.array(rows.coverage)
    return pa.table([columns[field.name] for field in to], schema=to)
