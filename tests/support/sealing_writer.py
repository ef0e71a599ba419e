"""A program that writes, seals, corrects and deletes history as fast as it can, until it is killed.

    python -m tests.support.sealing_writer FOLDER ACKS honest|lying|torn

It goes on where the history ends and notes in a file what it was told is accepted. lying notes it before; torn seals in
two transactions: both must be found out.
"""

import asyncio
import os
import sys
import time
from functools import partial
from pathlib import Path

import apsw

from sdanlegg.historian import corrections, facts, seal_write
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.site import Keep
from tests.support.clocks import SetClock
from tests.support.numbered import POINTS, START, STEP, accepted, numbered, undone, wish
from tests.support.truth import HOUR, OSLO

KEEP = Keep(raw=1.2, minute=400.0, quarter=None, hour=None, day=None)


def torn(connection: apsw.Connection, step: seal_write.Step) -> None:
    """Seal as nobody must: first the rows go, then the chunks come."""
    if facts.read(connection).generation != step.generation:
        raise seal_write.OvertakenError
    if step.cut is not None:
        seal_write.take_out(connection, step.cut)
    connection.execute("COMMIT")
    time.sleep(0.05)
    connection.execute("BEGIN IMMEDIATE")
    seal_write.put_chunks(connection, step.day_ns, step.sheets)
    seal_write.put_rollups(connection, step.rollups)
    seal_write.put_mended(connection, step.mended)
    facts.bump(connection)


class Life:
    """One run of the program."""

    def __init__(self, store: LocalStore, folder: Path, acks: int, *, honest: bool) -> None:
        self._store = store
        self._acks = acks
        self._honest = honest
        self._clock = SetClock(START)
        self._sealer = Sealer(store, folder / FILE_NAME, OSLO, self._clock, KEEP)

    def note(self, *lines: str) -> None:
        os.write(self._acks, "".join(f"{line}\n" for line in lines).encode())

    async def write(self) -> None:
        i = await accepted(self._store)
        while True:
            group = range(i, i := i + 1 + i % 31)
            for k in group:
                self._store.offer(numbered(k))
            if self._honest:
                await self._store.flush()
            self.note(*(f"r {k}" for k in group))
            self._clock.t_ns = START + i * STEP
            await asyncio.sleep(0.001)

    async def seal(self) -> None:
        while True:
            await self._sealer.seal(due_ns(self._clock.now_ns()))
            await self._sealer.prune(slack=0)
            await asyncio.sleep(0.01)

    async def correct(self) -> None:
        """Correct half an hour of every second hour, once it is some hours old; every third is undone again."""
        k = len(await self._store.ask(lambda connection, _: corrections.entries(connection)))
        while True:
            while wish(k).end_ns + 3 * HOUR > self._clock.now_ns():
                await asyncio.sleep(0.01)
            made = await self._store.change(partial(corrections.add, wish=wish(k), made_ns=k))
            self.note(f"c {k}")
            if undone(k):
                undo = partial(corrections.undo, id_=made, actor="test", reason="test", made_ns=k)
                await self._store.change(undo)
                self.note(f"u {k}")
            k += 1


async def live(folder: Path, acks: int, mode: str) -> None:
    if mode == "torn":
        seal_write.apply = torn
    async with LocalStore.open(folder, POINTS, commit_ms=100) as store:
        life = Life(store, folder, acks, honest=mode != "lying")
        async with asyncio.TaskGroup() as tasks:
            for work in (life.write, life.seal, life.correct):
                tasks.create_task(work())


if __name__ == "__main__":
    descriptor = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    asyncio.run(live(Path(sys.argv[1]), descriptor, sys.argv[3]))
