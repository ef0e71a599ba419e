"""What was read of a hall's folder so far: its files, the places of their keys, and the findings."""

from dataclasses import dataclass, field
from pathlib import Path

from sdanlegg.config.balance_models import BalanceFile
from sdanlegg.config.catalogue import RegisterMap
from sdanlegg.config.findings import Finding, nearest
from sdanlegg.config.kpi_models import KpisFile
from sdanlegg.config.measures_models import MeasuresFile
from sdanlegg.config.models import DevicesFile, SchedulesFile, SiteFile
from sdanlegg.config.rules_models import RulesFile
from sdanlegg.config.tariff_models import FactorFile, TariffFile
from sdanlegg.config.toml_lines import line_of
from sdanlegg.config.urls import Target
from sdanlegg.points import Point


@dataclass(slots=True)
class Folder:
    """What was read of a hall's folder, with the places of its keys; None where a file could not be understood."""

    path: Path
    secrets: bool = True  # whether certificates, keys and passwords of devices must be there
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, dict[tuple[str | int, ...], int]] = field(default_factory=dict)
    site: SiteFile | None = None
    devices: DevicesFile | None = None
    schedules: SchedulesFile | None = None
    balance: BalanceFile | None = None
    rules: RulesFile | None = None
    kpis: KpisFile | None = None
    tariff: TariffFile | None = None
    measures: MeasuresFile | None = None
    factors: list[FactorFile] = field(default_factory=list)
    maps: dict[str, RegisterMap] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    unread: set[str] = field(
        default_factory=set
    )  # devices whose map is missing or has findings: their points are unknown

    def find(self, file: str, path: tuple[str | int, ...], text: str) -> None:
        """Add a finding about a key of one of the folder's files."""
        self.findings.append(Finding(self.path / file, line_of(self.places.get(file, {}), path), text))

    def point(self, file: str, path: tuple[str | int, ...], name: str, owner: str = "") -> Point | None:
        """Return the point that a file names; None, and a finding, if there is none."""
        point = self.points.get(name)
        if self.site is None or self.devices is None:
            return None  # no map was looked for: every point is unknown, and no file is to blame
        if point is None and name.partition(".")[0] not in self.unread:
            whose = f"{owner}: " if owner else ""
            self.find(file, path, f"{whose}unknown point {name!r}{nearest(name, self.points)}")
        return point
