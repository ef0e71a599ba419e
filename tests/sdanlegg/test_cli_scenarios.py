"""`scenarios`, `check` and `--scenario`: what may go wrong is listed and checked, and a bad file stops everything."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from sdanlegg.cli import main
from sdanlegg.historian.reader import LocalReader
from sdanlegg.quality import BAD, COMM
from simulators.scenario.folder import scenario_files
from tests.support.findings import edit
from tests.support.holmen import holmen


def test_every_scenario_is_listed(tmp_path: Path) -> None:
    hall = holmen(tmp_path)
    done = CliRunner().invoke(main, ["scenarios", str(hall)])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [file.stem for file in scenario_files(hall)]
    assert any(line.endswith("Basseng lekker / Leaking basin") for line in lines)


def test_all_is_told_of_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["scenarios", str(holmen(tmp_path)), "leaking_basin"])
    assert done.exit_code == 0
    assert "leak · pool_main · 1 h – … · m3_h 0.25 m³/h · grows 86400 s" in done.stdout
    assert "flows pool_main.leak, pool_main.makeup" in done.stdout


@pytest.mark.parametrize("verb", ["scenarios", "check"])
def test_a_scenario_that_cannot_be_is_found(tmp_path: Path, verb: str) -> None:
    hall = holmen(tmp_path)
    line = edit(hall / "scenarios" / "leaking_basin.toml", "m3_h = 0.25", "m3_h = -0.25")
    done = CliRunner().invoke(main, [verb, str(hall)])
    assert done.exit_code == 1
    assert f"leaking_basin.toml:{line}: m3_h: -0.25 is not between 0 and 50" in done.output


@pytest.mark.parametrize(("verb", "more"), [("simulate", []), ("backfill", ["--days", "0.01"])])
def test_one_that_cannot_be_begins_nothing(tmp_path: Path, verb: str, more: list[str]) -> None:
    hall, data, state = holmen(tmp_path), tmp_path / "data", tmp_path / "state.json"
    if verb == "backfill":
        more = [*more, "--data-dir", str(data)]
    line = edit(hall / "scenarios" / "stuck_power.toml", '"hm_pool_main.power"', '"hm_pool_mian.power"')
    more = [*more, "--state-file", str(state), "--scenario", "stuck_power"]
    done = CliRunner().invoke(main, [verb, str(hall), *more])
    assert done.exit_code == 1
    assert f"stuck_power.toml:{line}: stuck: unknown point 'hm_pool_mian.power'; did you mean" in done.stderr
    assert not data.exists()
    assert not state.exists()


def test_the_past_is_stored_as_a_collector_would_have_found_it(tmp_path: Path) -> None:
    """For 72 minutes to now: from the sixtieth on, the heat pump answers nothing."""
    hall, data = holmen(tmp_path), tmp_path / "data"
    more = ["--days", "0.05", "--data-dir", str(data), "--scenario", "offline_heat_pump"]
    done = CliRunner().invoke(main, ["backfill", str(hall), *more])
    assert done.exit_code == 0, done.output

    async def read() -> list[list[int]]:
        async with LocalReader.open(data) as reader:
            frames = [await reader.read([id_], 0, 1 << 62) for id_ in ("vp1.p_el", "el_vp1.p")]
        return [frame.quality[:, 0].tolist() for frame in frames]

    lost, sound = asyncio.run(read())
    assert lost[:60] == [0] * 60
    assert len(lost) > 65
    assert set(lost[60:]) == {BAD | COMM}
    assert set(sound) == {0}
