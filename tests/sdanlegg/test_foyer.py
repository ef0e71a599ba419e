import json
import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.foyer import Start, midnight_ns, next_midnight_ns, snapshot, write_atomically
from sdanlegg.live import Live
from sdanlegg.points import PointTable
from sdanlegg.site import Flow, Name, Shown, Site, StoreSettings, WebSettings
from tests.support.hall import T0, Source, core_point, table

OSLO = ZoneInfo("Europe/Oslo")
NAME = Name("Navn", "Name")
HOUR = 3600


def kwh(id_: str):
    return core_point(id_, kind="counter", quantity="energy", unit="kWh", high=1e9, period_s=60)


def points() -> PointTable:
    return table(
        core_point("d.pv"),
        kwh("d.pv_kwh"),
        core_point("d.grid"),
        kwh("d.import_kwh"),
        kwh("d.export_kwh"),
        core_point("d.pool"),
        kwh("d.pool_kwh"),
        core_point("d.t", quantity="temperature", unit="°C"),
    )


def site(table_: PointTable) -> Site:
    def flow(id_: str, direction, power: str, energy: str, *, renewable: bool = False) -> Flow:
        return Flow(id_, NAME, direction, "electricity", renewable, (power,), (energy,))

    return Site(
        id="hall",
        name=NAME,
        folder=Path(),
        zone=OSLO,
        latitude=0,
        longitude=0,
        water_area_m2=1,
        opening={},
        devices=(),
        points=table_,
        flows=(
            flow("pv", "in", "d.pv", "d.pv_kwh", renewable=True),
            flow("grid_import", "in", "d.grid", "d.import_kwh"),
            flow("grid_export", "out", "-d.grid", "d.export_kwh"),
            flow("pool", "out", "d.pool", "d.pool_kwh"),
        ),
        shown=(Shown("d.t", NAME),),
        store=StoreSettings(Path()),
        web=WebSettings(),
    )


def shot(pv: float, grid: float, pool: float, starts: dict[str, Start] | None = None, age_s: float = 0, now: int = T0):
    table_ = points()
    live = Live(table_)
    live.apply(Source(table_, "d").at((now - T0) / SECOND_NS - age_s, pv, 110, grid, 520, 30, pool, 205, 28.1))
    return snapshot(site(table_), live.view(now), starts or {}, midnight_ns(now, OSLO), "1.0")


def bars(s) -> dict[str, dict]:
    return {bar["id"]: bar for bar in s["flows"]}


def test_what_the_meters_do_not_explain_is_a_bar_of_its_own() -> None:
    s = shot(pv=40, grid=60, pool=70)
    assert s["in_kw"] == s["out_kw"] == 100
    assert bars(s)["unmeasured"]["direction"] == "out"
    assert bars(s)["unmeasured"]["kw"] == 30
    assert s["renewable_share"] == 0.4
    assert bars(shot(pv=10, grid=20, pool=70))["unmeasured"]["direction"] == "in"


def test_a_meter_with_a_sign_fills_one_bar_and_empties_the_other() -> None:
    s = bars(shot(pv=90, grid=-20, pool=70))
    assert (s["grid_import"]["kw"], s["grid_export"]["kw"]) == (0, 20)
    assert "unmeasured" not in s


def test_a_missing_sensor_is_none_and_the_headline_speaks_of_what_is_measured() -> None:
    s = shot(pv=40, grid=60, pool=math.nan)
    assert bars(s)["pool"]["kw"] is None
    assert bars(s)["pool"]["quality"] == "bad"
    assert s["renewable_share"] == 0.4
    assert s["coverage"] == 0.75
    assert s["in_kw"] == 100
    assert shot(pv=math.nan, grid=0, pool=math.nan)["renewable_share"] is None


def test_nothing_read_is_none_everywhere() -> None:
    table_ = points()
    s = snapshot(site(table_), Live(table_).view(T0), {}, midnight_ns(T0, OSLO), "1.0")
    assert s["in_kw"] is s["out_kw"] is s["renewable_share"] is s["data_t_ms"] is None
    assert s["coverage"] == 0
    assert all(bar["kw"] is None and bar["age_s"] is None for bar in s["flows"])
    assert s["values"][0]["value"] is None


def test_old_values_lose_their_quality_and_then_their_figure() -> None:
    assert bars(shot(40, 60, 70, age_s=20))["pv"]["quality"] == "uncertain"
    old = shot(40, 60, 70, age_s=120)
    assert bars(old)["pv"]["kw"] is None
    assert old["in_kw"] is None


def test_today_is_the_counter_since_its_first_reading_today() -> None:
    midnight = midnight_ns(T0, OSLO)
    starts = {"d.pv_kwh": Start(100, midnight + 60 * SECOND_NS), "d.import_kwh": Start(500, midnight - 60 * SECOND_NS)}
    s = bars(shot(40, 60, 70, starts))
    assert (s["pv"]["today_kwh"], s["pv"]["today_coverage"]) == (10, 1)
    assert (s["grid_import"]["today_kwh"], s["grid_import"]["today_coverage"]) == (20, 1)
    assert (s["pool"]["today_kwh"], s["pool"]["today_coverage"]) == (None, 0)


def test_a_counter_that_began_late_tells_which_part_of_the_day_it_covers() -> None:
    midnight = midnight_ns(T0, OSLO)
    late = midnight + (T0 - midnight) // 4
    s = bars(shot(40, 60, 70, {"d.pv_kwh": Start(100, late)}))
    assert s["pv"]["today_kwh"] == 10
    assert s["pv"]["today_coverage"] == pytest.approx(0.75, abs=0.001)


def test_a_counter_with_a_minus_is_taken_off_the_day() -> None:
    table_, live = points(), Live(points())
    live.apply(Source(table_, "d").at(0, 40, 110, 60, 520, 30, 70, 205, 28.1))
    base, midnight = site(table_), midnight_ns(T0, OSLO)
    flow = Flow("net", NAME, "in", "heat", True, ("d.pv",), ("d.import_kwh", "-d.pv_kwh"))
    starts = {"d.pv_kwh": Start(105, midnight), "d.import_kwh": Start(500, midnight)}
    s = snapshot(replace(base, flows=(flow,)), live.view(T0), starts, midnight, "1.0")
    assert bars(s)["net"]["today_kwh"] == 15


def test_a_counter_that_fell_gives_no_figure_for_the_day() -> None:
    s = bars(shot(40, 60, 70, {"d.pv_kwh": Start(111, midnight_ns(T0, OSLO))}))
    assert s["pv"]["today_kwh"] is None


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24), ("2026-12-31", 24)]
)
def test_days_are_local_and_may_have_23_or_25_hours(day: str, hours: int) -> None:
    noon = int(datetime.fromisoformat(day + "T12:00").replace(tzinfo=OSLO).timestamp()) * SECOND_NS
    start, end = midnight_ns(noon, OSLO), next_midnight_ns(noon, OSLO)
    assert (end - start) // (HOUR * SECOND_NS) == hours
    assert midnight_ns(start, OSLO) == start
    assert midnight_ns(end - 1, OSLO) == start


reals = st.one_of(st.just(math.nan), st.floats(-900, 900))


@given(reals, reals, reals)
def test_in_equals_out_and_json_never_fails(pv: float, grid: float, pool: float) -> None:
    s = shot(pv, grid, pool)
    json.dumps(s, allow_nan=False)
    for direction in ("in", "out"):
        known = [bar["kw"] for bar in s["flows"] if bar["direction"] == direction and bar["kw"] is not None]
        if s["in_kw"] is not None:
            assert sum(known) == pytest.approx(s[f"{direction}_kw"], abs=0.01)
    assert all(bar["kw"] is None or bar["kw"] >= 0 for bar in s["flows"])


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "foyer" / "energy.json"
    write_atomically(path, {"a": 1})
    held = path.open(encoding="utf-8")
    write_atomically(path, {"a": 2})
    assert json.loads(held.read()) == {"a": 1}
    held.close()
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 2}
    assert [p.name for p in path.parent.iterdir()] == ["energy.json"]
