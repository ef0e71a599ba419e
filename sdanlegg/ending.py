"""Work that cleans up behind itself also when it is asked to end half-way."""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, Final

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_undoing(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; signals of ENDINGS cancel it, and the process then exits as after the signal."""
    received: list[signal.Signals] = []

    async def watched() -> None:
        task = asyncio.ensure_future(coroutine)
        loop = asyncio.get_running_loop()

        def end(number: signal.Signals) -> None:
            received.append(number)
            task.cancel()

        for number in ENDINGS:
            loop.add_signal_handler(number, end, number)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    asyncio.run(watched())
    if received:
        raise SystemExit(128 + received[0])


def leave_on_signals() -> None:
    """For work without a loop: have signals of ENDINGS rise as SystemExit, which undoes what is being done."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in ENDINGS:
        signal.signal(number, leave)
