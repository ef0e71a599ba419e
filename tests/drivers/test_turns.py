"""Whose turn it is: urgent first, in order, and nobody is forgotten when somebody gives up."""

import asyncio

from drivers.turns import Turns


async def visitor(turns: Turns, name: str, log: list[str], *, urgent: bool = False) -> None:
    await turns.take(urgent=urgent)
    log.append(name)
    await asyncio.sleep(0)
    turns.give()


async def queued(turns: Turns, *names: str, log: list[str]) -> list[asyncio.Task[None]]:
    """Start visitors in order; a name with ! is urgent."""
    tasks = [asyncio.create_task(visitor(turns, n, log, urgent=n.endswith("!"))) for n in names]
    await asyncio.sleep(0)
    return tasks


async def test_urgent_goes_first_and_each_queue_keeps_its_order() -> None:
    turns, log = Turns(), list[str]()
    await turns.take()
    tasks = await queued(turns, "a", "b", "x!", "c", "y!", log=log)
    turns.give()
    await asyncio.gather(*tasks)
    assert log == ["x!", "y!", "a", "b", "c"]


async def test_who_gives_up_is_skipped() -> None:
    turns, log = Turns(), list[str]()
    await turns.take()
    tasks = await queued(turns, "a", "b", "c", log=log)
    tasks[0].cancel()
    turns.give()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == ["b", "c"]


async def test_who_gives_up_in_the_moment_of_being_called_passes_the_turn_on() -> None:
    turns, log = Turns(), list[str]()
    await turns.take()
    tasks = await queued(turns, "a", "b", log=log)
    turns.give()  # it is a's turn now, but a has not run yet
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == ["b"]
    await asyncio.wait_for(turns.take(), 5)


async def test_one_at_a_time() -> None:
    turns, inside, most = Turns(), 0, 0

    async def work() -> None:
        nonlocal inside, most
        await turns.take()
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        turns.give()

    await asyncio.gather(*(work() for _ in range(50)))
    assert most == 1
