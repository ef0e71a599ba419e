"""Feeding one mirror from the local store: in order, with its own retry, verified by heartbeats that it gives back."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

import apsw
import structlog

from sdanlegg.backoff import Backoff
from sdanlegg.cancellation import heed_cancellation
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import StoreError
from sdanlegg.historian.catalogue import Catalogue
from sdanlegg.historian.mirrors import Mirror, MirrorError, spool
from sdanlegg.historian.mirrors.sieve import Refused, Sieve
from sdanlegg.historian.mirrors.spool import Cursor, Outbox
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.historian.mirrors.tail import Tail
from sdanlegg.historian.mirrors.understood import understood

T = TypeVar("T")
_BREAKS: Final = ("unreachable", "failing")  # the engine may have ended, and with it what it had only in memory
_MENDED_BY_PEOPLE: Final = ("denied", "missing")
_SKEW_NS: Final = 300 * SECOND_NS  # by which the engine's clock may be behind ours
_MILLISECOND_NS: Final = 1_000_000  # the finest time that every engine gives back
log = structlog.get_logger("mirror")


class Store(Protocol):
    """What of the local store is needed."""

    async def ask(self, question: Callable[[apsw.Connection, Catalogue], T]) -> T:
        """Look something up in a reading thread."""
        ...

    async def change(self, work: Callable[[apsw.Connection], T]) -> T:
        """Change the file in one transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of a feed, s."""

    idle: float = 1.0  # between two looks whether there is something new
    heartbeat: float = 60.0
    window: float = 60.0  # what was sent within it may be lost by an engine that is killed
    loss: float = 120.0  # a heartbeat that is not given back for so long is lost
    look: float = 10.0  # between two looks at the spool; the cursor is written then
    first_wait: float = 1.0  # after a failure, doubling …
    longest_wait: float = 30.0  # … up to this
    people_wait: float = 30.0  # after 401, 403, 404
    longest_retry_after: float = 600.0  # however long a mirror asks us to wait
    lines: int = 5000  # of one request


@dataclass(slots=True)
class Feed:
    """One mirror's task. Whatever the mirror does, nothing else waits for it."""

    state: MirrorState
    opening: Callable[[], AbstractAsyncContextManager[Mirror]]
    store: Store
    outbox: Outbox
    heartbeat: Callable[[int], bytes]  # line of a heartbeat at a time
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    _tail: Tail = field(init=False)
    _backoff: Backoff = field(init=False)
    _lines: int = field(init=False)
    _prepared: bool = False
    _unwritten: bool = False  # the cursor could not be written the last time
    _beat_due_ns: int = 0
    _started: float | None = None  # when the engine's process began, as far as it tells

    def __post_init__(self) -> None:
        """Begin with nothing known of the mirror."""
        pace = self.pace
        self._tail = Tail(0, 0, int(pace.window * SECOND_NS), int(pace.loss * SECOND_NS))
        self._backoff = Backoff(first_s=pace.first_wait, cap_s=pace.longest_wait)
        self._lines = pace.lines

    async def run(self) -> None:
        """Feed the mirror until cancelled, beginning at what is safe there."""
        await self._begin()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._feed())
            tasks.create_task(self._watch())

    async def _begin(self) -> None:
        """Wait for the cursor: the mirror is enrolled once the store can be written."""
        while True:
            try:
                at = await self.store.ask(lambda connection, _: spool.cursor(connection, self.state.name))
            except StoreError as error:
                self.state.failed("store", str(error), self.clock.now_ns())
                at = None
            if at is not None:
                self._tail.skip(at.safe_seq, at.safe_seq)
                self.state.dropped = at.dropped
                return
            await self.clock.sleep(self.pace.idle)

    async def _feed(self) -> None:
        while True:
            try:
                async with self.opening() as mirror:  # reads the token anew
                    await self._send(mirror)
            except MirrorError as error:
                heed_cancellation()
                await self.clock.sleep(self._fail(error))

    async def _send(self, mirror: Mirror) -> None:
        """Send what comes until the mirror must be opened anew: when it does not accept the token."""
        sieve = Sieve(mirror, lambda: self.heartbeat(self.clock.now_ns()), self.clock)
        while True:
            try:
                wait_s = await self._turn(mirror, sieve)
            except MirrorError as error:
                if error.fault == "denied":
                    raise
                if error.fault == "too_large" and self._lines > 1:
                    self._lines //= 2
                    continue
                wait_s = self._fail(error)
            except StoreError as error:
                self.state.failed("store", str(error), self.clock.now_ns())
                wait_s = self._backoff.wait_s()
            heed_cancellation()
            await self.clock.sleep(wait_s)

    async def _turn(self, mirror: Mirror, sieve: Sieve) -> float:
        """Do what is to be done now; seconds until there may be more."""
        if not self._prepared:
            await mirror.prepare()
            self._prepared = True
        await self._beat(mirror)
        return 0.0 if await self._send_batch(sieve) else self.pace.idle

    async def _send_batch(self, sieve: Sieve) -> bool:
        """Send the next batch; whether there is more at once."""
        after, samples = self._tail.sent_seq, self._lines
        batch = await self.store.ask(
            lambda connection, catalogue: self.outbox.batch(connection, catalogue, after, samples)
        )
        if batch is None:
            return False
        begun_ns = self.clock.monotonic_ns()
        for start in range(0, len(batch.lines), self._lines):  # one row may have more lines than a request may
            await self._keep_refused(await sieve.write(batch.lines[start : start + self._lines]))
        self.state.seconds += (self.clock.monotonic_ns() - begun_ns) / SECOND_NS
        self._tail.sent(batch.last_seq)
        self._succeed(len(batch.lines))
        return batch.full

    def _succeed(self, lines: int) -> None:
        self._backoff.reset()
        self.state.took(lines, self.clock.now_ns())

    async def _keep_refused(self, refused: list[Refused]) -> None:
        if not refused:
            return
        now_ns, name = self.clock.now_ns(), self.state.name
        rows = [(r.point, r.t_ns, r.line.decode(errors="replace"), r.reason, now_ns) for r in refused]
        await self.store.change(lambda connection: spool.quarantine(connection, name, rows))
        self.state.refused([r.point for r in refused], refused[0].reason)

    async def _beat(self, mirror: Mirror) -> None:
        """When it is time: send a heartbeat, then look whether former ones are there."""
        if self.clock.monotonic_ns() < self._beat_due_ns:
            return
        t_ns = self.clock.now_ns() // _MILLISECOND_NS * _MILLISECOND_NS
        await mirror.write([self.heartbeat(t_ns)])
        now_ns = self.clock.monotonic_ns()
        self._tail.beat(t_ns, now_ns)
        self._beat_due_ns = now_ns + int(self.pace.heartbeat * SECOND_NS)
        self._succeed(1)
        await self._verify(mirror)

    async def _verify(self, mirror: Mirror) -> None:
        """Weigh what the mirror gives back, and send again what it may have lost."""
        times = [beat.t_ns for beat in self._tail.beats]
        if await self._was_restarted(mirror, min(times)):
            self._rewind("the engine was started anew")
            return
        try:
            with understood(self.state.name):
                found = set(await mirror.heartbeats(min(times), max(times) + 1))
        except MirrorError as error:
            self._tail.judge(None, self.clock.monotonic_ns())
            self._warn(f"cannot be asked whether it keeps what it takes: {error}")
            return
        before = self._tail.sent_seq
        match self._tail.judge(found, self.clock.monotonic_ns()):
            case "lost" | "missing" as verdict:
                self.state.lost_heartbeats += 1
                self.state.rewinds += verdict == "lost"
                self._warn("does not give back the heartbeats that it took: what it takes may be lost")
            case "returned":
                self.state.rewinds += 1
                log.info(
                    "mirror_resend",
                    mirror=self.state.name,
                    why="heartbeats come back",
                    readings=before - self._tail.sent_seq,
                )
            case _:
                self._warn("")

    async def _was_restarted(self, mirror: Mirror, since_ns: int) -> bool:
        """Whether the engine's process is another one than before; several behind one address are older than that."""
        before, now = self._started, await mirror.started()
        if now is None:
            return False
        self._started = now
        return before not in (None, now) and now * SECOND_NS > since_ns - _SKEW_NS

    def _warn(self, text: str) -> None:
        if text and not self.state.warning:
            log.warning("mirror_doubtful", mirror=self.state.name, err=text)
        self.state.warning = text

    def _rewind(self, why: str) -> None:
        again = self._tail.rewind()
        if again:
            self.state.rewinds += 1
            log.info("mirror_resend", mirror=self.state.name, why=why, readings=again)

    def _fail(self, error: MirrorError) -> float:
        """Take in a failure; seconds until the next try."""
        self.state.failed(error.fault, str(error), self.clock.now_ns())
        if error.fault in _BREAKS:
            self._rewind(str(error))
        self._prepared = self._prepared and error.fault in ("failing", "busy", "too_large", "refused")
        if error.fault in _MENDED_BY_PEOPLE:
            return self.pace.people_wait
        asked = min(error.retry_after_s or 0.0, self.pace.longest_retry_after)
        return max(self._backoff.wait_s(), asked)

    async def _watch(self) -> None:
        """Keep the cursor on the disk, the spool below its cap, and the state up to date."""
        while True:
            await self.clock.sleep(self.pace.look)
            try:
                await self._look()
            except StoreError as error:
                if not self._unwritten:
                    log.warning("mirror_cursor_unwritten", mirror=self.state.name, err=str(error))
                self._unwritten = True
            else:
                self._unwritten = False

    async def _look(self) -> None:
        name, tail, cap = self.state.name, self._tail, self.state.cap_bytes
        sent, safe = tail.sent_seq, tail.safe_seq

        def keep(connection: apsw.Connection) -> tuple[Cursor, bool]:
            again = spool.advance(connection, name, sent, safe)
            return spool.enforce_cap(connection, name, cap), again

        again = True
        while again:
            at, again = await self.store.change(keep)
            if at.safe_seq > safe:
                tail.skip(at.safe_seq, at.safe_seq)
            self.state.lost(at.dropped)
        here = Cursor(tail.sent_seq, tail.safe_seq, at.dropped)
        self.state.waiting = await self.store.ask(lambda connection, _: spool.backlog(connection, here))
