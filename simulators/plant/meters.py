"""The hall's meters: true power, flow and temperatures now, and what they have counted (64-bit floats).

A step is taken as constant, so a counter gains power · time; the intake's power counts as bought or as sold.
"""

from functools import lru_cache
from math import exp
from typing import Final, NamedTuple

PIPE_S: Final = 2400.0  # a standing pipe takes the room's temperature
ROOM_T: Final = 22.0
WATER_KWH_PER_M3_K: Final = 1.152


class Stream(NamedTuple):
    """What passes a heat meter: kW, m³/h, °C."""

    power: float
    flow: float
    supply_t: float
    return_t: float


class Loads(NamedTuple):
    """A figure for each electricity meter; main is the intake, positive into the hall."""

    main: float
    pump_main: float
    pump_therapy: float
    fans: float
    light: float
    filters: float
    cafe: float
    snow: float
    floors: float
    vp1: float
    boiler: float


class Streams(NamedTuple):
    """What passes each heat meter; boiler is the boiler's own counter."""

    condenser: Stream
    space: Stream
    vent: Stream
    floor: Stream
    pool_main: Stream
    pool_therapy: Stream
    tap: Stream
    snow: Stream
    well_charge: Stream
    well_extract: Stream
    solar: Stream
    grey: Stream
    air: Stream
    boiler: Stream


class Heats(NamedTuple):
    """A figure for each heat meter, in the order of the streams."""

    condenser: float
    space: float
    vent: float
    floor: float
    pool_main: float
    pool_therapy: float
    tap: float
    snow: float
    well_charge: float
    well_extract: float
    solar: float
    grey: float
    air: float
    boiler: float


class Waters(NamedTuple):
    """A figure for each water meter."""

    mains: float
    makeup_main: float
    makeup_therapy: float
    tap: float
    backwash: float
    grey: float


class Inverters(NamedTuple):
    """A figure for each inverter."""

    roof: float
    wall: float
    bikes: float


class Meters(NamedTuple):
    """Electrical power [kW] and energy [kWh], heat streams, energy and volume, water [m³/h, m³], solar energy [kWh].

    el_kwh.main is what was bought; heat_run_h is the same for all heat meters.
    """

    p: Loads
    el_kwh: Loads
    export_kwh: float
    heat: Streams
    heat_kwh: Heats
    heat_m3: Heats
    heat_run_h: float
    water: Waters
    water_m3: Waters
    pv_kwh: Inverters


def stream(power: float, supply_t: float, return_t: float, per_m3_k: float = WATER_KWH_PER_M3_K) -> Stream:
    """Stream that carries a power between two temperatures; nothing flows if there is no power."""
    if power <= 0.0 or supply_t == return_t:
        return Stream(0.0, 0.0, supply_t, return_t)
    return Stream(power, power / (per_m3_k * abs(supply_t - return_t)), supply_t, return_t)


@lru_cache(maxsize=64)
def _settling(dt_s: float) -> float:
    return 1.0 - exp(-dt_s / PIPE_S)


def _settled(now: Streams, before: Streams, dt_s: float) -> Streams:
    """Keep running streams as they are; a standing one drifts from its last temperatures to the room's."""
    share = _settling(dt_s)
    return Streams(
        *[
            new if new[1] > 0.0
            else Stream(0.0, 0.0, old[2] + (ROOM_T - old[2]) * share, old[3] + (ROOM_T - old[3]) * share)
            for new, old in zip(now, before, strict=True)
        ]
    )  # fmt: skip


def count(m: Meters, p: Loads, heat: Streams, water: Waters, pv_kw: Inverters, dt_s: float) -> Meters:
    """Count a step in which these powers and flows were constant."""
    h = dt_s / 3600.0
    streams = _settled(heat, m.heat, dt_s)
    return Meters(
        p,
        Loads(*[kwh + (kw * h if kw > 0.0 else 0.0) for kwh, kw in zip(m.el_kwh, p, strict=True)]),
        m.export_kwh + (-p[0] * h if p[0] < 0.0 else 0.0),
        streams,
        Heats(*[kwh + s[0] * h for kwh, s in zip(m.heat_kwh, streams, strict=True)]),
        Heats(*[m3 + s[1] * h for m3, s in zip(m.heat_m3, streams, strict=True)]),
        m.heat_run_h + h,
        water,
        Waters(*[m3 + flow * h for m3, flow in zip(m.water_m3, water, strict=True)]),
        Inverters(*[kwh + kw * h for kwh, kw in zip(m.pv_kwh, pv_kw, strict=True)]),
    )
