"""Time is injected: wall time in integer ns UTC, a monotonic clock for schedules, and sleep."""

import asyncio
import time
from typing import Protocol

SECOND_NS = 1_000_000_000


class Clock(Protocol):
    """What the program may ask of time."""

    def now_ns(self) -> int:
        """Wall time, ns since 1970 UTC."""
        ...

    def monotonic_ns(self) -> int:
        """A time that never steps, ns from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a negative time does not wait."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ns(self) -> int:
        """Wall time, ns since 1970 UTC."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """A time that never steps, ns from an arbitrary start."""
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """Wait; a negative time does not wait."""
        await asyncio.sleep(max(0.0, seconds))


def next_tick(now_ns: int, period_ns: int, phase_ns: int = 0) -> int:
    """First grid point strictly after now; missed ticks are skipped, phase is kept."""
    return ((now_ns - phase_ns) // period_ns + 1) * period_ns + phase_ns
