"""The truth of a run beside what the hall's meters made of it, to score estimates against.

At each instant t of a regular grid, from the first to the end: every point (its value, and what its register tells),
the content of every storage, and the faults that are there. For the time from t to the next instant: the mean of
every flow of the network, and what the counter that measures it made of that time. So contents gain exactly what flows
bring, and a flow times its time is energy [kWh], water [m³] or vapour [kg].

The plant takes steps of a minute and its meters are read at each, as `backfill` does with the same seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Final, Literal, NamedTuple

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.site import Site
from simulators.plant import ledger
from simulators.plant.weather_block import Source
from simulators.quantise import Quantiser
from simulators.scenario.model import Planted, Scenario
from simulators.twin import Twin, beginning

STEP_NS: Final = 60 * SECOND_NS
_DAY_NS: Final = 86_400 * SECOND_NS
_ALL: Final = 1 << 62
_POWER: Final = {"electricity": "kW", "heat": "kW", "water": "m³/h", "moisture": "kg/h"}
_CONTENT: Final = {"electricity": "kWh", "heat": "kWh", "water": "m³", "moisture": "kg"}

Kind = Literal["point", "flow", "content", "fault"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What truth is asked for: a time, how fine, of which points (patterns; none: all that measure)."""

    start_ns: int
    end_ns: int
    every_ns: int
    seed: int = 1
    weather: Source | None = None
    scenario: Scenario | None = None
    patterns: tuple[str, ...] = ()

    def planted(self) -> tuple[Planted, ...]:
        """Faults of the run, on its timeline."""
        return () if self.scenario is None else self.scenario.planted(self.start_ns)


class Block(NamedTuple):
    """Truth and what was shown of it (T, n) of n things of one kind at T instants; NaN: nothing shows it."""

    kind: Kind
    ids: Sequence[str]
    units: Sequence[str]
    t_ns: TimeArray
    truth: FloatArray
    shown: FloatArray


class Sight(NamedTuple):
    """One instant: points (all columns) as they are and as told, contents, faults."""

    t_ns: int
    truth: FloatArray
    told: FloatArray
    contents: FloatArray
    faults: FloatArray


def blocks(site: Site, asked: Asked) -> Iterator[Block]:
    """Truth of a run, day by day; SdError for a time that is none, or a pattern that no point fits."""
    if asked.end_ns <= asked.start_ns:
        raise SdError("the time asked for ends before it begins")
    if asked.every_ns <= 0 or asked.every_ns % STEP_NS or (asked.end_ns - asked.start_ns) % asked.every_ns:
        raise SdError("the time asked for must be a whole number of intervals, and each of these of minutes")
    return _Run(site, asked).days()


def columns_of(site: Site, patterns: Sequence[str]) -> list[int]:
    """Columns of the points that fit a pattern; without patterns, of those that measure."""
    points = site.points.points
    for pattern in patterns:
        if not any(fnmatchcase(point.id, pattern) for point in points):
            raise SdError(f"no point of the hall fits {pattern!r}")
    if patterns:
        return [c for c, point in enumerate(points) if any(fnmatchcase(point.id, pattern) for pattern in patterns)]
    return [c for c, point in enumerate(points) if point.kind in {"gauge", "counter"}]


class _Run:
    def __init__(self, site: Site, asked: Asked) -> None:
        self._asked, self._planted = asked, asked.planted()
        begun = beginning(site, asked.start_ns, asked.seed, None, asked.weather)
        self._twin = Twin(site, begun, asked.seed, asked.weather, self._planted)
        self._quantise = Quantiser(site.points.points)
        self._columns = columns_of(site, asked.patterns)
        points = [site.points.points[c] for c in self._columns]
        self._points, self._point_units = [p.id for p in points], [p.unit for p in points]
        self._flows, self._contents = list(ledger.flows(begun.state)), list(ledger.contents(begun.state))
        network = () if site.network is None else site.network.flows
        carriers = {flow.id: flow.carrier for flow in network}
        held = {node: flow.carrier for flow in network for node in (flow.source, flow.target) if node is not None}
        self._flow_units = [_POWER.get(carriers.get(id_, ""), "") for id_ in self._flows]
        self._content_units = [_CONTENT.get(held.get(id_, ""), "") for id_ in self._contents]
        counters = {flow.id: m.counter for flow in network for m in flow.measured[:1] if m.counter is not None}
        column = site.points.column
        # Where nothing counts a flow, the last of the row is taken: it is NaN.
        self._counters = [column.get(counters.get(id_, ""), len(column)) for id_ in self._flows]

    def days(self) -> Iterator[Block]:
        """Blocks of each day (UTC) in turn: the instants' own, and the flows of the intervals that begin in it."""
        asked, sight = self._asked, self._look()
        grid = range(asked.start_ns, asked.end_ns + 1, asked.every_ns)
        for _, day in groupby(grid, lambda t_ns: t_ns // _DAY_NS):
            sights, flows = [], []
            for t_ns in day:
                sights.append(sight)
                if t_ns < asked.end_ns:
                    mean, sight = self._interval(sight)
                    flows.append((t_ns, mean, self._counted(sights[-1], sight)))
            yield from self._blocks(sights)
            if flows:
                t, truth, shown = zip(*flows, strict=True)
                yield Block(
                    "flow", self._flows, self._flow_units, np.array(t, np.int64), np.array(truth), np.array(shown)
                )

    def _interval(self, since: Sight) -> tuple[FloatArray, Sight]:
        """Mean of every flow until the next instant, and what that one shows."""
        total, end_ns = np.zeros(len(self._flows)), since.t_ns + self._asked.every_ns
        for t_ns in range(since.t_ns + STEP_NS, end_ns + 1, STEP_NS):
            self._twin.advance(t_ns, _ALL)
            self._twin.shown()
            flows = ledger.flows(self._twin.state)
            total += np.array([flows[id_] for id_ in self._flows])
        return total * (STEP_NS / self._asked.every_ns), self._look()

    def _look(self) -> Sight:
        state, truth, shown = self._twin.state, self._twin.truth(), self._twin.shown()
        contents = ledger.contents(state)
        return Sight(
            state.t_ns,
            truth.values,
            self._quantise(shown.values),
            np.array([contents[id_] for id_ in self._contents]),
            np.array([float(one.on(state.t_ns)) for one in self._planted]),
        )

    def _counted(self, before: Sight, after: Sight) -> FloatArray:
        """What the counters of the flows made of an interval, as a mean; NaN where no counter is."""
        hours = (after.t_ns - before.t_ns) / (3600 * SECOND_NS)
        mean: FloatArray = np.append((after.told - before.told) / hours, np.nan)[self._counters]
        return mean

    def _blocks(self, sights: Sequence[Sight]) -> Iterator[Block]:
        t_ns = np.array([sight.t_ns for sight in sights], np.int64)
        truth, told = (
            np.array(rows)[:, self._columns] for rows in zip(*((s.truth, s.told) for s in sights), strict=True)
        )
        yield Block("point", self._points, self._point_units, t_ns, truth, told)
        contents = np.array([sight.contents for sight in sights])
        yield Block("content", self._contents, self._content_units, t_ns, contents, np.full_like(contents, np.nan))
        if self._planted:
            ids = [f"{one.fault.kind}:{one.fault.target}" for one in self._planted]
            faults = np.array([sight.faults for sight in sights])
            yield Block("fault", ids, [""] * len(ids), t_ns, faults, np.full_like(faults, np.nan))
