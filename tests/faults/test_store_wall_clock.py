"""The real service while the machine's wall clock is set an hour back and forth under it: libfaketime, real sockets."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.historian.reader import LocalReader
from sdanlegg.quality import BAD, CLOCK, GOOD
from tests.support.counting_hall import COUNTERS, METERS, Meters, folder, meters
from tests.support.history import series
from tests.support.service import Service, service, until
from tests.support.truth import MINUTE, Sample

LIBRARY = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / "libfaketimeMT.so.1"


async def stored(data: Path, start_ns: int, end_ns: int, every: int | None) -> dict[str, list[Sample]]:
    async with LocalReader.open(data) as reader:
        frame = await reader.read(list(COUNTERS), start_ns, end_ns, every)
    return {id_: series(frame, id_) for id_ in COUNTERS}


def set_clock(file: Path, offset: str) -> None:
    """Replace the file in one step: the library reads it at every look at the clock."""
    new = file.with_suffix(".new")
    new.write_text(offset + "\n", encoding="ascii")
    new.rename(file)


def polls_go_on(s: Service, served: Meters) -> None:
    before = dict(served.counts)
    until(
        "every meter is polled on",
        lambda: all(served.counts[unit] >= before[unit] + 6 for unit in served.counts),
        30,
    )
    assert s.run.process.poll() is None, s.run.text()


def test_the_wall_clock_of_the_machine_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIBRARY.exists(), f"{LIBRARY} is missing: this test needs Debian's libfaketime"
    file = tmp_path / "offset"
    set_clock(file, "+0")
    with meters() as served:
        hall = folder(tmp_path, served.port, every="250ms")
        for name, value in {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }.items():
            monkeypatch.setenv(name, value)
        with service(hall, tmp_path) as s:
            monkeypatch.undo()
            until("the service is ready", s.ready, 60)
            polls_go_on(s, served)
            for offset in ("-3600", "+0", "+3600", "+0"):
                set_clock(file, offset)
                polls_go_on(s, served)
            text = s.run.text()
            s.run.stop()
    steps = [line for line in text.splitlines() if '"clock_stepped"' in line]
    assert [float(line.split('"seconds": ')[1].split(",")[0].rstrip("}")) for line in steps] == [
        pytest.approx(seconds, abs=5) for seconds in (-3600, 3600, 3600, -3600)
    ]
    everything = asyncio.run(stored(s.data_dir, 0, 2**62, None))
    for unit, id_ in enumerate(COUNTERS, 1):
        counts = sorted(value for _, value, _ in everything[id_])
        assert counts == list(range(1, len(counts) + 1))  # every answer is there, once
        assert len(counts) >= served.counts[unit] - 1
        used = [(t, value) for t, value, quality in everything[id_] if quality == GOOD]
        assert {quality for _, _, quality in everything[id_]} == {GOOD, BAD | CLOCK}
        assert (np.diff([value for _, value in used]) > 0).all()
    first, last = (choose(t for t, _, _ in everything[COUNTERS[0]]) for choose in (min, max))
    minutes = asyncio.run(stored(s.data_dir, first, last + 1, MINUTE))
    for id_ in COUNTERS:
        shown = [value for _, value, _ in minutes[id_] if not np.isnan(value)]
        assert (np.diff(shown) >= 0).all()
    assert len(METERS) == len(minutes)
