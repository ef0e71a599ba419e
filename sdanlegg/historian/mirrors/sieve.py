"""Writing to a mirror that refuses some lines: the others are stored, the refused ones are found by halving."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.historian.mirrors import Mirror, MirrorError
from sdanlegg.historian.mirrors.lines import told

SEARCH_REQUESTS: Final = 200  # in a minute: what is still refused then is not searched any finer
_MINUTE_NS: Final = 60 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the mirror refuses whatever is done, and its words."""

    point: str
    t_ns: int
    line: bytes
    reason: str


class Sieve:
    """One mirror's: remembers of which series it refused lines, and writes those apart from the others."""

    def __init__(self, mirror: Mirror, witness: Callable[[], bytes], clock: Clock) -> None:
        """Witness gives a line that a sound mirror takes: one that refuses it too has another fault than the lines."""
        self._mirror = mirror
        self._witness = witness
        self._clock = clock
        self._doubtful: set[bytes] = set()
        self._left = SEARCH_REQUESTS
        self._refill_ns = clock.monotonic_ns() + _MINUTE_NS

    async def write(self, lines: Sequence[bytes]) -> list[Refused]:
        """Write lines; those that were refused. MirrorError as Mirror.write, but never with the fault refused."""
        plain, apart = self._part(lines)
        refused = []
        for piece in (plain, apart):
            if piece and (reason := await self._refusal(piece)) is not None:
                await self._call_witness(reason)
                refused += await self._search(_by_series(piece), reason)
        self._doubtful -= {_series(line) for line in apart}
        self._doubtful |= {_series(one.line) for one in refused}
        return refused

    def _part(self, lines: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
        if not self._doubtful:
            return lines, ()
        plain: list[bytes] = []
        apart: list[bytes] = []
        for line in lines:
            (apart if _series(line) in self._doubtful else plain).append(line)
        return plain, apart

    async def _refusal(self, lines: Sequence[bytes]) -> str | None:
        """Write; None if all were taken, else the mirror's words."""
        try:
            await self._mirror.write(lines)
        except MirrorError as error:
            if error.fault != "refused":
                raise
            return str(error)
        return None

    async def _call_witness(self, reason: str) -> None:
        if await self._refusal([self._witness()]) is not None:
            raise MirrorError(f"refuses whatever it is sent: {reason}", "failing")

    async def _search(self, groups: Sequence[Sequence[bytes]], reason: str) -> list[Refused]:
        """Lines of groups, refused together, that are refused alone: by groups first, then within one."""
        lines = [line for group in groups for line in group]
        if len(lines) == 1 or not self._may_search():
            return [Refused(*told(line), line, reason) for line in lines]
        if len(groups) == 1:
            groups = [[line] for line in lines]
        middle = len(groups) // 2
        refused = []
        for half in (groups[:middle], groups[middle:]):
            words = await self._refusal([line for group in half for line in group])
            if words is not None:
                refused += await self._search(half, words)
        return refused

    def _may_search(self) -> bool:
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._refill_ns:
            self._left, self._refill_ns = SEARCH_REQUESTS, now_ns + _MINUTE_NS
        self._left -= 2
        return self._left >= 0


def _series(line: bytes) -> bytes:
    return line.partition(b" ")[0]


def _by_series(lines: Sequence[bytes]) -> list[list[bytes]]:
    groups: dict[bytes, list[bytes]] = {}
    for line in lines:
        groups.setdefault(_series(line), []).append(line)
    return list(groups.values())
