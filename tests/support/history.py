"""Points and readings for tests of the history."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Frame, Historian
from sdanlegg.points import Point, PointTable
from sdanlegg.quality import GOOD, NO_SAMPLE
from sdanlegg.readings import Reading
from tests.support.points import point, register

T0 = 1_750_000_000 * SECOND_NS


def gauge(id_: str, period_s: float = 1.0) -> Point:
    return point(id_, register("float32"), period_s=period_s)


def counter(id_: str, period_s: float = 1.0) -> Point:
    return point(id_, register("uint64"), kind="counter", period_s=period_s, unit="kWh", quantity="energy")


def state(id_: str, period_s: float = 1.0) -> Point:
    return point(id_, register("uint16"), kind="state", period_s=period_s, unit="1", quantity="state")


def table(*ids: str) -> PointTable:
    """Gauges, but counters where the name ends in kwh and states where it ends in st; polled each second."""
    made = {"kwh": counter, "st": state}
    return PointTable([made.get(id_.rpartition("_")[2], gauge)(id_) for id_ in ids])


def reading(
    points: PointTable,
    t_ns: int,
    values: Mapping[str, float],
    quality: int | Sequence[int] = GOOD,
    source_t_ns: Sequence[int] | None = None,
    texts: Mapping[int, str] | None = None,
) -> Reading:
    """A reading of the named points; one quality for all, or one each."""
    columns = points.columns(values)
    q = np.broadcast_to(np.asarray(quality, np.uint16), columns.shape).copy()
    source = None if source_t_ns is None else np.array(source_t_ns, np.int64)
    return Reading("d", t_ns, columns, np.array(list(values.values()), float), q, source, texts)


def series(frame: Frame, id_: str) -> list[tuple[int, float, int]]:
    """Samples of one point as (t_ns, value, quality), without the instants at which it has none."""
    i = frame.points.index(id_)
    return [
        (int(t), float(v), int(q))
        for t, v, q in zip(frame.t_ns, frame.values[:, i], frame.quality[:, i], strict=True)
        if q != NO_SAMPLE
    ]


async def values(store: Historian, id_: str = "a.x") -> list[float]:
    """Every value of one point, by time."""
    return [value for _, value, _ in series(await store.read([id_], 0, 2 * T0), id_)]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what another thread brings about; TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
