"""Serving: the socket, the signals, the end."""

import asyncio
import signal

import pytest

from api.app import create_app
from api.serve import listen, serve_api
from sdanlegg.errors import SdError
from tests.support.api_hall import hall, serving


async def test_a_port_in_use_is_one_sentence_naming_it() -> None:
    place = hall()
    with await listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SdError, match=rf"^cannot listen on 127\.0\.0\.1:{port}: Address already in use$"):
            await serve_api(create_app(place.parts()), "127.0.0.1", port, place.stopping)


async def test_a_host_that_is_not_this_machine_is_one_sentence_too() -> None:
    with pytest.raises(SdError, match=r"^cannot listen on 192\.0\.2\.1:8080: "):
        await listen("192.0.2.1", 8080)


async def test_a_host_that_nobody_knows_is_one_sentence_too() -> None:
    with pytest.raises(SdError, match=r"^cannot listen on no\.such\.host\.invalid:8080: \w+"):
        await listen("no.such.host.invalid", 8080)


async def test_the_address_is_free_again_after_the_end() -> None:
    with await listen("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    for _ in range(2):
        place = hall()
        place.stopping.set()
        async with asyncio.timeout(30):
            await serve_api(create_app(place.parts()), "127.0.0.1", port, place.stopping)


async def test_the_process_keeps_its_own_signals() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with serving(hall()) as client:
        await client.get("/healthz/live")
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_the_server_does_not_tell_what_it_is() -> None:
    async with serving(hall()) as client:
        response = await client.get("/healthz/live")
    assert "server" not in response.headers


async def test_it_ends_with_idle_connections_and_open_streams() -> None:
    place = hall()
    async with asyncio.timeout(30):
        async with serving(place) as client:
            idle = [await asyncio.open_connection(client.base_url.host, client.base_url.port) for _ in range(20)]
            await client.get("/healthz/live")
            async with client.stream("GET", "/api/v1/live") as response:
                chunks = response.aiter_bytes()
                assert await anext(chunks)
                place.stopping.set()
                assert b"".join([chunk async for chunk in chunks]).count(b"event: hello") == 0
        for reader, writer in idle:
            assert await reader.read() == b""
            writer.close()


async def test_after_the_stop_no_stream_is_begun() -> None:
    place = hall()
    async with serving(place) as client:
        await client.get("/healthz/live")
        place.stopping.set()
        assert place.hub.full
