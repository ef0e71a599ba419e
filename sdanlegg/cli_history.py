"""`sdanlegg correct` and `corrections`: what people say of stored samples, beside a running service or without."""

import asyncio
import contextlib
import csv
import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import apsw
import click
import numpy as np

from sdanlegg.cli_tools import FOLDER, config_argument, plainly, run_async, setup_logs
from sdanlegg.clock import SystemClock
from sdanlegg.config import load_site
from sdanlegg.errors import StoreError, StoreInUseError
from sdanlegg.historian import corrections
from sdanlegg.historian.corrections import CorrectionError, Entry, Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME, MIGRATIONS, check_version, connect_reader, connect_writer, naming
from sdanlegg.historian.seal import Sealer
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.site import Site
from sdanlegg.when import instant_ns, iso_texts

MOST_SAMPLES: Final = 1_000_000
BUSY_MS: Final = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line said of a new correction."""

    point: str | None
    start: str | None
    end: str | None
    bad: bool
    gain: float | None
    shift: float | None
    value: float | None
    samples: Path | None


@click.command()
@config_argument
@click.option("--point", metavar="ID", help="Point whose samples are corrected.")
@click.option("--from", "start", metavar="T", help="First instant of the range, the hall's clock or with an offset.")
@click.option("--to", "end", metavar="T", help="First instant after the range.")
@click.option("--bad", is_flag=True, help="The samples are wrong: nothing is computed from them.")
@click.option("--gain", type=float, help="Value times this ...")
@click.option("--shift", type=float, help="... plus this.")
@click.option("--value", type=float, help="This value all the time, where there are no samples too.")
@click.option("--samples", type=FOLDER, metavar="FILE.csv", help="These samples instead: columns time,value.")
@click.option("--undo", type=int, metavar="N", help="Take correction N back.")
@click.option("--reason", required=True, help="Why; it is kept.")
@click.option("--actor", default=getpass.getuser, show_default="who runs this", help="Who says so; it is kept.")
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def correct(config: Path, undo: int | None, reason: str, actor: str, data_dir: Path | None, **asked: object) -> None:
    """Correct stored samples of the hall in the folder CONFIG: as an overlay, with a reason; it can be undone."""
    setup_logs("auto", quiet=True)
    site = load_site(config)
    folder = (data_dir or site.store.data_dir).resolve()
    given = _Asked(**asked)  # type: ignore[arg-type]
    now_ns = SystemClock().now_ns()
    if undo is not None:
        if given != _Asked(None, None, None, False, None, None, None, None):
            raise CorrectionError("--undo takes the whole correction back: give nothing else but --reason and --actor")
        work: Callable[[apsw.Connection], int | None]
        work = partial(corrections.undo, id_=undo, actor=actor, reason=reason, made_ns=now_ns)
    else:
        work = partial(corrections.add, wish=_wish(site, given, actor, reason), made_ns=now_ns)
    run_async(_correct(site, folder, work, undo))


@click.command("corrections")
@config_argument
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def list_corrections(config: Path, data_dir: Path | None) -> None:
    """List every correction of the hall in the folder CONFIG, with who made it, when and why."""
    site = load_site(config)
    path = (data_dir or site.store.data_dir).resolve() / FILE_NAME
    _check_there(path)
    with naming(path), contextlib.closing(connect_reader(path)) as connection:
        found = corrections.entries(connection)
    click.echo("\n".join(_table(found, site)) if found else "no corrections")


def _wish(site: Site, asked: _Asked, actor: str, reason: str) -> Wish:
    """What was asked for, its times in ns; CorrectionError says what is missing or too much."""
    if asked.point is None or asked.start is None or asked.end is None:
        raise CorrectionError("a correction needs --point, --from and --to")
    linear = asked.gain is not None or asked.shift is not None
    if sum([asked.bad, linear, asked.value is not None, asked.samples is not None]) != 1:
        raise CorrectionError("say one of --bad, --gain and --shift, --value, --samples")
    start_ns, end_ns = (instant_ns(text, site.zone) for text in (asked.start, asked.end))
    told = partial(Wish, asked.point, start_ns, end_ns, actor=actor, reason=reason)
    if asked.bad:
        return told(action="bad")
    if linear:
        gain = 1.0 if asked.gain is None else asked.gain
        return told(action="linear", gain=gain, shift=asked.shift or 0.0)
    if asked.samples is not None:
        t_ns, values = read_samples(asked.samples, site)
    else:
        t_ns = _grid(site, asked.point, start_ns, end_ns)
        values = np.full(t_ns.size, asked.value, np.float64)
    return told(action="samples", t_ns=t_ns, values=values)


def _grid(site: Site, point: str, start_ns: int, end_ns: int) -> TimeArray:
    """Instants of the range at which the point would be sampled."""
    period_ns = int(site.points.period_ns[site.points.columns([point])[0]])
    if (end_ns - start_ns) // period_ns > MOST_SAMPLES:
        raise CorrectionError(f"the range has more than {MOST_SAMPLES} samples of {point}: correct shorter ones")
    return np.arange(start_ns, max(end_ns, start_ns), period_ns, dtype=np.int64)


def read_samples(file: Path, site: Site) -> tuple[TimeArray, FloatArray]:
    """Times (n,) and values (n,) of a CSV file with the header time,value; times as instant_ns reads them."""
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as err:
        raise CorrectionError(f"{file} cannot be read: {err}") from err
    if not rows or [cell.strip() for cell in rows[0]] != ["time", "value"]:
        raise CorrectionError(f"{file}: the first line is not time,value")
    times, values = [], []
    for line, row in enumerate(rows[1:], 2):
        try:
            time, value = row
            times.append(instant_ns(time.strip(), site.zone))
            values.append(float(value))
        except ValueError as err:
            raise CorrectionError(f"{file}:{line}: not a time and a number: {','.join(row)}") from err
    return np.array(times, np.int64), np.array(values, np.float64)


async def _correct(site: Site, folder: Path, work: Callable[[apsw.Connection], int | None], undo: int | None) -> None:
    path = folder / FILE_NAME
    _check_there(path)
    try:
        async with LocalStore.open(folder, site.points) as store:
            made = await store.change(work)
            await Sealer(store, path, site.zone, SystemClock()).mend()
            after = "The figures of the hours and days it touches are made anew."
    except StoreInUseError:
        made = await asyncio.to_thread(_beside, path, work)
        after = "The running service makes the figures it touches anew within seconds."
    with naming(path), contextlib.closing(connect_reader(path)) as connection:
        entry = next(x for x in corrections.entries(connection) if x.id == (undo if made is None else made))
    click.echo(f"{_sentence(entry, site)}\n{after}")


def _beside(path: Path, work: Callable[[apsw.Connection], T]) -> T:
    """Do work in one transaction on a file that a running service writes to."""
    with naming(path), contextlib.closing(connect_writer(path, create=False)) as connection:
        connection.set_busy_timeout(BUSY_MS)
        if check_version(connection, path) < len(MIGRATIONS):
            raise StoreError(f"{path} is written by an older version of the service: restart it first")
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise StoreError(
            f"there is no history in {path.parent}: --data-dir names the folder that the service writes to"
        )


def _sentence(entry: Entry, site: Site) -> str:
    start, end = _times([entry.start_ns, entry.end_ns], site)
    state = "undone" if entry.undone_ns is not None else "made"
    return f"Correction {entry.id} is {state}: {entry.point} from {start} to {end}: {_what(entry)}."


def _what(entry: Entry) -> str:
    if entry.action == "linear":
        return f"value * {entry.gain:g} + {entry.shift:g}"
    return "bad" if entry.action == "bad" else f"{entry.samples} samples instead"


def _times(t_ns: Sequence[int], site: Site) -> list[str]:
    return iso_texts(np.array(t_ns, np.int64), site.zone, unit="s")


def _table(found: Sequence[Entry], site: Site) -> list[str]:
    rows = [("id", "point", "from", "to", "what", "by", "made", "reason", "undone")]
    for entry in found:
        times = _times([entry.start_ns, entry.end_ns, entry.made_ns], site)
        undone = ""
        if entry.undone_ns is not None:
            undone = f"{_times([entry.undone_ns], site)[0]} by {entry.undone_by}: {entry.undone_reason}"
        told = (_what(entry), entry.actor, times[2], entry.reason, undone)
        rows.append((str(entry.id), entry.point, times[0], times[1], *told))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
