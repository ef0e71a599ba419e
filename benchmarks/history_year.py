"""Figures of the time before the first raw day, laid into the local store's tiers by the store's own code."""

from collections.abc import Iterator
from typing import Any, Final

import apsw
import numpy as np
from numpy.typing import NDArray

from benchmarks.history_data import Hall
from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.grid import Hold, edges, summarise
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.tiers import (
    HOUR_S,
    QUARTER_S,
    Summary,
    at_rest,
    block_ns,
    combine,
    nothing,
    pack_block,
    stack,
)

STEP_S: Final = 300
_INSERT: Final = "INSERT OR REPLACE INTO rollup(every_s, p, t0_ns, v, c, m) VALUES(?, ?, ?, ?, ?, ?)"


async def lay_behind(store: LocalStore, hall: Hall, start_ns: int, end_ns: int) -> None:
    """Fill the quarter and hour tiers of [start_ns, end_ns), whole hours that the sealer never came to.

    The figures are those of samples every five minutes, summed up, rounded, combined and packed by the store's own
    code: as the file is when raw samples have been kept for a shorter time than the figures made of them.
    """
    numbers = await store.change(_numbers)
    for device in range(hall.devices):
        columns = hall.columns(device)
        wide = hall.table.is_wide[columns]
        points = [numbers[hall.table.points[column].id] for column in columns.tolist()]
        quarters = quarter_figures(hall, device, start_ns, end_ns)
        starts = np.arange(0, quarters.mean.shape[0], HOUR_S // QUARTER_S)
        hours = at_rest(combine(quarters, starts), wide)
        rows = [*packed(quarters, QUARTER_S, start_ns, points, wide), *packed(hours, HOUR_S, start_ns, points, wide)]
        await store.change(_Insert(rows))


def quarter_figures(hall: Hall, device: int, start_ns: int, end_ns: int) -> Summary:
    """Figures of a device's points in each quarter of [start_ns, end_ns)."""
    step_ns = STEP_S * SECOND_NS
    polls = hall.polls(device, start_ns - step_ns, end_ns, STEP_S)
    hold_ns = np.full(polls.columns.size, 3 * step_ns)
    quality = np.zeros(polls.values.shape, np.uint16)
    whole = edges(start_ns, end_ns, QUARTER_S * SECOND_NS)
    summary = summarise(polls.t_ns, polls.values, quality, Hold(hold_ns), whole)
    return at_rest(summary, hall.table.is_wide[polls.columns])


def packed(
    figures: Summary, every_s: int, start_ns: int, points: list[int], wide: NDArray[np.bool_]
) -> Iterator[tuple[Any, ...]]:
    """Rows of the rollup table; the first and the last block are filled up with nothing."""
    length = block_ns(every_s) // (every_s * SECOND_NS)
    first_ns = start_ns // block_ns(every_s) * block_ns(every_s)
    before = nothing((start_ns - first_ns) // (every_s * SECOND_NS), len(points))
    behind = nothing(-(before.mean.shape[0] + figures.mean.shape[0]) % length, len(points))
    whole = stack([before, figures, behind])
    for number in range(whole.mean.shape[0] // length):
        block = whole.rows(slice(number * length, (number + 1) * length))
        for place, p in enumerate(points):
            row = pack_block(block, place, every_s, wide=bool(wide[place]))
            yield every_s, p, first_ns + number * block_ns(every_s), *row


class _Insert:
    """Work for the writer's thread."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def __call__(self, connection: apsw.Connection) -> None:
        connection.executemany(_INSERT, self._rows)


def _numbers(connection: apsw.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT id, p FROM point"))
