"""Writes among reads, and how gently a device is treated."""

import asyncio
import struct

import pytest

from drivers.modbus import modbus_link
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.errors import DeviceError
from sdanlegg.site import Pacing
from tests.support.modbus_polls import PATIENT, answering, asked, polling, registers
from tests.support.scripted_modbus import Query, Script, Wire, exception, frame, obedient, scripted, silent


async def test_a_write_goes_before_the_reads_that_wait() -> None:
    gate = asyncio.Event()

    async def script(query: Query, wire: Wire) -> None:
        await gate.wait()
        await obedient(query, wire)

    async with polling(script, *range(0, 2000, 100), pacing=PATIENT) as (server, link, wanted):
        polls = [asyncio.create_task(link.poll(wanted)) for _ in range(3)]
        await asked(server)
        write = asyncio.create_task(link.write(wanted.points[0], 5.0))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(write, *polls)
    assert [q.function for q in server.queries][:3] == [3, 6, 3]
    assert len(server.queries) == 61


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (silent, "no answer"),
        (exception(4), "exception 4 .device failure"),
        (exception(6), "exception 6 .device busy"),
        (answering(lambda q: frame(q, b"\x06\x00\x0b\x00\x07")), "does not repeat it"),
        (answering(lambda q: frame(q, b"\x06\x00")), "does not repeat it|cannot be read"),
    ],
)
async def test_a_write_is_sent_once_and_every_other_answer_is_an_error(script: Script, text: str) -> None:
    async with polling(script) as (server, link, wanted):
        with pytest.raises(DeviceError, match=text):
            await link.write(wanted.points[0], 5.0)
        assert [(q.function, q.body) for q in server.queries] == [(6, struct.pack(">HH", 11, 5))]


class CountingClock(SystemClock):
    """The machine's clock, but sleep is counted and does not wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.shift_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.shift_ns

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.shift_ns += int(max(seconds, 0.0) * SECOND_NS)


async def test_pauses_are_kept() -> None:
    clock, pacing = CountingClock(), Pacing(timeout=20, pause_after_connect=2.0, pause_between=0.5)
    async with scripted() as server:
        wanted = registers(server.port, 1, 500, 900, pacing=pacing)
        link = modbus_link([wanted], clock)
        await link.connect()
        assert clock.slept == [2.0]
        await link.poll(wanted)
        await link.close()
    first, *between = clock.slept[1:]
    assert first <= 0.0
    assert len(between) == 2
    assert all(0.0 < pause <= 0.5 for pause in between)


async def test_a_device_that_wants_it_is_hung_up_on_after_each_poll() -> None:
    async with scripted() as server:
        wanted = registers(server.port, 1, 500, pacing=Pacing(timeout=20, close_after_poll=True))
        link = modbus_link([wanted], SystemClock())
        await link.connect()
        for visits in (1, 2, 3):
            assert (await link.poll(wanted)).values.tolist() == [1, 500]
            assert server.connections == visits
        await link.write(wanted.points[0], 1.0)
        assert server.connections == 4
        await link.close()
