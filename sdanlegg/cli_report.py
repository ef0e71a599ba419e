"""`sdanlegg report`: the hall's figures of a period as a file, beside a running service or without."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import click
import orjson

from sdanlegg.balance.et_curve import KINDS, Kind
from sdanlegg.balance_ask import Every, Question, UnaskableError, What, ask
from sdanlegg.balance_curve import By
from sdanlegg.balance_sheet import sheet
from sdanlegg.cli_tools import FOLDER, config_argument, plainly
from sdanlegg.clock import SystemClock
from sdanlegg.config import load_site
from sdanlegg.ending import run_undoing
from sdanlegg.errors import SdError, StoreError
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.outfile import check_free, whole_file
from sdanlegg.site import Site
from sdanlegg.when import instant_ns

NAMES: Final[dict[str, What]] = {"energy": "energy", "savings": "savings", "et-curve": "et-curve"}
NOT_YET: Final = ("futurebuilt", "month")
FORMATS_NOT_YET: Final = ("xlsx", "pdf")
FIELDS: Final = {"start": "--from", "end": "--to", "every": "--every"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    name: str
    start: str
    end: str
    kind: str
    out: Path | None
    force: bool
    data_dir: Path
    every: Every | None
    by: By
    curve: Kind | None


@click.command()
@click.argument("name", type=click.Choice([*NAMES, *NOT_YET]))
@config_argument
@click.option("--from", "start", required=True, metavar="D", help="A date, or a time: see below.")
@click.option("--to", "end", required=True, metavar="D", help="The first instant that is not wanted any more.")
@click.option(
    "--format", "kind", type=click.Choice(["json", "csv", *FORMATS_NOT_YET]), default="json", show_default=True
)
@click.option("-o", "--output", "out", type=FOLDER, metavar="FILE", help="Default: hall, report and period, here.")
@click.option("--every", type=click.Choice([e for e in get_args(Every) if e != "1h"]), help="energy: days or months.")
@click.option(
    "--by", type=click.Choice(get_args(By)), default="day", show_default=True, help="et-curve: days or weeks."
)
@click.option("--curve", type=click.Choice(KINDS), help="et-curve: its shape. Default: the one that fits best.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
@plainly
def report(config: Path, data_dir: Path | None, **given: Any) -> None:
    """Write report NAME of the hall in the folder CONFIG to a file; the service may go on running.

    The figures are those of the API, to the last digit. D is a date (2026-01-31: its first instant, so --to names the
    day after the last), a time of the hall's clock (2026-01-31T06:30), or one with an offset (2026-01-31T06:30+01:00).
    """
    site = load_site(config, secrets=False)
    wanted = Wanted(data_dir=(data_dir or site.store.data_dir).resolve(), **given)
    if wanted.name in NOT_YET:
        raise SdError(f"the report {wanted.name!r} cannot be made yet: there are {', '.join(NAMES)}")
    if wanted.kind in FORMATS_NOT_YET:
        raise SdError(f"reports cannot be written as {wanted.kind} yet: there are json and csv")
    run_undoing(_report(site, wanted))


async def _report(site: Site, wanted: Wanted) -> None:
    start_ns, end_ns = (instant_ns(text, site.zone) for text in (wanted.start, wanted.end))
    path = wanted.out or Path(_file_name(site, wanted))
    check_free(path, force=wanted.force)
    if not (wanted.data_dir / FILE_NAME).is_file():
        raise StoreError(
            f"there is no history in {wanted.data_dir}: --data-dir names the folder that the service writes to"
        )
    question = Question(NAMES[wanted.name], start_ns, end_ns, wanted.every, wanted.by, wanted.curve)
    async with LocalReader.open(wanted.data_dir) as reader:
        try:
            told = await ask(reader, site, question, SystemClock())
        except UnaskableError as error:
            raise SdError(f"{FIELDS[error.field]}: {error}") from error
    told = {"report": wanted.name, "site": site.id, **told}
    content = orjson.dumps(told, option=orjson.OPT_INDENT_2) if wanted.kind == "json" else sheet(told).encode("utf-8")
    with whole_file(path, force=wanted.force) as file:
        file.write(content)
    click.echo(f"{path}: {wanted.name} from {told['start']} to {told['end']}")


def _file_name(site: Site, wanted: Wanted) -> str:
    stem = f"{site.id}_{wanted.name}_{wanted.start}_{wanted.end}"
    return f"{stem.replace(':', '').replace('+', 'p')}.{wanted.kind}"
