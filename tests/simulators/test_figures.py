"""The table for people: what stands in it is what the plant did."""

import pytest

from sdanlegg.site import Site
from simulators.figures import COUNTED, SEEN, Column, measure, table
from simulators.plant.start import initial
from simulators.plant.step import advance_to
from simulators.twin import place_of
from tests.support.twin import NOON_IN_JUNE

HOURS_6 = 6 * 3600 * 1_000_000_000


@pytest.fixture(scope="module")
def column(hall: Site) -> Column:
    return measure(hall, "noon", NOON_IN_JUNE, 0.25, 1)


def test_differences_of_counters(hall: Site, column: Column) -> None:
    first = initial(NOON_IN_JUNE, place_of(hall), 1)
    last = advance_to(first, NOON_IN_JUNE + HOURS_6, place_of(hall), 1)
    assert set(column.counted) == set(COUNTED)
    fans = last.meters.el_kwh.fans - first.meters.el_kwh.fans
    assert column.counted["Fans, kWh"] == pytest.approx(fans)
    parts = [column.counted[name] for name in ("– roof", "– south wall", "– bike sheds")]
    assert column.counted["Solar electricity, kWh"] == pytest.approx(sum(parts))
    assert min(parts) > 0.0


def test_lowest_mean_and_highest_are_in_order(column: Column) -> None:
    assert set(column.seen) == set(SEEN)
    assert all(low <= mean <= high for low, mean, high in column.seen.values())


def test_table_has_a_row_for_each_figure(column: Column) -> None:
    lines = table([column, column]).splitlines()
    assert len(lines) == 2 + len(COUNTED) + len(SEEN)
    assert {line.count("|") for line in lines} == {4}
