"""Which boxes and ribbons the twin's year has: sums of its flows by the ids of balance.toml."""

from scripts.twin_pictures.sankey import Ribbon
from simulators.year import Life

EL, SUN, GROUND, HEAT, RECOVERED, LOST = "#d9a400", "#f07c00", "#2e7d5b", "#c0392b", "#6a4fb3", "#8a8a8a"
UNITS = ("ahu1", "ahu2", "ahu3")
COLUMNS = (
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

    def mwh(*ids: str) -> float:
        return life.total(*ids) / 1000.0

    def units(kind: str) -> float:
        return mwh(*(f"{unit}.{kind}" for unit in UNITS))

    electricity = [
        Ribbon("Grid", "Electricity", mwh("grid.import"), EL),
        Ribbon("Solar cells", "Electricity", mwh("pv.roof", "pv.wall", "pv.bikes"), SUN),
        Ribbon("Electricity", "Well heat pump", mwh("vp1.el"), EL),
        Ribbon("Electricity", "Electric boiler", mwh("boiler.el"), EL),
        Ribbon("Electricity", "Fans", mwh("el.fans"), EL),
        Ribbon("Electricity", "Pumps and filters", mwh("el.pump_main", "el.pump_therapy", "el.filters"), EL),
        Ribbon("Electricity", "Light", mwh("el.light"), EL),
        Ribbon("Electricity", "Café and the rest", mwh("el.cafe", "el.snow", "el.floors", "el.rest", "vp1.pumps"), EL),
        Ribbon("Electricity", "Sold", mwh("grid.export"), EL),
        Ribbon("Electricity", "Greywater unit", mwh("gv1.el"), EL),
        Ribbon("Electricity", "Air heat pumps", units("hp_el"), EL),
    ]
    heat = [
        Ribbon("Sun on the pavement", "Brine", mwh("sol1.collector"), SUN),
        Ribbon("Rock", "Brine", mwh("wells.extract"), GROUND),
        Ribbon("Brine", "Well heat pump", mwh("vp1.evap"), GROUND),
        Ribbon("Brine", "Into the rock", mwh("wells.charge"), SUN),
        Ribbon("Greywater", "Greywater unit", mwh("gv1.recovered"), RECOVERED),
        Ribbon("Moist air", "Air heat pumps", units("cooling") + units("condensing"), RECOVERED),
        Ribbon("Well heat pump", "Header", mwh("vp1.cond"), HEAT),
        Ribbon("Electric boiler", "Header", mwh("boiler.header"), EL),
        Ribbon("Electric boiler", "Hot water", mwh("boiler.tank"), EL),
        Ribbon("Electric boiler", "Lost", mwh("boiler.loss"), LOST),
        Ribbon("Greywater unit", "Hot water", mwh("gv1.heat"), RECOVERED),
        Ribbon("Air heat pumps", "Header", units("hp_water"), RECOVERED),
        Ribbon("Air heat pumps", "Halls' air", units("hp_air"), RECOVERED),
        Ribbon("Header", "Hot water", mwh("tap.preheat"), HEAT),
        Ribbon("Header", "Pools", mwh("pool_main.heating", "pool_therapy.heating"), HEAT),
        Ribbon("Header", "Halls' air", mwh("heat.vent"), HEAT),
        Ribbon("Header", "Rooms and floors", mwh("heat.space", "heat.floor"), HEAT),
        Ribbon("Header", "Snow melting", mwh("snow.melt"), HEAT),
        Ribbon("Header", "Lost", mwh("header.loss"), LOST),
    ]
    hot = mwh("gv1.heat", "tap.preheat", "boiler.tank")
    lost = mwh("tap.circulation", "tap.loss")
    return [
        *electricity,
        *heat,
        Ribbon("Hot water", "Tap water", hot - lost, HEAT),
        Ribbon("Hot water", "Lost", lost, LOST),
    ]
