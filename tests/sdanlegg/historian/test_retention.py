"""What is kept for how long; nothing finer goes before the coarser is there; the disk gets its room back."""

from pathlib import Path

import apsw
import numpy as np
import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, corrections, retention
from sdanlegg.historian.corrections import CorrectionError, Wish
from sdanlegg.historian.facts import NEVER_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.retention import Trust, horizons
from sdanlegg.historian.schema import FILE_NAME, INCREMENTAL, MIGRATIONS
from sdanlegg.historian.seal import Sealer
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from sdanlegg.site import Keep
from tests.support.clocks import SetClock
from tests.support.history import gauge, reading
from tests.support.truth import OSLO, Truth, assert_intervals, assert_raw

S = SECOND_NS
MINUTE, HOUR, DAY = 60 * S, 3600 * S, 86_400 * S
START = 1_774_656_000 * S  # 2026-03-28 00:00 UTC
POINTS = PointTable([gauge("a.x", 60.0), gauge("a.y", 60.0)])


def file(folder: Path) -> Path:
    return folder / FILE_NAME


def minutes(start_ns: int, end_ns: int, step_ns: int = MINUTE) -> list[Reading]:
    return [reading(POINTS, t, {"a.x": float(t // MINUTE % 977), "a.y": 1.0}) for t in range(start_ns, end_ns, step_ns)]


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(file(folder)), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [tuple(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def oldest(folder: Path) -> dict[object, object]:
    """Start of the oldest day of samples ("raw") and of the oldest block of each tier."""
    tiers = dict(ask(folder, "SELECT every_s, min(t0_ns) FROM rollup GROUP BY every_s"))
    return tiers | {"raw": ask(folder, "SELECT min(t0_ns) FROM chunk")[0][0]}


async def test_each_tier_goes_at_its_own_time_and_the_rest_answers_as_before(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    end_ns = START + 40 * DAY
    given = minutes(START, end_ns, 10 * MINUTE)
    truth.accept(given)
    keep = Keep(raw=10.0, minute=20.0, quarter=30.0, hour=None, day=None)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(given)
        sealer = Sealer(store, file(tmp_path), OSLO, SetClock(end_ns), keep)
        await sealer.seal(end_ns)
        await sealer.prune()
        found = oldest(tmp_path)
        assert found["raw"] == START + 30 * DAY
        assert found[60] == START + 20 * DAY
        assert START + 6 * DAY <= found[900] <= START + 10 * DAY  # blocks of four days
        assert ask(tmp_path, "SELECT count(*) FROM axis WHERE t0_ns < (SELECT min(t0_ns) FROM chunk)") == [(0,)]
        assert ask(tmp_path, "SELECT value FROM fact WHERE name = 'raw_from_ns'") == [(START + 30 * DAY,)]
        await assert_raw(store, truth, START + 30 * DAY, end_ns)
        await assert_intervals(store, truth, START + 21 * DAY, end_ns, [MINUTE])
        await assert_intervals(store, truth, START, end_ns, [HOUR, Days(OSLO)])
        assert not (await store.read(["a.x"], START, START + 29 * DAY)).t_ns.size


async def test_late_samples_from_before_the_oldest_kept_do_not_spoil_what_is_left_of_that_time(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    end_ns = START + 40 * DAY
    given = minutes(START, end_ns, 10 * MINUTE)
    truth.accept(given)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(given)
        sealer = Sealer(store, file(tmp_path), OSLO, SetClock(end_ns), Keep(10.0, 20.0, 30.0))
        await sealer.seal(end_ns)
        await sealer.prune()
        await store.write([reading(POINTS, START + 5 * DAY + 7, {"a.x": 1e6})])
        await sealer.seal(end_ns)
        await assert_intervals(store, truth, START, end_ns, [HOUR, Days(OSLO)])
        await sealer.prune()
        assert oldest(tmp_path)["raw"] == START + 30 * DAY
        wish = Wish("a.x", START + 5 * DAY, START + 6 * DAY, "bad", "kari", "too late")
        with pytest.raises(CorrectionError, match="before the oldest samples"):
            await store.change(lambda connection: corrections.add(connection, wish, 1))


async def test_nothing_goes_that_is_not_sealed_to_the_end_of_its_local_day(tmp_path: Path) -> None:
    end_ns = START + 3 * DAY
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(minutes(START, end_ns))
        sealer = Sealer(store, file(tmp_path), OSLO, SetClock(START + 3000 * DAY), Keep(10.0, 20.0, 30.0))
        await sealer.seal(START + 2 * DAY + 12 * HOUR)
        await sealer.prune()
        # Oslo's 29 March ended at 22:00 UTC: its samples are two hours into the UTC day that is still kept.
        assert oldest(tmp_path)["raw"] == START + DAY
        assert ask(tmp_path, "SELECT count(*) FROM reading") == [(720,)]


async def test_samples_stay_while_a_correction_waits_to_be_worked_in(tmp_path: Path) -> None:
    end_ns = START + 30 * DAY
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(minutes(START, end_ns, HOUR))
        sealer = Sealer(store, file(tmp_path), OSLO, SetClock(end_ns), Keep(10.0, 20.0, 30.0))
        await sealer.seal(end_ns)
        wish = Wish("a.x", START + 3 * DAY, START + 4 * DAY, "bad", "kari", "no")
        await store.change(lambda connection: corrections.add(connection, wish, 1))
        await sealer.prune()
        assert oldest(tmp_path)["raw"] == START + 3 * DAY
        await sealer.mend()
        await sealer.prune()
        assert oldest(tmp_path)["raw"] == START + 20 * DAY


async def test_a_clock_that_leapt_deletes_nothing_for_a_day(tmp_path: Path) -> None:
    end_ns = START + 5 * DAY
    clock = SetClock(end_ns)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(minutes(START, end_ns, HOUR))
        sealer = Sealer(store, file(tmp_path), OSLO, clock, Keep(10.0, 20.0, 30.0))
        await sealer.seal(end_ns)
        await sealer.prune()
        clock.t_ns = end_ns + 4000 * DAY
        await sealer.prune()
        assert oldest(tmp_path)["raw"] == START
        clock.t_ns += DAY + HOUR
        await sealer.prune()
        assert oldest(tmp_path)["raw"] != START


def test_a_leap_is_doubted_for_a_day_and_forgotten_when_it_is_mended() -> None:
    trust = Trust()
    assert trust.believes(START, None, 0)
    assert trust.believes(START + 6 * DAY, START, 0)
    assert not trust.believes(START + 900 * DAY, START, 5)
    assert not trust.believes(START + 900 * DAY, START, 5 + DAY - 1)
    assert trust.believes(START + 900 * DAY, START, 5 + DAY)
    assert trust.believes(START, START, 9 * DAY)
    assert not trust.believes(START + 900 * DAY, START, 9 * DAY + 1)


def test_for_ever_is_for_ever() -> None:
    limits = horizons(Keep(None, None, None, None, None), START, START, OSLO)
    assert limits.raw_ns == NEVER_NS
    assert set(limits.tiers_ns.values()) == {NEVER_NS}


async def test_deletion_gives_the_disk_back(tmp_path: Path) -> None:
    end_ns = START + 30 * DAY
    rng = np.random.default_rng(1)
    sizes = []
    for prune in (False, True):
        async with LocalStore.open(tmp_path, POINTS, 10) as store:
            sealer = Sealer(store, file(tmp_path), OSLO, SetClock(end_ns), Keep(7.0, 7.0, 7.0))
            if prune:
                await sealer.prune(slack=16)
            else:
                times = range(START, end_ns, 5 * MINUTE)
                await store.write([reading(POINTS, t, {"a.x": rng.normal(), "a.y": rng.normal()}) for t in times])
                await sealer.seal(end_ns)
        sizes.append(file(tmp_path).stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]  # tables and coarser tiers stay
    assert ask(tmp_path, "PRAGMA freelist_count")[0][0] <= 16
    assert ask(tmp_path, "PRAGMA integrity_check") == [("ok",)]


async def test_every_step_of_giving_back_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGES", 10)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.change(lambda c: c.execute("CREATE TABLE big(x)").get)
        await store.change(lambda c: c.execute("INSERT INTO big VALUES(zeroblob(400000))").get)
        await store.change(lambda c: c.execute("DELETE FROM big").get)
        free = ask(tmp_path, "PRAGMA freelist_count")[0][0]
        assert isinstance(free, int)
        assert await store.change(lambda c: retention.give_back(c, 30))
        assert ask(tmp_path, "PRAGMA freelist_count") == [(free - 10,)]
        while await store.change(lambda c: retention.give_back(c, 30)):
            pass
        assert ask(tmp_path, "PRAGMA freelist_count") == [(30,)]


async def test_an_older_file_is_written_anew_once(tmp_path: Path) -> None:
    connection = apsw.Connection(str(file(tmp_path)))
    connection.execute(MIGRATIONS[0])
    connection.pragma("user_version", 1)
    connection.execute("INSERT INTO text VALUES(7, 'seven')")
    connection.close()
    with capture_logs() as logs:
        async with LocalStore.open(tmp_path, POINTS, 10) as store:
            assert (await store.texts())[7] == "seven"
        async with LocalStore.open(tmp_path, POINTS, 10) as store:
            await store.write(minutes(START, START + HOUR))
    assert [log["event"] for log in logs] == ["store_rewriting"]
    assert ask(tmp_path, "PRAGMA auto_vacuum") == [(INCREMENTAL,)]
