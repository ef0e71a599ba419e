"""The verb mirror, and what check says of mirrors, as a person uses them on the hall's own folder."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sdanlegg.cli import main
from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import spool
from sdanlegg.readings import Reading
from simulators.backfill import backfill
from tests.support.engine_samples import in_victoria
from tests.support.history import T0
from tests.support.holmen import holmen
from tests.support.scripted_http import Answer, ScriptedHttp
from tests.support.victoria_server import VictoriaServer

HOUR_NS = 3_600_000_000_000


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path, move_ports=False)


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaServer]:
    server = VictoriaServer(tmp_path / "victoria")
    server.start()
    try:
        yield server
    finally:
        server.kill()


def name_mirror(hall: Path, url: str, name: str = "vm") -> None:
    with (hall / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[mirror]]\nname = "{name}"\nkind = "victoria"\nurl = "{url}"\n')


def sdanlegg(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def write_history(hall: Path) -> set[tuple[str, int]]:
    """Half an hour of the twin in the hall's history; point and time of every sample."""
    site = load_site(hall)
    readings: list[Reading] = list(backfill(site, T0, T0 + HOUR_NS // 2, step_s=60.0, seed=1))

    async def write() -> None:
        async with LocalStore.open(site.store.data_dir, site.points, 50) as store:
            await store.write(readings)

    asyncio.run(write())
    points = site.points.points
    return {(points[c].id, r.t_ns) for r in readings for c in r.columns.tolist()}


def test_history_is_sent_to_a_real_engine_with_counts_at_the_end(hall: Path, victoria: VictoriaServer) -> None:
    name_mirror(hall, victoria.url)
    written = write_history(hall)
    done = sdanlegg("mirror", hall)
    assert done.exit_code == 0, done.output
    points = len({id_ for id_, _ in written})
    assert f"vm: {len(written)} samples of {points} points sent to {victoria.url}" in done.output
    assert "speil / mirror vm: done" in done.output
    ms = {(id_, t // 1_000_000 * 1_000_000) for id_, t in written}
    assert in_victoria(victoria) == ms


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is no history in "),
        (["--only", "wm"], "names no mirror 'wm'; it names vm"),
        (["--data-dir", "/nowhere"], "there is no history in /nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(hall: Path, words: list[str], said: str) -> None:
    name_mirror(hall, "http://127.0.0.1:9")
    done = sdanlegg("mirror", hall, *words)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_hall_without_mirrors_is_told_so(hall: Path) -> None:
    done = sdanlegg("mirror", hall)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "site.toml names no mirror: a [[mirror]] table does" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "2026-01-02", "--to", "2026-01-01"], "--from is not before --to"),
        (["--from", "yesterday"], "'yesterday' is not a date or a time"),
    ],
)
def test_times_that_cannot_be_meant_are_refused(hall: Path, words: list[str], said: str) -> None:
    name_mirror(hall, "http://127.0.0.1:9")
    write_history(hall)
    done = sdanlegg("mirror", hall, *words)
    assert done.exit_code == 1
    assert said in done.output


def test_check_tells_where_mirrors_are_what_their_spools_cover_and_what_they_miss(hall: Path) -> None:
    name_mirror(hall, "http://127.0.0.1:9")
    told = sdanlegg("check", hall)
    assert told.exit_code == 0
    line = next(line for line in told.output.splitlines() if line.startswith("mirror vm: "))
    assert line.startswith("mirror vm: victoria at http://127.0.0.1:9, bucket sdanlegg; its spool of 4 GiB covers ")
    assert line.endswith("days) at 5.1 MB/h")
    site = load_site(hall)

    async def lose() -> None:
        async with LocalStore.open(site.store.data_dir, site.points, 50) as store:
            await store.change(lambda c: spool.enrol(c, ["vm"]))
            await store.change(lambda c: c.execute("UPDATE mirror SET dropped = 7").get)
            await store.change(lambda c: spool.quarantine(c, "vm", [("vp1.supply_t", 1, "line", "no", 2)]))

    asyncio.run(lose())
    output = sdanlegg("check", hall).output
    assert "mirror vm: 7 samples left the spool unsent; the local store has them, `sdanlegg mirror CONFIG" in output
    assert "mirror vm: it refused samples of 1 points; the last 1 are kept with its reason" in output


async def test_check_asks_mirrors_whether_they_answer(hall: Path, victoria: VictoriaServer) -> None:
    async with ScriptedHttp.serve() as server:
        server.otherwise = Answer(401)
        name_mirror(hall, victoria.url, "up")
        name_mirror(hall, server.url, "locked")
        name_mirror(hall, "http://127.0.0.1:9", "down")
        done = await asyncio.to_thread(sdanlegg, "check", hall, "--probe")
    assert done.exit_code == 1
    assert f"mirror up: answers at {victoria.url}" in done.output
    assert "mirror 'locked' does not accept the token (401)" in done.output
    assert "mirror 'down' cannot be reached" in done.output
