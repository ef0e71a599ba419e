"""Which boxes and ribbons the twin's year has: sums of its flows by the ids of balance.toml."""

from typing import Final

from scripts.twin_pictures.sankey import Ribbon
from simulators.year import Life

EL, SUN, GROUND, HEAT, RECOVERED, LOST = "#d9a400", "#f07c00", "#2e7d5b", "#c0392b", "#6a4fb3", "#8a8a8a"
COLUMNS: Final = (
    ("Grid", "Solar cells", "Sun on the pavement", "Rock", "Greywater", "Moist air"),
    ("Electricity", "Brine"),
    ("Well heat pump", "Electric boiler", "Greywater unit", "Air heat pumps"),
    ("Header",),
    ("Hot water",),
    ("Fans", "Pumps and filters", "Light", "Café and the rest", "Pools", "Rooms and floors", "Snow melting",
     "Tap water", "Halls' air", "Into the rock", "Sold", "Lost"),
)  # fmt: skip


def ribbons(life: Life) -> list[Ribbon]:
    """All of them, MWh; what a box keeps or loses unseen is below 1 % of it."""
    sums = [*_ELECTRICITY, *_HEAT, *_HOT_WATER]
    found = [Ribbon(source, target, life.total(*ids) / 1000.0, colour) for source, target, ids, colour in sums]
    drawn = life.total("gv1.heat", "tap.preheat", "boiler.tank") - life.total("tap.circulation", "tap.loss")
    return [*found, Ribbon("Hot water", "Tap water", drawn / 1000.0, HEAT)]


def _units(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{unit}.{kind}" for unit in ("ahu1", "ahu2", "ahu3") for kind in kinds)


_ELECTRICITY: Final = (
    ("Grid", "Electricity", ("grid.import",), EL),
    ("Solar cells", "Electricity", ("pv.roof", "pv.wall", "pv.bikes"), SUN),
    ("Electricity", "Well heat pump", ("vp1.el",), EL),
    ("Electricity", "Electric boiler", ("boiler.el",), EL),
    ("Electricity", "Fans", ("el.fans",), EL),
    ("Electricity", "Pumps and filters", ("el.pump_main", "el.pump_therapy", "el.filters"), EL),
    ("Electricity", "Light", ("el.light",), EL),
    ("Electricity", "Café and the rest", ("el.cafe", "el.snow", "el.floors", "el.rest", "vp1.pumps"), EL),
    ("Electricity", "Sold", ("grid.export",), EL),
    ("Electricity", "Greywater unit", ("gv1.el",), EL),
    ("Electricity", "Air heat pumps", _units("hp_el"), EL),
)
_HEAT: Final = (
    ("Sun on the pavement", "Brine", ("sol1.collector",), SUN),
    ("Rock", "Brine", ("wells.extract",), GROUND),
    ("Brine", "Well heat pump", ("vp1.evap",), GROUND),
    ("Brine", "Into the rock", ("wells.charge",), SUN),
    ("Greywater", "Greywater unit", ("gv1.recovered",), RECOVERED),
    ("Moist air", "Air heat pumps", _units("cooling", "condensing"), RECOVERED),
    ("Well heat pump", "Header", ("vp1.cond",), HEAT),
    ("Electric boiler", "Header", ("boiler.header",), EL),
    ("Air heat pumps", "Header", _units("hp_water"), RECOVERED),
    ("Air heat pumps", "Halls' air", _units("hp_air"), RECOVERED),
    ("Header", "Pools", ("pool_main.heating", "pool_therapy.heating"), HEAT),
    ("Header", "Halls' air", ("heat.vent",), HEAT),
    ("Header", "Rooms and floors", ("heat.space", "heat.floor"), HEAT),
    ("Header", "Snow melting", ("snow.melt",), HEAT),
    ("Header", "Lost", ("header.loss",), LOST),
)
_HOT_WATER: Final = (
    ("Electric boiler", "Hot water", ("boiler.tank",), EL),
    ("Electric boiler", "Lost", ("boiler.loss",), LOST),
    ("Greywater unit", "Hot water", ("gv1.heat",), RECOVERED),
    ("Header", "Hot water", ("tap.preheat",), HEAT),
    ("Hot water", "Lost", ("tap.circulation", "tap.loss"), LOST),
)
