"""The command line: `sdanlegg VERB`. Each verb is a few lines here; what it does stands in a file of its own."""

import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import click
from threadpoolctl import threadpool_limits

from sdanlegg import __version__, punktliste
from sdanlegg.cli_backup import backup, restore
from sdanlegg.cli_certificate import certificate
from sdanlegg.cli_export import export
from sdanlegg.cli_history import correct, list_corrections
from sdanlegg.cli_mirror import mirror
from sdanlegg.cli_mirror_check import probe_mirrors, tell_mirrors
from sdanlegg.cli_probe import probe
from sdanlegg.cli_report import report
from sdanlegg.cli_scenarios import scenario_of, scenario_option, scenarios
from sdanlegg.cli_score import score
from sdanlegg.cli_tools import (
    FOLDER,
    FiniteRange,
    config_argument,
    describe,
    log_option,
    plainly,
    run_async,
    setup_logs,
)
from sdanlegg.cli_truth import truth
from sdanlegg.clock import SystemClock
from sdanlegg.config import examine, load_site
from sdanlegg.config.balance_solvable import told
from sdanlegg.logs import LogFormat
from sdanlegg.pages import bundled_hall
from sdanlegg.run import RunOptions, check_links, run_service, stop_on_signals
from sdanlegg.run_demo import DemoOptions, run_demo
from sdanlegg.run_twin import backfill_history, serve_twin, span_of, weather_of
from sdanlegg.site import Site
from simulators.scenario.folder import examine_scenarios
from simulators.serve import FASTEST, Life

SPEED = FiniteRange(min=0, min_open=True, max=FASTEST)
MOST_DAYS = 36_525  # a hundred years
data_dir_option = click.option("--data-dir", type=FOLDER, help="Folder of the history, instead of site.toml's.")
port_option = click.option("--port", type=click.IntRange(0, 65535), help="Operators' port, instead of site.toml's.")
foyer_port_option = click.option("--foyer-port", type=click.IntRange(1, 65535), help="Foyer's port.")
host_option = click.option("--host", help="Address that the operators' pages listen on, instead of site.toml's.")
weather_option = click.option("--weather", type=FOLDER, help="A year of weather (EPW or TMY3) in place of the seed's.")
foyer_host_option = click.option("--foyer-host", help="Address that the foyer listens on.")

APART_S: Final = {"10s": 10.0, "1min": 60.0, "5min": 300.0, "15min": 900.0}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sdanlegg")
def main() -> None:
    """Run the energy of a swimming hall: collect, store, show."""
    # The balance multiplies small matrices: on a busy machine, threads that wait for each other cost forty times more.
    threadpool_limits(limits=1, user_api="blas")


@main.command()
@config_argument
@click.option("--probe", "probing", is_flag=True, help="Also read each point once, and ask each mirror.")
@plainly
def check(config: Path, probing: bool) -> None:
    """Check the hall in the folder CONFIG; print every finding; exit 1 if there is one."""
    site, findings = examine(config)
    texts = [str(finding) for finding in findings]
    if site is not None:
        texts += [str(finding) for finding in examine_scenarios(site)[1]]
        texts += [f"{config}: {fault}" for fault in check_links(site, SystemClock())]
    for text in texts:
        click.echo(text)
    if site is None or texts:
        count = len(texts)
        click.echo(f"{count} finding{'' if count == 1 else 's'} in {config}", err=True)
        raise SystemExit(1)
    click.echo(f"{describe(site)}. No findings.")
    for line in told(site.network) if site.network is not None else ():
        click.echo(line)
    run_async(tell_mirrors(site))
    if probing:
        setup_logs("auto")
        run_async(_probe(site))


async def _probe(site: Site) -> None:
    answer = await probe_mirrors(site)
    await probe(site, SystemClock())
    if not answer:
        raise SystemExit(1)


@main.command()
@config_argument
@click.option("--format", "as_format", type=click.Choice(["csv"]), default="csv", show_default=True)
@plainly
def points(config: Path, as_format: str) -> None:  # noqa: ARG001 - csv is the only format there is
    """Print the point list (punktliste) of the hall in the folder CONFIG, with TFM names."""
    punktliste.write_csv(load_site(config), sys.stdout)


@main.command()
@config_argument
@data_dir_option
@host_option
@port_option
@foyer_host_option
@foyer_port_option
@click.option("--no-foyer", is_flag=True, help="Write the foyer's snapshot, but start no foyer process.")
@click.option("--snapshot", type=FOLDER, help="Where the foyer's snapshot goes, if not below the data folder.")
@log_option
@plainly
def run(config: Path, log_format: LogFormat, **given: Any) -> None:
    """Run the hall in the folder CONFIG: collect, store, operators' pages and foyer."""
    setup_logs(log_format)
    site = load_site(config)
    run_async(_until_stopped(site, run_options(site, **given)))


async def _until_stopped(site: Site, options: RunOptions) -> None:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    await run_service(site, options, SystemClock(), stopping=stopping)


def run_options(site: Site, **given: Any) -> RunOptions:
    """Take what the command line gave, and for the rest what the site says."""
    snapshot: Path | None = given["snapshot"]
    return RunOptions(
        data_dir=(given["data_dir"] or site.store.data_dir).resolve(),
        host=given["host"] or site.web.host,
        port=site.web.port if given["port"] is None else given["port"],
        foyer_host=given["foyer_host"] or site.web.foyer_host,
        foyer_port=given["foyer_port"] or site.web.foyer_port,
        foyer=not given["no_foyer"],
        snapshot=snapshot.resolve() if snapshot else None,
    )


@main.command()
@config_argument
@click.option("--speed", type=SPEED, default=1.0, show_default=True, help="Plant seconds in a second of the wall.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses the weather and the visitors.")
@click.option("--state-file", type=FOLDER, help="Keeps the plant's state over a restart.")
@click.option("--certificates", type=FOLDER, help="Folder of the twin's own OPC UA certificates; made when missing.")
@weather_option
@scenario_option
@log_option
@plainly
def simulate(config: Path, speed: float, seed: int, log_format: LogFormat, **given: Any) -> None:
    """Serve every device of the hall in the folder CONFIG from the twin, on the addresses that it names."""
    setup_logs(log_format)
    site = load_site(config, secrets=False)
    sky, scenario = weather_of(site, given["weather"], seed), scenario_of(site, given["scenario"])
    life = Life(speed, seed, sky, given["state_file"], given["certificates"], scenario)
    # Not on uvloop: asyncua's server writes to clients that have left, which uvloop answers with a traceback.
    asyncio.run(serve_twin(site, life))


@main.command()
@config_argument
@click.option("--days", type=FiniteRange(min=0, min_open=True, max=MOST_DAYS), required=True, help="Days up to now.")
@click.option("--every", type=click.Choice(list(APART_S)), default="1min", show_default=True, help="Between samples.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses the weather and the visitors.")
@click.option("--state-file", type=FOLDER, help="Where the plant's last state goes, for simulate to go on from.")
@weather_option
@scenario_option
@data_dir_option
@log_option
@plainly
def backfill(config: Path, data_dir: Path | None, log_format: LogFormat, **given: Any) -> None:
    """Write the twin's last DAYS into the history of the hall in the folder CONFIG."""
    setup_logs(log_format)
    site, seed, clock = load_site(config), given["seed"], SystemClock()
    folder = (data_dir or site.store.data_dir).resolve()
    sky, scenario = weather_of(site, given["weather"], seed), scenario_of(site, given["scenario"])
    span = span_of(given["days"], APART_S[given["every"]], clock.now_ns())
    life = Life(seed=seed, weather=sky, state_file=given["state_file"], scenario=scenario)
    run_async(backfill_history(site, folder, span, life, clock))


@main.command()
@click.argument("config", type=FOLDER, required=False)
@data_dir_option
@port_option
@foyer_port_option
@host_option
@click.option(
    "--days",
    type=FiniteRange(min=0, max=MOST_DAYS),
    default=365.0,
    show_default=True,
    help="Days of history behind it.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses the weather and the visitors.")
@plainly
def demo(
    config: Path | None,
    data_dir: Path | None,
    port: int | None,
    foyer_port: int | None,
    host: str | None,
    days: float,
    seed: int,
) -> None:
    """Show a hall live on this machine: its twin, a year of history, the service and both pages.

    The pages are live at once; the history fills in behind them.
    """
    setup_logs("text", quiet=True)
    folder = config or bundled_hall()
    site = load_site(folder)
    options = DemoOptions(
        data_dir=data_dir.resolve() if data_dir else None,
        host=host or site.web.host,
        port=site.web.port if port is None else port,
        foyer_port=foyer_port or site.web.foyer_port,
        days=days,
        seed=seed,
    )
    run_async(run_demo(site, folder, options, SystemClock()))


main.add_command(export)
main.add_command(report)
main.add_command(backup)
main.add_command(restore)
main.add_command(correct)
main.add_command(list_corrections)
main.add_command(mirror)
main.add_command(truth)
main.add_command(score)
main.add_command(certificate)
main.add_command(scenarios)
