"""A few points around the spring's change of clocks, in two stores that are told the same: one is sealed."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Frame
from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, UNCERTAIN
from sdanlegg.readings import FloatArray, Reading
from tests.support.history import counter, gauge, state
from tests.support.points import point, register
from tests.support.sealing import seal

S = SECOND_NS
MINUTE, HOUR = 60 * S, 3600 * S
OSLO = ZoneInfo("Europe/Oslo")
START = 1_774_656_000 * S  # 2026-03-28 00:00 UTC, the day before summer time in Oslo
SPAN = 60 * HOUR
POINTS = PointTable(
    [
        *(gauge("a.x", 60.0), gauge("a.y", 120.0), counter("a.e", 60.0), state("a.s", 60.0)),
        *(point("a.w", register("float64"), period_s=60.0), gauge("b.x", 300.0)),
    ]
)
IDS = list(POINTS.column)
COMPANIES = (("a.x", "a.y", "a.e", "a.s", "a.w"), ("a.x",), ("a.e", "a.w"), ("b.x",))


def batch(rng: np.random.Generator, start_ns: int, end_ns: int) -> list[Reading]:
    """Readings of some points in a stretch of time: jitter, doubt, failures, NaN, Inf, and huge counters."""
    names = COMPANIES[rng.integers(len(COMPANIES))]
    low, high = np.sort(rng.integers(start_ns, end_ns, 2))
    step = int(rng.choice([60, 61, 300])) * S
    times = np.arange(low, high, step, dtype=np.int64)[:250] + rng.integers(0, 3 if rng.random() < 0.5 else S)
    columns = POINTS.columns(names)
    qualities = np.array([GOOD, GOOD, GOOD, GOOD, UNCERTAIN | 4, BAD | COMM], np.uint16)
    made = []
    for t in times.tolist():
        values: FloatArray = np.round(rng.normal(20, 5, len(names)), int(rng.integers(0, 4))).astype(np.float64)
        values[[name == "a.e" for name in names]] = 2.0**40 + (t - START) // S / 8
        quality = rng.choice(qualities, len(names)) if rng.random() < 0.3 else np.zeros(len(names), np.uint16)
        if rng.random() < 0.05:
            values[rng.integers(len(names))] = rng.choice([np.nan, np.inf, -1e300])
            quality = np.full(len(names), BAD, np.uint16)
        made.append(Reading("d", t, columns, values, quality))
    return made


def regular(n: int, step_s: int = 60, company: Sequence[str] = COMPANIES[0]) -> list[Reading]:
    """Readings every step: a.x counts up, the counter as well."""
    columns = POINTS.columns(company)
    good = np.zeros(columns.size, np.uint16)
    first = 1000.0 * np.arange(columns.size, dtype=np.float64)
    return [Reading("d", START + i * step_s * S, columns, first + i, good) for i in range(n)]


def equal(a: Frame, b: Frame) -> None:
    assert a.points == b.points
    for name in ("t_ns", "values", "quality", "coverage"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@dataclass
class Pair:
    """Two stores that are told the same; only one is ever sealed."""

    plain: LocalStore
    sealed: LocalStore
    folder: Path

    async def both(self, change: Callable[[LocalStore], Awaitable[object]]) -> None:
        for store in (self.plain, self.sealed):
            await change(store)

    async def seal(self, until_ns: int) -> None:
        await seal(self.sealed, self.folder, until_ns)


async def pair(stack: AsyncExitStack, folder: Path) -> Pair:
    plain = await stack.enter_async_context(LocalStore.open(folder / "plain", POINTS))
    sealed = await stack.enter_async_context(LocalStore.open(folder / "sealed", POINTS))
    return Pair(plain, sealed, folder / "sealed")
