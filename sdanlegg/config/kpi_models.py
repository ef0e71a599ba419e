"""kpis.toml as typed models: key figures, energy posts, plants and carriers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sdanlegg.config.balance_models import NetworkId, Number
from sdanlegg.config.models import NameModel, ScheduleId, Strict


class KpiModel(Strict):
    """One key figure: times · sum of over / sum of under, or / what per counts."""

    id: ScheduleId = Field(description="stable name")
    name: NameModel = Field(description="what people call it")
    unit: str = Field(min_length=1, description="unit of the figure; 1 for a plain ratio")
    over: list[str] = Field(default_factory=list, description="flows, added up; a leading - takes one off")
    under: list[str] = Field(default_factory=list, description="flows that the sum is divided by")
    per: Literal["water_m2", "bathers", "open_h"] | None = Field(
        None, description="or what it is divided by: water surface, people who came, hours of opening"
    )
    times: Number = Field(1.0, gt=0, description="100 for per cent, 1000 for litres")
    boundary: NameModel | None = Field(None, description="what is inside the boundary")
    part_of: ScheduleId | None = Field(None, description="the figure whose part this is; parts add up to it")
    gap: NameModel | None = Field(None, description="why this hall cannot show it; then there is no over")
    source: str = Field(min_length=1, description="where the definition is from")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.gap is None) == (not self.over):
            raise ValueError("a figure has either over, or a gap that says why it cannot be shown")
        if self.under and self.per is not None:
            raise ValueError("a figure is divided either by flows (under) or by what per counts")
        return self


class PostModel(Strict):
    """One energy post."""

    id: str = Field(pattern=r"^[A-Z0-9][A-Za-z0-9]*$", description="1a to 6b after NS 3031, P1 to P6 of the pool")
    name: NameModel = Field(description="what people call it")
    electricity: list[NetworkId] = Field(default_factory=list, description="flows of electricity used for it alone")
    heat: list[NetworkId] = Field(default_factory=list, description="flows of heat given to it")
    gap: NameModel | None = Field(None, description="what of it no meter of the hall tells")


class PlantModel(Strict):
    """Machines whose electricity is shared out by the heat they give."""

    id: ScheduleId = Field(description="stable name")
    name: NameModel = Field(description="what people call it")
    electricity: list[NetworkId] = Field(default_factory=list, description="flows of electricity that drive it")
    gives: list[NetworkId] = Field(default_factory=list, description="flows of heat that it gives, each in a post")
    passes: dict[NetworkId, ScheduleId] = Field(
        default_factory=dict, description="flows of heat that it gives to a plant that stands further down"
    )


class CarrierModel(Strict):
    """What crosses the hall's boundary with one carrier."""

    id: ScheduleId = Field(description="stable name; that of the factor sets")
    name: NameModel = Field(description="what people call it")
    delivered: list[str] = Field(default_factory=list, description="flows that come from outside")
    produced: list[str] = Field(default_factory=list, description="flows that the plot gives")
    exported: list[str] = Field(default_factory=list, description="flows that leave")
    weighted: bool = Field(False, description="weighted by the sets of CO₂ factors")


class CountedModel(Strict):
    """What is counted beside the balance."""

    bathers: str | None = Field(None, description="counter of people who came in")
    bathers_sigma: Number = Field(0.0, ge=0, lt=1, description="its standard uncertainty, as a share")
    open: str | None = Field(
        None, description="state that is 1 while the hall is open; left out: the opening hours of site.toml"
    )


class UnaccountedModel(Strict):
    """From which share on what is not accounted for is told."""

    flows: list[NetworkId] = Field(default_factory=list, description="flows that are what nobody accounts for")
    warn_pct: Number = Field(5.0, gt=0, description="warning, % of what came in")
    alarm_pct: Number = Field(10.0, gt=0, description="alarm, % of what came in")


class KpisFile(Strict):
    """kpis.toml."""

    factors: str | None = Field(None, description="folder of CO₂ factor sets; left out: none")
    used: list[str] = Field(default_factory=list, description="flows whose sum is the electricity that the hall used")
    left: list[NetworkId] = Field(default_factory=list, description="flows of electricity that stand in no post")
    counted: CountedModel = Field(default_factory=CountedModel, description="people and hours")
    unaccounted: UnaccountedModel = Field(default_factory=UnaccountedModel, description="bounds")
    kpi: list[KpiModel] = Field(default_factory=list, description="key figures")
    post: list[PostModel] = Field(default_factory=list, description="energy posts")
    plant: list[PlantModel] = Field(default_factory=list, description="plants, upstream first")
    carrier: list[CarrierModel] = Field(default_factory=list, description="carriers over the boundary")
