"""What a year of the twin is weighed against: figures of the hall and of the trade, each with where it is from."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from sdanlegg.readings import FloatArray
from simulators.year import Life

WATER_M2: Final = 681.25
PEAK_KW: Final = 89.3  # 54 on the roof, 31 on the wall, 4.3 on the sheds
UNITS: Final = ("ahu1", "ahu2", "ahu3")


class Band(NamedTuple):
    """A figure of the year, what it should be between (None: not said), and where that is from."""

    name: str
    unit: str
    value: float
    low: float | None
    high: float | None
    source: str

    @property
    def inside(self) -> bool | None:
        """Whether it is; None where nothing is said."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


class Part(NamedTuple):
    """One source of heat: kWh, and whether it is renewable or recovered."""

    name: str
    kwh: float
    renewable: bool


def electricity_kwh(life: Life) -> float:
    """Electricity used in the hall: bought and own, less sold."""
    return life.total("grid.import", "pv.roof", "pv.wall", "pv.bikes") - life.total("grid.export")


def heat_parts(life: Life) -> list[Part]:
    """All heat that machines deliver to water, air and tap water, by where it comes from; they sum to its whole."""
    solar = min(life.total("sol1.collector"), life.total("vp1.evap"))
    return [
        Part("energy wells and ground", life.total("vp1.evap") - solar, renewable=True),
        Part("sun on the pavement (given to the brine)", solar, renewable=True),
        Part("greywater", life.total("gv1.recovered"), renewable=True),
        Part("moist extract air", life.total(*(f"{u}.{x}" for u in UNITS for x in ("cooling", "condensing"))), True),
        Part("compressors", life.total("vp1.el", "gv1.el", *(f"{u}.hp_el" for u in UNITS)), renewable=False),
        Part("electric boiler", life.total("boiler.tank", "boiler.header"), renewable=False),
    ]


def heat_kwh(life: Life) -> float:
    """Heat that heat pumps and boiler deliver."""
    air = (f"{u}.{x}" for u in UNITS for x in ("hp_air", "hp_water"))
    return life.total("vp1.cond", "gv1.heat", "boiler.tank", "boiler.header", *air)


def renewable_share(life: Life) -> float:
    """(Ambient + solar + recovered heat) / all heat delivered."""
    parts = heat_parts(life)
    return sum(part.kwh for part in parts if part.renewable) / sum(part.kwh for part in parts)


def on_site_share(life: Life) -> float:
    """(Ambient and recovered heat of the heat pumps + solar electricity) / (the same heat + all electricity)."""
    own = sum(part.kwh for part in heat_parts(life) if part.renewable)
    return (own + life.total("pv.roof", "pv.wall", "pv.bikes")) / (own + electricity_kwh(life))


def nights(life: Life) -> FloatArray:
    """Hours in which the floors save anything and the hall is closed: mean power saved in them [kW]."""
    saved = life.seen["floors_saved"]
    kept: FloatArray = saved[(saved > 0.5) & (life.seen["open"] == 0.0)]
    return kept


def bands(life: Life) -> list[Band]:
    """Every figure of a whole year."""
    return [*_energy(life), *_sun(life), *_heat(life), *_water(life)]


def _energy(life: Life) -> Iterator[Band]:
    used = electricity_kwh(life) / 1000.0
    yield Band(
        "electricity used (bought + own − sold)",
        "MWh",
        used,
        550,
        670,
        "608 derived: 73 MWh of sun are 12 %; 667 by the designed 80 MWh",
    )
    yield Band("electricity for each m² of water", "kWh/m²", used * 1000 / WATER_M2, 800, 1000, "890 derived")
    yield Band(
        "highest power from the grid (hour)", "kW", float(life.flows["grid.import"].max()), None, None, "not published"
    )
    yield Band("fans", "MWh", life.total("el.fans") / 1000, None, None, "120 estimated")
    pumps = life.total("el.pump_main", "el.pump_therapy", "el.filters") / 1000
    yield Band("pool pumps, filters, UV", "MWh", pumps, None, None, "150 estimated")
    yield Band("lighting", "MWh", life.total("el.light") / 1000, None, None, "60 estimated")
    compressors = life.total("vp1.el", "gv1.el", *(f"{u}.hp_el" for u in UNITS)) / 1000
    yield Band("all heat pumps, electricity", "MWh", compressors, None, None, "180 estimated")
    yield Band("electric boiler", "MWh", life.total("boiler.el") / 1000, None, None, "40 estimated")
    yield Band("on-site share of all energy", "%", 100 * on_site_share(life), 45, 58, "about half (owner); 53 derived")


def _sun(life: Life) -> Iterator[Band]:
    mwh = life.total("pv.roof", "pv.wall", "pv.bikes") / 1000
    yield Band("solar electricity", "MWh", mwh, 66, 80, "73 (Enova), 80 designed")
    yield Band("solar electricity for each kWp", "kWh/kWp", 1000 * mwh / PEAK_KW, 740, 880, "about 810, derived")
    yield Band(
        "pavement collector",
        "kWh/m²",
        life.total("sol1.collector") / 650.0,
        150,
        300,
        "May to September, estimated; 70–120 MWh net",
    )


def _heat(life: Life) -> Iterator[Band]:
    yield Band("renewable share of the heat", "%", 100 * renewable_share(life), 75, 85, "about 80 (Enova)")
    yield Band(
        "well heat pump, yearly COP",
        "",
        life.total("vp1.cond") / life.total("vp1.el"),
        None,
        None,
        "3.8 in the design case",
    )
    ratio = 100 * life.total("wells.charge") / life.total("wells.extract")
    yield Band("charged for each extracted", "%", ratio, 50, 100, "target, estimated")
    yield Band("coldest brine from the wells", "°C", life.lowest["brine_t"], -4, None, "limit of the design")
    floors = nights(life)
    yield Band(
        "raised floors save at night", "kW", float(np.mean(floors)) if floors.size else 0.0, 15, 25, "about 20, derived"
    )
    yield Band("snow melting", "MWh", life.total("snow.melt") / 1000, None, None, "not published")


def _water(life: Life) -> Iterator[Band]:
    evaporated = life.total("pool_main.evaporation", "pool_therapy.evaporation")
    yield Band(
        "evaporation",
        "kg/m²h",
        evaporated / WATER_M2 / life.t_ns.size,
        0.06,
        0.20,
        "0.10 (empty) to 0.19 (full) main pool, 0.2 raised (ASHRAE, Norwegian activity)",
    )
    visitors = life.last.people.in_total - life.first.people.in_total
    fresh = 1000 * life.total("pool_main.makeup", "pool_therapy.makeup") / visitors
    yield Band("fresh water to the pools", "l/bather", fresh, 30, 100, "30 (DIN 19643) + evaporation + backwash")
    yield Band("backwash", "m³", life.total("backwash"), 200, 4000, "0.3–1 m³ every 2–24 h, estimated")
    yield Band("mains water for each visitor", "l", 1000 * life.total("water.mains") / visitors, 100, 250, "estimated")
    yield Band("visitors", "", visitors, None, None, "not published; about 200,000 assumed")


def table(found: Sequence[Band]) -> str:
    """Markdown table of bands."""
    lines = ["| | | the twin | band | source |", "|---|---|---:|---|---|"]
    for band in found:
        wanted = "" if band.inside is None else f"{_bound(band.low)}–{_bound(band.high)}"
        mark = {True: "", False: " **outside**", None: ""}[band.inside]
        lines.append(f"| {band.name} | {band.unit} | {_figure(band.value)} | {wanted}{mark} | {band.source} |")
    return "\n".join(lines) + "\n"


def _bound(value: float | None) -> str:
    return "" if value is None else _figure(value)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
