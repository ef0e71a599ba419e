"""Every benchmark runs, reads what it says it reads, and leaves its tables; the figures themselves are not judged."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.memory import slope
from benchmarks.report import PAGE, kept, rendered
from benchmarks.results import Goal, Result, Table, load, to_markdown
from tests.support.tree import ROOT


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_leaves_its_tables(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    result = load(tmp_path / f"{name}.json")
    assert result.name == name
    assert result.command.startswith(f"python -m benchmarks.{name} ")
    assert result.tables
    for table in result.tables:
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert all(re.search(r"\d", row[-1]) for row in table.rows)
    assert all(math.isfinite(goal.value) and goal.value > 0 for goal in result.goals)
    assert to_markdown(result) in done.stdout


def result(value: float) -> Result:
    table = Table("Speed", ("what", "µs"), (("a", "1.5"),))
    return Result("speed", "python -m benchmarks.speed", (table,), (Goal("fast", 2, value, "µs"),), {"cores": "2"})


def test_a_result_is_rendered_with_its_goal() -> None:
    text = to_markdown(result(1.5))
    assert "| what | µs  |\n|------|-----|\n| a    | 1.5 |" in text
    assert "| fast | ≤ 2 µs | 1.5 µs   | yes |" in text
    assert "**no**" in to_markdown(result(2.5))
    assert "**no**" in to_markdown(result(math.nan))


def test_marked_places_are_filled_and_words_stay() -> None:
    page = "# A\n<!-- figures: speed -->\nold\n<!-- end -->\nwords\n<!-- figures: machine -->\n<!-- end -->\n"
    made = rendered(page, {"speed": result(1.5)})
    assert "old" not in made
    assert "| a    | 1.5 |" in made
    assert "\nwords\n" in made
    assert "- cores: 2" in made
    assert rendered(made, {"speed": result(1.5)}) == made
    with pytest.raises(KeyError, match="speed"):
        rendered(page, {})


def test_the_page_tells_every_kept_result() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert set(kept()) == set(NAMES)
    assert all(f"<!-- figures: {name} -->" in page for name in (*NAMES, "machine"))
    assert rendered(page, kept()) == page


def test_the_slope_is_that_of_most_samples() -> None:
    hours = [i / 3600 for i in range(100)]
    sizes = [100 + 2 * hour for hour in hours]
    sizes[40] = 500
    assert slope([3600 * hour for hour in hours], sizes) == pytest.approx(2)
    assert math.isnan(slope([0.0], [1.0]))
