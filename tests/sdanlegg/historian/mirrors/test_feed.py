"""One mirror's feed: order, retry, rewinding, verification, the cap; and that it hurts nobody when the mirror fails."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sdanlegg.historian.mirrors import MirrorError
from tests.support.fake_mirror import FakeMirror, failing
from tests.support.fed import SHORT, fed, until_has, until_true
from tests.support.history import until
from tests.support.spooled import expected, fold, spool_seqs


async def test_everything_comes_in_order_and_once_while_nothing_fails(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open) as f:
        for k in range(10):
            await f.write(*range(k * 20, k * 20 + 20))
            if k == 4:
                await f.store.change(fold)
        await until_has(mirror, *range(200))
        lines = [line for request in mirror.came for line in request if b"heartbeat" not in line]
        assert len(lines) == 600
        assert [int(line.rpartition(b" ")[2]) for line in lines] == sorted(t for _, t in expected(range(200)))
        await f.until_safe(200)
        assert f.state.level(time.time_ns()) == "ok"
        assert (f.state.waiting.rows, f.state.rewinds, f.state.lost_heartbeats) == (0, 0, 0)
        await until_true(f.spool_is_empty)


async def test_an_engine_that_is_killed_unseen_gets_again_what_it_lost(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(100))
        await until_has(mirror, *range(100))
        mirror.crash(requests=5)
        mirror.begun = time.time()
        assert not mirror.samples() >= expected(range(100))
        await until_has(mirror, *range(100))
        assert f.state.rewinds >= 1


async def test_several_engines_behind_one_address_are_no_restart(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(10))
        for k in range(5):
            mirror.begun = 1000.0 + k % 2
            await asyncio.sleep(0.1)
        await f.until_safe(10)
        assert f.state.rewinds == 0


async def test_control_an_engine_that_does_not_tell_its_start_is_found_out_by_its_heartbeats(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.begun = None
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(100))
        await until_has(mirror, *range(100))
        mirror.crash(requests=len(mirror.came))  # everything, its heartbeats too
        await until_has(mirror, *range(100))
        assert f.state.lost_heartbeats >= 1


async def test_control_without_rewinding_the_loss_would_stay(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.begun = None
    async with fed(tmp_path, mirror.open, replace(SHORT, heartbeat=3600.0)) as f:
        await f.write(*range(100))
        await until_has(mirror, *range(100))
        mirror.crash(requests=len(mirror.came))
        await f.write(100)
        await until_has(mirror, 100)
        await asyncio.sleep(1.0)
        assert not mirror.samples() & expected(range(100))


async def test_a_mirror_that_gives_nothing_back_is_fed_on_and_gets_all_again_when_it_does(
    tmp_path: Path,
) -> None:
    mirror = FakeMirror()
    mirror.gives_back = False
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(100))
        await until(lambda: f.state.lost_heartbeats >= 3)
        assert f.state.rewinds == 1
        assert "does not give back" in f.state.tell(time.time_ns())
        assert (await f.cursor()).safe_seq == 0
        await f.write(*range(100, 110))
        await until_has(mirror, *range(110))
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
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(10))
        await f.until_safe(10)
        assert "cannot be asked whether it keeps what it takes: it is denied" in f.state.tell(time.time_ns())
        assert f.state.rewinds == 0


@pytest.mark.parametrize("fault", ["unreachable", "failing", "busy", "denied", "missing", "too_large", "refused"])
async def test_whatever_fails_is_told_waited_for_and_mended(tmp_path: Path, fault: str) -> None:
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(50))
        await until(lambda: f.state.failures[f.state.fault or ""] >= 3)
        assert f.state.level(time.time_ns()) == "failing"
        assert f"it is {fault}" in f.state.sentence
        mirror.judge = lambda _: None
        await until_has(mirror, *range(50))
        await f.until_safe(50)
        assert f.state.level(time.time_ns()) == "ok"


@pytest.mark.parametrize("fault", ["unreachable", "failing", "busy", "denied", "missing", "refused"])
async def test_a_failing_mirror_is_asked_about_once_a_wait(tmp_path: Path, fault: str) -> None:
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    async with fed(tmp_path, mirror.open, replace(SHORT, first_wait=0.2, longest_wait=0.5, people_wait=0.5)) as f:
        await f.write(*range(50))
        await until(lambda: sum(f.state.failures.values()) >= 4, 30)
        span = mirror.requests[-1] - mirror.requests[0]
    assert len(mirror.requests) - 1 <= 2 + span / 0.15
    assert span >= 0.5


async def test_retry_after_is_honoured_up_to_a_bound(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("busy", 3600.0)
    async with fed(tmp_path, mirror.open) as f:
        await f.write(1)
        await until(lambda: f.state.failures["busy"] >= 4)
    waits = [b - a for a, b in zip(mirror.requests[1:], mirror.requests[2:], strict=False)]
    assert min(waits) >= 0.25  # the bound of 0.3 s; the wall's clock and the loop's differ a little


async def test_a_request_that_is_too_large_is_halved_until_it_goes(tmp_path: Path) -> None:
    mirror = FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("too large", "too_large") if len(lines) > 4 else None

    mirror.judge = judge
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(40))
        await until_has(mirror, *range(40))
        assert max(map(len, mirror.came)) <= 4
        assert f.state.failures["too_large"] == 0


async def test_poison_is_quarantined_and_the_rest_stored(tmp_path: Path) -> None:
    mirror = FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("no", "refused") if any(b",point=y," in line for line in lines) else None

    mirror.judge = judge
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(40))
        await f.until_safe(40)
        assert mirror.samples() == {one for one in expected(range(40)) if one[0] != "a.y"}
        kept = await f.store.ask(lambda c, _: list(c.execute("SELECT DISTINCT mirror, point, reason FROM quarantine")))
        assert kept == [("fake", "a.y", "no")]
        assert (f.state.quarantined, f.state.refused_points) == (40, {"a.y"})
        assert "40 lines of 1 points were refused" in f.state.tell(time.time_ns())


async def test_a_broken_connection_sends_again_what_is_not_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open) as f:
        await f.write(*range(60))
        await f.until_safe(60)
        await f.write(*range(60, 90))
        await until_has(mirror, *range(60, 90))
        mirror.crash(requests=3)
        mirror.judge = failing("unreachable")
        await until(lambda: f.state.fault == "unreachable")
        mirror.judge = lambda _: None
        await until_has(mirror, *range(90))


async def test_a_new_run_begins_at_what_is_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    async with fed(tmp_path, mirror.open, replace(SHORT, heartbeat=3600.0)) as f:
        await f.write(*range(50))
        await until_has(mirror, *range(50))
        await until(lambda: f.state.waiting.rows == 0)
    mirror.kept.clear()  # it was killed with us
    async with fed(tmp_path, mirror.open) as f:
        await until_has(mirror, *range(50))


async def test_the_spool_keeps_what_sealing_folds_away_and_lets_it_go_when_it_is_safe(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("unreachable")
    async with fed(tmp_path, mirror.open) as f:
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
        await until_true(f.spool_is_empty)


async def test_beyond_the_cap_the_oldest_leave_counted_and_the_newest_arrive(tmp_path: Path) -> None:
    mirror = FakeMirror()
    mirror.judge = failing("unreachable")
    async with fed(tmp_path, mirror.open, cap=2000) as f:
        await f.write(*range(100))
        await f.store.change(fold)
        await until(lambda: f.state.dropped > 0)
        told = f.state.tell(time.time_ns())
        assert "left the spool unsent" in told
        assert "sdanlegg mirror CONFIG --only fake --from DATE" in told
        mirror.judge = lambda _: None
        await until_has(mirror, 99)
        await f.until_safe(100)
        assert f.state.dropped == 300 - len(mirror.samples())
        assert mirror.samples() == expected(range(100 - len(mirror.samples()) // 3, 100))
        assert (await f.cursor()).dropped == f.state.dropped
