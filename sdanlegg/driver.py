"""What a driver is to the core: a link (one connection) that polls groups of points into readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sdanlegg.points import Point
from sdanlegg.readings import IntArray, Reading
from sdanlegg.site import Device


@dataclass(frozen=True, slots=True)
class PollGroup:
    """Points of one device that are polled together: columns ascending, points in the same order."""

    device: Device
    period_s: float
    columns: IntArray
    points: tuple[Point, ...]


class Link(Protocol):
    """One connection to one controller or gateway. Made fresh for every attempt; never reused after close."""

    async def connect(self) -> None:
        """Connect; LinkError if the other end cannot be had. The caller bounds the time."""
        ...

    async def poll(self, group: PollGroup) -> Reading:
        """Read the group once.

        What the device refuses (exceptions 1-4, unknown node, bad StatusCode) goes bad inside the reading with its
        reason. DeviceError: this device did not answer (time-out, gateway exceptions 10 and 11, wrong or short reply,
        busy). LinkError: the connection is gone.
        """
        ...

    async def write(self, point: Point, value: float) -> None:
        """Write one value in house units, ahead of waiting reads; DeviceError if refused or unanswered. No retry."""
        ...

    async def close(self) -> None:
        """Give the socket back; never raises, may be called twice."""
        ...


class LinkFactory(Protocol):
    """Makes the link that the given groups, all behind one socket address, share."""

    def __call__(self, groups: Sequence[PollGroup]) -> Link:
        """Build without I/O; compile plans here, once."""
        ...
