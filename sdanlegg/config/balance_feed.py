"""What feeds the models of balance.toml, which flows are tied, how sure points are: checked, and made into data."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from math import sqrt
from typing import Final

from sdanlegg.config.balance_models import BalanceFlowModel, Number, SensorModel, TieModel
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.model_forms import FORMS, Argument
from sdanlegg.network import Inputs, Sensor, Tie, Weighted
from sdanlegg.points import Point

_FILE: Final = "balance.toml"
# What is known of a point that no [[sensor]] fits is its map's sigma: 0.8 of it stays, 0.6 is noise (squares add to 1).
_STAYS, _NOISE = 0.8, 0.6
_EXACT: Final = frozenset({"state", "setpoint"})
_Path = tuple[str | int, ...]
_Fed = Number | str | list[str] | dict[str, Number]


def check_feed(read: Folder, path: _Path, flow: BalanceFlowModel) -> None:
    """Find models that do not exist, arguments that a model has not or lacks, and points of a wrong quantity."""
    if flow.model is None:
        if flow.feed:
            read.find(_FILE, (*path, "with"), f"{flow.id}: with goes with a model")
        return
    form = FORMS.get(flow.model)
    if form is None:
        read.find(_FILE, (*path, "model"), f"{flow.id}: unknown model {flow.model!r}{nearest(flow.model, FORMS)}")
        return
    for key, fed in flow.feed.items():
        if key not in form:
            text = f"{flow.id}: {flow.model} has no {key!r}{nearest(key, form)}"
            read.find(_FILE, (*path, "with", key), text)
        else:
            _check_argument(read, (*path, "with", key), flow, form[key], fed)
    lacking = [key for key, argument in form.items() if argument.default is None and key not in flow.feed]
    if lacking:
        read.find(_FILE, (*path, "model"), f"{flow.id}: {flow.model} needs {', '.join(lacking)} in with")


def _check_argument(read: Folder, path: _Path, flow: BalanceFlowModel, argument: Argument, fed: _Fed) -> None:
    for name, _ in _weighted(fed):
        if not argument.quantities:
            read.find(_FILE, path, f"{flow.id}: {path[-1]} is a number, not the point {name!r}")
            continue
        point = read.point(_FILE, path, name, flow.id)
        if point is not None and point.quantity not in argument.quantities:
            wanted = " or ".join(sorted(argument.quantities))
            read.find(_FILE, path, f"{flow.id}: {name} is {point.quantity} [{point.unit}], {path[-1]} takes {wanted}")
    if isinstance(fed, (list, dict)) and not fed:
        read.find(_FILE, path, f"{flow.id}: {path[-1]} names no point")


def check_ties(read: Folder) -> None:
    """Find ties of flows that do not exist, to themselves, and of flows that are known by other means."""
    if read.balance is None:
        return
    flows = {flow.id: flow for flow in read.balance.flow}
    for index, one in enumerate(read.balance.tie):
        for key, name in (("flow", one.flow), ("of", one.of)):
            if name not in flows:
                read.find(_FILE, ("tie", index, key), f"tie: unknown flow {name!r}{nearest(name, flows)}")
        if one.flow == one.of:
            read.find(_FILE, ("tie", index, "of"), f"tie: {one.flow} is tied to itself")


def feed(fed: Mapping[str, _Fed]) -> Inputs:
    """What feeds a model: numbers, and for every other argument its points with their factors."""
    points = {key: _weighted(one) for key, one in fed.items() if not isinstance(one, (int, float))}
    return Inputs(points, {key: float(one) for key, one in fed.items() if isinstance(one, (int, float))})


def _weighted(fed: _Fed) -> Weighted:
    """One point, the mean of a list, or points with factors; nothing for a number."""
    if isinstance(fed, str):
        return ((fed, 1.0),)
    if isinstance(fed, list):
        return tuple((point, 1.0 / len(fed)) for point in fed)
    return tuple((point, float(factor)) for point, factor in fed.items()) if isinstance(fed, dict) else ()


def tie(one: TieModel) -> Tie:
    """A tie as data."""
    return Tie(one.flow, one.of, float(one.times))


def sensors(points: Mapping[str, Point], rows: Sequence[SensorModel]) -> dict[str, Sensor]:
    """How sure every point of the hall is: the first row that fits, or the map's sigma."""
    return {id_: _sensor(point, rows) for id_, point in points.items() if not point.is_text}


def _sensor(point: Point, rows: Sequence[SensorModel]) -> Sensor:
    counter = point.kind == "counter"
    for row in rows:
        if any(fnmatchcase(point.id, pattern) for pattern in row.points):
            noise = point.sigma if counter and not row.noise else float(row.noise)
            return Sensor(float(row.limit), float(row.share), noise, counter)
    if point.kind in _EXACT or counter:
        return Sensor(0.0, 0.0, point.sigma if counter else 0.0, counter)
    return Sensor(_STAYS * sqrt(3.0) * point.sigma, 0.0, _NOISE * point.sigma, False)
