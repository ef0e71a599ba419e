"""The sealer: folds accepted rows into days and tiers beside the writing, and redoes what late data touch."""

import math
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import apsw
import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import StoreError, StoreFullError
from sdanlegg.historian import facts, seal_read, seal_write, seal_zone
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.retention import SLACK, Trust, drop_piece, give_back, horizons
from sdanlegg.historian.seal_plan import Unit
from sdanlegg.historian.seal_write import OvertakenError, Step
from sdanlegg.site import Keep

EVERY_NS: Final = 900 * SECOND_NS
DELAY_NS: Final = 120 * SECOND_NS  # readings come in the order of their times, but not quite
LOOK_S: Final = 5.0  # between two looks whether something is to be done
PAUSE_S: Final = 0.05  # between two transactions of the service, so that its commits are not delayed
RETRY_S: Final = 30.0
MANY_LATE: Final = 2000
_TRIES: Final = 5
log = structlog.get_logger("store")
T = TypeVar("T")


def due_ns(now_ns: int) -> int:
    """Until when the service seals at a given time."""
    return (now_ns - DELAY_NS) // EVERY_NS * EVERY_NS


class Sealer:
    """Seals one store's rows. One at a time: the service's, or that of the one program that has the store open."""

    def __init__(self, store: LocalStore, path: Path, zone: ZoneInfo, clock: Clock, keep: Keep | None = None) -> None:
        """Take the open store, the path of its file, the zone whose days the day tier has, and what run keeps."""
        self._store = store
        self._path = path
        self._zone = zone
        self._clock = clock
        self._keep = keep
        self._trust = Trust()
        self._failure: StoreError | None = None
        self._sealed_ns: int | None = None

    @property
    def full(self) -> bool:
        """Whether the last attempt failed because the disk is full."""
        return isinstance(self._failure, StoreFullError)

    def behind_s(self) -> float:
        """Seconds since the instant until which run has sealed everything; NaN before it has once."""
        if self._sealed_ns is None:
            return math.nan
        return (self._clock.now_ns() - self._sealed_ns) / SECOND_NS

    async def run(self) -> None:
        """Seal every quarter of an hour, and soon after corrections and late data, until cancelled."""
        while True:
            until_ns = due_ns(self._clock.now_ns())
            try:
                if until_ns != self._sealed_ns or await self._ask(partial(_is_pressing, until_ns=until_ns)):
                    await self._seal(until_ns, PAUSE_S)
                    self._sealed_ns = until_ns
                    await self.prune(PAUSE_S)
                self._note_success()
            except StoreError as error:
                self._note_failure(error)
                await self._clock.sleep(RETRY_S)
            await self._clock.sleep(LOOK_S)

    async def seal(self, until_ns: int) -> None:
        """Seal every row before until_ns and bring all that is touched up to date; StoreError if that cannot be."""
        await self._seal(until_ns, 0.0)

    async def mend(self) -> None:
        """Redo the tiers where corrections were made, and nothing else."""
        await self._mend(facts.NEVER_NS, 0.0)

    async def prune(self, pause_s: float = 0.0, slack: int = SLACK) -> None:
        """Delete what is kept no longer, and give the disk back what the file does not need; slack in pages."""
        known = await self._ask(_facts)
        now_ns = self._clock.now_ns()
        trusted = self._trust.believes(now_ns, known.pruned_ns, self._clock.monotonic_ns())
        if self._keep is not None and known.sealed_ns is not None and trusted:
            limits = horizons(self._keep, now_ns, known.sealed_ns, self._zone)
            while await self._store.change(partial(drop_piece, limits=limits)):
                await self._clock.sleep(pause_s)
            await self._store.change(partial(facts.write, name="pruned_ns", value=now_ns))
        while await self._store.change(partial(give_back, slack=slack)):
            await self._clock.sleep(pause_s)

    async def _seal(self, until_ns: int, pause_s: float) -> None:
        await self._begin(until_ns)
        await self._follow_zone()
        failed: StoreError | None = None
        for unit in await self._ask(seal_read.all_units):
            try:
                await self._seal_unit(unit, until_ns, pause_s)
            except StoreError as error:  # one that cannot be sealed does not keep the others from it
                failed = failed or error
        if failed is not None:
            raise failed
        known = await self._ask(_facts)
        if known.sealed_ns is not None and known.sealed_ns < until_ns:
            await self._store.change(partial(seal_write.finish, until_ns=until_ns))
        await self._mend(until_ns, pause_s)

    async def _begin(self, until_ns: int) -> None:
        known = await self._ask(_facts)
        if known.sealed_ns is None:
            first_ns = await self._ask(lambda connection, _: seal_read.first_row_ns(connection, until_ns))
            if first_ns is not None:
                await self._store.change(partial(seal_write.begin, first_ns=first_ns, zone=self._zone.key))

    async def _seal_unit(self, unit: Unit, until_ns: int, pause_s: float) -> None:
        days = partial(seal_read.days, unit=unit, until_ns=until_ns, zone=self._zone)
        for day_ns in await self._ask(days):
            make = partial(seal_read.day_step, unit=unit, day_ns=day_ns, until_ns=until_ns, zone=self._zone)
            while (step := await self._take(make)) is not None:
                await self._clock.sleep(pause_s)
                if not step.more:
                    break

    async def _mend(self, until_ns: int, pause_s: float) -> None:
        make = partial(seal_read.dirty_step, until_ns=until_ns, zone=self._zone)
        while await self._take(make) is not None:
            await self._clock.sleep(pause_s)

    async def _take(self, make: Callable[[apsw.Connection, Catalogue], Step | None]) -> Step | None:
        """Read what a step takes and do it, anew if somebody else was faster; None if there was nothing to do."""
        for _ in range(_TRIES):
            step = await self._ask(make)
            if step is None:
                return None
            try:
                await self._store.change(partial(seal_write.apply, step=step))
            except OvertakenError:
                continue
            return step
        raise StoreError(f"{self._path} is being changed by another program: sealing waits")

    async def _follow_zone(self) -> None:
        known = await self._ask(_facts)
        if known.zone is None or known.zone == self._zone.key:
            return
        log.info("store_zone_changed", before=known.zone, now=self._zone.key)
        make = partial(seal_zone.days_of, zone=self._zone)
        rollups, generation = await self._ask(make)
        work = partial(seal_write.put_days, rollups=rollups, zone=self._zone.key, generation=generation)
        try:
            await self._store.change(work)
        except OvertakenError as err:
            raise StoreError(f"{self._path} is being changed by another program: sealing waits") from err

    async def _ask(self, question: Callable[[apsw.Connection, Catalogue], T]) -> T:
        try:
            return await self._store.ask(question)
        except (ValueError, zlib.error) as err:
            raise StoreError(f"{self._path} holds something that cannot be read: {err}") from err

    def _note_failure(self, error: StoreError) -> None:
        if self._failure is None:
            log.error("store_not_sealed", path=str(self._path), err=str(error))
        self._failure = error

    def _note_success(self) -> None:
        if self._failure is not None:
            log.info("store_sealed_again", path=str(self._path))
        self._failure = None


def _facts(connection: apsw.Connection, _: Catalogue) -> facts.Facts:
    return facts.read(connection)


def _is_pressing(connection: apsw.Connection, _: Catalogue, until_ns: int) -> bool:
    return seal_read.is_dirty(connection) or seal_read.count_late(connection, until_ns, MANY_LATE) >= MANY_LATE
