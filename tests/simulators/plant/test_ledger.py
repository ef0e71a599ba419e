"""The first law and the masses, node by node of the hall's network, on the twin's truth."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.network import Network
from sdanlegg.site import Site
from simulators.plant import ledger
from simulators.plant.inputs import InputsAhead
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of
from tests.support.closure import gap
from tests.support.holmen import CONFIG

DAYS = {"winter": datetime(2026, 1, 14, tzinfo=UTC), "summer": datetime(2026, 6, 16, tzinfo=UTC)}
# Step [s] and how many of them: a day, and of the shortest steps an hour of opening.
STEPS = {1.0: 3600, 60.0: 1440, 300.0: 288}


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(CONFIG / "holmen")


@pytest.fixture(scope="module")
def network(site: Site) -> Network:
    assert site.network is not None
    return site.network


@pytest.fixture(scope="module")
def begin(site: Site) -> Callable[[str], State]:
    """The state at noon of a winter's or a summer's day."""
    return lru_cache(lambda day: initial(int(DAYS[day].timestamp()) * SECOND_NS, place_of(site), 1))


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


def run(s: State, site: Site, dt_s: float, steps: int) -> Iterable[State]:
    inputs, dt_ns = InputsAhead(place_of(site), 1), round(dt_s * SECOND_NS)
    yield s
    for _ in range(steps):
        s = step(s, inputs.at(s.t_ns + dt_ns), dt_s)
        yield s


@pytest.mark.parametrize("dt_s", STEPS)
@pytest.mark.parametrize("day", DAYS)
def test_every_node_closes(site: Site, network: Network, begin: Callable[[str], State], day: str, dt_s: float) -> None:
    assert open_nodes(network, run(begin(day), site, dt_s, STEPS[dt_s])) == {}
