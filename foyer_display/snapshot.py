"""The public snapshot as the service writes it: what a file must hold before its figures are shown."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foyer_display.errors import FoyerError

SCHEMA = 1
LARGEST = 256 * 1024  # bytes; the hall's own is 5 KB
Share = Annotated[float, Field(ge=0, le=1)]
Quality = Literal["good", "uncertain", "bad"]


class SnapshotError(FoyerError):
    """The file holds no snapshot that may be shown; the text says why."""


class Part(BaseModel):
    """Frozen, no number that JSON does not know; fields that a newer service adds are let through."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)


class Name(Part):
    """A text for people, in both languages."""

    nb: str
    en: str


class Hall(Part):
    """Whose energy it is."""

    id: str
    name: Name


class Flow(Part):
    """One part of the energy in or out: power now [kW], energy since midnight [kWh]; None is not known."""

    id: str
    direction: Literal["in", "out"]
    carrier: str
    name: Name
    kw: float | None
    quality: Quality
    age_s: float | None
    today_kwh: float | None
    today_coverage: Share


class Value(Part):
    """One figure beside the energy, such as a pool's temperature."""

    id: str
    name: Name
    value: float | None
    unit: str
    quality: Quality
    age_s: float | None


class Sun(Part):
    """Where the sun stands [degrees], and the day's light; None: it does not rise or set today."""

    altitude: float
    azimuth: float
    noon_altitude: float
    rise_ms: int | None
    set_ms: int | None


class Pool(Part):
    """One pool of the picture; None is not known."""

    id: str
    name: Name
    water_c: float | None
    raised: bool | None


class Scene(Part):
    """What the picture shows beside the energy; None is not known, and is not drawn."""

    sun: Sun
    cloud: Share | None
    precipitation_mm_h: float | None
    snow_mm: float | None
    outdoor_c: float | None
    rock_c: float | None
    open: bool
    pools: list[Pool]


class Snapshot(Part):
    """The hall's energy at one instant. Times are ms since 1970 UTC."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    build: str
    site: Hall
    t_ms: int
    data_t_ms: int | None
    in_kw: float | None
    out_kw: float | None
    coverage: Share
    renewable_share: Share | None
    flows: list[Flow]
    values: list[Value]
    scene: Scene | None = None  # a service of an older version tells none


@dataclass(frozen=True, slots=True)
class Loaded:
    """A snapshot that was found sound: the file's bytes as they stood, their fields, their tag."""

    body: bytes
    fields: dict[str, object]
    etag: str


def load(path: Path) -> Loaded:
    """Read and check the file; SnapshotError if it is not a snapshot, OSError if it cannot be read."""
    with path.open("rb") as file:
        body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise SnapshotError(f"{path}: larger than {LARGEST} bytes")
    try:
        fields = orjson.loads(body)
        Snapshot.model_validate(fields)
    except orjson.JSONDecodeError as error:
        raise SnapshotError(f"{path}: not JSON: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the whole"
        raise SnapshotError(f"{path}: {place}: {first['msg']}") from error
    return Loaded(body, fields, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
