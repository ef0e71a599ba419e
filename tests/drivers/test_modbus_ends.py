"""Connections that are never made, end at any moment, or deliver late: noticed at once, and no value ever misplaced.

The control at the end shows that a bare pymodbus client waits out its time when the other end closes.
"""

import asyncio
import socket

import pytest
import uvloop
from pymodbus.exceptions import ModbusIOException

from drivers.modbus import modbus_link
from sdanlegg.clock import SystemClock
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.site import Pacing
from tests.support.modbus_polls import PATIENT, answering, asked, bare_client, polling, registers
from tests.support.scripted_modbus import Query, Wire, deaf_port, frame, obedient, refused_port, right, silent


async def test_a_refused_connection_is_a_link_error() -> None:
    link = modbus_link([registers(refused_port(), 1)], SystemClock())
    with pytest.raises(LinkError, match=r"^127\.0\.0\.1:\d+: .*refused"):
        await link.connect()
    await link.close()


async def test_a_connection_that_is_never_made_is_a_link_error() -> None:
    with deaf_port() as port:
        link = modbus_link([registers(port, 1)], SystemClock())
        with pytest.raises(LinkError, match=r"no connection within 0\.8 s"):
            await link.connect()
        await link.close()


async def test_a_name_that_does_not_exist_is_a_link_error() -> None:
    link = modbus_link([registers(1, 1, host="no-such-host.invalid", pacing=Pacing(timeout=20))], SystemClock())
    with pytest.raises(LinkError, match=r"^no-such-host\.invalid:1: "):
        await link.connect()
    await link.close()


async def test_a_late_answer_is_never_taken_for_the_next() -> None:
    late: list[Query] = []

    async def script(query: Query, wire: Wire) -> None:
        late.append(query)
        if len(late) > 1:
            await wire.send(b"".join(frame(q, right(q)) for q in late))  # both in one segment

    async with polling(script, 11) as (server, link, wanted):
        other = registers(server.port, 22)
        link._readers.update(modbus_link([other], SystemClock())._readers)
        with pytest.raises(DeviceError):
            await link.poll(wanted)
        assert (await link.poll(other)).values.tolist() == [22]


@pytest.mark.parametrize("cut", [1, 5, 7, 9, 100, 258])
async def test_a_late_answer_that_comes_in_two_halves_does_not_shift_the_stream(cut: int) -> None:
    late: list[bytes] = []

    async def script(query: Query, wire: Wire) -> None:
        answer = frame(query, right(query))
        if not late:
            late.append(answer[cut:])
            await wire.send(answer[:cut])
        else:
            await wire.send(late[0] + answer)

    async with polling(script, *range(125)) as (_, link, wanted):
        with pytest.raises(DeviceError):
            await link.poll(wanted)
        assert (await link.poll(wanted)).values.tolist() == list(range(125))


async def test_a_dribbled_answer_is_put_together() -> None:
    async def script(query: Query, wire: Wire) -> None:
        for octet in frame(query, right(query)):
            await wire.send(bytes([octet]))
            await asyncio.sleep(0.002)

    async with polling(script, *range(100, 160), pacing=PATIENT) as (_, link, wanted):
        assert (await link.poll(wanted)).values.tolist() == list(range(100, 160))


async def test_answers_that_come_twice_do_no_harm() -> None:
    async with polling(answering(lambda q: 2 * frame(q, right(q))), 11, 500, 900) as (_, link, wanted):
        for _ in range(3):
            assert (await link.poll(wanted)).values.tolist() == [11, 500, 900]


async def rude_ends(manner: str) -> None:
    async def script(query: Query, wire: Wire) -> None:
        if manner == "half an answer":
            await wire.send(frame(query, right(query))[:8])
        wire.reset() if manner == "reset" else wire.close()

    async with polling(script, pacing=PATIENT) as (_, link, wanted):
        async with asyncio.timeout(20):
            with pytest.raises(LinkError):
                await link.poll(wanted)
            with pytest.raises(LinkError, match="the connection is lost"):
                await link.poll(wanted)


@pytest.mark.parametrize("manner", ["close", "reset", "half an answer"])
async def test_the_end_of_the_connection_is_noticed_at_once(manner: str) -> None:
    await rude_ends(manner)


@pytest.mark.parametrize("manner", ["close", "reset", "half an answer"])
def test_the_end_of_the_connection_is_noticed_at_once_on_uvloop(manner: str) -> None:
    uvloop.run(rude_ends(manner))


async def test_a_connection_that_ended_between_polls_is_a_link_error() -> None:
    async with polling(obedient) as (server, link, wanted):
        await link.poll(wanted)
        server.writers[0].transport.abort()
        async with asyncio.timeout(20):
            with pytest.raises(LinkError):  # noqa: PT012
                while True:  # until the news has come
                    await link.poll(wanted)


async def test_closing_while_a_poll_waits_ends_the_poll() -> None:
    async with polling(silent, pacing=PATIENT) as (server, link, wanted):
        poll = asyncio.create_task(link.poll(wanted))
        await asked(server)
        await link.close()
        await link.close()
        with pytest.raises(LinkError, match="closed by us"):
            async with asyncio.timeout(20):
                await poll


async def test_a_cancelled_poll_leaves_nothing_behind() -> None:
    async with polling(silent, pacing=PATIENT) as (server, link, wanted):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await link.poll(wanted)

        async def script(query: Query, wire: Wire) -> None:
            await wire.send(frame(server.queries[0], b"\x03\x02\xff\xff") + frame(query, right(query)))

        server.script = script
        assert (await link.poll(wanted)).values.tolist() == [11]


async def test_the_kernel_watches_for_a_dead_peer() -> None:
    async with polling(obedient) as (_, link, _wanted):
        sock = link._connection._client.ctx.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


async def test_control_the_bare_client_waits_out_the_time_when_the_other_end_closes() -> None:
    async def script(query: Query, wire: Wire) -> None:
        wire.close()

    async with bare_client(script) as client:
        start = asyncio.get_running_loop().time()
        with pytest.raises(ModbusIOException):
            await client.read_holding_registers(11, count=1)
        assert asyncio.get_running_loop().time() - start >= 0.45
