"""Requests in a row over one connection, one in flight.

The next request goes out in the very callback that brought the last answer: a poll costs one task switch and one timer,
not one of each per block.
"""

import asyncio
from collections.abc import Callable, Sequence

from pymodbus.pdu import ModbusPDU

from drivers.modbus_request import Request, judge
from drivers.modbus_response import CheckedFramer
from sdanlegg.errors import DeviceError, LinkError

Outcome = bytes | DeviceError


class Exchange:
    """One row of requests at a time; ends early at the first error, or when somebody urgent waits."""

    def __init__(self, transport: asyncio.Transport, framer: CheckedFramer, yields: Callable[[], bool]) -> None:
        self._transport = transport
        self._framer = framer
        self._yields = yields
        self._loop = asyncio.get_running_loop()
        self._transaction = 0
        self._requests: Sequence[Request] = ()
        self._outcomes: list[Outcome] = []
        self._done: asyncio.Future[list[Outcome]] | None = None
        self._within_s = 0.0
        self._deadline = 0.0
        self._dropped = 0
        self._timer: asyncio.TimerHandle
        framer.take = self._answered

    async def run(self, requests: Sequence[Request], within_s: float) -> list[Outcome]:
        """Ask requests in their order, each to be answered within a time; the outcomes of those that were asked.

        At least one outcome; an error is the last. LinkError if the connection ends.
        """
        self._requests, self._within_s, self._outcomes = requests, within_s, []
        self._done = self._loop.create_future()
        self._send(requests[0])
        self._timer = self._loop.call_at(self._deadline, self._expire)
        try:
            return await self._done
        finally:
            self._timer.cancel()

    def fail(self, error: LinkError) -> None:
        """End the row that is under way, if any, with an error."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)

    def _send(self, request: Request) -> None:
        self._transaction = self._transaction % 0xFFFF + 1
        self._framer.transaction, self._framer.unit = self._transaction, request.unit
        self._dropped = self._framer.dropped
        self._deadline = self._loop.time() + self._within_s
        self._transport.write(self._transaction.to_bytes(2, "big") + request.tail)

    def _answered(self, answer: ModbusPDU) -> None:
        outcomes, requests, done = self._outcomes, self._requests, self._done
        if done is None or done.done():
            return  # late, or for the second time
        asked = len(outcomes)
        try:
            outcomes.append(judge(requests[asked], answer))
        except DeviceError as error:
            outcomes.append(error)
            done.set_result(outcomes)
            return
        if asked + 1 == len(requests) or self._yields():
            done.set_result(outcomes)
        else:
            self._send(requests[asked + 1])

    def _expire(self) -> None:
        if self._done is None or self._done.done():
            return
        if self._loop.time() < self._deadline:  # an answer has come meanwhile, and the next request gone out
            self._timer = self._loop.call_at(self._deadline, self._expire)
            return
        dropped = self._framer.dropped - self._dropped
        late = f" ({dropped} came to earlier requests)" if dropped else ""
        self._outcomes.append(DeviceError(f"no answer within {self._within_s:g} s{late}"))
        self._done.set_result(self._outcomes)
