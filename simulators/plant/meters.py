"""The hall's meters: true power, flow and temperatures now, and what they have counted (64-bit floats).

A step is taken as constant, so a counter gains power · time; the intake's power counts as bought or as sold.
"""

from math import exp
from typing import Final, NamedTuple

PIPE_S: Final = 2400.0  # a standing pipe takes the room's temperature
ROOM_T: Final = 22.0
WATER_KWH_PER_M3_K: Final = 1.152


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


class Heats(NamedTuple):
    """A figure for each heat meter; boiler is the boiler's own counter."""

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


class Standing(NamedTuple):
    """When a heat meter's pipe last came to rest, and how warm its ends were then [°C]."""

    since_ns: int
    supply_t: float
    return_t: float


class Meters(NamedTuple):
    """Electrical power [kW] and energy [kWh], heat [kW, m³/h, kWh, m³], water [m³/h, m³], solar energy [kWh].

    el_kwh.main is what was bought; heat_run_h is the same for all heat meters; standing has their order.
    """

    p: Loads
    el_kwh: Loads
    export_kwh: float
    heat_kw: Heats
    heat_m3_h: Heats
    heat_kwh: Heats
    heat_m3: Heats
    heat_run_h: float
    standing: tuple[Standing, ...]
    water: Waters
    water_m3: Waters
    pv_kwh: Inverters


class Passing(NamedTuple):
    """What passed all meters in a step: kW, m³/h; and which pipes stand."""

    p: Loads
    heat_kw: Heats
    heat_m3_h: Heats
    standing: tuple[Standing, ...]
    water: Waters
    pv_kw: Inverters


def count(m: Meters, now: Passing, dt_s: float) -> Meters:
    """Count a step in which these powers and flows were constant."""
    h = dt_s / 3600.0
    p, heat_kw, heat_m3_h, standing, water, pv_kw = now
    bought = p[0]
    return Meters(
        p,
        Loads(*[kwh + (kw * h if kw > 0.0 else 0.0) for kwh, kw in zip(m.el_kwh, p, strict=True)]),
        m.export_kwh if bought >= 0.0 else m.export_kwh - bought * h,
        heat_kw,
        heat_m3_h,
        Heats(*[kwh + kw * h for kwh, kw in zip(m.heat_kwh, heat_kw, strict=True)]),
        Heats(*[m3 + flow * h for m3, flow in zip(m.heat_m3, heat_m3_h, strict=True)]),
        m.heat_run_h + h,
        standing,
        water,
        Waters(*[m3 + flow * h for m3, flow in zip(m.water_m3, water, strict=True)]),
        Inverters(*[kwh + kw * h for kwh, kw in zip(m.pv_kwh, pv_kw, strict=True)]),
    )


def cooled(t: float, rest_s: float) -> float:
    """Temperature [°C] of a pipe that was at t when it came to rest, so many seconds ago."""
    return ROOM_T + (t - ROOM_T) * exp(-rest_s / PIPE_S)
