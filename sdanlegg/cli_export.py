"""`sdanlegg export`: a period of the hall's history as CSV or Parquet, beside a running service."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import click
import numpy as np

from sdanlegg import __version__
from sdanlegg.cli_tools import FOLDER, config_argument, plainly
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.ending import run_undoing
from sdanlegg.errors import SdError, StoreError
from sdanlegg.historian import Days
from sdanlegg.historian import export as history_export
from sdanlegg.historian.export import Every, Request, Sheet
from sdanlegg.historian.export_csv import CsvSheet
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.outfile import check_free, whole_file
from sdanlegg.progress import progress
from sdanlegg.quality import NO_SAMPLE
from sdanlegg.site import Site
from sdanlegg.when import instant_ns

LENGTHS_S: Final = {"1min": 60, "15min": 900, "1h": 3600}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    start: str
    end: str
    patterns: tuple[str, ...]
    kind: Literal["csv", "parquet"]
    every: str | None
    out: Path | None
    force: bool
    data_dir: Path


@click.command()
@config_argument
@click.option("--from", "start", required=True, metavar="D", help="A date, or a time: see below.")
@click.option("--to", "end", required=True, metavar="D", help="The first instant that is not wanted any more.")
@click.option("--points", "patterns", multiple=True, metavar="ID", help="A point, or a pattern such as 'hm_*.power'.")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--every", type=click.Choice([*LENGTHS_S, "1d"]), help="Intervals instead of the samples themselves.")
@click.option("-o", "--output", "out", type=FOLDER, metavar="FILE", help="Default: hall and period, here.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def export(config: Path, data_dir: Path | None, **given: Any) -> None:
    """Write a period of the history of the hall in the folder CONFIG to a file; the service may go on running.

    D is a date (2026-01-31: its first instant, so --to names the day after the last), a time of the hall's clock
    (2026-01-31T06:30), or one with an offset (2026-01-31T06:30+01:00). Without --points: every point.
    """
    site = load_site(config)
    wanted = Wanted(data_dir=(data_dir or site.store.data_dir).resolve(), **given)
    run_undoing(_export(site, wanted))


async def _export(site: Site, wanted: Wanted) -> None:
    start_ns, end_ns = (instant_ns(text, site.zone) for text in (wanted.start, wanted.end))
    if end_ns <= start_ns:
        raise SdError(f"--from {wanted.start} is not before --to {wanted.end}: nothing lies between them")
    every: Every = None if wanted.every is None else _every(wanted.every, site)
    path = wanted.out or Path(_name(site, wanted))
    check_free(path, force=wanted.force)
    if not (wanted.data_dir / FILE_NAME).is_file():
        raise StoreError(
            f"there is no history in {wanted.data_dir}: --data-dir names the folder that the service writes to"
        )
    async with LocalReader.open(wanted.data_dir) as reader:
        known = await reader.ask(lambda connection, _: history_export.catalogue(connection))
        order = [id_ for id_ in site.points.column if id_ in known] + [
            id_ for id_ in known if id_ not in site.points.column
        ]
        points = tuple(known[id_] for id_ in history_export.choose(wanted.patterns, order))
        request = Request(points, start_ns, end_ns, every, site.zone)
        await reader.ask(lambda connection, _: history_export.check_there_is(connection, request))
        corrections = await reader.ask(lambda connection, _: history_export.corrections_applied(connection, request))
        meta = history_export.metadata(request, site.id, __version__, corrections)
        with whole_file(path, force=wanted.force) as file:
            rows = await _fill(reader, request, _sheet(wanted.kind, file, request, meta))
    applied = f", {len(corrections)} corrections applied" if corrections else ""
    click.echo(f"{path}: {rows} rows of {len(points)} points{applied}")


async def _fill(reader: LocalReader, request: Request, sheet: Sheet) -> int:
    rows = filled = 0
    pieces = len(history_export.windows(request)) * len(history_export.batches(request))
    with progress("eksport / export", pieces) as done:
        async for piece in history_export.stretches(reader, request):
            sheet.add(piece)
            rows += piece.values.size
            filled += int(np.count_nonzero(piece.quality != NO_SAMPLE))
            done(1)
    if not filled:
        raise history_export.nothing_there(request)
    sheet.close()
    return rows


def _every(text: str, site: Site) -> int | Days:
    return Days(site.zone) if text == "1d" else LENGTHS_S[text] * SECOND_NS


def _name(site: Site, wanted: Wanted) -> str:
    stem = "_".join(filter(None, [site.id, wanted.start, wanted.end, wanted.every]))
    return f"{stem.replace(':', '').replace('+', 'p')}.{wanted.kind}"


def _sheet(kind: str, file: BinaryIO, request: Request, meta: dict[str, str]) -> Sheet:
    intervals = request.every is not None
    if kind == "csv":
        return CsvSheet(file, request.zone, intervals=intervals)
    # pyarrow is loaded by who asks for Parquet only: every other verb starts faster and smaller without it.
    parquet = importlib.import_module("sdanlegg.historian.export_parquet")
    sheet: Sheet = parquet.ParquetSheet(file, meta, intervals=intervals)
    return sheet
