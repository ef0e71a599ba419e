"""What the foyer tells of the balance: the API's figures of whole hours, with age and coverage; nothing made up."""

from dataclasses import replace
from typing import Any

import pytest

from sdanlegg.balance_ask import Question, ask
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.foyer_balance import Told, shown
from sdanlegg.historian.reader import LocalReader
from sdanlegg.run_balance import TodaysBalance
from sdanlegg.when import instant_ns
from tests.support.balanced import balanced
from tests.support.clocks import SetClock

NOON = "2025-03-30T12:20"


async def test_it_shows_what_the_api_tells_of_the_last_hour_and_of_today() -> None:
    made = balanced()
    clock = SetClock(instant_ns(NOON, made.site.zone))
    hour_ns, midnight = (instant_ns(t, made.site.zone) for t in ("2025-03-30T12:00", "2025-03-30"))
    async with LocalReader.open(made.data_dir) as reader:
        today = TodaysBalance(made.site, reader, clock)
        assert shown(today.told, clock.now_ns())["renewable_heat"] == {"now": None, "today": None}
        await today.look()
        told = await ask(reader, made.site, Question("kpis", midnight, hour_ns), clock)
    found = shown(today.told, clock.now_ns())["renewable_heat"]
    figure = next(kpi["figure"] for kpi in told["kpis"] if kpi["id"] == "renewable_share")
    assert found["today"]["value"] == pytest.approx(figure["value"] / 100, abs=1e-4)
    assert found["today"]["low"] <= found["today"]["value"] <= found["today"]["high"]
    assert found["today"]["start_ms"] == midnight // 1_000_000
    assert found["today"]["end_ms"] == found["now"]["end_ms"] == hour_ns // 1_000_000
    assert found["now"]["start_ms"] == (hour_ns - 3600 * SECOND_NS) // 1_000_000
    assert found["today"]["age_s"] == found["now"]["age_s"] == 20 * 60.0
    assert found["today"]["coverage"] > 0.9
    saved = shown(today.told, clock.now_ns())["saved_today"]
    assert saved["end_ms"] == hour_ns // 1_000_000
    known = [measure for measure in saved["measures"] if measure["heat"]["value"] is not None]
    assert known
    assert all(one["heat"]["low"] <= one["heat"]["value"] <= one["heat"]["high"] for one in known)


async def test_there_is_nothing_of_today_before_an_hour_is_over_and_nothing_of_a_hall_without_files() -> None:
    made = balanced()
    clock = SetClock(instant_ns("2025-03-31T00:20", made.site.zone))
    async with LocalReader.open(made.data_dir) as reader:
        today = TodaysBalance(made.site, reader, clock)
        await today.look()
        assert today.told.today is None
        assert shown(today.told, clock.now_ns())["renewable_heat"]["now"]["value"] is not None
        bare = TodaysBalance(replace(made.site, network=None), reader, clock)
        await bare.look()
    assert bare.told == Told()


async def test_a_history_that_cannot_be_read_leaves_nothing_shown() -> None:
    class Broken:
        async def latest(self, _points: Any) -> Any:
            raise StoreError("the disk is gone")

    made = balanced()
    today = TodaysBalance(made.site, Broken(), SetClock(instant_ns(NOON, made.site.zone)))  # type: ignore[arg-type]
    today.told = Told(now={"kpis": []})
    await today.look()
    assert today.told == Told()


def test_a_figure_that_is_not_known_is_null_with_coverage_0() -> None:
    figure = {"value": None, "low": None, "high": None, "unit": "%", "coverage": 0.0}
    answer = {
        "start": "2025-03-30T10:00:00Z",
        "end": "2025-03-30T11:00:00Z",
        "kpis": [{"id": "renewable_share", "figure": figure}],
    }
    found = shown(Told(now=answer, today={**answer, "kpis": []}), 1_743_332_460 * SECOND_NS)["renewable_heat"]
    assert found["now"]["value"] is None
    assert found["now"]["coverage"] == 0.0
    assert found["now"]["age_s"] == 60.0
    assert found["today"] is None
