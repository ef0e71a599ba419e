"""Figures of intervals: from stored tiers as far as they hold, from samples where they do not. In a reader's thread."""

from collections.abc import Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import apsw
import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, facts, query, tiers
from sdanlegg.historian.catalogue import Group, StoredPoint, holds
from sdanlegg.historian.grid import BoolArray
from sdanlegg.historian.seal_tiers import reached
from sdanlegg.historian.tier_rows import FixedRows, Main, Sheet, Whole, put_days
from sdanlegg.historian.tiers import DAY_S, QUARTER_S, TIERS_S, Summary, tier_for
from sdanlegg.readings import TimeArray

CELLS: Final = 200_000  # finer intervals that are combined at a time: bounds memory
_TIERS_NS: Final = frozenset(every_s * SECOND_NS for every_s in TIERS_S)


class Tiered:
    """Answers of one question: points, and their groups, out of one state of the file."""

    def __init__(self, connection: apsw.Connection, points: Sequence[StoredPoint], groups: Sequence[Group]) -> None:
        self._connection = connection
        self._points = points
        self._groups = groups
        self._known = facts.read(connection)
        self._wide = np.array([point.is_wide for point in points], bool)
        self._everyone = np.arange(len(points), dtype=np.int32)
        self._dirty: dict[int, list[tuple[int, int]]] = {}
        for p, start_ns, end_ns in connection.execute("SELECT p, start_ns, end_ns FROM dirty"):
            self._dirty.setdefault(p, []).append((start_ns, end_ns))

    def main(self, edges_ns: TimeArray, every: int | Days) -> Main:
        """Main figures of the intervals between edges_ns (K+1,), which are of length every."""
        if not isinstance(every, Days) and every in _TIERS_NS:
            rows = FixedRows(every // SECOND_NS, self._points, int(edges_ns[0]), edges_ns.size - 1)
            made = rows.main(self._connection)
            self._complete(made, every // SECOND_NS, edges_ns)
            return made
        made = Main(self._points, edges_ns.size - 1)
        for at, summary in self._pieces(edges_ns, every):
            made.put(self._everyone, at, summary)
        return made

    def summary(self, edges_ns: TimeArray, every: int | Days) -> Summary:
        """Summary (K, P) of the same intervals."""
        made = Whole(self._points, edges_ns.size - 1)
        for at, summary in self._pieces(edges_ns, every):
            made.put(self._everyone, at, summary)
        return made.summary()

    def _pieces(self, edges_ns: TimeArray, every: int | Days) -> Iterator[tuple[slice, Summary]]:
        """Summaries of successive intervals."""
        fine_s = tier_for(edges_ns)
        if isinstance(every, Days) and fine_s is not None:
            fine_s = min(fine_s, QUARTER_S)
        for at in self._steps(edges_ns, fine_s):
            yield at, self._piece(edges_ns[at.start : at.stop + 1], every, fine_s)

    def _steps(self, edges_ns: TimeArray, fine_s: int | None) -> Iterator[slice]:
        """Cut the intervals so that the finer ones in hand at a time are bounded."""
        n = edges_ns.size - 1
        width_ns = int(edges_ns[-1] - edges_ns[0]) // max(n, 1)
        finer = 1 if fine_s is None else max(1, width_ns // (fine_s * SECOND_NS))
        step = max(1, CELLS // (finer * max(1, len(self._points))))
        yield from (slice(first, min(first + step, n)) for first in range(0, n, step))

    def _piece(self, edges_ns: TimeArray, every: int | Days, fine_s: int | None) -> Summary:
        if fine_s is None:
            return self._sampled(edges_ns)
        if isinstance(every, Days):
            return self._days(edges_ns, every.zone, fine_s)
        return self._fixed(edges_ns, fine_s) if every == fine_s * SECOND_NS else self._combined(edges_ns, fine_s)

    def _sampled(self, edges_ns: TimeArray) -> Summary:
        """All of it from samples, not rounded: intervals that no tier makes up."""
        made = Whole(self._points, edges_ns.size - 1)
        for group in self._groups:
            summary = query.bucket(self._connection, group, self._points, edges_ns)
            made.put(group.places, slice(None), summary)
        return made.summary()

    def _combined(self, edges_ns: TimeArray, fine_s: int) -> Summary:
        fine_ns = fine_s * SECOND_NS
        fine = self._fixed(np.arange(edges_ns[0], edges_ns[-1] + 1, fine_ns, dtype=np.int64), fine_s)
        return tiers.combine(fine, (edges_ns[:-1] - edges_ns[0]) // fine_ns)

    def _fixed(self, edges_ns: TimeArray, every_s: int) -> Summary:
        rows = FixedRows(every_s, self._points, int(edges_ns[0]), edges_ns.size - 1)
        made = rows.whole(self._connection)
        self._complete(made, every_s, edges_ns)
        return made.summary()

    def _complete(self, made: Sheet, every_s: int, edges_ns: TimeArray) -> None:
        """Put what the stored figures of a tier of TIERS_S do not tell, or not any more."""
        sealed = self._count_sealed(edges_ns)
        lacking = np.zeros(edges_ns.size - 1, bool)
        lacking[: self._count_older(every_s, edges_ns[: sealed + 1])] = True
        finer = next((s for s in reversed(TIERS_S) if s < every_s and self._has(s, edges_ns, lacking)), None)
        if finer is not None:
            for at in self._steps(edges_ns[: lacking.sum() + 1], finer):
                summary = self._combined(edges_ns[at.start : at.stop + 1], finer)
                made.put(self._everyone, at, tiers.at_rest(summary, self._wide))
            lacking[:] = False
        elif lacking.any() and not self._has_samples(edges_ns, lacking):
            lacking[:] = False
        lacking[sealed:] = True
        for group in self._groups:
            for part, which in self._outdated(group, edges_ns[: sealed + 1]):
                self._put_sampled(made, part, edges_ns, np.append(which, np.zeros(lacking.size - sealed, bool)))
            self._put_sampled(made, group, edges_ns, lacking)

    def _put_sampled(self, made: Sheet, group: Group, edges_ns: TimeArray, which: BoolArray) -> None:
        for run in runs(which):
            step = max(1, CELLS // group.places.size)
            for first in range(run.start, run.stop, step):
                at = slice(first, min(first + step, run.stop))
                fresh = query.bucket(self._connection, group, self._points, edges_ns[at.start : at.stop + 1])
                made.put(group.places, at, tiers.at_rest(fresh, self._wide[group.places]))

    def _days(self, edges_ns: TimeArray, zone: ZoneInfo, fine_s: int) -> Summary:
        made = Whole(self._points, edges_ns.size - 1)
        stored = fine_s == QUARTER_S and self._known.zone == zone.key
        sealed = self._count_sealed(edges_ns) if stored else 0
        lacking = np.ones(edges_ns.size - 1, bool)
        if sealed:
            put_days(self._connection, made, self._points, edges_ns[:sealed])
            lacking[self._count_older(DAY_S, edges_ns[: sealed + 1]) : sealed] = False
            for group in self._groups:
                for _, which in self._outdated(group, edges_ns[: sealed + 1]):
                    lacking[:sealed] |= which
        for run in runs(lacking):
            for at in self._steps(edges_ns[run.start : run.stop + 1], fine_s):
                these = slice(run.start + at.start, run.start + at.stop)
                summary = self._combined(edges_ns[these.start : these.stop + 1], fine_s)
                made.put(self._everyone, these, tiers.at_rest(summary, self._wide))
        return made.summary()

    def _count_sealed(self, edges_ns: TimeArray) -> int:
        """How many of the intervals were complete when they were sealed."""
        if self._known.sealed_ns is None:
            return 0
        return max(0, int(np.searchsorted(edges_ns, self._known.sealed_ns, "right")) - 1)

    def _count_older(self, every_s: int, edges_ns: TimeArray) -> int:
        """How many of the intervals are older than anything that the tier still has."""
        oldest = self._connection.execute("SELECT min(t0_ns) FROM rollup WHERE every_s = ?", (every_s,)).get
        return edges_ns.size - 1 if oldest is None else int(np.searchsorted(edges_ns[:-1], oldest))

    def _has(self, every_s: int, edges_ns: TimeArray, lacking: BoolArray) -> bool:
        n = int(lacking.sum())
        return n > 0 and self._count_older(every_s, edges_ns[: n + 1]) < n

    def _has_samples(self, edges_ns: TimeArray, lacking: BoolArray) -> bool:
        oldest = self._connection.execute("SELECT min(t0_ns) FROM chunk").get
        return oldest is not None and oldest < edges_ns[lacking.sum()]

    def _outdated(self, group: Group, edges_ns: TimeArray) -> Iterator[tuple[Group, BoolArray]]:
        """Stored intervals that late samples or corrections touch, with the points of the group that it concerns."""
        hold_ns = int(holds([self._points[place] for place in group.places]).max())
        kept = np.ones(edges_ns.size - 1, bool)
        if self._known.raw_from_ns is not None:  # what cannot be made anew stays
            kept = edges_ns[:-1] >= self._known.raw_from_ns + hold_ns
        if not kept.any():
            return
        span = (int(edges_ns[0]) - hold_ns, int(edges_ns[-1]))
        late = [self._late(layout.l, *span) for layout in group.layouts]
        if any(t_ns.size for t_ns in late):
            t_ns = np.concatenate(late)
            yield group, reached(t_ns, t_ns + hold_ns, edges_ns) & kept
        for place, p in enumerate(group.numbers.tolist()):
            if p in self._dirty:
                starts, ends = np.array(self._dirty[p], np.int64).T
                yield group.part([place]), reached(starts, ends, edges_ns) & kept

    def _late(self, layout: int, start_ns: int, end_ns: int) -> TimeArray:
        sql = "SELECT t_ns FROM reading WHERE l = ? AND t_ns >= ? AND t_ns < ?"
        return np.array([t for (t,) in self._connection.execute(sql, (layout, start_ns, end_ns))], np.int64)


def runs(which: BoolArray) -> list[slice]:
    """Stretches of True in which (n,)."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(np.int8)))
    return [slice(first, stop) for first, stop in steps.reshape(-1, 2).tolist()]
