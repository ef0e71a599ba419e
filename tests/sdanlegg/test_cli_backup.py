"""The verbs backup and restore, as an operator uses them on the hall's own folder."""

import asyncio
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections import namedtuple

import numpy as np
import pytest
from click.testing import CliRunner

from sdanlegg import cli_backup
from sdanlegg.cli import main
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.backup import TOP
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.readings import Reading
from tests.support.disks import fill, small_disk
from tests.support.holmen import holmen
from tests.support.tree import ROOT

T0 = 1_770_000_000 * SECOND_NS
Usage = namedtuple("Usage", ["free"])


@pytest.fixture
def hall(tmp_path):
    """Holmen with a mirror and a secured OPC UA server, whose secrets stand beside its files."""
    folder = holmen(tmp_path, move_ports=False)
    for name in ("influx.token", "client.pem", "client.der", "server.der"):
        (folder / name).write_text(f"content of {name}")
    with (folder / "site.toml").open("a") as file:
        file.write(
            '\n[[mirror]]\nname = "m"\nkind = "influx"\nurl = "http://127.0.0.1:1"\ntoken_file = "influx.token"\n'
        )
    text = (folder / "devices.toml").read_text()
    head, _, tail = text.partition("[device.security]")
    secure = (
        '[device.security]\npolicy = "Basic256Sha256"\ncertificate_file = "client.der"\n'
        'private_key_file = "client.pem"\nserver_certificate_file = "server.der"\n'
    )
    (folder / "devices.toml").write_text(head + secure + tail.partition("\n\n")[2])
    return folder


@pytest.fixture
def data(tmp_path, hall):
    points = load_site(hall).points
    column = points.columns(["el_main.import_kwh"])

    async def write():
        async with LocalStore.open(tmp_path / "data", points) as store:
            await store.write(
                Reading("el_main", T0 + i * SECOND_NS, column, np.array([1e6 + i]), np.zeros(1, np.uint16))
                for i in range(100)
            )

    asyncio.run(write())
    return tmp_path / "data"


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def names(path):
    with tarfile.open(path) as tar:
        return {name.removeprefix(f"{TOP}/") for name in tar.getnames()}


def test_a_backup_has_the_hall_without_its_secrets(tmp_path, hall, data):
    out = tmp_path / "b.tar"
    done = call("backup", hall, "--data-dir", data, "-o", out)
    assert done.exit_code == 0, done.output
    assert "history of Holmen svømmehall as of" in done.stdout
    assert f"hold secrets; keep them elsewhere: {hall}/client.pem, {hall}/influx.token" in done.stdout
    for step in ("kopi / copy: done", "checking the copy", "arkiv / archive: done"):
        assert step in done.stderr
    own = ("site.toml", "devices.toml", "schedules.toml", "client.der", "server.der")
    wanted = {
        "history.db",
        "manifest.json",
        "SHA256SUMS",
        "config/catalogue/em340.csv",
        "config/factors/ns3720_eu.toml",
    }
    assert names(out) >= wanted | {f"config/holmen/{name}" for name in own}
    assert b"content of influx.token" not in out.read_bytes()
    assert b"content of client.pem" not in out.read_bytes()
    verified = call("restore", "--verify", out)
    assert verified.exit_code == 0, verified.output
    assert "b.tar is whole: history of holmen as of" in verified.stdout
    assert "100 reading" in verified.stdout


def test_a_hall_that_is_gone_is_restored(tmp_path, hall, data):
    out = tmp_path / "b.tar"
    assert call("backup", hall, "--data-dir", data, "-o", out).exit_code == 0
    shutil.rmtree(hall.parent)
    restored = call(
        "restore", out, "--data-dir", tmp_path / "new" / "data", "--config-dir", tmp_path / "new" / "config"
    )
    assert restored.exit_code == 0, restored.output
    assert f"restored {tmp_path}/new/data/history.db" in restored.stdout
    assert "influx.token" in restored.stdout
    new = tmp_path / "new" / "config" / "holmen"
    for name in ("influx.token", "client.pem"):
        (new / name).write_text("brought from elsewhere")
    assert call("check", new).exit_code == 0
    assert asyncio.run(energies(tmp_path / "new" / "data")) == [1e6 + i for i in range(100)]


async def energies(folder):
    async with LocalReader.open(folder) as reader:
        frame = await reader.read(["el_main.import_kwh"], T0, T0 + 200 * SECOND_NS)
    return frame.values[:, 0].tolist()


def test_what_is_there_is_never_replaced(tmp_path, hall, data):
    out = tmp_path / "b.tar"
    assert call("backup", hall, "--data-dir", data, "-o", out).exit_code == 0
    again = call("backup", hall, "--data-dir", data, "-o", out)
    assert (again.exit_code, "b.tar is there already" in again.stderr) == (1, True)
    for words in (["--data-dir", data], ["--data-dir", tmp_path / "new", "--config-dir", hall.parent]):
        before = (data / "history.db").read_bytes(), (hall / "site.toml").read_bytes()
        done = call("restore", out, *words)
        assert (done.exit_code, "is there already and is never replaced" in done.stderr) == (1, True)
        assert before == ((data / "history.db").read_bytes(), (hall / "site.toml").read_bytes())
    assert not (tmp_path / "new").exists()


def test_a_damaged_backup_is_refused_before_anything_is_written(tmp_path, hall, data):
    out = tmp_path / "b.tar"
    assert call("backup", hall, "--data-dir", data, "-o", out).exit_code == 0
    content = bytearray(out.read_bytes())
    content[5000] ^= 0xFF
    out.write_bytes(content)
    for words in (["--verify"], ["--data-dir", tmp_path / "new"]):
        done = call("restore", out, *words)
        assert done.exit_code == 1
        assert "b.tar: history.db is damaged" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", [[], ["--verify", "--data-dir", "new"]])
def test_restore_asks_where_to(tmp_path, words):
    done = call("restore", tmp_path / "b.tar", *words)
    assert (done.exit_code, done.stderr.startswith("sdanlegg: say --data-dir")) == (1, True)


def test_without_a_history_there_is_no_backup(tmp_path, hall):
    done = call("backup", hall, "--data-dir", tmp_path / "nothing", "-o", tmp_path / "b.tar")
    assert (done.exit_code, "there is no history in" in done.stderr) == (1, True)
    assert not (tmp_path / "b.tar").exists()


def test_too_small_a_disk_is_told_before_it_is_filled(tmp_path, hall, data):
    with small_disk(tmp_path / "disk", "256k") as disk:
        done = call("backup", hall, "--data-dir", data, "-o", disk / "b.tar")
        assert (done.exit_code, "choose another disk" in done.stderr) == (1, True)
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("size", ["64k", "300k"])
def test_a_disk_that_fills_meanwhile_is_told_and_nothing_is_left(tmp_path, hall, data, size, monkeypatch):
    """Others write to the disk as well: the look before proves nothing."""
    monkeypatch.setattr(cli_backup.shutil, "disk_usage", lambda _: Usage(1 << 40))
    needed = (data / "history.db").stat().st_size
    assert 65_536 < needed < 300_000 < 2 * needed  # the first has no room for the copy, the second none for the archive
    with small_disk(tmp_path / "disk", size) as disk:
        done = call("backup", hall, "--data-dir", data, "-o", disk / "b.tar")
        assert (done.exit_code, "the disk is full" in done.stderr) == (1, True)
        assert list(disk.iterdir()) == []
        fill(disk / "ballast")


def test_a_backup_that_is_ended_half_way_leaves_nothing(tmp_path, hall):
    points = load_site(hall).points
    columns = np.arange(len(points), dtype=np.int32)

    async def write():
        async with LocalStore.open(tmp_path / "data", points) as store:
            random = np.random.default_rng(1)
            await store.write(
                Reading("x", T0 + i, columns, random.random(columns.size), np.zeros(columns.size, np.uint16))
                for i in range(20_000)
            )

    asyncio.run(write())
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "sdanlegg", "backup", hall, "--data-dir", tmp_path / "data", "-o", out / "b.tar"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    while not list(out.iterdir()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert b"Traceback" not in errors
    assert list(out.iterdir()) == []
