"""A SunSpec inverter as registers, typed from the offsets of the models; and points to read it by."""

import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from drivers.sunspec import SunSpecLink, sunspec_link
from sdanlegg.clock import SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.points import SunSpecField
from sdanlegg.site import Pacing
from tests.support.points import device, group, point

UNIT = 126


def text(value: str, registers: int) -> list[int]:
    """Characters as registers, NUL after them."""
    return list(struct.unpack(f">{registers}H", value.encode().ljust(2 * registers, b"\0")))


def common(length: int = 66) -> list[int]:
    """Model 1: manufacturer, model, options, version, serial number, address."""
    words = [
        *text("Solnor", 16),
        *text("SN-20K", 16),
        *text("", 8),
        *text("2.4.1", 8),
        *text("A-77-0042", 16),
        UNIT,
        0x8000,
    ]
    return [1, length, *words[:length]]


def integers(**over: int) -> list[int]:
    """Model 103 as a list of registers, by the offsets of the model; what is not given is not implemented."""
    words = [103, 50] + 50 * [0x8000]
    for offset in (*range(2, 6), *range(7, 13), 16, 27, 29, 38, 39):
        words[offset] = 0xFFFF
    words[24:26] = [0, 0]
    words[40:52] = 12 * [0xFFFF]
    at = {"A": 2, "A_SF": 6, "PhVphA": 10, "V_SF": 13, "W": 14, "W_SF": 15, "Hz": 16, "Hz_SF": 17}
    at |= {"PF": 22, "PF_SF": 23, "WH": 25, "WH_HIGH": 24, "WH_SF": 26, "DCW": 31, "DCW_SF": 32}
    at |= {"TmpCab": 33, "Tmp_SF": 37, "St": 38, "Evt1": 41, "EVT1_HIGH": 40}
    for name, value in over.items():
        words[at[name]] = value & 0xFFFF
    return words


def floats(**over: float) -> list[int]:
    """Model 113 as a list of registers: floats, NaN where not given."""
    words = [113, 60] + 30 * [0x7FC0, 0x0000]
    words[48:50] = [0xFFFF, 0xFFFF]
    words[50:62] = 12 * [0xFFFF]
    at = {"A": 2, "PhVphA": 16, "W": 22, "Hz": 24, "PF": 30, "WH": 32, "DCW": 38, "TmpCab": 40, "St": 48, "Evt1": 50}
    for name, value in over.items():
        if name == "St":
            words[48] = int(value)
        elif name == "Evt1":
            words[50:52] = [0, int(value)]
        else:
            words[at[name] : at[name] + 2] = struct.unpack(">2H", struct.pack(">f", value))
    return words


def image(*models: list[int]) -> list[int]:
    """The whole register map: mark, models, end."""
    return [0x5375, 0x6E53, *(word for model in models for word in model), 0xFFFF, 0]


DAY = {"A": 290, "A_SF": -1, "PhVphA": 2304, "V_SF": -1, "W": 2010, "W_SF": 1, "Hz": 5001, "Hz_SF": -2}
DAY |= {"PF": -997, "PF_SF": -1, "WH_HIGH": 0x0012, "WH": 0xD687, "WH_SF": 2, "DCW": 2071, "DCW_SF": 1}
DAY |= {"TmpCab": 415, "Tmp_SF": -1, "St": 4, "Evt1": 0x0101, "EVT1_HIGH": 0}
FIELDS = {  # point: (field, the map's scale)
    "w": ("inverter.W", 0.001),
    "wh_kwh": ("inverter.WH", 0.001),
    "dcw": ("inverter.DCW", 0.001),
    "hz": ("inverter.Hz", 1.0),
    "a": ("inverter.A", 1.0),
    "pf": ("inverter.PF", 0.01),
    "tmp_cab": ("inverter.TmpCab", 1.0),
    "v_ph_a": ("inverter.PhVphA", 1.0),
    "st": ("inverter.St", 1.0),
    "evt": ("inverter.Evt1", 1.0),
    "sn": ("common.SN", 1.0),
    "mn": ("common.Mn", 1.0),
    "vr": ("common.Vr", 1.0),
}
NUMBERS = {  # worked out by hand: 2010 x 10^1 W; 12D687h = 1234567, x 10^2 Wh; 2071 x 10^1 W; -997 x 10^-1 per cent
    "w": 20.1,
    "wh_kwh": 123456.7,
    "dcw": 20.71,
    "hz": 50.01,
    "a": 29.0,
    "pf": -0.997,
    "tmp_cab": 41.5,
    "v_ph_a": 230.4,
    "st": 4,
    "evt": 257,
}
TEXTS = {"sn": "A-77-0042", "mn": "Solnor", "vr": "2.4.1"}


def fields(port: int, names: Mapping[str, tuple[str, float]] = FIELDS, pacing: Pacing | None = None) -> PollGroup:
    """A SunSpec device's points as one poll group."""
    points = [
        point(f"pv.{name}", SunSpecField(field, scale, 0.0), quantity="text" if field.startswith("common") else "count")
        for name, (field, scale) in names.items()
    ]
    of = device("pv", port, pacing or Pacing(timeout=20), unit=UNIT, protocol="sunspec")
    return group(points, of, first_column=40)


@asynccontextmanager
async def connected(*groups: PollGroup) -> AsyncIterator[SunSpecLink]:
    """A link that is closed whatever happens."""
    link = sunspec_link(groups, SystemClock())
    try:
        await link.connect()
        yield link
    finally:
        await link.close()


async def values(wanted: PollGroup) -> tuple[dict[str, float], dict[str, int], Mapping[int, str]]:
    """One poll: values and qualities by point name, and the texts."""
    async with connected(wanted) as link:
        reading = await link.poll(wanted)
    assert reading.columns.tolist() == wanted.columns.tolist()
    names = [p.name for p in wanted.points]
    return (
        dict(zip(names, reading.values.tolist(), strict=True)),
        dict(zip(names, reading.quality.tolist(), strict=True)),
        reading.texts or {},
    )
