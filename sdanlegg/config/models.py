"""The hall's TOML files as typed models. Every key is here; a key that is not is an error with its nearest spelling."""

import re
from itertools import pairwise
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sdanlegg.config.durations import clock_minutes, seconds

SHORTEST_KEPT_D: Final = 7.0  # late samples and their tiers need some room


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a duration is text with a unit, like 5s or 15min")  # noqa: TRY004 - pydantic wants ValueError
    return seconds(value)


def _clock(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a clock time is text, like 06:30")  # noqa: TRY004
    return clock_minutes(value)


def _day_of_year(value: str) -> str:
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", value):
        raise ValueError(f"{value!r} is not a day of the year; write it like 05-01 (month-day)")
    return value


def _opening(value: str) -> str:
    if value != "closed":
        start, _, end = value.partition("-")
        if clock_minutes(start) >= clock_minutes(end):
            raise ValueError(f"{value!r}: the hall closes before it opens")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is not a known time zone") from error
    return value


def _kept(value: Any) -> Any:
    if value == "forever":
        return None
    days = seconds(value) / 86_400.0 if isinstance(value, str) else 0.0
    if days < SHORTEST_KEPT_D:
        raise ValueError(f"{value!r} is no time to keep history: write forever, or days from 7d on")
    return days


Duration = Annotated[
    float, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|min|h|d)$"})
]
Kept = Annotated[
    float | None, BeforeValidator(_kept), WithJsonSchema({"type": "string", "pattern": r"^(forever|\d+(\.\d+)?d)$"})
]
ClockTime = Annotated[
    int, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})
]
DayOfYear = Annotated[str, AfterValidator(_day_of_year)]
Opening = Annotated[str, AfterValidator(_opening)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ScheduleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
# Statsbygg's PA 0802 (=320.001) and NS-TFM (=3200.001, =3200.001.01).
TfmSystem = Annotated[str, Field(pattern=r"^=\d{3,4}\.\d{3}(\.\d{2})?$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Strict(BaseModel):
    """A table of a file: no key but those named, no conversion between types, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NameModel(Strict):
    """A text for people in both languages."""

    nb: str = Field(min_length=1, description="Bokmål")
    en: str = Field(min_length=1, description="English")


class SecurityModel(Strict):
    """How an OPC UA server is met."""

    policy: Literal["None", "Basic256Sha256", "Aes256Sha256RsaPss"] = Field("None", description="OPC UA policy")
    insecure_ok: bool = Field(False, description="accept policy None, knowingly")
    certificate_file: str | None = Field(None, description="our certificate, DER")
    private_key_file: str | None = Field(None, description="our private key, PEM")
    server_certificate_file: str | None = Field(None, description="the server's certificate, pinned, DER")
    user: str | None = Field(None, description="user name; nobody is anonymous when writing")
    password_file: str | None = Field(None, description="file that holds the password")
    application_uri: str = Field("urn:sdanlegg:collector", description="must equal the URI in our certificate")


class DeviceModel(Strict):
    """One controller."""

    id: Id = Field(description="stable for ever; point ids are <device>.<name>")
    map: str = Field(min_length=1, description="register map: a file of the catalogue, without .csv")
    url: str = Field(description="modbus+tcp://host:port/unit or opc.tcp://host:port/path")
    every: Duration = Field(description="poll period of points that name none of their own")
    tfm: TfmSystem = Field(description="TFM system")
    name: NameModel = Field(description="what people call it")
    omit: list[str] = Field(default_factory=list, description="points of the map that this device does not have")
    timeout: Duration = Field(1.0, description="longest wait for one answer")
    max_gap: int = Field(8, ge=0, le=124, description="registers that may be read for nothing; 0 = never across a hole")
    max_registers: int = Field(125, ge=1, le=125, description="most registers in one request")
    pause_after_connect: Duration = Field(0.0, description="rest after connecting")
    pause_between: Duration = Field(0.0, description="rest between two requests")
    close_after_poll: bool = Field(False, description="close the connection after each poll")
    security: SecurityModel = Field(default_factory=SecurityModel, description="OPC UA only")


class DevicesFile(Strict):
    """devices.toml."""

    device: list[DeviceModel] = Field(default_factory=list, description="the hall's controllers")


class SiteModel(Strict):
    """Who and where the hall is."""

    id: Id = Field(description="short name, part of every series that leaves the hall")
    name: NameModel = Field(description="the hall's name")
    zone: Annotated[str, AfterValidator(_zone)] = Field("Europe/Oslo", description="time zone of schedules and days")
    latitude: float = Field(ge=-90, le=90, description="degrees north")
    longitude: float = Field(ge=-180, le=180, description="degrees east")
    water_area_m2: float = Field(gt=0, description="water surface of all pools")
    heated_area_m2: float | None = Field(None, gt=0, description="heated BRA, where it is known")
    opened: str | None = Field(None, description="when the hall opened: 2017-06")


class OpeningModel(Strict):
    """Weekly opening hours: HH:MM-HH:MM or closed."""

    mon: Opening
    tue: Opening
    wed: Opening
    thu: Opening
    fri: Opening
    sat: Opening
    sun: Opening


class KeepModel(Strict):
    """How long history is kept: days like 1100d, or forever. Coarser figures at least as long as finer ones."""

    raw: Kept = Field("1100d", validate_default=True, description="samples as they came")
    minute: Kept = Field("1100d", validate_default=True, description="figures of minutes")
    quarter: Kept = Field("3700d", validate_default=True, description="figures of quarters of an hour")
    hour: Kept = Field("forever", validate_default=True, description="figures of hours")
    day: Kept = Field("forever", validate_default=True, description="figures of days")

    @model_validator(mode="after")
    def _coarser_is_longer(self) -> "KeepModel":
        for finer, coarser in pairwise(KeepModel.model_fields):
            short, long = getattr(self, finer), getattr(self, coarser)
            if long is not None and (short is None or short > long):
                raise ValueError(f"{coarser} is kept shorter than {finer}: keep it at least as long")
        return self


class StoreModel(Strict):
    """The local store."""

    data_dir: str = Field("data", description="folder of the history; relative to the hall's folder unless absolute")
    commit_ms: int = Field(250, ge=10, le=5000, description="longest time before a reading is synced to disk")
    read_from: str = Field("local", description="who answers long questions: local, or the name of a mirror")
    reserve_mib: int = Field(64, ge=0, le=65536, description="disk kept back for when the disk is full; 0 = none")
    keep: KeepModel = Field(default_factory=KeepModel, description="how long history is kept")


class MirrorModel(Strict):
    """One engine that gets a copy of the history."""

    name: Id = Field(description="stable for ever: how far the mirror is goes by it")
    kind: Literal["influx", "victoria"] = Field(description="InfluxDB 1.8, 2 or 3, or VictoriaMetrics")
    url: str = Field(description="where lines go: <url>/api/v2/write")
    read_url: str | None = Field(None, description="where questions go, if not to url")
    org: str = Field("", description="InfluxDB 2's organisation")
    bucket: str = Field("sdanlegg", min_length=1, description="bucket or database")
    token_file: str | None = Field(
        None, description="file that holds the token; from the hall's folder unless absolute"
    )
    timeout: Duration = Field(10.0, description="longest wait for an answer")
    spool_gib: float | int = Field(4, gt=0, description="what may wait for it on disk, GiB; the oldest leaves first")


class WebModel(Strict):
    """Where the pages listen."""

    host: str = Field("127.0.0.1", description="operators' address")
    port: Port = Field(8080, description="operators' port")
    foyer_host: str = Field("127.0.0.1", description="foyer's address")
    foyer_port: Port = Field(8081, description="foyer's port")


class FlowModel(Strict):
    """One bar of the foyer's balance, counted at the source side."""

    id: Id = Field(description="stable name of the bar")
    name: NameModel = Field(description="plain words for bathers")
    direction: Literal["in", "out"] = Field(description="into the hall or out of it")
    carrier: Literal["electricity", "heat"] = Field(description="what flows")
    renewable: bool = Field(False, description="counts as sun, rock or reused heat")
    power: list[str] = Field(min_length=1, description="gauges in kW, added up; a leading - takes one off")
    energy: list[str] = Field(min_length=1, description="counters in kWh, added up for the day; - takes off")


class ShownModel(Strict):
    """One further value that the public may see."""

    point: str = Field(description="the point")
    name: NameModel = Field(description="plain words for bathers")


class ScenePoolModel(Strict):
    """A pool of the foyer's picture."""

    id: Id = Field(description="stable name")
    name: NameModel = Field(description="plain words for bathers")
    water: str | None = Field(None, description="gauge of its temperature")
    raised: str | None = Field(None, description="state: 1 while its floor is raised")


class SceneModel(Strict):
    """What the foyer's picture shows beside the energy; what is left out is not drawn."""

    outdoor: str | None = Field(None, description="gauge of the outdoor temperature")
    irradiance: str | None = Field(None, description="gauge of the sun on a level plane, which tells the clouds")
    precipitation: str | None = Field(None, description="gauge of rain or snow that falls")
    snow: str | None = Field(None, description="gauge of the depth of snow")
    rock: str | None = Field(None, description="gauge of the rock's temperature")
    pool: list[ScenePoolModel] = Field(default_factory=list, description="its pools")


class SiteFile(Strict):
    """site.toml."""

    catalogue: str | None = Field(None, description="folder of the register maps, if not ../catalogue")
    site: SiteModel
    opening: OpeningModel
    store: StoreModel = Field(default_factory=StoreModel)
    mirror: list[MirrorModel] = Field(default_factory=list, description="engines that get a copy of the history")
    web: WebModel = Field(default_factory=WebModel)
    flow: list[FlowModel] = Field(default_factory=list, description="the foyer's balance")
    shown: list[ShownModel] = Field(default_factory=list, description="further public values")
    scene: SceneModel = Field(default_factory=SceneModel, description="the foyer's picture")


class SeasonModel(Strict):
    """Part of the year, both days included; may pass New Year."""

    start: DayOfYear = Field(alias="from")
    end: DayOfYear = Field(alias="to")


class ScheduleModel(Strict):
    """A value that a setpoint shall have at certain times."""

    id: ScheduleId = Field(description="stable name")
    name: NameModel = Field(description="what people call it")
    point: str = Field(description="a setpoint with access rw")
    value: float | int = Field(description="in the point's house unit")
    days: list[Weekday] = Field(min_length=1, description="weekdays on which it begins")
    start: ClockTime = Field(alias="from", description="local time")
    end: ClockTime = Field(alias="to", description="local time; before `from` means the next day")
    season: SeasonModel | None = Field(None, description="part of the year; without it, all of it")


class SchedulesFile(Strict):
    """schedules.toml."""

    schedule: list[ScheduleModel] = Field(default_factory=list, description="earlier ones go before later ones")
