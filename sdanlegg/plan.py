"""What a hall wants worked out of its balance: figures, posts, plants and carriers. Pure data, as kpis.toml says it."""

from dataclasses import dataclass
from typing import Literal

from sdanlegg.factors import FactorSet
from sdanlegg.tariff import Tariff

Per = Literal["water_m2", "bathers", "open_h"]
Level = Literal["good", "warn", "alarm"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text for people, bokmål first; empty where there is nothing to say."""

    nb: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A flow [kWh, m³, kg] and what it is multiplied by."""

    flow: str
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """A figure: times · sum of over / sum of under, or / what per counts; without both, the sum itself.

    part_of names the figure whose part it is. gap says why the hall cannot show it; then there are no terms.
    """

    id: str
    name: Words
    unit: str
    over: tuple[Term, ...]
    under: tuple[Term, ...] = ()
    per: Per | None = None
    times: float = 1.0
    boundary: Words = Words()
    part_of: str | None = None
    gap: Words = Words()
    source: str = ""


@dataclass(frozen=True, slots=True)
class PostDefinition:
    """An energy post: electricity that is used in it, heat that is given to it. gap says what no meter tells."""

    id: str
    name: Words
    electricity: tuple[Term, ...]
    heat: tuple[Term, ...]
    gap: Words = Words()


@dataclass(frozen=True, slots=True)
class PlantDefinition:
    """Machines whose electricity is shared out by the heat they give.

    gives names flows of heat that stand in posts; passes (flow, plant) hands on to a plant that stands later.
    """

    id: str
    name: Words
    electricity: tuple[Term, ...]
    gives: tuple[str, ...]
    passes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CarrierDefinition:
    """What comes over the hall's boundary with one carrier; grid: weighted by a set of factors."""

    id: str
    name: Words
    delivered: tuple[Term, ...]
    produced: tuple[Term, ...]
    exported: tuple[Term, ...]
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class KpiPlan:
    """Everything of kpis.toml, and what the figures need beside the balance.

    bathers: the counter of people in; bathers_sigma its standard uncertainty as a share; open_point a state that is 1
    while the hall is open. rest: flows that are what nobody accounts for; warn_pct and alarm_pct: bounds of that.
    """

    kpis: tuple[KpiDefinition, ...]
    posts: tuple[PostDefinition, ...]
    plants: tuple[PlantDefinition, ...]
    carriers: tuple[CarrierDefinition, ...]
    used: tuple[Term, ...]
    water_m2: float
    bathers: str | None = None
    bathers_sigma: float = 0.0
    open_point: str | None = None
    rest: tuple[str, ...] = ()
    warn_pct: float = 5.0
    alarm_pct: float = 10.0
    factors: tuple[FactorSet, ...] = ()
    tariff: Tariff | None = None
