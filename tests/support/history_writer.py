"""A program that writes history as fast as it can and notes in a file what it was told is accepted, until killed.

    python -m tests.support.history_writer FOLDER ACKS FIRST honest|lying

honest notes a group after flush has returned; lying notes it before, which is what must be found out.
"""

import asyncio
import os
import sys
from pathlib import Path

from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from sdanlegg.quality import GOOD, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import T0, reading, table

POINTS = table("a.x", "a.y", "a.e_kwh")


def numbered(i: int, points: PointTable = POINTS) -> Reading:
    """Reading number i: its time and all its values follow from i."""
    quality = UNCERTAIN if i % 7 == 0 else GOOD
    return reading(points, T0 + i, {"a.x": i % 1000, "a.y": i % 3, "a.e_kwh": i + 0.25}, [GOOD, quality, GOOD])


async def write_for_ever(folder: Path, acks: int, first: int, *, honest: bool) -> None:
    async with LocalStore.open(folder, POINTS, commit_ms=100) as store:
        i = first
        while True:
            group = range(i, i := i + 1 + i % 17)
            for k in group:
                store.offer(numbered(k))
            if honest:
                await store.flush()
            os.write(acks, b"".join(b"%d\n" % k for k in group))
            await asyncio.sleep(0.001)


if __name__ == "__main__":
    descriptor = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    asyncio.run(write_for_ever(Path(sys.argv[1]), descriptor, int(sys.argv[3]), honest=sys.argv[4] == "honest"))
