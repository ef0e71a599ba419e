"""Reads the blocks of one group over a connection, and keeps what is good of a poll that went partly wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.modbus_codec import Layout, Row, compile_layout, decode
from drivers.modbus_connection import Connection
from drivers.modbus_plan import Block, split
from drivers.modbus_request import GATEWAY, TOO_MUCH, RefusalError, Request, read_request
from sdanlegg.errors import DeviceError
from sdanlegg.points import Register
from sdanlegg.quality import BAD, BUSY, COMM, CONFIG
from sdanlegg.readings import FloatArray

_UNANSWERED: Final = BAD | COMM
_MISSES: Final = 2  # blocks without an answer after which the rest of a poll is not asked for


@dataclass(slots=True)
class _Part:
    """One block with its request; refused is the quality of a block that the device does not have, else 0."""

    block: Block
    request: Request
    refused: int = 0


@dataclass(slots=True)
class _Poll:
    """What a poll has brought so far: a block's bytes each, in the parts' order, and the faults of some of them."""

    answers: list[bytes] = field(default_factory=list)
    faults: dict[int, int] = field(default_factory=dict)
    heard: bool = False  # whether the device has said anything
    misses: int = 0

    def mark(self, part: _Part, fault: int) -> None:
        self.faults[len(self.answers)] = fault
        self.answers.append(bytes(part.block.size))


class BlockReader:
    """The blocks of one group as one connection reads them.

    A block that is refused as too long or across a hole is halved until the refused values stand alone: they do not
    blind their neighbours. That is remembered as long as the reader lives; of what is refused, one block a poll is
    asked for again, so that a device that has it after all is found out.
    """

    def __init__(
        self,
        unit: int,
        registers: Sequence[Register],
        blocks: Sequence[Block],
        none: FloatArray | None,
        within_s: float,
    ) -> None:
        self._unit = unit
        self._registers = registers
        self._blocks = tuple(blocks)
        self._none = none
        self._within_s = within_s
        self._polls = 0
        self._parts: list[_Part] = []
        self._requests: list[Request] = []
        self._layout: Layout | None = None
        self._plan_anew()

    async def read(self, connection: Connection) -> Row:
        """Read every block once.

        DeviceError: the first block asked for went unanswered or was answered wrongly, the gateway did not reach the
        unit, or every block was answered with "busy". Later failures mark their block only.
        """
        poll, again = _Poll(), self._again()
        while (index := len(poll.answers)) < len(self._parts):
            requests = self._askable(index, again) if poll.misses < _MISSES else ()
            if not requests:
                poll.mark(self._parts[index], self._parts[index].refused or _UNANSWERED)
                continue
            for outcome in await connection.ask(requests, self._within_s):
                if isinstance(outcome, bytes):
                    poll.answers.append(outcome)
                    poll.heard = True
                else:
                    self._take_error(poll, outcome)
        row = self._decode(poll)
        if again is not None and any(part is again and i not in poll.faults for i, part in enumerate(self._parts)):
            self._plan_anew()
        return row

    def _decode(self, poll: _Poll) -> Row:
        if len(poll.faults) == len(self._parts) and set(poll.faults.values()) == {BAD | BUSY}:
            raise DeviceError("the device answers that it is busy", BAD | BUSY)
        if self._layout is None:
            self._layout = compile_layout(self._registers, [part.block for part in self._parts], self._none)
        return decode(self._layout, b"".join(poll.answers), poll.faults)

    def _take_error(self, poll: _Poll, error: DeviceError) -> None:
        """Halve the block that was not read, or mark it; raises the error if it speaks of the whole device."""
        index, code = len(poll.answers), error.code if isinstance(error, RefusalError) else 0
        if code in TOO_MUCH and (halves := split(self._parts[index].block)) is not None:
            parts = [_Part(half, read_request(self._unit, half)) for half in halves]
            self._set_parts([*self._parts[:index], *parts, *self._parts[index + 1 :]])
        else:
            if code == 0 or code in GATEWAY:
                if not poll.heard:
                    # Another block first next time: a device may be dumb for one address and well otherwise.
                    self._set_parts([*self._parts[1:], self._parts[0]])
                    raise error
                poll.misses += 1
            fault = error.quality if isinstance(error, RefusalError) else _UNANSWERED
            self._parts[index].refused = fault if fault & CONFIG else 0
            poll.mark(self._parts[index], fault)
        poll.heard = True

    def _askable(self, index: int, again: _Part | None) -> list[Request]:
        """Requests from index on, up to the next block that is known to be refused."""
        if again is None:
            return self._requests[index:]
        known = (i for i in range(index, len(self._parts)) if self._parts[i].refused and self._parts[i] is not again)
        return self._requests[index : next(known, None)]

    def _again(self) -> _Part | None:
        """Choose the refused block whose turn it is to be asked for again."""
        refused = [part for part in self._parts if part.refused]
        self._polls += 1
        return refused[self._polls % len(refused)] if refused else None

    def _plan_anew(self) -> None:
        self._set_parts([_Part(block, read_request(self._unit, block)) for block in self._blocks])
        self._layout = compile_layout(self._registers, self._blocks, self._none)

    def _set_parts(self, parts: list[_Part]) -> None:
        self._parts, self._requests, self._layout = parts, [part.request for part in parts], None
