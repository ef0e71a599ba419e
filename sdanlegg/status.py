"""What is known of each device: up or down, since when, and why. Edges are logged once; the rest is counted."""

from dataclasses import dataclass
from typing import Literal

import structlog

from sdanlegg.clock import SECOND_NS

State = Literal["connecting", "up", "down"]
log = structlog.get_logger("collect")


@dataclass(slots=True)
class DeviceStatus:
    """One device as it is. `up` means that its last poll brought an answer, not that a socket is open."""

    device: str
    state: State
    since_ns: int
    last_good_ns: int | None = None
    error: str | None = None
    polls: int = 0
    failures: int = 0
    lateness_s: float = 0.0
    first_read: bool = False  # every poll group has been answered at least once

    def answered(self, now_ns: int, lateness_s: float, *, good: bool) -> None:
        """Take in a poll that brought a reading; logs the edge to up."""
        if self.state != "up":
            log.info("device_up", device=self.device, after_s=round((now_ns - self.since_ns) / SECOND_NS, 1))
            self.state, self.since_ns, self.error = "up", now_ns, None
        if good:
            self.last_good_ns = now_ns
        self.polls += 1
        self.lateness_s = lateness_s

    def failed(self, now_ns: int, error: str) -> None:
        """Take in a poll or connect that brought nothing; logs the edge to down, once an outage."""
        if self.state != "down":
            log.warning("device_down", device=self.device, err=error)
            self.state, self.since_ns = "down", now_ns
        self.error = error
        self.failures += 1
