"""What the twin's hall uses and makes: a table for people who judge it. `python -m simulators.figures CONFIG`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.site import Site
from simulators.plant.inputs import InputsAhead
from simulators.plant.moist_air import relative_humidity
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.plant.weather_block import Source
from simulators.twin import place_of
from simulators.weather_file import load_weather

DAY_NS = 86_400 * SECOND_NS
STEP_S = 60.0
Gauge = Callable[[State], float]
_FILTERING, _WARMING = attrgetter("pump_main", "pump_therapy", "filters"), attrgetter("space", "vent", "floor")
# Rows that are differences of counters [kWh, m³, persons].
COUNTED: dict[str, Gauge] = {
    "Bought electricity, kWh": lambda s: s.meters.el_kwh.main,
    "Sold electricity, kWh": lambda s: s.meters.export_kwh,
    "Solar electricity, kWh": lambda s: sum(s.meters.pv_kwh),
    "– roof": lambda s: s.meters.pv_kwh.roof,
    "– south wall": lambda s: s.meters.pv_kwh.wall,
    "– bike sheds": lambda s: s.meters.pv_kwh.bikes,
    "Pool pumps and filters, kWh": lambda s: sum(_FILTERING(s.meters.el_kwh)),
    "Fans, kWh": lambda s: s.meters.el_kwh.fans,
    "Lighting, kWh": lambda s: s.meters.el_kwh.light,
    "Café and saunas, kWh": lambda s: s.meters.el_kwh.cafe,
    "Well heat pump, electricity, kWh": lambda s: s.meters.el_kwh.vp1,
    "Air heat pumps, electricity, kWh": lambda s: sum(a.hp_el_kwh for a in (s.ahu1, s.ahu2, s.ahu3)),
    "Greywater unit, electricity, kWh": lambda s: s.gv1.el_kwh,
    "Electric boiler, kWh": lambda s: s.meters.el_kwh.boiler,
    "Heat: well heat pump, kWh": lambda s: s.meters.heat_kwh.condenser,
    "Heat: air heat pumps, kWh": lambda s: sum(a.hp_heat_kwh for a in (s.ahu1, s.ahu2, s.ahu3)),
    "Heat: greywater, kWh": lambda s: s.meters.heat_kwh.grey,
    "Pavement collector, kWh": lambda s: s.meters.heat_kwh.solar,
    "Taken from the wells, kWh": lambda s: s.meters.heat_kwh.well_extract,
    "Put into the wells, kWh": lambda s: s.meters.heat_kwh.well_charge,
    "Heat to pools, kWh": lambda s: s.meters.heat_kwh.pool_main + s.meters.heat_kwh.pool_therapy,
    "Heat to rooms, air and floors, kWh": lambda s: sum(_WARMING(s.meters.heat_kwh)),
    "Heat to tap water from the header, kWh": lambda s: s.meters.heat_kwh.tap,
    "Snow melting, kWh": lambda s: s.meters.heat_kwh.snow,
    "Mains water, m³": lambda s: s.meters.water_m3.mains,
    "Backwash water, m³": lambda s: s.meters.water_m3.backwash,
    "Visitors": lambda s: s.people.in_total,
}
# Rows that are lowest, mean and highest.
SEEN: dict[str, Gauge] = {
    "Outdoor temperature, °C": lambda s: s.inputs.weather.outdoor_t,
    "Evaporation, kg/h": lambda s: s.pool_main.evaporation_kg_h + s.pool_therapy.evaporation_kg_h,
    "Main pool, °C": lambda s: s.pool_main.water_t,
    "Therapy pool, °C": lambda s: s.pool_therapy.water_t,
    "Main hall air, °C": lambda s: s.ahu1.t,
    "Main hall air, % RH": lambda s: relative_humidity(s.ahu1.t, s.ahu1.ratio),
    "Free chlorine, main pool, mg/l": lambda s: s.chemistry_main.cl_free,
    "Combined chlorine, main pool, mg/l": lambda s: s.chemistry_main.cl_combined,
    "Filter pressure (TMP), main pool, bar": lambda s: s.filter_main.tmp_bar,
    "Header, °C": lambda s: s.header.t,
    "Hot water tank, top, °C": lambda s: s.tv1.nodes[0],
    "Brine from the wells, °C": lambda s: s.wells.from_wells_t,
    "Power from the grid, kW": lambda s: s.meters.p.main,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Figures of one spell: what was counted, and (lowest, mean, highest) of what was seen each ten minutes."""

    title: str
    counted: dict[str, float]
    seen: dict[str, tuple[float, float, float]]


def measure(site: Site, title: str, start_ns: int, days: float, seed: int, weather: Source | None = None) -> Column:
    """Run the plant for days from start_ns in steps of a minute."""
    place = place_of(site, weather)
    inputs, first = InputsAhead(place, seed), initial(start_ns, place, seed)
    s = first
    samples: dict[str, list[float]] = {name: [] for name in SEEN}
    dt_ns = round(STEP_S * SECOND_NS)
    for k in range(round(days * DAY_NS / dt_ns)):
        s = step(s, inputs.at(s.t_ns + dt_ns), STEP_S)
        if k % 10 == 0:
            for name, gauge in SEEN.items():
                samples[name].append(gauge(s))
    return Column(
        title,
        {name: counter(s) - counter(first) for name, counter in COUNTED.items()},
        {name: (min(v), sum(v) / len(v), max(v)) for name, v in samples.items()},
    )


def table(columns: Sequence[Column]) -> str:
    """Markdown table of the columns."""
    lines = ["| | " + " | ".join(c.title for c in columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(f"{c.counted[name]:,.0f}" for c in columns) + " |" for name in COUNTED]
    for name in SEEN:
        cells = (f"{low:.4g} … **{mean:.4g}** … {high:.4g}" for low, mean, high in (c.seen[name] for c in columns))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of two days and two weeks, or of a whole year."""
    parser = argparse.ArgumentParser(prog="python -m simulators.figures", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--year", action="store_true", help="the whole of 2026 (minutes)")
    parser.add_argument("--weather", type=Path, help="EPW or TMY3 file instead of the seed's weather")
    chosen = parser.parse_args(arguments)
    site = load_site(chosen.config)
    weather = load_weather(chosen.weather, site.latitude, site.longitude, chosen.seed) if chosen.weather else None
    spells = [("2026", (2026, 1, 1), 365)] if chosen.year else [
        ("A day in January", (2026, 1, 14), 1), ("A week in January", (2026, 1, 12), 7),
        ("A day in June", (2026, 6, 16), 1), ("A week in June", (2026, 6, 15), 7),
    ]  # fmt: skip
    columns = [
        measure(site, title, int(datetime(*date, tzinfo=site.zone).astimezone(UTC).timestamp()) * SECOND_NS, days,
                chosen.seed, weather)
        for title, date, days in spells
    ]  # fmt: skip
    sys.stdout.write(table(columns))


if __name__ == "__main__":
    main()
