"""The hall on free ports, and one twin of it that several tests read."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sdanlegg.config import load_site
from sdanlegg.site import Site
from simulators.plant.visitors import Place, opening
from tests.support.holmen import holmen
from tests.support.twin import NOON_IN_JUNE, StandingClock, running


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Holmen svømmehall as configured, every port a free one."""
    return load_site(holmen(tmp_path_factory.mktemp("hall"), omit=False))


@pytest.fixture
def free_hall(tmp_path: Path) -> Site:
    """The same hall on ports of its own: for tests that start and stop their own twin."""
    return load_site(holmen(tmp_path / "hall", omit=False))


@pytest.fixture(scope="session")
def twin_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The hall with all its devices served by a twin whose clock stands at a summer noon."""
    site = load_site(holmen(tmp_path_factory.mktemp("served"), omit=False))  # now: a free port does not stay free
    with running(site, StandingClock(NOON_IN_JUNE)):
        yield site


@pytest.fixture(scope="session")
def place() -> Place:
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "06:30-21:30")
    return Place(59.86, 10.46, ZoneInfo("Europe/Oslo"), opening({**week, "sat": "10:00-18:00", "sun": "closed"}))


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "twin" / "state.json"
