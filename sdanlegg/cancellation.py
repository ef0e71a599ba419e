"""Being asked to end, also where a library lost the request."""

import asyncio


def heed_cancellation() -> None:
    """Raise CancelledError if this task was cancelled and a library has swallowed it.

    asyncio.wait_for does so before Python 3.12 when what it waits for ends at the same instant
    (https://github.com/python/cpython/issues/86296); a task that loops over a library would then never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
