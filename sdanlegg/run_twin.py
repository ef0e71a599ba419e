"""The twin's verbs, wired: serving the hall's devices, and writing its past into the history."""

import asyncio
import itertools
from functools import partial
from pathlib import Path

import click

from sdanlegg.cli_tools import describe
from sdanlegg.clock import SECOND_NS, Clock, SystemClock
from sdanlegg.historian.catalogue import note_sampling
from sdanlegg.historian.chunks import day_of
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.progress import progress
from sdanlegg.run import background, stop_on_signals
from sdanlegg.site import Site
from simulators.backfill import backfill
from simulators.plant.weather_block import Source
from simulators.serve import Life, serve
from simulators.weather_file import load_weather

DAY_NS = 86_400 * SECOND_NS
STEP_S = 60.0
STEP_NS = int(STEP_S * SECOND_NS)
BATCH = 500  # readings a commit


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
    days: float,
    *,
    seed: int,
    state_file: Path | None,
    clock: Clock,
    weather: Source | None = None,
) -> None:
    """Write the twin's last days, up to now, into the local store, sealed day by day; shows its progress."""
    end_ns = clock.now_ns()
    start_ns = end_ns - int(days * DAY_NS)
    steps = int(days * 86_400 / STEP_S) * len(site.devices)
    async with LocalStore.open(data_dir, site.points, site.store.commit_ms, clock) as store:
        sampling = partial(note_sampling, table=site.points, start_ns=start_ns, end_ns=end_ns, period_ns=STEP_NS)
        await store.change(sampling)
        sealer = Sealer(store, data_dir / FILE_NAME, site.zone, clock)
        readings = backfill(site, start_ns, end_ns, step_s=STEP_S, seed=seed, state_file=state_file, weather=weather)
        sealed_ns = start_ns
        with progress("historikk / history", steps) as done:
            while batch := list(itertools.islice(readings, BATCH)):
                await store.write(batch)
                done(len(batch))
                if batch[0].t_ns - sealed_ns > DAY_NS:
                    sealed_ns = day_of(batch[0].t_ns)
                    await sealer.seal(sealed_ns)
            await sealer.seal(due_ns(end_ns))
