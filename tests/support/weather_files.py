"""Weather files for tests: real TMY3 years that pvlib carries, and EPW files written from one of them."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pvlib

DATA = Path(pvlib.__file__).parent / "data"
GREENSBORO = DATA / "723170TYA.CSV"  # 36.10° N 79.95° W, UTC-5
SAND_POINT = DATA / "703165TY.csv"  # 55.32° N 160.52° W, UTC-9
PLACE = (36.1, -79.95)
EPW_HEAD = [
    "LOCATION,Asker,-,NOR,TEST,000000,{latitude},{longitude},{zone},10.0",
    "DESIGN CONDITIONS,0",
    "TYPICAL/EXTREME PERIODS,0",
    "GROUND TEMPERATURES,0",
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
    "COMMENTS 1,made for a test",
    "COMMENTS 2,",
    "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31",
]
Row = list[str]


def greensboro() -> pd.DataFrame:
    """The year as pvlib reads it."""
    frame, _ = pvlib.iotools.read_tmy3(GREENSBORO, coerce_year=1990, map_variables=True)
    return frame


@lru_cache(maxsize=1)
def _epw_rows() -> tuple[tuple[str, ...], ...]:
    frame = greensboro()
    days = pd.date_range("1990-01-01", periods=8760, freq="h")
    rows = []
    for stamp, hour in zip(days, frame.to_dict("records"), strict=True):
        row = ["1990", str(stamp.month), str(stamp.day), str(stamp.hour + 1), "60", "?9"] + ["0"] * 29
        values = {
            6: hour["temp_air"], 7: hour["temp_dew"], 8: hour["relative_humidity"], 9: 100.0 * hour["pressure"],
            13: hour["ghi"], 14: hour["dni"], 15: hour["dhi"], 20: hour["wind_direction"], 21: hour["wind_speed"],
            22: hour["TotCld (tenths)"], 33: 0.1 * hour["Lprecip depth (mm)"], 34: 1.0,
        }  # fmt: skip
        for column, value in values.items():
            row[column] = f"{value:g}"
        rows.append(tuple(row))
    return tuple(rows)


def write_epw(
    path: Path, *, latitude: float = 59.9, longitude: float = 10.6, zone: float = 1.0,
    change: Callable[[list[Row]], list[Row]] = lambda rows: rows,
) -> Path:  # fmt: skip
    """An EPW file with Greensboro's hours at another place, its rows changed as told."""
    rows = [list(row) for row in _epw_rows()]
    head = [line.format(latitude=latitude, longitude=longitude, zone=zone) for line in EPW_HEAD]
    path.write_text("\n".join([*head, *(",".join(row) for row in change(rows))]) + "\n", encoding="utf-8")
    return path
