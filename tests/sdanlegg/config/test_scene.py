"""What can be wrong with the foyer's picture: every finding names its line and its point."""

from pathlib import Path

import pytest

from sdanlegg.config import load_site
from tests.support.findings import edit, found
from tests.support.holmen import holmen


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('rock = "wells.ground_t"', 'rock = "wells.ground"', "unknown point 'wells.ground'"),
        (
            'snow = "weather.snow_depth"',
            'snow = "weather.precip"',
            "snow: weather.precip is a gauge of precipitation [mm/h], not a gauge of position",
        ),
        ('raised = "floor_main.raised"', 'raised = "floor_main.position"', "not a state of state"),
        ('id = "therapy"\nname', 'id = "main"\nname', "the pool id 'main' stands already"),
        ('rock = "wells', 'rocks = "wells', "unknown key"),
    ],
)
def test_each_fault_is_found_where_it_stands(hall: Path, old: str, new: str, text: str) -> None:
    line = edit(hall / "site.toml", old, new)
    findings = found(hall)
    assert [f for f in findings if f.startswith(f"site.toml:{line}:") and text in f], findings


def test_a_hall_without_a_picture_is_sound(hall: Path) -> None:
    file = hall / "site.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("[scene]")], encoding="utf-8")
    assert found(hall) == []
    assert load_site(hall).scene.pools == ()
