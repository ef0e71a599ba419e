"""Blocks of truth as Parquet: a row for each thing and instant; a row group is one kind on one day, thing by thing.

Loaded only when asked for, as pyarrow takes a third of a second and 40 MB.
"""

from collections.abc import Mapping
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from simulators.truth import Block

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
COLUMNS: Final = (
    ("t_ns", pa.int64()),
    ("kind", _WORD),
    ("id", _WORD),
    ("unit", _WORD),
    ("truth", pa.float64()),  # null: it has none
    ("shown", pa.float64()),  # null: nothing shows it
)


class TruthSheet:
    """Writes blocks to a file."""

    def __init__(self, file: BinaryIO, meta: Mapping[str, str]) -> None:
        self._schema = pa.schema(COLUMNS, {f"sdanlegg.{key}": text for key, text in meta.items()})
        self._writer = pq.ParquetWriter(
            file, self._schema, compression="zstd", use_dictionary=["kind", "id", "unit"],
            column_encoding={"t_ns": "DELTA_BINARY_PACKED", "truth": "BYTE_STREAM_SPLIT", "shown": "BYTE_STREAM_SPLIT"},
        )  # fmt: skip

    def add(self, block: Block) -> int:
        """Write a block; how many rows it made."""
        count, things = block.truth.size, len(block.ids)
        which = np.repeat(np.arange(things, dtype=np.int32), block.t_ns.size)
        truth, shown = block.truth.T.ravel(), block.shown.T.ravel()
        columns = {
            "t_ns": pa.array(np.tile(block.t_ns, things)),
            "kind": pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [block.kind]),
            "id": pa.DictionaryArray.from_arrays(which, list(block.ids)),
            "unit": pa.DictionaryArray.from_arrays(which, list(block.units)),
            "truth": pa.array(truth, mask=np.isnan(truth)),
            "shown": pa.array(shown, mask=np.isnan(shown)),
        }
        self._writer.write_table(pa.table([columns[field.name] for field in self._schema], schema=self._schema), count)
        return count

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()
