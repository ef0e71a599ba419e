import csv
import io
import math
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError, TooMuchError, UnknownPointError
from sdanlegg.historian import Days
from sdanlegg.historian import export as ex
from sdanlegg.historian.export_csv import CsvSheet, number_texts
from sdanlegg.historian.export_parquet import ParquetSheet
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, RANGE, UNCERTAIN
from sdanlegg.when import instant_ns
from tests.support.history import reading
from tests.support.points import point, register
from tests.support.sealing import seal

OSLO = ZoneInfo("Europe/Oslo")
S, HOUR = SECOND_NS, 3600 * SECOND_NS
NOON = instant_ns("2026-03-29T12:00", OSLO)  # of a day of 23 hours
MIDNIGHT = instant_ns("2026-03-29", OSLO)
BIG = 123_456_789_012.25

POINTS = PointTable(
    [
        point("a.t", register("float32"), unit="°C", quantity="temperature", period_s=60.0),
        point("a.e_kwh", register("uint64"), unit="kWh", quantity="energy", kind="counter", period_s=60.0),
        point("b.name", register("string:4"), quantity="text", kind="state", period_s=60.0),
    ]
)


@pytest.fixture
async def folder(tmp_path):
    """Two days of minutes from the midnight before; a.t is missing at noon, b.name is a text from noon on."""
    async with LocalStore.open(tmp_path, POINTS) as store:
        await store.write(
            reading(
                POINTS,
                t := MIDNIGHT - 12 * HOUR + i * 60 * S + 123,
                {"a.t": math.nan if t == NOON + 123 else 20 + i / 1000, "a.e_kwh": BIG + i},
                [BAD | COMM if t == NOON + 123 else UNCERTAIN | RANGE if i == 1 else GOOD, GOOD],
            )
            for i in range(2880)
        )
        await store.write([reading(POINTS, NOON, {"b.name": 7.0}, texts={7: 'Filter "A", øst'})])
    return tmp_path


async def rows_of(reader, start, end, every=None, wanted=()):
    known = await reader.ask(lambda connection, _: ex.catalogue(connection))
    points = tuple(known[id_] for id_ in ex.choose(wanted, list(known)))
    request = ex.Request(points, start, end, every, OSLO)
    return request, [rows async for rows in ex.stretches(reader, request)]


async def as_csv(folder: Path, start, end, every=None, wanted=()):
    file = io.BytesIO()
    async with LocalReader.open(folder) as reader:
        _, pieces = await rows_of(reader, start, end, every, wanted)
        sheet = CsvSheet(file, OSLO, intervals=every is not None)
        for rows in pieces:
            sheet.add(rows)
        sheet.close()
    return list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))


async def as_parquet(folder: Path, target: Path, start, end, every=None, wanted=()):
    async with LocalReader.open(folder) as reader:
        request, pieces = await rows_of(reader, start, end, every, wanted)
        corrections = await reader.ask(lambda connection, _: ex.corrections_applied(connection, request))
        with target.open("wb") as file:
            meta = ex.metadata(request, "pool", "1.2.3", corrections)
            sheet = ParquetSheet(file, meta, intervals=every is not None)
            for rows in pieces:
                sheet.add(rows)
            sheet.close()
    return pq.ParquetFile(target)


async def test_samples_come_out_as_they_went_in(folder):
    rows = await as_csv(folder, NOON - 120 * S, NOON + 60 * S)
    assert [tuple(row.values()) for row in rows] == [
        ("2026-03-29T11:58:00.000000123+02:00", "a.t", "21.378", "°C", "good", ""),
        ("2026-03-29T11:59:00.000000123+02:00", "a.t", "21.379", "°C", "good", ""),
        ("2026-03-29T12:00:00.000000123+02:00", "a.t", "", "°C", "bad", "comm"),
        ("2026-03-29T11:58:00.000000123+02:00", "a.e_kwh", "123456790390.25", "kWh", "good", ""),
        ("2026-03-29T11:59:00.000000123+02:00", "a.e_kwh", "123456790391.25", "kWh", "good", ""),
        ("2026-03-29T12:00:00.000000123+02:00", "a.e_kwh", "123456790392.25", "kWh", "good", ""),
        ("2026-03-29T12:00:00.000000000+02:00", "b.name", 'Filter "A", øst', "1", "good", ""),
    ]


async def test_days_are_joined_without_a_seam(folder):
    everything = await as_csv(folder, MIDNIGHT - 24 * HOUR, MIDNIGHT + 48 * HOUR, wanted=["a.*"])
    energy = [row for row in everything if row["point"] == "a.e_kwh"]
    assert [float(row["value"]) for row in energy] == [BIG + i for i in range(2880)]
    assert [instant_ns(row["time"][:19] + row["time"][29:], OSLO) for row in energy] == [
        MIDNIGHT - 12 * HOUR + i * 60 * S for i in range(2880)
    ]
    assert [row["reasons"] for row in everything if row["reasons"]] == ["range", "comm"]


async def test_intervals_are_whole_complete_and_in_order_of_time(folder):
    rows = await as_csv(folder, MIDNIGHT, MIDNIGHT + 23 * HOUR, HOUR, wanted=["a.e_kwh", "b.name"])
    assert [row["time"] for row in rows[::2]][:3] == [
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T01:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
    ]
    assert len(rows) == 2 * 23
    assert [row["point"] for row in rows[:4]] == ["a.e_kwh", "b.name", "a.e_kwh", "b.name"]
    assert rows[-2] | {"time": ""} == {
        "time": "",
        "point": "a.e_kwh",
        "value": f"{BIG + 35 * 60 - 1}",
        "unit": "kWh",
        "coverage": "1",
        "quality": "good",
    }
    assert rows[1] | {"time": ""} == {
        "time": "",
        "point": "b.name",
        "value": "",
        "unit": "1",
        "coverage": "0",
        "quality": "none",
    }
    assert [row["value"] for row in rows if row["value"].startswith("Filter")] == ['Filter "A", øst']


async def test_a_day_is_a_day_of_the_hall(folder):
    rows = await as_csv(folder, MIDNIGHT, MIDNIGHT + 23 * HOUR, Days(OSLO), wanted=["a.e_kwh"])
    assert [(row["time"], row["value"]) for row in rows] == [("2026-03-29T00:00:00+01:00", f"{BIG + 35 * 60 - 1}")]


@pytest.mark.parametrize("sealed", [False, True])
async def test_parquet_holds_the_same(folder, tmp_path, sealed):
    if sealed:
        async with LocalStore.open(folder, POINTS) as store:
            await seal(store, folder, MIDNIGHT + 6 * HOUR)
    span = (MIDNIGHT - 24 * HOUR, MIDNIGHT + 48 * HOUR)
    file = await as_parquet(folder, tmp_path / "x.parquet", *span)
    assert {str(field.type) for field in file.schema_arrow} >= {"timestamp[ns, tz=UTC]", "double", "uint16"}
    assert file.num_row_groups == 3  # three UTC days
    as_text = await as_csv(folder, *span)
    columns = duckdb.sql(f"SELECT * FROM '{tmp_path}/x.parquet'").fetchnumpy()
    assert columns["point"].tolist() == [row["point"] for row in as_text]
    assert columns["severity"].tolist() == [row["quality"] for row in as_text]
    assert columns["reasons"].tolist() == [row["reasons"] for row in as_text]
    t_ns = pq.read_table(tmp_path / "x.parquet", columns=["time"])["time"].to_numpy().astype(np.int64)
    assert t_ns[columns["point"] == "b.name"].tolist() == [NOON]
    assert t_ns[columns["point"] == "a.t"].tolist() == [MIDNIGHT - 12 * HOUR + i * 60 * S + 123 for i in range(2880)]
    table = file.read()
    for value, text, row in zip(table["value"].to_pylist(), table["text"].to_pylist(), as_text, strict=True):
        if row["point"] == "b.name":
            assert (value, text) == (None, row["value"])
        elif row["value"]:
            assert (value, text) == (np.float32(row["value"]) if row["point"] == "a.t" else float(row["value"]), None)
        else:
            assert (value, text) == (None, None)


async def test_parquet_intervals_have_their_coverage(folder, tmp_path):
    file = await as_parquet(folder, tmp_path / "x.parquet", MIDNIGHT, MIDNIGHT + 23 * HOUR, 900 * S, ["a.t"])
    table = file.read()
    assert table.num_rows == 92
    missing = table["time"].to_numpy().astype(np.int64).tolist().index(NOON)
    assert table["coverage"].to_pylist()[missing] == pytest.approx(14 / 15)
    assert set(table["coverage"].to_pylist()[:missing]) == {1.0}
    assert [i for i, word in enumerate(table["severity"].to_pylist()) if word != "good"] == [missing]


async def test_a_file_tells_its_period_and_what_was_corrected(folder, tmp_path):
    add = """INSERT INTO correction(id, made_ns, actor, reason, p, start_ns, end_ns, action, gain, shift, undoes)
        VALUES(?, 1, 'kari', 'moved', 1, ?, ?, ?, NULL, NULL, ?)"""
    async with LocalStore.open(folder, POINTS) as store:
        await store.change(lambda c: [c.execute(add, row) for row in (
            (1, MIDNIGHT, MIDNIGHT + HOUR, "bad", None),
            (2, MIDNIGHT, MIDNIGHT + HOUR, "bad", None),
            (3, MIDNIGHT, MIDNIGHT + HOUR, "undo", 2),
            (4, MIDNIGHT + 90 * HOUR, MIDNIGHT + 91 * HOUR, "bad", None),
        )])  # fmt: skip
    file = await as_parquet(folder, tmp_path / "x.parquet", MIDNIGHT, NOON)
    told = {key.decode(): text.decode() for key, text in file.schema_arrow.metadata.items()}
    assert told["sdanlegg.site"] == "pool"
    assert told["sdanlegg.from"] == "2026-03-28T23:00:00Z"
    assert told["sdanlegg.zone"] == "Europe/Oslo"
    assert '"id": 1, "point": "a.t", "action": "bad", "from": "2026-03-28T23:00:00Z"' in told["sdanlegg.corrections"]
    assert told["sdanlegg.corrections"].count('"id"') == 1
    rows = await as_csv(folder, MIDNIGHT, NOON, wanted=["a.t"])
    assert {row["reasons"] for row in rows if row["quality"] == "bad"} == {"manual"}
    assert sum(row["quality"] == "bad" for row in rows) == 60


async def test_an_answer_too_large_is_asked_for_in_pieces(folder, monkeypatch):
    span = (MIDNIGHT - 24 * HOUR, MIDNIGHT + 48 * HOUR)
    whole = await as_csv(folder, *span)
    monkeypatch.setattr("sdanlegg.historian.reader.MAX_VALUES", 100)
    assert await as_csv(folder, *span) == whole
    with pytest.raises(TooMuchError, match="shorter period"):
        await as_csv(folder, *span, 60 * S)


def test_windows_cut_where_no_interval_is_cut():
    request = ex.Request((), MIDNIGHT + 5 * HOUR, MIDNIGHT + 24 * 40 * HOUR, None, OSLO)
    for every, days in ((None, 1), (60 * S, 1), (900 * S, 4), (3600 * S, 16)):
        pieces = ex.windows(ex.Request((), request.start_ns, request.end_ns, every, OSLO))
        assert (pieces[0][0], pieces[-1][1]) == (request.start_ns, request.end_ns)
        assert all(a[1] == b[0] and b[0] % (days * ex.DAY_NS) == 0 for a, b in pairwise(pieces))
    assert ex.windows(ex.Request((), 5, 6, None, OSLO)) == [(5, 6)]


def test_patterns_choose_in_the_order_of_the_history():
    known = ["b.x", "a.x", "a.y"]
    assert ex.choose([], known) == known
    assert ex.choose(["a.*", "b.x", "a.x"], known) == known
    assert ex.choose(["a.?"], known) == ["a.x", "a.y"]
    with pytest.raises(UnknownPointError, match=r"no point 'a\.z'; did you mean 'a.[xy]'"):
        ex.choose(["a.x", "a.z"], known)


async def test_a_period_without_history_says_which_there_is(folder):
    async with LocalReader.open(folder) as reader:
        known = await reader.ask(lambda connection, _: ex.catalogue(connection))
        request = ex.Request(tuple(known.values()), 0, S, None, OSLO)
        with pytest.raises(
            StoreError, match=r"nothing of these points from 1970.* goes from 2026-03-28T12:00:00\+01:00"
        ):
            await reader.ask(lambda connection, _: ex.check_there_is(connection, request))


async def test_intervals_outlive_their_samples(folder):
    """Samples beyond their time are gone; what was made of them is exported all the same."""
    async with LocalStore.open(folder, POINTS) as store:
        await seal(store, folder, MIDNIGHT + 48 * HOUR)
        span = (MIDNIGHT, MIDNIGHT + 23 * HOUR, HOUR)
        before = await as_csv(folder, *span, wanted=["a.*"])
        await store.change(lambda c: c.execute("DELETE FROM chunk; DELETE FROM axis"))
        assert await as_csv(folder, *span, wanted=["a.*"]) == before
        request = ex.Request((), *span, OSLO)
        await store.ask(lambda connection, _: ex.check_there_is(connection, request))
        raw = ex.Request((), MIDNIGHT, NOON, None, OSLO)
        with pytest.raises(StoreError, match="nothing"):
            await store.ask(lambda connection, _: ex.check_there_is(connection, raw))


async def test_an_empty_history_says_so(tmp_path):
    async with LocalStore.open(tmp_path, POINTS), LocalReader.open(tmp_path) as reader:
        request = ex.Request((), 0, S, None, OSLO)
        with pytest.raises(StoreError, match="history has nothing: no sample"):
            await reader.ask(lambda connection, _: ex.check_there_is(connection, request))


def test_numbers_keep_every_digit_and_no_more():
    narrow = np.array([21.3, 0.1, -7, math.nan, math.inf, 1e-30]).astype(np.float32).astype(float)
    assert number_texts(narrow, wide=False) == ["21.3", "0.1", "-7", "", "", "1e-30"]
    wide = np.array([0.1, 5268541.3100000005, 9_007_199_254_740_991.0])
    assert number_texts(wide, wide=True) == ["0.1", "5268541.3100000005", "9007199254740991"]
    assert number_texts(narrow[:1], wide=True) == ["21.299999237060547"]
    assert number_texts(np.array([0.1 + 2**-40]), wide=False) == [repr(0.1 + 2**-40)]
