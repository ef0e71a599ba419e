"""What fault finding is told and what it says. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass

from sdanlegg.balance.arrays import Figure


@dataclass(frozen=True, slots=True)
class Told:
    """One text in one language: what is wrong, why it matters, what to do."""

    what: str
    why: str
    do: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure that shows it: what was expected and what was seen; sigmas is how many standard uncertainties lie
    between them, NaN where none can be told.
    """

    nb: str
    en: str
    expected: float
    seen: float
    unit: str
    sigmas: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, from start_ns until before end_ns (None: still there).

    kind is the sort of fault, rule the id of the rule that found it; subjects are ids of points, flows or devices, the
    likeliest first. kwh_day and m3_day are what it costs a day (NaN, coverage 0: not known), kr_day the same in
    kroner (NaN: not known).
    """

    kind: str
    rule: str
    start_ns: int
    end_ns: int | None
    subjects: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    nb: Told
    en: Told
    kwh_day: Figure
    m3_day: Figure
    kr_day: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a hall: what it looks at (points by role) and its limits; waste_sigma is the relative standard
    uncertainty of what it costs.
    """

    id: str
    kind: str
    nb: str
    en: str
    points: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, float]
    waste_sigma: float


@dataclass(frozen=True, slots=True)
class Partner:
    """What must go along with a flow although it is no flow itself: a sum of gauges [kW, m³/h] or counters."""

    flow: str
    gauges: tuple[str, ...]
    counters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeterRules:
    """How meters are judged: flows that are even from day to day, modelled flows that meters are held up to, partners
    of flows, points that never stand still, and heat meters by device.
    """

    even: tuple[str, ...]
    modelled: tuple[str, ...]
    partners: tuple[Partner, ...]
    watched: tuple[str, ...]
    heat_meters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prices:
    """kr for a kWh of electricity, a kWh of heat and a m³ of water with its drain."""

    electricity: float
    heat: float
    water: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All that fault finding is told of a hall."""

    rules: tuple[Rule, ...]
    meters: MeterRules
    prices: Prices
