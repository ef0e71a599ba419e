"""Three ways to read the same registers every second: the service's whole path, bare pymodbus, and a bare socket.

Each is a context manager: inside it reads at its period, outside it has let go of everything. What it gives is a call
that tells how many points have been read so far.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from prometheus_client import CollectorRegistry
from pymodbus.client import AsyncModbusTcpClient

from drivers.modbus import plan_group
from drivers.modbus_plan import Block
from drivers.modbus_request import read_request
from sdanlegg.clock import SECOND_NS, SystemClock, next_tick
from sdanlegg.collect import Collector, phase, poll_groups
from sdanlegg.driver import PollGroup
from sdanlegg.historian.local import LocalStore
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics
from sdanlegg.onward import Onward
from sdanlegg.plausibility import Plausibility
from sdanlegg.quality import GOOD
from sdanlegg.readings import Reading
from sdanlegg.run import background, factories, sink
from sdanlegg.site import Site

LOOKS, LOOK_EVERY_S = 100, 0.1
Count = Callable[[], int]
Read = Callable[[], Awaitable[None]]


class WrongAnswerError(Exception):
    """What came back is not what was asked for: the figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Service:
    """What collects and keeps, as the service wires it."""

    collector: Collector
    live: Live
    store: LocalStore


@asynccontextmanager
async def service(site: Site, watch: Callable[[Reading], None] | None = None) -> AsyncIterator[Service]:
    """Collect a hall through driver, judgement, live values, metrics and local store; watch sees every reading."""
    clock, metrics, live = SystemClock(), Metrics.create(CollectorRegistry()), Live(site.points)
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as folder:
        async with LocalStore.open(Path(folder), site.points, site.store.commit_ms, clock, metrics) as store:
            take = sink(Plausibility(site.points), live, store, metrics, Onward(clock, 0))

            def take_and_tell(reading: Reading) -> None:
                take(reading)
                if watch is not None:
                    watch(reading)

            collector = Collector(site, factories(clock), take_and_tell if watch else take, clock, metrics)
            async with background(collector.run()):
                yield Service(collector, live, store)


@asynccontextmanager
async def whole_path(site: Site) -> AsyncIterator[Count]:
    """Read as the service does, from the socket into the local store."""
    size = len(site.points) // len(site.devices)
    async with service(site) as running:
        yield lambda: size * sum(status.polls for status in running.collector.status().values())
        await running.store.flush()
        for _ in range(LOOKS):  # on a machine that has much else to do a poll may be late: wait for the next
            if (running.live.view(time.time_ns()).quality == GOOD).all() and running.store.tally.samples:
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise WrongAnswerError("the whole path did not bring good values of every point into the store")


@asynccontextmanager
async def bare_pymodbus(site: Site) -> AsyncIterator[Count]:
    """Read the same blocks with pymodbus' own client and its lists of registers, and do nothing with them."""
    clients: list[AsyncModbusTcpClient] = []

    async def reader(group: PollGroup, blocks: Sequence[Block]) -> Read:
        device = group.device
        client = AsyncModbusTcpClient(device.host, port=device.port, timeout=1, retries=0)
        clients.append(client)
        await client.connect()

        async def read() -> None:
            for block in blocks:
                answer = await client.read_holding_registers(block.address, count=block.count, device_id=device.unit)
                if answer.isError() or len(answer.registers) != block.count:
                    raise WrongAnswerError(str(answer))

        return read

    try:
        async with _polling(site, reader) as count:
            yield count
    finally:
        for client in clients:
            client.close()


class _Wire(asyncio.Protocol):
    """A socket that gives an answer as soon as as many bytes have come as were announced."""

    def __init__(self) -> None:
        self._come = b""
        self._size = 0
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._come += data
        if len(self._come) >= self._size and self._answer is not None:
            self._answer.set_result(self._come)
            self._come, self._answer = b"", None

    def ask(self, request: bytes, size: int) -> "asyncio.Future[bytes]":
        self._size = size
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer


@asynccontextmanager
async def raw_socket(site: Site) -> AsyncIterator[Count]:
    """Read the same blocks with as little as can be: fixed requests, a check of the length, one view of the bytes."""
    wires: list[_Wire] = []

    async def reader(group: PollGroup, blocks: Sequence[Block]) -> Read:
        device = group.device
        _, wire = await asyncio.get_running_loop().create_connection(_Wire, device.host, device.port)
        wires.append(wire)
        requests = [(b"\0\1" + read_request(device.unit, block).tail, 9 + block.size) for block in blocks]

        async def read() -> None:
            for request, size in requests:
                answer = await wire.ask(request, size)
                if len(answer) != size:
                    raise WrongAnswerError(answer.hex())
                np.frombuffer(answer, ">f4", offset=9)

        return read

    try:
        async with _polling(site, reader) as count:
            yield count
    finally:
        for wire in wires:
            wire.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def _polling(site: Site, reader: Callable[[PollGroup, Sequence[Block]], Awaitable[Read]]) -> AsyncIterator[Count]:
    """Poll every device in a loop of its own, at the phases that the collector would give."""
    polls, stopping = [0] * len(site.devices), asyncio.Event()

    async def loop(index: int, period_ns: int, read: Read) -> None:
        phase_ns = phase(index, period_ns)
        due_ns = time.monotonic_ns()
        while not stopping.is_set():
            await read()
            polls[index] += 1
            now_ns = time.monotonic_ns()
            due_ns = next_tick(max(now_ns, due_ns), period_ns, phase_ns)
            await asyncio.sleep((due_ns - now_ns) / SECOND_NS)

    groups = poll_groups(site)
    reads = [await reader(group, plan_group(group)[1]) for group in groups]
    size = len(site.points) // len(groups)
    async with asyncio.TaskGroup() as tasks:
        for index, (group, read) in enumerate(zip(groups, reads, strict=True)):
            tasks.create_task(loop(index, int(group.period_s * SECOND_NS), read))
        yield lambda: size * sum(polls)
        stopping.set()  # pymodbus swallows a cancellation in the middle of a read
