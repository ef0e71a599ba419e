"""Collect: one supervisor per connection, which polls its devices on time and heals by itself.

A device that is absent, silent or talking nonsense marks its own points and waits; nothing here waits for it but the
units behind the same gateway, and those for one time-out at most.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sdanlegg.backoff import Backoff
from sdanlegg.cancellation import heed_cancellation
from sdanlegg.clock import SECOND_NS, Clock, next_tick
from sdanlegg.driver import Link, LinkFactory, PollGroup
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.metrics import Metrics
from sdanlegg.points import Point
from sdanlegg.quality import BAD, COMM, UNCERTAIN
from sdanlegg.readings import Reading, all_bad
from sdanlegg.site import Device, Site
from sdanlegg.status import DeviceStatus

CONNECT_S = 4.0
POLL_GUARD_S = 20.0  # no poll may hang longer, whatever the driver does
SILENT_TRIES = 2  # a single lost answer is no reason to give a connection up
GOLDEN = 0.6180339887498949  # spreads any number of phases evenly over a period
GRID_NS = SECOND_NS // 4  # polls begin on this grid: what is due together costs half of what single wake-ups cost


def poll_groups(site: Site) -> list[PollGroup]:
    """Cut the hall's points into the groups that are polled together: one per device and period."""
    members: dict[tuple[str, float], list[int]] = {}
    for column, point in enumerate(site.points):
        members.setdefault((point.device, point.period_s), []).append(column)
    devices = {device.id: device for device in site.devices}
    return [
        PollGroup(devices[device], period_s, np.array(columns, np.int32), tuple(site.points.points[c] for c in columns))
        for (device, period_s), columns in members.items()
    ]


@dataclass(slots=True)
class _Schedule:
    """When a group is due, on the monotonic clock."""

    due_ns: int
    phase_ns: int
    group: PollGroup
    answered: bool = False


@dataclass(slots=True)
class _Silence:
    """How long a unit has not answered: the waits between tries, and the tries so far."""

    tries: int = 0
    backoff: Backoff = field(default_factory=Backoff)

    def end(self) -> None:
        if self.tries:
            self.tries = 0
            self.backoff.reset()


@dataclass(slots=True)
class _Route:
    """One socket address, the groups behind it, and the link while there is one."""

    protocol: str
    address: str
    schedules: list[_Schedule]
    silences: dict[str, _Silence]
    link: Link | None = None
    polling_since_ns: int = 0  # monotonic; 0 = no poll in flight

    @property
    def silent(self) -> bool:
        """Whether nothing behind the connection answers any more."""
        return all(silence.tries >= SILENT_TRIES for silence in self.silences.values())


class Collector:
    """Polls every device of the hall into a sink."""

    def __init__(
        self,
        site: Site,
        factories: Mapping[str, LinkFactory],
        sink: Callable[[Reading], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._factories = factories
        self._sink = sink
        self._clock = clock
        self._metrics = metrics
        start_ns = clock.now_ns()
        self._status = {d.id: DeviceStatus(d.id, "connecting", start_ns) for d in site.devices}
        self._routes = _routes(poll_groups(site))

    def status(self) -> Mapping[str, DeviceStatus]:
        """Every device's status by id, as it changes."""
        return self._status

    async def write(self, device: Device, point: Point, value: float) -> None:
        """Write one value through the device's open connection; DeviceError when there is none."""
        for route in self._routes:
            if route.address == device.address and route.link is not None:
                return await route.link.write(point, value)
        raise DeviceError(f"{device.id} is not connected")

    async def run(self) -> None:
        """Poll until cancelled. An error that is not a device's ends everything, loudly."""
        async with asyncio.TaskGroup() as tasks:
            for route in self._routes:
                tasks.create_task(self._supervise(route), name=f"collect:{route.address}")
            tasks.create_task(self._guard(), name="collect:guard")

    async def _supervise(self, route: _Route) -> None:
        """Connect, poll until that fails, wait, again; a new link object for every attempt."""
        backoff = Backoff()
        groups = [schedule.group for schedule in route.schedules]
        while True:
            link = self._factories[route.protocol](groups)
            try:
                await self._connect(link, route.address)
                route.link = link
                await self._poll_until_silent(link, route, backoff)
            except LinkError as error:
                self._lose(groups, str(error), "link")
            finally:
                route.link = None
                route.polling_since_ns = 0
                await link.close()
            heed_cancellation()
            await self._clock.sleep(backoff.wait_s())

    async def _connect(self, link: Link, address: str) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                await link.connect()
        except TimeoutError as error:
            raise LinkError(f"no connection to {address} within {CONNECT_S:g} s") from error

    async def _poll_until_silent(self, link: Link, route: _Route, backoff: Backoff) -> None:
        """Poll what is due, earliest first, until nothing behind the connection answers any more."""
        now_ns = self._clock.monotonic_ns()
        for schedule in route.schedules:
            schedule.due_ns = now_ns
        for silence in route.silences.values():
            silence.end()
        while not route.silent:
            schedule = min(route.schedules, key=_due)
            wait_ns = schedule.due_ns - self._clock.monotonic_ns()
            if wait_ns > 0:
                await self._clock.sleep(wait_ns / SECOND_NS)
            if await self._poll(link, schedule, route):
                backoff.reset()
            heed_cancellation()

    async def _poll(self, link: Link, schedule: _Schedule, route: _Route) -> bool:
        """Poll one group into the sink and say when it is due again; False if its device did not answer."""
        group, device = schedule.group, schedule.group.device.id
        start_ns = route.polling_since_ns = self._clock.monotonic_ns()
        try:
            reading = await link.poll(group)
        except DeviceError as error:
            self._postpone(route, group, error)
            return False
        finally:
            route.polling_since_ns = 0
        end_ns = self._clock.monotonic_ns()
        lateness_s = max(start_ns - schedule.due_ns, 0) / SECOND_NS
        done_ns = max(end_ns, schedule.due_ns)  # event loops wake up to a millisecond early: the tick is not due again
        schedule.due_ns = next_tick(done_ns, int(group.period_s * SECOND_NS), schedule.phase_ns)
        schedule.answered = True
        route.silences[device].end()
        self._note(route, reading, lateness_s)
        self._metrics.polled(device, lateness_s, (end_ns - start_ns) / SECOND_NS)
        self._sink(reading)
        return True

    def _note(self, route: _Route, reading: Reading, lateness_s: float) -> None:
        status = self._status[reading.device]
        quality = reading.quality
        good = quality.size > 0 and (int(quality[0]) < UNCERTAIN or int(quality.min()) < UNCERTAIN)
        status.answered(reading.t_ns, lateness_s, good=good)
        if not status.first_read:
            status.first_read = all(s.answered for s in route.schedules if s.group.device.id == reading.device)

    def _postpone(self, route: _Route, group: PollGroup, error: DeviceError) -> None:
        """Let a unit that did not answer wait, with everything that is read from it, so that its neighbours do not."""
        silence = route.silences[group.device.id]
        silence.tries += 1
        due_ns = self._clock.monotonic_ns() + int(silence.backoff.wait_s() * SECOND_NS)
        unit = [s for s in route.schedules if s.group.device.id == group.device.id]
        for schedule in unit:
            schedule.due_ns = max(schedule.due_ns, due_ns)
        silent = silence.tries >= SILENT_TRIES
        self._lose([s.group for s in unit] if silent else [group], str(error), "device", error.quality)

    def _lose(self, groups: Sequence[PollGroup], error: str, kind: str, quality: int = BAD | COMM) -> None:
        """Mark what could not be read."""
        now_ns = self._clock.now_ns()
        for device in {group.device.id for group in groups}:
            self._status[device].failed(now_ns, error)
            self._metrics.failed(device, kind)
        for group in groups:
            self._sink(all_bad(group.device.id, now_ns, group.columns, quality))

    async def _guard(self) -> None:
        """Close a link whose poll hangs past every time-out of its own, so that its supervisor starts anew."""
        while True:
            await self._clock.sleep(POLL_GUARD_S / 4)
            limit_ns = self._clock.monotonic_ns() - int(POLL_GUARD_S * SECOND_NS)
            for route in self._routes:
                if route.link is not None and 0 < route.polling_since_ns < limit_ns:
                    await route.link.close()


def phase(index: int, period_ns: int) -> int:
    """Where in its period the group with that index is polled: spread evenly, in steps of GRID_NS."""
    return int(index * GOLDEN % 1.0 * period_ns) // GRID_NS * GRID_NS


def _due(schedule: _Schedule) -> int:
    return schedule.due_ns


def _routes(groups: Sequence[PollGroup]) -> list[_Route]:
    """Group what shares a socket address."""
    routes: dict[tuple[str, str], _Route] = {}
    for index, group in enumerate(groups):
        device = group.device
        phase_ns = phase(index, int(group.period_s * SECOND_NS))
        key = (device.protocol, device.address)
        route = routes.setdefault(key, _Route(*key, [], {}))
        route.schedules.append(_Schedule(0, phase_ns, group))
        route.silences.setdefault(device.id, _Silence())
    return list(routes.values())
