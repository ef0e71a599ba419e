"""Reads the blocks of one group over a connection, and keeps what is good of a poll that went partly wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        self._layout: Layout | None = None
        self._plan_anew()

    async def read(self, connection: Connection) -> Row:
        """Read every block once.

        DeviceError: the first block asked for went unanswered or was answered wrongly, the gateway did not reach the
        unit, or every block was answered with "busy". Later failures mark their block only.
        """
        answers: list[bytes] = []
        faults: dict[int, int] = {}
        again, heard, healed, misses, index = self._again(), False, False, 0, 0
        while index < len(self._parts):
            part = self._parts[index]
            fault = part.refused if part is not again else 0
            if misses >= _MISSES:
                fault = fault or _UNANSWERED
            if not fault:
                try:
                    answers.append(await connection.ask(part.request, self._within_s))
                    healed |= part.refused != 0
                except DeviceError as error:
                    code = error.code if isinstance(error, RefusalError) else 0
                    if code in TOO_MUCH and self._halve(index):
                        heard = True
                        continue
                    if code == 0 or code in GATEWAY:
                        self._miss(error, heard=heard)
                        misses += 1
                    fault = self._mark(part, error)
                heard = True
            if fault:
                answers.append(bytes(part.block.size))
                faults[index] = fault
            index += 1
        row = self._decode(answers, faults)
        if healed:
            self._plan_anew()
        return row

    def _decode(self, answers: Sequence[bytes], faults: dict[int, int]) -> Row:
        if len(faults) == len(self._parts) and set(faults.values()) == {BAD | BUSY}:
            raise DeviceError("the device answers that it is busy")
        if self._layout is None:
            self._layout = compile_layout(self._registers, [p.block for p in self._parts], self._none)
        return decode(self._layout, b"".join(answers), faults)

    def _miss(self, error: DeviceError, *, heard: bool) -> None:
        """Raise the error of a block that was not answered, if nothing else was heard of the device in this poll."""
        if not heard:
            # Another block first next time: a device may be dumb for one address and well otherwise.
            self._parts.append(self._parts.pop(0))
            self._layout = None
            raise error

    def _mark(self, part: _Part, error: DeviceError) -> int:
        """Quality of a block that was not read; what the device does not have is remembered."""
        fault = error.quality if isinstance(error, RefusalError) else _UNANSWERED
        part.refused = fault if fault & CONFIG else 0
        return fault

    def _again(self) -> _Part | None:
        """Choose the refused block whose turn it is to be asked for again."""
        refused = [part for part in self._parts if part.refused]
        self._polls += 1
        return refused[self._polls % len(refused)] if refused else None

    def _halve(self, index: int) -> bool:
        halves = split(self._parts[index].block)
        if halves is None:
            return False
        self._parts[index : index + 1] = [_Part(half, read_request(self._unit, half)) for half in halves]
        self._layout = None
        return True

    def _plan_anew(self) -> None:
        self._parts = [_Part(block, read_request(self._unit, block)) for block in self._blocks]
        self._layout = compile_layout(self._registers, self._blocks, self._none)
