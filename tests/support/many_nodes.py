"""A PLC of the twin with as many nodes as wanted, all of which change whenever they are refreshed."""

from sdanlegg.clock import Clock
from sdanlegg.points import Point
from simulators.opcua_server import OpcUaServer
from tests.support.opcua_points import opcua_device, opcua_point

URI = "urn:test:many"
_PER_FOLDER = 50


class ManyNodes:
    """Nodes Part0.N0 … of float64; after round number r node n holds r + n / 10,000."""

    def __init__(self, port: int, count: int, clock: Clock) -> None:
        names = identifiers(count)
        self.points = [opcua_point(f"n{n}", f"nsu={URI};s={name}", min=0.0) for n, name in enumerate(names)]
        self.server = OpcUaServer(opcua_device(port), self.points, _no_write, clock)

    async def start(self) -> None:
        """Listen, with round 0."""
        await self.server.start(self._values(0))

    async def refresh(self, number: int) -> None:
        """Let every node have its value of that round."""
        await self.server.refresh(self._values(number))

    def _values(self, number: int) -> list[tuple[Point, float]]:
        return [(point, number + n / 10_000) for n, point in enumerate(self.points)]


def identifiers(count: int) -> list[str]:
    """What the nodes are called."""
    return [f"Part{n // _PER_FOLDER}.N{n}" for n in range(count)]


def _no_write(point: Point, value: float) -> None:
    raise AssertionError(f"{point.id} was written: {value}")
