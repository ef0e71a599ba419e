"""Faults of meters, planted at random: which meter, what happens to it, how much and when, from a seed.

Each begins in the second quarter of a stretch of days and lasts a quarter to a third of it, so that before and after it
the meter is sound. What can be small is drawn in the measure of what can be seen of that meter, from a little below to
far above three times that, evenly over the logarithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Final, NamedTuple

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from sdanlegg.site import Name
from simulators.metering.drawn import even, key
from simulators.scenario.model import Fault, Moment, Planted, Truth
from simulators.scenario.sensors import COUNTED, HEAT_METER, gauge_that_turns

DAY_NS: Final = 86_400 * SECOND_NS
SIZES: Final = (2.0, 12.0)  # in what can be seen of the meter
_NB: Final = {
    "stuck": "{} står", "scale": "{} har feil desimal", "bias": "{} viser feil", "drift": "{} glir",
    "reversed": "{} er montert feil vei", "swapped": "{} er byttet om med en annen",
}  # fmt: skip
_KELVIN: Final = (0.3, 3.0)
_MOST_OFF: Final = -0.9  # nothing shows less than a tenth of what is


@dataclass(frozen=True, slots=True)
class Meter:
    """What measures a flow: its counter, its gauge; None for what it does not have.

    seen: the share of its amount by which it can be told from what others say, one standard uncertainty.
    """

    flow: str
    counter: str | None
    power: str | None
    seen: float

    @property
    def point(self) -> str:
        """Point by which the flow is known."""
        return self.counter or self.power or ""

    @property
    def device(self) -> str:
        """Device that it is."""
        return self.point.partition(".")[0]


class _Dice:
    """Numbers that belong to a seed and a name."""

    def __init__(self, seed: int, name: str) -> None:
        self._seed, self._name, self._thrown = seed, name, 0

    def share(self) -> float:
        """Number from 0 to 1."""
        self._thrown += 1
        return 0.5 + 0.5 * even(self._seed, f"{self._name} {self._thrown}")

    def one_of(self, count: int) -> int:
        """Whole number below count."""
        self._thrown += 1
        return key(self._seed, f"{self._name} {self._thrown}") % count

    def size(self, low: float, high: float) -> float:
        """Number of either sign, even over the logarithm of its size."""
        size = exp(log(low) + self.share() * log(high / low))
        return size if self.one_of(2) else -size


@dataclass(frozen=True, slots=True)
class Hall:
    """Meters that something may befall, and the points of the hall by id."""

    meters: tuple[Meter, ...]
    points: Mapping[str, Point]

    def gauge(self, meter: Meter) -> str | None:
        """Gauge whose error the meter's counter takes up, or the one that is all it has."""
        if meter.counter is None:
            return meter.power
        device, _, name = meter.counter.partition(".")
        counting = (gauge for gauge, counters in COUNTED.items() if name == counters[0])
        return next((f"{device}.{g}" for g in counting if f"{device}.{g}" in self.points), None)

    def alike(self, meter: Meter) -> list[Meter]:
        """Other meters with the same points, which it may be taken for."""
        names: dict[str, set[str]] = {}
        for point in self.points.values():
            names.setdefault(point.device, set()).add(point.name)
        return [m for m in self.meters if m.device != meter.device and names[m.device] == names[meter.device]]


class _Blow(NamedTuple):
    """What befalls a meter: a kind of fault, on what, how, and which flows it spoils."""

    kind: str
    target: str
    settings: dict[str, float | str]
    flows: tuple[str, ...]


def plant_faults(hall: Hall, seed: int, count: int, start_ns: int, end_ns: int) -> tuple[tuple[Planted, ...], ...]:
    """What befalls one meter in each of so many halls, in a stretch from start_ns to end_ns."""
    names = [f"fault {start_ns} {number}" for number in range(count)]
    return tuple((_plant(hall, _Dice(seed, name), start_ns, end_ns - start_ns),) for name in names)


def _plant(hall: Hall, dice: _Dice, begin_ns: int, length_ns: int) -> Planted:
    lasts_ns = round((0.25 + 0.1 * dice.share()) * length_ns)
    blows = _blows(hall, hall.meters[dice.one_of(len(hall.meters))], dice, lasts_ns / DAY_NS)
    blow = blows[dice.one_of(len(blows))]
    start_ns = begin_ns + round((0.25 + 0.25 * dice.share()) * length_ns)
    end_ns = start_ns + lasts_ns
    name = Name(_NB[blow.kind].format(blow.target), f"{blow.target}: {blow.kind}")
    truth = Truth("meter", (blow.target,), blow.flows, name)
    moments = Moment(start_ns, after_start=False), Moment(end_ns, after_start=False)
    return Planted(Fault(blow.kind, "meter", blow.target, *moments, blow.settings, name, truth), start_ns, end_ns)


def _blows(hall: Hall, meter: Meter, dice: _Dice, days: float) -> list[_Blow]:
    """What may befall a meter for so many days, one of each kind. A drift is as large as it should be in the middle."""
    size = max(_MOST_OFF, dice.size(*SIZES) * meter.seen)
    gauge, device, own = hall.gauge(meter), meter.device, (meter.flow,)
    names = {p.name for p in hall.points.values() if p.device == device}
    blows = [
        _Blow("stuck", meter.point, {}, own),
        _Blow("scale", meter.point, {"factor": (0.1, 10.0)[dice.one_of(2)]}, own),
    ]
    if gauge is not None:
        blows.append(_Blow("bias", gauge, {"share": size}, own))
        blows.append(_Blow("drift", gauge, {"share_per_day": size / (0.5 * days)}, own))
    if meter.counter is None:
        return blows
    if names.issuperset(HEAT_METER):
        blows.append(_Blow("bias", f"{device}.return_t", {"offset": dice.size(*_KELVIN)}, own))
    if gauge_that_turns(names) is not None:
        blows.append(_Blow("reversed", device, {}, own))
    others = hall.alike(meter)
    if others:
        other = others[dice.one_of(len(others))]
        blows.append(_Blow("swapped", device, {"with": other.device}, (meter.flow, other.flow)))
    return blows
