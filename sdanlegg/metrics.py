"""What the service counts about itself, in Prometheus' terms, on a registry that is handed in."""

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from sdanlegg import __version__
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.quality import BAD, UNCERTAIN, QualityArray
from sdanlegg.status import DeviceStatus

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class _PollTimes:
    """One device's histograms: finding a labelled child costs as much as counting in it."""

    duration: Histogram
    lateness: Histogram


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counters that collecting and storing write; all calls are for one event loop, none for each sample."""

    poll_duration: Histogram
    poll_lateness: Histogram
    read_errors: Counter
    samples_good: Counter
    samples_uncertain: Counter
    samples_bad: Counter
    store_write: Histogram
    store_readings: Counter
    store_samples: Counter
    store_errors: Counter
    store_waiting: Gauge
    loop_lag: Histogram
    _times: dict[str, _PollTimes] = field(default_factory=dict)

    @classmethod
    def create(cls, registry: CollectorRegistry) -> "Metrics":
        """Register everything once; a second call on the same registry is an error of the registry's."""
        ProcessCollector(registry=registry)
        build = Info("sd_build", "Version of the service and of its Python.", registry=registry)
        build.info({"version": __version__, "python": platform.python_version()})
        samples = Counter("sd_samples", "Samples collected, by severity.", ["severity"], registry=registry)
        return cls(
            poll_duration=_seconds("sd_poll_duration", "Time from asking a device to its reading.", registry, "device"),
            poll_lateness=_seconds("sd_poll_lateness", "Time by which a poll began too late.", registry, "device"),
            read_errors=Counter(
                "sd_read_errors", "Polls and connects that brought nothing.", ["device", "kind"], registry=registry
            ),
            samples_good=samples.labels("good"),
            samples_uncertain=samples.labels("uncertain"),
            samples_bad=samples.labels("bad"),
            store_write=_seconds("sd_store_write", "Time of one group commit with its sync.", registry),
            store_readings=Counter("sd_store_readings", "Readings committed and synced.", registry=registry),
            store_samples=Counter("sd_store_samples", "Samples committed and synced.", registry=registry),
            store_errors=Counter(
                "sd_store_errors",
                "Group commits that failed; their readings are kept and tried again.",
                registry=registry,
            ),
            store_waiting=Gauge("sd_store_waiting_readings", "Readings not yet committed.", registry=registry),
            loop_lag=_seconds("sd_loop_lag", "Time by which the event loop woke a sleeper too late.", registry),
        )

    def polled(self, device: str, lateness_s: float, duration_s: float) -> None:
        """Count a poll that brought a reading."""
        times = self._times.get(device)
        if times is None:
            times = _PollTimes(self.poll_duration.labels(device), self.poll_lateness.labels(device))
            self._times[device] = times
        times.duration.observe(duration_s)
        times.lateness.observe(lateness_s)

    def failed(self, device: str, kind: str) -> None:
        """Count a poll or connect that brought nothing; kind is one word of a small fixed set."""
        self.read_errors.labels(device, kind).inc()

    def sampled(self, quality: QualityArray) -> None:
        """Count the samples of one reading, (n,) qualities as they leave the checks."""
        if not np.count_nonzero(quality):
            self.samples_good.inc(quality.size)
            return
        bad = int(np.count_nonzero(quality >= BAD))
        doubtful = int(np.count_nonzero(quality >= UNCERTAIN))
        self.samples_good.inc(quality.size - doubtful)
        self.samples_uncertain.inc(doubtful - bad)
        self.samples_bad.inc(bad)

    def stored(self, readings: int, samples: int, seconds: float) -> None:
        """Count one group commit that is synced."""
        self.store_write.observe(seconds)
        self.store_readings.inc(readings)
        self.store_samples.inc(samples)


def _seconds(name: str, text: str, registry: CollectorRegistry, *labels: str) -> Histogram:
    """Histogram of a time; the name gets its unit here."""
    return Histogram(f"{name}_seconds", text, labels, buckets=SECONDS, registry=registry)


class DeviceStates(Collector):
    """Every device's state, made when somebody asks: collecting pays nothing for it."""

    def __init__(self, statuses: Callable[[], Mapping[str, DeviceStatus]], clock: Clock) -> None:
        self._statuses = statuses
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Name the metrics, so that a second registration is refused."""
        return self._families()

    def collect(self) -> Iterable[Metric]:
        """Build the metrics of this moment; a device that never gave a good value has no age."""
        up, age, polls, failures = families = self._families()
        now_ns = self._clock.now_ns()
        for device, status in self._statuses().items():
            up.add_metric([device], float(status.state == "up"))
            polls.add_metric([device], status.polls)
            failures.add_metric([device], status.failures)
            if status.last_good_ns is not None:
                age.add_metric([device], max(0.0, (now_ns - status.last_good_ns) / SECOND_NS))
        return families

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, CounterMetricFamily, CounterMetricFamily]:
        return (
            GaugeMetricFamily("sd_device_up", "1 if the device's last poll brought an answer.", labels=["device"]),
            GaugeMetricFamily("sd_device_last_good_seconds", "Age of the last good value.", labels=["device"]),
            CounterMetricFamily("sd_device_polls", "Polls that brought an answer.", labels=["device"]),
            CounterMetricFamily("sd_device_failures", "Polls and connects that brought nothing.", labels=["device"]),
        )


def register_devices(
    registry: CollectorRegistry, statuses: Callable[[], Mapping[str, DeviceStatus]], clock: Clock
) -> None:
    """Show every device's state, polls and age of data in the registry."""
    registry.register(DeviceStates(statuses, clock))


class _Dropped(Collector):
    """What the store lost, asked of the store when somebody looks."""

    def __init__(self, dropped: Callable[[], int]) -> None:
        self._dropped = dropped

    def describe(self) -> Iterable[Metric]:
        """Name the metric, so that a second registration is refused."""
        return self.collect()

    def collect(self) -> Iterable[Metric]:
        """Build the metric of this moment."""
        text = "Readings lost because the disk took none for too long; must be 0."
        return [CounterMetricFamily("sd_store_dropped", text, value=self._dropped())]


def register_dropped(registry: CollectorRegistry, dropped: Callable[[], int]) -> None:
    """Show in the registry how many readings the store had to drop."""
    registry.register(_Dropped(dropped))


def register_reserve(registry: CollectorRegistry, held: Callable[[], bool]) -> None:
    """Show in the registry whether the piece of disk kept back for a full disk is there."""
    text = "1 while the disk kept back for a full disk is held; 0 means: make room."
    Gauge("sd_store_reserve_held", text, registry=registry).set_function(lambda: float(held()))


def register_sealed(registry: CollectorRegistry, behind_s: Callable[[], float]) -> None:
    """Show in the registry how far the sealing is behind."""
    text = "Time since the instant until which the history is sealed; usually 2 to 20 minutes."
    Gauge("sd_store_unsealed_seconds", text, registry=registry).set_function(behind_s)
