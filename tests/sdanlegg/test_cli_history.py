"""The verbs correct and corrections, as an engineer uses them: without a service, and beside one."""

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sdanlegg.cli import main
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.config import load_site
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from sdanlegg.quality import BAD, MANUAL, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import series
from tests.support.holmen import holmen

S = SECOND_NS
T0 = 1_767_258_000 * S  # 2026-01-01 10:00 in Oslo
POINT = "el_main.p"
RANGE = ("--point", POINT, "--from", "2026-01-01T10:00", "--to", "2026-01-01T10:01")


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return with_history(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_history(tmp_path_factory.mktemp("untouched"))


def with_history(parent: Path) -> Path:
    """Holmen with three minutes of one meter, sealed."""
    folder = holmen(parent, move_ports=False)
    site = load_site(folder)
    column = site.points.columns([POINT])

    async def write() -> None:
        async with LocalStore.open(site.store.data_dir, site.points) as store:
            await store.write(
                Reading("el_main", T0 + i * 5 * S, column, np.array([100.0]), np.zeros(1, np.uint16)) for i in range(36)
            )
            await Sealer(store, site.store.data_dir / FILE_NAME, site.zone, SystemClock()).seal(T0 + 180 * S)

    asyncio.run(write())
    return folder


def run(hall: Path, verb: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [verb, str(hall), *arguments])


def stored(hall: Path) -> tuple[list[tuple[int, float, int]], list[float]]:
    """Samples of the three minutes, and the mean of each."""
    site = load_site(hall)

    async def read() -> tuple[list[tuple[int, float, int]], list[float]]:
        async with LocalStore.open(site.store.data_dir, site.points) as store:
            samples = series(await store.read([POINT], T0, T0 + 180 * S), POINT)
            means = await store.read([POINT], T0, T0 + 180 * S, 60 * S)
            return samples, means.values[:, 0].tolist()

    return asyncio.run(read())


def test_a_correction_is_made_listed_and_taken_back(hall: Path) -> None:
    made = run(hall, "correct", *RANGE, "--gain", "2", "--shift", "1", "--reason", "wrong ratio", "--actor", "kari")
    assert made.exit_code == 0, made.output
    assert "Correction 1 is made: el_main.p from 2026-01-01T10:00:00+01:00 to 2026-01-01T10:01:00+01:00" in made.output
    assert "value * 2 + 1" in made.output
    samples, means = stored(hall)
    assert [v for _, v, _ in samples] == [201.0] * 12 + [100.0] * 24
    assert means == [201.0, 100.0, 100.0]
    listed = run(hall, "corrections").output.splitlines()
    assert re.split(r"  +", listed[0]) == ["id", "point", "from", "to", "what", "by", "made", "reason", "undone"]
    assert re.split(r"  +", listed[1])[1:6] == [
        *(POINT, "2026-01-01T10:00:00+01:00", "2026-01-01T10:01:00+01:00", "value * 2 + 1", "kari")
    ]
    undone = run(hall, "correct", "--undo", "1", "--reason", "ratio was right", "--actor", "per")
    assert "Correction 1 is undone" in undone.output
    assert stored(hall)[1] == [100.0] * 3
    assert "by per: ratio was right" in run(hall, "corrections").output


def test_bad_value_and_samples_from_a_file(hall: Path, tmp_path: Path) -> None:
    assert run(hall, "correct", *RANGE, "--bad", "--reason", "r").exit_code == 0
    assert {q for _, _, q in stored(hall)[0][:12]} == {BAD | MANUAL}
    assert run(hall, "correct", *RANGE, "--value", "7.5", "--reason", "r").exit_code == 0
    samples, means = stored(hall)
    assert {(v, q) for t, v, q in samples if t < T0 + 60 * S} == {(7.5, UNCERTAIN | MANUAL)}
    assert means == [7.5, 100.0, 100.0]
    file = tmp_path / "given.csv"
    file.write_text("time,value\n2026-01-01T10:00,1\n2026-01-01T09:00:30+00:00,3\n")
    assert run(hall, "correct", *RANGE, "--samples", str(file), "--reason", "r").exit_code == 0
    assert [(t - T0, v) for t, v, _ in stored(hall)[0][:2]] == [(0, 1.0), (30 * S, 3.0)]
    assert "no corrections" not in run(hall, "corrections").output


def test_beside_a_running_service_it_is_told_and_the_service_works_it_in(hall: Path) -> None:
    site = load_site(hall)

    async def both() -> None:
        async with LocalStore.open(site.store.data_dir, site.points) as store:
            made = await asyncio.to_thread(run, hall, "correct", *RANGE, "--shift", "1", "--reason", "r")
            assert made.exit_code == 0, made.output
            assert "The running service makes the figures it touches anew" in made.output
            assert (await store.read([POINT], T0, T0 + 60 * S, 60 * S)).values[0, 0] == 101.0
            assert await store.ask(lambda connection, _: connection.execute("SELECT count(*) FROM dirty").get) == 1
            await Sealer(store, site.store.data_dir / FILE_NAME, site.zone, SystemClock()).seal(T0 + 180 * S)
            assert await store.ask(lambda connection, _: connection.execute("SELECT count(*) FROM dirty").get) == 0
            assert (await store.read([POINT], T0, T0 + 60 * S, 60 * S)).values[0, 0] == 101.0

    asyncio.run(both())


WHY = ("--reason", "r")
WRONG = [
    (("--point", "el_main.zz", *RANGE[2:], "--bad", *WHY), "unknown point 'el_main.zz'"),
    (("--point", "el_main.zz", *RANGE[2:], "--value", "1", *WHY), "unknown point 'el_main.zz'"),
    ((*RANGE[:3], "2026-01-01T11:00", *RANGE[4:], "--bad", *WHY), "reversed or empty"),
    ((*RANGE[:3], "yesterday", *RANGE[4:], "--bad", *WHY), "'yesterday' is not a date or a time"),
    ((*RANGE[:3], "2026-03-29T02:30", "--to", "2026-03-30", "--bad", *WHY), "skips that day"),
    ((*RANGE, *WHY), "say one of --bad"),
    ((*RANGE, "--bad", "--value", "1", *WHY), "say one of --bad"),
    ((*RANGE[:2], "--bad", *WHY), "needs --point, --from and --to"),
    ((*RANGE, "--bad", "--reason", ""), "needs a reason"),
    ((*RANGE, "--bad", "--actor", "", *WHY), "needs somebody"),
    (("--undo", "1", "--bad", *WHY), "give nothing else"),
    (("--undo", "9", *WHY), "there is no correction 9"),
    ((*RANGE, "--samples", "nowhere.csv", *WHY), "nowhere.csv cannot be read"),
    (
        ("--point", POINT, "--from", "2016-01-01", "--to", "2025-01-01", "--value", "1", *WHY),
        "more than 1000000 samples",
    ),
]


@pytest.mark.parametrize(("arguments", "text"), WRONG)
def test_what_is_wrong_is_said_in_one_sentence(untouched: Path, arguments: tuple[str, ...], text: str) -> None:
    told = run(untouched, "correct", *arguments)
    assert told.exit_code == 1
    assert text in told.output
    assert told.output.startswith("sdanlegg: ")
    assert run(untouched, "corrections").output == "no corrections\n"


@pytest.mark.parametrize(
    "rows", ["", "t,v\n1,2\n", "time,value\n2026-01-01T10:00\n", "time,value\n2026-01-01T10:00,x\n"]
)
def test_a_file_of_samples_that_is_none_is_named(untouched: Path, tmp_path: Path, rows: str) -> None:
    file = tmp_path / "given.csv"
    file.write_text(rows)
    told = run(untouched, "correct", *RANGE, "--samples", str(file), *WHY)
    assert told.exit_code == 1
    assert str(file) in told.output


def test_a_hall_without_history_says_so(tmp_path: Path) -> None:
    folder = holmen(tmp_path, move_ports=False)
    for arguments in (("correct", *RANGE, "--bad", *WHY), ("corrections",)):
        told = run(folder, *arguments)
        assert told.exit_code == 1
        assert "there is no history in" in told.output
