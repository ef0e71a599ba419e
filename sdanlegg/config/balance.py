"""balance.toml -> Network, and what is wrong with it: each check adds what it finds and stops for nothing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sdanlegg.config.balance_feed import check_feed, check_ties, feed, sensors, tie
from sdanlegg.config.balance_models import BalanceFlowModel, ContentModel, DerivedModel, MeasuredModel, NodeModel
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.network import (
    METERS,
    AirMoisture,
    BalanceFlow,
    BalanceNode,
    Measurement,
    Network,
    StreamHeat,
    WeightedSum,
)

BALANCE: Final = "balance.toml"
# Quantities of a carrier's counters and gauges. Condensate is counted in m³ of water: 1000 kg each.
COUNTED: Final = {"electricity": "energy", "heat": "energy", "water": "volume", "moisture": "volume"}
SHOWN: Final = {"electricity": "power", "heat": "power", "water": "flow"}
_Path = tuple[str | int, ...]


def check_balance(read: Folder) -> None:
    """Find ids that stand twice, unknown nodes and points, wrong units, and nodes that cannot be balanced."""
    if read.balance is None:
        return
    _check_ids(read, "nodes", [node.id for node in read.balance.nodes])
    _check_ids(read, "flow", [flow.id for flow in read.balance.flow])
    for index, node in enumerate(read.balance.nodes):
        _check_node(read, ("nodes", index), node, read.balance.flow)
    known = [node.id for node in read.balance.nodes]
    for index, flow in enumerate(read.balance.flow):
        _check_ends(read, ("flow", index), flow, known)
        _check_measured(read, ("flow", index), flow)
        _check_derived(read, ("flow", index), flow)
        check_feed(read, ("flow", index), flow)
    check_ties(read)


def _check_ids(read: Folder, key: str, ids: list[str]) -> None:
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            read.find(BALANCE, (key, index, "id"), f"the {key.removesuffix('s')} id {id_!r} stands already")


def _check_node(read: Folder, path: _Path, node: NodeModel, flows: Iterable[BalanceFlowModel]) -> None:
    ends = [flow for flow in flows if node.id in {flow.source, flow.target}]
    if not ends:
        read.find(BALANCE, path, f"{node.id} has no flows")
        return
    for what, side in (("into", "target"), ("out of", "source")):
        if all(getattr(flow, side) != node.id for flow in ends):
            read.find(BALANCE, path, f"nothing flows {what} {node.id}, so it has no balance")
    carriers = sorted({flow.carrier for flow in ends})
    if node.kind != "converter" and len(carriers) > 1:
        read.find(BALANCE, path, f"{node.id} is a {node.kind} and mixes {' and '.join(carriers)}")
    if node.content is not None:
        _check_content(read, (*path, "content"), node, node.content)


def _check_content(read: Folder, path: _Path, node: NodeModel, content: ContentModel) -> None:
    if node.kind != "storage":
        read.find(BALANCE, path, f"{node.id} is a {node.kind}: only a storage has a content")
    _gauges(read, (*path, "sum"), node.id, [name.removeprefix("-") for name in content.sum], None)
    for key, quantity in (("times", None), ("temperature", "temperature"), ("humidity", "humidity")):
        name = getattr(content, key)
        if name is not None:
            _gauges(read, (*path, key), node.id, [name], quantity)


def _check_ends(read: Folder, path: _Path, flow: BalanceFlowModel, known: list[str]) -> None:
    for key, node in (("from", flow.source), ("to", flow.target)):
        if node is not None and node not in known:
            read.find(BALANCE, (*path, key), f"{flow.id}: unknown node {node!r}{nearest(node, known)}")
    if flow.source is None and flow.target is None:
        read.find(BALANCE, path, f"{flow.id} has neither from nor to: it belongs to no node")
    elif flow.source == flow.target:
        read.find(BALANCE, (*path, "to"), f"{flow.id} flows from {flow.source} to itself")


def _check_measured(read: Folder, path: _Path, flow: BalanceFlowModel) -> None:
    meters: list[tuple[_Path, MeasuredModel]] = [(path, flow)]
    meters += [((*path, "also"), more) for more in flow.also]
    for where, meter in meters:
        if meter.counter is not None:
            _meter_point(read, (*where, "counter"), flow, meter.counter, ("counter", COUNTED.get(flow.carrier)))
        if meter.power is not None:
            _meter_point(read, (*where, "power"), flow, meter.power, ("gauge", SHOWN.get(flow.carrier)))
        if meter.volume is not None:
            _meter_point(read, (*where, "volume"), flow, meter.volume, ("counter", "volume"))
        if meter.meter is not None and meter.meter not in METERS:
            text = f"{flow.id}: {meter.meter!r} is no class of meter{nearest(meter.meter, METERS)}"
            read.find(BALANCE, (*where, "meter"), text)
        if meter is not flow and meter.counter is None and meter.power is None:
            read.find(BALANCE, where, f"{flow.id}: a further meter has a counter or a power")
    measured = flow.counter is not None or flow.power is not None
    if not measured and (flow.also or flow.meter is not None):
        key = "also" if flow.also else "meter"
        read.find(BALANCE, (*path, key), f"{flow.id}: {key} goes with a counter or a power")
    ways = [key for key in ("derived", "model") if getattr(flow, key) is not None]
    if len(ways) + measured > 1:
        text = f"{flow.id} can be measured, derived or modelled, one of them"
        read.find(BALANCE, (*path, ways[-1]), text)


def _meter_point(read: Folder, path: _Path, flow: BalanceFlowModel, name: str, wanted: tuple[str, str | None]) -> None:
    kind, quantity = wanted
    if quantity is None:
        read.find(BALANCE, path, f"{flow.id}: no {kind} shows {flow.carrier}; derive it from other points")
        return
    point = read.point(BALANCE, path, name, flow.id)
    if point is not None and (point.kind, point.quantity) != wanted:
        text = f"{flow.id}: {name} is a {point.kind} of {point.quantity} [{point.unit}], not a {kind} of {quantity}"
        read.find(BALANCE, path, text)


def _check_derived(read: Folder, path: _Path, flow: BalanceFlowModel) -> None:
    if flow.model is not None and flow.sigma is None:
        read.find(BALANCE, (*path, "model"), f"{flow.id}: a modelled flow needs its sigma")
    if flow.sigma is not None and flow.model is None and flow.derived is None:
        read.find(BALANCE, (*path, "sigma"), f"{flow.id}: sigma goes with derived or model; a meter has its class")
    derived = flow.derived
    if derived is None:
        return
    where = (*path, "derived")
    if derived.sum:
        quantity = SHOWN.get(flow.carrier) if derived.factor == 1 else None
        _gauges(read, (*where, "sum"), flow.id, [name.removeprefix("-") for name in derived.sum], quantity)
        return
    if flow.carrier != "heat":
        read.find(BALANCE, where, f"{flow.id}: flow, hot and cold give heat, not {flow.carrier}")
    for key, quantity in (("flow", "flow"), ("hot", "temperature"), ("cold", "temperature")):
        if (name := getattr(derived, key)) is not None:
            _gauges(read, (*where, key), flow.id, [name], quantity)


def _gauges(read: Folder, path: _Path, owner: str, names: list[str], quantity: str | None) -> None:
    """Find points that are no gauges of a quantity; without one, they must all have the first one's."""
    for name in names:
        point = read.point(BALANCE, path, name, owner)
        if point is None:
            continue
        quantity = quantity or point.quantity
        if (point.kind, point.quantity) != ("gauge", quantity):
            text = f"{owner}: {name} is a {point.kind} of {point.quantity} [{point.unit}], not a gauge of {quantity}"
            read.find(BALANCE, path, text)


def network(read: Folder) -> Network | None:
    """Give the network of a folder without findings, None if it has no balance.toml."""
    if read.balance is None:
        return None
    nodes, flows = tuple(map(_node, read.balance.nodes)), tuple(map(_flow, read.balance.flow))
    return Network(nodes, flows, tuple(map(tie, read.balance.tie)), sensors(read.points, read.balance.sensor))


def _node(node: NodeModel) -> BalanceNode:
    content, name = node.content, node.name
    held: WeightedSum | AirMoisture | None = None
    if content is not None and content.temperature and content.humidity and content.dry_air_kg:
        held = AirMoisture(content.temperature, content.humidity, float(content.dry_air_kg))
    elif content is not None:
        held = replace(_sum(content.sum, content.factor), times=content.times, added=float(content.added))
    sigma = None if node.content_sigma is None else float(node.content_sigma)
    return BalanceNode(node.id, node.kind, name.nb if name else node.id, name.en if name else node.id, held, sigma)


def _flow(flow: BalanceFlowModel) -> BalanceFlow:
    name = flow.name
    meters: list[MeasuredModel] = [*([flow] if flow.counter or flow.power else []), *flow.also]
    return BalanceFlow(
        id=flow.id,
        nb=name.nb if name else flow.id,
        en=name.en if name else flow.id,
        source=flow.source,
        target=flow.target,
        carrier=flow.carrier,
        measured=tuple(map(_measurement, meters)),
        derived=None if flow.derived is None else _derived(flow.derived),
        model=flow.model,
        sigma=None if flow.sigma is None else float(flow.sigma),
        floor=float(flow.floor),
        stays=float(flow.stays),
        feed=None if flow.model is None else feed(flow.feed),
        signed=flow.signed,
    )


def _measurement(meter: MeasuredModel) -> Measurement:
    return Measurement(
        meter.counter,
        meter.power,
        meter.meter,
        meter.volume,
        None if meter.nominal is None else float(meter.nominal),
        float(meter.kwh_per_m3_k),
        float(meter.extra),
        None if meter.smallest is None else float(meter.smallest),
    )


def _derived(derived: DerivedModel) -> StreamHeat | WeightedSum:
    if derived.flow is not None and derived.hot is not None:
        return StreamHeat(derived.flow, derived.hot, derived.cold, float(derived.kwh_per_m3_k))
    return _sum(derived.sum, derived.factor)


def _sum(names: list[str], factor: float) -> WeightedSum:
    plus = tuple(name for name in names if not name.startswith("-"))
    return WeightedSum(plus, tuple(name[1:] for name in names if name.startswith("-")), float(factor))
