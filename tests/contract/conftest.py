"""The stores of history, real ones; servers are started once and end with the tests."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sdanlegg.historian.mirrors import MirrorSettings
from tests.support.influx_server import InfluxServer
from tests.support.stores import GIVEN_URL, MIRRORS, POINTS, STORES, Fed, Kind, Opening, Written, local, mirror
from tests.support.victoria_server import VictoriaServer


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path_factory.mktemp("influx"))
    server.start()
    try:
        with server.door():
            yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def victoria_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaServer]:
    server = VictoriaServer(tmp_path_factory.mktemp("victoria"))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def given_bucket() -> str:
    """One bucket for all that a run writes to the server that was given."""
    return f"sdanlegg-test-{uuid.uuid4().hex}"


@pytest.fixture
def influx(influx_server: InfluxServer) -> Iterator[Kind]:
    """A database of this test's own."""
    bucket = f"test {uuid.uuid4().hex}"
    settings = MirrorSettings("m", "influx", influx_server.url, influx_server.inner_url, bucket=bucket)
    yield mirror("influx", settings, _nothing)
    influx_server.ask(f'DROP DATABASE "{bucket}"')


@pytest.fixture
def victoria(victoria_server: VictoriaServer) -> Kind:
    """A site of this test's own."""
    settings = MirrorSettings("m", "victoria", victoria_server.url, victoria_server.url)
    return mirror("victoria", settings, victoria_server.flush, replaces=False)


@pytest.fixture
def influx_given(given_bucket: str, tmp_path: Path) -> Kind:
    """A site of this test's own on the server that the environment names."""
    token = tmp_path / "token"
    token.write_text(os.environ.get("SDANLEGG_TEST_INFLUX_TOKEN", ""), encoding="utf-8")
    token.chmod(0o600)
    settings = MirrorSettings(
        *("m", "influx", str(GIVEN_URL), str(GIVEN_URL)),
        org=os.environ.get("SDANLEGG_TEST_INFLUX_ORG", ""),
        bucket=given_bucket,
        token_file=token if token.stat().st_size else None,
    )
    return mirror("influx-given", settings, _nothing)


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Each store in turn."""
    if request.param == "local":
        return local(tmp_path)
    found: Kind = request.getfixturevalue(request.param.replace("-", "_"))
    return found


@pytest.fixture
def opening(kind: Kind) -> Opening:
    """Opens this test's store; a second opening finds what the first one left."""
    return kind.opening


@pytest.fixture
async def store(opening: Opening) -> AsyncIterator[Written]:
    """This test's store, open, with POINTS."""
    async with opening(POINTS) as opened:
        yield opened


@pytest.fixture(params=MIRRORS)
async def fed(request: pytest.FixtureRequest) -> AsyncIterator[Fed]:
    """Each mirror in turn, open, with POINTS."""
    kind: Kind = request.getfixturevalue(request.param.replace("-", "_"))
    async with kind.opening(POINTS) as opened:
        assert isinstance(opened, Fed)
        yield opened


def _nothing() -> None:
    """What such a server takes is seen at once."""
