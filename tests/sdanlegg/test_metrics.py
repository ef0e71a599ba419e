"""Counters: right sums, named once, cheap to call."""

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.metrics import Metrics, register_devices, register_dropped
from sdanlegg.quality import BAD, COMM, MANUAL, NO_SAMPLE, RANGE, UNCERTAIN
from sdanlegg.status import DeviceStatus


class FixedClock(SystemClock):
    """A wall clock that stands."""

    def now_ns(self) -> int:
        return 1_000 * SECOND_NS


@pytest.mark.parametrize(
    ("quality", "good", "uncertain", "bad"),
    [
        ([], 0, 0, 0),
        ([0, 0, 0], 3, 0, 0),
        ([MANUAL, 0], 2, 0, 0),
        ([0, UNCERTAIN | RANGE, BAD | COMM, BAD, NO_SAMPLE], 1, 1, 3),
        ([BAD] * 4, 0, 0, 4),
    ],
)
def test_samples_are_counted_by_severity(quality: list[int], good: int, uncertain: int, bad: int) -> None:
    registry = CollectorRegistry()
    Metrics.create(registry).sampled(np.array(quality, np.uint16))
    found = [registry.get_sample_value("sd_samples_total", {"severity": s}) for s in ("good", "uncertain", "bad")]
    assert found == [good, uncertain, bad]


def test_polls_and_failures_are_counted_by_device() -> None:
    registry = CollectorRegistry()
    metrics = Metrics.create(registry)
    metrics.polled("vp1", 0.004, 0.03)
    metrics.polled("vp1", 0.02, 0.03)
    metrics.polled("sol1", 0.0, 0.01)
    metrics.failed("vp1", "link")
    assert registry.get_sample_value("sd_poll_lateness_seconds_count", {"device": "vp1"}) == 2
    assert registry.get_sample_value("sd_poll_lateness_seconds_sum", {"device": "vp1"}) == pytest.approx(0.024)
    assert registry.get_sample_value("sd_poll_lateness_seconds_bucket", {"device": "vp1", "le": "0.005"}) == 1
    assert registry.get_sample_value("sd_poll_duration_seconds_count", {"device": "sol1"}) == 1
    assert registry.get_sample_value("sd_read_errors_total", {"device": "vp1", "kind": "link"}) == 1


def test_commits_are_counted() -> None:
    registry = CollectorRegistry()
    metrics = Metrics.create(registry)
    metrics.stored(3, 600, 0.004)
    assert registry.get_sample_value("sd_store_readings_total") == 3
    assert registry.get_sample_value("sd_store_samples_total") == 600
    assert registry.get_sample_value("sd_store_write_seconds_sum") == 0.004


def test_what_the_store_dropped_is_asked_of_it() -> None:
    registry, dropped = CollectorRegistry(), [0]
    register_dropped(registry, lambda: dropped[0])
    assert registry.get_sample_value("sd_store_dropped_total") == 0
    dropped[0] = 7
    assert registry.get_sample_value("sd_store_dropped_total") == 7


def test_a_registry_takes_them_once() -> None:
    registry = CollectorRegistry()
    Metrics.create(registry)
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        Metrics.create(registry)


def test_devices_are_shown_as_they_are_when_asked() -> None:
    registry = CollectorRegistry()
    statuses = {"vp1": DeviceStatus("vp1", "connecting", 0), "sol1": DeviceStatus("sol1", "connecting", 0)}
    register_devices(registry, lambda: statuses, FixedClock())
    assert registry.get_sample_value("sd_device_up", {"device": "vp1"}) == 0
    statuses["vp1"].answered(990 * SECOND_NS, 0.0, good=True)
    statuses["sol1"].failed(990 * SECOND_NS, "refused")
    assert registry.get_sample_value("sd_device_up", {"device": "vp1"}) == 1
    assert registry.get_sample_value("sd_device_last_good_seconds", {"device": "vp1"}) == 10
    assert registry.get_sample_value("sd_device_polls_total", {"device": "vp1"}) == 1
    assert registry.get_sample_value("sd_device_failures_total", {"device": "sol1"}) == 1
    assert registry.get_sample_value("sd_device_last_good_seconds", {"device": "sol1"}) is None


def test_an_age_is_never_negative_after_a_step_of_the_clock() -> None:
    registry = CollectorRegistry()
    statuses = {"vp1": DeviceStatus("vp1", "up", 0, last_good_ns=2_000 * SECOND_NS)}
    register_devices(registry, lambda: statuses, FixedClock())
    assert registry.get_sample_value("sd_device_last_good_seconds", {"device": "vp1"}) == 0
