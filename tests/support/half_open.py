"""A device behind a network that swallows its packets, in a network namespace of its own; prints what came of it.

Run it as root: `unshare -n python -m tests.support.half_open`. Nothing here touches the machine's own network.
"""

import asyncio
import json
import struct
import subprocess
import sys

from tests.support.faulty_hall import Rig, Station, collecting, device
from tests.support.scripted_modbus import Query, Wire, frame

ODD, WELL = "10.77.0.1", "10.77.0.2"
IMAGE = struct.pack(">fhHI", 20.0, 120, 300, 10_000)


async def answer(query: Query, wire: Wire) -> None:
    part = IMAGE[2 * query.address : 2 * (query.address + query.count)]
    await wire.send(frame(query, bytes([query.function, len(part)]) + part))


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def prepare() -> None:
    """Give this namespace two addresses and a place from which one of them can be swallowed."""
    ip("link", "set", "lo", "up")
    for address in (ODD, WELL):
        ip("addr", "add", f"{address}/32", "dev", "lo")
    ip("rule", "add", "pref", "10", "lookup", "local")
    ip("rule", "del", "pref", "0")
    ip("route", "add", "blackhole", f"{ODD}/32", "table", "77")


async def observe() -> dict[str, object]:
    odd, well = Station(answer, ODD), Station(answer, WELL)
    await odd.open()
    await well.open()
    async with collecting([device("odd", odd.port, ODD), device("well", well.port, WELL)]) as rig:
        result = await _observe(rig)
    await odd.close()
    await well.close()
    return result


async def _observe(rig: Rig) -> dict[str, object]:
    before = await rig.good_after("odd", 10), await rig.good_after("well", 10)
    await asyncio.sleep(2)
    read = len(rig.lateness["well"])
    ip("rule", "add", "pref", "5", "to", ODD, "lookup", "77")
    await asyncio.sleep(10)
    during = rig.qualities("odd")
    lateness = rig.lateness["well"][read:]
    ip("rule", "del", "pref", "5")
    healed = await rig.good_after("odd", 30)
    return {
        "before_s": before,
        "during": during,
        "error": rig.collector.status()["odd"].failures,
        "well_polls": len(lateness),
        "well_worst_s": max(lateness),
        "healed_s": healed,
    }


if __name__ == "__main__":
    prepare()
    sys.stdout.write(json.dumps(asyncio.run(observe())) + "\n")
