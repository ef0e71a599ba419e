"""The balance over HTTP: the real hall, its twin's readings in a real store, a real socket."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from api import balance as routes
from api.balance_schemas import Answered, Balance, EtCurveInfo, Kpis, Savings
from api.problems import PROBLEM_TYPE
from sdanlegg import balance_ask
from sdanlegg.cli import main
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.site import Scene, Site
from tests.support.api_hall import serving, strict_json
from tests.support.balanced import FIRST, HOLMEN, LAST, balanced, place

DAYS = {"start": "2025-03-29T00:00:00+01:00", "end": "2025-04-01T00:00:00+02:00"}
DAY = {"start": "2025-03-30T00:00:00+01:00", "end": "2025-03-31T00:00:00+02:00"}  # 23 hours
MODELS: dict[str, type[Answered]] = {"balance": Balance, "kpis": Kpis, "savings": Savings, "et-curve": EtCurveInfo}


@asynccontextmanager
async def client_of(change: Callable[[Site], Site] = lambda site: site) -> AsyncIterator[httpx.AsyncClient]:
    made = balanced()
    async with LocalReader.open(made.data_dir) as reader, serving(place(change(made.site), reader)) as client:
        yield client


async def asked(client: httpx.AsyncClient, what: str, **params: str) -> dict[str, Any]:
    response = await client.get(f"/api/v1/{what}", params=params, timeout=240)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = strict_json(response)
    MODELS[what].model_validate_json(response.content)
    return found


def written(tmp_path: Path, name: str, *options: str) -> Any:
    """What the verb writes for the three days."""
    out = tmp_path / f"{name}.out"
    args = ["report", name, str(HOLMEN), "--from", FIRST, "--to", LAST, "-o", str(out), "--force"]
    result = CliRunner().invoke(main, [*args, "--data-dir", str(balanced().data_dir), *options])
    assert result.exit_code == 0, result.output
    return out.read_text(encoding="utf-8")


def figures_of(node: Any) -> list[dict[str, Any]]:
    """Every figure in an answer."""
    if isinstance(node, dict):
        own = [node] if set(node) == {"value", "low", "high", "unit", "coverage"} else []
        return own + [found for value in node.values() for found in figures_of(value)]
    return [found for value in node for found in figures_of(value)] if isinstance(node, list) else []


async def test_every_answer_tells_its_period_and_every_figure_its_interval() -> None:
    async with client_of() as client:
        for what in MODELS:
            found = await asked(client, what, **DAYS)
            assert (found["start"], found["end"]) == ("2025-03-28T23:00:00Z", "2025-03-31T22:00:00Z")
            assert found["confidence"] == 0.95
            assert found["age_s"] > 0
            for figure in figures_of(found):
                if figure["value"] is None:
                    assert (figure["low"], figure["high"], figure["coverage"]) == (None, None, 0.0)
                else:
                    assert figure["low"] <= figure["value"] <= figure["high"]
                    assert 0.0 < figure["coverage"] <= 1.0
    assert len(figures_of(found)) == 0  # the ET-kurve's interval is its band


def test_the_verb_and_the_api_give_the_same_figures_to_the_last_digit(tmp_path: Path) -> None:
    passing = {"generated", "age_s", "report", "site"}

    async def online() -> list[dict[str, Any]]:
        async with client_of() as client:
            return [await asked(client, what, **DAYS) for what in ("kpis", "balance", "savings", "et-curve")]

    kpis, flows, saved, curve = asyncio.run(online())
    report = json.loads(written(tmp_path, "energy"))
    assert {k: v for k, v in report.items() if k not in passing} == {
        k: v for k, v in (kpis | flows).items() if k not in passing
    }
    for name, found in (("savings", saved), ("et-curve", curve)):
        report = json.loads(written(tmp_path, name))
        assert {k: v for k, v in report.items() if k not in passing} == {
            k: v for k, v in found.items() if k not in passing
        }
    assert kpis["kpis"][0]["figure"]["value"] > 2.0


async def test_days_add_up_to_their_period() -> None:
    async with client_of() as client:
        whole = (await asked(client, "balance", **DAYS))["intervals"]
        days = (await asked(client, "balance", **DAYS, every="1d"))["intervals"]
        months = (await asked(client, "balance", **DAYS, every="1mo"))["intervals"]
        hours = (await asked(client, "balance", **DAY, every="1h"))["intervals"]
    assert (len(whole), len(days), len(months), len(hours)) == (1, 3, 1, 23)
    assert months == whole
    known = 0
    for i, flow in enumerate(whole[0]["flows"]):
        parts = [day["flows"][i]["figure"]["value"] for day in days]
        if flow["figure"]["value"] is None:
            assert None in parts
        else:
            known += 1
            assert sum(parts) == pytest.approx(flow["figure"]["value"], rel=1e-9, abs=1e-9)
    assert known > 100
    assert days[1]["start"] == hours[0]["start"] == "2025-03-29T23:00:00Z"
    assert days[1]["end"] == hours[-1]["end"] == "2025-03-30T22:00:00Z"


async def test_what_history_does_not_have_is_null_with_coverage_0(tmp_path: Path) -> None:
    site = balanced().site
    async with client_of() as client:
        for what in MODELS:
            found = await asked(client, what, start="2024-01-01T00:00:00Z", end="2024-02-01T00:00:00Z")
            known = [figure for figure in figures_of(found) if figure["value"] not in (None, 0.0)]
            assert all(figure["unit"] == "NOK" for figure in known), "what is fixed is paid all the same"
    async with LocalStore.open(tmp_path, site.points) as store, serving(place(site, store)) as client:
        found = await asked(client, "kpis", **DAYS)
        assert found["age_s"] is None
        assert all(kpi["figure"]["value"] is None for kpi in found["kpis"])
        found = await asked(client, "et-curve", **DAYS)
        assert found["line"] is None
        assert [point["kwh"] for point in found["points"]] == [None] * 3
        balance = await asked(client, "balance", **DAYS)
        raw = [flow["raw"] for flow in balance["intervals"][0]["flows"] if flow["how"] == "measured"]
        assert set(raw) == {None}


@pytest.mark.parametrize(
    ("what", "params", "field", "words"),
    [
        ("kpis", {**DAYS, "end": "2025-03-29T00:00:00+01:00"}, "end", "later than start"),
        ("kpis", {**DAYS, "end": "2026-06-29T00:00:00+01:00"}, "end", "400 days at most"),
        ("kpis", {"start": "2098-01-01T00:00:00Z", "end": "2098-02-01T00:00:00Z"}, "start", "no whole hour"),
        ("kpis", {**DAYS, "start": "1999-01-01T00:00:00Z"}, "start", "must lie between"),
        ("kpis", {**DAYS, "every": "1d"}, "every", "no parameter"),
        ("kpis", {"start": "2025-03-29", "end": DAYS["end"]}, "start", "offset"),
        ("kpis", {}, "start", "required"),
        ("balance", {**DAYS, "every": "5min"}, "every", "1h"),
        ("balance", {**DAYS, "end": "2025-04-21T00:00:00Z", "every": "1h"}, "every", "intervals"),
        ("savings", {**DAYS, "point": "x"}, "point", "no parameter"),
        ("et-curve", {**DAYS, "kind": "straight"}, "kind", "linear"),
        ("et-curve", {**DAYS, "by": "month"}, "by", "day"),
    ],
)
async def test_a_question_that_cannot_be_met_is_refused_in_words(
    what: str, params: dict[str, str], field: str, words: str
) -> None:
    async with client_of() as client:
        response = await client.get(f"/api/v1/{what}", params=params)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == PROBLEM_TYPE
    problem = strict_json(response)
    assert problem["errors"][0]["field"] == field
    assert words in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("what", "change", "words"),
    [
        ("balance", {"network": None}, "balance.toml"),
        ("kpis", {"plan": None}, "kpis.toml"),
        ("savings", {"measures": None}, "measures.toml"),
        ("et-curve", {"scene": Scene()}, "outdoor"),
    ],
)
async def test_what_the_halls_files_do_not_say_is_named(what: str, change: dict[str, Any], words: str) -> None:
    async with client_of(lambda site: replace(site, **change)) as client:
        response = await client.get(f"/api/v1/{what}", params=DAYS)
    assert response.status_code == 404, response.text
    problem = strict_json(response)
    assert problem["type"] == "urn:sdanlegg:problem:not-configured"
    assert words in problem["detail"]


async def test_a_history_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    made = place(balanced().site, None)  # type: ignore[arg-type]
    made.history.broken = "the disk is gone"
    async with serving(made) as client:
        response = await client.get("/api/v1/kpis", params=DAYS)
    assert response.status_code == 503
    assert strict_json(response)["type"] == "urn:sdanlegg:problem:store-unavailable"


async def test_nobody_waits_while_a_long_question_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, real = threading.Event(), threading.Event(), balance_ask.answer

    def slow(*args: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return real(*args)

    monkeypatch.setattr(balance_ask, "answer", slow)
    monkeypatch.setattr(routes, "ANSWER_S", 0.5)
    async with client_of() as client:
        response = await client.get("/api/v1/kpis", params=DAY)
        assert begun.is_set()
        assert response.status_code == 503
        assert strict_json(response)["type"] == "urn:sdanlegg:problem:too-slow"
        assert (await client.get("/healthz/live")).status_code == 200
        go_on.set()
        monkeypatch.setattr(routes, "ANSWER_S", 60.0)
        await asked(client, "kpis", **DAY)


def test_a_report_as_a_table(tmp_path: Path) -> None:
    rows = written(tmp_path, "energy", "--format", "csv").splitlines()
    assert rows[0] == "start,end,part,id,nb,en,quantity,value,low,high,unit,coverage,note"
    assert {row.split(",")[2] for row in rows[1:]} == {"kpi", "post", "carrier", "cost", "flow", "node"}
    assert "nan" not in "".join(rows).lower().replace("finans", "")
    assert len(written(tmp_path, "et-curve", "--format", "csv").splitlines()) == 4
    saved = written(tmp_path, "savings", "--format", "csv").splitlines()
    assert {row.split(",")[2] for row in saved[1:]} == {"measure"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["month", "--from", FIRST, "--to", LAST], "cannot be made yet"),
        (["futurebuilt", "--from", FIRST, "--to", LAST], "cannot be made yet"),
        (["energy", "--from", FIRST, "--to", LAST, "--format", "pdf"], "pdf"),
        (["energy", "--from", LAST, "--to", FIRST], "--to"),
        (["energy", "--from", "2098-01-01", "--to", "2098-02-01"], "--from"),
        (["energy", "--from", "yesterday", "--to", LAST], "not a date"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused_in_a_sentence(args: list[str], words: str, tmp_path: Path) -> None:
    name, *rest = args
    out = tmp_path / "x"
    given = ["report", name, str(HOLMEN), *rest, "-o", str(out), "--data-dir", str(balanced().data_dir)]
    result = CliRunner().invoke(main, given)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output
    assert not out.exists()


def test_a_report_of_a_folder_without_history_is_refused(tmp_path: Path) -> None:
    given = ["report", "energy", str(HOLMEN), "--from", FIRST, "--to", LAST, "-o", str(tmp_path / "x")]
    result = CliRunner().invoke(main, [*given, "--data-dir", str(tmp_path)])
    assert result.exit_code != 0
    assert "there is no history" in result.output
