"""From the plant's state to the values of the hall's points, in house units, and back for setpoints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sdanlegg.datatypes import text_code
from sdanlegg.errors import SdError
from sdanlegg.points import Point
from sdanlegg.site import Device, Site
from simulators.plant.setpoints import Setpoints
from simulators.plant.state import State
from simulators.signals import SIGNALS
from simulators.signals.getters import Getter, Value


@dataclass(frozen=True, slots=True)
class BoundPoint:
    """A point of the hall with what gives its value; column is its place in the hall's point table."""

    point: Point
    column: int
    getter: Getter


@dataclass(frozen=True, slots=True)
class BoundDevice:
    """A device with all its points, columns ascending."""

    device: Device
    points: tuple[BoundPoint, ...]


def bind(site: Site) -> tuple[BoundDevice, ...]:
    """Find the value of every point of every device; SdError names what the twin cannot give."""
    by_device: dict[str, list[tuple[int, Point]]] = {device.id: [] for device in site.devices}
    for column, point in enumerate(site.points):
        by_device[point.device].append((column, point))
    return tuple(_bind(device, by_device[device.id]) for device in site.devices)


def _bind(device: Device, points: Sequence[tuple[int, Point]]) -> BoundDevice:
    signals = SIGNALS.get(device.map)
    if signals is None:
        raise SdError(f"the twin has no device of the type {device.map!r} ({device.id})")
    table = signals(device.id)
    if table is None:
        raise SdError(f"the twin has no {device.map} called {device.id!r}: its devices are those of Holmen svømmehall")
    missing = [point.id for _, point in points if point.name not in table]
    if missing:
        raise SdError(f"the twin has no value for {', '.join(missing)} ({device.map})")
    stuck = [point.id for _, point in points if point.access == "rw" and not _writable(point)]
    if stuck:
        raise SdError(f"the twin has no setpoint for {', '.join(stuck)} ({device.map})")
    return BoundDevice(device, tuple(BoundPoint(point, column, table[point.name]) for column, point in points))


def _writable(point: Point) -> bool:
    return point.device in Setpoints._fields and point.name in getattr(Setpoints(), point.device)._fields


class Row(NamedTuple):
    """Values (n,) of the hall's points by column, house units, and the texts of those that are codes, by column."""

    values: NDArray[np.float64]
    texts: Mapping[int, str]


class Observer:
    """Sees all points of the hall at once."""

    def __init__(self, devices: Iterable[BoundDevice]) -> None:
        bound = sorted((b for device in devices for b in device.points), key=lambda b: b.column)
        self.points: tuple[Point, ...] = tuple(b.point for b in bound)
        self._getters = [b.getter for b in bound]
        self._texts = [b.column for b in bound if b.point.is_text]
        self._codes: dict[str, float] = {}

    def __call__(self, state: State) -> Row:
        """Truth of every point: NaN where the device has none."""
        values: list[Any] = [getter(state) for getter in self._getters]
        texts = {}
        for column in self._texts:
            text = texts[column] = str(values[column])
            values[column] = self._code(text)
        return Row(np.array(values, np.float64), texts)

    def _code(self, text: str) -> float:
        if text not in self._codes:
            self._codes[text] = float(text_code(text))
        return self._codes[text]


def observe(state: State, points: Iterable[BoundPoint]) -> list[Value]:
    """Values in the points' order: house units, texts as texts, NaN where the device has none."""
    return [bound.getter(state) for bound in points]


def with_setpoint(state: State, point: Point, value: float) -> State:
    """Give the state in which one setpoint has a new value; the caller has checked the range."""
    group: Any = getattr(state.setpoints, point.device)
    group = group._replace(**{point.name: value})
    changed: dict[str, Any] = {point.device: group}
    return state._replace(setpoints=state.setpoints._replace(**changed))
