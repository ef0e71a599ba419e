"""Parts that several driver tests share: the compiled libmodbus server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.modbus_peer import Peer, build_peer, running_peer


@pytest.fixture(scope="session")
def peer_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libmodbus server, compiled once."""
    return build_peer(tmp_path_factory.mktemp("modbus_peer"))


@pytest.fixture
async def peer(peer_program: Path) -> AsyncIterator[Peer]:
    """A running libmodbus server that holds nothing yet."""
    async with running_peer(peer_program) as running:
        yield running
