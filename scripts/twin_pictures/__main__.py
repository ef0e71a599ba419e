"""Run a year of the twin and write its pictures and its table: `python -m scripts.twin_pictures config/holmen 2026`."""

import sys
from datetime import datetime
from pathlib import Path

from scripts.twin_pictures import energy, sankey, seasons
from scripts.twin_pictures.seasons import Panel, Trace, daily
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators import bands
from simulators.twin import place_of
from simulators.year import Life, live

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "twin"


def panels(life: Life) -> list[Panel]:
    """What the year looks like."""
    flow, seen = life.flows, life.seen

    def trace(name: str, colour: str, *ids: str) -> Trace:
        return Trace(name, daily(sum(flow[id_] for id_ in ids)), colour)  # type: ignore[arg-type]  # never empty

    units = ("ahu1", "ahu2", "ahu3")
    return [
        Panel("Weather", "°C", (Trace("outdoor air", daily(seen["outdoor_t"]), "#2266aa"),
                                Trace("brine from the wells", daily(seen["brine_t"]), "#2e7d5b")), stacked=False),
        Panel("Visitors inside, and light", "persons · 10 W/m²", (
            Trace("visitors", daily(seen["people"]), "#6a4fb3"),
            Trace("global light", daily(seen["light"]) / 10.0, "#f07c00")), stacked=False),
        Panel("Electricity used", "kW", (
            trace("pumps and filters", "#4c78a8", "el.pump_main", "el.pump_therapy", "el.filters"),
            trace("fans", "#72b7b2", "el.fans"), trace("light", "#eeca3b", "el.light"),
            trace("café and the rest", "#9d755d", "el.cafe", "el.rest", "el.snow", "el.floors", "vp1.pumps"),
            trace("heat pumps", "#e45756", "vp1.el", "gv1.el", *(f"{u}.hp_el" for u in units)),
            trace("boiler", "#b279a2", "boiler.el")), stacked=True),
        Panel("Solar electricity", "kW", (
            trace("roof", "#f07c00", "pv.roof"), trace("south wall", "#d9a400", "pv.wall"),
            trace("bike sheds", "#8a6d00", "pv.bikes")), stacked=True),
        Panel("Heat delivered", "kW", (
            trace("well heat pump", "#2e7d5b", "vp1.cond"),
            trace("air heat pumps", "#6a4fb3", *(f"{u}.{x}" for u in units for x in ("hp_air", "hp_water"))),
            trace("greywater", "#72b7b2", "gv1.heat"), trace("boiler", "#b279a2", "boiler.tank", "boiler.header"),
        ), stacked=True),
        Panel("Ground", "kW", (
            trace("taken from the wells", "#2e7d5b", "wells.extract"),
            trace("put into the wells", "#f07c00", "wells.charge"),
            trace("pavement collector", "#d9a400", "sol1.collector"), trace("snow melting", "#2266aa", "snow.melt"),
        ), stacked=False),
        Panel("Water", "m³/h", (
            trace("mains", "#2266aa", "water.mains"),
            trace("fresh water to the pools", "#72b7b2", "pool_main.makeup", "pool_therapy.makeup"),
            trace("hot water", "#c0392b", "tap.hot_water")), stacked=False),
    ]  # fmt: skip


def main() -> None:
    """Write docs/twin/energy.svg and seasons.svg, and print the table."""
    site, year = load_site(Path(sys.argv[1])), int(sys.argv[2])
    start, end = (datetime(y, 1, 1, tzinfo=site.zone).timestamp() for y in (year, year + 1))
    life = live(place_of(site), int(start) * SECOND_NS, round((end - start) / 3600), 1)
    picture = sankey.draw(f"Energy of the twin's {year}, MWh", energy.COLUMNS, energy.ribbons(life))
    (FOLDER / "energy.svg").write_text(picture, encoding="utf-8")
    drawn = seasons.draw(f"The twin's {year}, means of each day", start, panels(life))
    (FOLDER / "seasons.svg").write_text(drawn, encoding="utf-8")
    parts, heat = bands.heat_parts(life), bands.heat_kwh(life)
    listed = "\n".join(f"| {part.name} | {part.kwh / 1000:,.0f} | {100 * part.kwh / heat:.0f} % |" for part in parts)
    sys.stdout.write(bands.table(bands.bands(life)) + "\n| heat | MWh | share |\n|---|---:|---:|\n" + listed + "\n")


if __name__ == "__main__":
    main()
