"""The dashboards in config/grafana: what Grafana needs of them, and that each of their queries gives figures.

There is no Grafana here: its variables are put in as it would, and the real engines are asked.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import numpy as np
import pytest

from scripts.grafana.boards import FOLDER, files
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.mirrors import MirrorSettings
from sdanlegg.historian.mirrors.engines import open_mirror
from sdanlegg.historian.mirrors.lines import Series, Template, heartbeat
from sdanlegg.quality import RANGE, UNCERTAIN
from tests.support.holmen import CONFIG

BOARDS = {name: json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in files()}
INFLUX, VICTORIA = BOARDS["hall-influxql.json"], BOARDS["halls-victoriametrics.json"]
STEP_NS = 600 * SECOND_NS
END_NS = time.time_ns() // STEP_NS * STEP_NS
START_NS = END_NS - 4 * 86_400 * SECOND_NS
BATCH = 20_000


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def targets(board):
    return [(panel["title"], target) for panel in panels(board) for target in panel["targets"]]


def lines(site):
    """Four days of every point, ten minutes apart: counters grow, vp1 is uncertain in the last hour."""
    t_ns = np.arange(START_NS, END_NS, STEP_NS)
    step = np.arange(t_ns.size)[:, None]
    points = site.points
    lo, hi = np.maximum(points.lo, -1e6), np.minimum(points.hi, 1e6)
    values = np.where(points.is_counter, 1000.0 + step, lo + (hi - lo) * (0.5 + 0.1 * np.sin(step / 20)))
    quality = np.zeros(values.shape, np.uint16)
    quality[-6:, [column for id_, column in points.column.items() if id_.startswith("vp1.")]] = UNCERTAIN | RANGE
    template = Template(site.id, [Series.of(point) for point in points])
    return [heartbeat(site.id, int(t), site.water_area_m2) for t in t_ns] + template.render(t_ns, values, quality)


async def fill(settings):
    site = load_site(CONFIG / "holmen")
    rendered = lines(site)
    async with open_mirror(settings, site.id, site.points) as mirror:
        await mirror.prepare()
        for i in range(0, len(rendered), BATCH):
            await mirror.write(rendered[i : i + BATCH])


def ask(url, **params):
    try:
        with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(params)}", timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{params}: {error.read().decode()}") from error


def put_in(text, board):
    """The query with Grafana's variables, as its sources put them in."""
    span = f"time >= {START_NS // 10**6}ms and time <= {END_NS // 10**6}ms"
    known = {"timeFilter": span, "__interval": "10m", "site": "holmen", "device": "vp1", "point": "supply_t"}
    names = {variable["name"] for variable in board["templating"]["list"]} | {"timeFilter", "__interval"}
    assert set(re.findall(r"\$(\w+)", text)) - {"tag_device", "tag_point", "tag_unit"} <= names
    return re.sub(r"\$(\w+)", lambda m: known[m[1]], text)


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_the_file_is_what_its_maker_writes(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == files()[name], "run: python -m scripts.grafana"
    assert {path.name for path in FOLDER.glob("*.json")} == set(BOARDS)


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_a_board_has_what_grafana_needs(name):
    board = BOARDS[name]
    assert board["schemaVersion"] >= 36
    assert board["uid"]
    assert " / " in board["title"]  # bokmål first
    assert "id" not in board  # Grafana's own number
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids) > 20
    source = board["templating"]["list"][0]
    assert source["type"] == "datasource"
    kinds = {"row", "stat", "timeseries", "table", "bargauge"}
    for panel in board["panels"]:
        assert panel["type"] in kinds
        assert panel["title"]
    for panel in panels(board):
        assert panel["datasource"] == {"type": source["query"], "uid": "${datasource}"}
        assert panel["fieldConfig"]["defaults"]["unit"]
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


def overlapping(places):
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    return len(cells) != len(set(cells)) or any(p["x"] + p["w"] > 24 for p in places)


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_no_panel_lies_over_another(name):
    places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
    assert not overlapping(places)
    assert overlapping([*places, places[-1] | {"h": 1}])


def points_named(board):
    texts = [target.get("query") or target["expr"] for _, target in targets(board)]
    pairs = [
        re.findall(r'"?device"? ?= ?[\'"](\w+)[\'"],? ?(?:AND )?"?point"? ?= ?[\'"](\w+)[\'"]', text) for text in texts
    ]
    return {(f"{device}.{point}", text) for text, found in zip(texts, pairs, strict=True) for device, point in found}


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_every_point_named_is_in_the_hall_and_measured_as_said(name):
    points = {point.id: point for point in load_site(CONFIG / "holmen").points}
    named = points_named(BOARDS[name])
    assert len({id_ for id_, _ in named}) > 60
    assert {id_ for id_, _ in named} - points.keys() == set()
    for id_, text in named:
        assert re.search(rf'FROM "{points[id_].quantity}"|{points[id_].quantity}_value', text), text


@pytest.fixture(scope="module")
def influx_name():
    return f"grafana {uuid.uuid4().hex}"


@pytest.fixture
async def influx_url(influx_server, influx_name):
    settings = MirrorSettings("m", "influx", influx_server.url, influx_server.url, bucket=influx_name)
    await fill(settings)
    return f"{influx_server.inner_url}/query"


async def test_every_query_gives_figures_on_influxdb(influx_url, influx_name):
    def rows(text):
        result = ask(influx_url, db=influx_name, q=text)["results"][0]
        assert "error" not in result, (text, result)
        return [row for series in result.get("series", ()) for row in series["values"]]

    silent = []
    for title, target in targets(INFLUX):
        assert target["rawQuery"] is True
        text = put_in(target["query"], INFLUX)
        if not any(value is not None for row in rows(text) for value in row[1:]):
            silent.append((title, text))
    assert silent == []
    offered = {
        v["name"]: {row[1] for row in rows(put_in(v["query"], INFLUX))} for v in INFLUX["templating"]["list"][1:]
    }
    assert offered["site"] == {"holmen"}
    assert {"vp1", "el_main", "filter_main"} <= offered["device"]
    assert {"supply_t", "heat_kwh"} <= offered["point"]
    assert rows(f'SELECT "value" FROM "power" WHERE {put_in("$timeFilter", INFLUX)} AND "site" = \'nowhere\'') == []


async def test_every_query_gives_figures_on_victoriametrics(victoria_server):
    await fill(MirrorSettings("m", "victoria", victoria_server.url, victoria_server.url))
    victoria_server.flush()
    url = f"{victoria_server.url}/api/v1"

    def result(target):
        text = put_in(target["expr"], VICTORIA)
        span = {"start": START_NS // SECOND_NS, "end": END_NS // SECOND_NS, "step": target.get("interval", "10m")}
        instant = {"time": END_NS // SECOND_NS}
        path, span = ("query", instant) if target["instant"] else ("query_range", span)
        return ask(f"{url}/{path}", query=text, nocache=1, **span)["data"]["result"]

    silent = [(title, target["expr"]) for title, target in targets(VICTORIA) if not result(target)]
    assert silent == []
    for variable in VICTORIA["templating"]["list"][1:]:
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"])
        assert found is not None
        selector = put_in(found[1], VICTORIA)
        offered = ask(f"{url}/label/{found[2]}/values", **{"match[]": selector, "start": START_NS // SECOND_NS})["data"]
        assert {"site": "holmen", "device": "vp1", "point": "supply_t"}[variable["name"]] in offered
