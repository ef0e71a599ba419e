"""What the routes of the balance answer, field by field. Not known is null with coverage 0, never 0."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Label, Model
from api.schemas import Seconds as Age

Level = Literal["good", "warn", "alarm"]
Moment = Annotated[str, Field(description="UTC, ISO 8601", json_schema_extra={"format": "date-time"})]
Known = float | None


class FigureInfo(Model):
    """A figure: low and high bound its 95 % interval."""

    value: Known = Field(examples=[3.65])
    low: Known = Field(examples=[3.59])
    high: Known = Field(examples=[3.71])
    unit: str = Field(examples=["kWh"])
    coverage: float = Field(ge=0, le=1, description="share of the time that usable samples stand behind")


class Answered(Model):
    """What every answer of the balance begins with."""

    start: Moment = Field(description="first instant of the whole hours that the period touches")
    end: Moment = Field(description="end of the last of them that is over")
    generated: Moment
    age_s: Age | None = Field(
        description="age of the newest sample of any point behind it; null = none was ever stored"
    )
    confidence: float = Field(description="of every interval", examples=[0.95])
    version: str = Field(description="of the program", examples=["0.1.0"])


class FlowInfo(Model):
    """A flow of an interval: kWh, m³ or kg."""

    id: str = Field(examples=["vp1.cond"])
    name: Label
    carrier: Literal["electricity", "heat", "water", "moisture"]
    from_: str | None = Field(alias="from", description="node; null = the world outside")
    to: str | None
    how: Literal["measured", "derived", "modelled", "unmeasured"]
    raw: Known = Field(description="what meters or models say before the balances are made to agree")
    figure: FigureInfo
    adjusted_by: Known = Field(description="what agreeing changed: figure less raw")
    suspect: bool = Field(description="left out in half of the reconciled pieces or more")
    left_out: float = Field(ge=0, le=1, description="share of the pieces in which its meter contradicted the others")


class NodeInfo(Model):
    """A node's balance before it was made to agree: what came in less what went out and stayed."""

    id: str = Field(examples=["heat.header"])
    name: Label | None
    kind: Literal["junction", "storage", "converter"]
    residual: Known
    figure: FigureInfo
    unaccounted_pct: FigureInfo = Field(description="residual as a share of what came in")
    level: Level | None
    unmeasured: list[str] = Field(description="flows that nothing tells: what is unaccounted for may be theirs")
    gain: FigureInfo | None = Field(description="what a storage gained; null = no storage")


class IntervalInfo(Model):
    """One interval of the balance."""

    start: Moment
    end: Moment
    flows: list[FlowInfo]
    nodes: list[NodeInfo]
    chi2: Known = Field(description="global test, summed over the reconciled pieces")
    freedom: int


class Balance(Answered):
    """Every flow and node of the hall's network."""

    intervals: list[IntervalInfo]


class KpiInfo(Model):
    """A key figure."""

    id: str = Field(examples=["spf_h1.wells"])
    name: Label | None
    boundary: Label | None
    part_of: str | None
    missing: list[str] = Field(description="flows that are not known: why there is no value")
    gap: Label | None = Field(description="what the hall cannot show at all, and why")
    figure: FigureInfo


class PostInfo(Model):
    """An energy post: electricity used for it, heat given to it."""

    id: str = Field(examples=["1a"])
    name: Label | None
    electricity: FigureInfo
    heat: FigureInfo
    missing: list[str]
    gap: Label | None


class Co2Info(Model):
    """CO₂ equivalents by one set of factors."""

    factors: str
    delivered: FigureInfo
    credit: FigureInfo
    k_exp_0: FigureInfo
    k_exp_1: FigureInfo
    refusal: str | None = Field(description="why there are none")


class CarrierInfo(Model):
    """What crossed the hall's boundary with one carrier (EN ISO 52000-1)."""

    id: str
    name: Label | None
    delivered: FigureInfo
    produced: FigureInfo
    exported: FigureInfo
    on_site: FigureInfo
    used: FigureInfo
    co2: list[Co2Info]
    missing: list[str]


class CostLineInfo(Model):
    """A line of the bill."""

    id: str
    name: Label
    figure: FigureInfo
    kw: Known = Field(description="what a capacity line stands on")


class CostInfo(Model):
    """The bill."""

    lines: list[CostLineInfo]
    total: FigureInfo
    currency: str
    with_vat: bool


class Kpis(Answered):
    """Key figures, energy posts, carriers and cost of a period."""

    kpis: list[KpiInfo]
    posts: list[PostInfo]
    posts_used: FigureInfo = Field(description="what all posts and the rest add up to")
    posts_left: FigureInfo = Field(description="in no post")
    posts_left_pct: FigureInfo
    posts_level: Level | None
    carriers: list[CarrierInfo]
    cost: CostInfo | None = Field(description="null = the hall has no tariff.toml")


class ClaimInfo(Model):
    """What somebody else says that a measure saves; never mixed with what was found."""

    quantity: str
    share: float | None
    by: Label | None


class SavingCo2(Model):
    """CO₂ equivalents saved, by one set of factors."""

    factors: str
    figure: FigureInfo


class MeasureInfo(Model):
    """What one of the hall's measures saved: a modelled reference less what was measured."""

    id: str = Field(examples=["floors"])
    kind: str = Field(examples=["raised_floors"])
    name: Label | None
    reference: Label | None = Field(description="what it is compared with")
    source: str | None
    heat: FigureInfo
    electricity: FigureInfo = Field(description="bought less or sold more, what the heat would have cost included")
    water: FigureInfo
    chlorine: FigureInfo
    exported: FigureInfo = Field(description="the part of the electricity that was sold")
    cost: FigureInfo
    co2: list[SavingCo2]
    claims: list[ClaimInfo]


class Savings(Answered):
    """What each of the hall's measures saved. Measures share heat and water: their savings do not add up."""

    measures: list[MeasureInfo]


class CurvePoint(Model):
    """A day or a week against the curve."""

    date: str = Field(description="local date, of a week its Monday", json_schema_extra={"format": "date"})
    t: Known = Field(description="mean outdoor temperature, °C")
    kwh: Known = Field(description="electricity used")
    type: Literal["working", "saturday", "sunday", "closed", "week"]
    expected: Known
    low: Known
    high: Known
    deviation: Known = Field(description="kWh above what is expected")
    share: Known = Field(description="the same as a share of what is expected")
    outside: bool
    used: bool = Field(description="whether the curve rests on it; what is far off does not count")
    coverage: float = Field(ge=0, le=1)


class CurveLine(Model):
    """The curve of one type of day with its band, in columns."""

    type: Literal["working", "saturday", "sunday", "closed", "week"]
    t: list[float]
    expected: list[Known]
    low: list[Known]
    high: list[Known]


class CurveBand(Model):
    """What the band holds."""

    confidence: float
    of: str = Field(examples=["a new day"])


class EtCurveInfo(Answered):
    """The ET-kurve: electricity used against the outdoor temperature."""

    by: Literal["day", "week"]
    unit: str
    points: list[CurvePoint]
    line: list[CurveLine] | None = Field(description="null = too few days or temperatures that do not vary")
    band: CurveBand | None
    outside: list[str] = Field(description="dates outside the band")
    kind: Literal["linear", "change_point", "cubic"] | None
    change_t: Known = Field(description="°C above which a change-point curve is level")
    coefficients: dict[str, float]
    r2: Known
    cv: Known = Field(description="CV(RMSE)")
    used: int = Field(description="days or weeks that the curve rests on")
