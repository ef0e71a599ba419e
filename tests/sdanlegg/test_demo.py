"""The demo: live at once, its past behind it, no seam in what is counted, and a past that was cut goes on."""

import json
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from sdanlegg.run_past import PLAN
from tests.support.holmen import free_ports, holmen
from tests.support.service import Running, running, until

pytestmark = pytest.mark.timeout(500)
DAYS = 3
COUNTERS = ("el_main.import_kwh", "hm_condenser.energy_kwh", "wm_mains.volume_m3", "people.in_total", "pv_roof.wh_kwh")


def check_of_history(api: str) -> dict[str, Any] | None:
    checks = httpx.get(api + "/healthz/ready", timeout=10).json()["checks"]
    return next((check for check in checks if check["name"] == "history"), None)


def demo(folder: Path, hall: Path, ports: list[int], days: float) -> Any:
    options = ("--data-dir", folder / "data", "--port", str(ports[0]), "--foyer-port", str(ports[1]))
    return running(folder / "demo.log", "demo", hall, *options, "--days", str(days))


def plan(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "data" / PLAN).read_text(encoding="utf-8"))
    return found


def at(t_ns: int) -> datetime:
    return datetime.fromtimestamp(t_ns / 1e9, UTC)


def series(api: str, point: str, start: datetime, end: datetime, **more: str) -> list[float | None]:
    asked = {"point": point, "start": start.isoformat(), "end": end.isoformat(), **more}
    answer = httpx.get(api + "/api/v1/series", params=asked, timeout=30)
    assert answer.status_code == 200, answer.text
    values: list[float | None] = answer.json()["v"][0]
    return values


def test_the_past_fills_in_behind_and_goes_on_after_a_cut(tmp_path: Path) -> None:
    hall, ports = holmen(tmp_path), free_ports(2)
    api = f"http://127.0.0.1:{ports[0]}"
    with demo(tmp_path, hall, ports, DAYS) as run:
        first = until("the past is being written", lambda: check_of_history(api), 120)
        assert first["ok"] is True
        assert first["degraded"] is False
        assert 0.0 <= first["progress"] < 1.0
        end_early(run)
    assert plan(tmp_path)["written_ns"] < plan(tmp_path)["end_ns"]
    with demo(tmp_path, hall, ports, DAYS) as run:
        until("it is live", lambda: httpx.get(api + "/healthz/ready", timeout=5).status_code == 200, 120)
        until("the past is written", lambda: plan(tmp_path)["written_ns"] == plan(tmp_path)["end_ns"], 300)
        until("nothing is told any more", lambda: check_of_history(api) is None)
        start, seam = at(plan(tmp_path)["start_ns"]), at(plan(tmp_path)["end_ns"])
        for point in COUNTERS:
            assert_no_seam(api, point, seam)
        days = series(api, "el_main.p", start, seam, every="1d")
        assert [value is not None for value in days] == [True] * len(days)
        assert len(days) >= DAYS
        end_early(run)


def assert_no_seam(api: str, point: str, seam: datetime) -> None:
    """Counters never fall, and count across the seam about as much as they do around it."""
    around = series(api, point, seam - timedelta(hours=12), seam + timedelta(minutes=30))
    known = [value for value in around if value is not None]
    assert len(known) > 48 + 20
    steps = [b - a for a, b in pairwise(known)]
    assert min(steps) >= 0.0, point
    before = steps[:47]
    assert steps[47] <= 3.0 * max(before) + 0.5, (point, steps[40:55])


def end_early(run: Running) -> None:
    run.stop(signal.SIGINT, within_s=30)
