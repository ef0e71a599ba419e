"""balance.toml as typed models: the hall's nodes and what flows between them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sdanlegg.config.models import NameModel, Strict

NetworkId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
Number = float | int


class DerivedModel(Strict):
    """A flow out of points: heat that a stream carries (flow, hot, cold) or a sum of gauges (sum, factor)."""

    flow: str | None = Field(None, description="gauge in m³/h of the stream")
    hot: str | None = Field(None, description="its temperature where the heat is in it")
    cold: str | None = Field(None, description="its temperature without it; left out: 0 °C")
    kwh_per_m3_k: Number = Field(1.163, gt=0, description="water 1.163, ethanol brine 1.126, air 0.000335")
    sum: list[str] = Field(default_factory=list, description="gauges, added up; a leading - takes one off")
    factor: Number = Field(1.0, description="what the sum is multiplied by")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.sum and not (self.flow or self.hot or self.cold):
            return self
        if self.sum or self.flow is None or self.hot is None:
            raise ValueError("a derived flow is either flow, hot and cold of a stream, or a sum of gauges")
        return self


class ContentModel(Strict):
    """What a storage holds, out of points: a sum times a factor, or the vapour in so much air."""

    sum: list[str] = Field(default_factory=list, description="gauges, added up; a leading - takes one off")
    factor: Number = Field(1.0, description="kWh, m³ or kg for each unit of the sum")
    times: str | None = Field(None, description="gauge that the sum is multiplied by, as a level beside a temperature")
    added: Number = Field(0.0, description="what is added to times before the sum is multiplied by it")
    temperature: str | None = Field(None, description="temperature of the air")
    humidity: str | None = Field(None, description="relative humidity of the air")
    dry_air_kg: Number | None = Field(None, gt=0, description="dry air that shares this humidity")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        air = (self.temperature, self.humidity, self.dry_air_kg)
        if self.sum and air == (None, None, None):
            return self
        if self.sum or self.times is not None or None in air:
            raise ValueError("a content is either a sum of gauges, or temperature, humidity and dry_air_kg of air")
        return self


class NodeModel(Strict):
    """A place where things meet, rest or change."""

    id: NetworkId = Field(description="stable name")
    kind: Literal["junction", "storage", "converter"] = Field(
        description="junction: nothing stays; storage: contents change; converter: power becomes heat"
    )
    name: NameModel | None = Field(None, description="what people call it; left out: the id")
    content: ContentModel | None = Field(None, description="what measures the content of a storage, if anything does")
    content_sigma: Number | None = Field(
        None, gt=0, description="standard uncertainty of the content at an instant, in kWh, m³ or kg"
    )


class MeasuredModel(Strict):
    """One more meter of the same flow."""

    counter: str | None = Field(None, description="counter in kWh or m³")
    power: str | None = Field(None, description="gauge in kW or m³/h")
    meter: str | None = Field(None, description="class of the meter")
    volume: str | None = Field(None, description="counter in m³ of the same heat meter, for its flow and difference")
    nominal: Number | None = Field(None, gt=0, description="nominal flow qp of a heat meter in m³/h")
    kwh_per_m3_k: Number = Field(1.163, gt=0, description="heat of what flows through a heat meter")
    extra: Number = Field(0.0, ge=0, lt=1, description="further limit as a share: brine 0.03, transformers 0.005")
    smallest: Number | None = Field(
        None,
        ge=0,
        description="kW or m³/h under which the class errs more; 0: it only runs above; left out: the class's",
    )


class BalanceFlowModel(MeasuredModel):
    """What goes from one node to another."""

    id: NetworkId = Field(description="stable name")
    name: NameModel | None = Field(None, description="what people call it; left out: the id")
    source: NetworkId | None = Field(None, alias="from", description="node; left out: the world outside")
    target: NetworkId | None = Field(None, alias="to", description="node; left out: the world outside")
    carrier: Literal["electricity", "heat", "water", "moisture"] = Field(description="what flows")
    also: list[MeasuredModel] = Field(default_factory=list, description="further meters of the same flow")
    derived: DerivedModel | None = Field(None, description="worked out from other points")
    model: str | None = Field(None, description="physics that stands in for a meter")
    feed: dict[str, Number | str | list[str] | dict[str, Number]] = Field(
        default_factory=dict,
        alias="with",
        description="what feeds the model: points, means and sums of points, numbers",
    )
    sigma: Number | None = Field(None, gt=0, description="standard uncertainty of derived or model, as a share of it")
    floor: Number = Field(0.0, ge=0, description="what is added to sigma, in kW, m³/h or kg/h")
    stays: Number = Field(0.8, ge=0, le=1, description="share of both that is the same error from day to day")
    signed: bool = Field(False, description="it may run backwards; otherwise the balance never lets it fall below 0")


class TieModel(Strict):
    """Two flows that are the same physical quantity."""

    flow: NetworkId = Field(description="a flow")
    of: NetworkId = Field(description="the flow that it follows")
    times: Number = Field(gt=0, description="flow = times · of, in the units of both")


class SensorModel(Strict):
    """How far points may be off."""

    points: list[str] = Field(min_length=1, description="points, or patterns of points; the first that fits counts")
    limit: Number = Field(0.0, ge=0, description="largest error of the instrument in the house unit")
    share: Number = Field(0.0, ge=0, description="largest error on top, as a share of the value")
    noise: Number = Field(0.0, ge=0, description="standard deviation of one sample in the house unit")


class BalanceFile(Strict):
    """balance.toml."""

    nodes: list[NodeModel] = Field(default_factory=list, description="the network's nodes")
    flow: list[BalanceFlowModel] = Field(default_factory=list, description="what flows between them")
    tie: list[TieModel] = Field(default_factory=list, description="flows that are the same physical quantity")
    sensor: list[SensorModel] = Field(default_factory=list, description="how far points may be off")
