"""What a node cannot account for: by hand, with gaps, and with flows that nothing tells."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sdanlegg.balance.arrays import Estimates, How
from sdanlegg.balance.half_width import coverage_factor
from sdanlegg.balance.kpis_closure import closures
from sdanlegg.clock import SECOND_NS
from tests.support.totals import plan

HOURS = np.arange(4, dtype=np.int64) * 3600 * SECOND_NS


def estimates(amount: list[list[float]], how: tuple[How, ...] = ("measured",) * 3) -> Estimates:
    """Three hours of in, out and other; each 3 % fixed and 1 unit of noise."""
    x = np.array(amount, dtype=float)
    known = np.where(np.isfinite(x), 1.0, np.nan)
    return Estimates(
        ("in", "out", "other"), HOURS, x, 0.03 * np.abs(x), known, np.nan_to_num(known), np.full(3, -1.2), how
    )


NODE = [("main", "kWh")]
LINE = np.array([[1.0, -1.0, -1.0]])


def test_a_node_by_hand() -> None:
    (found,) = closures(plan(), estimates([[100, 60, 30], [100, 60, 34], [100, 60, 32]]), NODE, LINE)
    assert found.amount.value == pytest.approx(24.0)
    assert found.pct.value == pytest.approx(8.0)
    assert found.level == "warn"
    # Fixed errors add up over the hours, noise in squares: 3 % of 300, 180 and 96, and 9 noises of 1.
    sigma = math.sqrt(9.0**2 + 5.4**2 + 2.88**2 + 9)
    excess = -1.2 * sum(fixed**4 for fixed in (9.0, 5.4, 2.88)) / sigma**4
    k = float(coverage_factor(np.array(excess)))
    assert 1.8 < k < 1.95
    assert found.amount.high - found.amount.value == pytest.approx(k * sigma)
    assert found.unmeasured == ()
    assert found.amount.coverage == 1.0


def test_only_hours_in_which_all_is_known_count() -> None:
    (found,) = closures(plan(), estimates([[100, 60, 30], [100, math.nan, 34], [100, 60, 32]]), NODE, LINE)
    assert found.amount.value == pytest.approx(18.0)
    assert found.amount.coverage == pytest.approx(2 / 3)
    (one,) = closures(plan(), estimates([[100, 60, 30], [1, 1, 1], [1, 1, 1]]), NODE, LINE, slice(0, 1))
    assert one.amount.value == pytest.approx(10.0)
    assert one.amount.coverage == 1.0


def test_a_node_that_is_never_wholly_known_says_nothing() -> None:
    (found,) = closures(plan(), estimates([[100, math.nan, 30]] * 3), NODE, LINE)
    assert math.isnan(found.amount.value)
    assert (found.amount.coverage, found.pct.coverage, found.level) == (0.0, 0.0, None)


def test_what_leaves_unmeasured_is_what_is_not_accounted_for() -> None:
    how: tuple[How, ...] = ("measured", "measured", "unmeasured")
    (found,) = closures(plan(rest=("other",)), estimates([[100, 70, math.nan]] * 3, how), NODE, LINE)
    assert found.pct.value == pytest.approx(30.0)
    assert (found.level, found.unmeasured) == ("alarm", ("other",))
    # A flow that only the balance tells is no fault of the node's.
    (found,) = closures(plan(), estimates([[100, 70, math.nan]] * 3, how), NODE, LINE)
    assert found.pct.value == pytest.approx(30.0)
    assert found.level is None


def test_what_cannot_be_told_from_nothing_is_good() -> None:
    wild = replace(estimates([[100, 60, 25]] * 3), fixed=np.full((3, 3), 20.0))
    (found,) = closures(plan(), wild, NODE, LINE)
    assert found.pct.value == pytest.approx(15.0)
    assert found.level == "good"


def test_what_comes_in_unmeasured_leaves_nothing_to_say() -> None:
    how: tuple[How, ...] = ("unmeasured", "measured", "measured")
    (found,) = closures(plan(), estimates([[math.nan, 70, 20]] * 3, how), NODE, LINE)
    assert math.isnan(found.amount.value)
    assert (found.pct.coverage, found.level, found.unmeasured) == (0.0, None, ("in",))


def test_nothing_came_in_and_nothing_left() -> None:
    (found,) = closures(plan(), estimates([[0, 0, 0]] * 3), NODE, LINE)
    assert found.amount.value == 0.0
    assert math.isnan(found.pct.value)


def test_a_storages_reading_between_two_hours_is_wrong_for_both_alike() -> None:
    """What it gained over three hours has the noise of two readings, not of six."""
    line = np.array([[1.0, 0.0, -1.0]])
    three = estimates([[100, 60, 30]] * 3)
    stored = replace(three, names=("in", "out", "tank.gain"), fixed=np.zeros((3, 3)))
    plain = replace(three, fixed=np.zeros((3, 3)))
    found = [closures(plan(), one, NODE, line)[0].amount for one in (stored, plain)]
    sigma = [(shown.high - shown.low) / 2 / 1.96 for shown in found]
    assert sigma == pytest.approx([math.sqrt(3 + 1), math.sqrt(3 + 3)])
    broken = replace(stored, amount=np.array([[100.0, 60, 30], [math.nan, 60, 30], [100, 60, 30]]))
    (alone,) = closures(plan(), broken, NODE, line)
    assert (alone.amount.high - alone.amount.low) / 2 / 1.96 == pytest.approx(math.sqrt(2 + 2))
