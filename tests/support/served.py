"""Controllers for the contract of drivers: the same three points behind either protocol, and the same mishaps.

flow 12.5 (may be refused), mode 2 (a state), setpoint 80.0 (may be written); all in house units.
"""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from drivers.modbus import modbus_link
from drivers.opcua import opcua_link
from sdanlegg.clock import Clock
from sdanlegg.driver import Link, PollGroup
from sdanlegg.points import Point
from sdanlegg.site import Device, Pacing
from tests.support.modbus_peer import Peer, running_peer
from tests.support.opcua_plc import Plc, node
from tests.support.opcua_points import opcua_device, opcua_point
from tests.support.opcua_process import free_port
from tests.support.points import device, group, point, register

VALUES: Final = {"flow": 12.5, "mode": 2.0, "setpoint": 80.0}
TIMEOUT_S: Final = 1.0


class Served(Protocol):
    """A controller with mishaps at will; it is not running until it is started."""

    device: Device
    points: Sequence[Point]

    def link(self, groups: Sequence[PollGroup], clock: Clock) -> Link:
        """Make a fresh link to it."""
        ...

    async def start(self) -> None:
        """Start it, at the same address every time, with the first values."""
        ...

    async def stop(self) -> None:
        """End it without a word."""
        ...

    async def leave(self) -> None:
        """Let go of it after a test."""
        ...

    async def refuse_flow(self) -> None:
        """Refuse the point flow, to readers and writers, from now on."""
        ...

    def freeze(self) -> None:
        """Let it stand still: connections remain, nothing is answered."""
        ...

    def thaw(self) -> None:
        """Let it go on."""
        ...


def groups_of(served: Served) -> list[PollGroup]:
    """Its points as a link polls them: two together, one alone."""
    return [
        group(served.points[:2], served.device, 10, period_s=0.2),
        group(served.points[2:], served.device, 3, period_s=1.0),
    ]


class ServedOpcUa:
    """Behind OPC UA."""

    link = staticmethod(opcua_link)

    def __init__(self, plc: Plc) -> None:
        self._plc = plc
        self._spoilt = False
        self.device = opcua_device(self._plc.port, timeout=TIMEOUT_S)
        self.points = (
            opcua_point("flow", node("Flow"), access="rw"),
            opcua_point("mode", node("Mode"), "int16", kind="state"),
            opcua_point("setpoint", node("Setpoint"), kind="setpoint", access="rw"),
        )

    async def start(self) -> None:
        if not self._plc.running:
            await asyncio.to_thread(self._plc.start)
        self._plc.set("Setpoint", VALUES["setpoint"], "Double")

    async def stop(self) -> None:
        await asyncio.to_thread(self._plc.kill)

    async def leave(self) -> None:
        """Leave it to the next test, since it is slow to start, unless it is another by now."""
        if self._spoilt:
            await self.stop()

    async def refuse_flow(self) -> None:
        self._spoilt = True
        await asyncio.to_thread(self._plc.delete, "Flow")

    def freeze(self) -> None:
        self._plc.freeze()

    def thaw(self) -> None:
        self._plc.thaw()


@dataclass
class ServedModbus:
    """Behind Modbus TCP."""

    link = staticmethod(modbus_link)

    program: Path
    device: Device = field(init=False)
    points: Sequence[Point] = (
        point("plc.flow", register("int16", 0, scale=0.1), access="rw"),
        point("plc.mode", register("uint16", 1), kind="state"),
        point("plc.setpoint", register("float32", 2), kind="setpoint", access="rw"),
    )
    _peer: Peer | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.device = device("plc", free_port(), Pacing(timeout=TIMEOUT_S))

    async def start(self) -> None:
        self._peer = await self._stack.enter_async_context(running_peer(self.program, self.device.port))
        await self._peer.set("holding", 0, [125, 2, 0x42A0, 0x0000])  # 80.0 as float32

    async def stop(self) -> None:
        await self._stack.aclose()

    async def leave(self) -> None:
        await self.stop()

    async def refuse_flow(self) -> None:
        assert self._peer is not None
        await self._peer.refuse("holding", 0, 1)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._peer is not None
        self._peer.process.send_signal(number)
