"""rules.toml as typed models: what is looked for in a hall, and how its meters are judged."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from sdanlegg.config.balance_models import NetworkId, Number
from sdanlegg.config.models import NameModel, Strict


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


PointNames = Annotated[list[str], BeforeValidator(_several, json_schema_input_type=str | list[str])]


class PricesModel(Strict):
    """What energy and water cost, to tell what a fault costs a day."""

    electricity: Number = Field(ge=0, description="kr for a kWh of electricity, grid tariff and taxes with it")
    heat: Number = Field(ge=0, description="kr for a kWh of heat as the hall makes it")
    water: Number = Field(ge=0, description="kr for a m³ of water and its drain")


class RuleModel(Strict):
    """One rule."""

    id: NetworkId = Field(description="stable name")
    kind: str = Field(description="kind of rule, see docs/findings.md")
    name: NameModel = Field(description="what people call the thing that it watches")
    points: dict[str, PointNames] = Field(description="points by role; several are added up, a leading - takes one off")
    limits: dict[str, Number] = Field(description="the kind's limits, hold_h and gap_h")
    waste_sigma: Number = Field(gt=0, description="relative standard uncertainty of what it costs")


class PartnerModel(Strict):
    """What must go along with a measured flow although it is no flow itself."""

    flow: str = Field(description="flow of balance.toml")
    gauges: list[str] = Field(default_factory=list, description="gauges whose sum is the same power or flow")
    counters: list[str] = Field(default_factory=list, description="counters whose sum counts the same")


class MetersModel(Strict):
    """How meters are judged."""

    even: list[str] = Field(default_factory=list, description="unmeasured flows that are even from day to day")
    modelled: list[str] = Field(default_factory=list, description="modelled flows that meters are held up to")
    watched: list[str] = Field(default_factory=list, description="gauges that never stand still in a sound hall")
    heat_meters: list[str] = Field(
        default_factory=list, description="devices with flow, supply_t and return_t whose supply is the warmer one"
    )
    partner: list[PartnerModel] = Field(default_factory=list, description="what goes along with a flow")


class RulesFile(Strict):
    """rules.toml."""

    prices: PricesModel
    rule: list[RuleModel] = Field(default_factory=list)
    meters: MetersModel = Field(default_factory=MetersModel)
