"""Whether the service is ready, in words; and how far its event loop lags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.metrics import Metrics
from sdanlegg.status import DeviceStatus

LAG_PROBE_S = 0.5


@dataclass(slots=True)
class Filling:
    """How far a past is written behind the live values: share from 0 to 1, None when none is; why it ended early."""

    share: float | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that being ready takes: whether it holds, and a sentence. Degraded: it holds, but not as it should.

    progress: of long work that goes on behind it, from 0 to 1.
    """

    name: str
    ok: bool
    detail: str
    degraded: bool = False
    progress: float | None = None


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
    filling: Filling | None = None,
) -> Readiness:
    """Weigh what ready means: configuration loaded, store writable, every device that answers has been read once.

    A device that does not answer is no reason to wait: the service starts with every device absent. store_error is
    the sentence of the store's last failed write, None when the last one was good. A mirror that does not take what it
    is sent is no reason to wait either: the local store keeps it. store_note is what is amiss while writing goes on.
    """
    config = Check("config", ok=True, detail=f"{len(statuses)} devices are configured")
    told = [store_error or "the history can be written", *([store_note] if store_note else [])]
    store = Check("store", store_error is None, "; ".join(told), degraded=store_note is not None)
    told_mirrors = [_mirrors(mirrors, now_ns)] if mirrors else []
    return Readiness((config, store, *_past(filling or Filling()), *told_mirrors, _devices(statuses)))


def _past(filling: Filling) -> list[Check]:
    if filling.fault is not None:
        detail = f"the past was not written to its end: {filling.fault}"
        return [Check("history", ok=True, detail=detail, degraded=True)]
    if filling.share is None:
        return []
    detail = f"the past is being written: {100 * filling.share:.0f} %"
    return [Check("history", ok=True, detail=detail, progress=filling.share)]


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
