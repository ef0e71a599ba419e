"""Many at once: fifty Modbus clients that get the right registers, subscribers that miss no change."""

import asyncio
import struct
from collections import defaultdict
from typing import Any

from asyncua import Client, ua

from sdanlegg.clock import SystemClock
from sdanlegg.points import Register
from sdanlegg.site import Device, Site
from simulators.encode import encode
from simulators.twin import Twin, beginning
from tests.support.holmen import free_ports
from tests.support.many_nodes import URI, ManyNodes, identifiers
from tests.support.twin import NOON_IN_JUNE

CLIENTS, ROUNDS = 50, 20
READ = {"holding": 3, "input": 4}


class Asker:
    """A Modbus client by hand: one connection, one request at a time."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._number = 0

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._device.host, self._device.port)

    async def read(self, register: Register) -> bytes:
        self._number += 1
        function, count = READ[register.table], register.type.registers
        pdu = struct.pack(">BHH", function, register.address, count)
        self._writer.write(struct.pack(">HHHB", self._number, 0, len(pdu) + 1, self._device.unit) + pdu)
        head = struct.unpack(">HHHBBB", await self._reader.readexactly(9))
        assert head == (self._number, 0, 3 + 2 * count, self._device.unit, function, 2 * count)
        return await self._reader.readexactly(2 * count)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def test_fifty_modbus_clients_are_answered_rightly(twin_hall: Site) -> None:
    """All connected at once, each reads other registers than its neighbour; the clock stands, so nothing changes."""
    twin = Twin(twin_hall, beginning(twin_hall, NOON_IN_JUNE, 1, None), 1)
    expected: dict[str, list[tuple[Register, bytes]]] = defaultdict(list)
    for bound in twin.devices:
        for b, value in zip(bound.points, twin.values(bound), strict=True):
            address = b.point.address
            if isinstance(address, Register) and address.table in READ and address.type.bit is None:
                expected[bound.device.id].append((address, encode(value, address)))
    devices = [d for d in twin_hall.devices if d.id in expected]
    served = [devices[i % len(devices)] for i in range(CLIENTS)]
    askers = [Asker(device) for device in served]
    for asker in askers:
        await asker.connect()
    right = 0

    async def poll(asker: Asker, device: Device, first: int) -> None:
        nonlocal right
        registers = expected[device.id]
        for i in range(ROUNDS):
            register, content = registers[(first + i) % len(registers)]
            assert await asker.read(register) == content, (device.id, register)
            right += 1

    async with asyncio.TaskGroup() as group:
        for i, (asker, device) in enumerate(zip(askers, served, strict=True)):
            group.create_task(poll(asker, device, i))
    assert right == CLIENTS * ROUNDS
    for asker in askers:
        await asker.close()


class Changes:
    """What a subscriber was told, node by node."""

    def __init__(self) -> None:
        self.told: dict[Any, list[float]] = defaultdict(list)

    def datachange_notification(self, node: Any, value: float, data: Any) -> None:
        del data
        self.told[node.nodeid].append(value)

    @property
    def count(self) -> int:
        return sum(map(len, self.told.values()))


async def test_every_change_of_a_thousand_nodes_reaches_two_subscribers() -> None:
    plc = ManyNodes(free_ports(1)[0], 1000, SystemClock())
    await plc.start()
    endpoint = plc.server.device.endpoint
    try:
        async with Client(endpoint, timeout=60) as one, Client(endpoint, timeout=60) as other:
            seen = (Changes(), Changes())
            for client, changes in zip((one, other), seen, strict=True):
                index = await client.get_namespace_index(URI)
                nodes = [client.get_node(ua.NodeId(name, index)) for name in identifiers(1000)]
                subscription = await client.create_subscription(100, changes)
                await subscription.subscribe_data_change(nodes, queuesize=20)
            for number in range(1, 6):
                await plc.refresh(number)
                await asyncio.sleep(0.2)
            async with asyncio.timeout(60):
                while min(changes.count for changes in seen) < 6 * 1000:
                    await asyncio.sleep(0.05)
            for changes in seen:
                assert len(changes.told) == 1000
                for node, values in changes.told.items():
                    n = int(node.Identifier.rpartition("N")[2])
                    assert values == [number + n / 10_000 for number in range(6)]
    finally:
        await plc.server.stop()
