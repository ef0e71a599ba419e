"""Tiers: exactly what was touched is made anew; what ended is complete; zones, widths and clocks may change."""

from pathlib import Path
from zoneinfo import ZoneInfo

import apsw
import numpy as np
import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, tiers
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.historian.seal_tiers import Bounds, Touched, completed, reached, spans
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from tests.support.clocks import SetClock
from tests.support.history import counter, gauge, reading
from tests.support.sealing import seal
from tests.support.truth import OSLO, Truth, assert_intervals, assert_raw

S = SECOND_NS
MINUTE, QUARTER, HOUR, DAY = 60 * S, 900 * S, 3600 * S, 86_400 * S
START = 1_774_656_000 * S  # 2026-03-28 00:00 UTC
POINTS = PointTable([gauge("a.x", 60.0), counter("a.n_kwh", 60.0), gauge("b.y", 60.0)])
Blocks = dict[tuple[int, int, int], tuple[bytes, bytes | None, bytes]]


def each_minute(start_ns: int, end_ns: int, *ids: str) -> list[Reading]:
    return [
        reading(POINTS, t, {id_: float(t // MINUTE % 1000) / 8 for id_ in ids}) for t in range(start_ns, end_ns, MINUTE)
    ]


def blocks(folder: Path) -> Blocks:
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return {
            (every_s, p, t0): (v, c, m)
            for every_s, p, t0, v, c, m in connection.execute("SELECT every_s, p, t0_ns, v, c, m FROM rollup")
        }
    finally:
        connection.close()


def changed(before: Blocks, after: Blocks, p: int = 1) -> dict[int, list[int]]:
    """Starts of the intervals of point p that differ, by tier; days as numbers from the first of their year."""
    found: dict[int, list[int]] = {}
    for (every_s, number, t0), row in after.items():
        if before.get((every_s, number, t0)) == row:
            continue
        assert number == p, f"point {number} was not touched"
        new = tiers.unpack_block(row, every_s, wide=p == 2)
        old = tiers.unpack_block(before[every_s, number, t0], every_s, wide=p == 2)
        differ = np.zeros(new.used.size, bool)
        for name in tiers.NAMES:
            a, b = getattr(old, name)[:, 0], getattr(new, name)[:, 0]
            differ |= ~((a == b) | (np.isnan(a) & np.isnan(b)))
        step = 1 if every_s == 86_400 else every_s * S
        first = 0 if every_s == 86_400 else t0
        found.setdefault(every_s, []).extend(first + i * step for i in np.flatnonzero(differ).tolist())
    return found


async def test_a_late_sample_changes_the_intervals_that_it_reaches_and_no_other_byte(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(each_minute(START, START + 3 * DAY, "a.x") + each_minute(START, START + 3 * DAY, "b.y"))
        await seal(store, tmp_path, START + 3 * DAY)
        before = blocks(tmp_path)
        late_ns = START + DAY + 14 * MINUTE + 30 * S
        await store.write([reading(POINTS, late_ns, {"a.x": 500.0})])
        await seal(store, tmp_path, START + 3 * DAY)
        found = changed(before, blocks(tmp_path))
    assert found == {
        60: [START + DAY + 14 * MINUTE],
        900: [START + DAY],
        3600: [START + DAY],
        86_400: [31 + 28 + 28],  # the 29th of March
    }


@pytest.mark.parametrize("until_ns", [START + DAY, START + DAY - 7 * MINUTE, START + 20 * DAY])
async def test_sealing_again_without_anything_new_changes_no_byte(tmp_path: Path, until_ns: int) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(each_minute(START, START + DAY, "a.x", "a.n_kwh"))
        await seal(store, tmp_path, until_ns)
        before = blocks(tmp_path)
        assert {every_s for every_s, _, _ in before} >= {60, 900, 3600}
        await seal(store, tmp_path, until_ns)
        assert blocks(tmp_path) == before


async def test_what_falls_silent_still_gets_the_intervals_that_its_last_sample_reaches(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        given = each_minute(START, START + HOUR, "a.x")
        truth.accept(given)
        await store.write(given)
        await seal(store, tmp_path, START + HOUR)
        await seal(store, tmp_path, START + HOUR + QUARTER)  # nothing new came: the last one stood for 3 minutes
        await assert_intervals(store, truth, START, START + 2 * HOUR)
        await seal(store, tmp_path, START + 90 * DAY)
        await assert_intervals(store, truth, START - DAY, START + 3 * DAY)


async def test_months_without_sealing_are_made_up_for(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        given = each_minute(START, START + HOUR, "a.x") + each_minute(
            START + 100 * DAY, START + 100 * DAY + HOUR, "a.x"
        )
        truth.accept(given)
        await store.write(given)
        await seal(store, tmp_path, START + 101 * DAY)
        await assert_raw(store, truth, START, START + 101 * DAY)
        await assert_intervals(store, truth, START + 100 * DAY, START + 101 * DAY)


async def test_an_hour_ahead_and_back_again_is_no_harm(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    clock = SetClock(START + HOUR)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        working = Sealer(store, tmp_path / FILE_NAME, OSLO, clock)

        async def go_on(start_ns: int, end_ns: int) -> None:
            given = each_minute(start_ns, end_ns, "a.x", "a.n_kwh")
            truth.accept(given)
            await store.write(given)
            clock.t_ns = end_ns
            await working.seal(due_ns(clock.now_ns()))
            await assert_raw(store, truth, START, START + 5 * HOUR)
            await assert_intervals(store, truth, START - HOUR, START + 5 * HOUR)

        await go_on(START, START + HOUR)
        await go_on(START + 2 * HOUR, START + 2 * HOUR + 40 * MINUTE)  # the clock leapt ahead
        for quarter in range(4, 16):  # and is right again
            await go_on(START + quarter * QUARTER, START + (quarter + 1) * QUARTER)
        connection = apsw.Connection(str(tmp_path / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
        assert connection.execute("SELECT count(*) FROM reading").get <= 2 * 17
        connection.close()


def kind_of(wide: bool) -> PointTable:
    return PointTable([counter("a.x", 60.0) if wide else gauge("a.x", 60.0)])


@pytest.mark.parametrize("later", [0, 12 * HOUR], ids=["another day", "the same day"])
async def test_a_point_whose_width_changes_keeps_its_history(tmp_path: Path, later: int) -> None:
    """0.1 needs 64 bits as a counter and is rounded as a gauge; neither may touch what was stored before."""
    told: list[tuple[int, float]] = []
    for n, wide in enumerate([False, True, False, True]):
        points = kind_of(wide)
        async with LocalStore.open(tmp_path, points, 10) as store:
            first_ns = START + (n * 10 * MINUTE + later if later else n * DAY)
            given = [reading(points, first_ns + i * MINUTE, {"a.x": 2.0**30 + i + 0.1}) for i in range(5)]
            await store.write(given)
            for one in given:
                value = float(one.values[0])
                told.append((one.t_ns, value if wide else float(np.float32(value))))
            await seal(store, tmp_path, first_ns + 6 * MINUTE)
            frame = await store.read(["a.x"], START, START + 30 * DAY)
            assert list(zip(frame.t_ns.tolist(), frame.values[:, 0].tolist(), strict=True)) == told
            minutes = await store.read(["a.x"], START, START + 4 * DAY, MINUTE)
            stood = dict(zip(minutes.t_ns.tolist(), minutes.values[:, 0].tolist(), strict=True))
            assert {t: stood[t] for t, _ in told} == dict(told)


async def test_another_zone_has_its_own_days(tmp_path: Path) -> None:
    truth = Truth(POINTS)
    tokyo = ZoneInfo("Asia/Tokyo")
    given = each_minute(START, START + 3 * DAY, "a.x", "a.n_kwh")
    truth.accept(given)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(given)
        await seal(store, tmp_path, START + 3 * DAY)
        oslo_days = {key: row for key, row in blocks(tmp_path).items() if key[0] == 86_400}
        with capture_logs() as logs:
            await Sealer(store, tmp_path / FILE_NAME, tokyo, SetClock()).seal(START + 3 * DAY)
        assert [log["event"] for log in logs] == ["store_zone_changed"]
        await assert_intervals(store, truth, START - DAY, START + 4 * DAY, [Days(tokyo)])
        assert {t0 for every, _, t0 in blocks(tmp_path) if every == 86_400} == {1_767_193_200 * S}  # 2026 in Tokyo
        await Sealer(store, tmp_path / FILE_NAME, OSLO, SetClock()).seal(START + 3 * DAY)
        assert {key: row for key, row in blocks(tmp_path).items() if key[0] == 86_400} == oslo_days


async def test_days_older_than_their_quarters_keep_their_figures_in_another_zone(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(each_minute(START, START + 3 * DAY, "a.x"))
        await seal(store, tmp_path, START + 3 * DAY)
        (old,) = [row for key, row in blocks(tmp_path).items() if key[0] == 86_400]
        await store.change(lambda c: c.execute("DELETE FROM rollup WHERE every_s = 900").get)
        await Sealer(store, tmp_path / FILE_NAME, ZoneInfo("Asia/Tokyo"), SetClock()).seal(START + 3 * DAY)
        (new,) = [row for key, row in blocks(tmp_path).items() if key[0] == 86_400]
    assert new == old


def test_reached_marks_intervals_and_no_neighbour() -> None:
    edges = np.arange(0, 60, 10, dtype=np.int64)

    def marked(*stretches: tuple[int, int]) -> list[int]:
        starts, ends = np.array(stretches, np.int64).T
        return np.flatnonzero(reached(starts, ends, edges)).tolist()

    assert marked((10, 20)) == [1]
    assert marked((9, 21)) == [0, 1, 2]
    assert marked((40, 90), (-30, 1)) == [0, 4]
    assert marked((50, 70), (-9, 0)) == []


def test_only_what_is_complete_and_allowed_is_made() -> None:
    touched = Touched(np.array([START]), np.array([START + 2 * HOUR]), {})
    found = spans(touched, Bounds(START + 30 * S, START + HOUR + 20 * MINUTE, OSLO))
    chosen = {every: span.edges_ns[:-1][span.marked] for every, span in found.items()}
    assert (chosen[60][0], chosen[60][-1]) == (START + MINUTE, START + HOUR + 19 * MINUTE)
    assert (chosen[900][0], chosen[900][-1]) == (START + QUARTER, START + HOUR)
    assert 3600 not in chosen  # the first hour began before, the second has not ended
    assert 86_400 not in chosen


def test_completed_are_the_intervals_that_ended_since() -> None:
    found = completed(START - HOUR - MINUTE, START - HOUR + QUARTER, OSLO)  # local midnight is at 23:00 UTC
    assert found[60] == (START - HOUR - MINUTE, START - HOUR + QUARTER)
    assert found[900] == (START - HOUR - QUARTER, START - HOUR + QUARTER)
    assert found[3600] == (START - 2 * HOUR, START - HOUR)
    assert found[86_400] == (START - HOUR - DAY, START - HOUR)
    assert completed(START, START, OSLO) == {}
