"""`sdanlegg mirror`: send history to mirrors anew, beside a running service or without one."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sdanlegg.cli_tools import FOLDER, config_argument, plainly, run_async, setup_logs
from sdanlegg.clock import Clock, SystemClock
from sdanlegg.config import load_site
from sdanlegg.errors import ConfigError, SdError, StoreError
from sdanlegg.historian.mirrors import MirrorSettings, anew
from sdanlegg.historian.mirrors.feeds import opening
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.progress import progress
from sdanlegg.site import Site
from sdanlegg.when import instant_ns


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    start: str | None
    end: str | None
    only: tuple[str, ...]
    data_dir: Path


@click.command()
@config_argument
@click.option("--from", "start", metavar="D", help="A date or a time; without it, from the first sample on.")
@click.option("--to", "end", metavar="D", help="The first instant that is not wanted any more; without it, all.")
@click.option("--only", multiple=True, metavar="NAME", help="A mirror; may stand several times. Without it, all.")
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def mirror(config: Path, data_dir: Path | None, **given: Any) -> None:
    """Send the history of the hall in the folder CONFIG to its mirrors anew; the service may go on running.

    Samples go as they came, without corrections. What a mirror has already is written over with the same. D is a date
    (2026-01-31: its first instant), a time of the hall's clock (2026-01-31T06:30), or one with an offset.
    """
    site = load_site(config)
    wanted = Wanted(data_dir=(data_dir or site.store.data_dir).resolve(), **given)
    setup_logs("auto", quiet=True)
    run_async(send_anew(site, wanted, SystemClock()))


async def send_anew(site: Site, wanted: Wanted, clock: Clock) -> None:
    """Send what is wanted to each mirror in turn; exit code 1 if lines were refused."""
    mirrors = _chosen(site, wanted)
    if not (wanted.data_dir / FILE_NAME).is_file():
        raise StoreError(f"there is no history in {wanted.data_dir}: --data-dir names the service's folder")
    refused = 0
    async with LocalReader.open(wanted.data_dir) as reader:
        start_ns, end_ns = await _range(reader, site, wanted)
        held = await reader.ask(lambda connection, _: anew.holdings(connection, site.points))
        for settings in mirrors:
            refused += await _send(reader, settings, site, held, (start_ns, end_ns), clock)
    if refused:
        raise SystemExit(1)


def _chosen(site: Site, wanted: Wanted) -> list[MirrorSettings]:
    if not site.mirrors:
        raise ConfigError(f"{site.folder}/site.toml names no mirror: a [[mirror]] table does")
    known = {settings.name: settings for settings in site.mirrors}
    for name in wanted.only:
        if name not in known:
            raise ConfigError(f"{site.folder}/site.toml names no mirror {name!r}; it names {', '.join(known)}")
    return [settings for name, settings in known.items() if not wanted.only or name in wanted.only]


async def _range(reader: LocalReader, site: Site, wanted: Wanted) -> tuple[int, int]:
    bounds = await reader.ask(lambda connection, _: anew.bounds(connection))
    if bounds is None:
        raise StoreError(f"the history in {wanted.data_dir} has no samples yet")
    start_ns = bounds[0] if wanted.start is None else instant_ns(wanted.start, site.zone)
    end_ns = bounds[1] if wanted.end is None else instant_ns(wanted.end, site.zone)
    if end_ns <= start_ns:
        raise SdError("--from is not before --to: nothing lies between them")
    return max(start_ns, bounds[0]), min(end_ns, bounds[1])


async def _send(
    reader: LocalReader,
    settings: MirrorSettings,
    site: Site,
    held: list[anew.Holding],
    span: tuple[int, int],
    clock: Clock,
) -> int:
    """Send one mirror everything; how many lines it refused."""
    witness = functools.partial(_witness, site)
    async with opening(site)(settings) as engine:
        await engine.prepare()
        sender = anew.Sender(reader, engine, site.id, witness, clock)
        with progress(f"speil / mirror {settings.name}", len(anew.spans(*span)) * len(held)) as done:
            async for _ in sender.send(held, *span, lambda why: click.echo(f"waiting: {why}", err=True)):
                done(1)
    sent = sender.sent
    click.echo(f"{settings.name}: {sent.lines} samples of {len(sent.points)} points sent to {settings.url}")
    if sent.refused:
        click.echo(f"{settings.name}: {sent.refused} samples were refused, among them:")
        for one in sent.examples:
            click.echo(f"  {one.point} at {one.t_ns}: {one.reason}")
    return sent.refused


def _witness(site: Site, t_ns: int) -> bytes:
    return heartbeat(site.id, t_ns, site.water_area_m2)
