"""tariff.toml and the files of CO₂ factor sets as typed models."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sdanlegg.config.balance_models import NetworkId, Number
from sdanlegg.config.durations import clock_minutes
from sdanlegg.config.models import Id, NameModel, Strict, Weekday


def _hours(value: str) -> str:
    start, _, end = value.partition("-")
    if clock_minutes(start) == clock_minutes(end):
        raise ValueError(f"{value!r} is no stretch of the day; leave hours out for the whole day")
    return value


def _day(value: str) -> str:
    date.fromisoformat(value)
    return value


Day = Annotated[str, AfterValidator(_day)]
Month = Annotated[int, Field(ge=1, le=12)]


class RateModel(Strict):
    """A price and the hours it holds for; the first of a part's rates that fits counts."""

    kr: Number = Field(description="price, without VAT")
    months: list[Month] = Field(default_factory=list, description="months 1 to 12; left out: all")
    days: list[Weekday] = Field(default_factory=list, description="weekdays; left out: all")
    hours: Annotated[str, AfterValidator(_hours)] | None = Field(
        None, description="HH:MM-HH:MM on the hall's clock, past midnight too; left out: the whole day"
    )
    since: Day | None = Field(None, description="first day, YYYY-MM-DD")
    until: Day | None = Field(None, description="last day, YYYY-MM-DD")


class StepModel(Strict):
    """A month's price for a power below a bound."""

    up_to_kw: Number = Field(gt=0, description="upper end of the step; the last one's does not count")
    kr: Number = Field(ge=0, description="kr a month, without VAT")


class PartModel(Strict):
    """One line of the bill."""

    id: Id = Field(description="stable name")
    name: NameModel = Field(description="what people call it")
    by: Literal["energy", "sold", "capacity", "month", "water"] = Field(
        description="kr/kWh bought; kr/kWh given back; kr/kW of the month's highest hours; kr a month; kr/m³"
    )
    rate: list[RateModel] = Field(default_factory=list, description="prices, the first that fits counts")
    step: list[StepModel] = Field(default_factory=list, description="capacity only: kr a month by steps of power")
    highest: int = Field(1, ge=1, le=31, description="capacity only: mean of the highest hour of so many days")
    vat_pct: Number | None = Field(None, ge=0, le=100, description="VAT of this line, if not the file's")
    source: str = Field(min_length=1, description="where the prices are from")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.rate) == bool(self.step):
            raise ValueError("a part has rates, or, by capacity, steps")
        if self.step and self.by != "capacity":
            raise ValueError("steps go with by = capacity")
        if "highest" in self.model_fields_set and self.by != "capacity":
            raise ValueError("highest goes with by = capacity")
        return self


class TariffFile(Strict):
    """tariff.toml."""

    currency: str = Field("NOK", min_length=1, description="unit of the figures")
    vat_pct: Number = Field(0.0, ge=0, le=100, description="VAT in per cent")
    with_vat: bool = Field(False, description="show figures with VAT; prices stand without it")
    bought: list[NetworkId] = Field(description="flows of bought electricity")
    sold: list[NetworkId] = Field(default_factory=list, description="flows of sold electricity")
    water: list[NetworkId] = Field(default_factory=list, description="flows of bought water")
    part: list[PartModel] = Field(min_length=1, description="lines of the bill")


class FactorModel(Strict):
    """Emissions of a carrier's kWh in some years."""

    carrier: str = Field(min_length=1, description="carrier of kpis.toml")
    first: int = Field(ge=1990, le=2200, description="first year")
    last: int | None = Field(None, ge=1990, le=2200, description="last year; left out: the first only")
    g_per_kwh: Number = Field(ge=0, description="g CO₂ equivalents per kWh")


class FactorFile(Strict):
    """One set of CO₂ factors."""

    id: Id = Field(description="stable name")
    name: NameModel = Field(description="what people call it")
    kind: Literal["attributional", "scenario"] = Field(description="of years that were, or a mean over years to come")
    source: str = Field(min_length=1, description="who says so, where")
    dated: Day = Field(description="when it was published or read, YYYY-MM-DD")
    factor: list[FactorModel] = Field(min_length=1, description="factors by carrier and year")
