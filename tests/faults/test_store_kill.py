"""The program that writes, seals, corrects and deletes is killed at random instants: what it was told holds."""

import random
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from sdanlegg.historian import corrections
from sdanlegg.historian.reader import LocalReader
from tests.support.nightly import times
from tests.support.numbered import assert_beginning, undone
from tests.support.tree import ROOT

LIVES = times(20, 200)


def live_and_die(folder: Path, acks: Path, mode: str, seconds: float) -> None:
    """Run the writer until it has noted something and for the given time more, then kill it."""
    noted = acks.stat().st_size if acks.exists() else 0
    command = [sys.executable, "-m", "tests.support.sealing_writer", str(folder), str(acks), mode]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while not acks.exists() or acks.stat().st_size == noted:
            assert process.poll() is None, "the writer ended by itself"
            assert time.monotonic() < deadline, "the writer noted nothing"
            time.sleep(0.005)
        time.sleep(seconds)
        assert process.poll() is None, "the writer ended by itself"
    finally:
        process.kill()
        process.wait()


def told(acks: Path) -> dict[str, set[int]]:
    """Numbers that were noted: r accepted readings, c corrections made, u corrections undone."""
    noted: dict[str, set[int]] = {"r": set(), "c": set(), "u": set()}
    for line in acks.read_text().split("\n")[:-1]:
        noted[line[0]].add(int(line[2:]))
    return noted


async def assert_kept(folder: Path, acks: Path) -> int:
    """The file is sound and has all that was told, once, and its tiers say what the samples say."""
    connection = apsw.Connection(str(folder / "history.db"))
    assert connection.pragma("integrity_check") == "ok"
    connection.close()
    noted = told(acks)
    async with LocalReader.open(folder) as reader:
        entries = await reader.ask(lambda connection, _: corrections.entries(connection))
        assert len(entries) > max(noted["c"], default=-1)
        for k in noted["u"]:
            assert undone(k)
            assert entries[k].undone_ns is not None
        return await assert_beginning(reader, max(noted["r"]) + 1)


@pytest.mark.timeout(60 + 10 * LIVES)
async def test_nothing_accepted_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    folder, acks, rng = tmp_path / "store", tmp_path / "acks", random.Random(20)
    count = 0
    for life in range(LIVES):
        live_and_die(folder, acks, "honest", rng.uniform(0.0, 0.4))
        if life % 10 == 9:
            before, count = count, await assert_kept(folder, acks)
            assert count > before
    noted = told(acks)
    assert noted["c"]
    assert noted["u"]
    async with LocalReader.open(folder) as reader:
        chunks = await reader.ask(lambda connection, _: connection.execute("SELECT count(*) FROM chunk").get)
        raw_from = await reader.ask(lambda c, _: c.execute("SELECT value FROM fact WHERE name = 'raw_from_ns'").get)
    assert chunks > 0
    assert raw_from is not None  # old samples went in those lives too


@pytest.mark.parametrize("mode", ["lying", "torn"])
async def test_without_the_guard_the_loss_would_be_seen(tmp_path: Path, mode: str) -> None:
    """lying: accepted is told before it is synced. torn: sealing is not one transaction."""
    folder, acks = tmp_path / "store", tmp_path / "acks"
    for _ in range(12):
        live_and_die(folder, acks, mode, 0.25)
        try:
            await assert_kept(folder, acks)
        except AssertionError:
            return
    pytest.fail("nothing was found missing")
