"""Corrections: laid over, taken back, listed, never changed; and nothing wrong is accepted."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import apsw
import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError, UnknownPointError
from sdanlegg.historian import corrections
from sdanlegg.historian.corrections import CorrectionError, Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.quality import BAD, GOOD, MANUAL, UNCERTAIN
from tests.support.history import T0, reading, series, table
from tests.support.sealing import seal, sealer

S = SECOND_NS
POINTS = table("a.x", "b.y")
wish = partial(Wish, "a.x", T0 + 2 * S, T0 + 4 * S, actor="kari", reason="meter was reversed")
Add = Callable[[Wish], int]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalStore]:
    async with LocalStore.open(tmp_path, POINTS, 10) as opened:
        await opened.write([reading(POINTS, T0 + i * S, {"a.x": float(i), "b.y": 1.0}) for i in range(6)])
        yield opened


async def add(store: LocalStore, given: Wish, made_ns: int = 1) -> int:
    return await store.change(lambda connection: corrections.add(connection, given, made_ns))


async def undo(store: LocalStore, id_: int, actor: str = "per", reason: str = "was right") -> None:
    await store.change(lambda connection: corrections.undo(connection, id_, actor, reason, 2))


async def samples(store: LocalStore) -> list[tuple[float, int]]:
    return [(v, q) for _, v, q in series(await store.read(["a.x"], T0, T0 + 10 * S), "a.x")]


PLAIN = [(float(i), GOOD) for i in range(6)]
MADE = [
    (wish("bad"), [*PLAIN[:2], (2.0, BAD | MANUAL), (3.0, BAD | MANUAL), *PLAIN[4:]]),
    (wish("linear", gain=-1.0, shift=0.5), [*PLAIN[:2], (-1.5, MANUAL), (-2.5, MANUAL), *PLAIN[4:]]),
    (
        wish("samples", t_ns=np.array([T0 + 3 * S + 5]), values=np.array([77.0])),
        [*PLAIN[:2], (77.0, UNCERTAIN | MANUAL), *PLAIN[4:]],
    ),
]


@pytest.mark.parametrize(("given", "expected"), MADE, ids=["bad", "linear", "samples"])
@pytest.mark.parametrize("sealed", [False, True], ids=["fresh", "sealed"])
async def test_a_correction_lies_over_the_samples_and_undoing_it_brings_them_back(
    store: LocalStore, tmp_path: Path, given: Wish, expected: list[tuple[float, int]], sealed: bool
) -> None:
    if sealed:
        await seal(store, tmp_path, T0 + 3600 * S)
    id_ = await add(store, given)
    assert await samples(store) == expected
    await seal(store, tmp_path, T0 + 3600 * S)
    assert await samples(store) == expected
    await undo(store, id_)
    assert await samples(store) == PLAIN
    await seal(store, tmp_path, T0 + 3600 * S)
    assert await samples(store) == PLAIN


async def test_figures_are_made_anew_with_it_and_without_it(store: LocalStore, tmp_path: Path) -> None:
    async def figures() -> tuple[float, float]:
        frame = await store.read(["a.x", "b.y"], T0 // (60 * S) * 60 * S, T0 // (60 * S) * 60 * S + 60 * S, 60 * S)
        return float(frame.values[0, 0]), float(frame.values[0, 1])

    def dirty() -> object:
        connection = apsw.Connection(str(tmp_path / "history.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return connection.execute("SELECT count(*) FROM dirty").get
        finally:
            connection.close()

    await seal(store, tmp_path, T0 + 3600 * S)
    before = await figures()
    id_ = await add(store, wish("linear", shift=100.0))
    waiting = await figures()
    assert dirty() == 1
    await sealer(store, tmp_path).mend()
    assert dirty() == 0
    assert await figures() == waiting
    assert waiting[0] > before[0]
    assert waiting[1] == before[1]
    await undo(store, id_)
    await sealer(store, tmp_path).mend()
    assert await figures() == before


async def test_everything_is_told_of_what_was_done(store: LocalStore) -> None:
    first = await add(store, wish("linear", gain=2.0, shift=1.0), 10)
    second = await add(store, wish("samples", t_ns=np.array([T0 + 2 * S]), values=np.array([1.0])), 11)
    await undo(store, first)
    found = await store.ask(lambda connection, _: corrections.entries(connection))
    assert [(x.id, x.point, x.action, x.samples, x.made_ns, x.actor, x.reason) for x in found] == [
        (first, "a.x", "linear", 0, 10, "kari", "meter was reversed"),
        (second, "a.x", "samples", 1, 11, "kari", "meter was reversed"),
    ]
    assert (found[0].gain, found[0].shift) == (2.0, 1.0)
    assert (found[0].undone_ns, found[0].undone_by, found[0].undone_reason) == (2, "per", "was right")
    assert found[1].undone_ns is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE correction SET reason = 'another'",
        "DELETE FROM correction",
        "UPDATE correction_sample SET v = 0",
        "DELETE FROM correction_sample",
    ],
)
async def test_nothing_that_was_said_can_be_changed(store: LocalStore, sql: str) -> None:
    await add(store, wish("samples", t_ns=np.array([T0 + 2 * S]), values=np.array([1.0])))
    with pytest.raises(StoreError, match="append only"):
        await store.change(lambda connection: connection.execute(sql).get)


at = np.array([T0 + 2 * S])
WRONG = [
    (Wish("a.x", T0 + 1, T0, "bad", "kari", "r"), "reversed or empty"),
    (Wish("a.x", T0, T0, "bad", "kari", "r"), "reversed or empty"),
    (Wish("a.x", 0, T0 * 2, "bad", "kari", "r"), "longer than ten years"),
    (Wish("a.x", T0, T0 + 1, "bad", " ", "r"), "somebody who makes it"),
    (Wish("a.x", T0, T0 + 1, "bad", "kari", ""), "needs a reason"),
    (wish("linear", gain=np.inf), "finite"),
    (wish("samples"), "no samples"),
    (wish("samples", t_ns=at, values=np.array([np.nan])), "finite"),
    (wish("samples", t_ns=at + 2 * S, values=np.array([1.0])), "outside the range"),
    (wish("samples", t_ns=np.repeat(at, 2), values=np.ones(2)), "order of their times"),
]


@pytest.mark.parametrize(("given", "text"), WRONG)
async def test_what_makes_no_sense_is_refused_and_leaves_no_trace(store: LocalStore, given: Wish, text: str) -> None:
    with pytest.raises(CorrectionError, match=text):
        await add(store, given)
    assert await store.ask(lambda connection, _: corrections.entries(connection)) == []
    assert await samples(store) == PLAIN


async def test_an_unknown_point_and_unknown_corrections_are_named(store: LocalStore) -> None:
    with pytest.raises(UnknownPointError, match=r"unknown point 'a\.z'"):
        await add(store, Wish("a.z", T0, T0 + 1, "bad", "kari", "r"))
    with pytest.raises(CorrectionError, match="no correction 7"):
        await undo(store, 7)
    id_ = await add(store, wish("bad"))
    with pytest.raises(CorrectionError, match="needs a reason"):
        await undo(store, id_, reason=" ")
    await undo(store, id_)
    with pytest.raises(CorrectionError, match="undone already"):
        await undo(store, id_)
    with pytest.raises(CorrectionError, match=f"no correction {id_ + 1}"):
        await undo(store, id_ + 1)  # the undoing itself


async def test_a_point_that_never_had_a_sample_is_not_corrected(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, T0, {"b.y": 1.0})])
        with pytest.raises(UnknownPointError, match=r"a\.x.*no samples"):
            await add(store, wish("bad"))
        assert await store.change(corrections.entries) == []
