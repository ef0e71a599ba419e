"""The verb: what it writes, what it says, and what it leaves behind when it cannot."""

import asyncio
import csv
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sdanlegg.cli import main
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.quality import GOOD
from sdanlegg.readings import Reading
from sdanlegg.when import instant_ns
from tests.support.disks import small_disk
from tests.support.holmen import CONFIG
from tests.support.tree import ROOT

HOLMEN = CONFIG / "holmen"
COUNTER, POWER = "el_main.import_kwh", "el_main.p"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """An hour of the main meter, 10 s apart, from the morning of 1 February."""
    folder = tmp_path_factory.mktemp("data")
    site = load_site(HOLMEN)
    columns = site.points.columns([COUNTER, POWER])
    start_ns = instant_ns("2026-02-01T06:00", site.zone)

    async def fill():
        async with LocalStore.open(folder, site.points) as store:
            await store.write(
                Reading("el_main", start_ns + i * 10 * SECOND_NS, columns, np.array([1e6 + i / 100, i % 7]), good)
                for i in range(360)
            )

    good = np.full(2, GOOD, np.uint16)
    asyncio.run(fill())
    return folder


@pytest.fixture
def export(data, tmp_path, monkeypatch):
    """Run the verb in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words, start="2026-02-01", end="2026-02-02"):
        command = ["export", str(HOLMEN), "--data-dir", str(data), "--from", start, "--to", end, *words]
        return CliRunner().invoke(main, command)

    return call


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_day_of_samples(export, tmp_path):
    done = export("--points", COUNTER, "-o", "x.csv")
    assert (done.exit_code, done.stdout) == (0, "x.csv: 360 rows of 1 points\n")
    assert "eksport / export: done" in done.stderr
    rows = table(tmp_path / "x.csv")
    assert [row["value"] for row in rows] == [f"{1e6 + i / 100:.12g}" for i in range(360)]
    assert rows[0]["time"] == "2026-02-01T06:00:00.000000000+01:00"
    assert {row["unit"] for row in rows} == {"kWh"}


def test_clock_times_patterns_and_the_default_name(export, tmp_path):
    done = export("--points", "el_main.*", "--points", POWER, start="2026-02-01T06:10", end="2026-02-01T05:20Z")
    assert done.exit_code == 0, done.output
    rows = table(tmp_path / "holmen_2026-02-01T0610_2026-02-01T0520Z.csv")
    assert {row["point"] for row in rows} == {POWER, COUNTER}
    assert len(rows) == 2 * 60


def test_every_point_by_the_hour_as_parquet(export, tmp_path):
    done = export("--every", "1h", "--format", "parquet", start="2026-02-01T05:00", end="2026-02-01T07:00")
    assert done.exit_code == 0, done.output
    found = pq.read_table(tmp_path / "holmen_2026-02-01T0500_2026-02-01T0700_1h.parquet").to_pylist()
    points = load_site(HOLMEN).points
    assert [row["point"] for row in found] == [point.id for point in points] * 2
    assert [row["value"] for row in found if row["point"] == COUNTER] == [None, 1e6 + 3.59]
    assert {row["severity"] for row in found if row["point"] != COUNTER} == {"none", "good"}


@pytest.mark.parametrize(
    ("words", "span", "says"),
    [
        (["--points", "el_main.improt_kwh"], (), "no point 'el_main.improt_kwh'; did you mean 'el_main.import_kwh'?"),
        ([], ("2026-02-02", "2026-02-01"), "--from 2026-02-02 is not before --to 2026-02-01"),
        ([], ("soon", "2026-02-01"), "'soon' is not a date or a time"),
        ([], ("2026-03-29T02:30", "2026-04-01"), "skips"),
        ([], ("2025-02-01", "2025-03-01"), "it goes from 2026-02-01T06:00:00+01:00 to 2026-02-01T06:59:50+01:00"),
        (["--points", "vp1.*"], ("2026-02-01", "2026-02-02"), "the history has nothing of these points"),
        (["--points", "vp1.*", "--every", "1d"], ("2026-02-01", "2026-02-02"), "has nothing of these points"),
        (["-o", "nowhere/x.csv"], ("2026-02-01", "2026-02-02"), "there is no folder nowhere"),
        (["--data-dir", "."], ("2026-02-01", "2026-02-02"), "there is no history in"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence_and_leaves_nothing(export, tmp_path, words, span, says):
    done = export(*words, **dict(zip(("start", "end"), span, strict=False)))
    assert done.exit_code == 1
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_told(export, tmp_path):
    (tmp_path / "x.csv").write_text("mine")
    done = export("-o", "x.csv")
    assert (done.exit_code, done.stderr) == (1, "sdanlegg: x.csv is there already: --force replaces it\n")
    assert (tmp_path / "x.csv").read_text() == "mine"
    assert export("-o", "x.csv", "--force").exit_code == 0
    assert len(table(tmp_path / "x.csv")) == 720


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_full_disk_is_told_and_nothing_is_left(export, tmp_path, kind):
    with small_disk(tmp_path / "disk", "4k") as disk:
        done = export("-o", str(disk / "x"), "--format", kind)
        assert (done.exit_code, list(disk.iterdir())) == (1, [])
        assert "the disk is full" in done.stderr


def test_beside_a_writer_and_ended_half_way(tmp_path):
    """The rows of a running service are there as soon as they are accepted; a signal leaves nothing behind."""
    data, out = tmp_path / "data", tmp_path / "out"
    out.mkdir()
    writer = [sys.executable, "-m", "tests.support.history_writer", data, tmp_path / "acks", "0", "honest"]
    command = [sys.executable, "-m", "sdanlegg", "export", HOLMEN, "--data-dir", data]
    command += ["--from", "2025-06-15", "--to", "2025-06-16", "-o", out / "x.csv"]
    with subprocess.Popen(writer, cwd=ROOT) as running:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "acks").exists() or len((tmp_path / "acks").read_text().split("\n")) < 20_000:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            known = {int(line) for line in (tmp_path / "acks").read_text().split("\n")[:-1]}
            ended = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
            while not list(out.iterdir()):
                assert ended.poll() is None, ended.communicate()
                time.sleep(0.001)
            ended.send_signal(signal.SIGTERM)
            errors = ended.communicate(timeout=60)[1]
            assert ended.returncode in {128 + signal.SIGTERM, 0}, errors
            assert [path.name for path in out.iterdir()] in ([], ["x.csv"])
            assert b"Traceback" not in errors
            done = subprocess.run([*command, "--force"], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        finally:
            running.kill()
    energies = {float(row["value"]) for row in table(out / "x.csv") if row["point"] == "a.e_kwh"}
    assert {i + 0.25 for i in known} <= energies
