"""The verb: what it answers, that a seed is a seed, and what it refuses."""

import json
import math
import re
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sdanlegg.cli import main
from sdanlegg.score.report import TARGETS, target_text
from tests.support.holmen import CONFIG
from tests.support.tree import ROOT

HOLMEN = CONFIG / "holmen"
SMALL = ("--days", "10", "--sets", "3", "--faults", "4", "--seed", "77")


def score(*words: str) -> Result:
    return CliRunner().invoke(main, ["score", str(HOLMEN), *words])


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    done = score(*SMALL, "--format", "json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_figure_is_there_and_a_share(told: dict[str, Any]) -> None:
    assert list(told)[:5] == [key for key, _, _, _ in TARGETS]
    assert 0.5 < told["interval_coverage"] <= 1.0
    assert 0.0 < told["flows_improved"] <= 1.0
    assert told["false_alarms_per_year"] >= 0.0
    assert (told["days"], told["seed"], told["sets"]) == (10, 77, 3)
    assert told["faults_planted"] == len(told["faults"]) == 4
    counted = [fault for fault in told["faults"] if fault["counts"]]
    assert told["faults_counted"] == len(counted)
    if counted:
        assert told["faults_found"] == pytest.approx(sum(fault["found"] for fault in counted) / len(counted))
    assert {flow["group"] for flow in told["flows"]} == {"measured", "derived", "modelled", "unmeasured"}
    assert told["flows_compared"] + told["flows_left"] == 147
    lived = (3 + 4) * 10 / 365
    assert told["sound_years"] < lived


def test_coverage_is_of_the_flows_that_are_listed(told: dict[str, Any]) -> None:
    flows = [flow for flow in told["flows"] if not flow["id"].endswith(".gain") and flow["days"]]
    inside = math.fsum(flow["coverage"] * flow["days"] for flow in flows) / sum(flow["days"] for flow in flows)
    assert told["interval_coverage"] == pytest.approx(inside, rel=1e-4)
    improvable = [flow for flow in flows if flow["improvable"]]
    better = sum(flow["rms"] < flow["raw_rms"] for flow in improvable)
    assert told["flows_improved"] == pytest.approx(better / len(improvable), rel=1e-4)


def test_the_same_seed_gives_the_same_table(told: dict[str, Any]) -> None:
    done = score(*SMALL)
    assert done.exit_code == 0, done.output
    for key, _, _, _ in TARGETS:
        shown = "–" if told[key] is None else f"{told[key]:.3f}"
        assert f"| `{key}` | {shown} |" in done.stdout


def test_the_documents_table_has_the_rows_that_the_verb_prints() -> None:
    page = (ROOT / "docs" / "balance.md").read_text(encoding="utf-8")
    for key, low, high, _ in TARGETS:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{key}` |")]
        assert row.split("|")[3].strip() == target_text(low, high)
        assert re.fullmatch(r"\d+\.\d{3}|–", row.split("|")[2].strip()), row


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--start", "2026-02-30"), "--start '2026-02-30' is not a date"),
        (("--days", "0"), "not in the range"),
        (("--sets", "1"), "not in the range"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], text: str) -> None:
    done = score(*words)
    assert done.exit_code != 0
    assert text in done.output
