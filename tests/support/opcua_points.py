"""Points, devices and a clock for tests of the OPC UA driver."""

from typing import Any

from sdanlegg import datatypes
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.points import Node, Point
from sdanlegg.site import Device, OpcUaSecurity, Pacing
from tests.support.points import device, point

INSECURE = OpcUaSecurity(insecure_ok=True)


def opcua_device(port: int, *, security: OpcUaSecurity = INSECURE, timeout: float = 1.0, **over: Any) -> Device:
    """A controller on this machine."""
    fields = {"protocol": "opcua", "unit": 0, "security": security, "pacing": Pacing(timeout=timeout)}
    return device("plc", port, **fields | over)


def opcua_point(
    name: str, node: str, type_: str = "float64", *, scale: float = 1.0, offset: float = 0.0, **over: Any
) -> Point:
    """A gauge of the controller, at a node as the point list writes it."""
    parsed = datatypes.parse(type_)
    assert parsed is not None, type_
    return point(f"plc.{name}", Node(node, parsed, scale, offset), **over)


class JumpClock(SystemClock):
    """The machine's clock, whose monotonic time can be put forward."""

    ahead_ns = 0

    def jump(self, seconds: float) -> None:
        """Let so much time go by at once."""
        self.ahead_ns += int(seconds * SECOND_NS)

    def monotonic_ns(self) -> int:
        """The machine's, and what was jumped."""
        return super().monotonic_ns() + self.ahead_ns
