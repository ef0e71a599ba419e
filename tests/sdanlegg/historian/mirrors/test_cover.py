"""The arithmetic of what a mirror's spool holds, typed in by hand; test_spool.py compares a row with a real file."""

from dataclasses import replace

import pytest

from sdanlegg.config import load_site
from sdanlegg.historian.mirrors.cover import cover_hours, row_bytes, spool_rate
from sdanlegg.points import Node
from tests.support.hall import data_type
from tests.support.holmen import CONFIG
from tests.support.points import point, register


def test_a_row_costs_its_blobs_and_its_place() -> None:
    assert row_bytes(0) == 26
    assert row_bytes(100) == pytest.approx(136)


def test_the_rate_is_the_sum_over_devices_and_periods() -> None:
    fast = [point(f"d.f{k}", register("float32"), period_s=5.0) for k in range(10)]
    slow = [point("d.slow", register("float32"), period_s=60.0), point("d.kwh", register("uint64"), period_s=60.0)]
    assert spool_rate(fast) == pytest.approx((26 + 1.1 * 60) / 5)
    assert spool_rate(fast + slow) == pytest.approx((26 + 1.1 * 60) / 5 + (26 + 1.1 * (6 + 10)) / 60)


def test_a_device_that_gives_its_own_times_costs_eight_bytes_a_value_more() -> None:
    node = replace(
        point("d.x", register("float32"), period_s=1.0), address=Node("nsu=u;s=x", data_type("float32"), 1, 0)
    )
    assert spool_rate([node]) == pytest.approx(26 + 1.1 * 14)


def test_hours_until_full() -> None:
    assert cover_hours(3600 * 1000 * 24, 1000.0) == 24.0
    assert cover_hours(1, 0.0) == float("inf")


def test_the_promise_of_72_hours_at_500_samples_a_second_is_kept_by_the_usual_cap() -> None:
    points = [point(f"d{d}.p{k}", register("float32"), period_s=1.0) for d in range(50) for k in range(10)]
    assert cover_hours(4 << 30, spool_rate(points)) > 200


def test_the_real_hall_is_covered_for_days() -> None:
    assert cover_hours(4 << 30, spool_rate(load_site(CONFIG / "holmen").points)) > 24 * 7
