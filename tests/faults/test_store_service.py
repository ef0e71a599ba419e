"""The whole service is killed at random instants, while it seals too: what somebody saw as accepted stays."""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import apsw
import httpx
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from tests.support.counting_hall import COUNTERS, METERS, Meters, folder, meters
from tests.support.history import reading, series
from tests.support.nightly import times
from tests.support.service import Service, service, until
from tests.support.truth import HOUR, MINUTE, QUARTER, Sample, Truth, assert_intervals, assert_raw

KILLS = times(3, 20)
EARLIER = 3000  # readings of each meter that wait to be sealed when the service starts first
COLLECTS_WITHIN_S = 30  # on a machine of its own it is 5
FIRST = 1_000_000  # the meters' counters go on from there

Seen = dict[str, dict[int, float]]


@pytest.fixture
def served() -> Iterator[Meters]:
    with meters(FIRST) as running:
        yield running


def earlier(points: PointTable) -> list[Reading]:
    """Each meter every 15 s of yesterday and today, until a little while ago."""
    start = time.time_ns() // SECOND_NS * SECOND_NS - (EARLIER + 60) * 15 * SECOND_NS
    return [
        reading(points, start + i * 15 * SECOND_NS, {f"{meter}.energy_kwh": float(i), f"{meter}.power": i % 50})
        for i in range(EARLIER)
        for meter in METERS
    ]


async def write(data: Path, points: PointTable, readings: list[Reading]) -> None:
    async with LocalStore.open(data, points) as store:
        await store.write(readings)


async def counters(data: Path, start_ns: int) -> dict[str, list[Sample]]:
    """What another process finds accepted."""
    async with LocalReader.open(data) as reader:
        frame = await reader.read(list(COUNTERS), start_ns, time.time_ns() + HOUR)
    return {id_: series(frame, id_) for id_ in COUNTERS}


def look(data: Path, start_ns: int, seen: Seen) -> int:
    """Take down what is accepted now; the greatest count of it."""
    for id_, samples in asyncio.run(counters(data, start_ns)).items():
        seen[id_] |= {t: value for t, value, _ in samples}
    return int(max((value for samples in seen.values() for value in samples.values()), default=0))


def look_through_the_api(s: Service, start_ns: int, seen: Seen) -> None:
    """Take down what the pages show of the history, to the millisecond."""
    start = datetime.fromtimestamp(start_ns // SECOND_NS, UTC).isoformat()
    end = datetime.fromtimestamp(time.time() + 60, UTC).isoformat()
    for id_ in COUNTERS:
        shown = s.get("/api/v1/series", point=id_, start=start, end=end)
        seen[id_] |= {t: v for t, v in zip(shown["t_ms"], shown["v"][0], strict=True) if v is not None}


def live_and_die(hall: Path, tmp_path: Path, start_ns: int, seen: Seen, shown: Seen, seconds: float) -> None:
    """Run the service, see what it accepts, kill it with all its processes."""
    before = max((value for samples in seen.values() for value in samples.values()), default=FIRST)
    data = tmp_path / "data"
    with service(hall, tmp_path) as s:  # leaving kills
        until("a new reading is accepted", lambda: look(data, start_ns, seen) > before, COLLECTS_WITHIN_S)
        until("the pages are served", lambda: httpx.get(s.api + "/healthz/live", timeout=5).status_code == 200, 30)
        time.sleep(seconds)
        look_through_the_api(s, start_ns, shown)
        look(data, start_ns, seen)
        assert s.run.process.poll() is None, s.run.text()
    assert "Traceback" not in s.run.text()


@pytest.mark.timeout(60 + 30 * KILLS)
def test_what_was_seen_as_accepted_stays(served: Meters, tmp_path: Path) -> None:
    hall, rng = folder(tmp_path, served.port), random.Random(3)
    points = load_site(hall).points
    past = earlier(points)

    asyncio.run(write(tmp_path / "data", points, past))
    start_ns = time.time_ns() // SECOND_NS * SECOND_NS
    seen: Seen = {id_: {} for id_ in COUNTERS}
    shown: Seen = {id_: {} for id_ in COUNTERS}
    for _ in range(KILLS):
        live_and_die(hall, tmp_path, start_ns, seen, shown, rng.uniform(0, 1.5))

    connection = apsw.Connection(str(tmp_path / "data" / FILE_NAME))
    assert connection.pragma("integrity_check") == "ok"
    assert connection.execute("SELECT count(*) FROM chunk").get > 0  # the sealer worked in those lives
    connection.close()
    for id_, samples in asyncio.run(counters(tmp_path / "data", 0)).items():
        there = {t: value for t, value, _ in samples}
        assert len(seen[id_]) >= KILLS
        assert {t: v for t, v in seen[id_].items() if there.get(t) != v} == {}
        to_ms = {t // 1_000_000: value for t, value in there.items()}
        assert len(shown[id_]) >= KILLS
        assert {t: v for t, v in shown[id_].items() if to_ms.get(t) != v} == {}
        counts = [value for _, value, _ in samples if value > 0]
        assert counts == sorted(set(counts))  # each once, in the order in which the meter counted

    async def check() -> None:
        truth = Truth(points)
        truth.accept(past)
        async with LocalReader.open(tmp_path / "data") as reader:
            await assert_raw(reader, truth, past[0].t_ns, start_ns)
            await assert_intervals(reader, truth, past[0].t_ns, start_ns - HOUR, (MINUTE, QUARTER, HOUR))

    asyncio.run(check())


def test_what_was_only_live_would_be_missing(served: Meters, tmp_path: Path) -> None:
    """Live values are shown before they are accepted: taken for accepted, they would be found missing."""
    hall, data = folder(tmp_path, served.port, commit_ms=5000), tmp_path / "data"
    asyncio.run(write(data, load_site(hall).points, []))
    start_ns = time.time_ns()
    seen: Seen = {id_: {} for id_ in COUNTERS}
    with service(hall, tmp_path) as s:
        until("a reading is accepted", lambda: look(data, start_ns, seen) > FIRST, 30)
        accepted = max(seen[COUNTERS[0]].values())
        until("a newer one is live", lambda: s.values("m1")[COUNTERS[0]]["value"] > accepted, 30)
        live = s.values("m1")[COUNTERS[0]]["value"]
    assert look(data, start_ns, seen) < max(served.counts.values())
    assert live not in seen[COUNTERS[0]].values()
