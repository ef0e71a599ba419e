"""What a hall's dashboard shows, whatever engine is asked: rows of panels of curves."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

Json = dict[str, Any]


@dataclass(frozen=True)
class Curve:
    """One point with what the legend calls it; its measurement is the point's quantity."""

    point: str
    quantity: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """A panel of a few curves. day: the counters' increase from local midnight to midnight; now: the newest value."""

    title: str
    unit: str
    curves: tuple[Curve, ...]
    how: str = "mean"  # mean, day, now
    width: int = 12
    height: int = 8
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    """A heading with its panels."""

    title: str
    panels: tuple[Panel | Json, ...]


def curves(quantity: str, *named: str) -> tuple[Curve, ...]:
    """Curves of `device.point Legend` texts."""
    split = (text.partition(" ") for text in named)
    return tuple(Curve(point, quantity, legend) for point, _, legend in split)


POWER_IN = curves(
    "power",
    "el_main.p Strøm fra nettet / Grid",
    "pv_roof.w Sol, tak / Sun, roof",
    "pv_wall.w Sol, vegg / Sun, wall",
    "pv_bikes.w Sol, sykkelstativ / Sun, bikes",
    "hm_well_extract.power Varme fra fjellet / Rock",
    "hm_solar.power Solvarme / Sun heat",
    "hm_grey.power Dusjvann / Shower water",
    "hm_air.power Varme fra lufta / Air",
)
POWER_OUT = curves(
    "power",
    "hm_pool_main.power Svømmebasseng / Main pool",
    "hm_pool_therapy.power Terapibasseng / Therapy pool",
    "hm_tap.power Varmtvann / Hot water",
    "hm_space.power Rom / Rooms",
    "hm_floor.power Gulv / Floors",
    "hm_vent.power Ventilasjon / Ventilation",
    "hm_snow.power Snøsmelting / Snow melting",
    "hm_well_charge.power Lagret i fjellet / Stored in the rock",
)
ELECTRICITY = curves(
    "power",
    "el_vp1.p Varmepumpe / Heat pump",
    "el_fans.p Vifter / Fans",
    "el_pump_main.p Pumper, svømmebasseng / Pumps, main pool",
    "el_pump_therapy.p Pumper, terapibasseng / Pumps, therapy pool",
    "el_filters.p Vannrensing / Water cleaning",
    "el_boiler.p Elkjel / Electric boiler",
    "el_light.p Lys / Light",
    "el_cafe.p Kafé og badstuer / Café and saunas",
    "el_snow.p Snøsmeltepumper / Snow-melting pumps",
    "el_floors.p Hevbare bunner / Movable floors",
)
DAY = curves(
    "energy",
    "el_main.import_kwh Kjøpt strøm / Bought",
    "el_main.export_kwh Sendt til nettet / Exported",
    "pv_roof.wh_kwh Sol, tak / Sun, roof",
    "pv_wall.wh_kwh Sol, vegg / Sun, wall",
    "pv_bikes.wh_kwh Sol, sykkelstativ / Sun, bikes",
    "hm_well_extract.energy_kwh Varme fra fjellet / Rock",
    "hm_pool_main.energy_kwh Svømmebasseng / Main pool",
    "hm_pool_therapy.energy_kwh Terapibasseng / Therapy pool",
    "hm_tap.energy_kwh Varmtvann / Hot water",
)
WATER = curves(
    "volume",
    "wm_mains.volume_m3 Vann inn / Mains",
    "wm_makeup_main.volume_m3 Etterfylling, svømmebasseng / Make-up, main pool",
    "wm_makeup_therapy.volume_m3 Etterfylling, terapibasseng / Make-up, therapy pool",
    "wm_tap.volume_m3 Dusj og tapping / Showers and taps",
    "wm_backwash.volume_m3 Filterspyling / Backwash",
)


def pools(quantity: str, name: str) -> tuple[Curve, ...]:
    """The same value of both filters."""
    halls = (f"filter_main.{name} Svømmebasseng / Main pool", f"filter_therapy.{name} Terapibasseng / Therapy pool")
    return curves(quantity, *halls)


class Own(Protocol):
    """Panels that every engine asks for in its own way."""

    def heartbeat(self, width: int, height: int) -> Json:
        """When the hall's feed was last heard."""
        ...

    def data_panels(self) -> tuple[Json, ...]:
        """On the age and the quality of what comes."""
        ...

    def any_point(self) -> Json:
        """What the variables choose."""
        ...


_ENDS: Final = (("supply", "tur", "supply"), ("return", "retur", "return"))
_GROUPS = [f"wells.g{n}_{end}_t Gruppe {n} {nb} / Group {n} {en}" for n in (1, 2, 3) for end, nb, en in _ENDS]
_WELLS = [f"wells.well{n:02d}_return_t Brønn {n} / Well {n}" for n in range(1, 16)]
_UNITS = [(n, f"ahu{n}") for n in (1, 2, 3)]

POWER_ROW = Row(
    "Effekt / Power",
    (
        Panel("Effekt inn / Power in", "kwatt", POWER_IN),
        Panel("Varme ut / Heat out", "kwatt", POWER_OUT, stacked=True),
        Panel("Strøm til / Electricity to", "kwatt", ELECTRICITY, stacked=True),
        Panel("Varmepumpe / Heat pump", "kwatt", curves(
            "power", "vp1.heat_kw Varme / Heat", "vp1.p_el Strøm / Electricity"
        )),
    ),
)  # fmt: skip
DAY_ROW = Row(
    "Forbruk per døgn / Use per day",
    (
        Panel("Energi per døgn / Energy per day", "kwatth", DAY, "day"),
        Panel("Vann per døgn / Water per day", "m3", WATER, "day"),
    ),
)  # fmt: skip
POOL_ROW = Row(
    "Bassengvann / Pool water",
    (
        Panel("Temperatur / Temperature", "celsius", pools("temperature", "water_t"), width=8),
        Panel("Fritt klor / Free chlorine", "mg/l", pools("chlorine", "cl_free"), width=8),
        Panel("Bundet klor / Combined chlorine", "mg/l", pools("chlorine", "cl_combined"), width=8),
        Panel("pH", "pH", pools("ph", "ph"), width=8),
        Panel("Redoks / Redox", "mvolt", pools("redox", "redox"), width=8),
        Panel("Turbiditet / Turbidity", "FTU", pools("turbidity", "turbidity"), width=8),
        Panel("Trykk over membran / Membrane pressure", "pressurebar", pools("pressure", "tmp")),
        Panel("Filtrert mengde / Filtered flow", "m³/h", pools("flow", "permeate_flow")),
    ),
)  # fmt: skip
WELL_ROW = Row(
    "Energibrønner / Energy wells",
    (
        Panel("Kollektorvæske / Brine", "celsius", curves(
            "temperature",
            "vp1.brine_in_t Inn i varmepumpe / Into the heat pump",
            "vp1.brine_out_t Ut av varmepumpe / Out of the heat pump",
            "wells.ground_t Fjell / Rock",
            *_GROUPS,
        )),
        Panel("Retur per brønn / Return per well", "celsius", curves("temperature", *_WELLS)),
    ),
)  # fmt: skip
SUN_ROW = Row(
    "Sol og vær / Sun and weather",
    (
        Panel("Sol / Sun", "kwatt", POWER_IN[1:4], stacked=True, width=8),
        Panel("Innstråling / Irradiance", "W/m²", curves(
            "irradiance",
            "weather.ghi Vannrett / Horizontal",
            "weather.poa_roof Tak / Roof",
            "weather.poa_wall Vegg / Wall",
        ), width=8),
        Panel("Ute / Outdoors", "celsius", curves(
            "temperature", "weather.outdoor_t Ute / Outdoors", "sol1.slab_t Dekket / Pavement"
        ), width=8),
    ),
)  # fmt: skip
AIR_ROW = Row(
    "Ventilasjon / Ventilation",
    (
        Panel("Fukt, avtrekk / Humidity, extract", "humidity", curves(
            "humidity", *(f"{unit}.extract_rh Aggregat {n} / Unit {n}" for n, unit in _UNITS)
        ), width=8),
        Panel("Avtrekk / Extract air", "celsius", curves(
            "temperature", *(f"{unit}.extract_t Aggregat {n} / Unit {n}" for n, unit in _UNITS)
        ), width=8),
        Panel("Vifter / Fans", "kwatt", curves(
            "power", *(f"{unit}.fan_p_el Aggregat {n} / Unit {n}" for n, unit in _UNITS)
        ), width=8),
    ),
)  # fmt: skip


def hall_rows(engine: Own) -> tuple[Row, ...]:
    """The hall, row by row."""
    inside = curves("persons", "people.inside Personer / People")
    now = (
        Panel("Strøm fra nettet / From the grid", "kwatt", POWER_IN[:1], "now", 4, 4),
        Panel("Sol, tak / Sun, roof", "kwatt", POWER_IN[1:2], "now", 4, 4),
        Panel("Vanntemperatur / Water", "celsius", pools("temperature", "water_t"), "now", 8, 4),
        Panel("Inne nå / Inside now", "none", inside, "now", 4, 4),
        engine.heartbeat(4, 4),
    )
    return (
        Row("Nå / Now", now),
        *(POWER_ROW, DAY_ROW, POOL_ROW, WELL_ROW, SUN_ROW, AIR_ROW),
        Row("Data / Data", engine.data_panels()),
        Row("Valgfritt punkt / Any point", (engine.any_point(),)),
    )
