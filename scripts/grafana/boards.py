"""The dashboards as Grafana's JSON: panels with their places, variables, and the portfolio of all halls."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scripts.grafana.engines import INFLUX, VICTORIA, Engine, InfluxQl, MetricsQl
from scripts.grafana.hall import Json, Panel, Row, hall_rows

FOLDER: Final = Path(__file__).resolve().parents[2] / "config" / "grafana"
SCHEMA: Final = 39  # of Grafana 10.4 and newer, which bring older ones up to theirs
AREA: Final = "max by (site) (last_over_time(hall_water_area_m2[1y]))"


def grown(point: str, over: str) -> str:
    """What a counter of every hall grew."""
    device, _, name = point.partition(".")
    quantity = "volume" if name.endswith("m3") else "energy"
    return f'sum by (site) (increase({quantity}_value{{device="{device}",point="{name}"}}[{over}]))'


def portfolio(engine: MetricsQl) -> Row:
    """Every hall of the cluster beside the others."""

    def newest(title: str, text: str, unit: str = "none") -> Json:
        target = engine.target(f"sort_desc({text})", "{{site}}", instant=True) | {"refId": "A"}
        return engine.bare("bargauge", title, [target], unit, 12, 8)

    def course(title: str, text: str, unit: str, more: Json) -> Json:
        target = engine.target(text, "{{site}}") | {"refId": "A"} | more
        return engine.bare("timeseries", title, [target], unit, 12, 8)

    bought = grown("el_main.import_kwh", "1y")
    net = f"({bought} - ({grown('el_main.export_kwh', '1y')} or 0 * {bought}))"
    per_day = f"{grown('el_main.import_kwh', '1d')} / on (site) {AREA}"
    water = f"{grown('wm_mains.volume_m3', '30d')} / on (site) {AREA}"
    grid = 'sum by (site) (avg_over_time(power_value{device="el_main",point="p"}[$__interval]))'
    silent = "time() - max by (site) (tlast_over_time(hall_heartbeat[30d]))"
    return Row(
        "Alle haller / All halls",
        (
            newest(
                "Kjøpt strøm, kWh/m² vannflate, 12 md. / Bought, kWh per m² of water", f"{bought} / on (site) {AREA}"
            ),
            newest("Netto strøm, kWh/m² vannflate, 12 md. / Net, kWh per m² of water", f"{net} / on (site) {AREA}"),
            course("Kjøpt strøm, kWh/m² og døgn / Bought, kWh per m² and day", per_day, "none", {"interval": "1d"}),
            newest("Vann, m³/m² vannflate, 30 døgn / Water, m³ per m² of water", water),
            course("Strøm fra nettet / From the grid", grid, "kwatt", {}),
            newest("Siste livstegn / Last heartbeat", silent, "s"),
        ),
    )


def placed(engine: Engine, rows: Sequence[Row]) -> Iterator[Json]:
    """Panels with their places, from the top, left to right; each row begins with its heading."""
    number, y = 0, 0
    for row in rows:
        number += 1
        place = {"x": 0, "y": y, "w": 24, "h": 1}
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "panels": [], "gridPos": place}
        y += 1
        x = height = 0
        for panel in row.panels:
            made = engine.panel(panel) if isinstance(panel, Panel) else panel
            size = made["gridPos"]
            if x + size["w"] > 24:
                x, y, height = 0, y + height, 0
            number += 1
            yield {"id": number} | made | {"gridPos": {"x": x, "y": y, **size}}
            x, height = x + size["w"], max(height, size["h"])
        y += height


def variable(name: str, label: str, source: Json, query: str | Json) -> Json:
    """A choice that a query offers."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": source,
        "query": query,
        "definition": query if isinstance(query, str) else query["query"],
        "refresh": 2,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "current": {},
    }


def dashboard(uid: str, title: str, source: Json, variables: Sequence[Json], panels: Sequence[Json]) -> Json:
    """A whole dashboard."""
    choice = {
        "name": "datasource",
        "label": "Kilde / Source",
        "type": "datasource",
        "query": source["type"],
        "current": {},
    }
    return {
        "uid": uid,
        "title": title,
        "description": "Kopi av historikken; fasiten ligger i hallen. / A copy; the truth rests in the hall.",
        "tags": ["sd-anlegg"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [choice, *variables]},
        "annotations": {"list": []},
        "links": [],
        "panels": list(panels),
    }


def influx() -> Json:
    """One hall, from InfluxDB."""
    engine = InfluxQl()
    where = "WHERE \"site\" = '$site'"
    points = f'SHOW TAG VALUES WITH KEY = "point" {where} AND "device" = \'$device\''
    variables = (
        variable("site", "Hall", INFLUX, 'SHOW TAG VALUES FROM "hall" WITH KEY = "site"'),
        variable("device", "Enhet / Device", INFLUX, f'SHOW TAG VALUES WITH KEY = "device" {where}'),
        variable("point", "Punkt / Point", INFLUX, points),
    )
    return dashboard(
        "sdanlegg-hall", "Svømmehall / Swimming hall", INFLUX, variables, list(placed(engine, hall_rows(engine)))
    )


def victoria() -> Json:
    """Every hall beside the others, then one of them, from VictoriaMetrics."""
    engine = MetricsQl()

    def values(name: str, label: str, text: str) -> Json:
        return variable(name, label, VICTORIA, {"query": text, "refId": "A"})

    variables = (
        values("site", "Hall", "label_values(hall_heartbeat, site)"),
        values("device", "Enhet / Device", 'label_values({__name__=~".+_quality",site="$site"}, device)'),
        values("point", "Punkt / Point", 'label_values({__name__=~".+_quality",site="$site",device="$device"}, point)'),
    )
    rows = (portfolio(engine), *hall_rows(engine))
    return dashboard("sdanlegg-halls", "Svømmehaller / Swimming halls", VICTORIA, variables, list(placed(engine, rows)))


def files() -> dict[str, str]:
    """Text of each file, by name."""
    made = {"hall-influxql.json": influx(), "halls-victoriametrics.json": victoria()}
    return {name: json.dumps(content, ensure_ascii=False, indent=1) + "\n" for name, content in made.items()}
