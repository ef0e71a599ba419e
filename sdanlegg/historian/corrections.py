"""What people said of samples, in the file: rows are only ever added; the samples themselves stay as they came."""

from dataclasses import dataclass, field
from typing import Final, cast

import apsw
import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError, UnknownPointError
from sdanlegg.historian import facts
from sdanlegg.historian.catalogue import load_layouts, max_gap_ns
from sdanlegg.historian.overlay import Action
from sdanlegg.readings import FloatArray, TimeArray

LONGEST_NS: Final = 3660 * 86_400 * SECOND_NS


class CorrectionError(SdError):
    """A correction that cannot be made; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A correction somebody asks for: see overlay. t_ns (n,) ascending and values (n,) for action samples only."""

    point: str
    start_ns: int
    end_ns: int
    action: Action
    actor: str
    reason: str
    gain: float = 1.0
    shift: float = 0.0
    t_ns: TimeArray = field(default_factory=lambda: np.empty(0, np.int64))
    values: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class Entry:
    """One correction with what became of it, for people."""

    id: int
    point: str
    start_ns: int
    end_ns: int
    action: Action
    gain: float | None
    shift: float | None
    samples: int
    made_ns: int
    actor: str
    reason: str
    undone_ns: int | None  # None: it holds
    undone_by: str
    undone_reason: str


def add(connection: apsw.Connection, wish: Wish, made_ns: int) -> int:
    """Make a correction; its id. To be run in a transaction for writing: see LocalStore.change.

    UnknownPointError; CorrectionError: reversed or endless range, no reason or actor, samples that are not in the
    range or not in order, or a range whose samples are no longer kept.
    """
    p, hold_ns = _point(connection, wish.point)
    _check(connection, wish)
    linear = wish.action == "linear"
    connection.execute(
        """INSERT INTO correction(made_ns, actor, reason, p, start_ns, end_ns, action, gain, shift)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            *(made_ns, wish.actor, wish.reason, p, wish.start_ns, wish.end_ns, wish.action),
            *((wish.gain, wish.shift) if linear else (None, None)),
        ),
    )
    id_ = connection.last_insert_rowid()
    samples = zip(wish.t_ns.tolist(), wish.values.tolist(), strict=True)
    connection.executemany(
        "INSERT INTO correction_sample(id, t_ns, v) VALUES(?, ?, ?)", [(id_, t, v) for t, v in samples]
    )
    _soil(connection, p, wish.start_ns, wish.end_ns + hold_ns)
    return id_


def undo(connection: apsw.Connection, id_: int, actor: str, reason: str, made_ns: int) -> None:
    """Take a correction back; to be run in a transaction for writing. CorrectionError if there is none that holds."""
    _check_words(actor, reason)
    sql = "SELECT p, start_ns, end_ns, action FROM correction WHERE id = ?"
    found = cast("tuple[int, int, int, str] | None", connection.execute(sql, (id_,)).fetchone())
    if found is None or found[3] == "undo":
        raise CorrectionError(f"there is no correction {id_}: `sdanlegg corrections` lists them")
    if connection.execute("SELECT 1 FROM correction WHERE undoes = ?", (id_,)).get is not None:
        raise CorrectionError(f"correction {id_} is undone already")
    p, start_ns, end_ns, _ = found
    _check_kept(connection, start_ns)
    connection.execute(
        """INSERT INTO correction(made_ns, actor, reason, p, start_ns, end_ns, action, undoes)
        VALUES(?, ?, ?, ?, ?, ?, 'undo', ?)""",
        (made_ns, actor, reason, p, start_ns, end_ns, id_),
    )
    _soil(connection, p, start_ns, end_ns + _hold_ns(connection, p))


def entries(connection: apsw.Connection) -> list[Entry]:
    """Every correction that was ever made, oldest first, with its undoing if it was undone."""
    sql = """SELECT c.id, point.id, c.start_ns, c.end_ns, c.action, c.gain, c.shift,
        (SELECT count(*) FROM correction_sample s WHERE s.id = c.id), c.made_ns, c.actor, c.reason,
        u.made_ns, coalesce(u.actor, ''), coalesce(u.reason, '')
        FROM correction c JOIN point USING(p) LEFT JOIN correction u ON u.undoes = c.id
        WHERE c.action <> 'undo' ORDER BY c.id"""
    return [Entry(*row) for row in connection.execute(sql)]


def _point(connection: apsw.Connection, id_: str) -> tuple[int, int]:
    p = connection.execute("SELECT p FROM point WHERE id = ?", (id_,)).get
    if p is None or not any(p in layout.ids for layout in load_layouts(connection)):
        raise UnknownPointError(f"unknown point {id_!r}: the history has no samples of it")
    return p, _hold_ns(connection, p)


def _hold_ns(connection: apsw.Connection, p: int) -> int:
    """Longest time that any sample of the point stands for."""
    return max_gap_ns(connection.execute("SELECT max(period_ns) FROM period WHERE p = ?", (p,)).get)


def _check(connection: apsw.Connection, wish: Wish) -> None:
    _check_words(wish.actor, wish.reason)
    if wish.end_ns <= wish.start_ns:
        raise CorrectionError("the range is reversed or empty: it ends before it begins")
    if wish.end_ns - wish.start_ns > LONGEST_NS:
        raise CorrectionError("the range is longer than ten years")
    _check_kept(connection, wish.start_ns)
    if not np.isfinite([wish.gain, wish.shift, *wish.values.tolist()]).all():
        raise CorrectionError("a correction takes finite numbers only")
    if wish.action == "samples":
        _check_samples(wish)


def _check_samples(wish: Wish) -> None:
    if not wish.t_ns.size:
        raise CorrectionError("there are no samples to put in: mark the range as bad instead")
    if (np.diff(wish.t_ns) <= 0).any():
        raise CorrectionError("the samples are not in the order of their times, or two have the same time")
    if wish.t_ns[0] < wish.start_ns or wish.t_ns[-1] >= wish.end_ns:
        raise CorrectionError("a sample lies outside the range that it is to correct")


def _check_kept(connection: apsw.Connection, start_ns: int) -> None:
    raw_from_ns = facts.read(connection).raw_from_ns
    if raw_from_ns is not None and start_ns < raw_from_ns:
        raise CorrectionError("the range begins before the oldest samples that are kept: its means cannot be made anew")


def _check_words(actor: str, reason: str) -> None:
    if not actor.strip():
        raise CorrectionError("a correction needs somebody who makes it")
    if not reason.strip():
        raise CorrectionError("a correction needs a reason")


def _soil(connection: apsw.Connection, p: int, start_ns: int, end_ns: int) -> None:
    connection.execute("INSERT INTO dirty(p, start_ns, end_ns) VALUES(?, ?, ?)", (p, start_ns, end_ns))
