"""Whether the twin keeps up with 1,000 changing OPC UA nodes a second and 50 Modbus connections at once."""

import asyncio
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from benchmarks.live_hall import beside
from benchmarks.machine import pin
from benchmarks.results import Goal, Result, Table, arguments, publish
from benchmarks.twin_process import lateness, summary
from sdanlegg.config import load_site
from sdanlegg.points import Register
from sdanlegg.site import Device, Site
from tests.support.holmen import free_ports, holmen
from tests.support.many_nodes import URI, identifiers

NODES, CONNECTIONS = 1000, 50
SETTLE_S = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Seen:
    """What the clients got."""

    updates: int = 0
    skipped: int = 0  # rounds that a node jumped over
    age_ms: list[float] = field(default_factory=list)  # from the change in the twin to its arrival here
    wrong: int = 0
    answer_ms: list[float] = field(default_factory=list)


class Subscriber:
    """Takes notifications; each node must go through every round."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self.counting = False
        self._last: dict[ua.NodeId, int] = {}

    def datachange_notification(self, node: Any, value: float, data: Any) -> None:
        """Count one."""
        number, last = int(value), self._last.get(node.nodeid)
        self._last[node.nodeid] = number
        if not self.counting or last is None:
            return
        self._seen.updates += 1
        self._seen.skipped += number - last - 1
        stamp = data.monitored_item.Value.SourceTimestamp
        self._seen.age_ms.append(1000 * (time.time() - stamp.timestamp()))


@contextmanager
def started(*words: object) -> Iterator["subprocess.Popen[str]"]:
    """Run benchmarks.twin_process on the second core."""
    command = [sys.executable, "-m", "benchmarks.twin_process", *map(str, words)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pin(1, process.pid)
        while process.stdout.readline() != "ready\n":
            if process.poll() is not None:
                raise SystemExit("a process ended before it was ready")
        yield process


def ended(process: "subprocess.Popen[str]") -> dict[str, dict[str, float]]:
    """End it and take what it found."""
    told, _ = process.communicate()
    found: dict[str, dict[str, float]] = json.loads(told)
    return found


def cpu_s(pid: int) -> float:
    """CPU time of a process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def request(site: Site, device: Device) -> bytes:
    """Read as many registers in a row as the device has from its lowest input or holding register on."""
    cells = {
        (p.address.table, a)
        for p in site.points
        if p.device == device.id and isinstance(p.address, Register) and p.address.table in {"input", "holding"}
        for a in range(p.address.address, p.address.address + p.address.type.registers)
    }
    table, first = min(cells)
    count = next(n for n in range(1, 126) if n == 125 or (table, first + n) not in cells)
    return struct.pack(">HHHBBHH", 0, 0, 6, device.unit, 3 if table == "holding" else 4, first, count)


async def poll(device: Device, frame: bytes, phase_s: float, seen: Seen) -> None:
    """Read a device once a second over a connection of its own, until cancelled."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(device.host, device.port)
    begun, number = loop.time() + phase_s, 0
    size = 9 + 2 * struct.unpack_from(">H", frame, 10)[0]
    try:
        while True:
            await asyncio.sleep(max(0.0, begun + number - loop.time()))
            number += 1
            asked = loop.time()
            writer.write(struct.pack(">H", number & 0xFFFF) + frame[2:])
            answer = await reader.readexactly(9)
            if answer[:2] != struct.pack(">H", number & 0xFFFF) or answer[7] != frame[7] or answer[8] != size - 9:
                seen.wrong += 1
                return
            await reader.readexactly(size - 9)
            seen.answer_ms.append(1000 * (loop.time() - asked))
    finally:
        writer.close()


async def measure(site: Site, port: int, seconds: float, pid: int) -> tuple[Seen, float, list[float]]:
    """Subscribe and poll for that long; what was seen, CPU of the twin in seconds a second, lateness of this loop."""
    seen = Seen()
    late: list[float] = []
    subscriber = Subscriber(seen)
    modbus = [d for d in site.devices if d.protocol == "modbus"]
    polled = [modbus[i % len(modbus)] for i in range(CONNECTIONS)]
    polls = [poll(d, request(site, d), i / CONNECTIONS, seen) for i, d in enumerate(polled)]
    async with Client(f"opc.tcp://127.0.0.1:{port}", timeout=30) as client:
        index = await client.get_namespace_index(URI)
        nodes = [client.get_node(ua.NodeId(name, index)) for name in identifiers(NODES)]
        subscription = await client.create_subscription(100, subscriber)
        await subscription.subscribe_data_change(nodes, queuesize=10)
        async with beside(*polls, lateness(late)):
            await asyncio.sleep(SETTLE_S)
            late.clear()
            seen.answer_ms.clear()
            subscriber.counting, before = True, cpu_s(pid)
            await asyncio.sleep(seconds)
            subscriber.counting, used = False, (cpu_s(pid) - before) / seconds
        await subscription.delete()
    return seen, used, late


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    seconds = 4.0 if given.quick else given.seconds
    pin(0)
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name:
        folder = Path(name)
        hall, port = holmen(folder), free_ports(1)[0]
        words = ("--hall", hall, "--state-file", folder / "state.json", "--port", port, "--nodes", NODES)
        with started(*words) as twin, started("--idle") as idle:
            seen, used, late = asyncio.run(measure(load_site(hall), port, seconds, twin.pid))
            alone, inside = ended(idle)["loop"], ended(twin)
    loops = {"an idle loop beside it": alone, "the twin's loop": inside["loop"], "the clients' loop": summary(late)}
    served = _served(seen, used, seconds, inside["rounds"])
    command = f"python -m benchmarks.twin_servers --seconds {seconds:g}"
    publish(Result("twin_servers", command, (served, _loops(loops)), _goals(seen, seconds, inside, alone)), given)


def _served(seen: Seen, used: float, seconds: float, rounds: dict[str, float]) -> Table:
    age, answer = summary(seen.age_ms), summary(seen.answer_ms)
    rows = (
        ("OPC UA updates that arrived, a second", f"{seen.updates / seconds:,.0f}"),
        ("updates that a node jumped over", f"{seen.skipped}"),
        ("age of an update on arrival, median and p99", f"{age['median']:.0f} and {age['p99']:.0f} ms"),
        (f"Modbus answers a second over {CONNECTIONS} connections", f"{len(seen.answer_ms) / seconds:.1f}"),
        ("wrong answers", f"{seen.wrong}"),
        ("time of an answer, median and p99", f"{answer['median']:.1f} and {answer['p99']:.1f} ms"),
        ("a round of changes done after its second, p99", f"{rounds['p99']:.0f} ms"),
        ("of one core, the whole twin", f"{100 * used:.0f} %"),
    )
    return Table(
        f"{NODES:,} nodes that all change each second, {CONNECTIONS} Modbus clients", ("what", "measured"), rows
    )


def _loops(loops: dict[str, dict[str, float]]) -> Table:
    rows = ((name, *(f"{s[key]:.2f}" for key in ("median", "p99", "max"))) for name, s in loops.items())
    return Table("How late a sleeper is woken, ms", ("loop", "median", "p99", "max"), tuple(rows))


def _goals(
    seen: Seen, seconds: float, inside: dict[str, dict[str, float]], alone: dict[str, float]
) -> tuple[Goal, ...]:
    changed, polled = (seen.updates + seen.skipped) / seen.updates, CONNECTIONS * seconds / len(seen.answer_ms)
    beyond = max(0.01, inside["loop"]["p99"] - alone["p99"])
    return (
        Goal("OPC UA updates made to updates that arrived", 1.0, changed, "×"),
        Goal("p99 of an update's age", 1000.0, summary(seen.age_ms)["p99"], "ms"),
        Goal(f"p99 of a round of {NODES:,} changes done after its second", 1000.0, inside["rounds"]["p99"], "ms"),
        Goal("Modbus polls due to polls answered", 1.02, polled, "×"),
        Goal("p99 of the twin's lateness beyond an idle loop's", 500.0, beyond, "ms"),
    )


if __name__ == "__main__":
    main()
