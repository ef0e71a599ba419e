"""History sent anew by time: all of it, as it came, once; a mirror that is away is waited for, refusals are told."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import MirrorError, anew
from sdanlegg.historian.mirrors.anew import Sender
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.reader import LocalReader
from tests.support.clocks import SetClock
from tests.support.fake_mirror import FakeMirror, failing
from tests.support.history import T0, reading, table
from tests.support.sealing import seal
from tests.support.spooled import POINTS, A, B

DAY_NS = 86_400 * SECOND_NS
STEPS = range(0, 3 * 86_400, 600)  # s


async def fill(folder: Path) -> set[tuple[str, int]]:
    """Three days, two of them sealed; point and time of every sample."""
    times = [T0 + s * SECOND_NS for s in STEPS]
    async with LocalStore.open(folder, POINTS, 5) as store:
        await store.write(reading(POINTS, t, dict.fromkeys(A, t % 1000 / 4)) for t in times)
        await store.write(reading(POINTS, t + 7, {"b.x": 1.0}) for t in times)
        await seal(store, folder, T0 + 2 * DAY_NS)
    return {(name, t) for t in times for name in A} | {(name, t + 7) for t in times for name in B}


async def send(folder: Path, mirror: FakeMirror, start_ns: int, end_ns: int) -> tuple[Sender, list[str], int]:
    """Send; the sender, the reasons of waiting, and how many steps it told of."""
    told: list[str] = []
    async with LocalReader.open(folder) as reader:
        held = await reader.ask(lambda c, _: anew.holdings(c, POINTS))
        sender = Sender(reader, mirror, "hall", lambda t: heartbeat("hall", t, 9.5), SetClock())
        steps = [step async for step in sender.send(held, start_ns, end_ns, told.append)]
    assert len(steps) == len(held) * len(anew.spans(start_ns, end_ns))
    return sender, told, len(steps)


async def test_everything_goes_once_from_chunks_and_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.historian.mirrors.anew.CELLS", 50_000)
    want, mirror = await fill(tmp_path), FakeMirror()
    async with LocalReader.open(tmp_path) as reader:
        bounds = await reader.ask(lambda c, _: anew.bounds(c))
    assert bounds is not None
    assert T0 - DAY_NS < bounds[0] <= T0
    assert bounds[1] == T0 + STEPS[-1] * SECOND_NS + 8
    sender, told, _ = await send(tmp_path, mirror, *bounds)
    assert mirror.samples() == want
    assert sum(map(len, mirror.came)) == len(want) == sender.sent.lines
    assert sender.sent.points == {*A, *B}
    assert (sender.sent.refused, told) == (0, [])


async def test_the_bounds_of_a_file(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 5) as store:
        assert await store.ask(lambda c, _: anew.bounds(c)) is None
        await store.write([reading(POINTS, T0, {"b.x": 1.0})])
        assert await store.ask(lambda c, _: anew.bounds(c)) == (T0, T0 + 1)
        await seal(store, tmp_path, T0 + DAY_NS)
        day = T0 // DAY_NS * DAY_NS
        assert await store.ask(lambda c, _: anew.bounds(c)) == (day, day + DAY_NS)


async def test_a_range_is_half_open(tmp_path: Path) -> None:
    want, mirror = await fill(tmp_path), FakeMirror()
    start, end = T0 + 86_400 * SECOND_NS, T0 + (86_400 + 6000) * SECOND_NS
    await send(tmp_path, mirror, start, end)
    assert mirror.samples() == {one for one in want if start <= one[1] < end}
    assert len(mirror.samples()) == 40


async def test_corrections_are_not_sent(tmp_path: Path) -> None:
    await fill(tmp_path)
    sql = """INSERT INTO correction(made_ns, actor, reason, p, start_ns, end_ns, action)
        SELECT 1, 'me', 'drift', p, 0, 9000000000000000000, 'bad' FROM point"""
    async with LocalStore.open(tmp_path, POINTS, 5) as store:
        await store.change(lambda c: c.execute(sql).get)
        assert (await store.read(["a.x"], T0, T0 + DAY_NS)).quality.min() > 0  # seen by who reads
    mirror = FakeMirror()
    await send(tmp_path, mirror, T0, T0 + DAY_NS)
    assert all(b"quality=0i" in line for line in mirror.kept.values())


async def test_devices_that_left_the_configuration_are_sent_too(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with LocalReader.open(tmp_path) as reader:
        held = await reader.ask(lambda c, _: anew.holdings(c, table("b.x")))
    assert [(one.device, [s.id for s in one.series]) for one in held] == [("a", [*A]), ("b", [*B])]
    assert [s.system for one in held for s in one.series] == ["", "", "", "000.000"]


async def test_a_mirror_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    want, mirror, tries = await fill(tmp_path), FakeMirror(), iter(range(100))

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("it is away", "unreachable") if next(tries) in (2, 3, 4) else None

    mirror.judge = judge
    _, told, _ = await send(tmp_path, mirror, T0, T0 + 4 * DAY_NS)
    assert mirror.samples() == want
    assert told == ["it is away"] * 3


@pytest.mark.parametrize("fault", ["unreachable", "denied", "missing"])
async def test_a_mirror_that_does_not_come_back_ends_it(tmp_path: Path, fault: str) -> None:
    await fill(tmp_path)
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    with pytest.raises(MirrorError, match=f"it is {fault}"):
        await send(tmp_path, mirror, T0, T0 + DAY_NS)


async def test_what_is_refused_is_counted_with_examples(tmp_path: Path) -> None:
    want, mirror = await fill(tmp_path), FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("no", "refused") if any(b",point=y," in line for line in lines) else None

    mirror.judge = judge
    sender, _, _ = await send(tmp_path, mirror, T0, T0 + 4 * DAY_NS)
    assert mirror.samples() == {one for one in want if one[0] != "a.y"}
    assert sender.sent.refused == len(STEPS)
    assert sender.sent.lines == len(want) - len(STEPS)
    assert [(one.point, one.reason) for one in sender.sent.examples] == [("a.y", "no")] * 5


async def test_requests_that_are_too_large_are_halved(tmp_path: Path) -> None:
    want, mirror = await fill(tmp_path), FakeMirror()

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("too large", "too_large") if len(lines) > 100 else None

    mirror.judge = judge
    await send(tmp_path, mirror, T0, T0 + 4 * DAY_NS)
    assert mirror.samples() == want


async def test_an_engine_that_was_started_anew_meanwhile_may_have_lost_part(tmp_path: Path) -> None:
    await fill(tmp_path)
    mirror = FakeMirror()

    def judge(lines: Sequence[bytes]) -> None:
        mirror.begun = 2.0

    mirror.judge = judge
    with pytest.raises(MirrorError, match="started anew while it was sent history"):
        await send(tmp_path, mirror, T0, T0 + DAY_NS)
