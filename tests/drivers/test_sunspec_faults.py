"""SunSpec devices that misbehave, and points that no device can have."""

import asyncio
import struct

import pytest

from drivers.sunspec import sunspec_link
from drivers.sunspec_models import GROUPS
from sdanlegg.clock import SystemClock
from sdanlegg.errors import ConfigError, DeviceError, LinkError
from sdanlegg.quality import BAD, COMM, GOOD
from sdanlegg.site import Pacing
from tests.support.scripted_modbus import Query, Script, Wire, exception, frame, scripted, silent
from tests.support.sunspec_image import DAY, FIELDS, NUMBERS, TEXTS, common, connected, fields, image, integers, values


def memory(words: list[int], refused_from: int = 65536) -> Script:
    """Serve registers from 40000 on; refuse what lies outside."""

    async def script(query: Query, wire: Wire) -> None:
        start, end = query.address - 40000, query.address - 40000 + query.count
        if start < 0 or end > len(words) or query.address + query.count > refused_from:
            await exception(2)(query, wire)
        else:
            pdu = struct.pack(f">BB{query.count}H", 3, 2 * query.count, *words[start:end])
            await wire.send(frame(query, pdu))

    return script


@pytest.mark.parametrize("limit", [125, 16, 40])
async def test_no_request_parts_a_value_from_its_scale_factor(limit: int) -> None:
    async with scripted(memory(image(common(), integers(**DAY)))) as server:
        wanted = fields(server.port, pacing=Pacing(timeout=20, max_registers=limit, max_gap=0))
        read, _, _ = await values(wanted)
        assert {name: read[name] for name in NUMBERS} == pytest.approx(NUMBERS)
        model = 40000 + 2 + 68
        requests = [range(q.address - model, q.address - model + q.count) for q in server.queries[4:]]  # after the walk
        for name in NUMBERS:
            place = GROUPS["inverter"][103][FIELDS[name][0].partition(".")[2]]
            holders = [r for r in requests if place.offset in r]
            assert len(holders) == 1
            assert place.scale_factor is None or place.scale_factor in holders[0]


async def test_a_chain_that_ends_in_a_refusal_is_taken_as_it_is() -> None:
    words = image(common(), integers(**DAY))[:-2]
    async with scripted(memory(words)) as server:
        read, _, _ = await values(fields(server.port))
    assert {name: read[name] for name in NUMBERS} == pytest.approx(NUMBERS)


@pytest.mark.parametrize(
    ("words", "message"),
    [([1, 2, 3, 4], "no SunSpec mark at 40000, 0, 50000"), (image(*(150 * [[122, 0]])), "does not end")],
)
async def test_a_device_that_is_no_sunspec_device_is_told_so(words: list[int], message: str) -> None:
    async with scripted(memory(words)) as server:
        wanted = fields(server.port)
        async with connected(wanted) as link:
            with pytest.raises(DeviceError, match=message):
                await link.poll(wanted)
            server.script = memory(image(common(), integers(**DAY)))
            assert (await link.poll(wanted)).values[0] == pytest.approx(20.1)


@pytest.mark.parametrize(("script", "message"), [(silent, "no answer"), (exception(11), "exception 11")])
async def test_a_device_that_does_not_answer_is_a_device_error(script: Script, message: str) -> None:
    async with scripted(script) as server:
        wanted = fields(server.port, pacing=Pacing(timeout=0.5))
        async with connected(wanted) as link:
            with pytest.raises(DeviceError, match=message):
                await link.poll(wanted)


async def test_the_end_of_the_connection_is_a_link_error() -> None:
    async def script(query: Query, wire: Wire) -> None:
        wire.reset()

    async with scripted(script) as server:
        wanted = fields(server.port, pacing=Pacing(timeout=60))
        async with connected(wanted) as link, asyncio.timeout(20):
            with pytest.raises(LinkError):
                await link.poll(wanted)


async def test_a_model_that_fails_leaves_the_other_good() -> None:
    words = image(common(), integers(**DAY))

    async def script(query: Query, wire: Wire) -> None:
        failing = query.address >= 40070 and query.count != 2
        await (exception(4) if failing else memory(words))(query, wire)

    async with scripted(script) as server:
        wanted = fields(server.port, pacing=Pacing(timeout=20, max_gap=3))
        _, quality, _ = await values(wanted)
    assert {quality[name] for name in NUMBERS} == {BAD | COMM}
    assert {quality[name] for name in TEXTS} == {GOOD}


@pytest.mark.parametrize("field", ["inverter.Watt", "battery.W", "common.W"])
def test_an_unknown_field_is_refused_before_any_connection(field: str) -> None:
    with pytest.raises(ConfigError, match=rf"^pv\.x: SunSpec has no field '{field}'"):
        sunspec_link([fields(1, {"x": (field, 1.0)})], SystemClock())


def test_a_field_that_cannot_be_read_in_one_request_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"pv\.a: its 5 registers exceed max_registers 4"):
        sunspec_link([fields(1, {"a": ("inverter.A", 1.0)}, Pacing(max_registers=4))], SystemClock())


async def test_nothing_is_written() -> None:
    wanted = fields(1)
    with pytest.raises(DeviceError, match=r"pv\.w: .* read only"):
        await sunspec_link([wanted], SystemClock()).write(wanted.points[0], 1.0)
