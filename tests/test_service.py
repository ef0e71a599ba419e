"""From a controller's socket to a number on the wall: twin and service as processes, as their users run them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import apsw
import httpx
import pytest

from sdanlegg.historian.schema import FILE_NAME
from tests.support.holmen import holmen
from tests.support.service import ROOT, Running, Service, service, twin, until

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return holmen(tmp_path_factory.mktemp("hall"))


@pytest.fixture(scope="module")
def serving(hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with twin(hall, tmp_path_factory.mktemp("twin")) as run:
        yield run


@pytest.fixture(scope="module")
def up(hall: Path, serving: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(hall, tmp_path_factory.mktemp("service")) as s:
        until("the service is ready", lambda: s.ready() and all(d["state"] == "up" for d in s.devices().values()), 90)
        yield s


def test_every_point_of_the_hall_arrives(up: Service) -> None:
    points = up.get("/api/v1/points")
    values = up.values()
    assert len(points) >= 350
    assert {p["id"] for p in points} == set(values)
    missing = {k: v["reasons"] for k, v in values.items() if v["value"] is None and not v["text"]}
    assert not missing
    doubtful = {k: v["reasons"] for k, v in values.items() if v["quality"] == "uncertain"}
    assert not doubtful


def test_values_carry_unit_quality_and_age(up: Service) -> None:
    value = up.values("vp1")["vp1.supply_t"]
    assert value["unit"] == "°C"
    assert 0 <= value["age_s"] < 30
    assert value["t"].endswith("Z")


def test_opcua_values_carry_the_plcs_own_time(up: Service) -> None:
    assert any(v["source_t"] for v in up.values("filter_main").values())


def test_texts_arrive_as_texts(up: Service) -> None:
    assert up.values("pv_roof")["pv_roof.sn"]["text"]


def test_the_series_holds_what_was_accepted(up: Service) -> None:
    value = up.values("vp1")["vp1.supply_t"]
    seen = datetime.fromisoformat(value["t"])
    start, end = seen - timedelta(minutes=10), seen + timedelta(milliseconds=1)

    def stored() -> bool:
        series = up.get("/api/v1/series", point="vp1.supply_t", start=start.isoformat(), end=end.isoformat())
        at = dict(zip(series["t_ms"], series["v"][0], strict=True))
        return at.get(int(seen.timestamp() * 1000)) == pytest.approx(value["value"], rel=1e-6)

    until("the sample is in the history", stored, 30)


def test_the_foyer_shows_the_same_power(up: Service) -> None:
    def snapshot() -> dict:
        shot = httpx.get(f"{up.foyer}/energy.json", timeout=5).json()
        return shot if shot.get("coverage") == 1 else {}

    shot = until("a full snapshot", snapshot, 30)
    assert shot["in_kw"] == shot["out_kw"] > 0
    for direction in ("in", "out"):
        total = sum(f["kw"] for f in shot["flows"] if f["direction"] == direction)
        assert total == pytest.approx(shot["in_kw"], abs=0.05)
    assert httpx.get(f"{up.foyer}/", timeout=5).text.lstrip().lower().startswith("<!doctype html")
    assert httpx.get(f"{up.foyer}/api/v1/points", timeout=5).status_code == 404


def test_a_foyer_process_that_dies_is_started_again(hall: Path, serving: Running, tmp_path: Path) -> None:
    with service(hall, tmp_path) as s:
        until("the foyer answers", lambda: httpx.get(f"{s.foyer}/energy.json", timeout=5).status_code == 200, 60)
        found = subprocess.run(
            ["pgrep", "-f", str(tmp_path / "data" / "foyer")], capture_output=True, text=True, check=True
        )
        os.kill(int(found.stdout.split()[0]), signal.SIGKILL)
        until("its end is told", lambda: '"foyer_ended"' in s.run.text(), 15)
        until("it is back", lambda: httpx.get(f"{s.foyer}/energy.json", timeout=5).status_code == 200, 30)
        assert s.ready()
        s.run.stop()
        gone = subprocess.run(["pgrep", "-f", str(tmp_path / "data" / "foyer")], capture_output=True, check=False)
        assert gone.returncode == 1  # none is left behind


def test_both_pages_are_served_with_strict_policies(up: Service) -> None:
    for address in (up.api, up.foyer):
        response = httpx.get(f"{address}/", timeout=5)
        assert response.status_code == 200
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_metrics_name_every_device(up: Service) -> None:
    text = httpx.get(f"{up.api}/metrics", timeout=5).text
    for device in up.devices():
        assert f'sd_device_up{{device="{device}"}} 1.0' in text


def test_it_listens_on_this_machine_only(up: Service) -> None:
    port = int(up.api.rsplit(":", 1)[1])
    listening = subprocess.run(["ss", "-ltn"], capture_output=True, text=True, check=True).stdout
    assert f"127.0.0.1:{port}" in listening
    assert f"0.0.0.0:{port}" not in listening
    assert f"*:{port}" not in listening


def test_the_end_is_quick_and_loses_nothing(hall: Path, serving: Running, tmp_path: Path) -> None:
    with service(hall, tmp_path) as s:
        until("values", lambda: s.ready() and s.values("vp1")["vp1.supply_t"]["value"] is not None, 90)
        with httpx.stream("GET", f"{s.api}/api/v1/live", timeout=10) as stream:
            next(stream.iter_lines())
            last = s.values("vp1")["vp1.supply_t"]
            took = s.run.stop(signal.SIGTERM)
        assert took < 10
        assert s.run.process.returncode == 0, s.run.text()
        assert "Traceback" not in s.run.text()
    db = apsw.Connection(str(s.data_dir / FILE_NAME))
    assert db.execute("PRAGMA integrity_check").get == "ok"
    newest_ns = db.execute("SELECT max(t_ns) FROM reading").get
    assert newest_ns // 1_000_000 >= int(datetime.fromisoformat(last["t"]).timestamp() * 1000)


def run_verb(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sdanlegg", *(str(a) for a in arguments)]
    return subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL
    )


def test_a_port_in_use_is_named_and_nothing_is_started(hall: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run_verb("run", hall, "--port", str(port), "--data-dir", tmp_path / "data")
    assert result.returncode == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_second_service_on_the_same_data_is_refused(up: Service, hall: Path) -> None:
    result = run_verb("run", hall, "--port", "0", "--no-foyer", "--data-dir", up.data_dir)
    assert result.returncode == 1
    assert str(up.data_dir) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_hall_starts_nothing_and_names_every_finding(tmp_path: Path) -> None:
    broken = holmen(tmp_path)
    devices = broken / "devices.toml"
    devices.write_text(devices.read_text(encoding="utf-8").replace("every =", "evry =", 2), encoding="utf-8")
    for verb in (("check", broken), ("run", broken, "--data-dir", tmp_path / "data"), ("simulate", broken)):
        result = run_verb(*verb)
        output = result.stdout + result.stderr
        assert result.returncode == 1
        assert output.count("did you mean 'every'?") == 2
        assert "Traceback" not in output
    assert not (tmp_path / "data").exists()


def test_points_that_no_driver_can_read_are_found_before_anything_starts(tmp_path: Path) -> None:
    broken = holmen(tmp_path)
    sunspec = broken.parent / "catalogue" / "sunspec.csv"
    sunspec.write_text(sunspec.read_text(encoding="utf-8").replace("inverter.Hz", "inverter.Hertz"), encoding="utf-8")
    for verb in (("check", broken), ("run", broken, "--data-dir", tmp_path / "data")):
        result = run_verb(*verb)
        output = result.stdout + result.stderr
        assert result.returncode == 1
        assert "inverter.Hertz" in output
        assert "Traceback" not in output
    assert not (tmp_path / "data").exists()


def test_check_is_content_with_the_hall_and_probe_reads_it(up: Service, hall: Path) -> None:
    result = run_verb("check", hall)
    assert result.returncode == 0, result.stdout + result.stderr
    probed = run_verb("check", hall, "--probe")
    assert probed.returncode == 0, probed.stdout
    count = len(up.get("/api/v1/points"))
    assert f"{count} of {count} points read as they should" in probed.stdout


def test_probe_names_the_points_that_give_no_value(up: Service, hall: Path, tmp_path: Path) -> None:
    shutil.copytree(hall.parent, tmp_path / "config")
    devices = tmp_path / "config" / "holmen" / "devices.toml"
    devices.write_text(re.sub(r"(?m)^omit = .*\n", "", devices.read_text(encoding="utf-8")), encoding="utf-8")
    probed = run_verb("check", devices.parent, "--probe")
    assert probed.returncode == 1
    assert "pv_wall.v_ph_c: Solar cells, south wall gave no value (sensor)" in probed.stdout


def test_the_point_list_is_csv_with_tfm_names(hall: Path) -> None:
    result = run_verb("points", hall, "--format", "csv")
    assert result.returncode == 0
    header, *rows = result.stdout.splitlines()
    assert header.startswith("id,tfm,device")
    assert len(rows) >= 350
    assert any(row.startswith("vp1.supply_t,=320.001-RT") for row in rows)


def test_the_twins_ports_in_use_are_named(up: Service, hall: Path) -> None:
    result = run_verb("simulate", hall)
    assert result.returncode == 1
    assert "127.0.0.1:" in result.stderr
    assert "Traceback" not in result.stderr
