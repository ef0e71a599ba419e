"""Poison lines are found by halving; everything else is stored; a mirror at fault itself is told from its lines."""

from collections.abc import Sequence

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.mirrors import MirrorError
from sdanlegg.historian.mirrors.sieve import SEARCH_REQUESTS, Sieve
from tests.support.clocks import SetClock
from tests.support.fake_mirror import FakeMirror, Judge, failing

WITNESS = b"hall,site=x heartbeat=1.0 1"


def line(point: int, t: int) -> bytes:
    return b"power,device=d,point=p%d,site=x value=1.0,quality=0i %d" % (point, t)


def poisoned(poison: set[bytes]) -> Judge:
    """Refuses a request as a whole that has a poison line."""

    def judge(lines: Sequence[bytes]) -> MirrorError | None:
        return MirrorError("field type conflict", "refused") if poison & set(lines) else None

    return judge


def sieve(mirror: FakeMirror, clock: SetClock | None = None) -> Sieve:
    return Sieve(mirror, lambda: WITNESS, clock or SetClock())


@pytest.mark.parametrize(
    "bad", [{(0, 0)}, {(7, 9)}, {(3, 0), (3, 9)}, {(3, t) for t in range(10)}, {(0, 1), (9, 8), (4, 4)}]
)
async def test_exactly_the_poison_is_refused_and_the_rest_stored(bad: set[tuple[int, int]]) -> None:
    mirror = FakeMirror()
    lines = [line(p, t) for t in range(10) for p in range(10)]
    poison = {line(*one) for one in bad}
    mirror.judge = poisoned(poison)
    refused = await sieve(mirror).write(lines)
    assert {one.line for one in refused} == poison
    assert {(one.point, one.t_ns) for one in refused} == {(f"d.p{p}", t) for p, t in bad}
    assert {one.reason for one in refused} == {"field type conflict"}
    assert set(mirror.kept.values()) - {WITNESS} == set(lines) - poison


async def test_few_requests_find_one_poison_line_among_thousands() -> None:
    mirror = FakeMirror()
    lines = [line(p, t) for t in range(10) for p in range(500)]
    mirror.judge = poisoned({line(321, 4)})
    await sieve(mirror).write(lines)
    assert len(mirror.requests) < 35


async def test_a_point_that_stays_poison_costs_one_request_more() -> None:
    mirror = FakeMirror()
    mirror.judge = poisoned({line(3, t) for t in range(100)})
    one = sieve(mirror)
    for t in range(20):
        before = len(mirror.requests)
        refused = await one.write([line(p, t) for p in range(100)])
        assert [r.point for r in refused] == ["d.p3"]
    assert len(mirror.requests) - before == 3  # the others, the poison, and the witness that it is the line's fault
    mirror.judge = lambda _: None
    for t in (20, 21):
        assert await one.write([line(p, t) for p in range(100)]) == []
    assert len(mirror.came[-1]) == 100  # all together again


async def test_a_mirror_that_refuses_a_sound_line_too_is_at_fault_itself() -> None:
    mirror = FakeMirror()
    mirror.judge = failing("refused")
    with pytest.raises(MirrorError, match="refuses whatever it is sent: it is refused") as caught:
        await sieve(mirror).write([line(p, 0) for p in range(100)])
    assert caught.value.fault == "failing"
    assert len(mirror.requests) == 2


async def test_the_search_has_an_end_each_minute_and_goes_on_in_the_next() -> None:
    mirror, clock = FakeMirror(), SetClock()
    lines = [line(p, t) for t in range(2) for p in range(1000)]
    poison = {line(p, 0) for p in range(1000)}
    mirror.judge = poisoned(poison)
    one = sieve(mirror, clock)
    refused = await one.write(lines)
    assert {r.line for r in refused} >= poison
    assert len(mirror.requests) <= SEARCH_REQUESTS + 4
    assert len(await one.write(lines)) == 2000  # nothing is searched any more
    clock.t_ns += 61 * SECOND_NS
    before = len(mirror.requests)
    await one.write(lines)
    assert len(mirror.requests) - before > SEARCH_REQUESTS / 2


@pytest.mark.parametrize("fault", ["unreachable", "busy", "too_large", "denied", "failing"])
async def test_other_faults_are_not_searched(fault: str) -> None:
    mirror = FakeMirror()
    mirror.judge = failing(fault)  # type: ignore[arg-type]
    with pytest.raises(MirrorError, match=fault):
        await sieve(mirror).write([line(1, 1), line(2, 2)])
    assert len(mirror.requests) == 1
