"""Checks of a fault against the hall: targets that are there, points that can have it, times and overlaps."""

from collections.abc import Sequence
from math import isclose, log10

from sdanlegg.config.findings import nearest
from sdanlegg.config.toml_lines import Path_
from sdanlegg.points import Point, Register
from sdanlegg.site import Device, Site
from simulators.scenario.findings import Page
from simulators.scenario.kinds import Kind
from simulators.scenario.model import FOR_EVER_NS, Fault
from simulators.scenario.sensors import gauge_that_turns


def check_fault(page: Page, path: Path_, fault: Fault, kind: Kind, site: Site) -> None:
    """Find what the hall does not have, what the target cannot suffer, and impossible times."""
    _check_times(page, path, fault, kind)
    _check_truth(page, path, fault, site)
    if kind.layer == "plant":
        if fault.target not in kind.fields:
            parts = ", ".join(kind.fields)
            near = nearest(fault.target, kind.fields)
            page.find((*path, "target"), f"{fault.kind}: the target {fault.target!r} is none of {parts}{near}")
        return
    target = find_target(fault.target, site)
    if target is None or ("device" if isinstance(target, Device) else "point") not in kind.on:
        what = " or ".join(kind.on)
        page.find((*path, "target"), f"{fault.kind}: unknown {what} {fault.target!r}{_near(fault.target, kind, site)}")
    elif isinstance(target, Point):
        _check_point(page, path, fault, kind, target)
        if fault.kind == "swapped":
            _check_other(page, path, fault, target, site)
    else:
        _check_device(page, path, fault, target, site)


def find_target(name: str, site: Site) -> Device | Point | None:
    """Device or point of that id."""
    column = site.points.column.get(name)
    if column is not None:
        return site.points.points[column]
    return next((device for device in site.devices if device.id == name), None)


def _near(name: str, kind: Kind, site: Site) -> str:
    known = [d.id for d in site.devices] if "device" in kind.on else []
    return nearest(name, [*known, *(site.points.column if "point" in kind.on else ())])


def _check_times(page: Page, path: Path_, fault: Fault, kind: Kind) -> None:
    start, end = fault.start, fault.end
    if end is None:
        return
    if kind.lasting:
        page.find((*path, "end"), f"{fault.kind} cannot end: what it changed stays changed")
    if start.after_start == end.after_start and end.ns <= start.ns:
        page.find((*path, "end"), f"{fault.kind} of {fault.target} ends before it starts")


def _check_truth(page: Page, path: Path_, fault: Fault, site: Site) -> None:
    devices = [device.id for device in site.devices]
    if not fault.truth.points:
        page.find((*path, "truth", "points"), f"{fault.kind}: the truth names no point that shows it")
    for name in fault.truth.points:
        if name not in site.points.column and name not in devices:
            near = nearest(name, [*site.points.column, *devices])
            page.find((*path, "truth", "points"), f"points: unknown point or device {name!r}{near}")
    flows = [flow.id for flow in site.network.flows] if site.network is not None else []
    for name in fault.truth.flows if flows else ():
        if name not in flows:
            page.find((*path, "truth", "flows"), f"flows: unknown flow {name!r}{nearest(name, flows)}")


def _check_point(page: Page, path: Path_, fault: Fault, kind: Kind, point: Point) -> None:
    if point.is_text or point.kind not in kind.points:
        what = "text" if point.is_text else point.kind
        text = f"{point.id} is a {what}: {fault.kind} can only befall a {' or '.join(kind.points)}"
        page.find((*path, "target"), text)
    if fault.kind == "scale" and not _is_decimal(fault.number("factor")):
        page.find((*path, "factor"), f"factor: {fault.number('factor'):g} is no wrong decimal point: 0.001, 0.1, 10 …")


def _is_decimal(factor: float) -> bool:
    places = log10(factor)
    return factor != 1.0 and isclose(places, round(places), abs_tol=1e-9)


def _check_other(page: Page, path: Path_, fault: Fault, target: Device | Point, site: Site) -> None:
    """Find what a meter cannot be swapped with."""
    word = fault.word("with")
    other = find_target(word, site)
    if other is None or type(other) is not type(target):
        known = site.points.column if isinstance(target, Point) else [device.id for device in site.devices]
        page.find((*path, "with"), f"swapped: {word!r} is no other {_what(target)} of the hall{nearest(word, known)}")
    elif other.id == target.id:
        page.find((*path, "with"), f"swapped: {word} cannot be swapped with itself")
    elif isinstance(other, Point) and isinstance(target, Point):
        if (other.kind, other.quantity) != (target.kind, target.quantity):
            text = f"swapped: {word} is a {other.kind} of {other.quantity}, {target.id} one of {target.quantity}"
            page.find((*path, "with"), text)
    elif not shared_names(fault.target, word, site):
        page.find((*path, "with"), f"swapped: {word} has no point of the same name as {fault.target}")


def _what(target: Device | Point) -> str:
    return "device" if isinstance(target, Device) else "point"


def shared_names(one: str, other: str, site: Site) -> list[str]:
    """Names of the measured points that both devices have, of the same kind and quantity."""
    kinds = {p.name: (p.kind, p.quantity) for p in site.points if p.device == one and p.kind in {"gauge", "counter"}}
    return [p.name for p in site.points if p.device == other and kinds.get(p.name) == (p.kind, p.quantity)]


def _check_device(page: Page, path: Path_, fault: Fault, device: Device, site: Site) -> None:
    points = [point for point in site.points if point.device == device.id]
    if fault.kind == "swapped":
        _check_other(page, path, fault, device, site)
    if fault.kind == "reversed" and gauge_that_turns([p.name for p in points]) is None:
        page.find((*path, "target"), f"reversed: {device.id} has no power or flow that could turn")
    if fault.kind == "reset" and not any(p.kind == "counter" for p in points):
        page.find((*path, "target"), f"reset: {device.id} has no counter")
    if fault.kind == "clock_off" and device.protocol != "opcua":
        page.find((*path, "target"), f"clock_off: only OPC UA tells times; {device.id} speaks {device.protocol}")
    _check_word_order(page, path, fault, device, points)
    key = {"modbus": "code", "sunspec": "code", "opcua": "status"}[device.protocol]
    if fault.kind == "exception" and key not in fault.settings:
        page.find((*path, "target"), f"exception: {device.id} speaks {device.protocol}: give its {key}")
    if fault.kind == "exception" and not float(fault.settings.get("code", 0.0)).is_integer():
        page.find((*path, "code"), f"code: {fault.number('code'):g} is no exception code of Modbus")
    if fault.kind == "restarting" and fault.number("down") >= fault.number("every"):
        page.find((*path, "down"), f"restarting: {device.id} would be down longer than it is up")
    others = [d.id for d in site.devices if d.address == device.address and d.id != device.id]
    alone = fault.settings.get("how", "refuse") == "silent" or fault.settings.get("whole_gateway") == 1.0
    if fault.kind in {"offline", "restarting"} and others and not alone:
        text = f"{fault.kind}: {device.id} shares its socket with {', '.join(others)}: say whole_gateway = true"
        page.find((*path, "target"), text + (' or how = "silent"' if fault.kind == "offline" else ""))


def _check_word_order(page: Page, path: Path_, fault: Fault, device: Device, points: Sequence[Point]) -> None:
    if fault.kind != "word_order":
        return
    wide = [p.address for p in points if isinstance(p.address, Register) and p.address.type.registers > 1]
    if not any(not a.type.is_text and a.order != fault.word("order") for a in wide):
        text = f"word_order: {device.id} has no value of several registers in another order than {fault.word('order')}"
        page.find((*path, "target"), text)


def check_overlaps(page: Page, faults: Sequence[Fault | None]) -> None:
    """Find faults of one kind on one target at one time: which of them would hold is nobody's guess."""
    for later, fault in enumerate(faults):
        for earlier in faults[:later]:
            same = fault and earlier and (fault.kind, fault.target) == (earlier.kind, earlier.target)
            if fault and earlier and same and _overlap(fault, earlier):
                page.find(("fault", later), f"{fault.kind} of {fault.target} overlaps an earlier one of the same kind")


def _overlap(one: Fault, other: Fault) -> bool:
    """Whether both are there at some time; what cannot be compared before the run is taken not to be."""
    moments = [m for m in (one.start, one.end, other.start, other.end) if m is not None]
    if len({m.after_start for m in moments}) > 1:
        return False
    ends = [FOR_EVER_NS if fault.end is None else fault.end.ns for fault in (one, other)]
    return one.start.ns < ends[1] and other.start.ns < ends[0]
