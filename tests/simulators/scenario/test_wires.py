"""Faulty controllers on real sockets: what a client of our own sees of them, and that they come back."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asyncua import Client, ua
from asyncua.ua.uaerrors import UaStatusCodeError

from sdanlegg.datatypes import DataType
from sdanlegg.points import Node, Point, Register
from sdanlegg.site import Device, Site
from simulators.opcua_server import split_node
from tests.support.scenario_wires import SOON_S, communication, device, point, register, twin, until
from tests.support.twin import NOON_IN_JUNE, only


async def test_who_refuses_breaks_off_lets_nobody_in_and_comes_back(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "vp1", "tv1")
    vp1, p_el = device(site, "vp1"), register(site, "vp1.p_el")
    async with twin(site, tmp_path, communication("offline", "vp1", 'start = "10min"', 'end = "20min"')) as hands:
        asker = await hands.connect(vp1)
        assert (await asker.ask(1, p_el))[0] == 4
        hands.at(10)
        assert await asker.closed()
        assert await hands.refused(vp1)
        assert (await (await hands.connect(device(site, "tv1"))).ask(1, register(site, "tv1.boiler_kw")))[0] == 4
        hands.at(20)
        await until(lambda: hands.answers(vp1, p_el))


async def test_who_is_gone_from_the_beginning_never_listens(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "vp1", "floor_main")
    gone = [communication("offline", id_, 'end = "5min"') for id_ in ("vp1", "floor_main")]
    async with twin(site, tmp_path, *gone) as hands:
        for id_ in ("vp1", "floor_main"):
            assert await hands.refused(device(site, id_))
        hands.at(6)
        await until(lambda: hands.answers(device(site, "vp1"), register(site, "vp1.p_el")))


async def test_a_whole_gateway_goes_at_once(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "hm_grey", "hm_air")
    async with twin(
        site, tmp_path, communication("offline", "hm_air", "whole_gateway = true", 'start = "1min"')
    ) as hands:
        assert await hands.answers(device(site, "hm_grey"), register(site, "hm_grey.flow"))
        hands.at(2)
        await until(lambda: hands.refused(device(site, "hm_grey")))


async def test_a_broken_connection_is_reset_when_something_is_asked(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "vp1")
    async with twin(site, tmp_path, communication("offline", "vp1", 'how = "reset"')) as hands:
        asker = await hands.connect(device(site, "vp1"))
        asker.send(1, register(site, "vp1.p_el"))
        with pytest.raises(ConnectionResetError):
            await asker.answer()


async def test_a_silent_unit_leaves_its_gateway_to_the_others(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "hm_grey", "hm_air")
    grey, air = device(site, "hm_grey"), device(site, "hm_air")
    async with twin(site, tmp_path, communication("offline", "hm_grey", 'how = "silent"', 'end = "5min"')) as hands:
        asker = await hands.connect(grey)
        asker.send(grey.unit, register(site, "hm_grey.flow"))
        asked = asker.send(air.unit, register(site, "hm_air.flow"))
        assert (await asker.answer())[:2] == (asked, 3)
        hands.at(6)
        await asyncio.sleep(0.3)
        await until(lambda: hands.answers(grey, register(site, "hm_grey.flow")))


async def test_a_slow_controller_answers_late_and_in_order(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "weather", "people")
    weather, people = device(site, "weather"), device(site, "people")
    async with twin(site, tmp_path, communication("slow", "weather", 'answers_after = "400ms"')) as hands:
        asker = await hands.connect(weather)
        began = time.monotonic()
        first = asker.send(weather.unit, register(site, "weather.wind"))
        second = asker.send(people.unit, register(site, "people.inside"))
        assert (await asker.answer())[:2] == (first, 4)
        assert time.monotonic() - began >= 0.4
        assert (await asker.answer())[:2] == (second, 4)
        third = asker.send(people.unit, register(site, "people.inside"))
        assert (await asker.answer())[:2] == (third, 4)


async def test_every_exception_of_modbus(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "ahu2")
    faults = [
        communication(
            "exception", "ahu2", f'start = "{10 * code}min"', f'end = "{10 * code + 10}min"', f"code = {code}"
        )
        for code in range(1, 7)
    ]
    async with twin(site, tmp_path, *faults) as hands:
        asker = await hands.connect(device(site, "ahu2"))
        assert (await asker.ask(1, register(site, "ahu2.coil_kw")))[0] < 0x80
        for code in range(1, 7):
            hands.at(10 * code + 1)

            async def told(code: int = code) -> bool:
                function, content = await asker.ask(1, register(site, "ahu2.coil_kw"))
                return function >= 0x80 and content == bytes((code,))

            await until(told)


async def test_words_come_in_another_order_and_back(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "el_vp1")
    meter, serial = device(site, "el_vp1"), register(site, "el_vp1.serial_no")
    turned = communication("word_order", "el_vp1", 'order = "CDAB"', 'start = "1min"', 'end = "2min"')
    async with twin(site, tmp_path, turned) as hands:
        asker = await hands.connect(meter)
        _, sound = await asker.ask(meter.unit, serial)
        hands.at(1)

        async def is_turned() -> bool:
            return (await asker.ask(meter.unit, serial))[1] == sound[:1] + sound[3:5] + sound[1:3]

        await until(is_turned)
        model = register(site, "el_vp1.model")
        assert (await asker.ask(meter.unit, model))[1][1:].startswith(b"iEM3255")
        hands.at(2)

        async def is_back() -> bool:
            return (await asker.ask(meter.unit, serial))[1] == sound

        await until(is_back)


async def test_a_controller_that_restarts_comes_back_each_time(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "sol1")
    sol1, melted = device(site, "sol1"), register(site, "sol1.pump_run_h")
    lines = 'every = "10min"', 'down = "1min"', "forgets = true", 'start = "10min"'
    async with twin(site, tmp_path, communication("restarting", "sol1", *lines)) as hands:
        before = await (await hands.connect(sol1)).ask(1, melted)
        for restart in (10, 20):
            hands.at(restart)
            await until(lambda: hands.refused(sol1))
            hands.at(restart + 2)
            await until(lambda: hands.answers(sol1, melted))
            assert (await (await hands.connect(sol1)).ask(1, melted)) == (3, b"\4\0\0\0\0")
        assert before != (3, b"\4\0\0\0\0")


async def value_of(client: Client, of: Point) -> ua.DataValue:
    assert isinstance(of.address, Node)
    uri, identifier = split_node(of.address.node)
    node = client.get_node(ua.NodeId(identifier, await client.get_namespace_index(uri)))
    return await node.read_data_value(raise_on_bad_status=False)


async def test_bad_status_and_a_wrong_clock_of_a_plc(free_hall: Site, tmp_path: Path) -> None:
    site = only(free_hall, "floor_main")
    where = point(site, "floor_main.position")
    status = communication("exception", "floor_main", 'status = "BadDeviceFailure"', 'start = "1min"', 'end = "2min"')
    clock_off = communication("clock_off", "floor_main", "ahead_s = -7200", 'start = "2min"')
    late = datetime.fromtimestamp(NOON_IN_JUNE / 1e9, UTC) + timedelta(minutes=2, seconds=-7200)
    async with (
        twin(site, tmp_path, status, clock_off) as hands,
        Client(device(site, "floor_main").endpoint, timeout=SOON_S) as client,
    ):
        assert await status_of(client, where) == "Good"
        hands.at(1)

        async def is_bad() -> bool:
            return await status_of(client, where) == "BadDeviceFailure"

        await until(is_bad)
        hands.at(2)

        async def is_late() -> bool:
            return (await value_of(client, where)).SourceTimestamp == late

        await until(is_late)
        assert await status_of(client, where) == "Good"


async def status_of(client: Client, of: Point) -> str:
    told = (await value_of(client, of)).StatusCode
    assert told is not None
    return told.name


async def test_a_plc_behind_its_gate(free_hall: Site, tmp_path: Path) -> None:
    """Refuses, then is silent, then breaks, then slow, then well again, all at its own address."""
    site = only(free_hall, "floor_main")
    floor, where = device(site, "floor_main"), point(site, "floor_main.position")
    gone = communication("offline", "floor_main", 'start = "1min"', 'end = "2min"')
    silent = communication("offline", "floor_main", 'how = "silent"', 'start = "3min"', 'end = "4min"')
    broken = communication("offline", "floor_main", 'how = "reset"', 'start = "4min"', 'end = "5min"')
    slow = communication("slow", "floor_main", 'answers_after = "200ms"', 'start = "6min"', 'end = "7min"')

    async def is_there() -> bool:
        return await seconds_to_read(floor, where, SOON_S) is not None

    async def is_silent() -> bool:
        await hands.connect(floor)
        return await seconds_to_read(floor, where, 0.5) is None

    async def is_broken() -> bool:
        asker = await hands.connect(floor)
        asker.send(0, Register("input", 0, DataType("uint16", "uint16", 1), "ABCD", 1.0, 0.0))
        return await asker.closed()

    async def is_slow() -> bool:
        return (await seconds_to_read(floor, where, SOON_S) or 0.0) > 0.8

    async with twin(site, tmp_path, gone, silent, broken, slow) as hands:
        assert await is_there()
        for minute, shows in (
            (1, lambda: hands.refused(floor)),
            (2, is_there),
            (3, is_silent),
            (4, is_broken),
            (5, is_there),
            (6, is_slow),
            (7, is_there),
        ):
            hands.at(minute)
            await until(shows)


async def seconds_to_read(of: Device, what: Point, patience_s: float) -> float | None:
    """Seconds that a session with one reading takes; None if it fails."""
    began = time.monotonic()
    try:
        async with Client(of.endpoint, timeout=patience_s) as client:
            assert await status_of(client, what) == "Good"
    except (ConnectionError, TimeoutError, UaStatusCodeError):
        return None
    return time.monotonic() - began
