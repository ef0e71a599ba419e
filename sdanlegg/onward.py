"""The time of history goes on: a machine's clock that is set back does not write an hour twice over.

Two passes over the same hour cannot both be history: counters would fall and rise between them. What came first stands;
what comes after is kept as it came but marked bad|clock, until the clock has passed what history has already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import StoreError, UnknownPointError
from sdanlegg.historian import Historian
from sdanlegg.quality import BAD, CLOCK, worse
from sdanlegg.readings import Reading

SLACK_NS: Final = 2 * SECOND_NS  # readings come this far out of order without any step
CATCH_UP_NS: Final = 2 * 3600 * SECOND_NS  # a clock that is further back is believed: what history has was wrong
_MARK: Final = np.array(BAD | CLOCK, np.uint16)
log = structlog.get_logger("clock")


@dataclass(slots=True)
class Onward:
    """Judges whether readings may stand in history at their time, in the order in which they come.

    newest_ns: time of the newest reading that history has, 0 when it has none.
    """

    clock: Clock
    newest_ns: int
    _waiting: bool = False
    _offset_ns: int | None = None

    def judge(self, reading: Reading) -> Reading:
        """Reading as history takes it: marked while the clock is behind what history has, by two hours at most."""
        self._watch(reading.t_ns)
        behind_ns = self.newest_ns - reading.t_ns
        if behind_ns > CATCH_UP_NS:
            log.error("clock_believed", behind_s=behind_ns // SECOND_NS)
            self._waiting, self.newest_ns = False, reading.t_ns
        elif behind_ns > SLACK_NS or (self._waiting and behind_ns >= 0):
            self._waiting = True
            return replace(reading, quality=worse(reading.quality, _MARK))
        else:
            self._waiting, self.newest_ns = False, max(self.newest_ns, reading.t_ns)
        return reading

    def _watch(self, t_ns: int) -> None:
        """Tell of a step of the wall's clock against the monotonic one."""
        offset_ns = t_ns - self.clock.monotonic_ns()
        if self._offset_ns is not None and abs(offset_ns - self._offset_ns) > SLACK_NS:
            log.warning("clock_stepped", seconds=round((offset_ns - self._offset_ns) / SECOND_NS, 1))
        self._offset_ns = offset_ns


async def newest_ns(history: Historian, points: Sequence[str]) -> int:
    """Time of the newest sample of any of the points; 0 when there is none, or none that can be read."""
    try:
        return int((await history.latest(points)).t_ns.max(initial=0))
    except (StoreError, UnknownPointError) as error:
        log.warning("clock_unchecked", err=str(error))
        return 0
