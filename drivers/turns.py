"""Whose turn it is on a connection that takes one request at a time."""

import asyncio
from collections import deque


class Turns:
    """A lock with two queues: who is urgent goes before all who wait; within each, first come, first served."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def is_urgent(self) -> bool:
        """Whether somebody urgent waits."""
        return bool(self._urgent)

    async def take(self, *, urgent: bool = False) -> None:
        """Wait for the turn; whoever returns from here must give it back."""
        if not self._taken:
            self._taken = True
            return
        queue = self._urgent if urgent else self._waiting
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given to us while we were being cancelled
                self.give()
            raise

    def give(self) -> None:
        """Give the turn to the next who still waits."""
        for queue in (self._urgent, self._waiting):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._taken = False
