"""Readiness in all its cases, and the loop's lag."""

import asyncio
import time

import pytest
from prometheus_client import CollectorRegistry

from sdanlegg.clock import SystemClock
from sdanlegg.health import judge, watch_loop
from sdanlegg.metrics import Metrics
from sdanlegg.status import DeviceStatus


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        (DeviceStatus("d", "connecting", 0), False),
        (DeviceStatus("d", "connecting", 0, failures=1), True),
        (DeviceStatus("d", "down", 0, failures=1), True),
        (DeviceStatus("d", "down", 0, failures=1, first_read=True), True),
        (DeviceStatus("d", "up", 0, polls=1), False),
        (DeviceStatus("d", "up", 0, polls=2, first_read=True), True),
    ],
)
def test_a_device_is_waited_for_only_while_it_may_still_answer(status: DeviceStatus, ready: bool) -> None:
    assert judge({"d": status}, None).ready is ready


def test_every_check_has_its_sentence() -> None:
    up = DeviceStatus("vp1", "up", 0, first_read=True)
    found = judge({"vp1": up, "sol1": DeviceStatus("sol1", "down", 0)}, "no space left on device")
    assert not found.ready
    assert [(check.name, check.ok, check.detail) for check in found.checks] == [
        ("config", True, "2 devices are configured"),
        ("store", False, "no space left on device"),
        ("devices", True, "every device that answers is read; silent: sol1"),
    ]
    assert judge({"vp1": up}, None).checks[-1].detail == "every device is read"


async def test_a_blocked_loop_shows_as_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.health.LAG_PROBE_S", 0.02)
    registry = CollectorRegistry()
    watching = asyncio.create_task(watch_loop(SystemClock(), Metrics.create(registry)))
    await asyncio.sleep(0.01)
    time.sleep(0.3)  # noqa: ASYNC251
    async with asyncio.timeout(30):
        while not registry.get_sample_value("sd_loop_lag_seconds_count"):
            await asyncio.sleep(0.01)
    watching.cancel()
    assert (registry.get_sample_value("sd_loop_lag_seconds_sum") or 0.0) > 0.2
