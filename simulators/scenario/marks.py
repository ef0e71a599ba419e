"""Compiled pieces of meter faults: where in the row of values each acts, and what it makes of a gauge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, log, pi, sqrt
from typing import Final
from zlib import crc32

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from simulators.plant.chance import uniform
from simulators.scenario.model import Planted
from simulators.scenario.sensors import COUNTED, HEAT_METER, TURNS, gauge_that_turns

DAY_NS: Final = 86_400 * SECOND_NS
BEYOND: Final = 0.1  # of the range: how far outside of it a broken sensor shows


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One fault on one value of the row; other is the value it is swapped with."""

    planted: Planted
    kind: str
    at: int
    point: Point
    other: int = -1


def sensed(mark: Mark, value: float, t_ns: int) -> float:
    """What a biased, drifting or reversed sensor makes of a true value; the meter calculates with it."""
    settings = mark.planted.fault.settings
    if mark.kind == "reversed":
        return -value
    if mark.kind == "bias":
        return value * (1.0 + float(settings.get("share", 0.0))) + float(settings.get("offset", 0.0))
    days = (t_ns - mark.planted.start_ns) / DAY_NS
    return value * (1.0 + float(settings.get("share_per_day", 0.0)) * days) + float(settings.get("per_day", 0.0)) * days


def told(mark: Mark, value: float, t_ns: int) -> float:
    """What a meter tells that is right in itself: scaled, noisy, with spikes, out of range or without a value."""
    fault, channel = mark.planted.fault, crc32(mark.point.id.encode())
    match mark.kind:
        case "scale":
            return value * fault.number("factor")
        case "noise":
            first, second = (uniform(1, channel + k, t_ns) for k in (0, 1))
            return value + fault.number("sigma") * sqrt(-2.0 * log(1.0 - first)) * cos(2.0 * pi * second)
        case "spikes":
            width_s = fault.number("width")
            struck = uniform(1, channel + 2, t_ns // round(width_s * SECOND_NS)) < width_s / fault.number("every")
            return value + fault.number("size") if struck else value
        case "out_of_range":
            return mark.point.max + BEYOND * (mark.point.max - mark.point.min)
    return float("nan")


def marks(planted: Sequence[Planted], points: Sequence[Point]) -> list[Mark]:
    """Every fault of the meters, on each value that it touches; those of a point that is not there are left out."""
    at = {point.id: k for k, point in enumerate(points)}
    found = []
    for one in planted:
        fault = one.fault
        touched = [fault.target] if fault.target in at else _of_device(one, points)
        for id_ in touched:
            other = _other(fault.settings.get("with"), fault.target, id_)
            if id_ in at and (not other or other in at):
                found.append(Mark(one, fault.kind, at[id_], points[at[id_]], at.get(other, -1)))
    return found


def _other(with_: float | str | None, target: str, id_: str) -> str:
    """Id of the point that takes this one's place, empty if none does."""
    if not isinstance(with_, str):
        return ""
    return with_ if id_ == target else f"{with_}.{id_.partition('.')[2]}"


def _of_device(planted: Planted, points: Sequence[Point]) -> list[str]:
    """Points of the fault's device that it touches."""
    own = [point for point in points if point.device == planted.fault.target]
    match planted.fault.kind:
        case "reversed":
            turning = gauge_that_turns([p.name for p in own])
            return [p.id for p in own if p.name in (("flow",) if turning == "flow" else TURNS)]
        case "swapped":
            return [p.id for p in own if p.kind in {"gauge", "counter"}]
        case "reset":
            return [p.id for p in own if p.kind == "counter"]
        case "restarting":
            return [p.id for p in own if p.name == "uptime" or _forgotten(planted, p)]
        case "frozen":
            return [p.id for p in own]
    return []


def _forgotten(planted: Planted, point: Point) -> bool:
    return point.kind == "counter" and planted.fault.number("forgets") == 1.0


def heat_meters(devices: set[str], points: Sequence[Point]) -> list[tuple[int, ...]]:
    """Places of flow, supply_t, return_t, dt and power of each of the devices that is a heat meter."""
    at = {point.id: k for k, point in enumerate(points)}
    rows = ([at.get(f"{device}.{name}", -1) for name in HEAT_METER] for device in sorted(devices))
    return [tuple(row) for row in rows if min(row) >= 0]


def counted(devices: set[str], points: Sequence[Point]) -> list[tuple[int, int, float]]:
    """Places of a gauge and of a counter that counts it, and 1 or -1: which sign of the gauge it counts."""
    at: Mapping[str, int] = {point.id: k for k, point in enumerate(points)}
    found = []
    for device in sorted(devices):
        for gauge, names in COUNTED.items():
            for name, sign in zip(names, (1.0, -1.0), strict=True):
                places = at.get(f"{device}.{gauge}", -1), at.get(f"{device}.{name}", -1)
                if min(places) >= 0:
                    found.append((*places, sign))
    return found
