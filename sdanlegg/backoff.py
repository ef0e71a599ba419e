"""How long to wait before the next try: doubling, bounded, with jitter so that devices do not come back in step."""

import random
from dataclasses import dataclass, field

FIRST_S = 1.0
CAP_S = 7.0  # with jitter, a connect and a poll on top, a returned device has good data within ten seconds
JITTER = 0.15


@dataclass(slots=True)
class Backoff:
    """Waiting times of one device or connection."""

    draw: random.Random = field(default_factory=random.Random)
    first_s: float = FIRST_S
    cap_s: float = CAP_S
    _next_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the first waiting time."""
        self._next_s = self.first_s

    def wait_s(self) -> float:
        """Seconds to wait after one more failure; the next will be longer, up to the cap."""
        wait = self._next_s
        self._next_s = min(2 * wait, self.cap_s)
        return wait * self.draw.uniform(1 - JITTER, 1 + JITTER)

    def reset(self) -> None:
        """Start over after a success."""
        self._next_s = self.first_s
