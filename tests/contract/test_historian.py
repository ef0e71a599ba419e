"""What every store of history must do alike."""

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import UnknownPointError
from sdanlegg.historian import Frame
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, NO_SAMPLE, RANGE, SENSOR, STALE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import T0, counter, gauge, reading, series, table
from tests.support.points import point, register
from tests.support.stores import MS, POINTS, Kind, Opening, Written

S = SECOND_NS
HOUR = 3600 * S


async def whole(store: Written, id_: str) -> list[tuple[int, float, int]]:
    return series(await store.read([id_], 0, 2 * T0), id_)


async def test_what_is_written_is_read_with_its_quality(store: Written) -> None:
    qualities = [GOOD, UNCERTAIN | RANGE, BAD | SENSOR]
    await store.write([reading(POINTS, T0, {"a.x": 21.5, "a.y": -3.25, "a.e_kwh": np.nan}, qualities)])
    frame = await store.read(["a.x", "a.y", "a.e_kwh"], T0, T0 + MS)
    assert frame.points == ("a.x", "a.y", "a.e_kwh")
    assert frame.t_ns.tolist() == [T0]
    np.testing.assert_array_equal(frame.values, [[21.5, -3.25, np.nan]])
    assert frame.quality.tolist() == [qualities]
    assert frame.coverage is None
    assert (frame.t_ns.dtype, frame.values.dtype, frame.quality.dtype) == (np.int64, np.float64, np.uint16)


async def test_a_poll_that_brought_nothing_stays_a_row_of_nothing(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": np.nan, "a.y": np.nan, "a.e_kwh": np.nan}, BAD | COMM)])
    frame = await store.read(["a.e_kwh", "a.x"], T0, T0 + MS)
    assert np.isnan(frame.values).all()
    assert frame.quality.tolist() == [[BAD | COMM, BAD | COMM]]


async def test_a_bad_sample_keeps_the_value_it_came_with(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 850.0, "a.y": 850.0}, BAD | STALE)])
    assert await whole(store, "a.x") == [(T0, 850.0, BAD | STALE)]


async def test_gauges_keep_what_float32_keeps(store: Written) -> None:
    sent = [0.1, -273.15, 65504.0, 0.001, 0.0, 1013.25]
    await store.write([reading(POINTS, T0 + i * MS, {"a.x": v}, UNCERTAIN) for i, v in enumerate(sent)])
    got = [v for _, v, _ in await whole(store, "a.x")]
    np.testing.assert_array_equal(got, np.array(sent, np.float32).astype(float))


async def test_counters_keep_every_digit(store: Written) -> None:
    sent = [131072.01, 2.0**53, 2.0**53 - 1, 4294967295.001]
    await store.write(
        [reading(POINTS, T0 + i * MS, {"a.x": 1.0, "a.e_kwh": v, "a.v_st": 3.0}) for i, v in enumerate(sent)]
    )
    assert [v for _, v, _ in await whole(store, "a.e_kwh")] == sent
    assert [v for _, v, _ in await whole(store, "a.v_st")] == [3.0] * len(sent)


async def test_the_same_instant_again_replaces(kind: Kind, store: Written) -> None:
    for value in (1.0, 2.0, 2.0):
        await store.write([reading(POINTS, T0, {"a.x": value, "a.y": 5.0})])
    assert await whole(store, "a.x") in one_of(kind, 2.0, 1.0)
    assert await whole(store, "a.y") == [(T0, 5.0, GOOD)]


async def test_the_same_instant_in_another_company_replaces_only_its_own_points(kind: Kind, store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0, "a.y": 5.0})])
    await store.write([reading(POINTS, T0, {"a.x": 2.0})])
    assert await whole(store, "a.x") in one_of(kind, 2.0, 1.0)
    assert await whole(store, "a.y") == [(T0, 5.0, GOOD)]
    await store.write([reading(POINTS, T0, {"a.x": 3.0, "a.y": 6.0})])
    assert await whole(store, "a.x") in one_of(kind, 3.0, 2.0, 1.0)
    assert series(await store.latest(["a.x"]), "a.x") == await whole(store, "a.x")


async def test_one_write_may_hold_an_instant_twice(kind: Kind, store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": v}) for v in (1.0, 2.0)])
    assert await whole(store, "a.x") in one_of(kind, 2.0, 1.0)


def one_of(kind: Kind, newest: float, *older: float) -> list[list[tuple[int, float, int]]]:
    """What may be found of a sample that was written several times: one of them, and the newest where it replaces."""
    return [[(T0, value, GOOD)] for value in (newest, *(() if kind.replaces else older))]


async def test_out_of_order_and_late_samples_are_read_in_order(store: Written) -> None:
    order = [5, 1, 4, 2, 3]
    await store.write([reading(POINTS, T0 + i * MS, {"a.x": float(i)}) for i in order])
    await store.write([reading(POINTS, T0 - HOUR, {"a.x": -1.0})])
    assert [t - T0 for t, _, _ in await whole(store, "a.x")] == [-HOUR, MS, 2 * MS, 3 * MS, 4 * MS, 5 * MS]
    assert (await store.latest(["a.x"])).t_ns.tolist() == [T0 + 5 * MS]


async def test_ranges_are_half_open(store: Written) -> None:
    await store.write([reading(POINTS, T0 + i * MS, {"a.x": float(i)}) for i in range(4)])
    assert [t - T0 for t, _, _ in series(await store.read(["a.x"], T0 + MS, T0 + 3 * MS), "a.x")] == [MS, 2 * MS]


@pytest.mark.parametrize("every_ns", [None, S])
async def test_an_empty_range_and_a_silent_range_give_no_sample(store: Written, every_ns: int | None) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0})])
    nothing = await store.read(["a.x", "b.x"], T0, T0, every_ns)
    assert nothing.t_ns.shape == (0,)
    assert nothing.values.shape == nothing.quality.shape == (0, 2)
    silent = await store.read(["a.x"], T0 + HOUR, T0 + HOUR + 3 * S, every_ns)
    assert silent.t_ns.size == (0 if every_ns is None else 3)
    assert (silent.quality == NO_SAMPLE).all()
    assert np.isnan(silent.values).all()


@pytest.mark.parametrize("bad", [(T0 + MS, T0, None), (T0, T0 + MS, 0), (T0, T0 + MS, -S), (0, T0, 1)])
async def test_senseless_ranges_are_refused(store: Written, bad: tuple[int, int, int | None]) -> None:
    with pytest.raises(ValueError, match=r"reversed|every|at most"):
        await store.read(["a.x"], *bad)


async def test_points_of_different_polls_stand_side_by_side_uncarried(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0}), reading(POINTS, T0 + MS, {"b.x": 2.0})])
    await store.write([reading(POINTS, T0 + 2 * MS, {"a.x": 3.0}), reading(POINTS, T0 + 2 * MS, {"b.x": 4.0})])
    frame = await store.read(["b.x", "a.x"], T0, T0 + 3 * MS)
    assert frame.t_ns.tolist() == [T0, T0 + MS, T0 + 2 * MS]
    np.testing.assert_array_equal(frame.values, [[np.nan, 1.0], [2.0, np.nan], [4.0, 3.0]])
    assert frame.quality.tolist() == [[NO_SAMPLE, GOOD], [GOOD, NO_SAMPLE], [GOOD, GOOD]]


async def test_a_point_may_be_asked_for_twice(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0, "a.y": 2.0})])
    assert (await store.read(["a.y", "a.x", "a.y"], T0, T0 + MS)).values.tolist() == [[2.0, 1.0, 2.0]]
    assert (await store.latest(["a.y", "a.x", "a.y"])).values.tolist() == [[2.0, 1.0, 2.0]]


async def test_unknown_points_are_named_and_silent_ones_are_gaps(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0})])
    for question in (store.read(["a.x", "a.z"], T0, T0 + MS), store.latest(["a.z"])):
        with pytest.raises(UnknownPointError, match=r"a\.z"):
            await question
    frame = await store.read(["b.x", "a.x"], T0, T0 + MS)
    assert frame.quality.tolist() == [[NO_SAMPLE, GOOD]]
    newest = await store.latest(["b.x"])
    assert (newest.t_ns.size, newest.values.shape) == (0, (0, 1))


async def test_latest_gives_each_point_its_newest_sample_whatever_its_quality(store: Written) -> None:
    await store.write([reading(POINTS, T0 + i * MS, {"a.x": float(i), "a.y": 7.0}) for i in range(3)])
    await store.write([reading(POINTS, T0 + MS, {"b.x": 9.0})])
    await store.write([reading(POINTS, T0 + 5 * MS, {"a.x": np.nan, "a.y": np.nan}, BAD | COMM)])
    frame = await store.latest(["a.x", "b.x", "a.e_kwh"])
    assert frame.t_ns.tolist() == [T0 + MS, T0 + 5 * MS]
    assert series(frame, "b.x") == [(T0 + MS, 9.0, GOOD)]
    assert frame.quality.tolist() == [[NO_SAMPLE, GOOD, NO_SAMPLE], [BAD | COMM, NO_SAMPLE, NO_SAMPLE]]
    assert np.isnan(frame.values[1, 0])


async def test_what_was_written_is_there_after_opening_again(opening: Opening) -> None:
    async with opening(POINTS) as first:
        await first.write([reading(POINTS, T0, {"a.x": 1.0, "a.e_kwh": 2.0}, [GOOD, UNCERTAIN])])
    async with opening(POINTS) as second:
        await second.write([reading(POINTS, T0 + MS, {"a.x": 3.0, "a.e_kwh": 4.0})])
        assert await whole(second, "a.x") == [(T0, 1.0, GOOD), (T0 + MS, 3.0, GOOD)]
        assert await whole(second, "a.e_kwh") == [(T0, 2.0, UNCERTAIN), (T0 + MS, 4.0, GOOD)]


async def test_history_outlives_changes_of_the_point_list(opening: Opening) -> None:
    before = PointTable([gauge("a.gone"), gauge("a.x"), counter("a.e")])
    after = PointTable([counter("a.e"), gauge("b.new"), point("a.x", register("float64")), gauge("a.y")])
    async with opening(before) as store:
        await store.write([reading(before, T0, {"a.gone": 1.0, "a.x": 0.5, "a.e": 131072.01})])
    async with opening(after) as store:
        await store.write([reading(after, T0 + MS, {"a.e": 131073.01, "a.x": 0.1, "a.y": 4.0})])
        await store.write([reading(after, T0 + MS, {"b.new": 5.0})])
        frame = await store.read(["a.x", "a.gone", "a.e", "b.new", "a.y"], T0, T0 + 2 * MS)
        old, new, no = 0.5, 0.1, np.nan
        np.testing.assert_array_equal(frame.values, [[old, 1.0, 131072.01, no, no], [new, no, 131073.01, 5.0, 4.0]])
        newest = await store.latest(["a.gone", "a.x"])
        np.testing.assert_array_equal(newest.values, [[1.0, np.nan], [np.nan, 0.1]])
        grid = await store.read(["a.e", "a.x"], T0, T0 + MS, HOUR)
        assert grid.values[0, 0] == 131073.01


async def test_a_great_many_samples(kind: Kind) -> None:
    n, width = kind.rows, 100
    points = table(*(f"a.p{i}" for i in range(width - 1)), "a.e_kwh")
    columns = np.arange(width, dtype=np.int32)
    q = np.zeros(width, np.uint16)
    offset = np.arange(width, dtype=float)
    async with kind.opening(points) as store:
        await store.write(Reading("a", T0 + i * S, columns, i + offset, q) for i in range(n))
        frame = await store.read(list(points.column), T0, T0 + n * S)
        assert frame.values.shape == (n, width)
        np.testing.assert_array_equal(frame.values, np.arange(n)[:, None] + offset)
        assert not frame.quality.any()
        newest = await store.latest(list(points.column))
        np.testing.assert_array_equal(newest.values, [n - 1 + offset])
        first = T0 // (60 * S) * 60 * S + 60 * S
        minutes = await store.read(["a.p3", "a.e_kwh"], first, first + 60 * 60 * S, 60 * S)
    at = (minutes.t_ns - T0) / S
    np.testing.assert_allclose(minutes.values[:, 0], at + 29.5 + 3)
    np.testing.assert_array_equal(minutes.values[:, 1], at + 59 + width - 1)


async def test_frames_are_shaped_alike(store: Written) -> None:
    await store.write([reading(POINTS, T0, {"a.x": 1.0})])
    frames: list[Frame] = [
        await store.read(["a.x", "b.x"], T0, T0 + S),
        await store.read(["a.x", "b.x"], T0, T0 + S, S),
        await store.latest(["a.x", "b.x"]),
    ]
    for frame in frames:
        assert frame.points == ("a.x", "b.x")
        assert frame.values.shape == frame.quality.shape == (frame.t_ns.size, 2)
        assert np.isnan(frame.values[frame.quality == NO_SAMPLE]).all()
