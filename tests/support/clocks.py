"""Clocks for tests: one that stands still until it is moved, one that runs faster than the wall's."""

import asyncio
import time

from sdanlegg.clock import SECOND_NS


class SetClock:
    """Stands at the time it is given; sleeping moves it on at once."""

    def __init__(self, now_ns: int = 1_750_000_000 * SECOND_NS) -> None:
        self.t_ns = now_ns

    def now_ns(self) -> int:
        return self.t_ns

    def monotonic_ns(self) -> int:
        return self.t_ns

    async def sleep(self, seconds: float) -> None:
        self.t_ns += int(max(seconds, 0.0) * SECOND_NS)
        await asyncio.sleep(0)


class FastClock:
    """Runs `speed` times as fast as the machine's, sleeps included; counts the sleeps it was asked for."""

    def __init__(self, speed: float = 20.0) -> None:
        self.speed = speed
        self.start_ns = time.monotonic_ns()
        self.epoch_ns = 1_750_000_000 * SECOND_NS

    def monotonic_ns(self) -> int:
        return int((time.monotonic_ns() - self.start_ns) * self.speed)

    def now_ns(self) -> int:
        return self.epoch_ns + self.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0) / self.speed)


class SteppedClock(FastClock):
    """A fast clock whose wall time can be set forward and back, as a wrong time server does; monotonic time cannot."""

    def __init__(self, speed: float, epoch_ns: int) -> None:
        super().__init__(speed)
        self.epoch_ns = epoch_ns

    def step(self, seconds: float) -> None:
        """Set the wall's clock forward, or back when negative."""
        self.epoch_ns += int(seconds * SECOND_NS)
