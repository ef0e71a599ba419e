"""Movable floors: a day of the staff, what they forget, and what must hold before a floor moves."""

from datetime import datetime
from itertools import pairwise

import pytest

from simulators.plant import floor
from simulators.plant.floor import MAIN, THERAPY, Floor, FloorPlan
from simulators.plant.inputs import inputs_at
from simulators.plant.visitors import FORGOTTEN, Crowd, Place, crowd_at

RAISED = Floor(0.0, 0.0, False, True, 0.0, 0.0, 0.0, 0.0, 0)
OPEN = Crowd(60.0, 60.0, True, 6.5, 21.5, 14.0, 1, 2, lessons=True)
CLOSED = OPEN._replace(arrivals=0.0, departures=0.0, open=False, hour=22.2)


def at(place: Place, *parts: int) -> float:
    return datetime(*parts, tzinfo=place.zone).timestamp()  # type: ignore[misc,arg-type]


def day(
    place: Place, plan: FloorPlan, start: float, f: Floor, dt_s: float = 60.0, left_down: bool = False
) -> list[Floor]:
    """A day's floor, with bathers while the hall is open."""
    floors = []
    for k in range(round(86400.0 / dt_s)):
        crowd = crowd_at(start + dt_s * (k + 1), place, 1)
        f = floor.advance(f, plan, crowd, 40.0 if crowd.open else 0.0, left_down, dt_s)
        floors.append(f)
    return floors


@pytest.mark.parametrize("dt_s", [1.0, 60.0, 300.0])
def test_raised_at_night_down_by_day_and_up_for_lessons(place: Place, dt_s: float) -> None:
    floors = day(place, MAIN, at(place, 2026, 1, 14, 0, 0), RAISED, dt_s)
    depth = {hour: floors[round(hour * 3600.0 / dt_s) - 1].depth_mm for hour in (4, 10, 12, 23)}
    assert depth == {4: 0.0, 10: 900.0, 12: 1800.0, 23: 0.0}
    last = floors[-1]
    assert last.travels == 4.0
    assert last.run_h == pytest.approx((1800.0 + 900.0 + 900.0 + 1800.0) / 5.0 / 3600.0)
    kwh = sum(f.p_el for f in floors) * dt_s / 3600.0
    assert kwh == pytest.approx(MAIN.drive_kw * last.run_h)
    assert max(abs(b.depth_mm - a.depth_mm) for a, b in pairwise(floors)) <= floor.SPEED_MM_S * dt_s


def test_no_lessons_in_a_break(place: Place) -> None:
    """The winter break of Asker, a Wednesday."""
    floors = day(place, MAIN, at(place, 2026, 2, 18, 0, 0), RAISED)
    assert floors[10 * 60].depth_mm == 1800.0
    assert floors[-1].travels == 2.0


def test_left_down_until_the_next_evening(place: Place) -> None:
    down = Floor(1350.0, 1350.0, False, True, 0.0, 0.0, 0.0, 0.0, 0)
    evening = day(place, THERAPY, at(place, 2026, 1, 14, 12, 0), down, left_down=True)
    assert min(f.depth_mm for f in evening[5 * 60 + 10 :]) == 1350.0  # after the lesson at 16
    tomorrow = day(place, THERAPY, at(place, 2026, 1, 15, 12, 0), evening[-1])
    assert tomorrow[12 * 60 - 1].depth_mm == 0.0


def test_nobody_moves_it_on_a_closed_day(place: Place) -> None:
    """17 May is closed: the floor stays where the last evening left it."""
    for before in (RAISED, Floor(1800.0, 1800.0, False, True, 0.0, 0.0, 0.0, 0.0, 0)):
        floors = day(place, MAIN, at(place, 2026, 5, 17, 0, 0), before)
        assert {f.depth_mm for f in floors} == {before.depth_mm}


def test_after_closing_it_waits_for_the_last_bather() -> None:
    down = Floor(1800.0, 1800.0, False, False, 0.0, 0.0, 5.0, 0.0, 0)
    waiting = down
    for _ in range(10):
        waiting = floor.advance(waiting, MAIN, CLOSED, 2.0, False, 60.0)
        assert (waiting.depth_mm, waiting.moving, waiting.permissive) == (1800.0, False, False)
    assert waiting.target_mm == 0.0
    assert waiting.travels == 6.0
    gone = [waiting]
    for _ in range(4):
        gone.append(floor.advance(gone[-1], MAIN, CLOSED, 0.0, False, 60.0))
    assert [f.depth_mm for f in gone] == [1800.0, 1800.0, 1800.0, 1500.0, 1200.0]


def test_it_moves_only_with_key_and_permissive(place: Place) -> None:
    for f in day(place, MAIN, at(place, 2026, 1, 14, 0, 0), RAISED, 10.0):
        assert floor.key_switch(f) == (1 if f.moving else 0)
        if f.moving:
            assert f.permissive
            assert f.p_el > 0.0
        else:
            assert f.p_el == 0.0
        assert abs(floor.skew_mm(f)) < 20.0


def test_a_standing_floor_costs_nothing() -> None:
    assert floor.advance(RAISED, MAIN, CLOSED, 0.0, False, 60.0) is RAISED


def test_staff_forget_now_and_then_and_always_the_same_evenings(place: Place) -> None:
    start = at(place, 2026, 1, 1, 20, 0)
    crowds = [crowd_at(start + 86400.0 * k, place, 1) for k in range(3650)]
    for forgot in ([c.forgets_main for c in crowds], [c.forgets_therapy for c in crowds]):
        assert sum(forgot) / 3650.0 == pytest.approx(FORGOTTEN, abs=0.012)
    assert [c.forgets_main for c in crowds] != [c.forgets_therapy for c in crowds]
    again = [inputs_at(round((start + 86400.0 * k) * 1e9), place, 1).crowd.forgets_main for k in range(30)]
    assert again == [c.forgets_main for c in crowds[:30]]
    other = [crowd_at(start + 86400.0 * k, place, 2).forgets_main for k in range(3650)]
    assert other != [c.forgets_main for c in crowds]


def test_covered_share() -> None:
    assert floor.covered(RAISED) == 1.0
    assert floor.covered(RAISED._replace(depth_mm=20.0)) == 1.0
    assert floor.covered(RAISED._replace(depth_mm=70.0)) == pytest.approx(0.5)
    assert floor.covered(RAISED._replace(depth_mm=1800.0)) == 0.0
