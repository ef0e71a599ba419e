"""tariff.toml and the folder of factor sets: what is wrong with them."""

from pathlib import Path
from typing import Final

import numpy as np

from sdanlegg.balance.cost_hours import DAY_MINUTES, Calendar, prices
from sdanlegg.config.findings import nearest
from sdanlegg.config.folder import Folder
from sdanlegg.config.plan import WEEKDAYS, rate
from sdanlegg.config.tariff_models import FactorFile, PartModel

TARIFF: Final = "tariff.toml"


def check_tariff(read: Folder) -> None:
    """Find flows that are not there or of another carrier, lines that stand twice, and hours without a price."""
    file = read.tariff
    if file is None:
        return
    if read.kpis is None or read.balance is None:
        read.find(TARIFF, (), "a tariff needs balance.toml and kpis.toml: what it prices stands there")
        return
    carriers = {flow.id: flow.carrier for flow in read.balance.flow}
    for key, wanted in (("bought", "electricity"), ("sold", "electricity"), ("water", "water")):
        for name in getattr(file, key):
            if name not in carriers:
                read.find(TARIFF, (key,), f"{key}: unknown flow {name!r}{nearest(name, carriers)}")
            elif carriers[name] != wanted:
                read.find(TARIFF, (key,), f"{key}: {name} is {carriers[name]}, not {wanted}")
    for index, part in enumerate(file.part):
        if part.id in [other.id for other in file.part[:index]]:
            read.find(TARIFF, ("part", index, "id"), f"the part id {part.id!r} stands already")
        needs = {"sold": "sold", "water": "water"}.get(part.by, "bought")
        if not getattr(file, needs):
            read.find(TARIFF, ("part", index, "by"), f"{part.id}: no flows are named as {needs}")
        _check_rates(read, index, part)


def _check_rates(read: Folder, index: int, part: PartModel) -> None:
    steps = [step.up_to_kw for step in part.step]
    if steps != sorted(set(steps)):
        read.find(TARIFF, ("part", index, "step"), f"{part.id}: steps must rise in up_to_kw")
    if part.by in {"capacity", "month"} and any(rate.hours or rate.days for rate in part.rate):
        read.find(TARIFF, ("part", index, "rate"), f"{part.id}: a month's price cannot hang on hours or weekdays")
    for rate_index, one in enumerate(part.rate):
        if one.since is not None and one.until is not None and one.until < one.since:
            read.find(TARIFF, ("part", index, "rate", rate_index), f"{part.id}: until is before since")
    undated = tuple(rate(one) for one in part.rate if one.since is None and one.until is None)
    if part.step or len(undated) < len(part.rate):
        return  # dated prices may end: hours outside them are told as not known
    hours = _hours_of_a_year()
    bare = np.flatnonzero(np.isnan(prices(undated, hours)))
    if bare.size:
        first = int(bare[0])
        minute = int(hours.minute[first])
        when = f"month {hours.month[first]}, {WEEKDAYS[hours.weekday[first]]} {minute // 60:02d}:{minute % 60:02d}"
        read.find(TARIFF, ("part", index), f"{part.id} has no price for some hours, the first in {when}")


def _hours_of_a_year() -> Calendar:
    """Every quarter of an hour of every weekday of every month."""
    quarters = np.arange(0, DAY_MINUTES, 15)
    month, weekday, minute = (
        axis.ravel().astype(np.int64) for axis in np.meshgrid(np.arange(1, 13), np.arange(7), quarters, indexing="ij")
    )
    nothing = np.zeros(month.size, dtype=np.int64)
    return Calendar(nothing, month, weekday, minute, nothing, np.full(month.size, 0.25))


def check_factors(read: Folder, files: list[tuple[Path, FactorFile]]) -> None:
    """Find sets that stand twice, years that end before they begin or overlap, and carriers that nothing weighs."""
    weighed = [carrier.id for carrier in read.kpis.carrier if carrier.weighted] if read.kpis is not None else []
    ids: dict[str, Path] = {}
    for path, file in files:
        if file.id in ids:
            read.find(str(path), ("id",), f"the set {file.id!r} stands already in {ids[file.id].name}")
        ids.setdefault(file.id, path)
        spans: dict[str, list[tuple[int, int]]] = {}
        for index, one in enumerate(file.factor):
            place = ("factor", index)
            first, last = one.first, one.last or one.first
            said = f"{file.id}: {one.carrier} {first}-{last}"
            if last < first:
                read.find(str(path), place, f"{said} ends before it begins")
            if any(first <= b and a <= last for a, b in spans.get(one.carrier, [])):
                read.find(str(path), place, f"{said} overlaps another factor of the set")
            spans.setdefault(one.carrier, []).append((first, last))
            if one.carrier not in weighed:
                text = f"{said}: no weighted carrier of that name in kpis.toml{nearest(one.carrier, weighed)}"
                read.find(str(path), place, text)
