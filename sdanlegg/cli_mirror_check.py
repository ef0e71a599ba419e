"""What `sdanlegg check` tells of a hall's mirrors: where they are, how long their spools last, whether they answer."""

import click

from sdanlegg.historian.mirrors import MirrorError, MirrorSettings, spool
from sdanlegg.historian.mirrors.cover import cover_hours, spool_rate
from sdanlegg.historian.mirrors.feeds import opening
from sdanlegg.historian.mirrors.state import resend
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.site import Site

GIB = 2**30


async def tell_mirrors(site: Site) -> None:
    """Print a line on each mirror, and what it has not got if the history says so."""
    rate = spool_rate(site.points)
    for settings in site.mirrors:
        click.echo(_line(settings, rate))
    if site.mirrors and (site.store.data_dir / FILE_NAME).is_file():
        async with LocalReader.open(site.store.data_dir) as reader:
            for settings in site.mirrors:
                for note in await _notes(reader, settings.name):
                    click.echo(f"mirror {settings.name}: {note}")


async def probe_mirrors(site: Site) -> bool:
    """Ask each mirror whether it is ready for lines and print its answer; whether all are."""
    sound = True
    for settings in site.mirrors:
        try:
            async with opening(site)(settings) as mirror:
                await mirror.prepare()
        except MirrorError as error:
            click.echo(str(error))
            sound = False
        else:
            click.echo(f"mirror {settings.name}: answers at {settings.url}")
    return sound


def _line(settings: MirrorSettings, rate: float) -> str:
    hours = cover_hours(settings.spool_bytes, rate)
    span = f"{hours:.0f} h" if hours < 96 else f"{hours:.0f} h ({hours / 24:.0f} days)"
    size = f"{settings.spool_bytes / GIB:g} GiB"
    reads = "" if settings.read_url == settings.url else f", asked at {settings.read_url}"
    where = f"{settings.kind} at {settings.url}{reads}, bucket {settings.bucket}"
    return f"mirror {settings.name}: {where}; its spool of {size} covers {span} at {3600 * rate / 1e6:.2g} MB/h"


async def _notes(reader: LocalReader, name: str) -> list[str]:
    at = await reader.ask(lambda connection, _: spool.cursor(connection, name))
    if at is None:
        return []
    backlog = await reader.ask(lambda connection, _: spool.backlog(connection, at))
    sql = "SELECT count(*), count(DISTINCT point) FROM quarantine WHERE mirror = ?"
    lines, points = await reader.ask(lambda connection, _: tuple(connection.execute(sql, (name,)).get))
    notes = [f"{backlog.rows} readings wait for it"] if backlog.rows else []
    if at.dropped:
        notes.append(f"{at.dropped} samples left the spool unsent; {resend(name)}")
    if lines:
        notes.append(f"it refused samples of {points} points; the last {lines} are kept with its reason")
    return notes
