"""How late the other controllers are polled while ten of fifty are black holes, beside none."""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uvloop

from benchmarks.hall import load_hall
from benchmarks.machine import pin
from benchmarks.modbus_server import Responder, responder
from benchmarks.readers import Service, WrongAnswerError, service
from benchmarks.results import Goal, Result, Table, arguments, publish
from sdanlegg import logs
from sdanlegg.quality import UNCERTAIN
from sdanlegg.readings import Reading
from sdanlegg.site import Site
from tests.support.scripted_modbus import deaf_port

DEVICES, HOLES = 50, 10
INTERVAL_S = 1.0
SETTLE_S = 2.0
SEEN_WITHIN_S, LOOK_S = 30.0, 0.1
CASES = (
    "none",
    "10 fall silent: connections and requests are taken, nothing is answered",
    "10 unreachable: every packet to them is dropped",
)


@dataclass(slots=True)
class Watch:
    """What was seen of the devices that are well: how late their polls began, and the times between their readings."""

    wells: frozenset[str]
    lateness_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)
    running: Service | None = None
    holes_up: int = 0  # black holes that counted as up at the end: 0 if they were any

    def see(self, reading: Reading) -> None:
        """Take a reading in."""
        if reading.device not in self.wells or self.running is None:
            return
        if int(reading.quality.max()) >= UNCERTAIN:
            raise WrongAnswerError(f"{reading.device} is well, and yet its values are not good")
        now = time.perf_counter()
        self.lateness_s.append(self.running.collector.status()[reading.device].lateness_s)
        if reading.device in self.last:
            self.gaps_s.append(now - self.last[reading.device])
        self.last[reading.device] = now


async def watch_wells(site: Site, seconds: float, begin: Callable[[], None], holes_up: int) -> Watch:
    """Collect the hall for that long; begin is called when every device that answers has been read.

    Then wait until so many black holes count as up, though not for ever: a busy machine needs longer to see that.
    """
    watch = Watch(frozenset(device.id for device in site.devices[HOLES:]))
    async with service(site, watch.see) as running:
        await asyncio.sleep(SETTLE_S)
        begin()
        watch.running = running
        await asyncio.sleep(seconds)
        watch.running = None
        for _ in range(round(SEEN_WITHIN_S / LOOK_S)):
            status = running.collector.status()
            watch.holes_up = sum(status[device.id].state == "up" for device in site.devices[:HOLES])
            if watch.holes_up == holes_up:
                break
            await asyncio.sleep(LOOK_S)
        return watch


@contextlib.contextmanager
def deaf_ports(count: int) -> Iterator[tuple[int, ...]]:
    """Ports to which the kernel drops every packet, as a switched-off controller's network does."""
    with contextlib.ExitStack() as stack:
        yield tuple(stack.enter_context(deaf_port()) for _ in range(count))


def measure(server: Responder, folder: Path, rounds: int, seconds: float) -> dict[str, list[Watch]]:
    """Watch every case in turn, so that a noisy minute hits all of them."""
    taken: dict[str, list[Watch]] = {case: [] for case in CASES}
    with deaf_ports(HOLES) as deaf:
        whole = load_hall(folder / "whole", server.ports)
        holed = load_hall(folder / "holed", (*deaf, *server.ports[HOLES:]))
        sites = (whole, whole, holed)
        begins = (_nothing, lambda: server.mute(HOLES), _nothing)
        for _ in range(rounds):
            for (case, watches), site, begin in zip(taken.items(), sites, begins, strict=True):
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    watches.append(runner.run(watch_wells(site, seconds, begin, HOLES if case == "none" else 0)))
                server.mute(0)
                print(f"{case}: p99 {_ms(watches[-1].lateness_s, 99):.2f} ms", file=sys.stderr)
    return taken


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each stretch")
    given = parser.parse_args()
    rounds, seconds = (1, 3.0) if given.quick else (given.rounds, given.seconds)
    with (
        responder(DEVICES) as server,
        tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as folder,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        logs.configure("json", nowhere)
        pin(0)
        taken = measure(server, Path(folder), rounds, seconds)
    command = f"python -m benchmarks.blackhole --rounds {rounds} --seconds {seconds:g}"
    publish(Result("blackhole", command, (_table(taken, seconds),), _goals(taken)), given)


def _nothing() -> None:
    pass


def _ms(seconds: Sequence[float], percentile: float) -> float:
    return 1000 * float(np.percentile(seconds, percentile))


def _all_lateness(watches: Sequence[Watch]) -> list[float]:
    return [late for watch in watches for late in watch.lateness_s]


def _table(taken: dict[str, list[Watch]], seconds: float) -> Table:
    rows = []
    for case, watches in taken.items():
        late, gaps = _all_lateness(watches), [gap for watch in watches for gap in watch.gaps_s]
        due = (DEVICES - HOLES) * seconds / INTERVAL_S * len(watches)
        p50, p99, worst = (f"{_ms(late, p):.2f}" for p in (50, 99, 100))
        worst_round = max(_ms(watch.lateness_s, 99) for watch in watches)
        polls = f"{len(late)} of {due:.0f}"
        if any(watch.holes_up != (HOLES if case == "none" else 0) for watch in watches):
            raise WrongAnswerError(f"{case}: the black holes were none, or others were")
        polls = f"{len(late)} of {due:.0f}"
        between = (f"{statistics.fmean(gaps):.3f}", f"{max(gaps):.3f}")
        rows.append((case, polls, p50, p99, f"{worst_round:.2f}", worst, *between))
    columns = ("black holes", "polls", "p50, ms", "p99, ms", "p99 of the worst round, ms", "max, ms")
    gaps_columns = ("mean time between readings, s", "longest, s")
    title = f"Lateness of the polls of the {DEVICES - HOLES} other devices, each read once a second"
    return Table(title, (*columns, *gaps_columns), tuple(rows))


def _goals(taken: dict[str, list[Watch]]) -> tuple[Goal, ...]:
    limit = 100 * INTERVAL_S
    return tuple(
        Goal(f"p99 of lateness, {case.split(':')[0]}", limit, _ms(_all_lateness(watches), 99), "ms")
        for case, watches in list(taken.items())[1:]
    )


if __name__ == "__main__":
    main()
