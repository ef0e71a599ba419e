"""A program that writes history and feeds it to a mirror, and notes what it was told is accepted, until killed.

    python -m tests.support.feeding FOLDER ACKS FIRST URL honest|eager

eager puts the mirror's cursor ahead of what was sent, which must be found out.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import apsw

from sdanlegg.historian.mirrors import MirrorSettings, spool
from tests.support.fed import NAME, SHORT, Fed, engine, fed
from tests.support.spooled import fold

PACE = replace(SHORT, lines=600)


def settings(url: str) -> MirrorSettings:
    return MirrorSettings(NAME, "influx", url, url, timeout_s=5.0)


async def run(folder: Path, acks: int, first: int, url: str, *, honest: bool) -> None:
    async with fed(folder, engine(settings(url)), PACE) as f, asyncio.TaskGroup() as tasks:
        tasks.create_task(write(f, acks, first))
        if not honest:
            tasks.create_task(run_ahead(f))


async def write(f: Fed, acks: int, first: int) -> None:
    i = first
    while True:
        await f.write(*range(i, i + 10))
        os.write(acks, b"".join(b"%d\n" % k for k in range(i, i + 10)))
        i += 10
        if i % 200 == 0:
            await f.store.change(fold)
        await asyncio.sleep(0.005)


async def run_ahead(f: Fed) -> None:
    def ahead(connection: apsw.Connection) -> None:
        newest = spool.newest(connection)
        spool.advance(connection, NAME, newest, newest)

    while True:
        await f.store.change(ahead)
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    descriptor = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    mode = sys.argv[5] == "honest"
    asyncio.run(run(Path(sys.argv[1]), descriptor, int(sys.argv[3]), sys.argv[4], honest=mode))
