"""The twin's verbs, wired: serving the hall's devices, and writing its past into the history."""

import asyncio
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from sdanlegg.cli_tools import describe
from sdanlegg.clock import SECOND_NS, Clock, SystemClock
from sdanlegg.historian.catalogue import note_sampling
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.progress import progress
from sdanlegg.run import background, stop_on_signals
from sdanlegg.run_absorb import Stretch, absorb
from sdanlegg.site import Site
from simulators import snapshot
from simulators.past import stretches
from simulators.plant.weather_block import Source
from simulators.serve import Life, serve
from simulators.twin import Twin, beginning
from simulators.weather_file import load_weather

DAY_NS = 86_400 * SECOND_NS


class Span(NamedTuple):
    """Times [ns] of a past: samples at start, a multiple of every, start + every … and before end."""

    start_ns: int
    end_ns: int
    every_ns: int


def span_of(days: float, every_s: float, now_ns: int) -> Span:
    """The last days up to now, begun at a whole multiple of the time between two samples [s]."""
    every_ns = round(every_s * SECOND_NS)
    return Span((now_ns - int(days * DAY_NS)) // every_ns * every_ns, now_ns, every_ns)


def weather_of(site: Site, file: Path | None, seed: int) -> Source | None:
    """Year of weather that the user's file tells, None without a file; SdError names what is wrong with it."""
    return load_weather(file, site.latitude, site.longitude, seed) if file else None


async def serve_twin(site: Site, life: Life) -> None:
    """Serve every device of the hall until the process is asked to end."""
    stopping, ready = asyncio.Event(), asyncio.Event()
    stop_on_signals(stopping)
    async with background(serve(site, life, clock=SystemClock(), ready=ready), _announce(site, ready)):
        await stopping.wait()


async def _announce(site: Site, ready: asyncio.Event) -> None:
    await ready.wait()
    click.echo(f"The twin serves {describe(site)}. Ctrl-C ends it.")


async def backfill_history(
    site: Site,
    data_dir: Path,
    span: Span,
    life: Life,
    clock: Clock,
) -> None:
    """Write the twin's past into the local store and seal it; shows its progress. A scenario begins with the span.

    A state in the state file that is older than the span's start is gone on from; the last state stands there in the
    end.
    """
    start_ns, end_ns, every_ns = span
    planted = () if life.scenario is None else life.scenario.planted(start_ns)
    async with LocalStore.open(data_dir, site.points, site.store.commit_ms, clock) as store:
        sampling = partial(note_sampling, table=site.points, start_ns=start_ns, end_ns=end_ns, period_ns=every_ns)
        await store.change(sampling)
        sealer = Sealer(store, data_dir / FILE_NAME, site.zone, clock)
        saved = beginning(site, start_ns, life.seed, life.state_file, life.weather)
        twin = Twin(site, saved, life.seed, life.weather, planted)
        with progress("historikk / history", (end_ns - start_ns) // every_ns) as done:
            for stretch in stretches(twin, start_ns, end_ns, every_ns):
                await absorb(site, store, Stretch(*stretch))
                await sealer.seal(min(due_ns(end_ns), int(stretch.t_ns[-1]) + every_ns))
                done(stretch.t_ns.size)
        if life.state_file is not None:
            snapshot.save(twin.saved(), life.state_file)
        await sealer.seal(due_ns(end_ns))
