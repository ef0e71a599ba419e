"""The hall's network: nodes and what flows between them. Pure data, as balance.toml says it.

A flow has one carrier: electricity or heat [kW, kWh], water [m³/h, m³] or moisture [kg/h, kg]. It goes from one node to
another; a missing end is the world outside. At every node what flows in less what flows out is what a storage gains,
and nothing at a junction or a converter. A converter turns electricity and heat into each other.
"""

from dataclasses import dataclass
from typing import Final, Literal

Carrier = Literal["electricity", "heat", "water", "moisture"]
NodeKind = Literal["junction", "storage", "converter"]
# Classes of meters, which give a measured flow its uncertainty. `controller`: a figure that a controller works out.
METERS: Final = (
    "EN1434-1", "EN1434-2", "EN1434-3", "MID-A", "MID-B", "MID-C", "ISO4064-1", "ISO4064-2", "inverter", "controller",
)  # fmt: skip
# Physics that can stand in for a meter.
MODELS: Final = (
    "convection", "enthalpy", "evaporation", "gains", "pavement", "people", "pump_heat", "radiation", "splash",
    "standing_loss", "transmission", "ventilation",
)  # fmt: skip


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
    """What measures a flow: a counter, a gauge of the same meter, or both; and the meter's class."""

    counter: str | None
    power: str | None
    meter: str | None


@dataclass(frozen=True, slots=True)
class BalanceNode:
    """A place where things meet (junction), rest (storage) or change (converter); content is what a storage holds."""

    id: str
    kind: NodeKind
    nb: str
    en: str
    content: WeightedSum | AirMoisture | None = None


@dataclass(frozen=True, slots=True)
class BalanceFlow:
    """What goes from one node to another; None is the world outside.

    It is measured (the first measurement is the one that counts, others confirm it), derived from points, modelled with
    a relative standard uncertainty sigma, or, with none of these, unmeasured.
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


@dataclass(frozen=True, slots=True)
class Network:
    """All nodes and flows of a hall, in the file's order."""

    nodes: tuple[BalanceNode, ...]
    flows: tuple[BalanceFlow, ...]

    def into(self, node: str) -> tuple[BalanceFlow, ...]:
        """Flows that end at a node."""
        return tuple(flow for flow in self.flows if flow.target == node)

    def out_of(self, node: str) -> tuple[BalanceFlow, ...]:
        """Flows that begin at a node."""
        return tuple(flow for flow in self.flows if flow.source == node)
