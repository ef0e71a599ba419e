"""The hall's network: nodes and what flows between them. Pure data, as balance.toml says it.

A flow has one carrier: electricity or heat [kW, kWh], water [m³/h, m³] or moisture [kg/h, kg]. It goes from one node to
another; a missing end is the world outside. At every node what flows in less what flows out is what a storage gains,
and nothing at a junction or a converter. A converter turns electricity and heat into each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Carrier = Literal["electricity", "heat", "water", "moisture"]
NodeKind = Literal["junction", "storage", "converter"]
# Classes of meters, which give a measured flow its uncertainty. `controller`: a figure that a controller works out.
METERS: Final = (
    "EN1434-1", "EN1434-2", "EN1434-3", "MID-A", "MID-B", "MID-C", "IEC62053-1", "IEC62053-0.5S", "ISO4064-1",
    "ISO4064-2", "inverter", "controller",
)  # fmt: skip
Weighted = tuple[tuple[str, float], ...]  # ids of points and what each is multiplied by; their sum is what is meant


@dataclass(frozen=True, slots=True)
class StreamHeat:
    """Heat [kW] that a stream carries: kwh_per_m3_k · flow · (hot - cold); without cold, above 0 °C. Ids of points."""

    flow: str
    hot: str
    cold: str | None
    kwh_per_m3_k: float


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """factor · (sum of the plus points - sum of the minus points) · (added + times); without a point times, · 1."""

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    factor: float
    times: str | None = None
    added: float = 0.0


@dataclass(frozen=True, slots=True)
class AirMoisture:
    """Vapour [kg] in so much dry air [kg] at a temperature and a relative humidity (ids of points)."""

    temperature: str
    humidity: str
    dry_air_kg: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What measures a flow: a counter, a gauge of the same meter, or both; and the meter's class.

    volume (a counter), nominal flow [m³/h] and heat of the water [kWh/m³K] tell a heat meter's flow and difference of
    temperature, on which its limits depend; extra is a further limit, as a share (brine, transformers); smallest the
    power [kW] or flow [m³/h] below which the limits of low load hold, None: as the class has it.
    """

    counter: str | None
    power: str | None
    meter: str | None
    volume: str | None = None
    nominal: float | None = None
    kwh_per_m3_k: float = 1.163
    extra: float = 0.0
    smallest: float | None = None


@dataclass(frozen=True, slots=True)
class Sensor:
    """How far a point may be off: within limit + share · |value|, evenly, as long as the instrument is the same.

    noise is the standard deviation of one sample [house unit]; counter: the point counts.
    """

    limit: float
    share: float
    noise: float
    counter: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a model is fed with, by the names of its arguments: sums of points, and numbers of the hall's plans."""

    points: Mapping[str, Weighted]
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two flows that are the same physical quantity: flow = times · of (units of both carriers)."""

    flow: str
    of: str
    times: float


@dataclass(frozen=True, slots=True)
class BalanceNode:
    """A place where things meet (junction), rest (storage) or change (converter); content is what a storage holds.

    content_sigma [kWh, m³, kg]: how well the content's points know it at an instant; without a content, how far it may
    move from where it was.
    """

    id: str
    kind: NodeKind
    nb: str
    en: str
    content: WeightedSum | AirMoisture | None = None
    content_sigma: float | None = None


@dataclass(frozen=True, slots=True)
class BalanceFlow:
    """What goes from one node to another; None is the world outside.

    It is measured (the first measurement is the one that counts, others confirm it), derived from points, modelled out
    of `feed`, or, with none of these, unmeasured. What the instruments do not explain of a derived or modelled flow has
    the standard uncertainty sigma · |flow| + floor [kW, m³/h, kg/h], of which the share `stays` is the same error from
    day to day, and the rest new in each hour.
    """

    id: str
    nb: str
    en: str
    source: str | None
    target: str | None
    carrier: Carrier
    measured: tuple[Measurement, ...] = ()
    derived: StreamHeat | WeightedSum | None = None
    model: str | None = None
    sigma: float | None = None
    floor: float = 0.0
    stays: float = 0.8
    feed: Inputs | None = None
    signed: bool = False  # may run backwards; without it a flow is never below 0


@dataclass(frozen=True, slots=True)
class Network:
    """All nodes and flows of a hall, in the file's order; which flows are the same quantity; how sure points are."""

    nodes: tuple[BalanceNode, ...]
    flows: tuple[BalanceFlow, ...]
    ties: tuple[Tie, ...] = ()
    sensors: Mapping[str, Sensor] = field(default_factory=dict)

    def into(self, node: str) -> tuple[BalanceFlow, ...]:
        """Flows that end at a node."""
        return tuple(flow for flow in self.flows if flow.target == node)

    def out_of(self, node: str) -> tuple[BalanceFlow, ...]:
        """Flows that begin at a node."""
        return tuple(flow for flow in self.flows if flow.source == node)
