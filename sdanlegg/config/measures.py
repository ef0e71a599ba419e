"""measures.toml -> MeasurePlan, and what is wrong with it: each check adds what it finds and stops for nothing."""

from collections.abc import Mapping
from typing import Final

from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.measures_models import MeasureModel, Table
from sdanlegg.config.plan import plan
from sdanlegg.measures import FORMS, SUPPLY, Claim, MeasureDefinition, MeasurePlan, Told, What
from sdanlegg.plan import Words

MEASURES: Final = "measures.toml"
_Path = tuple[str | int, ...]


def check_measures(read: Folder) -> None:
    """Find measures of no kind, ids that stand twice, keys that lack or are too many, and what they name in vain."""
    file = read.measures
    if file is None:
        return
    if read.balance is None:
        read.find(MEASURES, (), "there is no balance.toml whose flows these savings could be made of")
        return
    _check_table(read, ("supply", "with"), "supply", SUPPLY.whole, file.supply.told)
    ids = [measure.id for measure in file.measure]
    for index, measure in enumerate(file.measure):
        if measure.id in ids[:index]:
            read.find(MEASURES, ("measure", index, "id"), f"the measure id {measure.id!r} stands already")
        _check_measure(read, ("measure", index), measure)


def _check_measure(read: Folder, path: _Path, measure: MeasureModel) -> None:
    form = FORMS.get(measure.kind)
    if form is None:
        text = f"{measure.id}: unknown kind {measure.kind!r}{nearest(measure.kind, FORMS)}"
        read.find(MEASURES, (*path, "kind"), text)
        return
    _check_table(read, (*path, "with"), measure.id, form.whole, measure.told)
    if bool(form.part) != bool(measure.part):
        text = "needs at least one part" if form.part else "has no parts"
        read.find(MEASURES, path, f"{measure.id}: {measure.kind} {text}")
        return
    for index, part in enumerate(measure.part):
        _check_table(read, (*path, "part", index), measure.id, form.part, part)


def _check_table(read: Folder, path: _Path, owner: str, form: Mapping[str, What], table: Table) -> None:
    flows = [flow.id for flow in read.balance.flow] if read.balance is not None else []
    lacking = [key for key in form if key not in table]
    if lacking:
        read.find(MEASURES, path, f"{owner} needs {', '.join(lacking)}")
    for key, said in table.items():
        what = form.get(key)
        if what is None:
            read.find(MEASURES, (*path, key), f"{owner} has no {key!r}{nearest(key, form)}")
        elif (what == "number") == isinstance(said, str):
            read.find(MEASURES, (*path, key), f"{owner}: {key} is a {what}, not {said!r}")
        elif what == "flow" and said not in flows:
            read.find(MEASURES, (*path, key), f"{owner}: unknown flow {said!r}{nearest(str(said), flows)}")
        elif what == "point":
            read.point(MEASURES, (*path, key), str(said), owner)


def measures(read: Folder) -> MeasurePlan | None:
    """Give the plan of a folder without findings; None if it has no measures.toml."""
    file = read.measures
    if file is None:
        return None
    priced = plan(read)
    return MeasurePlan(
        measures=tuple(map(_measure, file.measure)),
        supply=_told(file.supply.told, SUPPLY.whole),
        factors=() if priced is None else priced.factors,
        tariff=None if priced is None else priced.tariff,
    )


def _measure(model: MeasureModel) -> MeasureDefinition:
    form = FORMS[model.kind]
    return MeasureDefinition(
        model.id, model.kind, Words(model.name.nb, model.name.en), Words(model.reference.nb, model.reference.en),
        model.source, _told(model.told, form.whole), tuple(_told(part, form.part) for part in model.part),
        tuple(Claim(c.quantity, float(c.share), Words(c.by.nb, c.by.en)) for c in model.claim),
    )  # fmt: skip


def _told(table: Table, form: Mapping[str, What]) -> Told:
    return Told(
        {key: str(said) for key, said in table.items() if form[key] == "flow"},
        {key: str(said) for key, said in table.items() if form[key] == "point"},
        {key: float(said) for key, said in table.items() if form[key] == "number"},
    )
