"""What every engine is asked, in the same words for all, and how it is seen that they answer the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from benchmarks.history_data import DAY_NS, END_NS, HOUR_NS, Hall, Polls
from sdanlegg.readings import FloatArray, TimeArray

MS_NS = 1_000_000
Column = tuple[TimeArray, FloatArray]  # instants in ms, values
# raw: samples; tier: hourly figures that rest as such; means: hourly means that the engine makes of its samples.
Kind = Literal["raw", "tier", "means", "last"]


@dataclass(frozen=True, slots=True)
class Question:
    """Points, by column, over [start_ns, end_ns); last asks for the newest sample of each."""

    kind: Kind
    columns: tuple[int, ...]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in as many wordings as it is repeated: each repetition asks for other points or another day."""

    text: str
    every: Callable[[int], Question]
    slow: bool = False  # seconds for some: fewer repetitions


class Engine(Protocol):
    """Something that holds the history."""

    name: str

    async def load(self, day: Sequence[Polls]) -> None:
        """Take a day of every device."""
        ...

    async def load_hours(self, t_ns: TimeArray, values: FloatArray) -> None:
        """Take hourly figures (K,), (K, P) as a tier of their own; nothing to do where there is one."""
        ...

    async def settle(self) -> None:
        """Come to rest: everything on the disk, nothing left to tidy."""
        ...

    def cpu_s(self) -> float:
        """CPU seconds of the engine's own process, 0 where it has none."""
        ...

    async def fetch(self, question: Question) -> object:
        """Ask; this is what is timed. From a server its answer's bytes, otherwise arrays."""
        ...

    def columns(self, question: Question, answer: object) -> Mapping[int, Column]:
        """Take an answer apart for the comparison."""
        ...


def questions(hall: Hall, days: int, year_start_ns: int) -> tuple[Asked, ...]:
    """Return what is asked of a hall of which so many days are kept raw, and hourly figures from year_start_ns on."""
    many = max(1, hall.size // 5)
    raw_start_ns = END_NS - days * DAY_NS
    gauges = [i for i, kind in enumerate(hall.kinds) if kind not in {"count", "state"}]

    def some(repetition: int, count: int, among: Sequence[int]) -> tuple[int, ...]:
        first = 37 * repetition
        return tuple(sorted({among[(first + i) % len(among)] for i in range(count)}))

    everything = range(hall.size)

    def day(hour: int) -> Callable[[int], Question]:
        """Days that begin at that hour of UTC."""

        def ask(i: int) -> Question:
            start_ns = END_NS - (2 + 5 * i % max(1, days - 2)) * DAY_NS + hour * HOUR_NS
            return Question("raw", some(i, 1, everything), start_ns, start_ns + DAY_NS)

        return ask

    def over(kind: Kind, count: int, start_ns: int, among: Sequence[int]) -> Callable[[int], Question]:
        return lambda i: Question(kind, some(i, count, among), start_ns, END_NS)

    return (
        Asked("1 point, 24 h, raw, from local midnight", day(-2 if days > 2 else 2)),
        Asked("1 point, 24 h, raw, from midnight UTC", day(0)),
        Asked("1 point, 1 year, hourly figures at rest", over("tier", 1, year_start_ns, everything)),
        Asked(f"{many} points, 1 year, hourly figures at rest", over("tier", many, year_start_ns, everything)),
        Asked(f"{hall.size} points, last value", over("last", hall.size, END_NS - 60_000 * MS_NS, everything)),
        Asked(f"1 point, {days} days, hourly; the others from raw", over("means", 1, raw_start_ns, gauges), slow=True),
        Asked(
            f"{many} points, {days} days, hourly; the others from raw",
            over("means", many, raw_start_ns, gauges),
            slow=True,
        ),
    )


class DisagreementError(Exception):
    """Two engines do not answer the same: their times cannot be compared."""


def compare(question: Question, truth: Mapping[int, Column], answer: Mapping[int, Column], engine: str) -> None:
    """DisagreementError unless the answer has the same points, as many values, and the same ones within reason.

    Raw values and tiers may differ by the rounding to float32. Means made of samples are weighted by time here and
    are plain means there: they may differ by a twentieth of what the means move. Not every
    engine tells the instants of last values.
    """
    if set(truth) != set(answer):
        raise DisagreementError(f"{engine}, {question.kind}: {len(answer)} points instead of {len(truth)}")
    for column, (t_ms, values) in truth.items():
        t_there, there = answer[column]
        same_times = question.kind == "last" or np.array_equal(t_there, t_ms)
        if there.size != values.size or not same_times:
            raise DisagreementError(f"{engine}, {question.kind}, point {column}: {there.size} not {values.size} values")
        span = float(np.ptp(values)) if question.kind == "means" else 0.0
        off = np.abs(there - values) - 1e-6 * np.abs(values) - 0.05 * span
        if not (off <= 0).all():
            worst = int(np.argmax(off))
            raise DisagreementError(
                f"{engine}, {question.kind}, point {column}: {there[worst]} instead of {values[worst]}"
            )
