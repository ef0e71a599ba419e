"""Taking samples that were made elsewhere into the history: free days at once, the rest as readings."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sdanlegg.historian import facts, past
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.past import Piece
from sdanlegg.quality import QualityArray
from sdanlegg.readings import FloatArray, Reading, TimeArray
from sdanlegg.site import Site


class Stretch(NamedTuple):
    """Samples t_ns (T,) of all the hall's points: values, quality (T, N) by column; the texts of codes."""

    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray
    texts: Mapping[int, str]


async def absorb(site: Site, store: LocalStore, stretch: Stretch, samples_from_ns: int | None = None) -> None:
    """Take a stretch in. Days of which the history has nothing are sealed at once; what is left goes as readings.

    Of whole days before samples_from_ns only figures of a quarter of an hour and more are kept.
    """
    ids = tuple(point.id for point in site.points)
    start_ns = int(stretch.t_ns[0])
    sealed = await store.ask(lambda connection, _: facts.read(connection))
    days: list[int] = []
    if sealed.zone == site.zone.key and start_ns % DAY_NS == 0 and stretch.t_ns.size > 1:
        end_ns = int(2 * stretch.t_ns[-1] - stretch.t_ns[-2])
        if samples_from_ns is not None and end_ns <= samples_from_ns and end_ns % DAY_NS == 0:
            piece = Piece(stretch.t_ns, ids, stretch.values, stretch.quality, stretch.texts)
            await past.put(store, piece, site.zone, samples=False)
            return
        days = await store.ask(partial(past.free_days, points=ids, start_ns=start_ns, end_ns=end_ns))
    of_day = stretch.t_ns // DAY_NS * DAY_NS
    for run in _runs(days):
        x = np.isin(of_day, run)
        piece = Piece(stretch.t_ns[x], ids, stretch.values[x], stretch.quality[x], stretch.texts)
        await past.put(store, piece, site.zone)
    await store.write(_readings(site, stretch, np.flatnonzero(~np.isin(of_day, days))))


def _runs(days: list[int]) -> list[list[int]]:
    """Successive days together."""
    runs: list[list[int]] = []
    for day_ns in days:
        if runs and day_ns - runs[-1][-1] == DAY_NS:
            runs[-1].append(day_ns)
        else:
            runs.append([day_ns])
    return runs


def _readings(site: Site, stretch: Stretch, which: NDArray[np.intp]) -> list[Reading]:
    columns: dict[str, list[int]] = {}
    for column, point in enumerate(site.points):
        columns.setdefault(point.device, []).append(column)
    devices = [(device, np.array(members, np.int32)) for device, members in columns.items()]
    return [
        Reading(device, int(stretch.t_ns[i]), these, stretch.values[i, these], stretch.quality[i, these], None,
                stretch.texts)
        for i in which.tolist()
        for device, these in devices
    ]  # fmt: skip
