"""Hours of one plant read by many sets of meters: exact truth, the product's own arithmetic on what was told."""

import numpy as np
import pytest

from sdanlegg.site import Site
from simulators.hours import HOUR_NS, ManyMeters, Run
from tests.support.twin import NOON_IN_JUNE

POINTS = ("el_main.import_kwh", "hm_pool_main.energy_kwh", "hm_pool_main.power", "vp1.tank_t", "pv_roof.w")
START_NS = NOON_IN_JUNE // HOUR_NS * HOUR_NS


@pytest.fixture(scope="module")
def run() -> Run:
    return Run(START_NS, 11, POINTS, 4)


def test_hours_in_pieces_are_the_same_hours(hall: Site, run: Run) -> None:
    whole, pieces = ManyMeters(hall, run).hours(5), ManyMeters(hall, run)
    first, rest = pieces.hours(2), pieces.hours(3)
    assert np.array_equal(whole.flows, np.concatenate([first.flows, rest.flows]))
    assert np.array_equal(whole.gains, np.concatenate([first.gains, rest.gains]))
    for one, before, after in zip(whole.observed, first.observed, rest.observed, strict=True):
        assert one.points == POINTS
        assert np.array_equal(one.edges_ns, np.concatenate([before.edges_ns, after.edges_ns[1:]]))
        for name in ("mean", "gained", "coverage"):
            both = np.concatenate([getattr(before, name), getattr(after, name)])
            np.testing.assert_allclose(getattr(one, name), both, rtol=1e-12)
        np.testing.assert_array_equal(one.at, np.concatenate([before.at, after.at[1:]]))


def test_nodes_close_on_the_truth(hall: Site, run: Run) -> None:
    meters = ManyMeters(hall, run)
    hours = meters.hours(6)
    assert hall.network is not None
    flow = {id_: hours.flows[:, k] for k, id_ in enumerate(meters.flows)}
    gain = {id_: hours.gains[:, k] for k, id_ in enumerate(meters.contents)}
    for node in hall.network.nodes:
        into = sum(flow[f.id] for f in hall.network.into(node.id))
        out = sum(flow[f.id] for f in hall.network.out_of(node.id))
        np.testing.assert_allclose(into - out, gain.get(node.id, 0.0), atol=1e-6, err_msg=node.id)


def test_counters_gain_what_flows_within_their_class(hall: Site, run: Run) -> None:
    meters = ManyMeters(hall, run)
    hours = meters.hours(6)
    true = hours.flows[:, meters.flows.index("grid.import")].sum()
    gained = [seen.gained[:, 0].sum() for seen in hours.observed]
    assert true > 0.0
    assert gained == pytest.approx([true] * 4, rel=0.015)
    assert len(set(gained)) == 4


def test_gauges_have_means_and_counters_increases(hall: Site, run: Run) -> None:
    seen = ManyMeters(hall, run).hours(2).observed[0]
    counts = np.array([True, True, False, False, False])
    assert np.isnan(seen.mean[:, counts]).all()
    assert np.isfinite(seen.mean[:, ~counts]).all()
    assert np.isnan(seen.gained[:, ~counts]).all()
    assert np.isfinite(seen.gained[:, counts]).all()
    assert (seen.coverage == 1.0).all()


def test_another_seed_is_another_hall(hall: Site, run: Run) -> None:
    one, same = (ManyMeters(hall, run).hours(1) for _ in range(2))
    other = ManyMeters(hall, Run(START_NS, 12, POINTS, 4)).hours(1)
    assert np.array_equal(one.observed[2].gained, same.observed[2].gained, equal_nan=True)
    assert not np.array_equal(one.flows, other.flows)
