"""Named checks over a whole hall: each adds what it finds and stops for nothing."""

from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.models import DeviceModel, ScheduleModel, SecurityModel

DEVICES, SITE, SCHEDULES = "devices.toml", "site.toml", "schedules.toml"
SHORTEST_S, LONGEST_S = 0.1, 86_400.0
LONGEST_PAUSE_S = 2.0  # connecting and pausing share one time-out of the collector's


def check_devices(read: Folder) -> None:
    """Find ids and addresses that stand twice, protocols that do not fit their map, and unsafe OPC UA."""
    devices = read.devices.device if read.devices is not None else []
    if read.devices is not None and not devices:
        read.find(DEVICES, (), "the hall has no devices")
    ids: dict[str, int] = {}
    addresses: dict[tuple[object, ...], str] = {}
    for index, device in enumerate(devices):
        path = ("device", index)
        if device.id in ids:
            read.find(DEVICES, (*path, "id"), f"the id {device.id!r} stands already on device {ids[device.id] + 1}")
        ids.setdefault(device.id, index)
        if not SHORTEST_S <= device.every <= LONGEST_S:
            read.find(DEVICES, (*path, "every"), f"{device.id}: every must be between {SHORTEST_S:g} s and a day")
        if device.pause_after_connect > LONGEST_PAUSE_S:
            text = f"{device.id}: pause_after_connect can be {LONGEST_PAUSE_S:g} s at most, or connecting times out"
            read.find(DEVICES, (*path, "pause_after_connect"), text)
        _check_omitted(read, index, device)
        target = read.targets.get(device.id)
        if target is None:
            continue
        owner = addresses.setdefault((target.host, target.port, target.unit), device.id)
        if owner != device.id:
            read.find(DEVICES, (*path, "url"), f"{device.id} has the same address as {owner}: {device.url}")
        _check_protocol(read, index, device)


def _check_omitted(read: Folder, index: int, device: DeviceModel) -> None:
    register_map = read.maps.get(device.map)
    names = [row.name for row in register_map.rows] if register_map is not None else device.omit
    for name in device.omit:
        if name not in names:
            text = f"{device.id}: the map {device.map} has no point {name!r} to leave out{nearest(name, names)}"
            read.find(DEVICES, ("device", index, "omit"), text)


def _check_protocol(read: Folder, index: int, device: DeviceModel) -> None:
    register_map, target = read.maps.get(device.map), read.targets[device.id]
    if register_map is not None and (register_map.protocol == "opcua") != (target.scheme == "opc.tcp"):
        text = (
            f"{device.id}: the map {device.map} is for {register_map.protocol}, but the url begins with {target.scheme}"
        )
        read.find(DEVICES, ("device", index, "url"), text)
    if target.scheme == "opc.tcp":
        _check_security(read, index, device, device.security)
    elif "security" in device.model_fields_set:
        text = f"{device.id}: Modbus has no security of its own; keep it on a network that only this service reaches"
        read.find(DEVICES, ("device", index, "security"), text)


def _check_security(read: Folder, index: int, device: DeviceModel, security: SecurityModel) -> None:
    path = ("device", index, "security")
    if security.policy == "None" and not security.insecure_ok:
        read.find(
            DEVICES,
            path,
            f"{device.id}: policy None sends everything in the clear; say insecure_ok = true to accept that",
        )
    if security.policy != "None":
        needed = ("certificate_file", "private_key_file", "server_certificate_file")
        missing = [key for key in needed if getattr(security, key) is None]
        if missing:
            text = f"{device.id}: policy {security.policy} needs {', '.join(missing)}"
            read.find(DEVICES, (*path, "policy"), text)
    if security.user is not None and security.password_file is None:
        read.find(DEVICES, (*path, "user"), f"{device.id}: a user needs a password_file")
    for key in ("certificate_file", "private_key_file", "server_certificate_file", "password_file"):
        name = getattr(security, key)
        if read.secrets and name is not None and not (read.path / name).is_file():
            read.find(DEVICES, (*path, key), f"{device.id}: there is no file {read.path / name}")


def check_flows(read: Folder) -> None:
    """Find foyer bars and public values whose points do not exist or are of the wrong kind."""
    ids: set[str] = set()
    for index, flow in enumerate(read.site.flow if read.site is not None else []):
        path = ("flow", index)
        if flow.id in ids:
            read.find(SITE, (*path, "id"), f"the flow id {flow.id!r} stands already")
        ids.add(flow.id)
        for name in flow.power:
            _check_kind(read, (*path, "power"), flow.id, name.removeprefix("-"), ("power", "gauge"))
        for name in flow.energy:
            _check_kind(read, (*path, "energy"), flow.id, name.removeprefix("-"), ("energy", "counter"))
    for index, shown in enumerate(read.site.shown if read.site is not None else []):
        read.point(SITE, ("shown", index, "point"), shown.point)


def check_schedules(read: Folder) -> None:
    """Find schedules of points that cannot be set, with values out of range, and such as never come into force."""
    schedules = read.schedules.schedule if read.schedules is not None else []
    ids: set[str] = set()
    for index, schedule in enumerate(schedules):
        path = ("schedule", index)
        if schedule.id in ids:
            read.find(SCHEDULES, (*path, "id"), f"the schedule id {schedule.id!r} stands already")
        ids.add(schedule.id)
        point = read.point(SCHEDULES, (*path, "point"), schedule.point)
        if point is not None and point.access != "rw":
            read.find(SCHEDULES, (*path, "point"), f"{schedule.id}: {point.id} cannot be set")
        if point is not None and not point.min <= schedule.value <= point.max:
            span = f"{point.min:g} to {point.max:g} {point.unit}"
            read.find(SCHEDULES, (*path, "value"), f"{schedule.id}: {schedule.value:g} is outside {span} of {point.id}")
        if schedule.start == schedule.end:
            read.find(SCHEDULES, (*path, "to"), f"{schedule.id} never comes into force: it ends when it begins")
        cover = next((s for s in schedules[:index] if _covers(s, schedule)), None)
        if cover is not None:
            text = f"{schedule.id} never comes into force: {cover.id}, which goes before it, covers it"
            read.find(SCHEDULES, path, text)


def _covers(first: ScheduleModel, later: ScheduleModel) -> bool:
    """Whether an earlier schedule leaves a later one of the same point no minute of its own."""
    if first.point != later.point or not set(later.days) <= set(first.days):
        return False
    if first.season is not None and first.season != later.season:
        return False
    start, end = first.start, first.end if first.end > first.start else first.end + 1440
    other_end = later.end if later.end > later.start else later.end + 1440
    return start <= later.start and other_end <= end


def _check_kind(read: Folder, path: tuple[str | int, ...], flow: str, name: str, wanted: tuple[str, str]) -> None:
    point = read.point(SITE, path, name)
    if point is not None and (point.quantity, point.kind) != wanted:
        quantity, kind = wanted
        read.find(SITE, path, f"{flow}: {name} is a {point.kind} of {point.quantity}, not a {kind} of {quantity}")
