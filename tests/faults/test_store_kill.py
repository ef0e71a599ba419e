"""The writing program is killed at random instants: what it was told is accepted must be in the history."""

import random
import subprocess
import sys
import time
from pathlib import Path

import apsw
import numpy as np
import pytest

from sdanlegg.historian.reader import LocalReader
from sdanlegg.quality import NO_SAMPLE
from tests.support.history import T0
from tests.support.history_writer import POINTS, numbered
from tests.support.tree import ROOT

LIVES = 20
STRIDE = 1_000_000  # no life writes so many


def live_and_die(folder: Path, acks: Path, first: int, honesty: str, seconds: float) -> None:
    """Run the writer until it has noted something and for the given time more, then kill it."""
    noted = acks.stat().st_size if acks.exists() else 0
    command = [sys.executable, "-m", "tests.support.history_writer", str(folder), str(acks), str(first), honesty]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while not acks.exists() or acks.stat().st_size == noted:
            assert process.poll() is None, "the writer ended by itself"
            assert time.monotonic() < deadline, "the writer noted nothing"
            time.sleep(0.005)
        time.sleep(seconds)
    finally:
        process.kill()
        process.wait()


def acknowledged(acks: Path) -> set[int]:
    return {int(line) for line in acks.read_text().split("\n")[:-1]}


async def stored(folder: Path) -> set[int]:
    """Numbers of the stored readings; each must have the values and qualities that its number gives it."""
    async with LocalReader.open(folder) as reader:
        frame = await reader.read(list(POINTS.column), T0, T0 + (LIVES + 1) * STRIDE)
    assert not (frame.quality == NO_SAMPLE).any()
    for t, values, quality in zip(frame.t_ns, frame.values, frame.quality, strict=True):
        sent = numbered(int(t) - T0)
        np.testing.assert_array_equal(values, sent.values)
        np.testing.assert_array_equal(quality, sent.quality)
    return {int(t) - T0 for t in frame.t_ns}


def assert_sound(folder: Path) -> None:
    connection = apsw.Connection(str(folder / "history.db"))
    assert connection.pragma("integrity_check") == "ok"
    connection.close()


async def test_no_accepted_reading_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    folder, acks, rng = tmp_path / "store", tmp_path / "acks", random.Random(20)
    for life in range(LIVES):
        live_and_die(folder, acks, life * STRIDE, "honest", rng.uniform(0.0, 0.3))
        assert_sound(folder)
    told = acknowledged(acks)
    assert len({i // STRIDE for i in told}) == LIVES
    assert told - await stored(folder) == set()


@pytest.mark.parametrize("lives", [3])
async def test_a_store_that_accepted_too_early_would_be_found_out(tmp_path: Path, lives: int) -> None:
    folder, acks = tmp_path / "store", tmp_path / "acks"
    for life in range(lives):
        live_and_die(folder, acks, life * STRIDE, "lying", 0.25)
    assert_sound(folder)
    assert acknowledged(acks) - await stored(folder)
