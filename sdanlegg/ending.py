"""Work that cleans up behind itself also when it is asked to end half-way."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def run_undoing(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; SIGINT, SIGTERM and SIGHUP cancel it, and the process ends as after the signal."""
    received: list[signal.Signals] = []

    async def watched() -> None:
        task = asyncio.ensure_future(coroutine)
        loop = asyncio.get_running_loop()

        def end(number: signal.Signals) -> None:
            received.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end, number)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    asyncio.run(watched())
    if received:
        raise SystemExit(128 + received[0])
