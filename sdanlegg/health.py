"""Whether the service is ready, in words; and how far its event loop lags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.metrics import Metrics
from sdanlegg.status import DeviceStatus

LAG_PROBE_S = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that being ready takes: whether it holds, and a sentence. Degraded: it holds, but not as it should."""

    name: str
    ok: bool
    detail: str
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks; ready when each holds."""

    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def degraded(self) -> bool:
        """Whether something needs a person's eye although the service does its work."""
        return any(check.degraded for check in self.checks)


def judge(
    statuses: Mapping[str, DeviceStatus],
    store_error: str | None,
    mirrors: Sequence[MirrorState] = (),
    now_ns: int = 0,
    store_note: str | None = None,
) -> Readiness:
    """Weigh what ready means: configuration loaded, store writable, every device that answers has been read once.

    A device that does not answer is no reason to wait: the service starts with every device absent. store_error is
    the sentence of the store's last failed write, None when the last one was good. A mirror that does not take what it
    is sent is no reason to wait either: the local store keeps it. store_note is what is amiss while writing goes on.
    """
    config = Check("config", ok=True, detail=f"{len(statuses)} devices are configured")
    told = [store_error or "the history can be written", *([store_note] if store_note else [])]
    store = Check("store", store_error is None, "; ".join(told), degraded=store_note is not None)
    return Readiness((config, store, *([_mirrors(mirrors, now_ns)] if mirrors else []), _devices(statuses)))


def _devices(statuses: Mapping[str, DeviceStatus]) -> Check:
    waiting = [device for device, status in statuses.items() if _awaited(status)]
    if waiting:
        return Check("devices", ok=False, detail=f"not read yet: {', '.join(waiting)}")
    silent = [device for device, status in statuses.items() if status.state != "up"]
    if silent:
        return Check("devices", ok=True, detail=f"every device that answers is read; silent: {', '.join(silent)}")
    return Check("devices", ok=True, detail="every device is read")


def _mirrors(mirrors: Sequence[MirrorState], now_ns: int) -> Check:
    degraded = any(mirror.needs_an_eye(now_ns) for mirror in mirrors)
    return Check("mirrors", ok=True, detail=". ".join(mirror.tell(now_ns) for mirror in mirrors), degraded=degraded)


def _awaited(status: DeviceStatus) -> bool:
    """Whether the device answers, or has not been tried to the end, and was not read in full."""
    untried = status.state == "connecting" and status.failures == 0
    return not status.first_read and (status.state == "up" or untried)


async def watch_loop(clock: Clock, metrics: Metrics) -> None:
    """Measure until cancelled by how much the event loop wakes a sleeper too late."""
    while True:
        start_ns = clock.monotonic_ns()
        await clock.sleep(LAG_PROBE_S)
        metrics.loop_lag.observe(max(0.0, (clock.monotonic_ns() - start_ns) / SECOND_NS - LAG_PROBE_S))
