"""Every map of the catalogue can be read by its driver: no type, place or field that the driver would refuse."""

from pathlib import Path

import pytest

from drivers.modbus import modbus_link, plan_group
from drivers.sunspec import sunspec_link
from sdanlegg.clock import SystemClock
from sdanlegg.config.catalogue import RegisterMap, read_map
from sdanlegg.driver import PollGroup
from sdanlegg.site import Pacing
from tests.support.points import device, group, point

CATALOGUE = Path(__file__).parents[2] / "config" / "catalogue"
MAPS = [found for file in sorted(CATALOGUE.glob("*.csv")) if (found := read_map(file)[0]) is not None]


def as_group(found: RegisterMap, pacing: Pacing) -> PollGroup:
    return group([point(f"d.{row.name}", row.address) for row in found.rows], device(pacing=pacing))


def of(protocol: str) -> list[RegisterMap]:
    return [found for found in MAPS if found.protocol == protocol]


@pytest.mark.parametrize("pacing", [Pacing(), Pacing(max_gap=0, max_registers=20)], ids=["merged", "single"])
@pytest.mark.parametrize("found", of("modbus"), ids=lambda m: m.name)
def test_a_modbus_map_can_be_read(found: RegisterMap, pacing: Pacing) -> None:
    wanted = as_group(found, pacing)
    modbus_link([wanted], SystemClock())
    _, blocks = plan_group(wanted)
    assert sorted(span.row for block in blocks for span in block.spans) == list(range(len(found.rows)))


@pytest.mark.parametrize("found", of("sunspec"), ids=lambda m: m.name)
def test_a_sunspec_map_can_be_read(found: RegisterMap) -> None:
    sunspec_link([as_group(found, Pacing())], SystemClock())


def test_the_catalogue_is_there() -> None:
    assert len(of("modbus")) >= 10
    assert of("sunspec")
