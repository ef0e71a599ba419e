"""The mirrors in Prometheus' terms, made when somebody asks."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sdanlegg.clock import Clock
from sdanlegg.historian.mirrors.state import MirrorState

_GAUGES = (
    ("up", "1 if the mirror takes what it is sent."),
    ("lag_seconds", "Age of the oldest sample that the mirror was not sent."),
    ("waiting_readings", "Readings that the mirror was not sent, about."),
    ("spool_bytes", "Bytes on disk that wait for the mirror, about."),
    ("cover_seconds", "How long the mirror can be away from now on before samples leave the spool unsent."),
)
_COUNTERS = (
    ("sent_lines", "Lines that the mirror took, those sent again included."),
    ("write_seconds", "Time that the mirror took for them."),
    ("dropped_samples", "Samples that left the spool unsent because it was full; must be 0."),
    ("quarantined_samples", "Samples that the mirror refused for good."),
    ("rewinds", "Times that what is not safe was sent again."),
    ("lost_heartbeats", "Heartbeats that the mirror took and did not give back; must be 0."),
)


class MirrorStates(Collector):
    """Every mirror's state; feeding pays nothing for it."""

    def __init__(self, states: Sequence[MirrorState], clock: Clock) -> None:
        self._states = states
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Name the metrics, so that a second registration is refused."""
        return [*_families().values(), _failures()]

    def collect(self) -> Iterable[Metric]:
        """Build the metrics of this moment."""
        families, failures = _families(), _failures()
        now_ns = self._clock.now_ns()
        for state in self._states:
            for name, value in _values(state, now_ns).items():
                families[name].add_metric([state.name], value)
            for fault, count in state.failures.items():
                failures.add_metric([state.name, fault], count)
        return [*families.values(), failures]


def _values(state: MirrorState, now_ns: int) -> dict[str, float]:
    return {
        "up": float(state.answered and state.fault is None),
        "lag_seconds": state.lag_s(now_ns),
        "waiting_readings": state.waiting.rows,
        "spool_bytes": state.waiting.spool_bytes,
        "cover_seconds": state.cover_s(),
        "sent_lines": state.sent,
        "write_seconds": state.seconds,
        "dropped_samples": state.dropped,
        "quarantined_samples": state.quarantined,
        "rewinds": state.rewinds,
        "lost_heartbeats": state.lost_heartbeats,
    }


def _families() -> dict[str, GaugeMetricFamily | CounterMetricFamily]:
    gauges = {name: GaugeMetricFamily(f"sd_mirror_{name}", text, labels=["mirror"]) for name, text in _GAUGES}
    counters = {name: CounterMetricFamily(f"sd_mirror_{name}", text, labels=["mirror"]) for name, text in _COUNTERS}
    return gauges | counters


def _failures() -> CounterMetricFamily:
    text = "Requests that failed, by what failed."
    return CounterMetricFamily("sd_mirror_failures", text, labels=["mirror", "fault"])


def register_mirrors(registry: CollectorRegistry, states: Sequence[MirrorState], clock: Clock) -> None:
    """Show every mirror's state in the registry."""
    registry.register(MirrorStates(states, clock))
