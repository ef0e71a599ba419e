"""Brings what a scenario does to controllers onto the servers that stand in for them."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from simulators.modbus_functions import Registers
from simulators.modbus_image import Unit
from simulators.modbus_server import ModbusServer
from simulators.observe import BoundDevice
from simulators.scenario.conditions import REFUSE, Conditions
from simulators.scenario.gate import Gate

log = structlog.get_logger("twin")


class Mishaps:
    """The servers, and how each shall behave; gates stand before those that know of no faults, by device."""

    def __init__(
        self,
        conditions: Conditions,
        units: Iterable[tuple[BoundDevice, Registers]],
        servers: Sequence[ModbusServer],
        gates: Mapping[str, Gate],
    ) -> None:
        self._conditions = conditions
        self._gates = gates
        by_address = {(server.host, server.port): server for server in servers}
        self._units = [(d.device, unit, by_address[d.device.host, d.device.port]) for d, unit in units]
        self._servers = servers
        self._orders: dict[str, str] = {}

    async def follow(self, t_ns: int) -> None:
        """Let every server behave as its controllers do at t_ns; one whose address is taken is tried again later."""
        if not self._conditions.any:
            return
        for device, unit, server in self._units:
            condition = self._conditions.at(device.id, t_ns)
            server.conditions[device.unit] = condition
            if isinstance(unit, Unit) and condition.order != self._orders.get(device.id, ""):
                unit.turn(condition.order)
                self._orders[device.id] = condition.order
        for server in self._servers:
            await _open_or_shut(server)
        for id_, gate in self._gates.items():
            try:
                await gate.follow(self._conditions.at(id_, t_ns))
            except OSError as error:
                log.warning("twin_address_taken", device=id_, error=str(error))


async def _open_or_shut(server: ModbusServer) -> None:
    gone = bool(server.conditions) and all(c.offline == REFUSE for c in server.conditions.values())
    if gone and server.listens:
        await server.stop()
    elif not gone and not server.listens:
        try:
            await server.start()
        except OSError as error:
            log.warning("twin_address_taken", port=server.port, error=str(error))
