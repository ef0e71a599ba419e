"""Energy posts of kpis.toml: that every flow of electricity stands in exactly one, and every plant gives to posts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from sdanlegg.config.balance_models import BalanceFlowModel
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.kpi_models import KpisFile

KPIS: Final = "kpis.toml"


def check_posts(read: Folder, carrier: Mapping[str, str], flows: Iterable[BalanceFlowModel]) -> None:
    """Find posts and plants of unknown flows or wrong carriers, and electricity that is in no post or in two."""
    file = read.kpis
    if file is None or not (file.post or file.plant or file.left):
        return
    named = {"post": [post.id for post in file.post], "plant": [plant.id for plant in file.plant]}
    for key, ids in named.items():
        for index, id_ in enumerate(ids):
            if id_ in ids[:index]:
                read.find(KPIS, (key, index, "id"), f"the {key} id {id_!r} stands already")
    for index, post in enumerate(file.post):
        _known(read, ("post", index, "electricity"), post.id, post.electricity, (carrier, "electricity"))
        _known(read, ("post", index, "heat"), post.id, post.heat, (carrier, "heat"))
    for index, plant in enumerate(file.plant):
        _known(read, ("plant", index, "electricity"), plant.id, plant.electricity, (carrier, "electricity"))
        _known(read, ("plant", index, "gives"), plant.id, plant.gives, (carrier, "heat"))
        _known(read, ("plant", index, "passes"), plant.id, plant.passes, (carrier, "heat"))
    _known(read, ("left",), "left", file.left, (carrier, "electricity"))
    for index, post in enumerate(file.post):
        if not (post.electricity or post.heat or post.gap):
            read.find(KPIS, ("post", index), f"{post.id} has no flows; say why in gap")
    _check_plants(read, file)
    _check_once(read, file, [flow for flow in flows if flow.carrier == "electricity"])


def _known(
    read: Folder, path: tuple[str | int, ...], owner: str, names: Iterable[str], wanted: tuple[Mapping[str, str], str]
) -> None:
    carrier, kind = wanted
    for name in names:
        if name not in carrier:
            read.find(KPIS, path, f"{owner}: unknown flow {name!r}{nearest(name, carrier)}")
        elif carrier[name] != kind:
            read.find(KPIS, path, f"{owner}: {name} is {carrier[name]}, not {kind}")


def _check_plants(read: Folder, file: KpisFile) -> None:
    """Find heat that a plant gives to no post or to two, and plants that pass to one that stands before them."""
    warmed = Counter(name for post in file.post for name in post.heat)
    given = Counter(name for plant in file.plant for name in (*plant.gives, *plant.passes))
    order = [plant.id for plant in file.plant]
    for index, plant in enumerate(file.plant):
        if not (plant.gives or plant.passes):
            read.find(KPIS, ("plant", index), f"{plant.id} gives no heat to anything")
        for name in plant.gives:
            if warmed[name] != 1:
                text = f"{plant.id}: {name} stands in {warmed[name] or 'no'} posts as heat; it must stand in one"
                read.find(KPIS, ("plant", index, "gives"), text)
        for name, onward in plant.passes.items():
            if onward not in order:
                text = f"{plant.id}: unknown plant {onward!r}{nearest(onward, order)}"
                read.find(KPIS, ("plant", index, "passes"), text)
            elif order.index(onward) <= index:
                text = f"{plant.id} passes {name} to {onward}, which must stand further down"
                read.find(KPIS, ("plant", index, "passes"), text)
        for name in sorted({*plant.gives, *plant.passes}):
            if given[name] > 1:
                read.find(KPIS, ("plant", index), f"{plant.id}: {name} is given by another plant too")


Place = tuple[str | int, ...]


def _owners(file: KpisFile) -> dict[str, list[tuple[Place, str]]]:
    """Where each flow of electricity stands: the place of the key, and whose it is."""
    owners: dict[str, list[tuple[Place, str]]] = {}
    for index, post in enumerate(file.post):
        for name in post.electricity:
            owners.setdefault(name, []).append((("post", index, "electricity"), post.id))
    for index, plant in enumerate(file.plant):
        for name in plant.electricity:
            owners.setdefault(name, []).append((("plant", index, "electricity"), plant.id))
    for name in file.left:
        owners.setdefault(name, []).append((("left",), "left"))
    return owners


def _check_once(read: Folder, file: KpisFile, flows: list[BalanceFlowModel]) -> None:
    """Find electricity that no post, plant or `left` takes, or more than one; a junction's parts stand for it."""
    owners = _owners(file)
    for name, found in owners.items():
        if len(found) > 1:
            said = " and ".join(owner for _, owner in found)
            read.find(KPIS, found[-1][0], f"{name} stands in {said}: it would be counted twice")
    boundary = {name.removeprefix("-").strip() for name in file.used}
    for flow in flows:
        if flow.id not in boundary and flow.source is not None:
            _check_flow(read, flow, flows, owners)


def _check_flow(
    read: Folder, flow: BalanceFlowModel, flows: list[BalanceFlowModel], owners: Mapping[str, list[tuple[Place, str]]]
) -> None:
    inside = [other.id for other in flows if other.source is not None and other.source == flow.target]
    parts = [name for name in inside if name in owners]
    above = any(other.id in owners for other in flows if other.target == flow.source)
    if flow.id in owners:
        if parts:
            read.find(KPIS, owners[flow.id][0][0], f"{flow.id} and {parts[0]}, a part of it, are both in posts")
    elif not parts and not above:
        read.find(KPIS, ("post",), f"{flow.id} is in no post; name it in one, in a plant, or under left")
    elif parts and len(parts) < len(inside):
        lost = ", ".join(name for name in inside if name not in owners)
        read.find(KPIS, ("post",), f"{lost}: of {flow.id} only some parts are in posts")
