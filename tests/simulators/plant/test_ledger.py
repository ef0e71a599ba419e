"""The first law and the masses, node by node of the hall's network, on the twin's truth."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.network import Network
from sdanlegg.site import Site
from simulators.plant import ledger
from simulators.plant.inputs import InputsAhead
from simulators.plant.measures import ALL, Measures, without
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of
from tests.support import any_hall
from tests.support.closure import gap
from tests.support.holmen import CONFIG

DAYS = {"winter": datetime(2026, 1, 14, tzinfo=UTC), "summer": datetime(2026, 6, 16, tzinfo=UTC)}
# Step [s] and how many of them: a day, and of the shortest steps an hour of opening.
Begin = Callable[[str, float], State]
STEPS = {1.0: 3600, 60.0: 1440, 300.0: 288}


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(CONFIG / "holmen")


@pytest.fixture(scope="module")
def network(site: Site) -> Network:
    assert site.network is not None
    return site.network


@pytest.fixture(scope="module")
def begin(site: Site) -> Begin:
    """The state at an hour (UTC) of a winter's or a summer's day."""

    def state(day: str, hour: float) -> State:
        return initial(int(DAYS[day].timestamp() + 3600.0 * hour) * SECOND_NS, place_of(site), 1)

    return lru_cache(state)


def open_nodes(network: Network, states: Iterable[State]) -> dict[str, str]:
    """Nodes that do not close in every step of a run, with the reason."""
    reasons: dict[str, str] = {}
    for before, after in pairwise(states):
        flows, held = ledger.flows(after), (ledger.contents(before), ledger.contents(after))
        for node in network.nodes:
            if node.id in reasons:
                continue
            try:
                found = gap(network, node, flows, held, (after.t_ns - before.t_ns) / SECOND_NS)
            except KeyError as unknown:
                reasons[node.id] = f"nobody tells {unknown}"
                continue
            if not found.closes:
                reasons[node.id] = f"{found.missing:.3g} of {found.passed:.3g} is missing at {after.t_ns}"
    return reasons


def run(s: State, site: Site, dt_s: float, steps: int, measures: Measures = ALL) -> Iterable[State]:
    inputs, dt_ns = InputsAhead(place_of(site), 1, measures=measures), round(dt_s * SECOND_NS)
    yield s
    for _ in range(steps):
        s = step(s, inputs.at(s.t_ns + dt_ns), dt_s)
        yield s


@pytest.mark.parametrize("dt_s", STEPS)
@pytest.mark.parametrize("day", DAYS)
def test_every_node_closes(site: Site, network: Network, begin: Begin, day: str, dt_s: float) -> None:
    assert open_nodes(network, run(begin(day, 10.0 if dt_s < 60.0 else 0.0), site, dt_s, STEPS[dt_s])) == {}


@pytest.mark.parametrize("measure", Measures._fields)
@pytest.mark.parametrize("day", DAYS)
def test_every_node_closes_without_a_measure(
    site: Site, network: Network, begin: Begin, day: str, measure: str
) -> None:
    assert open_nodes(network, run(begin(day, 0.0), site, 300.0, 288, without(measure))) == {}


def test_flows_and_contents_are_those_of_the_network(network: Network, begin: Begin) -> None:
    s = begin("winter", 10.0)
    assert set(ledger.flows(s)) >= {flow.id for flow in network.flows}
    assert set(ledger.contents(s)) == {node.id for node in network.nodes if node.kind == "storage"}
    assert all(isfinite(value) for value in [*ledger.flows(s).values(), *ledger.contents(s).values()])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_node_closes_in_any_hall(site: Site, network: Network, begin: Begin, data: st.DataObject) -> None:
    """Random temperatures, levels, setpoints, weather, crowds, faults and measures, at steps of any length."""
    s = begin(data.draw(st.sampled_from(sorted(DAYS))), data.draw(st.sampled_from((4.0, 10.0, 18.0))))
    s = any_hall.told(any_hall.tempered(s, data.draw(any_hall.tempers())), site, data.draw(any_hall.settings(site)))
    given_inputs = any_hall.inputs_of(
        s.inputs, data.draw(any_hall.weathers()), data.draw(any_hall.crowds()), data.draw(any_hall.faults())
    )._replace(measures=data.draw(any_hall.measures()))
    states = [s]
    for dt_s in data.draw(
        st.lists(st.sampled_from((1.0, 60.0, 300.0)) | any_hall.between(1.0, 300.0), min_size=1, max_size=8)
    ):
        states.append(step(states[-1], given_inputs, dt_s))
    assert open_nodes(network, states) == {}
    for node, held in ledger.contents(states[-1]).items():
        assert isfinite(held), node


def test_a_planted_leak_is_seen(network: Network, begin: Begin) -> None:
    before = begin("winter", 10.0)
    after = step(before, before.inputs, 60.0)
    leaked = after._replace(header=after.header._replace(t=after.header.t - 1e-7))
    assert open_nodes(network, (before, after)) == {}
    assert set(open_nodes(network, (before, leaked))) == {"heat.header"}
