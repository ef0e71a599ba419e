"""`sdanlegg truth`: what really happened in a run of the twin, beside what its meters made of it."""

import contextlib
import importlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from sdanlegg import __version__
from sdanlegg.cli_tools import FOLDER, config_argument, plainly, setup_logs
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.config import load_site
from sdanlegg.ending import leave_on_signals
from sdanlegg.errors import SdError
from sdanlegg.outfile import check_free, whole_file
from sdanlegg.progress import progress
from sdanlegg.run_twin import weather_of
from sdanlegg.site import Site
from sdanlegg.when import instant_ns, utc_text
from simulators.scenario.folder import find_scenario
from simulators.scenario.model import FOR_EVER_NS, Planted, Scenario
from simulators.truth import STEP_NS, Asked, blocks

LENGTHS_S: Final = {"1min": 60, "5min": 300, "15min": 900, "1h": 3600}
_HOUR_NS: Final = 3600 * SECOND_NS


@click.command()
@config_argument
@click.option("--from", "start", metavar="D", help="A date, or a time: see below.")
@click.option("--to", "end", metavar="D", help="The first instant that is not wanted any more.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Days up to now, instead.")
@click.option("--every", type=click.Choice([*LENGTHS_S]), default="5min", show_default=True, help="Instants.")
@click.option("--points", "patterns", multiple=True, metavar="ID", help="A point, or a pattern such as 'hm_*.power'.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses weather, visitors and instruments.")
@click.option("--weather", type=FOLDER, help="A year of weather (EPW or TMY3) in place of the seed's.")
@click.option("--scenario", metavar="NAME", help="What goes wrong: a scenario of the hall, or a file.")
@click.option("-o", "--output", "out", type=FOLDER, required=True, metavar="FILE", help="The truth, a .parquet.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@plainly
def truth(config: Path, out: Path, *, force: bool, weather: Path | None, scenario: str | None, **given: Any) -> None:
    """Run the twin of the hall in the folder CONFIG and write what really happened, beside what its meters showed.

    D is a date (2026-01-31: its first instant), a time of the hall's clock (2026-01-31T06:30), or one with an offset.
    A scenario without --from, --to or --days runs over its own time. Without --points: every point that measures.
    """
    setup_logs("auto", quiet=True)
    check_free(out, force=force)
    site = load_site(config)
    found = None if scenario is None else find_scenario(scenario, site)
    every_ns = LENGTHS_S[given["every"]] * SECOND_NS
    start_ns, end_ns = _time(site, found, every_ns, given["start"], given["end"], given["days"])
    seed: int = given["seed"]
    asked = Asked(start_ns, end_ns, every_ns, seed, None, found, given["patterns"])
    leave_on_signals()
    asked = replace(asked, weather=weather_of(site, weather, seed))
    days = blocks(site, asked)
    # pyarrow is loaded by who asks for Parquet only: every other verb starts faster and smaller without it.
    parquet = importlib.import_module("simulators.truth_parquet")
    rows = 0
    with (
        whole_file(out, force=force) as file,
        contextlib.closing(parquet.TruthSheet(file, _meta(site, asked, weather))) as sheet,
        progress("sannhet / truth", (end_ns - start_ns) // every_ns) as done,
    ):
        for block in days:
            rows += sheet.add(block)
            if block.kind == "flow":
                done(block.t_ns.size)
    click.echo(f"{out}: {rows} rows from {utc_text(start_ns)} to {utc_text(end_ns)}, seed {seed}")


def _time(
    site: Site, scenario: Scenario | None, every_ns: int, start: str | None, end: str | None, days: float | None
) -> tuple[int, int]:
    """Begin and end in whole intervals; SdError if too little or too much was said of them."""
    if days is not None and (start or end):
        raise SdError("say --from and --to, or --days, not both")
    if days is not None:
        end_ns = SystemClock().now_ns() // every_ns * every_ns
        return end_ns - max(1, round(days * 24 * _HOUR_NS / every_ns)) * every_ns, end_ns
    if start and end:
        begun_ns, over_ns = instant_ns(start, site.zone), instant_ns(end, site.zone)
        if over_ns <= begun_ns:
            raise SdError(f"--from {start} is not before --to {end}: nothing lies between them")
    elif scenario is not None and not start and not end:
        begun_ns = scenario.begin_ns
        over_ns = begun_ns + round(scenario.hours * _HOUR_NS)
    else:
        raise SdError("say --from and --to, or --days, or a --scenario with a time of its own")
    return begun_ns, begun_ns + -((begun_ns - over_ns) // every_ns) * every_ns


def _meta(site: Site, asked: Asked, weather: Path | None) -> Mapping[str, str]:
    """What the file says of itself."""
    scenario = "" if asked.scenario is None else asked.scenario.id
    return {
        "site": site.id,
        "version": __version__,
        "seed": str(asked.seed),
        "start": utc_text(asked.start_ns),
        "end": utc_text(asked.end_ns),
        "every_s": str(asked.every_ns // SECOND_NS),
        "step_s": str(STEP_NS // SECOND_NS),
        "weather": "" if weather is None else weather.name,
        "scenario": scenario,
        "faults": json.dumps([_told(one) for one in asked.planted()], ensure_ascii=False),
    }


def _told(one: Planted) -> dict[str, Any]:
    fault = one.fault
    return {
        "id": f"{fault.kind}:{fault.target}",
        "layer": fault.layer,
        "class": fault.truth.fault_class,
        "points": fault.truth.points,
        "flows": fault.truth.flows,
        "start_ns": one.start_ns,
        "end_ns": None if one.end_ns >= FOR_EVER_NS else one.end_ns,
        "nb": fault.truth.cause.nb,
        "en": fault.truth.cause.en,
    }
