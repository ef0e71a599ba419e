"""Hours of a run as the balance reads them: one plant, many sets of meters, and the truth beside them.

The plant takes steps of five minutes and every set of meters is read at each, as a collector would: what a meter tells
stands from its instant on. Truth is what flowed in each hour [kWh, m³, kg], and what storages gained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from sdanlegg.balance import intervals
from sdanlegg.balance.arrays import Observed
from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.tiers import NAMES, Summary
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.site import Site
from simulators.metering.sets import MeterSets
from simulators.observe import BoundDevice, Observer, bind
from simulators.plant import ledger
from simulators.plant.inputs import InputsAhead
from simulators.plant.start import initial
from simulators.plant.step import step
from simulators.plant.weather_block import Source
from simulators.scenario.model import Planted
from simulators.scenario.sensors import COUNTED, HEAT_METER
from simulators.twin import place_of

STEP_S: Final = 300.0
STEPS: Final = 12  # an hour
HOUR_NS: Final = 3600 * SECOND_NS
SETTLE_H: Final = 96  # the plant forgets how it was begun before its meters are looked at
# What a meter calculates with stands in the row with what it tells.
_WITHIN: Final = {*COUNTED, *(name for pair in COUNTED.values() for name in pair), *HEAT_METER}


@dataclass(frozen=True, slots=True)
class Run:
    """What to run: whole hours from start_ns, and so many sound sets of meters that tell these points."""

    start_ns: int
    seed: int
    points: tuple[str, ...]
    sound: int
    weather: Source | None = None


class Hours(NamedTuple):
    """K hours: what each set's points told, and the truth; flows (K, F) and gains (K, S) are amounts."""

    observed: tuple[Observed, ...]
    flows: FloatArray
    gains: FloatArray


class _Notes:
    """What is written down of one hour, of sets times points: see Summary."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.total, self.known = np.zeros(shape), np.zeros(shape)
        self.first, self.last, self.low, self.high = (np.full(shape, np.nan) for _ in range(4))

    def take(self, told: FloatArray, times: int = 1) -> None:
        """Write down values that stand for a step, or so many; NaN: none stood."""
        there = np.isfinite(told)
        self.total += np.where(there, told * times, 0.0)
        self.known += there * times
        np.copyto(self.first, told, where=np.isnan(self.first))
        np.copyto(self.last, told, where=there)
        np.fmin(self.low, told, out=self.low)
        np.fmax(self.high, told, out=self.high)


def _summary(notes: Sequence[_Notes], number: int) -> Summary:
    """Figures (K, P) of one set."""
    low, high, first, last, total, known = (
        np.array([getattr(note, name)[number] for note in notes])
        for name in ("low", "high", "first", "last", "total", "known")
    )
    mean = np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)
    return Summary(mean, low, high, first, last, known, known / STEPS, known / STEPS)


class ManyMeters:
    """A plant with many sets of meters, hour after hour from the beginning on."""

    def __init__(self, site: Site, run: Run) -> None:
        place = place_of(site, run.weather)
        self._state = initial(run.start_ns - SETTLE_H * HOUR_NS, place, run.seed)
        self._inputs = InputsAhead(place, run.seed)
        self._observe = Observer(_only(site, _with_counted(site, run.points)))
        points = self._observe.points
        at, maps = {point.id: k for k, point in enumerate(points)}, {d.id: d.map for d in site.devices}
        shown = [at[id_] for id_ in run.points]
        self._meters = MeterSets(points, maps, run.seed, run.sound, shown)
        self._points, chosen = run.points, [points[k] for k in shown]
        self._counts = np.array([point.kind == "counter" for point in chosen])
        counters = [point for point in chosen if point.kind == "counter"]
        self._counters = intervals.Counters(
            span=np.array([point.max for point in counters]),
            fastest=np.array([point.max_rate for point in counters]),
            hold_s=np.full(len(counters), STEP_S),
        )
        self.flows, self.contents = tuple(ledger.flows(self._state)), tuple(ledger.contents(self._state))
        for _ in range(SETTLE_H * STEPS):
            self._step()
        self._told = self._read()

    def befall(self, faulty: Sequence[Sequence[Planted]]) -> None:
        """Let these things befall copies of the sound sets from now on, in place of what befell others before."""
        self._meters.befall(faulty)
        self._told = self._read()

    def hours(self, count: int) -> Hours:
        """Live through so many hours; what every point told and what really happened, sound sets first."""
        edges_ns = self._state.t_ns + HOUR_NS * np.arange(count + 1, dtype=np.int64)
        notes = [_Notes(self._told.shape) for _ in range(count + 1)]
        flows, contents = np.zeros((count, len(self.flows))), [self._contents()]
        for hour in range(count):
            for _ in range(STEPS):
                notes[hour].take(self._told)
                self._step()
                told = ledger.flows(self._state)
                flows[hour] += [told[id_] for id_ in self.flows]
                self._told = self._read()
            contents.append(self._contents())
        # What stands at the end begins an hour of which nothing more is known yet.
        notes[count].take(self._told, STEPS)
        observed = tuple(self._seen(edges_ns, notes, k) for k in range(self._told.shape[0]))
        return Hours(observed, flows / STEPS, np.diff(np.array(contents), axis=0))

    def _seen(self, edges_ns: TimeArray, notes: Sequence["_Notes"], number: int) -> Observed:
        """What the points of one set told."""
        seen = _summary(notes, number)
        gained = np.full((len(notes) - 1, len(self._points)), np.nan)
        counting = Summary(*(getattr(seen, name)[:, self._counts] for name in NAMES))
        gained[:, self._counts] = intervals.gains(counting, self._counters, HOUR_NS / SECOND_NS)[:-1]
        mean = np.where(self._counts, np.nan, seen.mean)[:-1]
        coverage = np.where(self._counts & np.isnan(gained), 0.0, seen.used[:-1])
        return Observed(self._points, edges_ns, mean, gained, seen.first, coverage)

    def _step(self) -> None:
        t_ns = self._state.t_ns + round(STEP_S * SECOND_NS)
        self._state = step(self._state, self._inputs.at(t_ns), STEP_S)

    def _read(self) -> FloatArray:
        return self._meters.read(self._state.t_ns, self._observe(self._state).values)

    def _contents(self) -> FloatArray:
        contents = ledger.contents(self._state)
        return np.array([contents[id_] for id_ in self.contents])


def _with_counted(site: Site, points: Sequence[str]) -> set[str]:
    """Points with those that their meters calculate with."""
    site.points.columns(points)
    devices = {id_.partition(".")[0] for id_ in points}
    return {*points, *(p.id for p in site.points if p.device in devices and p.name in _WITHIN)}


def _only(site: Site, wanted: set[str]) -> list[BoundDevice]:
    """Devices with the wanted points only."""
    bound = (replace(device, points=tuple(b for b in device.points if b.point.id in wanted)) for device in bind(site))
    return [device for device in bound if device.points]
