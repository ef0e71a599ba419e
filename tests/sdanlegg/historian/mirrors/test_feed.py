"""One mirror's feed: order, retry, rewinding, verification, the cap; and that it hurts nobody when the mirror fails."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sdanlegg.clock import SystemClock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import MirrorError, spool
from sdanlegg.historian.mirrors.feed import Feed, Pace
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.mirrors.spool import Cursor, Outbox
from sdanlegg.historian.mirrors.state import MirrorState
from tests.support.fake_mirror import FakeMirror, failing
from tests.support.history import until
from tests.support.spooled import POINTS, expected, fold, numbered, spool_seqs

SHORT = Pace(
    idle=0.01,
    heartbeat=0.05,
    window=0.2,
    loss=0.5,
    look=0.02,
    first_wait=0.02,
    longest_wait=0.1,
    people_wait=0.05,
    longest_retry_after=0.3,
    lines=30,
)
CAP = 1 << 30


@dataclass
class Fed:
    """A store whose readings go to a mirror."""

    store: LocalStore
    mirror: FakeMirror
    feed: Feed

    @property
    def state(self) -> MirrorState:
        return self.feed.state

    async def write(self, *numbers: int) -> None:
        await self.store.write(numbered(i) for i in numbers)

    async def cursor(self) -> Cursor:
        found = await self.store.ask(lambda c, _: spool.cursor(c, "fake"))
        assert found is not None
        return found

    async def until_safe(self, seq: int) -> None:
        async with asyncio.timeout(20):
            while (await self.cursor()).safe_seq < seq:
                await asyncio.sleep(0.01)

    async def until_has(self, *numbers: int) -> None:
        await until(lambda: self.mirror.samples() >= expected(numbers))


def feed(store: LocalStore, mirror: FakeMirror, pace: Pace = SHORT, cap: int = CAP) -> Feed:
    state = MirrorState("fake", "http://fake", cap, 100.0, time.time_ns())
    clock = SystemClock()
    return Feed(state, mirror.open, store, Outbox("hall", POINTS), lambda t: heartbeat("hall", t, 9.5), clock, pace)


@asynccontextmanager
async def fed(folder: Path, mirror: FakeMirror, pace: Pace = SHORT, cap: int = CAP) -> AsyncIterator[Fed]:
    async with LocalStore.open(folder, POINTS, 5) as store:
        await store.change(lambda c: spool.enrol(c, ["fake"]))
        made = Fed(store, mirror, feed(store, mirror, pace, cap))
        running = asyncio.create_task(made.feed.run())
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.wait({running})
            if not running.cancelled():
                running.result()


async def test_everything_comes_in_order_and_once_while_nothing_fails(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror) as f:
        for k in range(10):
            await f.write(*range(k * 20, k * 20 + 20))
            if k == 4:
                await f.store.change(fold)
        await f.until_has(*range(200))
        lines = [line for request in mirror.came for line in request if b"heartbeat" not in line]
        assert len(lines) == 600
        assert [int(line.rpartition(b" ")[2]) for line in lines] == sorted(t for _, t in expected(range(200)))
        await f.until_safe(200)
        assert f.state.level(time.time_ns()) == "ok"
        assert (f.state.waiting.rows, f.state.rewinds, f.state.lost_heartbeats) == (0, 0, 0)
        await asyncio.sleep(0.1)
        assert await spool_seqs(f.store) == []


async def test_an_engine_that_is_killed_unseen_gets_again_what_it_lost(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(100))
        await f.until_has(*range(100))
        mirror.crash(requests=5)
        mirror.begun = time.time()
        assert not mirror.samples() >= expected(range(100))
        await f.until_has(*range(100))
        assert f.state.rewinds >= 1


async def test_several_engines_behind_one_address_are_no_restart(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(10))
        for k in range(5):
            mirror.begun = 1000.0 + k % 2
            await asyncio.sleep(0.1)
        await f.until_safe(10)
        assert f.state.rewinds == 0


async def test_control_an_engine_that_does_not_tell_its_start_is_found_out_by_its_heartbeats(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.begun = None
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(100))
        await f.until_has(*range(100))
        mirror.crash(requests=len(mirror.came))  # everything, its heartbeats too
        await f.until_has(*range(100))
        assert f.state.lost_heartbeats >= 1


async def test_control_without_rewinding_the_loss_would_stay(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.begun = None
    async with fed(tmp_path, mirror, replace(SHORT, heartbeat=3600.0)) as f:
        await f.write(*range(100))
        await f.until_has(*range(100))
        mirror.crash(requests=len(mirror.came))
        await f.write(100)
        await f.until_has(100)
        await asyncio.sleep(1.0)
        assert not mirror.samples() & expected(range(100))


async def test_a_mirror_that_gives_nothing_back_is_fed_on_and_gets_all_again_when_it_does(
    tmp_path: Path,
) -> None:
    mirror = FakeMirror()
    mirror.gives_back = False
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(100))
        await until(lambda: f.state.lost_heartbeats >= 3)
        assert f.state.rewinds == 1
        assert "does not give back" in f.state.tell(time.time_ns())
        assert (await f.cursor()).safe_seq == 0
        await f.write(*range(100, 110))
        await f.until_has(*range(110))
        before = len(mirror.came)
        mirror.gives_back = True
        await f.until_safe(110)
        again = {line for request in mirror.came[before:] for line in request}
        assert f.state.rewinds == 2
        assert len(again) >= 330
        assert f.state.warning == ""


async def test_a_mirror_that_may_not_be_asked_is_fed_and_trusted_by_time(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.read_fault = "denied"
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(10))
        await f.until_safe(10)
        assert "cannot be asked whether it keeps what it takes: it is denied" in f.state.tell(time.time_ns())
        assert f.state.rewinds == 0


@pytest.mark.parametrize("fault", ["unreachable", "failing", "busy", "denied", "missing", "too_large", "refused"])
async def test_whatever_fails_is_told_waited_for_and_mended(tmp_path: Path, fault: str) -> None:
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(50))
        await until(lambda: f.state.failures[f.state.fault or ""] >= 3)
        assert f.state.level(time.time_ns()) == "failing"
        assert f"it is {fault}" in f.state.sentence
        mirror.judge = lambda _: None
        await f.until_has(*range(50))
        await f.until_safe(50)
        assert f.state.level(time.time_ns()) == "ok"


@pytest.mark.parametrize("fault", ["unreachable", "failing", "busy", "denied", "missing", "refused"])
async def test_a_failing_mirror_is_asked_about_once_a_wait(tmp_path: Path, fault: str) -> None:
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    async with fed(tmp_path, mirror, replace(SHORT, first_wait=0.4, longest_wait=1.0, people_wait=1.0)) as f:
        await f.write(*range(50))
        await until(lambda: sum(f.state.failures.values()) >= 4, 30)
        span = mirror.requests[-1] - mirror.requests[0]
    assert len(mirror.requests) - 1 <= 2 + span / 0.3
    assert span >= 1.0


async def test_retry_after_is_honoured_up_to_a_bound(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("busy", 3600.0)
    async with fed(tmp_path, mirror) as f:
        await f.write(1)
        await until(lambda: f.state.failures["busy"] >= 4)
    waits = [b - a for a, b in zip(mirror.requests[1:], mirror.requests[2:], strict=False)]
    assert min(waits) >= 0.25  # the bound of 0.3 s; the wall's clock and the loop's differ a little


async def test_a_request_that_is_too_large_is_halved_until_it_goes(tmp_path: Path) -> None:
    mirror = FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("too large", "too_large") if len(lines) > 4 else None

    mirror.judge = judge
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(40))
        await f.until_has(*range(40))
        assert max(map(len, mirror.came)) <= 4
        assert f.state.failures["too_large"] == 0


async def test_poison_is_quarantined_and_the_rest_stored(tmp_path: Path) -> None:
    mirror = FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("no", "refused") if any(b",point=y," in line for line in lines) else None

    mirror.judge = judge
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(40))
        await f.until_safe(40)
        assert mirror.samples() == {one for one in expected(range(40)) if one[0] != "a.y"}
        kept = await f.store.ask(lambda c, _: list(c.execute("SELECT DISTINCT mirror, point, reason FROM quarantine")))
        assert kept == [("fake", "a.y", "no")]
        assert (f.state.quarantined, f.state.refused_points) == (40, {"a.y"})
        assert "40 lines of 1 points were refused" in f.state.tell(time.time_ns())


async def test_a_broken_connection_sends_again_what_is_not_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror) as f:
        await f.write(*range(60))
        await f.until_safe(60)
        await f.write(*range(60, 90))
        await f.until_has(*range(60, 90))
        mirror.crash(requests=3)
        mirror.judge = failing("unreachable")
        await until(lambda: f.state.fault == "unreachable")
        mirror.judge = lambda _: None
        await f.until_has(*range(90))


async def test_a_new_run_begins_at_what_is_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror, replace(SHORT, heartbeat=3600.0)) as f:
        await f.write(*range(50))
        await f.until_has(*range(50))
        await until(lambda: f.state.waiting.rows == 0)
    mirror.kept.clear()  # it was killed with us
    async with fed(tmp_path, mirror) as f:
        await f.until_has(*range(50))


async def test_the_spool_keeps_what_sealing_folds_away_and_lets_it_go_when_it_is_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("unreachable")
    async with fed(tmp_path, mirror) as f:
        for k in range(5):
            await f.write(*range(k * 20, k * 20 + 20))
            await f.store.change(fold)
        await until(lambda: f.state.waiting.rows == 100)
        assert len(await spool_seqs(f.store)) == 100
        now_ns = time.time_ns()
        assert f.state.lag_s(now_ns) > 60
        assert "100 readings wait" in f.state.tell(now_ns)
        mirror.judge = lambda _: None
        await f.until_safe(100)
        assert mirror.samples() == expected(range(100))
        await until_async(lambda: spool_is_empty(f.store))


async def test_beyond_the_cap_the_oldest_leave_counted_and_the_newest_arrive(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("unreachable")
    async with fed(tmp_path, mirror, cap=2000) as f:
        await f.write(*range(100))
        await f.store.change(fold)
        await until(lambda: f.state.dropped > 0)
        told = f.state.tell(time.time_ns())
        assert "left the spool unsent" in told
        assert "sdanlegg mirror CONFIG --only fake --from DATE" in told
        mirror.judge = lambda _: None
        await f.until_has(99)
        await f.until_safe(100)
        assert f.state.dropped == 300 - len(mirror.samples())
        assert mirror.samples() == expected(range(100 - len(mirror.samples()) // 3, 100))
        assert (await f.cursor()).dropped == f.state.dropped


async def spool_is_empty(store: LocalStore) -> bool:
    return not await spool_seqs(store)


async def until_async(condition: Callable[[], "asyncio.Future[bool] | object"]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # type: ignore[misc]
            await asyncio.sleep(0.01)
