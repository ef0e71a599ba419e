"""Networks that cannot be solved as they are asked to: told with file, node and flow."""

from pathlib import Path

import pytest

from sdanlegg.config import load_site
from sdanlegg.config.balance_solvable import told
from tests.support.findings import found
from tests.support.holmen import holmen

ISLAND = """
[[nodes]]
id = "island"
kind = "junction"

[[flow]]
id = "island.in"
to = "island"
carrier = "electricity"
{how}

[[flow]]
id = "island.out"
from = "island"
carrier = "electricity"
"""
METER = 'counter = "el_cafe.import_kwh"\nmeter = "MID-B"'
TIES = """
[[tie]]
flow = "{one}"
of = "{other}"
times = {times}
"""


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """Holmen's own network, without the files that want every flow in a post."""
    folder = holmen(tmp_path, move_ports=False)
    for name in ("kpis.toml", "tariff.toml", "rules.toml"):
        (folder / name).unlink()
    return folder


def grown(hall: Path, text: str) -> list[str]:
    """Findings of the hall with more at the end of its balance.toml."""
    path = hall / "balance.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return found(hall)


def test_an_island_is_not_connected(hall: Path) -> None:
    findings = grown(hall, ISLAND.format(how=METER))
    assert len(findings) == 1
    assert findings[0].startswith("balance.toml:")
    assert "island with island.in, island.out is not connected with the other electricity nodes" in findings[0]


def test_an_island_of_which_nothing_is_known_is_blind(hall: Path) -> None:
    findings = grown(hall, ISLAND.format(how=""))
    assert any("island: none of its flows (island.in, island.out) is measured" in text for text in findings), findings


def test_ties_that_contradict_leave_nothing_but_zero(hall: Path) -> None:
    findings = grown(hall, TIES.format(one="pool_main.evaporation_heat", other="pool_main.evaporation", times=0.7))
    names = ("pool_main.evaporation_heat", "pool_main.evaporation", "pool_main.evaporation_water")
    for name in names:
        assert any(f"{name}: the balances and ties leave it nothing but 0" in text for text in findings), findings
    assert len(findings) == len(names)


def test_the_hall_is_told_in_a_few_lines(hall: Path) -> None:
    network = load_site(hall, secrets=False).network
    assert network is not None
    lines = told(network)
    assert "36 nodes, 147 flows" in lines[0]
    assert lines[1].startswith("Told by the balances: ")
    assert "el.rest" in lines[1]
    assert not any(line.startswith("Not told") for line in lines)
