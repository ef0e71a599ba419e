"""A past that is sealed at once is to the last byte what the same samples give that come as rows and are sealed."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import apsw
import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian import Days, past
from sdanlegg.historian.catalogue import note_sampling
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.past import Piece
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, GOOD, SENSOR, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.clocks import SetClock
from tests.support.history import counter, gauge, state
from tests.support.points import point, register
from tests.support.sealing import seal
from tests.support.truth import OSLO

S = SECOND_NS
STEP = 300 * S
FIRST = int(datetime(2026, 3, 27, tzinfo=UTC).timestamp()) * S  # summer time begins in the night to the 29th
DAYS = 5
POINTS = PointTable(
    [
        *(gauge("a.x", 5.0), counter("a.e", 60.0), state("a.s", 5.0)),
        *(point("a.w", register("float64"), period_s=5.0), gauge("b.x", 600.0)),
    ]
)
IDS = tuple(POINTS.column)


def piece(day: int, days: int) -> Piece:
    """Samples of some days: noise, counters beyond 32 bits, doubt, failures, an hour without any."""
    rng = np.random.default_rng(day)
    t_ns = np.arange(FIRST + day * DAY_NS, FIRST + (day + days) * DAY_NS, STEP, dtype=np.int64)
    t_ns = t_ns[(t_ns // (3600 * S)) % 24 != 13]
    values = rng.normal(20.0, 5.0, (t_ns.size, len(IDS)))
    values[:, 1] = 123_456_789.0 + t_ns / 1e12
    values[:, 2] = rng.integers(0, 3, t_ns.size)
    quality = rng.choice([GOOD, GOOD, GOOD, UNCERTAIN, BAD | SENSOR], values.shape).astype(np.uint16)
    values[quality >= BAD] = np.nan
    return Piece(t_ns, IDS, values, quality)


def readings(of: Piece) -> list[Reading]:
    columns = {"a": np.array([0, 1, 2, 3], np.int32), "b": np.array([4], np.int32)}
    return [
        Reading(device, int(t), these, of.values[i, these], of.quality[i, these])
        for i, t in enumerate(of.t_ns.tolist())
        for device, these in columns.items()
    ]


async def begun(store: LocalStore, folder: Path) -> None:
    """The first day as rows, sealed."""
    await store.change(
        partial(note_sampling, table=POINTS, start_ns=FIRST, end_ns=FIRST + DAYS * DAY_NS, period_ns=STEP)
    )
    await store.write(readings(piece(0, 1)))
    await seal(store, folder, FIRST + DAY_NS)


def sealed_rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    chunks = "SELECT p, c.t0_ns, e, v, q, s, n, t FROM chunk c JOIN axis USING(a) ORDER BY p, c.t0_ns"
    rollups = "SELECT every_s, p, t0_ns, v, c, m FROM rollup ORDER BY 1, 2, 3"
    facts = "SELECT name, value FROM fact WHERE name != 'generation' ORDER BY name"
    found = {name: list(connection.execute(sql)) for name, sql in (("c", chunks), ("r", rollups), ("f", facts))}
    connection.close()
    return found


async def test_it_is_what_sealed_rows_are(tmp_path: Path) -> None:
    rows, once = tmp_path / "rows", tmp_path / "once"
    async with LocalStore.open(rows, POINTS, clock=SetClock()) as store:
        await begun(store, rows)
        await store.write(readings(piece(1, 3)) + readings(piece(4, 1)))
        await seal(store, rows, FIRST + DAYS * DAY_NS)
    async with LocalStore.open(once, POINTS, clock=SetClock()) as store:
        await begun(store, once)
        await past.put(store, piece(1, 3), OSLO)
        await past.put(store, piece(4, 1), OSLO)
        frame = await store.read(IDS, FIRST, FIRST + DAYS * DAY_NS, Days(OSLO))
        assert frame.coverage is not None
        assert (np.nanmin(frame.coverage[1:-1], axis=0) > 0.5).all()
    assert sealed_rows(once) == sealed_rows(rows)


async def test_without_samples_the_longer_figures_are_the_same(tmp_path: Path) -> None:
    whole, thin = tmp_path / "whole", tmp_path / "thin"
    for folder, samples in ((whole, True), (thin, False)):
        async with LocalStore.open(folder, POINTS, clock=SetClock()) as store:
            await begun(store, folder)
            await past.put(store, piece(1, 3), OSLO, samples=samples)
            frame = await store.read(IDS, FIRST + DAY_NS, FIRST + 4 * DAY_NS, 900 * S)
            assert frame.coverage is not None
            assert (np.nanmean(frame.coverage, axis=0) > 0.5).all()
    found = {folder: sealed_rows(folder) for folder in (whole, thin)}
    longer = {folder: [row for row in found[folder]["r"] if int(str(row[0])) >= 900] for folder in found}
    assert longer[thin] == longer[whole]
    assert len(found[thin]["c"]) == len(IDS) < len(found[whole]["c"])
    assert dict(found[thin]["f"])["raw_from_ns"] == FIRST + 4 * DAY_NS


async def test_a_day_that_has_samples_or_corrections_is_not_free(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, clock=SetClock()) as store:
        await begun(store, tmp_path)
        await past.put(store, piece(2, 1), OSLO)
        correction = (
            "INSERT INTO correction(made_ns, actor, reason, p, start_ns, end_ns, action) VALUES(0,'','',1,?,?,'bad')"
        )
        await store.change(
            lambda c: c.execute(correction, (FIRST + 4 * DAY_NS + S, FIRST + 4 * DAY_NS + 2 * S)).fetchall()
        )
        asked = partial(past.free_days, points=IDS, start_ns=FIRST + S, end_ns=FIRST + DAYS * DAY_NS)
        assert await store.ask(asked) == [FIRST + DAY_NS, FIRST + 3 * DAY_NS]
        with pytest.raises(StoreError, match="2026-03-29"):
            await past.put(store, piece(2, 1), OSLO)
        with pytest.raises(ValueError, match="midnight"):
            await past.put(store, Piece(piece(1, 1).t_ns + S, IDS, piece(1, 1).values, piece(1, 1).quality), OSLO)


async def test_what_was_said_of_other_times_stays(tmp_path: Path) -> None:
    """Sampling of a stretch is noted before, between and after other stretches."""
    async with LocalStore.open(tmp_path, POINTS, clock=SetClock()) as store:
        for start, end, every in ((10, 20, 60), (0, 10, 300), (20, 30, 120)):
            noted = partial(note_sampling, table=POINTS, start_ns=start * S, end_ns=end * S, period_ns=every * S)
            await store.change(noted)
        sql = "SELECT since_ns, period_ns FROM period WHERE p = (SELECT p FROM point WHERE id = 'a.x') ORDER BY 1"
        found = await store.ask(lambda connection, _: list(connection.execute(sql)))
    assert found[1:] == [(0, 300 * S), (10 * S, 60 * S), (20 * S, 120 * S), (30 * S, 5 * S)]
