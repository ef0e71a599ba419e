"""The points that the network names show the flow that they stand for, and its contents are those of the hall."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from math import isclose

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.network import AirMoisture, BalanceFlow, Network, StreamHeat, WeightedSum
from sdanlegg.site import Site
from simulators.observe import bind
from simulators.plant import ledger
from simulators.plant.inputs import InputsAhead
from simulators.plant.moist_air import humidity_ratio
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of
from tests.support.holmen import CONFIG

DAYS = (datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 6, 16, tzinfo=UTC))
DT_S = 60.0
NEAR = 0.25  # of a day's spread: a tank has more layers than sensors, a pavement more parts
Read = Callable[[str, State], float]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(CONFIG / "holmen")


@pytest.fixture(scope="module")
def network(site: Site) -> Network:
    assert site.network is not None
    return site.network


@pytest.fixture(scope="module")
def read(site: Site) -> Read:
    """The true value of a point, by its id."""
    getters = {bound.point.id: bound.getter for device in bind(site) for bound in device.points}

    def value(point: str, s: State) -> float:
        shown = getters[point](s)
        assert not isinstance(shown, str)
        return shown

    return value


@pytest.fixture(scope="module", params=DAYS, ids=["winter", "summer"])
def day(request: pytest.FixtureRequest, site: Site) -> list[State]:
    start = int(request.param.timestamp()) * SECOND_NS
    s, inputs, dt_ns = initial(start, place_of(site), 1), InputsAhead(place_of(site), 1), round(DT_S * SECOND_NS)
    states = [s]
    for _ in range(1440):
        s = step(s, inputs.at(s.t_ns + dt_ns), DT_S)
        states.append(s)
    return states


@pytest.fixture(scope="module")
def truth(day: list[State]) -> list[dict[str, float]]:
    """The flows that led to each state but the first."""
    return [ledger.flows(s) for s in day[1:]]


def wrong_points(flow: BalanceFlow, day: list[State], truth: list[dict[str, float]], read: Read) -> list[str]:
    """Points of a measured flow that show something else, with the first instant at which they do."""
    wrong = []
    litres = 1e-3 if flow.carrier == "moisture" else 1.0
    for meter in flow.measured:
        for (before, after), flows in zip(pairwise(day), truth, strict=True):
            true = flows[flow.id]
            if meter.power is not None and not isclose(read(meter.power, after), true, rel_tol=1e-9, abs_tol=1e-9):
                wrong.append(f"{meter.power} shows {read(meter.power, after)}, not {true} at {after.t_ns}")
                break
            if meter.counter is None:
                continue
            counted, gained = true * DT_S / 3600.0 * litres, read(meter.counter, after) - read(meter.counter, before)
            if not isclose(gained, counted, rel_tol=1e-6, abs_tol=1e-7):
                wrong.append(f"{meter.counter} gains {gained}, not {counted} at {after.t_ns}")
                break
    return wrong


def test_measured_points_show_their_flow(
    network: Network, day: list[State], truth: list[dict[str, float]], read: Read
) -> None:
    assert [text for flow in network.flows for text in wrong_points(flow, day, truth, read)] == []


def held(content: WeightedSum | AirMoisture, s: State, read: Read) -> float:
    """What a storage holds by its points."""
    if isinstance(content, AirMoisture):
        return content.dry_air_kg * humidity_ratio(read(content.temperature, s), read(content.humidity, s))
    total = sum(read(p, s) for p in content.plus) - sum(read(p, s) for p in content.minus)
    return content.factor * total * (1.0 if content.times is None else content.added + read(content.times, s))


def test_contents_change_as_their_points_say(network: Network, day: list[State], read: Read) -> None:
    for node in network.nodes:
        if node.content is None:
            continue
        true = [ledger.contents(s)[node.id] for s in day[1::60]]
        shown = [held(node.content, s, read) for s in day[1::60]]
        spread = max(true) - min(true)
        for (a, b), (c, d) in zip(pairwise(true), pairwise(shown), strict=True):
            assert d - c == pytest.approx(b - a, abs=NEAR * spread), node.id


def derived(how: StreamHeat | WeightedSum, s: State, read: Read) -> float:
    """A derived flow by its points."""
    if isinstance(how, WeightedSum):
        return held(how, s, read)
    cold = 0.0 if how.cold is None else read(how.cold, s)
    return how.kwh_per_m3_k * read(how.flow, s) * (read(how.hot, s) - cold)


def test_derived_flows_are_near_the_truth_over_a_day(
    network: Network, day: list[State], truth: list[dict[str, float]], read: Read
) -> None:
    for flow in network.flows:
        if flow.derived is not None:
            assert flow.sigma is not None
            true = sum(flows[flow.id] for flows in truth)
            shown = sum(derived(flow.derived, s, read) for s in day[1:])
            assert shown == pytest.approx(true, rel=flow.sigma, abs=1.0), flow.id
