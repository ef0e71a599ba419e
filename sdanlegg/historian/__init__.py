"""History behind one protocol: the local store is the truth; mirrors are fed from it by a durable cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from sdanlegg.historian.tiers import Summary
from sdanlegg.quality import QualityArray
from sdanlegg.readings import FloatArray, TimeArray


@dataclass(frozen=True, slots=True)
class Frame:
    """Aligned samples: t_ns (T,) ascending UTC; values (T, P) NaN where there is none; quality (T, P), NO_SAMPLE there.

    coverage (T, P) is the share of each interval with good data where every was asked, else None.
    """

    points: tuple[str, ...]
    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray
    coverage: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Intervals from local midnight to local midnight: 23, 24 or 25 hours long."""

    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Summaries:
    """All figures of P points over the K intervals between edges_ns (K+1,)."""

    points: tuple[str, ...]
    edges_ns: TimeArray
    figures: Summary


class Historian(Protocol):
    """What can be read of history. Point ids, half-open ranges [start_ns, end_ns), times in ns UTC."""

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        """Raw samples, or one row per interval of every ns or local day; UnknownPointError: a point never stored."""
        ...

    async def latest(self, points: Sequence[str]) -> Frame:
        """Newest sample of each point, one row per distinct time; a point without any is NO_SAMPLE throughout."""
        ...


class SummingHistorian(Historian, Protocol):
    """A historian that keeps all figures of intervals."""

    async def summary(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
        """Figures of the intervals that read would give; raises as read does."""
        ...
