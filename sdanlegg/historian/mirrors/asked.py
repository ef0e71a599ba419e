"""Long questions answered by a mirror (`[store] read_from`), and by the local store whenever the mirror cannot."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import apsw
import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame, Summaries
from sdanlegg.historian.active import load_active
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import Mirror, MirrorError
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.historian.mirrors.understood import understood

LONG_NS: Final = 2 * 86_400 * SECOND_NS
PATIENCE_S: Final = 15.0  # then the local store is asked, which must answer in time too
OPEN_AGAIN_S: Final = 30.0
log = structlog.get_logger("mirror")


class Asked:
    """A hall's history: the local store's, but for questions of more than LONG_NS with intervals, which are a mirror's.

    Not the mirror's: what people corrected, since mirrors have samples as they came; and anything while it is not ok.
    """

    def __init__(
        self,
        store: LocalStore,
        clock: Clock,
        state: MirrorState | None = None,
        opening: Callable[[], AbstractAsyncContextManager[Mirror]] | None = None,
    ) -> None:
        """Without a state and a way to open a mirror every question is the local store's."""
        self._store = store
        self._clock = clock
        self._state = state
        self._opening = opening
        self._mirror: Mirror | None = None
        self._failing = False

    async def run(self) -> None:
        """Hold the mirror open until cancelled; returns at once if none is asked."""
        while self._opening is not None:
            try:
                async with self._opening() as self._mirror:
                    await asyncio.Event().wait()
            except MirrorError as error:
                self._note(str(error))
            finally:
                self._mirror = None
            await self._clock.sleep(OPEN_AGAIN_S)

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        """See Historian."""
        mirror = self._mirror
        if mirror is not None and every is not None and await self._is_for_mirror(points, start_ns, end_ns):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    with understood(mirror.name):
                        frame = await mirror.read(points, start_ns, end_ns, every)
            except (MirrorError, TimeoutError) as error:
                self._note(str(error) or f"no answer within {PATIENCE_S:g} s")
            except (TooMuchError, UnknownPointError):
                pass  # the local store may have it, or says so itself
            else:
                self._failing = False
                return frame
        return await self._store.read(points, start_ns, end_ns, every)

    async def latest(self, points: Sequence[str]) -> Frame:
        """See Historian."""
        return await self._store.latest(points)

    async def summary(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
        """See SummingHistorian."""
        return await self._store.summary(points, start_ns, end_ns, every)

    async def _is_for_mirror(self, points: Sequence[str], start_ns: int, end_ns: int) -> bool:
        if end_ns - start_ns <= LONG_NS or self._state is None or self._state.level(self._clock.now_ns()) != "ok":
            return False
        try:
            return not await self._store.ask(lambda c, known: _is_corrected(c, known, points, start_ns, end_ns))
        except UnknownPointError:
            return False

    def _note(self, why: str) -> None:
        if not self._failing:
            name = None if self._state is None else self._state.name
            log.warning("mirror_not_asked", mirror=name, err=why, instead="the local store answers")
        self._failing = True


def _is_corrected(
    connection: apsw.Connection, catalogue: Catalogue, points: Sequence[str], start_ns: int, end_ns: int
) -> bool:
    numbers = [point.p for point in catalogue.find(connection, points)]
    return bool(load_active(connection, numbers, start_ns, end_ns))
