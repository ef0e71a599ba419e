"""The balance against the truth, wired: the twin with many sets of meters, the product's own way through it, the score.

Stretches of days stream through. What is kept of each is sums, and the days of every hall for who looks for faults.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
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
from sdanlegg.score.faults import DAY_NS, visible
from sdanlegg.score.kept import Part, joined, slim
from sdanlegg.score.rows import apart, end_to_end, rows_of, rows_of_estimates
from sdanlegg.score.tally import Tally
from sdanlegg.site import Site
from simulators.hours import HOUR_NS, Hours, ManyMeters, Run
from simulators.scenario.model import Planted
from simulators.scenario.planting import STRETCH_DAYS, Hall, Meter, plant_faults

AT_ONCE: Final = 10  # days
FAULTS: Final = 60  # at least so many are planted


@dataclass(frozen=True, slots=True)
class Asked:
    """What is scored: local days from the first on, the seed of all chance, sound sets of meters."""

    first: date
    days: int
    seed: int
    sets: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at together: all that is kept, of which from_ns on is new."""

    part: Part
    from_ns: int


class Effect(NamedTuple):
    """Days of a fault's hall: edges, what each estimate differs by from the sound one, what the others see of it."""

    edges_ns: TimeArray
    difference: FloatArray
    visible: FloatArray


Look = Callable[[int, Window], None]


def day_edges(first: date, days: int, zone: ZoneInfo) -> TimeArray:
    """First instants (days + 1,) of local days."""
    midnights = (datetime.combine(first + timedelta(days=k), datetime.min.time(), zone) for k in range(days + 1))
    return np.array([round(one.timestamp()) * SECOND_NS for one in midnights], np.int64)


def network_of(site: Site) -> Network:
    """The hall's network; SdError without one."""
    if site.network is None:
        raise SdError(f"{site.folder} has no balance.toml: there is no balance to score")
    return site.network


def pieces(days: int) -> Iterator[tuple[int, int, int | None]]:
    """First and last day of each piece that is lived through at once, and with what day the stretch began that it ends.

    The days left over belong to the last stretch.
    """
    begun, last_begin = 0, max(0, (days // STRETCH_DAYS - 1) * STRETCH_DAYS)
    first = 0
    while first < days:
        until = days if begun == last_begin else begun + STRETCH_DAYS
        last = min(first + AT_ONCE, until)
        ends = last == until
        yield first, last, begun if ends else None
        first, begun = last, until if ends else begun


def faults_for(site: Site, asked: Asked, start_ns: int) -> tuple[tuple[Planted, ...], ...]:
    """What befalls the meters of the further halls: at least FAULTS faults in all."""
    meters = tuple(Meter(flow.id, m.counter, m.power) for flow in network_of(site).flows for m in flow.measured[:1])
    hall = Hall(meters, {point.id: point for point in site.points})
    copies = -(-FAULTS // max(1, asked.days // STRETCH_DAYS))
    return plant_faults(hall, asked.seed, copies, start_ns, asked.days)


class Halls:
    """All halls of a run, sound ones first, from stretch to stretch. savers: halls of which every hour is kept."""

    def __init__(self, site: Site, asked: Asked, points: Sequence[str], savers: int) -> None:
        self.network, self.asked = network_of(site), asked
        self.structure: Structure = structure(self.network)
        self.edges_ns = day_edges(asked.first, asked.days, site.zone)
        self.planted = faults_for(site, asked, int(self.edges_ns[0]))
        wanted = tuple(dict.fromkeys((*needed_points(self.network), *points)))
        self._meters = ManyMeters(site, Run(int(self.edges_ns[0]), asked.seed, wanted, asked.sets, self.planted))
        self._truth = _Truth(self.structure.names, self._meters)
        self.tally = Tally(len(self.structure.names))
        self.how: tuple[str, ...] = ()
        self.savers = savers
        self.count = asked.sets + len(self.planted)
        self._parts: list[list[Part]] = [[] for _ in range(self.count)]
        # What each faulty set's days differ by from those of its sound twin, and what the others can see of it.
        self.effects: list[list[Effect]] = [[] for _ in self.planted]

    def live(self, look: Look, done: Callable[[int], None]) -> None:
        """Live through all days and let each hall be looked at after each stretch; tells how many days are done."""
        for first, last, stretch_ends in pieces(self.asked.days):
            edges_ns = self.edges_ns[first : last + 1]
            hours = self._meters.hours(int((edges_ns[-1] - edges_ns[0]) // HOUR_NS))
            self._take(hours, ((edges_ns[:-1] - edges_ns[0]) // HOUR_NS).astype(np.intp))
            if stretch_ends is not None:
                self._look(look, int(self.edges_ns[stretch_ends]))
            done(last - first)

    def whole(self, hall: int) -> Part:
        """All hours and days of a saver."""
        return joined(self._parts[hall])

    def _look(self, look: Look, from_ns: int) -> None:
        back_ns = int(self.edges_ns[0]) if from_ns == self.edges_ns[0] else from_ns - STRETCH_DAYS * DAY_NS
        for hall, parts in enumerate(self._parts):
            recent = [part for part in parts if part.observed.edges_ns[-1] > back_ns]
            look(hall, Window(joined(recent), from_ns))
            if hall >= self.savers:
                parts[:] = [part for part in recent if part.observed.edges_ns[-1] > from_ns]

    def _take(self, hours: Hours, starts: np.ndarray) -> None:
        count, length = len(starts), len(hours.flows) + 1
        # Each hall's days, and the hour between two halls as a period of its own.
        periods = np.concatenate([k * length + np.append(starts, length - 1) for k in range(self.count)])[:-1]
        told = estimate(self.network, end_to_end(hours.observed))
        estimates = apart(by_periods(told, periods), self.count)
        made, self.how = reconcile(self.structure, estimates), estimates.how
        sound = slice(0, count * self.asked.sets)
        truth = np.tile(self._truth.of(hours, starts), (self.asked.sets, 1))
        self.tally.add(truth, rows_of_estimates(estimates, sound), rows_of(made, sound))
        edges_ns = hours.observed[0].edges_ns
        for hall, parts in enumerate(self._parts):
            rows = slice(hall * count, (hall + 1) * count)
            days, end = (
                replace(rows_of_estimates(estimates, rows), edges_ns=edges_ns[np.append(starts, -1)]),
                length - 1,
            )
            reconciled = replace(rows_of(made, rows), edges_ns=days.edges_ns)
            own = None
            if hall < self.savers:
                own = replace(rows_of_estimates(told, slice(hall * length, hall * length + end)), edges_ns=edges_ns)
            parts.append(slim(Part(hours.observed[hall], own, days, reconciled)))
        self._compare()

    def _compare(self) -> None:
        for number, effects in enumerate(self.effects):
            twin, spoilt = (self._parts[hall][-1] for hall in (number % self.asked.sets, self.asked.sets + number))
            difference = spoilt.days.amount - twin.days.amount
            effects.append(Effect(twin.days.edges_ns, difference, visible(twin.days, twin.reconciled)))


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
