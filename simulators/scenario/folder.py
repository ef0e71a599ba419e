"""Where a hall keeps its scenarios, and all of them at once."""

from pathlib import Path
from typing import Final

from sdanlegg.config.findings import Finding, nearest
from sdanlegg.errors import ConfigError
from sdanlegg.site import Site
from simulators.scenario.model import Scenario
from simulators.scenario.read import examine_scenario, load_scenario

FOLDER: Final = "scenarios"


def scenario_files(folder: Path) -> list[Path]:
    """Files of the hall's scenarios, by name."""
    return sorted((folder / FOLDER).glob("*.toml"))


def examine_scenarios(site: Site) -> tuple[list[Scenario], list[Finding]]:
    """Every scenario of a hall that is sound, and everything that is wrong with the rest."""
    found, findings = [], []
    for file in scenario_files(site.folder):
        scenario, wrong = examine_scenario(file, site)
        findings += wrong
        if scenario is not None:
            found.append(scenario)
    return found, findings


def find_scenario(given: str, site: Site) -> Scenario:
    """Scenario of a file, or of a name in the hall's folder; ConfigError if there is none or it is not sound."""
    file = Path(given)
    if file.suffix != ".toml" and not file.is_file():
        file = site.folder / FOLDER / f"{given}.toml"
        if not file.is_file():
            known = [path.stem for path in scenario_files(site.folder)]
            raise ConfigError(f"{file.parent}: there is no scenario {given!r}{nearest(given, known)}")
    return load_scenario(file, site)
