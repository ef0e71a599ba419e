"""The rock's memory against pygfunction's field of fifteen wells; drift over the years; exact sums."""

from collections.abc import Iterator
from math import cos, pi

import numpy as np
import pygfunction
import pytest

from simulators.plant import wells
from simulators.plant.wells import BRINE_KWH_PER_M3_K, GROUND_T, METRES, REFERENCE, RESISTANCE, TIME_S, YEAR_S, Wells

REST = Wells((0.0,) * len(TIME_S), GROUND_T, GROUND_T, 0.0, 0.0, 0.0)
MONTH_S = YEAR_S / 12.0
TIMES_S = np.array([3600.0, 14400.0, 86400.0, 7 * 86400.0, MONTH_S, YEAR_S, 4 * YEAR_S, 10 * YEAR_S, 25 * YEAR_S])
# Heat [MWh] of the months of 2026, seed 1: what the heat pump took, and what the pavement gave of it or to the rock.
EVAPORATED = (39.4, 32.3, 29.9, 22.9, 15.7, 12.4, 10.8, 11.1, 16.5, 27.5, 28.1, 34.9)
GATHERED = (0.0, 0.0, 3.2, 9.7, 25.1, 28.5, 28.5, 25.0, 10.0, 0.3, 0.0, 0.0)


def field() -> "pygfunction.borefield.Borefield":
    return pygfunction.borefield.Borefield.rectangle_field(
        *wells.PATTERN, wells.SPACING_M, wells.SPACING_M, wells.LENGTH_M, wells.HEAD_M, wells.RADIUS_M
    )


def resistance(g: np.ndarray) -> np.ndarray:
    """Of a g-function [mK/W]."""
    return np.asarray(g) / (2.0 * np.pi * wells.CONDUCTIVITY)


def test_response_is_that_of_the_field_by_pygfunction() -> None:
    times_s = np.geomspace(3600.0, 40.0 * YEAR_S, 60)
    g = pygfunction.gfunction.gFunction(
        field(), wells.DIFFUSIVITY, time=times_s, boundary_condition="UBWT", method="equivalent"
    )
    ours = np.array([wells.response(t) for t in times_s])
    assert np.abs(ours - resistance(g.gFunc)).max() < 0.0015  # mK/W; 0.001 of it for the few times


def test_reference_well_feels_the_field_as_pygfunctions_line_sources_do() -> None:
    there = pygfunction.boreholes.Borehole(
        wells.LENGTH_M, wells.HEAD_M, wells.RADIUS_M, -wells.REFERENCE_M, 2.0 * wells.SPACING_M
    )
    line = pygfunction.heat_transfer.finite_line_source
    lines = sum(np.ravel(line(TIMES_S, wells.DIFFUSIVITY, well, there)) for well in field().to_boreholes())
    ours = [sum(c * (1.0 - np.exp(-t / tau)) for c, tau in zip(REFERENCE, TIME_S, strict=True)) for t in TIMES_S]
    assert ours == pytest.approx(resistance(lines), abs=0.005)
    decade = REST
    for _ in range(120):
        decade = wells.advance(decade, 30.0, 0.0, 20.0, MONTH_S)
    q = 30.0 * 1000.0 / METRES
    assert GROUND_T - wells.reference_t(decade) == pytest.approx(q * float(resistance(lines)[7]), abs=0.05)


def test_any_load_is_the_sum_of_its_steps_responses() -> None:
    """Superposition over a random load, in steps of any length, is what the parts remember."""
    draw = np.random.default_rng(4)
    loads, steps = draw.uniform(-50.0, 90.0, 60), 10.0 ** draw.uniform(0.0, 6.5, 60)
    ends = np.cumsum(steps)
    rock = REST
    for kw, dt_s in zip(loads, steps, strict=True):
        rock = wells.advance(rock, max(0.0, kw), max(0.0, -kw), 20.0, dt_s)
    starts = ends - steps
    drop = sum(
        kw * 1000.0 / METRES * (wells.response(ends[-1] - begin) - wells.response(ends[-1] - end))
        for kw, begin, end in zip(loads, starts, ends, strict=True)
    )
    assert GROUND_T - wells.wall_t(rock) == pytest.approx(drop, abs=1e-9)


def yearly_returns(gathered: tuple[float, ...], years: int) -> Iterator[float]:
    """Mean temperature of the brine from the wells, year by year."""
    rock = REST
    for _ in range(years):
        seen = []
        for out, back in zip(EVAPORATED, gathered, strict=True):
            rock = wells.advance(rock, out * 1000.0 / 730.5, back * 1000.0 / 730.5, 20.0, MONTH_S)
            seen.append(rock.from_wells_t)
        yield sum(seen) / 12.0


def test_charging_holds_the_drift_below_a_fifth_of_a_kelvin_a_year() -> None:
    with_sun, without = (list(yearly_returns(gathered, 26)) for gathered in (GATHERED, (0.0,) * 12))
    drifts = {year: (with_sun[year - 1] - with_sun[year], without[year - 1] - without[year]) for year in (5, 25)}
    assert 0.0 < drifts[5][0] < 0.2
    assert drifts[5][1] > 0.2
    assert 0.0 < drifts[25][0] < 0.1
    for charged, bare in drifts.values():
        assert bare == pytest.approx(charged * sum(EVAPORATED) / (sum(EVAPORATED) - sum(GATHERED)), rel=0.05)
    assert with_sun[24] - without[24] > 1.0


def test_season_before_the_start_is_what_living_through_it_gives() -> None:
    """Nine years and 100 days of a mean load and its yearly swing, stepped by days."""
    rock, days = REST, round(9 * 365.2425) + 100
    for day in range(days):
        kw = 24.0 + 30.0 * cos(2.0 * pi * (day + 0.5 - 15.0) / 365.2425)
        rock = wells.advance(rock, max(0.0, kw), max(0.0, -kw), 20.0, 86400.0)
    start = wells.seasoned(days / 365.2425, 24.0, 30.0, days % 365.2425)
    assert wells.wall_t(start) == pytest.approx(wells.wall_t(rock), abs=0.12)
    assert start.from_wells_t == wells.wall_t(start)


def test_brine_carries_what_the_rock_gives() -> None:
    extracting = wells.advance(REST, 80.0, 20.0, 20.0, 3600.0)
    carried = BRINE_KWH_PER_M3_K * 20.0 * (extracting.from_wells_t - extracting.to_wells_t)
    assert carried == pytest.approx(60.0, rel=1e-12)
    charging = wells.advance(REST, 0.0, 50.0, 20.0, 3600.0)
    assert charging.to_wells_t > charging.from_wells_t > GROUND_T
    assert wells.flows(extracting) == {"wells.extract": 80.0, "wells.charge": 20.0}


def test_standing_brine_takes_the_walls_temperature() -> None:
    rock = wells.advance(REST._replace(to_wells_t=20.0), 0.0, 0.0, 0.0, 86400.0)
    assert rock.to_wells_t == pytest.approx(GROUND_T)


def test_well_returns_average_exactly_to_the_fields() -> None:
    rock = wells.advance(REST, 80.0, 0.0, 20.0, 3600.0)
    returns = [wells.well_return_t(rock, i) for i in range(15)]
    groups = [wells.group_return_t(rock, g) for g in range(3)]
    assert sum(returns) / 15 == pytest.approx(rock.from_wells_t, rel=1e-14)
    assert sum(groups) / 3 == pytest.approx(rock.from_wells_t, rel=1e-14)
    assert len(set(returns)) == 15


def test_table_is_complete() -> None:
    assert len(RESISTANCE) == len(REFERENCE) == len(TIME_S) == 7
