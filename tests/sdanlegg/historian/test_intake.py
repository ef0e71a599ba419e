import asyncio
import threading

import pytest

from sdanlegg.errors import StoreError
from sdanlegg.historian.intake import BATCH_ROWS, Intake, cost

TEXT = {1: "en"}


def row(t, size=750):
    return (1, t, bytes(size), None, None)


def times(batch):
    return [r[1] for r in batch.rows]


@pytest.fixture
async def intake():
    return Intake(10_000, asyncio.get_running_loop())


async def test_rows_come_out_in_order_and_count_until_accepted(intake):
    for t in range(3):
        intake.put(row(t))
    batch = intake.take()
    assert (times(batch), len(intake)) == ([0, 1, 2], 3)
    intake.accept(batch)
    assert (times(intake.take()), len(intake)) == ([], 0)


async def test_a_batch_is_bounded(intake):
    intake.limit_bytes = 10**9
    for t in range(BATCH_ROWS + 1):
        intake.put(row(t, 1))
    first = intake.take()
    intake.accept(first)
    assert (len(first.rows), times(intake.take())) == (BATCH_ROWS, [BATCH_ROWS])


async def test_the_oldest_are_dropped_when_it_is_full(intake):
    for t in range(15):
        intake.put(row(t))
    assert cost(row(0)) == 1000
    assert (intake.dropped, len(intake)) == (5, 10)
    assert times(intake.take()) == list(range(5, 15))


async def test_a_batch_in_the_writers_hands_is_not_dropped(intake):
    for t in range(10):
        intake.put(row(t))
    batch = intake.take()
    for t in range(10, 25):
        intake.put(row(t))
    assert (intake.dropped, len(intake)) == (5, 20)
    intake.accept(batch)
    assert times(intake.take()) == list(range(15, 25))


async def test_one_row_is_kept_however_large(intake):
    intake.put(row(1, 20_000))
    assert (intake.dropped, times(intake.take())) == (0, [1])


async def test_acceptance_is_told_when_all_until_then_is_accepted(intake):
    intake.limit_bytes = 10**9
    for t in range(BATCH_ROWS + 1):
        intake.put(row(t, 1))
    waiting = intake.accepted()
    intake.accept(intake.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    intake.accept(intake.take())
    await asyncio.wait_for(waiting, 5)


async def test_rows_put_later_are_not_waited_for(intake):
    intake.put(row(0))
    waiting = intake.accepted()
    batch = intake.take()
    intake.put(row(1))
    intake.accept(batch)
    await asyncio.wait_for(waiting, 5)
    assert len(intake) == 1


async def test_with_nothing_to_accept_nobody_waits(intake):
    assert intake.accepted().done()


async def test_a_failed_attempt_is_told_and_keeps_the_rows(intake):
    intake.put(row(0))
    waiting = intake.accepted()
    batch = intake.take()
    intake.refuse(StoreError("full"))
    with pytest.raises(StoreError, match="full"):
        await asyncio.wait_for(waiting, 5)
    assert len(intake) == 1
    intake.accept(batch)
    assert len(intake) == 0


async def test_a_drop_is_told_to_whoever_waits(intake):
    intake.put(row(0))
    waiting = intake.accepted()
    for t in range(1, 12):
        intake.put(row(t))
    with pytest.raises(StoreError, match="dropped"):
        await asyncio.wait_for(waiting, 5)


async def test_a_cancelled_wait_harms_nobody(intake):
    intake.put(row(0))
    gone, waiting = intake.accepted(), intake.accepted()
    gone.cancel()
    intake.accept(intake.take())
    await asyncio.wait_for(waiting, 5)


async def test_texts_are_given_until_accepted_and_only_once(intake):
    intake.put(row(0), TEXT)
    batch = intake.take()
    assert batch.texts == ((1, "en"),)
    intake.put(row(1), TEXT)
    intake.refuse(StoreError("x"))
    intake.accept(batch)
    intake.put(row(2), TEXT | {2: "to"})
    assert intake.take().texts == ((2, "to"),)


async def test_the_window_ends_early_for_one_who_waits_and_else_runs_out(intake):
    intake.put(row(0))
    assert await asyncio.to_thread(intake.wait, 0.01)
    intake.accepted()
    window = asyncio.ensure_future(asyncio.to_thread(intake.wait, 3600))
    assert await asyncio.wait_for(window, 10)
    intake.accept(intake.take())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            asyncio.shield(again := asyncio.ensure_future(asyncio.to_thread(intake.wait, 3600))), 0.2
        )
    intake.close(1)
    assert await asyncio.wait_for(again, 10) is False


async def test_closing_gives_up_after_its_time(intake):
    intake.put(row(0))
    assert intake.pause(0.001)
    intake.close(3600)
    assert intake.wait(3600)
    assert intake.pause(3600)
    intake.close(0)
    assert not intake.pause(3600)


async def test_two_threads_lose_nothing(intake):
    intake.limit_bytes = 10**9
    got = []

    def drain():
        while intake.wait(0.001):
            batch = intake.take()
            got.extend(times(batch))
            intake.accept(batch)

    thread = threading.Thread(target=drain)
    thread.start()
    for t in range(20_000):
        intake.put(row(t, 1))
        if t % 1000 == 0:
            await intake.accepted()
            assert len(intake) == 0
    await intake.accepted()
    intake.close(10)
    await asyncio.to_thread(thread.join, 10)
    assert got == list(range(20_000))
