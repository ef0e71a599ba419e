"""measures.toml as typed models: the hall's energy measures and what they are compared with."""

from typing import Literal

from pydantic import Field

from sdanlegg.config.balance_models import Number
from sdanlegg.config.models import NameModel, ScheduleId, Strict

Table = dict[str, Number | str]


class ClaimModel(Strict):
    """What somebody else says that a measure saves; shown beside the figure."""

    quantity: Literal["heat", "electricity", "electricity_year", "water", "chlorine"] = Field(
        description="what is said to be saved; electricity_year is in kWh, the others are shares"
    )
    share: Number = Field(gt=0, description="share of the reference, or kWh of a year")
    by: NameModel = Field(description="who says so, and how")


class SupplyModel(Strict):
    """How one more kilowatt-hour of heat is made now."""

    told: Table = Field(alias="with", description="flows, points and numbers")


class MeasureModel(Strict):
    """One measure."""

    id: ScheduleId = Field(description="stable name")
    kind: str = Field(description="raised_floors, ceramic_filter, greywater and so on")
    name: NameModel = Field(description="what people call it")
    reference: NameModel = Field(description="what it is compared with")
    source: str = Field(min_length=1, description="where the reference is from")
    told: Table = Field(default_factory=dict, alias="with", description="flows, points and numbers of the measure")
    part: list[Table] = Field(default_factory=list, description="one pool, filter, air unit or array each")
    claim: list[ClaimModel] = Field(default_factory=list, description="what others say")


class MeasuresFile(Strict):
    """measures.toml."""

    supply: SupplyModel = Field(description="how heat is made")
    measure: list[MeasureModel] = Field(default_factory=list, description="the measures")
