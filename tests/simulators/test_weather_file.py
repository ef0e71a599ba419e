"""EPW and TMY3 files: read as pvlib reads them; every fault named with file, line and field."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pvlib
import pytest

from simulators.plant.weather_year import HourlyYear
from simulators.weather_file import WeatherFileError, load_weather
from tests.support.weather_files import GREENSBORO, PLACE, SAND_POINT, Row, greensboro, write_epw

ASKER = (59.86, 10.46)


def loaded(path: Path, place: tuple[float, float] = ASKER) -> HourlyYear:
    source = load_weather(path, *place, 1)
    assert isinstance(source, HourlyYear)
    return source


def test_tmy3_as_pvlib_reads_it() -> None:
    year, peer = loaded(GREENSBORO, PLACE), greensboro()
    assert year.zone_h == -5.0
    columns = ("temp_air", "temp_dew", "wind_speed", "wind_direction")
    points = dict(zip(columns, year.points.T[:4], strict=True))
    assert points["temp_air"].tolist() == peer["temp_air"].tolist()
    assert points["wind_speed"].tolist() == peer["wind_speed"].tolist()
    assert points["wind_direction"].tolist() == peer["wind_direction"].tolist()
    assert year.points[:, 4] == pytest.approx(peer["pressure"].to_numpy() / 1000.0)
    assert year.points[:, 5] == pytest.approx(peer["TotCld (tenths)"].to_numpy() / 10.0)
    assert year.ghi.tolist() == peer["ghi"].tolist()
    assert year.dhi.tolist() == peer["dhi"].tolist()
    # The file's dew points are rounded, and so are the humidities that ours come from.
    assert np.abs(points["temp_dew"] - peer["temp_dew"].to_numpy()).mean() < 0.15


def test_epw_as_pvlib_reads_it(tmp_path: Path) -> None:
    path = write_epw(tmp_path / "asker.epw")
    year, (peer, head) = loaded(path), pvlib.iotools.read_epw(path)
    assert year.zone_h == head["TZ"] == 1.0
    assert year.points[:, 0].tolist() == peer["temp_air"].tolist()
    assert year.points[:, 2].tolist() == peer["wind_speed"].tolist()
    assert year.points[:, 4] == pytest.approx(peer["atmospheric_pressure"].to_numpy() / 1e5)
    assert year.ghi.tolist() == peer["ghi"].tolist()
    assert year.dhi.tolist() == peer["dhi"].tolist()
    assert year.precip is not None
    assert year.precip.tolist() == peer["liquid_precipitation_depth"].tolist()


def test_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = write_epw(tmp_path / "asker.epw")
    plain = loaded(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert loaded(path).ghi.tolist() == plain.ghi.tolist()


def test_a_file_without_precipitation_has_the_synthetic_years(tmp_path: Path) -> None:
    def dry(rows: list[Row]) -> list[Row]:
        return [[*row[:33], "999", *row[34:]] for row in rows]

    year = loaded(write_epw(tmp_path / "dry.epw", change=dry))
    assert year.precip is None
    block = year.block(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    assert 300.0 < block.spans[:, 0].sum() < 1400.0


def replaced(row: int, column: int, text: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        rows[row][column] = text
        return rows

    return change


FAULTS: dict[str, tuple[Callable[[list[Row]], list[Row]], str]] = {
    "missing temperature": (replaced(99, 6, "99.9"), "line 108, dry-bulb temperature: '99.9' is missing or impossible"),
    "missing humidity": (replaced(0, 8, "999"), "line 9, relative humidity: '999'"),
    "minus 9999": (replaced(8759, 13, "-9999"), "line 8768, global horizontal irradiance: '-9999'"),
    "missing diffuse": (replaced(5, 15, "9999"), "line 14, diffuse horizontal irradiance: '9999'"),
    "missing pressure": (replaced(5, 9, "999999"), "line 14, air pressure: '999999'"),
    "no number": (replaced(7, 21, "calm"), "line 16, wind speed: 'calm'"),
    "empty": (replaced(7, 20, ""), "line 16, wind direction: ''"),
    "no date": (replaced(7, 1, "June"), "line 16: not an hour of an EPW file"),
    "hour twice": (lambda rows: [*rows[:10], *rows[9:]], "line 19, date: 01-01 10:00 where 01-01 11:00 should stand"),
    "hour left out": (lambda rows: [*rows[:10], *rows[11:], rows[-1]], "line 19, date: 01-01 12:00 where 01-01 11:00"),
    "half a year": (lambda rows: rows[:4380], "4380 hours; a year has 8760"),
    "an hour short": (lambda rows: rows[:-1], "8759 hours; a year has 8760"),
    "an hour long": (lambda rows: [*rows, rows[0]], "8761 hours; a year has 8760"),
    "nothing": (lambda rows: rows[:0], "0 hours; a year has 8760"),
    "torn line": (lambda rows: [*rows[:20], rows[20][:9], *rows[21:]], "line 29: not an hour of an EPW file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_line_and_field(tmp_path: Path, fault: str) -> None:
    change, text = FAULTS[fault]
    path = write_epw(tmp_path / "asker.epw", change=change)
    with pytest.raises(WeatherFileError) as error:
        load_weather(path, *ASKER, 1)
    assert str(path) in str(error.value)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({"latitude": -59.9}, "line 1, latitude: -59.9° is on the other hemisphere, the hall is at 59.86°"),
        ({"latitude": 55.6, "longitude": 12.6}, "line 1, latitude: 55.6° is more than 3° from the hall's 59.86°"),
        ({"longitude": -150.0}, "line 1, longitude: -150.0° is more than 7.5° from the hall's 10.46°"),
        ({"latitude": 599.0}, "line 1: no place on earth"),
    ],
)
def test_another_place_is_refused(tmp_path: Path, place: dict[str, float], text: str) -> None:
    with pytest.raises(WeatherFileError) as error:
        load_weather(write_epw(tmp_path / "far.epw", **place), *ASKER, 1)  # type: ignore[arg-type]
    assert text in str(error.value)


def test_a_year_from_alaska_is_no_year_of_asker() -> None:
    with pytest.raises(WeatherFileError, match=r"latitude: 55\.317° is more than 3°"):
        load_weather(SAND_POINT, *ASKER, 1)


def test_tmy3_gaps_are_named(tmp_path: Path) -> None:
    lines = GREENSBORO.read_text().splitlines()
    cells = lines[300].split(",")
    cells[31] = "-9900"
    path = tmp_path / "gap.csv"
    path.write_text("\n".join([*lines[:300], ",".join(cells), *lines[301:]]))
    with pytest.raises(WeatherFileError, match="line 301, dry-bulb temperature: '-9900'"):
        load_weather(path, *PLACE, 1)
    path.write_text("\n".join([lines[0], lines[1].replace("Dry-bulb (C)", "Temp"), *lines[2:]]))
    with pytest.raises(WeatherFileError, match=r"line 2: the column 'Dry-bulb \(C\)' is not there"):
        load_weather(path, *PLACE, 1)
    path.write_text("\n".join([*lines[:5], "when,ever", *lines[6:]]))
    with pytest.raises(WeatherFileError, match="line 6: not an hour of a TMY3 file: when,ever"):
        load_weather(path, *PLACE, 1)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\xff" * 999, b"time,t\n1,2\n", b"LOCATION,Asker\n", b'"' * 200_000])
def test_what_is_no_weather_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.epw"
    path.write_bytes(content)
    with pytest.raises(WeatherFileError, match=r"neither an EPW nor a TMY3|line 1: no latitude"):
        load_weather(path, *ASKER, 1)


def test_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.epw"):
        with pytest.raises(WeatherFileError, match="cannot be read"):
            load_weather(path, *ASKER, 1)
