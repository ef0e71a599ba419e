"""The demo: twin, history, service and pages of one hall with one command."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.collect import Collector
from sdanlegg.errors import SdError
from sdanlegg.health import Filling
from sdanlegg.historian.local import LocalStore
from sdanlegg.run import RunOptions, background, run_service, stop_on_signals
from sdanlegg.run_foyer import end_process
from sdanlegg.run_past import SAMPLES_DAYS, Plan, fill_past, kept_plan, note_past, planned
from sdanlegg.run_twin import backfill_history, span_of
from sdanlegg.site import Site
from simulators import snapshot
from simulators.serve import Life

LATELY_DAYS = 0.25  # of history that is there before the pages are
LATELY_EVERY_S = 60.0
READ_WITHIN_S = 60.0
LOOK_EVERY_S = 0.2
SERVED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line may say about a demo."""

    data_dir: Path | None  # None: a folder that goes when the demo ends
    host: str
    port: int
    foyer_port: int
    days: float
    seed: int


async def run_demo(site: Site, folder: Path, options: DemoOptions, clock: Clock) -> None:
    """Run the demo until the process is asked to end."""
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    click.echo(f"\n  {site.name.nb} – demo på tvillingen / demo on the twin\n")
    with _data_dir(options.data_dir) as data_dir:
        state_file = data_dir / "twin.json"
        keep = replace(site.store.keep, raw=SAMPLES_DAYS, minute=SAMPLES_DAYS)
        site = replace(site, store=replace(site.store, keep=keep))
        plan = await _prepare(site, data_dir, options, state_file, clock)
        async with _twin(folder, state_file, options.seed, stopping):
            await _serve(site, folder, data_dir, options, plan, clock, stopping)
    click.echo("  Stoppet / stopped.")


async def _prepare(site: Site, data_dir: Path, options: DemoOptions, state_file: Path, clock: Clock) -> Plan | None:
    """Write the last hours, or what passed since the last demo on this history; the past to be written behind them."""
    if options.days <= 0:
        return None
    lately = span_of(min(options.days, LATELY_DAYS), LATELY_EVERY_S, clock.now_ns())
    lived_ns = _lived_until(state_file)
    if lived_ns is not None and lately.start_ns < lived_ns <= lately.end_ns:
        lately = lately._replace(start_ns=-(-lived_ns // lately.every_ns) * lately.every_ns)
    if lately.start_ns < lately.end_ns:
        await backfill_history(site, data_dir, lately, Life(seed=options.seed, state_file=state_file), clock)
    plan = kept_plan(data_dir)
    if plan is None:
        plan = planned(lately.start_ns, options.days, options.seed)
        async with LocalStore.open(data_dir, site.points, site.store.commit_ms, clock) as store:
            await note_past(store, site, plan)
        plan.keep(data_dir)
    return None if plan.done else plan


def days_of(plan: Plan) -> str:
    """The days that a plan is about, for people."""
    first, last = (datetime.fromtimestamp(t_ns / SECOND_NS, UTC).date() for t_ns in (plan.start_ns, plan.end_ns))
    return f"{first.isoformat()} … {last.isoformat()}"


def _lived_until(state_file: Path) -> int | None:
    """Time of the state that an earlier demo left; None if there is none that can be used."""
    try:
        saved = snapshot.load(state_file)
    except snapshot.SnapshotError:
        return None
    return None if saved is None else saved.state.t_ns


async def _serve(
    site: Site,
    folder: Path,
    data_dir: Path,
    options: DemoOptions,
    plan: Plan | None,
    clock: Clock,
    stopping: asyncio.Event,
) -> None:
    run = RunOptions(data_dir, options.host, options.port, options.host, options.foyer_port)
    filling = Filling()

    async def beside(store: LocalStore, collector: Collector) -> None:
        await _tell(site, run, collector)
        if plan is not None:
            click.echo("  historikk / history fylles inn bakover / fills in behind: " + days_of(plan))
            await fill_past(site, folder, data_dir, store, plan, filling)
            click.echo(f"  historikk / history {filling.fault or 'er på plass / is in place'}")

    await run_service(site, run, clock, stopping=stopping, beside=beside, filling=filling)


async def _tell(site: Site, run: RunOptions, collector: Collector) -> None:
    """Say where the pages are, and when the first values of every device have come."""
    click.echo(f"  drift / operators   http://{run.host}:{run.port}")
    click.echo(f"  foajé / foyer       http://{run.foyer_host}:{run.foyer_port}")
    click.echo("  Ctrl-C stopper alt / stops everything.\n")
    for _ in range(int(READ_WITHIN_S / LOOK_EVERY_S)):
        if all(status.first_read for status in collector.status().values()):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    read = sum(status.first_read for status in collector.status().values())
    click.echo(
        f"  {read} av {len(site.devices)} styringer lest / controllers read, {len(site.points)} punkter / points"
    )


@contextlib.asynccontextmanager
async def _twin(folder: Path, state_file: Path, seed: int, stopping: asyncio.Event) -> AsyncIterator[None]:
    """Run the twin as a process of its own, so that its work does not disturb the service's clock."""
    command = (sys.executable, "-m", "sdanlegg", "simulate", str(folder), "--state-file", str(state_file))
    process = await asyncio.create_subprocess_exec(
        *command, "--seed", str(seed), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with background(_watch(process, stopping)):
            await _served(process)
            yield
    finally:
        await end_process(process)


async def _served(process: asyncio.subprocess.Process) -> None:
    """Wait until the twin says that it serves every device, or until waiting is no use."""
    click.echo("  tvilling / twin     starter / starting …")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SERVED_WITHIN_S):
            if process.stdout is not None:
                await process.stdout.readline()


async def _watch(process: asyncio.subprocess.Process, stopping: asyncio.Event) -> None:
    """End the demo when its twin ends first: without it there is nothing to show."""
    code = await process.wait()
    if not stopping.is_set():
        raise SdError(f"the twin ended by itself (exit code {code}); its own message stands above")


@contextlib.contextmanager
def _data_dir(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="sdanlegg-demo-") as folder:
        yield Path(folder)
