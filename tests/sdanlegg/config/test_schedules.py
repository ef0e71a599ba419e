"""Schedules that cannot be, or never come into force, are found with their line."""

from pathlib import Path

import pytest

from tests.support.findings import found
from tests.support.holmen import holmen


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


SCHEDULE = """
[[schedule]]
id = "test.first"
name = { nb = "Prøve", en = "Test" }
point = "ahu1.mode_sp"
value = 0
days = ["mon", "tue"]
from = "22:00"
to = "05:30"
"""


def schedule_findings(hall: Path, text: str) -> list[str]:
    (hall / "schedules.toml").write_text(text, encoding="utf-8")
    return found(hall)


def test_a_sound_schedule_has_no_findings(hall: Path) -> None:
    assert schedule_findings(hall, SCHEDULE) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("ahu1.mode_sp", "ahu1.mod_sp", 5, "unknown point 'ahu1.mod_sp'; did you mean 'ahu1.mode_sp'?"),
        ("ahu1.mode_sp", "vp1.supply_t", 5, "vp1.supply_t cannot be set"),
        ("value = 0", "value = 1e6", 6, "is outside"),
        ("22:00", "05:30", 9, "never comes into force: it ends when it begins"),
        ("22:00", "25:00", 8, "'25:00' is not a clock time"),
        ('"mon"', '"monday"', 7, "schedule.days"),
        ('["mon", "tue"]', "[]", 7, "schedule.days"),
    ],
)
def test_each_wrong_schedule_is_named(hall: Path, old: str, new: str, line: int, text: str) -> None:
    assert old in SCHEDULE
    findings = schedule_findings(hall, SCHEDULE.replace(old, new))
    assert any(f.startswith(f"schedules.toml:{line}: ") and text in f for f in findings), findings


def test_a_schedule_that_another_covers_never_comes_into_force(hall: Path) -> None:
    inner = SCHEDULE.replace("test.first", "test.second").replace("22:00", "23:00").replace('"mon", "tue"', '"mon"')
    findings = schedule_findings(hall, SCHEDULE + inner)
    assert findings == [
        "schedules.toml:11: test.second never comes into force: test.first, which goes before it, covers it"
    ]
    later = inner.replace("05:30", "06:30")
    assert schedule_findings(hall, SCHEDULE + later) == []
