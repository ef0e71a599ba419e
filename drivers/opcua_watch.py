"""Watch: the subscription that tells what changes seldom (states, setpoints), newest value per node."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from asyncua import ua
from asyncua.client.ua_session import UaSession
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import BadTimeout, UaStatusCodeError

from drivers.opcua_session import WIRE_FAULTS
from sdanlegg.clock import SECOND_NS, Clock

KEEP_ALIVE_COUNT: Final = 10  # cycles after which a server with nothing to tell says so
LIFETIME_COUNT: Final = 6 * KEEP_ALIVE_COUNT  # cycles after which it forgets us
SILENCE: Final = 2.0  # keep-alive times after which a subscription counts as dead
RETRY_S: Final = 5.0
_REPORTING: Final = ua.MonitoringMode.Reporting


class Seen(NamedTuple):
    """A data value and when it came, ns UTC."""

    value: ua.DataValue
    t_ns: int


class Watch:
    """One subscription to nodes that are known by a handle of ours.

    There is no queue that could overflow: the server keeps the newest value of each node, and so do we. Whatever goes
    wrong with it (no keep-alive, an error, a gap in the sequence) makes it not alive; it is then to be renewed.
    """

    def __init__(self, services: UaSession, clock: Clock, nodes: Mapping[int, ua.NodeId], interval_s: float) -> None:
        self._services = services
        self._clock = clock
        self._nodes = nodes
        self._interval_ms = interval_s * 1000
        self._id = 0
        self._silence_ns = int(SILENCE * KEEP_ALIVE_COUNT * interval_s * SECOND_NS)
        self._heard_ns = self._tried_ns = clock.monotonic_ns()
        self._sequence: int | None = None
        self._listener: asyncio.Task[None] | None = None
        self._accepted: frozenset[int] = frozenset()
        self.newest: dict[int, Seen] = {}

    @property
    def alive(self) -> bool:
        """Whether the server still tells; True if there is nothing to watch."""
        if not self._nodes:
            return True
        if self._listener is None:
            return False
        if self._listener.done():
            self._listener.result()  # a fault of our own is not to be hidden
            return False
        return self._clock.monotonic_ns() - self._heard_ns <= self._silence_ns

    @property
    def due(self) -> bool:
        """Whether it should be renewed; a server that has no subscription to give is not asked at every poll."""
        return not self.alive and self._clock.monotonic_ns() - self._tried_ns > RETRY_S * SECOND_NS

    def confirm(self, handle: int, seen: Seen) -> None:
        """Take over a value that was read, if the node is watched."""
        if handle in self._accepted:
            self.newest[handle] = seen

    async def renew(self, items_per_call: int) -> None:
        """Subscribe anew; a server that refuses leaves the watch not alive. Time-outs and lost connections raise."""
        if not self._nodes:
            return
        await self.stop()
        self.newest, self._accepted, self._sequence = {}, frozenset(), None
        self._tried_ns = self._clock.monotonic_ns()
        if self._id:
            with contextlib.suppress(UaStatusCodeError):  # the server has forgotten it already
                await self._services.delete_subscriptions([self._id])
        try:
            await self._subscribe()
        except UaStatusCodeError:
            return
        self._heard_ns = self._clock.monotonic_ns()
        self._listener = asyncio.create_task(self._listen(), name="opcua:publish")
        handles = list(self._nodes)
        for start in range(0, len(handles), items_per_call):
            await self._add(handles[start : start + items_per_call])

    async def stop(self) -> None:
        """End listening; never raises. The subscription itself goes with the session."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _subscribe(self) -> None:
        self._id = 0
        result = await self._services.create_subscription(
            ua.CreateSubscriptionParameters(
                RequestedPublishingInterval=self._interval_ms,
                RequestedLifetimeCount=LIFETIME_COUNT,
                RequestedMaxKeepAliveCount=KEEP_ALIVE_COUNT,
                MaxNotificationsPerPublish=0,
                PublishingEnabled=True,
            ),
            callback=_ignore,
        )
        self._id = result.SubscriptionId
        keep_alive_s = result.RevisedPublishingInterval * result.RevisedMaxKeepAliveCount / 1000
        self._silence_ns = int(SILENCE * max(keep_alive_s, 1.0) * SECOND_NS)

    async def _add(self, handles: Sequence[int]) -> None:
        """Watch these; what the server refuses to watch is left to be read."""
        items = [
            ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(NodeId=self._nodes[handle], AttributeId=AttributeIds.Value),
                MonitoringMode=_REPORTING,
                RequestedParameters=ua.MonitoringParameters(
                    ClientHandle=handle, SamplingInterval=self._interval_ms, QueueSize=1, DiscardOldest=True
                ),
            )
            for handle in handles
        ]
        params = ua.CreateMonitoredItemsParameters(self._id, ua.TimestampsToReturn.Both, items)
        try:
            results = await self._services.create_monitored_items(params)
        except UaStatusCodeError:
            return
        accepted = {h for h, result in zip(handles, results, strict=False) if result.StatusCode.is_good()}
        self._accepted |= accepted

    async def _listen(self) -> None:
        """Keep one publish request with the server until the subscription cannot be trusted any more."""
        acknowledge: list[ua.SubscriptionAcknowledgement] | None = []
        while acknowledge is not None:
            try:
                response = await self._services.publish(acknowledge)
                response.ResponseHeader.ServiceResult.check()
            except BadTimeout:  # the server does not like to hold a request for long
                acknowledge = []
            except WIRE_FAULTS:
                return  # the next poll sees that nobody listens, and reads
            else:
                acknowledge = self._take(response.Parameters)

    def _take(self, result: ua.PublishResult) -> list[ua.SubscriptionAcknowledgement] | None:
        """Keep the newest values of one publish answer; return what to acknowledge, None if the subscription ended."""
        if result.SubscriptionId != self._id:
            return []
        self._heard_ns = self._clock.monotonic_ns()
        message = result.NotificationMessage
        if not message.NotificationData:
            return []
        if self._sequence is not None and message.SequenceNumber != _after(self._sequence):
            return None  # a message is missing: what we hold may be old
        self._sequence = message.SequenceNumber
        arrival_ns = self._clock.now_ns()
        for data in message.NotificationData:
            if isinstance(data, ua.StatusChangeNotification):
                return None
            if isinstance(data, ua.DataChangeNotification):
                self.newest.update({item.ClientHandle: Seen(item.Value, arrival_ns) for item in data.MonitoredItems})
        return [ua.SubscriptionAcknowledgement(self._id, message.SequenceNumber)]


def _after(sequence: int) -> int:
    """Next sequence number; it wraps to 1 (Part 4, 7.21)."""
    return sequence + 1 if sequence < 0xFFFF_FFFF else 1


def _ignore(_: ua.PublishResult) -> None:
    """Nobody calls back: the publish answers are taken in where they are asked for."""
