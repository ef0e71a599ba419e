from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.onward import CATCH_UP_NS, Onward, newest_ns
from sdanlegg.quality import BAD, CLOCK, COMM, GOOD, UNCERTAIN
from tests.support.clocks import SetClock
from tests.support.history import T0, reading, table

POINTS = table("a.x", "a.e_kwh")
S, HOUR = SECOND_NS, 3600 * SECOND_NS


def judged(onward: Onward, t_ns: int, quality: int = GOOD) -> int:
    """Quality of a reading at that wall time, taken when the monotonic clock stands where it stands."""
    return int(onward.judge(reading(POINTS, t_ns, {"a.x": 1.0}, quality)).quality[0])


def test_as_long_as_time_goes_on_readings_are_left_alone() -> None:
    onward = Onward(SetClock(), 0)
    asked = [reading(POINTS, T0 + t, {"a.x": 1.0}) for t in (0, S, S - 1, 3 * S // 2, S, 9 * HOUR)]
    assert [onward.judge(one) for one in asked] == asked


def test_what_comes_before_the_newest_is_marked_until_the_clock_has_passed_it() -> None:
    onward = Onward(SetClock(), T0)
    assert judged(onward, T0 - HOUR) == BAD | CLOCK
    assert judged(onward, T0 - S, UNCERTAIN) == BAD | CLOCK
    assert judged(onward, T0 - S, BAD | COMM) == BAD | COMM | CLOCK
    assert judged(onward, T0) == BAD | CLOCK
    assert judged(onward, T0 + 1) == GOOD
    assert judged(onward, T0) == GOOD  # the usual disorder between devices


def test_a_clock_that_is_far_behind_is_believed() -> None:
    onward = Onward(SetClock(), T0)
    with capture_logs() as logs:
        assert judged(onward, T0 - CATCH_UP_NS - 1) == GOOD
    assert onward.newest_ns == T0 - CATCH_UP_NS - 1
    assert [(log["event"], log["behind_s"]) for log in logs] == [("clock_believed", 7200)]


@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_step_is_told_once(step: int) -> None:
    clock = SetClock()
    onward = Onward(clock, 0)
    with capture_logs() as logs:
        for second in range(5):
            clock.t_ns = T0 + second * S
            judged(onward, clock.t_ns + (step * S if second > 2 else 0))
    assert [(log["event"], log["seconds"]) for log in logs] == [("clock_stepped", step)]


async def test_the_newest_of_a_history(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS) as store:
        assert await newest_ns(store, ["a.x", "a.e_kwh"]) == 0
        await store.write([reading(POINTS, T0, {"a.x": 1.0}), reading(POINTS, T0 + S, {"a.e_kwh": 1.0})])
        assert await newest_ns(store, ["a.x", "a.e_kwh"]) == T0 + S
        assert await newest_ns(store, ["a.unheard"]) == 0
