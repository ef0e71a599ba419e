"""The verb: what it writes, what the file says of itself, and what it refuses before anything is begun."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from sdanlegg.cli import main
from tests.support.holmen import CONFIG

HOLMEN = CONFIG / "holmen"
AN_HOUR = ("--from", "2026-06-16T12:00", "--to", "2026-06-16T13:00")


def truth(out: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["truth", str(HOLMEN), "-o", str(out), *words])


def test_an_hour_of_truth(tmp_path: Path) -> None:
    out = tmp_path / "hour.parquet"
    done = truth(out, *AN_HOUR, "--points", "el_main.*", "--seed", "3")
    assert done.exit_code == 0, done.output
    table = pq.read_table(out)
    assert table.column_names == ["t_ns", "kind", "id", "unit", "truth", "shown"]
    assert f"{table.num_rows} rows from 2026-06-16T10:00:00Z to 2026-06-16T11:00:00Z, seed 3" in done.output
    meta = {key.decode(): text.decode() for key, text in table.schema.metadata.items()}
    assert meta["sdanlegg.site"] == "holmen"
    assert (meta["sdanlegg.seed"], meta["sdanlegg.every_s"], meta["sdanlegg.step_s"]) == ("3", "300", "60")
    rows = [row for row in table.to_pylist() if row["id"] == "el_main.import_kwh"]
    assert len(rows) == 13
    assert np.diff([row["t_ns"] for row in rows]).tolist() == [300_000_000_000] * 12
    gained = [rows[-1][key] - rows[0][key] for key in ("truth", "shown")]
    assert gained[1] == pytest.approx(gained[0], rel=0.012, abs=0.011)
    flows = [row for row in table.to_pylist() if row["id"] == "grid.import"]
    assert len(flows) == 12
    assert sum(row["truth"] for row in flows) / 12.0 == pytest.approx(gained[0], rel=1e-6)
    losses = [row for row in table.to_pylist() if row["id"] == "header.loss"]
    assert all(row["shown"] is None and row["truth"] > 0.0 for row in losses)


def test_a_scenario_runs_over_its_own_time(tmp_path: Path) -> None:
    out = tmp_path / "wrong.parquet"
    done = truth(out, "--scenario", "reversed_main_meter", "--every", "1h", "--points", "el_main.p")
    assert done.exit_code == 0, done.output
    table = pq.read_table(out)
    meta = {key.decode(): text.decode() for key, text in table.schema.metadata.items()}
    faults = json.loads(meta["sdanlegg.faults"])
    assert meta["sdanlegg.scenario"] == "reversed_main_meter"
    rows = [row for row in table.to_pylist() if row["kind"] == "fault"]
    assert {row["id"] for row in rows} == {fault["id"] for fault in faults}
    assert {row["truth"] for row in rows} == {0.0, 1.0}
    on = {row["t_ns"] for row in rows if row["truth"] == 1.0}
    for row in table.to_pylist():
        if row["id"] == "el_main.p" and abs(row["truth"]) > 5.0:
            assert (row["shown"] * row["truth"] < 0.0) == (row["t_ns"] in on)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "say --from and --to, or --days"),
        (("--days", "1", "--from", "2026-01-01"), "not both"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "--from 2026-01-02 is not before --to 2026-01-01"),
        (("--from", "2026-01-02", "--to", "yesterday"), "'yesterday' is not a date or a time"),
        ((*AN_HOUR, "--scenario", "fire"), "there is no scenario 'fire'"),
        ((*AN_HOUR, "--points", "el_mian.*"), "no point of the hall fits 'el_mian.*'"),
        ((*AN_HOUR, "--weather", "sky.epw"), "sky.epw"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(tmp_path: Path, words: tuple[str, ...], text: str) -> None:
    out = tmp_path / "none.parquet"
    done = truth(out, *words)
    assert done.exit_code == 1
    assert text in done.stderr
    assert "Traceback" not in done.output + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "old.parquet"
    out.write_text("mine", encoding="utf-8")
    done = truth(out, *AN_HOUR)
    assert done.exit_code == 1
    assert "is there already" in done.stderr
    assert out.read_text(encoding="utf-8") == "mine"
    assert truth(out, *AN_HOUR, "--points", "el_main.p", "--force").exit_code == 0
    assert pq.read_table(out).num_rows > 0
