"""One step of sealing as one short transaction on the writer's thread: rows out, chunks and tiers in."""

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from sdanlegg.historian import facts
from sdanlegg.historian.seal_plan import Sheet
from sdanlegg.historian.seal_tiers import Rollup


class OvertakenError(Exception):
    """What was read has been changed by somebody else since: read it again."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows that were read: of some layouts, in [start_ns, end_ns), accepted up to seq. What came later stays."""

    layouts: tuple[int, ...]
    start_ns: int
    end_ns: int
    seq: int


@dataclass(frozen=True, slots=True)
class Mended:
    """A dirty range that is redone up to from_ns; None: to its end."""

    id: int
    from_ns: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction does to a file of the given generation."""

    generation: int
    day_ns: int = 0  # of the sheets
    cut: Cut | None = None
    sheets: tuple[Sheet, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    mended: tuple[Mended, ...] = ()
    more: bool = False  # whether the day has more rows to be sealed now


def apply(connection: apsw.Connection, step: Step) -> None:
    """Do all of a step; OvertakenError if the file is of another generation."""
    if facts.read(connection).generation != step.generation:
        raise OvertakenError
    if step.cut is not None:
        keep_for_mirrors(connection, step.cut)
        take_out(connection, step.cut)
    put_chunks(connection, step.day_ns, step.sheets)
    put_rollups(connection, step.rollups)
    put_mended(connection, step.mended)
    facts.bump(connection)


def keep_for_mirrors(connection: apsw.Connection, cut: Cut) -> None:
    """Copy to the spool what not every mirror has had for good."""
    safe_seq = connection.execute("SELECT min(safe_seq) FROM mirror").get
    if safe_seq is None or safe_seq >= cut.seq:
        return
    sql = """INSERT INTO spool(seq, l, t_ns, v, q, s) SELECT seq, l, t_ns, v, q, s FROM reading
        WHERE l = ? AND t_ns >= ? AND t_ns < ? AND seq <= ? AND seq > ? ORDER BY seq"""
    for number in cut.layouts:
        connection.execute(sql, (number, cut.start_ns, cut.end_ns, cut.seq, safe_seq))


def take_out(connection: apsw.Connection, cut: Cut) -> None:
    """Delete the rows that were read."""
    sql = "DELETE FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ? AND seq <= ?"
    for number in cut.layouts:
        connection.execute(sql, (number, cut.start_ns, cut.end_ns, cut.seq))


def put_chunks(connection: apsw.Connection, day_ns: int, sheets: Iterable[Sheet]) -> None:
    """Put the sheets' chunks in the place of those that the file has; axes that no chunk needs any more go."""
    former: set[int] = set()
    for sheet in sheets:
        a = sheet.a
        if a is None:
            connection.execute("INSERT INTO axis(t0_ns, n, t) VALUES(?, ?, ?)", (day_ns, sheet.n, sheet.t))
            a = connection.last_insert_rowid()
        for column in sheet.columns:
            place = (column.p, day_ns)
            before = connection.execute("SELECT a FROM chunk WHERE p = ? AND t0_ns = ?", place).get
            if before is not None and before != a:
                former.add(before)
            connection.execute(
                """INSERT INTO chunk(p, t0_ns, a, e, v, q, s) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(p, t0_ns)
                DO UPDATE SET a = excluded.a, e = excluded.e, v = excluded.v, q = excluded.q, s = excluded.s""",
                (*place, a, column.e, column.v, column.q, column.s),
            )
    for a in former:
        connection.execute(
            "DELETE FROM axis WHERE a = ?1 AND NOT EXISTS(SELECT 1 FROM chunk WHERE t0_ns = ?2 AND a = ?1)", (a, day_ns)
        )


def put_rollups(connection: apsw.Connection, rollups: Iterable[Rollup]) -> None:
    """Put blocks of tiers in the place of those that the file has."""
    connection.executemany(
        """INSERT INTO rollup(every_s, p, t0_ns, v, c, m) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(every_s, p, t0_ns)
        DO UPDATE SET v = excluded.v, c = excluded.c, m = excluded.m""",
        [(x.every_s, x.p, x.t0_ns, x.v, x.c, x.m) for x in rollups],
    )


def put_mended(connection: apsw.Connection, mended: Iterable[Mended]) -> None:
    """Take out dirty ranges that are redone, shorten those that are half done."""
    for one in mended:
        if one.from_ns is None:
            connection.execute("DELETE FROM dirty WHERE id = ?", (one.id,))
        else:
            connection.execute("UPDATE dirty SET start_ns = ? WHERE id = ?", (one.from_ns, one.id))


def begin(connection: apsw.Connection, first_ns: int, zone: str) -> None:
    """Note the first time from which on the file is going to be sealed, and whose days its day tier has."""
    if facts.read(connection).sealed_ns is None:
        given_ns = connection.execute("SELECT min(start_ns) FROM correction WHERE action = 'samples'").get
        facts.write(connection, "sealed_ns", first_ns if given_ns is None else min(first_ns, given_ns))
        facts.write(connection, "zone", zone)


def finish(connection: apsw.Connection, until_ns: int) -> None:
    """Note that every sample before until_ns has been sealed once."""
    facts.raise_ns(connection, "sealed_ns", until_ns)


def put_days(connection: apsw.Connection, rollups: Iterable[Rollup], zone: str, generation: int) -> None:
    """Put the day tier of another zone in the place of all there is."""
    if facts.read(connection).generation != generation:
        raise OvertakenError
    connection.execute("DELETE FROM rollup WHERE every_s = 86400")
    put_rollups(connection, rollups)
    facts.write(connection, "zone", zone)
    facts.bump(connection)
