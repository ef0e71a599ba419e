"""What goes wrong with tap water and greywater, in the whole hall: each fault shows, and nothing is made or lost."""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators.plant import ledger
from simulators.plant.faults import SOUND, Faults
from simulators.plant.inputs import inputs_over
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.plant.visitors import Place
from tests.support.closure import gap
from tests.support.holmen import CONFIG

BEGIN_NS = int(datetime(2026, 6, 15, 22, 0, tzinfo=UTC).timestamp()) * SECOND_NS
STEP_S = 300.0
STEPS = 24 * 12  # a local day from midnight
NIGHT = 5 * 12
MINE = ("heat.header", "tap.tank", "boiler", "gv1", "grey.water", "grey.heat", "store.water", "store.heat", "water.tap",
        "water.hot", "water.shower", "water.cold")  # fmt: skip
ALL_AT_ONCE = Faults(boiler_stuck_kw=90.0, circulation_lost_kw=6.0, shower_stuck_m3_h=3.0, grey_fouled=1.0)


class Day:
    """A Tuesday in June under faults."""

    def __init__(self, place: Place) -> None:
        self.begin = initial(BEGIN_NS, place, 1)
        times = [BEGIN_NS + round(STEP_S * SECOND_NS) * (k + 1) for k in range(STEPS)]
        self._inputs = inputs_over(times, place, 1)
        self.under = lru_cache(self._under)

    def _under(self, faults: Faults) -> list[State]:
        states = [self.begin]
        for inputs in self._inputs:
            states.append(step(states[-1], inputs._replace(faults=faults), STEP_S))
        return states


@pytest.fixture(scope="module")
def day(place: Place) -> Day:
    return Day(place)


def kwh(states: list[State], flow: str) -> float:
    return sum(ledger.flows(s)[flow] for s in states[1:]) * STEP_S / 3600.0


def test_nodes_close_with_all_faults_at_once(day: Day) -> None:
    network = load_site(CONFIG / "holmen").network
    assert network is not None
    nodes = [node for node in network.nodes if node.id in MINE]
    assert len(nodes) == len(MINE)
    for before, after in pairwise(day.under(ALL_AT_ONCE)):
        told, held = ledger.flows(after), (ledger.contents(before), ledger.contents(after))
        assert [node.id for node in nodes if not gap(network, node, told, held, STEP_S).closes] == []


def test_a_boiler_that_sticks_heats_the_header_and_rests_the_heat_pump(day: Day) -> None:
    sound, stuck = day.under(SOUND), day.under(Faults(boiler_stuck_kw=60.0))
    assert kwh(sound, "boiler.header") == 0.0
    assert 0.9 * 24 * 60.0 < kwh(stuck, "boiler.header") <= 24 * 60.0  # the thermostat may cut in a warm night
    assert max(s.header.t for s in stuck) < 75.0
    assert kwh(stuck, "vp1.cond") < 0.5 * kwh(sound, "vp1.cond")
    assert sum(s.header.t for s in stuck) > sum(s.header.t for s in sound)


def test_wet_insulation_cools_the_circulation_and_costs_boiler_heat(day: Day) -> None:
    sound, wet = day.under(SOUND), day.under(Faults(circulation_lost_kw=6.0))
    assert kwh(wet, "tap.circulation") - kwh(sound, "tap.circulation") == pytest.approx(24 * 6.0, rel=0.1)
    assert kwh(wet, "boiler.el") > kwh(sound, "boiler.el") + 100.0
    assert max(s.tv1.circulation_t for s in wet[1:]) < min(s.tv1.circulation_t for s in sound[1:])
    assert min(s.tv1.hot_t for s in wet[1:]) > 63.5


def test_a_shower_that_does_not_close_shows_at_night(day: Day) -> None:
    sound, running = day.under(SOUND), day.under(Faults(shower_stuck_m3_h=0.5))
    at_night = [s.tv1.shower_m3_h for s in running[1:NIGHT]]
    assert min(at_night) == pytest.approx(0.5)
    assert max(s.tv1.shower_m3_h for s in sound[1:NIGHT]) == 0.0
    assert kwh(running, "tap.hot_water") > kwh(sound, "tap.hot_water") + 5.0


def test_a_fouled_exchanger_recovers_less_and_costs_more(day: Day) -> None:
    sound, fouled = day.under(SOUND), day.under(Faults(grey_fouled=0.5))
    cops = [kwh(states, "gv1.heat") / kwh(states, "gv1.el") for states in (sound, fouled)]
    assert 8.0 < cops[0] < 11.0
    assert cops[1] < 0.9 * cops[0]
    assert kwh(fouled, "gv1.heat") < 0.98 * kwh(sound, "gv1.heat")
    assert max(s.gv1.drain_out_t for s in fouled[1:] if s.gv1.drain_flow) > 9.0
