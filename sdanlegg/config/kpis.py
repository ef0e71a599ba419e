"""kpis.toml -> KpiPlan, and what is wrong with it: each check adds what it finds and stops for nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sdanlegg.config.balance_models import BalanceFlowModel
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.kpi_models import KpiModel, KpisFile
from sdanlegg.config.posts import check_posts

KPIS: Final = "kpis.toml"
UNITS: Final = {"electricity": "kWh", "heat": "kWh", "water": "m³", "moisture": "kg"}
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Variables:
    """Carriers of the network's flows, and of what its storages gain, by name."""

    carrier: Mapping[str, str]
    flows: tuple[BalanceFlowModel, ...]


def variables(read: Folder) -> Variables:
    """Name everything that a sum may hold: flows, and `<node>.gain` of storages."""
    flows = read.balance.flow if read.balance is not None else []
    carrier = {flow.id: flow.carrier for flow in flows}
    for node in read.balance.nodes if read.balance is not None else []:
        if node.kind == "storage":
            ends = [flow.carrier for flow in flows if node.id in {flow.source, flow.target}]
            carrier[f"{node.id}.gain"] = ends[0] if ends else "heat"
    return Variables(dict(carrier), tuple(flows))


def check_kpis(read: Folder) -> None:
    """Find figures, posts and carriers of flows that are not there, of mixed units, or that stand twice."""
    if read.kpis is None:
        return
    if read.balance is None:
        read.find(KPIS, (), "there is no balance.toml whose flows these figures could be made of")
        return
    known, file = variables(read), read.kpis
    _twice(read, "kpi", [kpi.id for kpi in file.kpi])
    _twice(read, "carrier", [carrier.id for carrier in file.carrier])
    for index, kpi in enumerate(file.kpi):
        _check_kpi(read, ("kpi", index), kpi, known)
    for index, carrier in enumerate(file.carrier):
        for key in ("delivered", "produced", "exported"):
            check_terms(read, ("carrier", index, key), carrier.id, getattr(carrier, key), known.carrier)
    check_terms(read, ("used",), "used", file.used, known.carrier, "electricity")
    _check_counted(read, file)
    for name in file.unaccounted.flows:
        if name not in known.carrier:
            text = f"unaccounted: unknown flow {name!r}{nearest(name, known.carrier)}"
            read.find(KPIS, ("unaccounted", "flows"), text)
    if file.unaccounted.alarm_pct <= file.unaccounted.warn_pct:
        read.find(KPIS, ("unaccounted", "alarm_pct"), "alarm_pct is not above warn_pct: the warning never shows")
    _check_parts(read, file)
    check_posts(read, known.carrier, known.flows)


def _twice(read: Folder, key: str, ids: list[str]) -> None:
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            read.find(KPIS, (key, index, "id"), f"the {key} id {id_!r} stands already")


def check_terms(
    read: Folder, path: _Path, owner: str, names: Iterable[str], carrier: Mapping[str, str], only: str | None = None
) -> None:
    """Find names that are no flows, flows that stand twice in a sum, and sums of different units."""
    plain = [name.removeprefix("-").strip() for name in names]
    units = {}
    for name in plain:
        if name not in carrier:
            read.find(KPIS, path, f"{owner}: unknown flow {name!r}{nearest(name, carrier)}")
        elif only is not None and carrier[name] != only:
            read.find(KPIS, path, f"{owner}: {name} is {carrier[name]}, not {only}")
        else:
            units[UNITS[carrier[name]]] = name
    for name in sorted(name for name, count in Counter(plain).items() if count > 1):
        read.find(KPIS, path, f"{owner}: {name} stands twice in the same sum")
    if len(units) > 1:
        said = " and ".join(f"{name} [{unit}]" for unit, name in sorted(units.items()))
        read.find(KPIS, path, f"{owner}: {said} cannot be added up")


def _check_kpi(read: Folder, path: _Path, kpi: KpiModel, known: Variables) -> None:
    check_terms(read, (*path, "over"), kpi.id, kpi.over, known.carrier)
    check_terms(read, (*path, "under"), kpi.id, kpi.under, known.carrier)
    if kpi.per == "bathers" and read.kpis is not None and read.kpis.counted.bathers is None:
        text = f"{kpi.id}: nothing counts bathers; name the counter as bathers under [counted]"
        read.find(KPIS, (*path, "per"), text)


def _check_counted(read: Folder, file: KpisFile) -> None:
    wanted = {"bathers": ("persons", "counter"), "open": ("state", "state")}
    for key, (quantity, kind) in wanted.items():
        name = getattr(file.counted, key)
        point = read.point(KPIS, ("counted", key), name, key) if name is not None else None
        if point is not None and (point.quantity, point.kind) != (quantity, kind):
            text = f"{key}: {name} is a {point.kind} of {point.quantity}, not a {kind} of {quantity}"
            read.find(KPIS, ("counted", key), text)


def _check_parts(read: Folder, file: KpisFile) -> None:
    """Find parts of a figure that is not there, and parts that do not add up to their figure, term by term."""
    whole = {kpi.id: (index, kpi) for index, kpi in enumerate(file.kpi)}
    for index, kpi in enumerate(file.kpi):
        if kpi.part_of is not None and kpi.part_of not in whole:
            text = f"{kpi.id}: unknown figure {kpi.part_of!r}{nearest(kpi.part_of, whole)}"
            read.find(KPIS, ("kpi", index, "part_of"), text)
    for id_, (index, kpi) in whole.items():
        parts = [part for part in file.kpi if part.part_of == id_]
        if not parts:
            continue
        form = (sorted(kpi.under), kpi.per, kpi.times, kpi.unit)
        for part in parts:
            if (sorted(part.under), part.per, part.times, part.unit) != form:
                read.find(KPIS, ("kpi", index), f"{part.id} is a part of {id_} but is divided by something else")
        together = _weights(name for part in parts for name in part.over)
        if together != _weights(kpi.over):
            odd = sorted({*together} ^ {*_weights(kpi.over)}) or sorted(together)
            read.find(KPIS, ("kpi", index), f"the parts of {id_} do not add up to it: look at {', '.join(odd)}")


def _weights(names: Iterable[str]) -> dict[str, int]:
    """How often each flow counts, taken-off ones negative; those that cancel are gone."""
    found: Counter[str] = Counter()
    for name in names:
        found[name.removeprefix("-").strip()] += -1 if name.startswith("-") else 1
    return {name: count for name, count in found.items() if count}
