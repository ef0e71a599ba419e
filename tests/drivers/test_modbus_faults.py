"""Wrong answers, refusals and silence, on real sockets: what each is called, and that the next poll is right again.

The controls at the end show that the same answers do harm to a bare pymodbus client: the guards are ours.
"""

import asyncio
from typing import Any

import pytest

from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.quality import BAD, BUSY, COMM, CONFIG, GOOD
from tests.support.modbus_polls import answering, bare_client, polling, recovers
from tests.support.scripted_modbus import Query, Wire, exception, frame, obedient, right, silent


async def test_silence_is_a_device_error() -> None:
    async with polling(silent) as (server, link, wanted):
        with pytest.raises(DeviceError, match=r"^no answer within 0\.8 s$"):
            await link.poll(wanted)
        assert len(server.queries) == 1  # no retry of our own
        await recovers(server, link, wanted)


WRONG = {
    "wrong unit": (lambda q: frame(q, right(q), unit=9), "unit 9 answered instead of unit 1"),
    "wrong function": (lambda q: frame(q, b"\x04" + right(q)[1:]), "is to function 4, not 3"),
    "exception of another function": (lambda q: frame(q, b"\x84\x02"), "is to function 4, not 3"),
    "unknown function": (lambda q: frame(q, b"\x65\x02\x00\x00"), r"function 101 cannot be read \(4 bytes\)"),
    "fewer registers": (lambda q: frame(q, b"\x03\x00"), "holds 0 bytes instead of 2"),
    "more registers": (lambda q: frame(q, b"\x03\x04\x00\x01\x00\x02"), "holds 4 bytes instead of 2"),
    "byte count that lies": (lambda q: frame(q, b"\x03\x06\x00\x01"), r"cannot be read \(4 bytes\)"),
    "no function": (lambda q: frame(q, b""), "not Modbus TCP"),
    "another transaction": (lambda q: frame(q, right(q), transaction=4711), r"no answer .*1 came to earlier"),
    "transaction zero": (lambda q: frame(q, right(q), transaction=0), "no answer"),
    "cut short": (lambda q: frame(q, right(q))[:-1], "no answer"),
    "web page": (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "not Modbus TCP"),
}


@pytest.mark.parametrize("fault", WRONG)
async def test_a_wrong_answer_is_a_device_error(fault: str) -> None:
    make, text = WRONG[fault]
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with polling(answering(make)) as (_, link, wanted):
        with pytest.raises(DeviceError, match=text):
            await link.poll(wanted)
    assert complaints == []  # nothing went wrong inside the event loop


@pytest.mark.parametrize("fault", [f for f in WRONG if f not in {"cut short", "web page", "no function"}])
async def test_after_a_wrong_answer_the_next_is_right(fault: str) -> None:
    async with polling(answering(WRONG[fault][0])) as (server, link, wanted):
        with pytest.raises(DeviceError):
            await link.poll(wanted)
        await recovers(server, link, wanted)


@pytest.mark.parametrize("fault", ["cut short", "web page", "no function"])
async def test_a_stream_that_cannot_be_followed_never_gives_a_value(fault: str) -> None:
    async with polling(answering(WRONG[fault][0]), 300) as (server, link, wanted):
        with pytest.raises(DeviceError):
            await link.poll(wanted)
        server.script = obedient
        with pytest.raises((DeviceError, LinkError)):
            await link.poll(wanted)
        with pytest.raises(LinkError, match="cannot be followed"):
            await link.poll(wanted)


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (1, BAD | CONFIG),
        (2, BAD | CONFIG),
        (3, BAD | CONFIG),
        (4, BAD | COMM),
        (5, BAD | BUSY),
        (6, BAD | BUSY),
        (8, BAD | COMM),
        (99, BAD | COMM),
    ],
)
async def test_an_exception_marks_its_block_and_heals(code: int, quality: int) -> None:
    async def script(query: Query, wire: Wire) -> None:
        await (exception(code) if query.address == 500 else obedient)(query, wire)

    async with polling(script, 11, 500, 900) as (server, link, wanted):
        reading = await link.poll(wanted)
        assert reading.quality.tolist() == [GOOD, quality, GOOD]
        assert reading.values[[0, 2]].tolist() == [11, 900]
        await recovers(server, link, wanted)


@pytest.mark.parametrize("code", [10, 11])
async def test_a_gateway_exception_is_a_device_error(code: int) -> None:
    async with polling(exception(code)) as (server, link, wanted):
        with pytest.raises(DeviceError, match=f"exception {code} .gateway"):
            await link.poll(wanted)
        await recovers(server, link, wanted)


@pytest.mark.parametrize("code", [5, 6])
async def test_a_device_that_is_busy_for_everything_is_a_device_error(code: int) -> None:
    async with polling(exception(code), 11, 500) as (server, link, wanted):
        with pytest.raises(DeviceError, match="busy"):
            await link.poll(wanted)
        await recovers(server, link, wanted)


@pytest.mark.parametrize("code", [2, 3])
async def test_a_device_that_refuses_everything_for_a_while_heals(code: int) -> None:
    async with polling(exception(code), *range(20)) as (server, link, wanted):
        reading = await link.poll(wanted)
        assert (reading.quality == BAD | CONFIG).all()
        asked = len(server.queries)
        await link.poll(wanted)
        assert len(server.queries) == asked + 1  # one try a poll, no storm
        server.script = obedient
        await link.poll(wanted)
        await recovers(server, link, wanted)
        asked = len(server.queries)
        await link.poll(wanted)
        assert len(server.queries) == asked + 1  # and all in one request again


async def test_what_was_good_before_a_block_went_unanswered_is_kept() -> None:
    async def script(query: Query, wire: Wire) -> None:
        await (silent if query.address == 500 else obedient)(query, wire)

    async with polling(script, 11, 500, 900) as (server, link, wanted):
        reading = await link.poll(wanted)
        assert reading.quality.tolist() == [GOOD, BAD | COMM, GOOD]
        await recovers(server, link, wanted)


async def test_a_device_that_dies_within_a_poll_is_not_waited_for_block_by_block() -> None:
    async def script(query: Query, wire: Wire) -> None:
        await (obedient if query.address == 0 else silent)(query, wire)

    async with polling(script, *range(0, 1000, 100)) as (server, link, wanted):
        reading = await link.poll(wanted)
        assert reading.quality.tolist() == [GOOD] + 9 * [BAD | COMM]
        assert len(server.queries) == 3


async def test_a_device_that_is_dumb_for_its_first_block_is_read_all_the_same() -> None:
    async def script(query: Query, wire: Wire) -> None:
        await (silent if query.address == 11 else obedient)(query, wire)

    async with polling(script, 11, 500, 900) as (_, link, wanted):
        with pytest.raises(DeviceError):
            await link.poll(wanted)
        reading = await link.poll(wanted)
        assert reading.quality.tolist() == [BAD | COMM, GOOD, GOOD]
        assert reading.values[1:].tolist() == [500, 900]


# Controls.


@pytest.mark.parametrize("fault", ["fewer registers", "wrong function"])
async def test_control_the_bare_client_takes_wrong_answers_as_good(fault: str) -> None:
    async with bare_client(answering(WRONG[fault][0])) as client:
        assert not (await client.read_holding_registers(11, count=1)).isError()


async def test_control_the_bare_client_takes_an_answer_without_a_transaction_number() -> None:
    async with bare_client(answering(lambda q: frame(q, b"\x03\x02\xab\xcd", transaction=0))) as client:
        assert (await client.read_holding_registers(11, count=1)).registers == [0xABCD]
