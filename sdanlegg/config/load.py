"""A hall's folder -> Site, or every finding that stands in the way."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sdanlegg.config import checks, toml_lines
from sdanlegg.config.balance import BALANCE, check_balance, network
from sdanlegg.config.balance_models import BalanceFile
from sdanlegg.config.balance_solvable import check_solvable
from sdanlegg.config.catalogue import RegisterMap, read_map
from sdanlegg.config.findings import Finding, FindingsError, nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.kpi_models import KpisFile
from sdanlegg.config.kpis import KPIS, check_kpis
from sdanlegg.config.measures import MEASURES, check_measures, measures
from sdanlegg.config.measures_models import MeasuresFile
from sdanlegg.config.mirrors import check_mirrors, mirror_settings
from sdanlegg.config.models import DeviceModel, DevicesFile, SchedulesFile, SiteFile
from sdanlegg.config.plan import plan
from sdanlegg.config.rules import RULES, check_rules, rules
from sdanlegg.config.rules_models import RulesFile
from sdanlegg.config.scene import check_scene, scene_of
from sdanlegg.config.tariff import TARIFF, check_factors, check_tariff
from sdanlegg.config.tariff_models import FactorFile, TariffFile
from sdanlegg.config.urls import parse_url
from sdanlegg.points import Point, PointTable
from sdanlegg.site import Device, Flow, Keep, Name, OpcUaSecurity, Pacing, Shown, Site, StoreSettings, WebSettings

Model = TypeVar("Model", bound=BaseModel)


def load_site(folder: Path, *, secrets: bool = True) -> Site:
    """Read and check a hall's folder; FindingsError carries everything that is wrong with it.

    Without secrets, certificates, keys and passwords of devices need not be there yet.
    """
    site, findings = examine(folder, secrets=secrets)
    if site is None or findings:
        raise FindingsError(findings)
    return site


def examine(folder: Path, *, secrets: bool = True) -> tuple[Site | None, list[Finding]]:
    """Read and check a hall's folder; the Site is None if there are findings."""
    if not folder.is_dir():
        return None, [Finding(folder, 0, "there is no such folder")]
    read = Folder(folder, secrets=secrets)
    read.site = _read(read, "site.toml", SiteFile)
    read.devices = _read(read, "devices.toml", DevicesFile)
    read.schedules = _read(read, "schedules.toml", SchedulesFile) if (folder / "schedules.toml").exists() else None
    read.balance = _read(read, BALANCE, BalanceFile) if (folder / BALANCE).exists() else None
    read.rules = _read(read, RULES, RulesFile) if (folder / RULES).exists() else None
    read.kpis = _read(read, KPIS, KpisFile) if (folder / KPIS).exists() else None
    read.measures = _read(read, MEASURES, MeasuresFile) if (folder / MEASURES).exists() else None
    read.tariff = _read(read, TARIFF, TariffFile) if (folder / TARIFF).exists() else None
    _read_factors(read)
    if read.site is not None and read.devices is not None:
        _read_maps(read, read.site, read.devices)
        for index, device in enumerate(read.devices.device):
            try:
                read.targets[device.id] = parse_url(device.url)
            except ValueError as error:
                read.find("devices.toml", ("device", index, "url"), f"{device.id}: {error}")
    checks.check_devices(read)
    checks.check_flows(read)
    check_scene(read)
    checks.check_schedules(read)
    check_balance(read)
    check_rules(read)
    check_kpis(read)
    check_tariff(read)
    check_measures(read)
    check_mirrors(read)
    if not read.findings and (hall := network(read)) is not None:
        check_solvable(read, hall)
    if read.findings or read.site is None or read.devices is None:
        return None, sorted(set(read.findings))
    return _build(read, read.site, read.devices), []


def _read(read: Folder, file: str, model: type[Model]) -> Model | None:
    content = toml_lines.read(read.path / file)
    if isinstance(content, Finding):
        read.findings.append(content)
        return None
    values, read.places[file] = content
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            read.find(file, detail["loc"], _say(detail, model))
        return None


def _read_factors(read: Folder) -> None:
    """Read every factor set of the folder that kpis.toml names."""
    if read.kpis is None or read.kpis.factors is None:
        return
    folder = (read.path / read.kpis.factors).resolve()
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        read.find(KPIS, ("factors",), f"there are no factor sets in {folder}")
    found = [(path, model) for path in paths if (model := _read(read, str(path), FactorFile)) is not None]
    check_factors(read, found)
    read.factors = [model for _, model in found]


def _say(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """A finding's text for one of pydantic's errors."""
    path = ".".join(str(part) for part in detail["loc"] if not isinstance(part, int))
    if detail["type"] == "extra_forbidden":
        return f"unknown key {path!r}{nearest(str(detail['loc'][-1]), _keys(model, detail['loc'][:-1]))}"
    if detail["type"] == "missing":
        return f"the key {path!r} is missing"
    text = detail["msg"].removeprefix("Value error, ")
    return f"{path}: {text[:1].lower()}{text[1:]}" if path else text


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Keys that may stand in the table at path of a model."""
    current: type[BaseModel] = model
    for part in path:
        if isinstance(part, int):
            continue
        found = next((f for n, f in current.model_fields.items() if part in {n, f.alias}), None)
        inner = _model_in(found.annotation) if found is not None else None
        if inner is None:
            return []
        current = inner
    return [f.alias or n for n, f in current.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation names, looked for inside lists and unions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)


def _read_maps(read: Folder, site: SiteFile, devices: DevicesFile) -> None:
    catalogue = read.path / (site.catalogue or "../catalogue")
    known = sorted(file.stem for file in catalogue.glob("*.csv"))
    faulty: set[str] = set()
    for index, device in enumerate(devices.device):
        if device.map in read.maps:
            continue
        if device.map not in known:
            text = f"{device.id}: no register map {device.map!r} in {catalogue.resolve()}{nearest(device.map, known)}"
            read.find("devices.toml", ("device", index, "map"), text)
            continue
        found, findings = read_map(catalogue.resolve() / f"{device.map}.csv")
        read.findings += findings
        if found is not None:
            read.maps[device.map] = found
        if findings:
            faulty.add(device.map)
    for device in devices.device:
        if device.map not in read.maps or device.map in faulty:
            read.unread.add(device.id)
        else:
            read.points.update({point.id: point for point in _points(device, read.maps[device.map])})


def _build(read: Folder, site: SiteFile, devices: DevicesFile) -> Site:
    data_dir = Path(site.store.data_dir)
    return Site(
        id=site.site.id,
        name=Name(site.site.name.nb, site.site.name.en),
        folder=read.path,
        zone=ZoneInfo(site.site.zone),
        latitude=site.site.latitude,
        longitude=site.site.longitude,
        water_area_m2=site.site.water_area_m2,
        opening={day: str(hours) for day, hours in site.opening.model_dump().items()},
        devices=tuple(_device(read, device) for device in devices.device),
        points=PointTable(read.points.values()),
        flows=tuple(
            Flow(f.id, Name(f.name.nb, f.name.en), f.direction, f.carrier, f.renewable, tuple(f.power), tuple(f.energy))
            for f in site.flow
        ),
        shown=tuple(Shown(s.point, Name(s.name.nb, s.name.en)) for s in site.shown),
        scene=scene_of(site.scene),
        store=StoreSettings(
            data_dir if data_dir.is_absolute() else read.path / data_dir,
            site.store.commit_ms,
            site.store.read_from,
            Keep(**site.store.keep.model_dump()),
            site.store.reserve_mib,
        ),
        web=WebSettings(site.web.host, site.web.port, site.web.foyer_host, site.web.foyer_port),
        mirrors=tuple(mirror_settings(read.path, mirror) for mirror in site.mirror),
        network=network(read),
        rules=rules(read),
        plan=plan(read),
        measures=measures(read),
    )


def _points(device: DeviceModel, register_map: RegisterMap) -> list[Point]:
    return [
        Point(
            id=f"{device.id}.{row.name}",
            device=device.id,
            name=row.name,
            tfm=f"{device.tfm}-{row.tfm}",
            unit=row.unit,
            kind=row.kind,
            quantity=row.quantity,
            access="rw" if row.access == "rw" else "r",
            min=row.min,
            max=row.max,
            period_s=row.period_s or device.every,
            sigma=row.sigma,
            max_rate=row.max_rate,
            stuck_after_s=row.stuck_after_s,
            nb=row.nb,
            en=row.en,
            address=row.address,
        )
        for row in register_map.rows
        if row.name not in device.omit
    ]


def _device(read: Folder, device: DeviceModel) -> Device:
    target, s = read.targets[device.id], device.security
    files = (s.certificate_file, s.private_key_file, s.server_certificate_file)
    certificate, key, server = (None if f is None else read.path / f for f in files)
    return Device(
        id=device.id,
        protocol=read.maps[device.map].protocol,
        host=target.host,
        port=target.port,
        unit=target.unit,
        path=target.path,
        map=device.map,
        every_s=device.every,
        tfm=device.tfm,
        name=Name(device.name.nb, device.name.en),
        pacing=Pacing(
            device.timeout,
            device.max_gap,
            device.max_registers,
            device.pause_after_connect,
            device.pause_between,
            device.close_after_poll,
        ),
        security=OpcUaSecurity(
            policy=s.policy,
            insecure_ok=s.insecure_ok,
            certificate=certificate,
            private_key=key,
            server_certificate=server,
            user=s.user,
            password_file=None if s.password_file is None else read.path / s.password_file,
            application_uri=s.application_uri,
        ),
    )


def schemas() -> Mapping[str, dict[str, object]]:
    """JSON Schema of each TOML file, by file name."""
    files: dict[str, type[BaseModel]] = {
        "site.toml": SiteFile,
        "devices.toml": DevicesFile,
        "schedules.toml": SchedulesFile,
        BALANCE: BalanceFile,
        RULES: RulesFile,
        KPIS: KpisFile,
        TARIFF: TariffFile,
        MEASURES: MeasuresFile,
        "factors.toml": FactorFile,
    }
    return {name: cast("dict[str, object]", model.model_json_schema(by_alias=True)) for name, model in files.items()}
