"""--weather: a user's year of weather reaches the twin, and a bad file stops it before anything is begun."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from sdanlegg.cli import main
from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.run_twin import weather_of
from simulators import snapshot
from simulators.plant.weather import weather_at
from simulators.serve import Life, serve
from simulators.twin import Twin, beginning
from tests.support.holmen import holmen
from tests.support.twin import StandingClock, only
from tests.support.weather_files import write_epw

APRIL_NS = int(datetime(2026, 4, 11, tzinfo=UTC).timestamp()) * SECOND_NS


def test_a_hall_without_a_file_has_the_seeds_weather(tmp_path: Path) -> None:
    assert weather_of(load_site(holmen(tmp_path)), None, 1) is None


def test_the_files_weather_reaches_the_points(tmp_path: Path) -> None:
    site = load_site(holmen(tmp_path))
    small = only(site, "weather")
    weather = weather_of(site, write_epw(tmp_path / "asker.epw"), 1)
    assert weather is not None
    column = small.points.column["weather.outdoor_t"]
    twin = Twin(small, beginning(small, APRIL_NS, 1, None, weather), 1, weather)
    block = weather.block(APRIL_NS / 1e9)
    for hour in range(3):
        t_ns = APRIL_NS + hour * 3600 * SECOND_NS
        assert twin.advance(t_ns, 1000)
        stamp = round((t_ns / 1e9 - block.begin_s) / block.step_s)
        assert twin.truth().values[column] == pytest.approx(block.points[stamp, 0], abs=1e-6)
        assert twin.shown().values[column] == pytest.approx(block.points[stamp, 0], abs=1.0)  # slow in its screen


@pytest.mark.parametrize(("verb", "more"), [("simulate", []), ("backfill", ["--days", "0.01"])])
def test_a_file_of_another_hemisphere_is_named_and_nothing_begun(tmp_path: Path, verb: str, more: list[str]) -> None:
    hall, data, state = holmen(tmp_path), tmp_path / "data", tmp_path / "state.json"
    if verb == "backfill":
        more = [*more, "--data-dir", str(data)]
    path = write_epw(tmp_path / "south.epw", latitude=-59.9)
    done = CliRunner().invoke(main, [verb, str(hall), *more, "--state-file", str(state), "--weather", str(path)])
    assert done.exit_code == 1
    assert "south.epw, line 1, latitude: -59.9° is on the other hemisphere" in done.stderr
    assert "Traceback" not in done.output + done.stderr
    assert not data.exists()
    assert snapshot.load(state) is None


async def test_the_twin_is_served_under_the_files_weather(tmp_path: Path) -> None:
    site, state = only(load_site(holmen(tmp_path)), "weather"), tmp_path / "state.json"
    weather = weather_of(site, write_epw(tmp_path / "asker.epw"), 1)
    assert weather is not None
    ready, clock = asyncio.Event(), StandingClock(APRIL_NS)
    serving = asyncio.ensure_future(serve(site, Life(weather=weather, state_file=state), clock=clock, ready=ready))
    await asyncio.wait_for(ready.wait(), 90.0)
    serving.cancel()
    await asyncio.wait({serving}, timeout=60.0)
    saved = snapshot.load(state)
    assert saved is not None
    assert saved.state.inputs.weather == weather_at(saved.state.t_ns / 1e9, site.latitude, site.longitude, weather)
