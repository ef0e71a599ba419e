"""Estimates of a small hall by hand: counters, gauges, several meters, models and storages, known and unknown."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.balance.arrays import Estimates, Observed
from sdanlegg.balance.estimate import Metered, combined, estimate, needed_points
from sdanlegg.balance.model_table import MODELS
from sdanlegg.config import load_site
from sdanlegg.model_forms import FORMS
from sdanlegg.network import (
    AirMoisture,
    BalanceFlow,
    BalanceNode,
    Inputs,
    Measurement,
    Network,
    Sensor,
    StreamHeat,
    WeightedSum,
)

HOLMEN = Path(__file__).parents[3] / "config" / "holmen"
HOUR_NS = 3600 * 10**9
ROOT3 = 3.0**0.5
NAN = float("nan")


def seen(points: dict[str, list[float]], *, counters: tuple[str, ...] = (), hours: float = 1.0) -> Observed:
    """What points said at the edges (counters and levels) and, as the mean, at the beginning of each interval."""
    at = np.array(list(points.values()), dtype=float).T
    count = at.shape[0] - 1
    counting = np.array([point in counters for point in points])
    mean = np.where(counting, np.nan, at[:-1])
    gained = np.where(counting, np.diff(at, axis=0), np.nan)
    covered = np.where(np.isnan(np.where(counting, gained, mean)), 0.0, 1.0)
    edges = (np.arange(count + 1) * hours * HOUR_NS).astype(np.int64)
    return Observed(tuple(points), edges, mean, gained, at, covered)


def flow(id_: str = "x", carrier: str = "heat", **known: object) -> BalanceFlow:
    return BalanceFlow(id_, id_, id_, "a", None, carrier, **known)  # type: ignore[arg-type]


def hall(*flows: BalanceFlow, nodes: tuple[BalanceNode, ...] = (), sensors: dict[str, Sensor] | None = None) -> Network:
    return Network(nodes, flows, (), sensors or {})


def column(found: Estimates, name: str) -> tuple[list[float], list[float], list[float], list[float]]:
    at = found.names.index(name)
    return tuple(table[:, at].tolist() for table in (found.amount, found.fixed, found.noise, found.coverage))


COUNTER = Sensor(0.0, 0.0, 0.0, counter=True)


def test_a_counter_counts_and_its_class_says_how_surely() -> None:
    network = hall(flow(carrier="electricity", measured=(Measurement("e", None, "MID-B"),)), sensors={"e": COUNTER})
    found = estimate(network, seen({"e": [0.0, 100.0, 300.0]}, counters=("e",)))
    amount, fixed, noise, coverage = column(found, "x")
    assert amount == [100.0, 200.0]
    assert fixed == pytest.approx([2.0 / ROOT3, 4.0 / ROOT3])
    assert (noise, coverage, found.how) == ([0.0, 0.0], [1.0, 1.0], ("measured",))
    assert found.excess.tolist() == pytest.approx([-1.2])


def test_condensate_in_cubic_metres_is_vapour_in_kilograms() -> None:
    network = hall(flow(carrier="moisture", measured=(Measurement("v", None, "controller"),)), sensors={"v": COUNTER})
    found = estimate(network, seen({"v": [1.0, 1.25]}, counters=("v",)))
    assert column(found, "x")[0] == [250.0]


def test_a_gauge_stands_in_where_the_counter_said_nothing() -> None:
    meter = Measurement("e", "p", "MID-B")
    network = hall(flow(carrier="electricity", measured=(meter,)), sensors={"e": COUNTER})
    told = seen({"e": [0.0, 10.0, NAN], "p": [9.0, 12.0, 12.0]}, counters=("e",), hours=2.0)
    amount, _, noise, coverage = column(estimate(network, told), "x")
    assert (amount, noise, coverage) == ([10.0, 24.0], [0.0, 0.0], [1.0, 1.0])
    half = replace(told, coverage=np.where(np.arange(2) == 1, 0.5, told.coverage))
    amount, _, noise, coverage = column(estimate(network, half), "x")
    assert (amount[1], noise[1], coverage[1]) == (24.0, 6.0, 0.5)


def metered(amount: float, fixed: float) -> Metered:
    return Metered(np.array([amount]), (np.array([fixed]),), np.zeros(1), np.ones(1))


def test_two_meters_are_weighted_by_their_variances() -> None:
    """10 ± 1 and 13 ± 2: four parts to one, 10.6 ± 0.894."""
    both = combined(metered(10.0, 1.0), metered(13.0, 2.0))
    assert both.amount == pytest.approx([10.6])
    assert both.fixed == pytest.approx([(4.0 / 5.0) ** 0.5])


@pytest.mark.parametrize(
    ("first", "second", "amount"), [(10.0, 20.0, 10.0), (NAN, 13.0, 13.0), (10.0, NAN, 10.0), (NAN, NAN, NAN)]
)
def test_a_meter_that_disagrees_or_says_nothing_does_not_count(first: float, second: float, amount: float) -> None:
    found = combined(metered(first, 1.0), metered(second, 2.0))
    assert found.amount == pytest.approx([amount], nan_ok=True)
    if np.isfinite(amount):
        assert found.fixed == pytest.approx([2.0 if np.isnan(first) else 1.0])


def test_a_stream_errs_by_its_flow_and_both_temperatures() -> None:
    """10 m³/h of 3 K: 1 % of flow and 0.3 K even at each end, so 3.0 (0.577 %) and 10 · 0.173 twice."""
    stream = flow(derived=StreamHeat("q", "hot", "cold", 1.0), sigma=None)
    sensors = {"q": Sensor(0.0, 0.01, 0.0, counter=False), "hot": Sensor(0.3, 0.0, 0.0, counter=False),
               "cold": Sensor(0.3, 0.0, 0.0, counter=False)}  # fmt: skip
    found = estimate(hall(stream, sensors=sensors), seen({"q": [10.0] * 2, "hot": [8.0] * 2, "cold": [5.0] * 2}))
    amount, fixed, noise, _ = column(found, "x")
    assert amount == [30.0]
    assert fixed == pytest.approx([((0.3**2 + 3.0**2 + 3.0**2) / 3.0) ** 0.5])
    assert noise == [0.0]
    assert found.how == ("derived",)


def test_what_the_physics_leaves_out_is_split_by_what_time_does() -> None:
    """sigma 0.1 of 20 kW and 1 kW on top: 3 kW, of which 0.6 stays and 0.8 is noise."""
    each = Inputs({"each": (("p", 2.0),)}, {})
    network = hall(flow(model="share", sigma=0.1, floor=1.0, stays=0.6, feed=each))
    amount, fixed, noise, _ = column(estimate(network, seen({"p": [10.0, 10.0]}, hours=0.5)), "x")
    assert amount + fixed + noise == pytest.approx([10.0, 0.9, 1.2])


def test_a_point_that_feeds_a_model_twice_errs_in_both_places_alike() -> None:
    feed = Inputs({"warm_t": (("t", 1.0),), "cold_t": (("t", 1.0),)}, {"kw_k": 5.0})
    network = hall(
        flow(model="transmission", sigma=1e-9, feed=feed), sensors={"t": Sensor(1.0, 0.0, 0.1, counter=False)}
    )
    assert column(estimate(network, seen({"t": [20.0, 20.0]})), "x")[1] == pytest.approx([0.0], abs=1e-9)


def test_storages_gain_what_their_contents_do() -> None:
    tank = BalanceNode("tank", "storage", "", "", WeightedSum(("t",), (), 2.0, times="level", added=1.0), 3.0)
    hall_air = BalanceNode("air", "storage", "", "", AirMoisture("t", "rh", 1000.0))
    blind = BalanceNode("blind", "storage", "", "")
    still = BalanceNode("still", "storage", "", "", None, 5.0)
    told = seen({"t": [10.0, 20.0], "level": [1.0, 2.0], "rh": [50.0, 50.0]})
    found = estimate(hall(nodes=(tank, hall_air, blind, still)), told)
    assert found.names == ("tank.gain", "air.gain", "blind.gain", "still.gain")
    assert found.how == ("measured", "measured", "unmeasured", "modelled")
    assert list(chain(*column(found, "tank.gain"))) == pytest.approx([80.0, 0.0, 3.0 * 2.0**0.5, 1.0])
    assert column(found, "air.gain")[0] == pytest.approx([1000.0 * (0.00726 - 0.00379)], rel=0.01)
    assert list(chain(*column(found, "still.gain"))) == pytest.approx([0.0, 0.0, 5.0 * 2.0**0.5, 1.0])
    assert column(found, "blind.gain")[3] == [0.0]


def test_the_offset_of_a_level_cancels_in_what_is_gained() -> None:
    tank = BalanceNode("tank", "storage", "", "", WeightedSum(("level",), (), 0.4))
    sensors = {"level": Sensor(0.5, 0.0, 0.1, counter=False)}
    found = estimate(hall(nodes=(tank,), sensors=sensors), seen({"level": [50.0, 60.0]}))
    assert list(chain(*column(found, "tank.gain"))) == pytest.approx([4.0, 0.0, 0.04 * 2.0**0.5, 1.0])


def test_a_point_that_is_not_there_leaves_its_flow_unknown() -> None:
    flows = (
        flow("counted", measured=(Measurement("gone", None, "MID-B"),)),
        flow("stream", derived=StreamHeat("p", "gone", None, 1.0)),
        flow("model", model="share", sigma=0.1, feed=Inputs({"each": (("gone", 1.0),)}, {})),
        flow("nothing"),
    )
    found = estimate(hall(*flows), seen({"p": [1.0, 1.0]}))
    for name in found.names:
        amount, fixed, noise, coverage = column(found, name)
        assert np.isnan([*amount, *fixed, *noise]).all(), name
        assert coverage == [0.0]
    assert found.how == ("measured", "derived", "modelled", "unmeasured")
    assert needed_points(hall(*flows)) == ("gone", "p")


def test_every_model_that_a_file_may_name_takes_its_arguments() -> None:
    assert set(MODELS) == set(FORMS)
    for name, form in FORMS.items():
        fed = {key: np.full(3, 0.9 if argument.default is None else argument.default) for key, argument in form.items()}
        assert np.shape(MODELS[name](fed)) == (3,), name


def test_an_interval_is_the_same_whatever_stands_beside_it() -> None:
    network = load_site(HOLMEN).network
    assert network is not None
    points, rng = needed_points(network), np.random.default_rng(5)
    counters = tuple(p for p in points if network.sensors[p].counter)
    walk = {p: (10.0 + np.cumsum(rng.random(7))).tolist() for p in points}
    whole = estimate(network, seen(walk, counters=counters))
    part = estimate(network, seen({p: values[2:5] for p, values in walk.items()}, counters=counters))
    for table in ("amount", "fixed", "noise", "coverage"):
        np.testing.assert_array_equal(getattr(whole, table)[2:4], getattr(part, table))


def test_an_empty_hour_of_the_hall_is_unknown_and_nothing_breaks() -> None:
    network = load_site(HOLMEN).network
    assert network is not None
    found = estimate(network, seen({p: [NAN, NAN] for p in needed_points(network)}))
    told = ~np.isnan(found.amount[0])
    # only what is said to hold still is known
    assert [name for name, known in zip(found.names, told, strict=True) if known] == ["rooms.gain"]
    assert found.coverage[0][~told].max() == 0.0
