"""The watch alone, on scripted publish answers: what makes it distrust its subscription."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import BadNoSubscription, BadTimeout, BadTooManySubscriptions

from drivers.opcua_watch import KEEP_ALIVE_COUNT, RETRY_S, SILENCE, Seen, Watch
from sdanlegg.clock import SECOND_NS
from tests.support.clocks import SetClock

ID = 7
HANDLE = 3
NODE = ua.NodeId("Mode", 2)


class Services:
    """A session whose publish requests are answered from a list; then they wait for ever."""

    def __init__(self, answers: Sequence[ua.PublishResponse | Exception], *, subscribes: bool = True) -> None:
        self.answers = list(answers)
        self.subscribes = subscribes
        self.acknowledged: list[int] = []
        self.deleted: list[int] = []
        self.created = 0

    async def create_subscription(self, params: Any, **_: Any) -> ua.CreateSubscriptionResult:
        if not self.subscribes:
            raise BadTooManySubscriptions
        return ua.CreateSubscriptionResult(
            ID, params.RequestedPublishingInterval, 60, params.RequestedMaxKeepAliveCount
        )

    async def create_monitored_items(self, params: Any) -> list[ua.MonitoredItemCreateResult]:
        return [ua.MonitoredItemCreateResult() for _ in params.ItemsToCreate]

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        self.deleted += ids
        return [ua.StatusCode()]

    async def publish(self, acknowledge: Sequence[ua.SubscriptionAcknowledgement]) -> ua.PublishResponse:
        self.acknowledged += [one.SequenceNumber for one in acknowledge]
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(sequence: int, *values: float, subscription: int = ID) -> ua.PublishResponse:
    """A publish answer with these values of the node, one after the other; none: a keep-alive."""
    items = [ua.MonitoredItemNotification(HANDLE, ua.DataValue(ua.Variant(value))) for value in values]
    return said(sequence, [ua.DataChangeNotification(items)] if items else [], subscription)


def said(sequence: int, data: list[Any], subscription: int = ID) -> ua.PublishResponse:
    message = ua.NotificationMessage(SequenceNumber=sequence, NotificationData=data)
    return ua.PublishResponse(Parameters=ua.PublishResult(subscription, NotificationMessage=message))


async def watching(
    *answers: ua.PublishResponse | Exception, subscribes: bool = True
) -> tuple[Watch, Services, SetClock]:
    """A watch that has heard all answers."""
    services, clock = Services(answers, subscribes=subscribes), SetClock()
    watch = Watch(services, clock, {HANDLE: NODE}, 1.0)  # type: ignore[arg-type]
    await watch.renew(10)
    for _ in range(3 * len(answers) + 3):
        await asyncio.sleep(0)
    return watch, services, clock


def newest(watch: Watch) -> float | None:
    seen = watch.newest.get(HANDLE)
    return None if seen is None else seen.value.Value.Value


async def test_the_newest_value_stands_and_all_is_acknowledged() -> None:
    watch, services, clock = await watching(told(1, 5.0), told(2, 6.0, 7.0), told(3), told(3, 8.0))
    assert newest(watch) == 8.0
    assert watch.newest[HANDLE].t_ns == clock.now_ns()
    assert services.acknowledged == [1, 2, 3]
    assert watch.alive
    await watch.stop()


async def test_the_sequence_wraps() -> None:
    watch, _, _ = await watching(told(0xFFFF_FFFF, 5.0), told(1, 6.0))
    assert (newest(watch), watch.alive) == (6.0, True)
    await watch.stop()


@pytest.mark.parametrize(
    "answer",
    [
        told(3, 6.0),  # number 2 is missing
        said(2, [ua.StatusChangeNotification(ua.StatusCode(ua.StatusCodes.BadTimeout))]),
        BadNoSubscription(),
        ConnectionError(),
        ValueError("not to be parsed"),
    ],
)
async def test_it_ends_when_it_cannot_be_trusted(answer: ua.PublishResponse | Exception) -> None:
    watch, services, clock = await watching(told(1, 5.0), answer)
    assert not watch.alive
    assert not watch.due  # it was made a moment ago
    clock.t_ns += int(RETRY_S * SECOND_NS) + 1
    assert watch.due
    services.answers = [told(1, 9.0)]
    await watch.renew(10)
    assert newest(watch) is None  # what it knew before is not believed any more
    for _ in range(5):
        await asyncio.sleep(0)
    assert (newest(watch), watch.alive, services.deleted) == (9.0, True, [ID])
    await watch.stop()


async def test_a_fault_of_our_own_is_not_hidden() -> None:
    watch, _, _ = await watching(RuntimeError("ours"))
    with pytest.raises(RuntimeError, match="ours"):
        assert watch.alive
    await watch.stop()


async def test_a_server_that_gives_requests_back_is_asked_again() -> None:
    watch, _, _ = await watching(BadTimeout(), told(1, 5.0))
    assert (newest(watch), watch.alive) == (5.0, True)
    await watch.stop()


async def test_what_an_older_subscription_tells_is_not_heard() -> None:
    watch, services, _ = await watching(told(1, 5.0), told(9, 6.0, subscription=ID - 1), told(2, 7.0))
    assert (newest(watch), watch.alive, services.acknowledged) == (7.0, True, [1, 2])
    await watch.stop()


async def test_silence_past_two_keep_alives_is_death() -> None:
    watch, _, clock = await watching(told(1, 5.0))
    clock.t_ns += int(SILENCE * KEEP_ALIVE_COUNT * SECOND_NS)
    assert watch.alive
    clock.t_ns += 1
    assert not watch.alive
    assert watch.due
    await watch.stop()


async def test_a_server_that_has_no_subscription_to_give_is_asked_seldom() -> None:
    watch, services, clock = await watching(subscribes=False)
    assert not watch.alive
    assert not watch.due
    clock.t_ns += int(RETRY_S * SECOND_NS) + 1
    assert watch.due
    services.subscribes = True
    await watch.renew(10)
    assert watch.alive
    await watch.stop()


async def test_what_was_read_stands_until_something_newer_is_told() -> None:
    watch, services, _ = await watching(told(1, 5.0))
    watch.confirm(HANDLE, Seen(ua.DataValue(ua.Variant(6.0)), 1))
    watch.confirm(HANDLE + 1, Seen(ua.DataValue(ua.Variant(6.0)), 1))
    assert newest(watch) == 6.0
    assert list(watch.newest) == [HANDLE]
    assert services.acknowledged == [1]
    await watch.stop()


async def test_nothing_to_watch_is_nothing_to_worry_about() -> None:
    services = Services([])
    watch = Watch(services, SetClock(), {}, 1.0)  # type: ignore[arg-type]
    await watch.renew(10)
    assert services.created == 0
    assert watch.alive
    assert not watch.due
    await watch.stop()
