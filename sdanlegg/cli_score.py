"""`sdanlegg score`: the balance against the twin's known truth."""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from sdanlegg.cli_tools import config_argument, plainly, setup_logs
from sdanlegg.config import load_site
from sdanlegg.ending import leave_on_signals
from sdanlegg.errors import SdError
from sdanlegg.progress import progress
from sdanlegg.run_score import drawn_date, score_of
from sdanlegg.run_score_halls import PAST, Asked
from sdanlegg.score.report import as_json, as_table

SEED: Final = 20_170_630
SETS: Final = 24
MOST_DAYS: Final = 3660
FEWEST_DAYS: Final = 1


@click.command()
@config_argument
@click.option("--days", type=click.IntRange(FEWEST_DAYS, MOST_DAYS), default=30, show_default=True, help="Local days.")
@click.option("--format", "as_format", type=click.Choice(["json", "table"]), default="table", show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Chooses everything that is left to chance.")
@click.option("--start", metavar="D", help="First date; without it the seed chooses one.")
@click.option("--sets", type=click.IntRange(2, 500), default=SETS, show_default=True, help="Sets of sound meters.")
@click.option("--faults", type=click.IntRange(1, 5000), default=60, show_default=True, help="Faults at least.")
@plainly
def score(config: Path, *, days: int, as_format: str, seed: int, start: str | None, **given: Any) -> None:
    """Score the balance of the hall in the folder CONFIG against the twin, of which everything is known.

    One plant lives through the days and is read by many sets of meters, each with errors of its own; in further sets
    meters are spoilt. What the balance makes of them is held against the truth: shares from 0 to 1, and false alarms
    of one hall in a year. How: docs/balance.md.
    """
    setup_logs("auto", quiet=True)
    site = load_site(config)
    asked = Asked(drawn_date(seed) if start is None else _date(start), days, seed, **given)
    leave_on_signals()
    with progress("poengsum / score", PAST + days) as done:
        result = score_of(site, asked, done)
    told: Any = json.dumps(as_json(result), ensure_ascii=False, indent=1) if as_format == "json" else None
    click.echo(told if told is not None else "\n".join(as_table(result)))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SdError(f"--start {text!r} is not a date: write 2026-01-31") from error
