"""Truth of a run: it closes, it is what backfill's meters saw, and it refuses what it cannot give."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.readings import FloatArray
from sdanlegg.site import Site
from simulators.backfill import backfill
from simulators.scenario.folder import find_scenario
from simulators.truth import Asked, Block, blocks, columns_of
from tests.support.twin import NOON_IN_JUNE

HOUR_NS, EVERY_NS = 3600 * SECOND_NS, 300 * SECOND_NS
# Over midnight UTC, so that the run has two days.
START = NOON_IN_JUNE + 13 * HOUR_NS
ASKED = Asked(START, START + 2 * HOUR_NS, EVERY_NS)


@pytest.fixture(scope="module")
def run(hall: Site) -> list[Block]:
    return list(blocks(hall, ASKED))


def joined(run: Sequence[Block], kind: str) -> tuple[FloatArray, dict[str, FloatArray], dict[str, FloatArray]]:
    """Times (T,) of a kind, and truth and shown (T,) by id, of all days."""
    parts = [block for block in run if block.kind == kind]
    truth, shown = (np.concatenate([part[k] for part in parts]) for k in (4, 5))
    ids = parts[0].ids
    return (
        np.concatenate([part.t_ns for part in parts]),
        {id_: truth[:, n] for n, id_ in enumerate(ids)},
        {id_: shown[:, n] for n, id_ in enumerate(ids)},
    )


def test_instants_are_the_grids_and_flows_lie_between_them(run: list[Block]) -> None:
    assert [block.kind for block in run] == ["point", "content", "flow"] * 2
    grid = np.arange(START, START + 2 * HOUR_NS + 1, EVERY_NS)
    for kind, times in (("point", grid), ("content", grid), ("flow", grid[:-1])):
        assert np.array_equal(joined(run, kind)[0], times)


def test_flows_and_contents_close_over_every_interval(hall: Site, run: list[Block]) -> None:
    flows, contents = joined(run, "flow")[1], joined(run, "content")[1]
    assert hall.network is not None
    closed = set()
    for node in hall.network.nodes:
        near = [flow for flow in hall.network.flows if node.id in (flow.source, flow.target)]
        if (
            not near
            or any(flow.id not in flows for flow in near)
            or (node.kind == "storage" and node.id not in contents)
        ):
            continue
        gained = sum(flows[f.id] * ((f.target == node.id) - float(f.source == node.id)) for f in near)
        if node.kind == "storage":
            gained = gained - np.diff(contents[node.id]) / (EVERY_NS / HOUR_NS)
        throughput = max(float(np.abs(flows[f.id]).max()) for f in near)
        assert np.abs(gained).max() <= 1e-9 * max(throughput, 1.0), node.id
        closed.add(node.id)
    assert closed >= {"el.main", "heat.header", "brine", "tap.tank", "pool_main.heat", "pool_main.water", "water.cold"}


def test_what_is_shown_is_what_backfill_writes(hall: Site, run: list[Block]) -> None:
    shown = joined(run, "point")[2]
    points = hall.points.points
    compared = 0
    for reading in backfill(hall, START, START + 2 * HOUR_NS, step_s=60.0):
        if (reading.t_ns - START) % EVERY_NS:
            continue
        at = (reading.t_ns - START) // EVERY_NS
        for column, value in zip(reading.columns.tolist(), reading.values.tolist(), strict=True):
            if points[column].id in shown:
                told = shown[points[column].id][at]
                assert told == value or (np.isnan(told) and np.isnan(value)), points[column].id
                compared += 1
    assert compared == 24 * len(shown)


def test_a_flow_is_shown_by_the_counter_that_measures_it(run: list[Block]) -> None:
    _, truth, shown = joined(run, "flow")
    counter = joined(run, "point")[2]["el_main.import_kwh"]
    assert shown["grid.import"] == pytest.approx(np.diff(counter) / (EVERY_NS / HOUR_NS))
    assert shown["grid.import"] == pytest.approx(truth["grid.import"], rel=0.02)
    assert (shown["grid.import"] != truth["grid.import"]).any()
    assert np.isnan(shown["header.loss"]).all()


def test_points_hold_their_truth_beside_what_they_show(run: list[Block]) -> None:
    _, truth, shown = joined(run, "point")
    assert len(truth) > 450
    pool = shown["filter_main.water_t"] - truth["filter_main.water_t"]
    assert 0.0 < np.abs(pool).max() < 0.15 + 0.002 * 28.0 + 0.05
    assert (np.diff(shown["el_main.import_kwh"]) >= 0.0).all()


def test_units_are_told(run: list[Block]) -> None:
    units = {id_: unit for block in run for id_, unit in zip(block.ids, block.units, strict=True)}
    told = {"grid.import": "kW", "water.mains": "m³/h", "pool_main.evaporation": "kg/h", "pool_main.heat": "kWh",
            "pool_main.water": "m³", "el_main.import_kwh": "kWh", "vp1.supply_t": "°C"}  # fmt: skip
    assert {id_: units[id_] for id_ in told} == told


def test_a_scenario_is_there_with_its_faults_and_their_time(hall: Site) -> None:
    scenario = find_scenario("biased_chlorine", hall)
    begin = scenario.planted(scenario.begin_ns)[0].start_ns - HOUR_NS
    patterns = ("filter_main.cl_free", "filter_therapy.cl_free")
    asked = Asked(begin, begin + 2 * HOUR_NS, 900 * SECOND_NS, scenario=scenario, patterns=patterns)
    planted = asked.planted()
    run = list(blocks(hall, asked))
    t_ns, faults, _ = joined(run, "fault")
    for one in planted:
        told = faults[f"{one.fault.kind}:{one.fault.target}"]
        assert told.tolist() == [float(one.on(t)) for t in t_ns.tolist()]
    _, truth, shown = joined(run, "point")
    off = np.abs(np.array(list(shown.values())) - np.array(list(truth.values()))).max(axis=0)
    on = np.array([any(one.on(t) for one in planted) for t in t_ns.tolist()])
    assert sorted(truth) == sorted(patterns)
    if on.any() and not on.all():
        assert off[on].max() > off[~on].max()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"end_ns": START}, "ends before it begins"),
        ({"every_ns": 0}, "whole number of intervals"),
        ({"every_ns": 90 * SECOND_NS}, "whole number of intervals"),
        ({"end_ns": START + 7 * 60 * SECOND_NS}, "whole number of intervals"),
        ({"patterns": ("hm_*.powr",)}, r"no point of the hall fits 'hm_\*\.powr'"),
    ],
)
def test_impossible_wishes_are_named(hall: Site, changes: dict[str, object], text: str) -> None:
    with pytest.raises(SdError, match=text):
        next(iter(blocks(hall, replace(ASKED, **changes))))


def test_patterns_choose_points(hall: Site) -> None:
    chosen = [hall.points.points[c].id for c in columns_of(hall, ("hm_*.power", "vp1.mode"))]
    assert len(chosen) == 14
    assert "vp1.mode" in chosen
    kinds = {hall.points.points[c].kind for c in columns_of(hall, ())}
    assert kinds == {"gauge", "counter"}
