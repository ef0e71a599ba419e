"""The hall as the program sees it once its folder has been read and found sound: frozen values, no parsing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from sdanlegg.balance.findings.records import Rules
from sdanlegg.historian.mirrors import MirrorSettings
from sdanlegg.measures import MeasurePlan
from sdanlegg.network import Network
from sdanlegg.plan import KpiPlan
from sdanlegg.points import PointTable

Protocol = Literal["modbus", "sunspec", "opcua"]


@dataclass(frozen=True, slots=True)
class Name:
    """A text for people, bokmål first."""

    nb: str
    en: str


@dataclass(frozen=True, slots=True)
class Pacing:
    """How gently a device is read. Times in seconds."""

    timeout: float = 1.0
    max_gap: int = 8  # registers that may be read for nothing to save a request; 0 = never across a hole
    max_registers: int = 125
    pause_after_connect: float = 0.0
    pause_between: float = 0.0
    close_after_poll: bool = False


@dataclass(frozen=True, slots=True)
class OpcUaSecurity:
    """How an OPC UA server is met. policy None with insecure_ok False is refused by the checks."""

    policy: Literal["None", "Basic256Sha256", "Aes256Sha256RsaPss"] = "None"
    insecure_ok: bool = False
    certificate: Path | None = None  # ours, DER
    private_key: Path | None = None  # ours, PEM
    server_certificate: Path | None = None  # pinned, DER
    user: str | None = None
    password_file: Path | None = None
    application_uri: str = "urn:sdanlegg:collector"


@dataclass(frozen=True, slots=True)
class Device:
    """One controller: where it is, how often it is read, what it is called."""

    id: str
    protocol: Protocol
    host: str
    port: int
    unit: int  # Modbus unit id; 0 for OPC UA
    path: str  # OPC UA endpoint path, "" for Modbus
    map: str
    every_s: float
    tfm: str
    name: Name
    pacing: Pacing = field(default_factory=Pacing)
    security: OpcUaSecurity = field(default_factory=OpcUaSecurity)

    @property
    def address(self) -> str:
        """The socket address that devices behind one gateway share."""
        return f"{self.host}:{self.port}"

    @property
    def endpoint(self) -> str:
        """OPC UA endpoint URL."""
        return f"opc.tcp://{self.host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Flow:
    """One bar of the foyer's in or out: the sum of power gauges (kW), with the counters (kWh) that give the day."""

    id: str
    name: Name
    direction: Literal["in", "out"]
    carrier: Literal["electricity", "heat"]
    renewable: bool
    power: tuple[str, ...]
    energy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One further value that the public may see."""

    point: str
    name: Name


@dataclass(frozen=True, slots=True)
class ScenePool:
    """A pool of the foyer's picture: its water's temperature, and whether its floor is raised (points)."""

    id: str
    name: Name
    water: str | None
    raised: str | None


@dataclass(frozen=True, slots=True)
class Scene:
    """Points behind the foyer's picture; None: nothing tells it, and the picture leaves it out."""

    outdoor: str | None = None
    irradiance: str | None = None
    precipitation: str | None = None
    snow: str | None = None
    rock: str | None = None
    pools: tuple[ScenePool, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """How long history is kept, in days; None: for ever. Coarser tiers at least as long as finer ones."""

    raw: float | None = 1100.0
    minute: float | None = 1100.0
    quarter: float | None = 3700.0
    hour: float | None = None
    day: float | None = None


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where history rests and how it is committed."""

    data_dir: Path
    commit_ms: int = 250
    read_from: str = "local"  # or the name of the mirror that answers long questions
    keep: Keep = field(default_factory=Keep)
    reserve_mib: int = 64  # given back when the disk is full; 0: none


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the pages listen."""

    host: str = "127.0.0.1"
    port: int = 8080
    foyer_host: str = "127.0.0.1"
    foyer_port: int = 8081


@dataclass(frozen=True, slots=True)
class Site:
    """One hall."""

    id: str
    name: Name
    folder: Path
    zone: ZoneInfo
    latitude: float
    longitude: float
    water_area_m2: float
    opening: Mapping[str, str]  # weekday (mon … sun) -> HH:MM-HH:MM or closed, local time
    devices: tuple[Device, ...]
    points: PointTable
    flows: tuple[Flow, ...]
    shown: tuple[Shown, ...]
    store: StoreSettings
    web: WebSettings
    mirrors: tuple[MirrorSettings, ...] = ()
    scene: Scene = field(default_factory=Scene)
    network: Network | None = None  # None: the hall has no balance.toml
    rules: Rules | None = None  # None: the hall has no rules.toml
    plan: KpiPlan | None = None  # None: the hall has no kpis.toml
    measures: MeasurePlan | None = None  # None: the hall has no measures.toml
