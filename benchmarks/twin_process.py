"""The twin of a hall in a process of its own, and beside it in the same loop a PLC whose many nodes change each second.

Tells "ready" when all is served; at the end of its input it tells as JSON how late its loop was.
"""

import argparse
import asyncio
import json
import statistics
import sys
from pathlib import Path

from benchmarks.live_hall import beside
from sdanlegg.clock import SystemClock
from sdanlegg.config import load_site
from simulators.serve import Life, serve
from tests.support.many_nodes import ManyNodes

LOOK_S = 0.02


async def lateness(late_ms: list[float]) -> None:
    """Take down how late the loop wakes who sleeps, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late_ms.append(1000 * (loop.time() - due))


async def change(plc: ManyNodes, rounds: list[float]) -> None:
    """Let every node change once a second on the second, until cancelled; takes down how late each round was."""
    loop, number = asyncio.get_running_loop(), 0
    begun = loop.time()
    while True:
        number += 1
        await asyncio.sleep(max(0.0, begun + number - loop.time()))
        await plc.refresh(number)
        rounds.append(1000 * (loop.time() - begun - number))


def summary(late_ms: list[float]) -> dict[str, float]:
    """Count, median, 99th hundredth and maximum."""
    cuts = statistics.quantiles(late_ms, n=100, method="inclusive") if len(late_ms) > 1 else [late_ms[0]] * 99
    return {"count": len(late_ms), "median": cuts[49], "p99": cuts[98], "max": max(late_ms)}


async def main() -> None:
    """Read the command line, and do that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", action="store_true", help="serve nothing, for comparison")
    parser.add_argument("--hall", type=Path)
    parser.add_argument("--state-file", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--nodes", type=int)
    given = parser.parse_args()
    tell(await rest() if given.idle else await work(given))


async def rest() -> dict[str, dict[str, float]]:
    """Do nothing until the input ends."""
    late: list[float] = []
    async with beside(lateness(late)):
        await told_to_end()
    return {"loop": summary(late)}


async def work(given: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Serve until the input ends."""
    clock, ready = SystemClock(), asyncio.Event()
    plc = ManyNodes(given.port, given.nodes, clock)
    await plc.start()
    late: list[float] = []
    rounds: list[float] = []
    twin = serve(load_site(given.hall), Life(state_file=given.state_file), clock=clock, ready=ready)
    async with beside(twin):
        await ready.wait()
        async with beside(lateness(late), change(plc, rounds)):
            await told_to_end()
    await plc.server.stop()
    return {"loop": summary(late), "rounds": summary(rounds)}


async def told_to_end() -> None:
    """Tell that all is ready, and wait for the end of the input."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def tell(found: dict[str, dict[str, float]]) -> None:
    """Give what was found to who started us."""
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
