"""Our own process is killed while it feeds, between a write and its cursor too: the mirror gets what was accepted."""

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sdanlegg.historian.mirrors.lines import told
from tests.support.fed import engine, fed, until_true
from tests.support.feeding import PACE, settings
from tests.support.history import until
from tests.support.scripted_http import Answer, Request, ScriptedHttp
from tests.support.spooled import expected
from tests.support.tree import ROOT

STRIDE = 100_000


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


async def live_and_die(folder: Path, acks: Path, first: int, url: str, honesty: str, seconds: float) -> None:
    """Run the program until it has noted something and for the given time more, then kill it."""
    noted = size(acks)
    words = ("-m", "tests.support.feeding", str(folder), str(acks), str(first), url, honesty)
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
    try:
        await until(lambda: size(acks) > noted, 60)
        await asyncio.sleep(seconds)
        assert process.returncode is None, "it ended by itself"
    finally:
        process.kill()
        await process.wait()


def taking(stored: set[tuple[str, int]], delay_s: float) -> Callable[[Request], Answer]:
    """An engine that keeps what it has answered for."""

    def answer(request: Request) -> Answer:
        stored.update(told(line) for line in request.body.splitlines() if b" heartbeat=" not in line)
        return Answer(delay_s=delay_s)

    return answer


@pytest.mark.parametrize(("honesty", "lives"), [("honest", 3), ("eager", 2)])
async def test_a_killed_feed_goes_on_at_what_is_safe(tmp_path: Path, honesty: str, lives: int) -> None:
    """The eager one's cursor runs ahead of what it sent: the control, which loses."""
    folder, acks, rng = tmp_path / "store", tmp_path / "acks", random.Random(7)
    stored: set[tuple[str, int]] = set()
    async with ScriptedHttp.serve() as server:
        server.answer = taking(stored, 0.1)
        for life in range(lives):
            await live_and_die(folder, acks, life * STRIDE, server.url, honesty, rng.uniform(0.1, 0.9))
        server.answer = taking(stored, 0.0)
        async with fed(folder, engine(settings(server.url)), PACE) as f:
            await until(lambda: f.state.answered)

            async def all_sent() -> bool:
                return f.state.waiting.rows == 0 and await f.spool_is_empty()

            await until_true(all_sent, 60)
    accepted = expected(int(line) for line in acks.read_text().split("\n")[:-1])
    assert len(accepted) > 300
    assert (accepted <= stored) is (honesty == "honest")
