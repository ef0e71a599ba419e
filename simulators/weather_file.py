"""Reads a year of weather from a file that the user names: EPW (EnergyPlus) or TMY3 (NREL).

EPW: EnergyPlus Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary". TMY3: Wilcox and Marion, Users
Manual for TMY3 Data Sets, NREL/TP-581-43156 (2008), table 1-3. In both an hour's irradiance is its mean, the rest
stands at the hour's end, in standard time. Whatever the twin needs must be there for every hour; precipitation alone
may fail, and then the synthetic year's falls. TMY3's precipitation is never used: it has gaps and no sure unit.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from sdanlegg.errors import SdError
from simulators.plant.chance import FloatArray
from simulators.plant.moist_air import dew_point
from simulators.plant.weather_block import Source
from simulators.plant.weather_synthetic import Synthetic
from simulators.plant.weather_year import HourlyYear

log = structlog.get_logger("twin")
DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_DAYS: Final = (31, 29, *DAYS[2:])
HOURS: Final = 8760
FARTHEST_NORTH_DEG: Final = 3.0
FARTHEST_EAST_DEG: Final = 7.5  # the sun half an hour off


class WeatherFileError(SdError):
    """A file that is no year of weather for this hall; the text names file, line and field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One quantity of an hour: its name, where each format has it, what is possible, and how much makes the unit."""

    name: str
    epw: int
    tmy3: str
    low: float
    high: float
    epw_scale: float = 1.0
    tmy3_scale: float = 1.0


# Bounds of the EPW dictionary, irradiance and wind tighter. What formats write for "missing" lies outside of them.
FIELDS: Final = (
    Field("dry-bulb temperature", 6, "Dry-bulb (C)", -70.0, 70.0),
    Field("relative humidity", 8, "RHum (%)", 1.0, 110.0),
    Field("wind speed", 21, "Wspd (m/s)", 0.0, 60.0),
    Field("wind direction", 20, "Wdir (degrees)", 0.0, 360.0),
    Field("air pressure", 9, "Pressure (mbar)", 0.31, 1.2, 1e-5, 1e-3),
    Field("sky cover", 22, "TotCld (tenths)", 0.0, 1.0, 0.1, 0.1),
    Field("global horizontal irradiance", 13, "GHI (W/m^2)", 0.0, 1500.0),
    Field("diffuse horizontal irradiance", 15, "DHI (W/m^2)", 0.0, 1000.0),
)
PRECIP: Final = Field("liquid precipitation depth", 33, "", 0.0, 150.0)
EPW_HEADER_LINES, EPW_COLUMNS = 8, 32
TMY3_HEADER_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Table:
    """A file cut into hours: its place [°N, °E], standard time [h from UTC], the hours' stamps and rows of text."""

    path: Path
    latitude: float
    longitude: float
    zone_h: float
    first_line: int
    stamps: Sequence[tuple[int, int, int]]  # month, day, hour 1-24
    rows: Sequence[Sequence[str]]
    columns: Sequence[int]  # of FIELDS
    scales: Sequence[float]


def load_weather(path: Path, latitude: float, longitude: float, seed: int) -> Source:
    """Year of weather for a hall at latitude, longitude [°]; WeatherFileError says what is wrong with the file."""
    lines = _lines(path)
    if lines and lines[0][:1] == ["LOCATION"]:
        table = _epw(path, lines)
    elif len(lines) > 1 and lines[1][:1] == ["Date (MM/DD/YYYY)"]:
        table = _tmy3(path, lines)
    else:
        raise WeatherFileError(f"{path}: neither an EPW nor a TMY3 weather file")
    _check_place(table, latitude, longitude)
    _check_hours(table)
    values = np.array([_values(table, k) for k in range(len(table.rows))])
    temperature, humidity = values[:, 0], np.minimum(values[:, 1], 100.0)
    dew = [dew_point(t, rh) for t, rh in zip(temperature.tolist(), humidity.tolist(), strict=True)]
    points = np.column_stack([temperature, dew, values[:, 2:6]])
    return HourlyYear(
        latitude, longitude, table.zone_h, points, values[:, 6], values[:, 7], _precipitation(table), Synthetic(seed)
    )


def _lines(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise WeatherFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return list(csv.reader(text.rstrip().split("\n")))
    except csv.Error as error:
        raise WeatherFileError(f"{path}: neither an EPW nor a TMY3 weather file") from error


def _epw(path: Path, lines: list[list[str]]) -> Table:
    head, rows = lines[0], lines[EPW_HEADER_LINES:]
    place = [_header(path, head, k, name) for k, name in ((6, "latitude"), (7, "longitude"), (8, "time zone"))]
    stamps = [_epw_stamp(path, EPW_HEADER_LINES + 1 + k, row) for k, row in enumerate(rows)]
    columns, scales = [field.epw for field in FIELDS], [field.epw_scale for field in FIELDS]
    return Table(path, place[0], place[1], place[2], EPW_HEADER_LINES + 1, stamps, rows, columns, scales)


def _epw_stamp(path: Path, line: int, row: Sequence[str]) -> tuple[int, int, int]:
    whole = [text for text in row[1:4] if text.strip().isdecimal()]
    if len(row) < EPW_COLUMNS or len(whole) < 3:
        raise WeatherFileError(f"{path}, line {line}: not an hour of an EPW file: {_shown(row)}")
    return int(whole[0]), int(whole[1]), int(whole[2])


def _tmy3(path: Path, lines: list[list[str]]) -> Table:
    head, names, rows = lines[0], lines[1], lines[TMY3_HEADER_LINES:]
    place = [_header(path, head, k, name) for k, name in ((4, "latitude"), (5, "longitude"), (3, "time zone"))]
    absent = [field.tmy3 for field in FIELDS if field.tmy3 not in names]
    if absent:
        raise WeatherFileError(f"{path}, line 2: the column {absent[0]!r} is not there")
    stamps = [_tmy3_stamp(path, TMY3_HEADER_LINES + 1 + k, row) for k, row in enumerate(rows)]
    columns, scales = [names.index(field.tmy3) for field in FIELDS], [field.tmy3_scale for field in FIELDS]
    return Table(path, place[0], place[1], place[2], TMY3_HEADER_LINES + 1, stamps, rows, columns, scales)


def _tmy3_stamp(path: Path, line: int, row: Sequence[str]) -> tuple[int, int, int]:
    try:
        month, day, _ = row[0].split("/")
        return int(month), int(day), int(row[1].partition(":")[0])
    except (ValueError, IndexError) as error:
        raise WeatherFileError(f"{path}, line {line}: not an hour of a TMY3 file: {_shown(row)}") from error


def _header(path: Path, head: Sequence[str], column: int, name: str) -> float:
    try:
        return float(head[column])
    except (ValueError, IndexError) as error:
        raise WeatherFileError(f"{path}, line 1: no {name} in field {column + 1}") from error


def _shown(row: Sequence[str]) -> str:
    text = ",".join(row)
    return text if len(text) <= 60 else text[:60] + " …"


def _check_place(table: Table, latitude: float, longitude: float) -> None:
    if not (abs(table.latitude) <= 90.0 and abs(table.longitude) <= 180.0 and abs(table.zone_h) <= 14.0):
        place = f"{table.latitude}°, {table.longitude}°, {table.zone_h} h"
        raise WeatherFileError(f"{table.path}, line 1: no place on earth: {place}")
    if table.latitude * latitude < 0.0:
        raise WeatherFileError(
            f"{table.path}, line 1, latitude: {table.latitude}° is on the other hemisphere, the hall is at {latitude}°"
        )
    if abs(table.latitude - latitude) > FARTHEST_NORTH_DEG:
        raise WeatherFileError(
            f"{table.path}, line 1, latitude: {table.latitude}° is more than {FARTHEST_NORTH_DEG:g}° from the hall's "
            f"{latitude}°: its sun would be another"
        )
    if abs((table.longitude - longitude + 180.0) % 360.0 - 180.0) > FARTHEST_EAST_DEG:
        raise WeatherFileError(
            f"{table.path}, line 1, longitude: {table.longitude}° is more than {FARTHEST_EAST_DEG:g}° from the hall's "
            f"{longitude}°: its sun would come at another hour"
        )


def _check_hours(table: Table) -> None:
    if len(table.rows) < HOURS:
        raise WeatherFileError(f"{table.path}: {len(table.rows)} hours; a year has {HOURS}")
    days = LEAP_DAYS if (2, 29, 1) in table.stamps else DAYS
    expected = [(m, d, h) for m, count in enumerate(days, 1) for d in range(1, count + 1) for h in range(1, 25)]
    for k, (found, due) in enumerate(zip(table.stamps, expected, strict=False)):
        if found != due:
            texts = ["{:02d}-{:02d} {:02d}:00".format(*stamp) for stamp in (found, due)]
            line = table.first_line + k
            raise WeatherFileError(f"{table.path}, line {line}, date: {texts[0]} where {texts[1]} should stand")
    if len(table.rows) != len(expected):
        raise WeatherFileError(f"{table.path}: {len(table.rows)} hours; a year has {len(expected)}")


def _values(table: Table, k: int) -> list[float]:
    row = table.rows[k]
    found = []
    for field, column, scale in zip(FIELDS, table.columns, table.scales, strict=True):
        text = row[column] if column < len(row) else ""
        value = _number(text) * scale
        if not field.low <= value <= field.high:
            line = table.first_line + k
            raise WeatherFileError(f"{table.path}, line {line}, {field.name}: {text!r} is missing or impossible")
        found.append(value)
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _precipitation(table: Table) -> FloatArray | None:
    """Precipitation [mm/h], None if any hour lacks it or it never falls."""
    if table.first_line > TMY3_HEADER_LINES + 1:
        texts = [row[PRECIP.epw] if len(row) > PRECIP.epw else "" for row in table.rows]
        depth = np.array([_number(text) for text in texts])
        if ((depth >= PRECIP.low) & (depth <= PRECIP.high)).all() and depth.any():
            return depth
    log.warning("weather_file_without_precipitation", file=str(table.path), instead="the synthetic year's")
    return None
