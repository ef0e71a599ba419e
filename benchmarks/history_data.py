"""The hall whose history is measured: its points, and signals that are the same whenever they are asked for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from sdanlegg import datatypes
from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Kind, Point, PointTable, Register
from sdanlegg.readings import FloatArray, IntArray, TimeArray

EVERY_S: Final = 10
PER_DEVICE: Final = 12
DAY_NS: Final = 86_400 * SECOND_NS
HOUR_NS: Final = 3600 * SECOND_NS
END_NS: Final = 1_751_328_000 * SECOND_NS  # 2025-07-01T00:00Z: a month of thirty days lies behind it
# Of twenty points: temperatures by 0.1 and by 0.01, powers that go on and off, counters, noise of full width, states.
MIX: Final = (
    *("t.1", "t.01", "on", "t.1", "count", "t.01", "on", "t.1", "t.01", "noise"),
    *("t.1", "t.01", "on", "state", "t.1", "t.01", "on", "count", "noise", "state"),
)
_UNIT: Final = {"on": ("kW", "power"), "count": ("kWh", "energy"), "state": ("1", "state"), "noise": ("kW", "power")}
_KIND: Final[dict[str, Kind]] = {"count": "counter", "state": "state"}
_JITTER_S: Final = 0.0015  # of an answer's arrival; twice that on average, never more than fifty ms


def float_register(kind: str) -> Register:
    """Return an address whose type keeps what the kind needs."""
    parsed = datatypes.parse("float64" if kind == "count" else "float32")
    assert parsed is not None
    return Register("holding", 0, parsed, "ABCD", 1.0, 0.0)


def point(device: int, place: int, kind: str, period_s: float) -> Point:
    """Point of the mix; it believes every number."""
    unit, quantity = _UNIT.get(kind, ("°C", "temperature"))
    name = f"p{place:02}"
    return Point(
        id=f"d{device:02}.{name}",
        device=f"d{device:02}",
        name=name,
        tfm=f"=320.{device + 1:03}-XX{place + 101}",
        unit=unit,
        kind=_KIND.get(kind, "gauge"),
        quantity=quantity,
        access="r",
        min=-math.inf,
        max=math.inf,
        period_s=period_s,
        sigma=0.1,
        max_rate=math.inf,
        stuck_after_s=math.inf,
        nb=name,
        en=name,
        address=float_register(kind),
    )


@dataclass(frozen=True, slots=True)
class Polls:
    """Every poll of one device in a stretch of time: t_ns (N,), values (N, n) of the table's columns (n,)."""

    device: int
    columns: IntArray
    t_ns: TimeArray
    values: FloatArray


@dataclass(frozen=True)
class Hall:
    """So many points of the mix, twelve to a device."""

    size: int

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each point."""
        return tuple(MIX[i % len(MIX)] for i in range(self.size))

    @cached_property
    def table(self) -> PointTable:
        """Every point, device by device."""
        return PointTable(
            point(i // PER_DEVICE, i % PER_DEVICE, kind, float(EVERY_S)) for i, kind in enumerate(self.kinds)
        )

    @property
    def devices(self) -> int:
        """How many devices the points stand in."""
        return -(-self.size // PER_DEVICE)

    def columns(self, device: int) -> IntArray:
        """Columns of a device's points."""
        return np.arange(device * PER_DEVICE, min((device + 1) * PER_DEVICE, self.size), dtype=np.int32)

    def polls(self, device: int, start_ns: int, end_ns: int, every_s: int = EVERY_S) -> Polls:
        """Polls of a device in [start_ns, end_ns), both on the grid; the same ones each time."""
        rng = np.random.default_rng((device, start_ns // SECOND_NS, every_s))
        count = (end_ns - start_ns) // (every_s * SECOND_NS)
        phase_ns = (device + 1) * every_s * SECOND_NS // (self.devices + 2)  # never at the edge of an interval
        late = np.minimum(rng.gamma(2.0, _JITTER_S, count), 0.05)
        t_ns = start_ns + phase_ns + every_s * SECOND_NS * np.arange(count, dtype=np.int64)
        t_ns += (late * SECOND_NS).astype(np.int64)
        columns, seconds = self.columns(device), (t_ns - END_NS) / SECOND_NS
        values = np.empty((count, columns.size))
        for place, column in enumerate(columns.tolist()):
            values[:, place] = signal(self.kinds[column], column, seconds, rng)
        return Polls(device, columns, t_ns, values)

    def day(self, start_ns: int) -> Iterator[Polls]:
        """Polls of every device in the day that begins then."""
        return (self.polls(device, start_ns, start_ns + DAY_NS) for device in range(self.devices))


def signal(kind: str, seed: int, seconds: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Values (N,) of a kind at instants (N,) in seconds; what is not noise depends on the instant alone."""
    turn = 2 * np.pi * seconds
    slow = np.sin(turn / 86_400 + seed) + 0.3 * np.sin(turn / (1500 + 13 * seed))
    match kind:
        case "t.1":
            return np.round(20 + seed % 40 + 3 * slow + 0.04 * rng.standard_normal(seconds.size), 1)
        case "t.01":
            return np.round(20 + seed % 40 + slow + 0.02 * rng.standard_normal(seconds.size), 2)
        case "on":
            running = np.sin(turn / (2400 + 41 * seed)) + 0.4 * slow > 0.2
            return np.where(running, np.round(5 + seed % 50 + 0.05 * rng.standard_normal(seconds.size), 2), 0.0)
        case "count":
            return np.round(200_000 + 37 * seed + (10 + seed % 20) * (seconds + 600 * slow) / 3600, 2)
        case "noise":
            return (50 + 10 * rng.standard_normal(seconds.size)).astype(np.float32).astype(np.float64)
        case _:
            return np.clip(np.floor(2.5 + 2.2 * np.sin(turn / (5000 + 97 * seed)) + 0.5 * slow), 0, 4)
