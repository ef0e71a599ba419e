"""The figures that a municipality compares its halls by, asked for as its page says, on the real engine."""

import json
import re
import time
import urllib.parse
import urllib.request
import uuid

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.mirrors.lines import Series, Template, heartbeat
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/operations/municipality.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^\*\*(.+?)\*\*[^\n]*\n\n```promql\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
HOUR_NS = 3600 * SECOND_NS
NOW_S = time.time_ns() // HOUR_NS * 3600
YEAR_H, DAYS = 8760, 420
T_S = NOW_S - 3600 * np.arange(DAYS * 24)[::-1]
IMPORT, EXPORT = (
    Series(f"el_main.{name}", "energy", "counter", "kWh", "432.001", is_wide=True)
    for name in ("import_kwh", "export_kwh")
)


class Hall:
    """A hall with the counters of its main meter at the instants at which it was read; NaN: it was not."""

    def __init__(self, area, bought, sold=None):
        self.area, self.bought, self.sold = area, bought, sold

    def lines(self, site):
        series, columns = (
            ([IMPORT], [self.bought]) if self.sold is None else ([IMPORT, EXPORT], [self.bought, self.sold])
        )
        known = ~np.isnan(self.bought)
        quality = np.zeros((int(known.sum()), len(series)), np.uint16)
        values = np.stack(columns, axis=1)[known]
        rendered = Template(site, series).render(T_S[known] * SECOND_NS, values, quality)
        beats = [heartbeat(site, int(t) * SECOND_NS, self.area) for t in (*T_S[known][::24], T_S[known][-1])]
        return [*rendered, *beats]


def grown(counter, hours):
    """What a counter grew over the last hours: a step down begins anew from 0; before the first reading is nothing."""
    known = np.flatnonzero(~np.isnan(counter))
    at_start = known[known < counter.size - hours]
    counted = counter[known[known >= (at_start[-1] if at_start.size else 0)]]
    steps = np.diff(counted)
    return float(np.where(steps < 0, counted[1:], steps).sum())


def halls():
    """A plain year; a hall that opened in it; a new meter; three weeks without news; one that sells."""
    random = np.random.default_rng(7)
    used = [np.cumsum(np.round(random.gamma(2.0, mean / 2.0, T_S.size), 2)) for mean in (190, 120, 90, 60, 250)]
    plain, young, swapped, silent, selling = used
    young = np.where(np.arange(T_S.size) < T_S.size - 150 * 24, np.nan, young + 5_268_541.31)
    swap = T_S.size - 100 * 24
    swapped = np.where(np.arange(T_S.size) < swap, swapped + 9e6, swapped - swapped[swap] + 3.25)
    silent[-60 * 24 : -39 * 24] = np.nan
    return {
        "plain": Hall(681.25, plain),
        "young": Hall(312.5, young),
        "swapped": Hall(250.0, swapped),
        "silent": Hall(412.5, silent),
        "selling": Hall(1050.0, selling, np.cumsum(np.round(random.gamma(1.0, 30.0, T_S.size), 2))),
    }


@pytest.fixture(scope="module")
def asked(victoria_server):
    """The halls in the engine, under names of this run's own; asks a query about them only."""
    mark = f"portfolio-{uuid.uuid4().hex}"
    lines = [line for name, hall in halls().items() for line in hall.lines(f"{mark}-{name}")]
    for i in range(0, len(lines), 20_000):
        body = b"\n".join(lines[i : i + 20_000])
        urllib.request.urlopen(f"{victoria_server.url}/api/v2/write", body, timeout=60).close()
    victoria_server.flush()

    def ask(query):
        only = {"extra_filters": f'{{site=~"{mark}-.*"}}', "nocache": "1", "time": NOW_S}
        form = urllib.parse.urlencode({"query": query, **only}).encode()
        with urllib.request.urlopen(f"{victoria_server.url}/api/v1/query", form, timeout=60) as answer:
            result = json.load(answer)["data"]["result"]
        return {row["metric"].get("site", "").removeprefix(f"{mark}-"): float(row["value"][1]) for row in result}

    return ask


def bought_a_m2(hours):
    return {name: grown(hall.bought, hours) / hall.area for name, hall in halls().items()}


def test_the_page_has_its_queries():
    assert len(QUERIES) == 6, list(QUERIES)


def test_bought_electricity_a_square_metre(asked):
    assert asked(QUERIES["Bought electricity"]) == pytest.approx(bought_a_m2(YEAR_H), rel=1e-9)


def test_last_month(asked):
    assert asked(QUERIES["The last 30 days"]) == pytest.approx(bought_a_m2(720), rel=1e-9)


def test_net_of_what_was_sold(asked):
    truth = bought_a_m2(YEAR_H)
    selling = halls()["selling"]
    truth["selling"] -= grown(selling.sold, YEAR_H) / selling.area
    assert asked(QUERIES["Net electricity"]) == pytest.approx(truth, rel=1e-9)


def test_the_whole_portfolio(asked):
    every = halls().values()
    truth = sum(grown(hall.bought, YEAR_H) for hall in every) / sum(hall.area for hall in every)
    assert asked(QUERIES["The municipality as one"]) == pytest.approx({"": truth}, rel=1e-9)


def test_the_hours_that_the_figure_rests_on(asked):
    covered = asked(QUERIES["How much of the year it rests on"])
    assert covered == pytest.approx(
        {"plain": 1.0, "young": 150 / 365, "swapped": 1.0, "silent": 344 / 365, "selling": 1.0}, abs=0.004
    )


def test_who_is_silent(asked):
    silent = asked(QUERIES["Silent halls"])
    assert set(silent) == set()
    later = re.sub(r"> \d+", "> -1", QUERIES["Silent halls"])
    assert asked(later).keys() == halls().keys()


def test_a_gap_over_the_beginning_is_told_of(asked):
    """The engine does not look for a reading before the gap: what was used in it is not in the figure."""
    hall = halls()["silent"]
    query = QUERIES["Bought electricity"].replace("[1y]", "[45d]")
    after = hall.bought[-39 * 24 :]
    assert asked(query)["silent"] * hall.area == pytest.approx(after[-1] - after[0], rel=1e-9)
    assert grown(hall.bought, 45 * 24) > after[-1] - after[0]
