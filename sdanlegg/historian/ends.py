"""The newest sample of each point, and the usable ones at the ends of a range. In a reader's thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import apsw
import numpy as np

from sdanlegg.historian import facts
from sdanlegg.historian.active import load_active
from sdanlegg.historian.catalogue import Group
from sdanlegg.historian.chunks import DAY_NS, day_of
from sdanlegg.historian.grid import Block, newest_of_equal, usable
from sdanlegg.historian.query import MAX_NS, MIN_NS, NO_TIME, Samples, decode, raw, rows

_MOST_ROWS = 1024  # that are decoded at a time while nothing usable is found


def newest(connection: apsw.Connection, group: Group) -> list[Block]:
    """Newest sample of each of the group's points, whatever its quality; points that share it in one block."""
    sealed_ns = facts.read(connection).sealed_ns
    row = next(rows(connection, group, MIN_NS, MAX_NS, newest_first=True), None)
    active = load_active(connection, group.numbers.tolist(), MIN_NS if row is None else row[0], MAX_NS)
    if row is not None and not active and (sealed_ns is None or row[0] >= sealed_ns):
        return [decode(group, [row])]
    sets: dict[int, list[int]] = {}
    for i, p in enumerate(group.numbers.tolist()):
        low = connection.execute("SELECT max(t0_ns) FROM chunk WHERE p = ?", (p,)).get
        if row is not None and (low is None or low + DAY_NS <= row[0]):
            low = row[0]
        if low is not None:
            sets.setdefault(low, []).append(i)
    found = [_last_from(connection, group.part(places), low) for low, places in sets.items()]
    return [block for blocks in found for block in blocks]


def _last_from(connection: apsw.Connection, group: Group, low: int) -> list[Block]:
    """Last samples at or after low; further back where corrections have left none."""
    found, back = [], DAY_NS
    for block in raw(connection, group, low, MAX_NS):
        while not block.t_ns.size and low > 0:
            low, back = low - back, 2 * back
            column = np.flatnonzero(np.isin(group.places, block.places))
            block = raw(connection, group.part(column.tolist()), low, MAX_NS)[0]  # noqa: PLW2901 - seen from further
        if block.t_ns.size:
            found.append(block.rows(slice(-1, None)))
    return found


@dataclass(frozen=True, slots=True)
class _Window:
    """Stretch of time to look in; fresh: nothing in it is sealed."""

    start_ns: int
    end_ns: int
    fresh: bool


def first_last(
    connection: apsw.Connection, groups: Sequence[Group], n: int, start_ns: int, end_ns: int, lookback_ns: int
) -> tuple[Samples, Samples]:
    """Usable samples at the ends of [start_ns, end_ns), each (n,); see LocalReader.first_last."""
    sealed_ns = facts.read(connection).sealed_ns
    first, last = _none(n), _none(n)
    for group in groups:
        before = _windows(start_ns - lookback_ns, start_ns + 1, sealed_ns)
        inside = _windows(start_ns, end_ns, sealed_ns)
        _fill(connection, group, before[::-1], first, newest_first=True)
        _fill(connection, group, inside, first, newest_first=False)
        _fill(connection, group, inside[::-1], last, newest_first=True)
    return first, last


def _windows(start_ns: int, end_ns: int, sealed_ns: int | None) -> list[_Window]:
    """Cut [start_ns, end_ns): UTC days as far as samples are sealed, and the rest."""
    seal_ns = start_ns if sealed_ns is None else min(max(sealed_ns, start_ns), end_ns)
    cuts = [start_ns, *range(day_of(start_ns) + DAY_NS, seal_ns, DAY_NS), seal_ns]
    found = [_Window(a, b, fresh=False) for a, b in pairwise(cuts) if a < b]
    return [*found, _Window(seal_ns, end_ns, fresh=True)] if seal_ns < end_ns else found


def _fill(
    connection: apsw.Connection, group: Group, windows: Sequence[_Window], into: Samples, *, newest_first: bool
) -> None:
    """Fill in the first usable sample of each of the group's points that has none yet, from one end."""
    for window in windows:
        missing = np.flatnonzero(np.isnan(into.values[group.places]))
        if not missing.size:
            return
        _look(connection, group.part(missing.tolist()), window, into, newest_first=newest_first)


def _look(connection: apsw.Connection, group: Group, window: _Window, into: Samples, *, newest_first: bool) -> None:
    span = (window.start_ns, window.end_ns)
    if not window.fresh or load_active(connection, group.numbers.tolist(), *span):
        for block in raw(connection, group, *span):
            _take(block, into, newest_first=newest_first)
        return
    found = rows(connection, group, *span, newest_first=newest_first)
    for block in _pieces(found, group, newest_first=newest_first):
        if not _take(block, into, newest_first=newest_first):
            return


def _pieces(
    found: Iterator[tuple[int, int, int, bytes | None, bytes | None]], group: Group, *, newest_first: bool
) -> Iterator[Block]:
    """Rows as blocks that grow, each ascending."""
    size = 1
    while piece := list(islice(found, size)):
        yield newest_of_equal(decode(group, piece[::-1] if newest_first else piece))
        size = min(8 * size, _MOST_ROWS)


def _take(block: Block, into: Samples, *, newest_first: bool) -> bool:
    """Fill in the usable samples at one end of the block where there is none yet; whether any is still missing."""
    missing = np.isnan(into.values[block.places])
    if not block.t_ns.size:
        return bool(missing.any())
    use = usable(block.values, block.quality)
    at = use.shape[0] - 1 - use[::-1].argmax(axis=0) if newest_first else use.argmax(axis=0)
    hit = np.flatnonzero(missing & use.any(axis=0))
    into.t_ns[block.places[hit]] = block.t_ns[at[hit]]
    into.values[block.places[hit]] = block.values[at[hit], hit]
    return hit.size < int(missing.sum())


def _none(n: int) -> Samples:
    return Samples(np.full(n, NO_TIME, np.int64), np.full(n, np.nan))
