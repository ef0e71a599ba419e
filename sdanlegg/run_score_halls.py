"""Halls to score: one plant with many sets of meters, and the product's own way through what they tell.

Days stream through, some at once. What is kept is sums, and of each hall the last weeks for who looks for faults.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.balance.estimate import estimate, needed_points
from sdanlegg.balance.periods import by_periods
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import GAIN, Structure, structure
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.network import Network
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.score.faults import DAY_NS, Trial, size_of, visible
from sdanlegg.score.kept import Part, joined, slim
from sdanlegg.score.rows import apart, end_to_end, rows_of, rows_of_estimates
from sdanlegg.score.tally import Tally
from sdanlegg.site import Site
from simulators.hours import HOUR_NS, SETTLE_H, Hours, ManyMeters, Run
from simulators.scenario.model import Planted
from simulators.scenario.planting import Hall, Meter, plant_faults

AT_ONCE: Final = 10  # days
PAST: Final = 28  # days before the first that is scored: who looks for what changes must know what was
STRETCH: Final = 30  # days in which a fault comes and goes
MOST_SEEN: Final = 0.2  # a meter of which only more than this share is seen is not spoilt: nobody would know


@dataclass(frozen=True, slots=True)
class Asked:
    """What is scored: local days from the first on, the seed of all chance, sound sets of meters, faults at least."""

    first: date
    days: int
    seed: int
    sets: int
    faults: int = 60


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at together: all that is kept of a hall, of which from_ns on is new, and what befell it there."""

    hall: int
    part: Part
    from_ns: int
    trial: Trial | None


Look = Callable[[Window], None]


def day_edges(first: date, days: int, zone: ZoneInfo) -> TimeArray:
    """First instants (days + 1,) of local days."""
    midnights = (datetime.combine(first + timedelta(days=k), datetime.min.time(), zone) for k in range(days + 1))
    return np.array([round(one.timestamp()) * SECOND_NS for one in midnights], np.int64)


def network_of(site: Site) -> Network:
    """The hall's network; SdError without one."""
    if site.network is None:
        raise SdError(f"{site.folder} has no balance.toml: there is no balance to score")
    return site.network


def stretches(days: int) -> list[tuple[int, int]]:
    """First and last day of each stretch; the days left over belong to the last one."""
    begins = range(0, max(1, days - STRETCH + 1), STRETCH)
    return [(first, first + STRETCH if first + 2 * STRETCH <= days else days) for first in begins]


class Halls:
    """All halls of a run. savers: sound halls of which every hour is kept.

    Sound halls have numbers from 0; those in which a meter is spoilt come after them, new ones for each stretch, each a
    copy of a sound one until its fault begins. lived_ns: time that all of them lived through, the past left out.
    """

    def __init__(self, site: Site, asked: Asked, points: Sequence[str], savers: int) -> None:
        self.network, self.asked, self.savers = network_of(site), asked, savers
        self.structure: Structure = structure(self.network)
        self._edges_ns = day_edges(asked.first - timedelta(days=PAST), PAST + asked.days, site.zone)
        self.start_ns, self.end_ns = int(self._edges_ns[PAST]), int(self._edges_ns[-1])
        self.begin_ns = int(self._edges_ns[0]) - SETTLE_H * HOUR_NS  # of the plant's life
        self._points = {point.id: point for point in site.points}
        wanted = tuple(dict.fromkeys((*needed_points(self.network), *points)))
        self._meters = ManyMeters(site, Run(int(self._edges_ns[0]), asked.seed, wanted, asked.sets))
        self._truth = _Truth(self.structure.names, self._meters)
        self.tally = Tally(len(self.structure.names))
        self.how: tuple[str, ...] = ("unmeasured",) * len(self.structure.names)
        self._sound: list[list[Part]] = [[] for _ in range(asked.sets)]
        self._spoilt: list[list[Part]] = []
        self._numbers = asked.sets
        self.lived_ns = 0

    def live(self, look: Look, done: Callable[[int], None]) -> None:
        """Live through all days and let each hall be looked at after each stretch; tells how many days are done."""
        self._through(-PAST, 0, done)
        parts = stretches(self.asked.days)
        copies = -(-self.asked.faults // len(parts))
        for first, last in parts:
            times_ns = self._at(first), self._at(last)
            planted = plant_faults(self._hall(), self.asked.seed, copies, *times_ns)
            self._meters.befall(planted)
            self._spoilt = [list(self._sound[k % self.asked.sets]) for k in range(copies)]
            self._through(first, last, done)
            self._look(look, planted, times_ns)
            self._numbers += copies
            self.lived_ns += (self.asked.sets + copies) * (times_ns[1] - times_ns[0])

    def whole(self, hall: int) -> Part:
        """All hours and days of a saver, the past left out."""
        return joined([part for part in self._sound[hall] if part.observed.edges_ns[0] >= self.start_ns])

    def _at(self, day: int) -> int:
        return int(self._edges_ns[PAST + day])

    def _through(self, first: int, last: int, done: Callable[[int], None]) -> None:
        """Live through some days."""
        for day in range(first, last, AT_ONCE):
            edges_ns = self._edges_ns[PAST + day : PAST + min(day + AT_ONCE, last) + 1]
            hours = self._meters.hours(int((edges_ns[-1] - edges_ns[0]) // HOUR_NS))
            starts = ((edges_ns[:-1] - edges_ns[0]) // HOUR_NS).astype(np.intp)
            for kept, part in zip((*self._sound, *self._spoilt), self._parts_of(hours, starts), strict=True):
                kept.append(part)
            if first >= 0:
                truth = self._truth.of(hours, starts)
                for kept in self._sound:
                    self.tally.add(truth, kept[-1].days, kept[-1].reconciled)
            done(len(starts))

    def _hall(self) -> Hall:
        """Meters that may be spoilt: those of which something is seen, by what the sound halls last told."""
        days = [part for parts in self._sound for part in parts]
        amount = np.abs(np.concatenate([part.days.amount for part in days]))
        seen = np.concatenate([visible(part.days, part.reconciled) for part in days])
        meters = []
        for k, flow in enumerate(self.network.flows):
            there = np.isfinite(seen[:, k]) & (amount[:, k] > 0.0)
            share = float(np.median(seen[there, k] / amount[there, k])) if 2 * there.sum() > there.size else np.inf
            if flow.measured and share < MOST_SEEN:
                meters.append(Meter(flow.id, flow.measured[0].counter, flow.measured[0].power, share))
        if not meters:
            raise SdError("no meter of the hall is checked by others: there is no fault that could be found")
        return Hall(tuple(meters), self._points)

    def _parts_of(self, hours: Hours, starts: np.ndarray) -> list[Part]:
        halls, count, length = len(hours.observed), len(starts), len(hours.flows) + 1
        # Each hall's days, and the hour between two halls as a period of its own.
        periods = np.concatenate([k * length + np.append(starts, length - 1) for k in range(halls)])[:-1]
        told = estimate(self.network, end_to_end(hours.observed))
        estimates = apart(by_periods(told, periods), halls)
        made, self.how = reconcile(self.structure, estimates), estimates.how
        edges_ns, parts = hours.observed[0].edges_ns, []
        of_days = np.append(edges_ns[starts], edges_ns[-1])
        for hall, observed in enumerate(hours.observed):
            rows, own = slice(hall * count, (hall + 1) * count), None
            days = replace(rows_of_estimates(estimates, rows), edges_ns=of_days)
            if hall < self.savers:
                own = rows_of_estimates(told, slice(hall * length, (hall + 1) * length - 1))
                own = replace(own, edges_ns=edges_ns)
            parts.append(slim(Part(observed, own, days, replace(rows_of(made, rows), edges_ns=of_days))))
        return parts

    def _look(self, look: Look, planted: Sequence[Sequence[Planted]], times_ns: tuple[int, int]) -> None:
        """Let every hall be looked at with its past, then forget what is too old for the next stretch."""
        for copy, (parts, befell) in enumerate(zip(self._spoilt, planted, strict=True)):
            trial = self._trial(copy, befell[0])
            look(Window(trial.hall, joined(_since(parts, times_ns[0] - PAST * DAY_NS)), times_ns[0], trial))
        self._spoilt = []
        for number, parts in enumerate(self._sound):
            look(Window(number, joined(_since(parts, times_ns[0] - PAST * DAY_NS)), times_ns[0], None))
            if number >= self.savers:
                parts[:] = _since(parts, times_ns[1] - PAST * DAY_NS)

    def _trial(self, copy: int, planted: Planted) -> Trial:
        """A planted fault as it is judged: its size is that of the flow that it moves most."""
        fault, names = planted.fault, self.structure.names
        twin, spoilt = joined(self._sound[copy % self.asked.sets]), joined(self._spoilt[copy])
        effect = spoilt.days.amount - twin.days.amount
        seen = visible(twin.days, twin.reconciled)
        times = spoilt.days.edges_ns, planted.start_ns, planted.end_ns
        columns = [names.index(flow) for flow in fault.truth.flows]
        size = max(size_of(effect[:, c], seen[:, c], *times) for c in columns)
        known = {name for flow in fault.truth.flows for name in meter_names(self.network, flow)}
        if "." not in fault.target:  # all of it, and what it was taken for
            known |= {fault.target, str(fault.settings.get("with", fault.target))}
        hall = self._numbers + copy
        return Trial(hall, fault.kind, fault.target, frozenset(known), planted.start_ns, planted.end_ns, size)


def _since(parts: Sequence[Part], t_ns: int) -> list[Part]:
    return [part for part in parts if part.observed.edges_ns[-1] > t_ns]


class _Truth:
    """What really flowed and was stored, in the order of the structure's variables; NaN: the twin does not tell."""

    def __init__(self, names: Sequence[str], meters: ManyMeters) -> None:
        at = {id_: k for k, id_ in enumerate((*meters.flows, *(node + GAIN for node in meters.contents)))}
        self._places = np.array([at.get(name, len(at)) for name in names], np.intp)

    def of(self, hours: Hours, starts: np.ndarray) -> FloatArray:
        """Amounts (days, V) of the days that begin with these hours."""
        both = np.concatenate([hours.flows, hours.gains, np.full((len(hours.flows), 1), np.nan)], axis=1)
        truth: FloatArray = np.add.reduceat(both, starts, axis=0)[:, self._places]
        return truth


def meter_names(network: Network, flow_id: str) -> tuple[str, ...]:
    """By what a flow's meter is rightly named: its points, and its device if that measures nothing else."""
    first = {flow.id: flow.measured[0] for flow in network.flows if flow.measured}
    meter = first[flow_id]
    points = tuple(point for point in (meter.counter, meter.power) if point is not None)
    device = points[0].partition(".")[0]
    of_device = {
        id_ for id_, m in first.items() for point in (m.counter, m.power) if (point or "").partition(".")[0] == device
    }
    return (*points, device) if of_device == {flow_id} else points
