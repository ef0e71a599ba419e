"""History for tests of the feed: numbered readings, and sealing as far as the spool sees it."""

from collections.abc import Iterable

import apsw

from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from tests.support.history import T0, reading, table

POINTS = table("a.x", "a.y", "a.e_kwh", "b.x")
A, B = ("a.x", "a.y", "a.e_kwh"), ("b.x",)


def numbered(i: int, names: Iterable[str] = A, points: PointTable = POINTS) -> Reading:
    """Reading number i of these points, one ms after the one before."""
    return reading(points, T0 + i * 1_000_000, {name: i + k / 4 for k, name in enumerate(names)})


def expected(numbers: Iterable[int], names: Iterable[str] = A) -> set[tuple[str, int]]:
    """Point and time of every sample of these readings."""
    return {(name, T0 + i * 1_000_000) for i in numbers for name in names}


def fold(connection: apsw.Connection) -> int:
    """What sealing does to the rows: copied to the spool where a mirror has not had them, then gone."""
    needed = connection.execute("SELECT min(safe_seq) FROM mirror").get
    if needed is not None:
        connection.execute("INSERT OR REPLACE INTO spool SELECT * FROM reading WHERE seq > ?", (needed,))
    connection.execute("DELETE FROM reading")
    return connection.changes()


async def spool_seqs(store: LocalStore) -> list[int]:
    return await store.ask(
        lambda connection, _: [s for (s,) in connection.execute("SELECT seq FROM spool ORDER BY seq")]
    )
