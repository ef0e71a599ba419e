"""Small pieces of which the tables are made."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from zlib import crc32

from simulators.plant.state import State

Value = float | str
Getter = Callable[[State], Value]
Table = Mapping[str, Getter]


def setpoints(device: str, *names: str) -> dict[str, Getter]:
    """Getters of the named setpoints of a device."""
    return {name: attrgetter(f"setpoints.{device}.{name}") for name in names}


def alarms(conditions: Mapping[str, Callable[[State], bool]]) -> dict[str, Getter]:
    """Getters of alarm bits and of the word that holds them: the first condition is bit 0."""
    tests = tuple(conditions.values())

    def word(s: State) -> Value:
        return float(sum(1 << bit for bit, test in enumerate(tests) if test(s)))

    return {**{name: flag(test) for name, test in conditions.items()}, "alarm_word": word}


def flag(test: Callable[[State], bool]) -> Getter:
    """Getter of 1 or 0 for a condition."""
    return lambda s: 1.0 if test(s) else 0.0


def fixed(value: Value) -> Getter:
    """Getter of what never changes."""
    return lambda _: value


def serial_number(device: str) -> int:
    """Number of eight digits that belongs to a device id."""
    return 10_000_000 + crc32(device.encode()) % 90_000_000
