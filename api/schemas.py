"""What the API answers, field by field. Missing is null; NaN and infinity cannot be sent."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Quality = Literal["good", "uncertain", "bad"]
Instant = Annotated[
    str,
    Field(
        description="UTC, ISO 8601 with milliseconds",
        json_schema_extra={"format": "date-time", "examples": ["2026-11-23T10:00:00.250Z"]},
    ),
]
Seconds = Annotated[float, Field(description="seconds", examples=[1.25])]
PointId = Annotated[str, Field(description="<device>.<name>", examples=["vp1.supply_t"])]


class Model(BaseModel):
    """An answer: frozen, no surplus fields, no numbers that JSON does not know."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Label(Model):
    """A text for people."""

    nb: str = Field(description="bokmål", examples=["Turtemperatur"])
    en: str = Field(description="English", examples=["Supply temperature"])


class PointInfo(Model):
    """One point of the hall's point list."""

    id: PointId
    device: str = Field(examples=["vp1"])
    name: Label
    tfm: str = Field(description="full TFM name", examples=["=320.001-RT401"])
    unit: str = Field(description="house unit of the quantity", examples=["°C"])
    kind: Literal["gauge", "counter", "state", "setpoint"]
    quantity: str = Field(examples=["temperature"])
    access: Literal["r", "rw"]
    min: float | None = Field(description="lowest plausible value; null = unbounded")
    max: float | None = Field(description="highest plausible value; null = unbounded")
    period_s: Seconds
    sigma: float = Field(description="standard uncertainty of one sample, in the unit")


class DeviceInfo(Model):
    """One controller or meter, and how it answers."""

    id: str = Field(examples=["vp1"])
    name: Label
    tfm: str = Field(examples=["=320.001"])
    protocol: Literal["modbus", "sunspec", "opcua"]
    address: str = Field(description="host:port", examples=["127.0.0.1:5021"])
    unit: int = Field(description="Modbus unit id; 0 for OPC UA")
    map: str = Field(description="register map of the catalogue", examples=["heatpump_brine_water"])
    points: int = Field(description="number of its points")
    state: Literal["connecting", "up", "down"] = Field(description="up = its last poll brought an answer")
    since: Instant
    last_good: Instant | None = Field(description="when it last gave a good value; null = never")
    last_good_age_s: Seconds | None
    error: str | None = Field(description="why it is down")
    polls: int = Field(description="polls that brought an answer")
    failures: int = Field(description="polls and connects that brought nothing")
    lateness_s: Seconds = Field(description="by how much its last poll began too late")
    first_read: bool = Field(description="whether everything has been read at least once")


class PointValue(Model):
    """Newest sample of one point, with the quality that its age leaves it."""

    point: PointId
    value: float | None = Field(description="null if there is none, and for texts")
    text: str | None = Field(description="the text of a text point, else null")
    unit: str = Field(examples=["°C"])
    quality: Quality
    reasons: list[str] = Field(description="why it is not good", examples=[["comm", "stale"]])
    t: Instant | None = Field(description="when the sample arrived; null = never read")
    source_t: Instant | None = Field(description="the device's own time of it, where it gives one")
    age_s: Seconds | None


class Series(Model):
    """History in columns, as charts take it: one row of times, one row of values a point."""

    points: list[PointId]
    units: list[str]
    t_ms: list[int] = Field(description="ms since 1970 UTC, ascending; with `every` the start of each interval")
    v: list[list[float | None]] = Field(description="v[point][time]; null is a gap. Text points: the text's code")
    q: list[list[Annotated[int, Field(ge=0, le=2)] | None]] = Field(
        description="q[point][time]: 0 good, 1 uncertain, 2 bad, null where this point has no sample at this time"
    )
    coverage: list[list[float | None]] | None = Field(
        description="coverage[point][time]: share of the interval with good data; null without `every`"
    )
    figures: dict[str, list[list[float | None]]] | None = Field(
        description="figures[name][point][time]: those that were asked for; null without `figures`"
    )
    every_s: int | None = Field(
        description="length of the intervals, seconds; null = raw samples (coverage is null too) or local days"
    )
    texts: dict[str, str] = Field(description="text of each code that stands in v of a text point")


class FieldError(Model):
    """What is wrong with one field of the request."""

    field: str = Field(examples=["start"])
    message: str = Field(examples=["Input should have timezone info"])


class Problem(Model):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="URI of the kind of problem", examples=["urn:sdanlegg:problem:unknown-point"])
    title: str = Field(examples=["Unknown point"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str = Field(examples=["there is no point 'vp1.suply_t'; nearest: 'vp1.supply_t'"])
    instance: str = Field(description="path of the request", examples=["/api/v1/values"])
    errors: list[FieldError] = Field(description="the fields at fault; empty if none is")


class CheckInfo(Model):
    """One thing that being ready takes."""

    name: str = Field(examples=["devices"])
    ok: bool
    degraded: bool = Field(description="it holds, but not as it should")
    detail: str = Field(examples=["every device is read"])
    progress: float | None = Field(default=None, description="of long work behind it, from 0 to 1", examples=[0.43])


class Alive(Model):
    """The event loop turned."""

    status: Literal["alive"]


class Ready(Model):
    """The service does its work; degraded: it does, but a check needs a person's eye."""

    status: Literal["ready", "degraded"]
    checks: list[CheckInfo]


class NotReady(Problem):
    """The service does not do its work yet, or no more: the checks tell why."""

    checks: list[CheckInfo]
