"""The whole hall: sums close at every step, the same question has the same answer, steps may be split."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import get_type_hints

import pytest

from sdanlegg.clock import SECOND_NS
from simulators.plant.circuits import supply_return_t, unmetered_kw
from simulators.plant.header import CAPACITY_KWH_K
from simulators.plant.inputs import inputs_at
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import advance_to, step
from simulators.plant.visitors import Place

DAYS = (datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 6, 16, tzinfo=UTC))


@pytest.fixture(scope="module", params=DAYS, ids=["winter", "summer"])
def day(request: pytest.FixtureRequest, place: Place) -> list[State]:
    """A day in steps of a minute."""
    state = initial(int(request.param.timestamp()) * SECOND_NS, place, 1)
    states = [state]
    for _ in range(1440):
        state = step(state, inputs_at(state.t_ns + 60 * SECOND_NS, place, 1), 60.0)
        states.append(state)
    return states


def test_electricity_closes(day: list[State]) -> None:
    for s in day[1:]:
        loads = sum(s.meters.p[1:])
        solar = sum(array.ac_kw for array in s.pv.values())
        assert s.meters.p.main + solar == pytest.approx(loads + unmetered_kw(s), rel=1e-12)
        assert 3.0 < unmetered_kw(s) < 45.0


def assert_header_closes(before: State, s: State) -> None:
    heat = s.meters.heat_kw
    sources = heat.condenser + heat.air + s.tv1.boiler_header_kw
    circuits = sum(heat[1:8])  # space … snow
    stored = (s.header.t - before.header.t) * CAPACITY_KWH_K * 60.0
    assert sources - circuits - s.header.loss_kw == pytest.approx(stored, abs=1e-6)


def test_header_closes(day: list[State]) -> None:
    for before, s in pairwise(day):
        assert_header_closes(before, s)


def test_heat_pump_and_brine_close(day: list[State]) -> None:
    for s in day[1:]:
        assert s.vp1.heat_kw == pytest.approx(s.vp1.evaporator_kw + s.vp1.p_el, abs=1e-9)
        brought = s.meters.heat_kw.well_extract + s.meters.heat_kw.solar
        assert brought == pytest.approx(s.vp1.evaporator_kw + s.meters.heat_kw.well_charge, abs=1e-9)


def test_heat_meters_agree_with_their_streams(day: list[State]) -> None:
    brine = {"snow", "well_charge", "well_extract", "solar"}
    for s in day[1::30]:
        for place, name in enumerate(s.meters.heat_kw._fields):
            factor = 965.0 * 4.2 / 3600.0 if name in brine else 1.163 if name == "grey" else 1.152
            supply_t, return_t = supply_return_t(s, place)
            carried = factor * s.meters.heat_m3_h[place] * (supply_t - return_t)
            assert s.meters.heat_kw[place] == pytest.approx(carried, abs=1e-6), name


def test_water_closes(day: list[State]) -> None:
    """Mains water goes into the greywater store, the tank, the pools, the showers and a small rest."""
    for s in day[1:]:
        m = s.meters.water
        stored = s.gv1.fresh_flow - s.gv1.out_m3_h
        rest = m.mains - m.tap - m.makeup_main - m.makeup_therapy - s.tv1.shower_cold_m3_h - stored
        assert -1e-9 <= rest <= 2.5


def test_counters_count_what_flowed_and_never_fall(day: list[State]) -> None:
    first, last = day[0].meters, day[-1].meters
    for place, kwh in enumerate(last.el_kwh):
        flowed = sum(max(0.0, s.meters.p[place]) for s in day[1:]) / 60.0
        assert kwh - first.el_kwh[place] == pytest.approx(flowed, abs=1e-4)
    for before, s in pairwise(day):
        assert all(now >= then for now, then in zip(s.meters.heat_kwh, before.meters.heat_kwh, strict=True))
        assert s.people.in_total >= before.people.in_total


def test_the_hall_stays_in_its_bounds(day: list[State]) -> None:
    for s in day:
        assert 27.0 < s.pool_main.water_t < 28.5
        assert 33.0 < s.pool_therapy.water_t < 34.2
        assert 50.0 < s.pool_main.level_pct < 90.0
        assert 28.0 < s.ahu1.t < 32.5
        assert 30.0 < s.header.t < 62.0
        assert s.tv1.nodes[0] > 60.0
        assert s.vp1.brine_out_t >= -4.0


def test_same_seed_and_times_same_state(place: Place) -> None:
    start = int(DAYS[0].timestamp()) * SECOND_NS
    end = start + 2 * 3600 * SECOND_NS
    one, two = (advance_to(initial(start, place, 3), end, place, 3) for _ in range(2))
    assert one == two
    assert advance_to(initial(start, place, 4), end, place, 4) != one


def test_steps_may_be_split(place: Place) -> None:
    """A minute in one step or in six gives the same hall within the order of the step."""
    start = int(DAYS[1].timestamp()) * SECOND_NS
    base = initial(start, place, 1)
    end = start + 6 * 3600 * SECOND_NS
    coarse = advance_to(base, end, place, 1, 60.0)
    fine = advance_to(base, end, place, 1, 10.0)
    assert coarse.pool_main.water_t == pytest.approx(fine.pool_main.water_t, abs=0.01)
    assert coarse.wells.from_wells_t == pytest.approx(fine.wells.from_wells_t, abs=0.3)
    grid = [s.meters.el_kwh.main - base.meters.el_kwh.main for s in (coarse, fine)]
    assert grid[0] == pytest.approx(grid[1], rel=0.05)
    solar = [sum(s.meters.pv_kwh) - sum(base.meters.pv_kwh) for s in (coarse, fine)]
    assert solar[0] == pytest.approx(solar[1], rel=0.02)


@pytest.mark.parametrize("dt_s", [0.0, -60.0, 300.1, float("nan")])
def test_steps_that_cannot_be_are_refused(place: Place, dt_s: float) -> None:
    base = initial(int(DAYS[0].timestamp()) * SECOND_NS, place, 1)
    with pytest.raises(ValueError, match="longer than 0 and at most 300 s"):
        step(base, base.inputs, dt_s)


@pytest.mark.parametrize("start", DAYS)
def test_the_largest_steps_give_the_same_day(place: Place, start: datetime) -> None:
    """Five minutes beside one: what was counted differs by what tanks and controllers do between."""
    base = initial(int(start.timestamp()) * SECOND_NS, place, 1)
    end = base.t_ns + 86400 * SECOND_NS
    coarse, fine = (advance_to(base, end, place, 1, dt_s) for dt_s in (300.0, 60.0))
    for kind in ("el_kwh", "heat_kwh", "water_m3"):
        counted = [[now - then for now, then in zip(getattr(s.meters, kind), getattr(base.meters, kind), strict=True)]
                   for s in (coarse, fine)]  # fmt: skip
        largest = max(counted[1])
        assert counted[0] == pytest.approx(counted[1], rel=0.05, abs=0.05 * largest), kind
    for part in ("ahu1", "ahu2", "ahu3"):
        assert getattr(coarse, part).t == pytest.approx(getattr(fine, part).t, abs=1.0)


def test_advance_to_stops_exactly_and_never_goes_back(place: Place) -> None:
    start = int(DAYS[0].timestamp()) * SECOND_NS
    base = initial(start, place, 1)
    assert base.t_ns == start
    assert advance_to(base, start + 90_500_000_000, place, 1).t_ns == start + 90_500_000_000
    assert advance_to(base, start - SECOND_NS, place, 1) is base


def test_requests_are_taken_up_and_set_back(place: Place) -> None:
    base = initial(int(DAYS[0].timestamp()) * SECOND_NS, place, 1)
    sp = base.setpoints._replace(
        tv1=base.setpoints.tv1._replace(flush_start=1.0),
        filter_main=base.setpoints.filter_main._replace(backwash_request=1.0),
    )
    asked = base._replace(setpoints=sp)
    after = advance_to(asked, base.t_ns + 600 * SECOND_NS, place, 1)
    assert after.setpoints.tv1.flush_start == 0.0
    assert after.tv1.flush_state != 0
    assert after.setpoints.filter_main.backwash_request == 0.0
    assert after.filter_main.washes == base.filter_main.washes + 1.0


def test_disabled_heat_pump_leaves_the_header_to_the_boiler(place: Place) -> None:
    base = initial(int(DAYS[0].timestamp()) * SECOND_NS, place, 1)
    sp = base.setpoints._replace(vp1=base.setpoints.vp1._replace(enable=0.0))
    cold = base._replace(setpoints=sp)
    states = [cold]
    for _ in range(600):
        states.append(advance_to(states[-1], states[-1].t_ns + 60 * SECOND_NS, place, 1))
    after = states[-1]
    assert after.vp1.heat_kw == 0.0
    assert any(s.tv1.boiler_header_kw > 0.0 for s in states)
    assert after.header.t > 30.0
    for before, s in pairwise(states):
        assert_header_closes(before, s)


def test_state_holds_only_numbers_and_records(place: Place) -> None:
    def leaves(value: object) -> list[object]:
        if isinstance(value, dict):
            return [leaf for inner in value.values() for leaf in leaves(inner)]
        if isinstance(value, (list, tuple)):
            return [leaf for inner in value for leaf in leaves(inner)]
        return [value]

    kinds = {type(leaf) for leaf in leaves(initial(int(DAYS[0].timestamp()) * SECOND_NS, place, 1))}
    assert kinds <= {int, float, bool}


def test_every_record_has_the_fields_of_its_class(day: list[State]) -> None:
    def records(value: object) -> Iterator[tuple[object, ...]]:
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            yield value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
            yield from records(inner)

    for s in day[1::7]:
        for part in records(s):
            named = get_type_hints(type(part))
            assert len(part) == len(named)
            for (name, kind), value in zip(named.items(), part, strict=True):
                if kind in {float, int, bool}:
                    assert isinstance(value, (int, float) if kind is float else kind), (type(part), name)
