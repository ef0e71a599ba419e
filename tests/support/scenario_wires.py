"""A twin under faults on real sockets, and clients of our own that know nothing of the drivers."""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point, Register
from sdanlegg.site import Device, Site
from simulators.serve import Life, serve
from tests.support.scenarios import fault, scenario
from tests.support.twin import NOON_IN_JUNE, StandingClock

MINUTE = 60 * SECOND_NS
SOON_S = 20.0


class Asker:
    """A Modbus client that knows nothing of the driver: one connection, raw frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)

    def send(self, unit: int, register: Register) -> int:
        function = 3 if register.table == "holding" else 4
        number = next(self._numbers)
        pdu = struct.pack(">BHH", function, register.address, register.type.registers)
        self._writer.write(struct.pack(">HHHB", number, 0, len(pdu) + 1, unit) + pdu)
        return number

    async def answer(self) -> tuple[int, int, bytes]:
        """Transaction, function and data of the next answer."""
        async with asyncio.timeout(SOON_S):
            number, _, length, _, function = struct.unpack(">HHHBB", await self._reader.readexactly(8))
            return number, function, await self._reader.readexactly(length - 2)

    async def ask(self, unit: int, register: Register) -> tuple[int, bytes]:
        """Function and data of the answer to one question."""
        number = self.send(unit, register)
        answered, function, content = await self.answer()
        assert answered == number
        return function, content

    async def closed(self) -> bool:
        """Whether the other side ends the connection without an answer."""
        try:
            async with asyncio.timeout(SOON_S):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so; the twin looks at its clock a few times a second."""
    async with asyncio.timeout(SOON_S):
        while not await true():
            await asyncio.sleep(0.05)


class Hands:
    """What a test does with a twin: moves its clock, connects, asks."""

    def __init__(self, clock: StandingClock) -> None:
        self._clock = clock
        self._askers: list[Asker] = []

    def at(self, minutes: float) -> None:
        self._clock.wall_ns = NOON_IN_JUNE + round(minutes * MINUTE)

    async def connect(self, to: Device) -> Asker:
        async with asyncio.timeout(SOON_S):
            self._askers.append(Asker(*await asyncio.open_connection(to.host, to.port)))
        return self._askers[-1]

    async def refused(self, by: Device) -> bool:
        try:
            await self.connect(by)
        except ConnectionRefusedError:
            return True
        return False

    async def answers(self, of: Device, register: Register) -> bool:
        try:
            asker = await self.connect(of)
            function, _ = await asker.ask(of.unit, register)
        except (ConnectionError, asyncio.IncompleteReadError):
            return False
        return function < 0x80

    async def let_go(self) -> None:
        for asker in self._askers:
            await asker.close()


@contextlib.asynccontextmanager
async def twin(site: Site, folder: Path, *faults: str) -> AsyncIterator[Hands]:
    """The hall's devices served under these faults; the clock is moved by hand."""
    clock, ready = StandingClock(), asyncio.Event()
    life = Life(scenario=scenario(folder, site, *faults))
    serving = asyncio.create_task(serve(site, life, clock=clock, ready=ready))
    waiting, hands = asyncio.create_task(ready.wait()), Hands(clock)
    try:
        await asyncio.wait({serving, waiting}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert ready.is_set(), serving
        yield hands
        assert not serving.done(), serving
    finally:
        await hands.let_go()
        for task in (serving, waiting):
            task.cancel()
        await asyncio.gather(serving, waiting, return_exceptions=True)


def device(site: Site, id_: str) -> Device:
    return next(d for d in site.devices if d.id == id_)


def register(site: Site, id_: str) -> Register:
    address = point(site, id_).address
    assert isinstance(address, Register)
    return address


def point(site: Site, id_: str) -> Point:
    return site.points.points[site.points.column[id_]]


def communication(kind: str, target: str, *lines: str) -> str:
    return fault(kind, target, *lines, class_="communication", points=f'["{target}"]')
