"""`sdanlegg scenarios`: what may go wrong in the twin; and the option by which a verb lets it."""

import textwrap
from pathlib import Path

import click

from sdanlegg.cli_tools import config_argument, plainly
from sdanlegg.config import FindingsError, load_site
from sdanlegg.site import Site
from sdanlegg.when import utc_text
from simulators.scenario.folder import examine_scenarios, find_scenario
from simulators.scenario.kinds import KINDS
from simulators.scenario.model import Fault, Moment, Scenario

WIDTH = 110
scenario_option = click.option("--scenario", help="What goes wrong: a name that `scenarios` lists, or a file.")


@click.command()
@config_argument
@click.argument("names", nargs=-1)
@plainly
def scenarios(config: Path, names: tuple[str, ...]) -> None:
    """List what may go wrong in the twin of the hall in the folder CONFIG; with NAMES, tell all about these.

    Every scenario is checked; one that is not sound is named with file and line, and the exit code is 1.
    """
    site = load_site(config, secrets=False)
    if names:
        click.echo("\n\n".join(_told(find_scenario(name, site)) for name in names))
        return
    found, findings = examine_scenarios(site)
    width = max((len(one.id) for one in found), default=0)
    for one in found:
        click.echo(f"{one.id:<{width}}  {one.name.nb} / {one.name.en}")
    if findings:
        raise FindingsError(findings)


def scenario_of(site: Site, given: str | None) -> Scenario | None:
    """Scenario that the command line names, None without one; ConfigError names what is wrong with it."""
    return find_scenario(given, site) if given else None


def _told(one: Scenario) -> str:
    lines = [f"{one.id}: {one.name.nb} / {one.name.en}", *_wrapped(one.about.nb), *_wrapped(one.about.en)]
    for fault in one.faults:
        lines += ["", f"  {fault.kind} · {fault.target} · {_span(fault)}{_settings(fault)}"]
        lines += [f"    {fault.truth.fault_class}: {fault.truth.cause.nb}", f"    {fault.truth.cause.en}"]
        lines += _wrapped("shows in " + ", ".join(fault.truth.points), "    ")
        if fault.truth.flows:
            lines += _wrapped("flows " + ", ".join(fault.truth.flows), "    ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _settings(fault: Fault) -> str:
    """What the file set, beyond the defaults."""
    shown = []
    for key, value in fault.settings.items():
        parameter = KINDS[fault.kind].parameters[key]
        if value == parameter.default:
            continue
        if isinstance(value, float):
            unit = " s" if parameter.form == "duration" else f" {parameter.unit}" if parameter.unit else ""
            shown.append(key if parameter.form == "flag" else f"{key} {value:g}{unit}")
        else:
            shown.append(f"{key} {value}")
    return "".join(f" · {text}" for text in shown)


def _span(fault: Fault) -> str:
    return f"{_moment(fault.start)} – {_moment(fault.end) if fault.end is not None else '…'}"


def _moment(moment: Moment) -> str:
    if moment.after_start:
        return f"{moment.ns / 3.6e12:g} h"
    return utc_text(moment.ns)
